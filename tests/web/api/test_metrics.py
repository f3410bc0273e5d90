"""Figures for whoever watches: as Prometheus reads them, with nobody's name; the dashboard asks for those that there are."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from comity.cases.matching import Claim
from comity.cases.opening import opened
from comity.model.api_token import Scope
from comity.model.case import SubjectKind
from comity.services.complain.cards.claimed import Counts

if TYPE_CHECKING:
    from .conftest import Scene

_LINE = re.compile(r'(# (HELP|TYPE) comity_\w+ .+)|(comity_\w+(\{(\w+="[^"\n]*",?)+\})? -?[0-9.e+-]+)')
DASHBOARD = Path(__file__).parents[3] / "contrib/grafana/comity.json"


def shown(scene: "Scene") -> dict[str, float]:
    """Every figure by its name and labels."""
    answer = scene.call("GET", "/metrics", scene.token(Scope.METRICS_READ))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.text.splitlines()
    assert [each for each in lines if not _LINE.fullmatch(each)] == []
    return {name: float(value) for name, value in (each.rsplit(" ", 1) for each in lines if not each.startswith("#"))}


def test_what_waits_and_what_was_judged_is_counted(scene: "Scene") -> None:
    """Cases by state, what waits for a person, mail of today; a customer's name is nowhere."""
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)  # by the clock of the scene
    with scene.store.write() as records:
        records.cases.add([opened(Claim(kind=SubjectKind.CUSTOMER, label="Bakery", rule="source-ip"), now)])
        records.claimed.add({(now.date(), "west.example"): Counts(mails=9, aligned=5, spam=4)})
    found = shown(scene)
    assert found['comity_cases{state="new"}'] == 1
    assert found['comity_waiting{what="new"}'] == 1
    assert found['comity_judged_today{verdict="spam"}'] == 4
    assert found['comity_judged_today{verdict="other"}'] == 5
    assert not [each for each in found if "Bakery" in each or "example" in each]


def test_figures_need_a_token_that_allows_them(scene: "Scene") -> None:
    """One that allows other things does not do."""
    assert scene.code(scene.call("GET", "/metrics", scene.token(Scope.CASES_READ))) == "scope-missing"


def test_the_dashboard_asks_for_figures_that_there_are(scene: "Scene") -> None:
    """Those that come only when something is there are named in the code that gives them."""
    code = (Path(__file__).parents[3] / "src/comity/services/integrate/metrics.py").read_text(encoding="utf-8")
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    asked = {name for panel in panels for each in panel["targets"] for name in re.findall(r"comity_\w+", each["expr"])}
    assert len(asked) > 8
    assert not [each for each in asked if f'"{each}"' not in code]
    assert {each.partition("{")[0] for each in shown(scene)} <= set(re.findall(r'"(comity_\w+)"', code))
