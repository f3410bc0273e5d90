"""Another program is told over a real message bus what it would be told over https, with the same proof."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from comity.bootstrap.playbook.outside import Programs
from comity.formats.webhook import body_of, is_genuine
from comity.model.case_consequence import CaseConsequence, ConsequenceState
from comity.model.playbook import ActionKind
from comity.outlets.secret_file import secret
from comity.settings import parse

from .conftest import SORTS

if TYPE_CHECKING:
    from .conftest import Broker

pytestmark = pytest.mark.live
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
FACTS = {"case": "4f2a", "label": "West Hosting", "reports": 3}


def what() -> CaseConsequence:
    """One thing that a playbook decided to tell."""
    return CaseConsequence(
        key="k1",
        case_id="4f2a",
        kind=ActionKind.WEBHOOK,
        target_kind="webhook",
        target="cases",
        actor="playbook own",
        why="watched/1",
        state=ConsequenceState.WAITING,
        entered=NOW,
        due=NOW,
    )


@pytest.mark.parametrize("sort", SORTS)
def test_a_program_is_told_over_a_bus(make_broker: "Callable[..., Broker]", sort: str, tmp_path: Path) -> None:
    """The bus has body and proof when it counts as told; a bus that is away counts as nobody, to be tried again."""
    broker = make_broker(sort)
    text = f'[[playbook.webhooks]]\nname = "cases"\nurl = "{broker.url}"\ntopic = "{broker.topic}"\nsecret_file = "s"\n'
    programs = Programs(parse(text, tmp_path / "comity.toml"))
    assert programs.tell(what(), FACTS, NOW).status == 202
    fields, body = broker.said()
    assert body == body_of(FACTS)
    assert is_genuine(fields, body, secret(tmp_path / "s"), now=NOW)
    broker.kill()
    if sort != "kafka":
        again = programs.tell(what(), FACTS, NOW)
        assert (again.status, broker.url.partition("/")[0] in again.text) == (0, True)
