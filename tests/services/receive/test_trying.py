"""A dry run says what really happens."""

from datetime import timedelta
from random import Random

import pytest

from comity.model.desk import Act, CaseState
from comity.model.playbook import ActionKind, Do, Move
from comity.services.receive.playbook.trying import Tried, TryTerms, history_of, tried

from .intake import arf
from .playbook_scene import Scene
from .test_playbook import LADDER, WEST

EAST = "customer:East Shop"


def _dry(scene: Scene) -> list[Tried]:
    with scene.store.read() as records:
        reports, acts = history_of(records, scene.now)
        terms = TryTerms(playbook=scene.playbook, quiet=timedelta(days=3), sent={})
        return list(tried(reports, acts, terms, now=scene.now))


@pytest.mark.parametrize("seed", range(6))
def test_a_dry_run_is_what_really_happens(seed: int) -> None:
    """Forty random days of reports, silence and acts of the desk: the same moves at the same moments, the same suppressions."""
    chance, scene = Random(seed), Scene(LADDER)  # noqa: S311
    for number in range(40):
        source = chance.choice(["192.0.2.7", "192.0.2.200"])
        person = f"reader{chance.randrange(12)}@mail.example"
        scene.arrives(arf(number, source=source, recipient=person, seen=scene.now - timedelta(minutes=5)))
        if chance.random() < 0.1:
            key = WEST if source == "192.0.2.7" else EAST
            if scene.case(key).state is not CaseState.CLOSED:
                scene.acts(key, Act.CLOSE)
        scene.passes(timedelta(hours=chance.choice([1, 30, 200, 500])))
    dry = _dry(scene)
    really = []
    with scene.store.read() as records:
        cases = {case.case_id: case for case in records.past.cases()}
        for case in cases.values():
            really += [
                (each.at, case.label, case.number, (each.note or "").split(" (")[0])
                for each in records.cases.events_of(case.case_id)
                if each.act == "moved"
            ]
        held = [
            (each.case_id, each.entered)
            for case in cases.values()
            for each in records.consequences.of_case(case.case_id, 1000)
            if each.kind is ActionKind.SUPPRESS
        ]
    moves = [
        (each.at, each.case.label, each.case.number, f"{each.decision.from_state} > {each.decision.to_state}")
        for each in dry
        if isinstance(each.decision, Move)
    ]
    assert sorted(moves) == sorted(really)
    suppressed = [each for each in dry if isinstance(each.decision, Do) and each.decision.kind is ActionKind.SUPPRESS]
    assert sum(each.is_new for each in suppressed) == len(held)
    assert len(moves) > 3


@pytest.mark.parametrize(
    "head", ["CFBL-Feedback-ID: 111:222:333:4444", "Feedback-ID: 1:2:3:shop", "CFBL-Feedback-ID: 7"]
)
@pytest.mark.parametrize("recipient", ["redacted", "reader@mail.example"])
def test_one_rule_says_by_what_a_recipient_is_known(head: str, recipient: str) -> None:
    """RFC 9477 lets the sender's own id look as it likes: in earnest and in a dry run it is the same mark."""
    scene = Scene(LADDER)
    scene.arrives(arf(1, recipient=recipient, head=f"{head}\n"))
    (held,) = scene.consequences(WEST)
    (dry,) = [each.decision for each in _dry(scene) if isinstance(each.decision, Do)]
    assert dry.target_kind == held.target_kind
    named = "address" if "@" in recipient else "feedback-id" if head.startswith("CFBL") else "message-id"
    assert held.target_kind == named
    if named != "address":  # of which a token is kept
        assert dry.target == held.target


def test_a_dry_run_writes_nothing() -> None:
    """The store is the same afterwards, and one that never had a playbook can be tried on."""
    scene = Scene(LADDER)
    scene.arrives(*[arf(number, recipient=f"reader{number}@mail.example") for number in range(3)])
    before = scene.consequences(WEST)
    assert [each.decision.kind for each in _dry(scene) if isinstance(each.decision, Do)][-2:] == ["tell", "wait"]
    assert scene.consequences(WEST) == before
