"""The life cycle of a case is a table: whole, without dead ends."""

from pathlib import Path

from comity.cases.lifecycle import LIFE, PLAIN_ACTS, diagram, next_state
from comity.cases.lifecycle.page import page
from comity.model.desk import Act, CaseState

ROOT = Path(__file__).parents[2]


def test_every_state_is_a_key() -> None:
    """No state is forgotten, and none is invented."""
    assert set(LIFE) == set(CaseState)


def test_every_state_can_reach_closed() -> None:
    """Whatever happened to a case, there is a way to its end."""
    for start in CaseState:
        reached, fresh = {start}, [start]
        while fresh:
            found = set(LIFE[fresh.pop()].values()) - reached
            reached |= found
            fresh += found
        assert CaseState.CLOSED in reached, start


def test_every_act_leads_somewhere() -> None:
    """An act that fits no state is no act."""
    assert {act for acts in LIFE.values() for act in acts} == set(Act)
    assert set(PLAIN_ACTS) <= set(Act)


def test_a_note_changes_nothing() -> None:
    """Writing something down is possible in every state."""
    assert all(next_state(state, Act.NOTE) is state for state in CaseState)


def test_an_act_that_does_not_fit_is_told() -> None:
    """None, not an exception and not a guess."""
    assert next_state(CaseState.MERGED, Act.CLOSE) is None


def test_the_drawing_shows_every_change() -> None:
    """What the table says stands in the picture."""
    text = diagram()
    for state, acts in LIFE.items():
        for act, target in acts.items():
            line = next(
                (one for one in text.splitlines() if one.startswith(f"    {state.value} --> {target.value}:")), ""
            )
            assert (act.value in line) is (state is not target), (state, act)


def test_the_page_is_current() -> None:
    """docs/life-cycle.md is what the table says; ``script/docs`` writes it."""
    assert (ROOT / "docs/life-cycle.md").read_text(encoding="utf-8") == page()
