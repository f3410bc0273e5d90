"""Figures for whoever watches: as Prometheus reads them, with nobody's name; the dashboard asks for those that there are."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from comity.cases.matching import Claim
from comity.cases.opening import opened
from comity.model.api_token import Scope
from comity.model.case import SubjectKind
from comity.model.cluster_node import ClusterNode, NodeFinding
from comity.services.complain.cards.claimed import Counts

if TYPE_CHECKING:
    from .conftest import Scene

_LINE = re.compile(r'(# (HELP|TYPE) comity_\w+ .+)|(comity_\w+(\{(\w+="[^"\n]*",?)+\})? -?[0-9.e+-]+)')
RULES = Path(__file__).parents[3] / "contrib/prometheus/comity.rules.yml"
_ASKED = re.compile(r"(?:max by \(node, spool\) \()?(\w+)(\{[^}]*\})?\)? (==|>|<) (\d+)")
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


def fired(figures: dict[str, float]) -> set[str]:
    """The alerts whose expressions hold for these figures, read as Prometheus reads those that stand in the file."""
    names = set()
    for rule in rules():
        sides = []
        for clause in rule["expr"].split(" and on (node, spool) "):
            found = _ASKED.fullmatch(clause)
            assert found is not None, clause
            name, labels, sign, bound = found.groups()
            wanted = set(re.findall(r'\w+="[^"]*"', labels or ""))
            sides.append(
                {
                    frozenset(each for each in have if not each.startswith("condition="))
                    for key, value in figures.items()
                    if key.partition("{")[0] == name and wanted <= (have := set(re.findall(r'\w+="[^"]*"', key)))
                    if {"==": value == int(bound), ">": value > int(bound), "<": value < int(bound)}[sign]
                }
            )
        if set.intersection(*sides):
            names.add(rule["alert"])
    return names


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return list(group["rules"])


def test_alerts_fire_for_what_they_say_and_for_nothing_else(scene: "Scene") -> None:
    """None on a desk where all is well; on machines that are silent, stopped with mail, full or wrong those that say so."""
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)  # by the clock of the scene
    well = ClusterNode(
        name="a", spool="/s", version="1", seen=now, waiting=5, oldest=now, free_mib=9000, model=None
    )  # fmt: skip
    with scene.store.write() as records:
        records.nodes.put(well)
        records.nodes.put(replace(well, name="b", seen=now - timedelta(days=9), ended=now, waiting=0, oldest=None))
    assert fired(shown(scene)) == set()
    hour, wrong = (
        now - timedelta(hours=1),
        NodeFinding(about="x", is_wrong=True, message="doctor.file", place=None, details={}),
    )
    for changed, expected in (
        (replace(well, seen=hour), {"ComityMachineSilent"}),
        (replace(well, ended=now), {"ComityStoppedWithMail"}),
        (replace(well, oldest=hour), {"ComityMailLiesStill"}),
        (replace(well, free_mib=100), {"ComityDiskNearlyFull"}),
        (replace(well, findings=(wrong,)), {"ComityMachineWrong"}),
        (replace(well, findings=(replace(wrong, is_wrong=False),)), set()),
    ):
        with scene.store.write() as records:
            records.nodes.put(changed)
        assert fired(shown(scene)) == expected


def test_every_alert_says_in_both_languages_what_it_means() -> None:
    """Each asks for a figure that there is, says how urgent it is, and names what helps."""
    code = (Path(__file__).parents[3] / "src/comity/services/integrate/metrics.py").read_text(encoding="utf-8")
    assert len(rules()) > 10
    for rule in rules():
        assert not [each for each in re.findall(r"comity_\w+", rule["expr"]) if f'"{each}"' not in code]
        assert rule["labels"]["severity"] in {"page", "ticket"}
        said, said_zh = rule["annotations"]["summary"], rule["annotations"]["summary_zh"]
        assert re.search(r"[\u4e00-\u9fff]{4}", said_zh)
        assert sorted(re.findall(r"\{\{.*?\}\}", said)) == sorted(re.findall(r"\{\{.*?\}\}", said_zh))
