"""What a person does to a case, along the life cycle; an act that does not fit changes nothing."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from comity.model.desk import Act, CaseState, DeskCase
from comity.model.outcomes import ComityError, Outcome
from comity.services.operate.housekeeping import keep_house
from comity.services.receive.desk import Desk
from comity.store.engine import Store, open_store

from .intake import NOW, arf, cases, ingest

WEST, EAST, ASKED = "customer:West Hosting", "customer:East Shop", "address:203.0.113.9"


@pytest.fixture
def store() -> Iterator[Store]:
    """A desk with three cases: two customers with three and two reports, and one that is a question."""
    opened = open_store(":memory:")
    opened.create()
    west = [arf(number, recipient=f"reader{number}@mail.example") for number in range(3)]
    east = [arf(number, recipient=f"reader{number - 8}@mail.example", source="192.0.2.200") for number in (10, 11)]
    ingest(opened, *west, *east, arf(20, source="203.0.113.9"))
    yield opened
    opened.close()


def _at(store: Store, work: object, now: object = NOW) -> DeskCase:
    """Do one thing as Ann."""
    with store.write() as records:
        return work(Desk(records, actor="ann", now=now))  # type: ignore[operator, no-any-return, arg-type]


def _events(store: Store, key: str) -> list[tuple[str, str, str | None]]:
    case = cases(store)[key]
    with store.read() as records:
        return [(each.actor, each.act, each.note) for each in records.cases.events_of(case.case_id)]


def test_a_case_is_found_by_what_people_type(store: Store) -> None:
    """By its short name, its beginning, or what it is about."""
    west = cases(store)[WEST]
    for text in (west.case_id, west.case_id[:5], west.case_id.upper(), f" {WEST} "):
        assert _at(store, lambda desk, text=text: desk.find(text)) == west


@pytest.mark.parametrize("text", ["zzzz", "customer:Nobody", "", "12"])
def test_a_case_that_is_not_there_is_said(store: Store, text: str) -> None:
    """Too little is as good as nothing."""
    with pytest.raises(ComityError) as caught:
        _at(store, lambda desk: desk.find(text))
    assert (caught.value.code, caught.value.outcome) == ("case-unknown", Outcome.UNKNOWN)


def test_work_on_a_case_is_written_down(store: Store) -> None:
    """Who, what, why: and the state it led to."""
    west = cases(store)[WEST]
    taken = _at(store, lambda desk: desk.act(west, Act.TAKE))
    waits = _at(store, lambda desk: desk.act(taken, Act.WAIT, due=NOW + timedelta(days=3), note="told them"))
    noted = _at(store, lambda desk: desk.act(waits, Act.NOTE, note="they called"))
    closed = _at(store, lambda desk: desk.act(noted, Act.CLOSE, note="disinfected"))
    assert [each.state.value for each in (taken, waits, noted, closed)] == ["open", "waiting", "waiting", "closed"]
    assert (waits.due, noted.due, closed.due) == (NOW + timedelta(days=3), NOW + timedelta(days=3), None)
    assert _events(store, WEST)[1:] == [
        ("ann", "take", None), ("ann", "wait", "told them"), ("ann", "note", "they called"), ("ann", "close", "disinfected"),
    ]  # fmt: skip


def test_an_act_that_does_not_fit_changes_nothing(store: Store) -> None:
    """The answer names what would fit."""
    west = cases(store)[WEST]
    with pytest.raises(ComityError) as caught:
        _at(store, lambda desk: desk.act(west, Act.REOPEN))
    assert caught.value.code == "case-act-unfit"
    assert caught.value.details["fits"] == "close, merge, note, take, wait"
    assert cases(store)[WEST] == west
    assert len(_events(store, WEST)) == 1


def test_a_case_that_waits_is_opened_when_its_day_comes(store: Store) -> None:
    """Nobody has to remember it."""
    west = cases(store)[WEST]
    _at(store, lambda desk: desk.act(west, Act.WAIT, due=NOW + timedelta(days=3)))
    for days, woken, state in ((2, 0, "waiting"), (3, 1, "open"), (4, 0, "open")):
        with store.write() as records:
            assert keep_house(records, NOW + timedelta(days=days)).woken == woken
        assert cases(store)[WEST].state.value == state
    assert _events(store, WEST)[-1] == ("comity", "due", None)


def test_a_merge_adds_numbers_and_counts_people_once(store: Store) -> None:
    """Two of the five complainers are the same person."""
    west, east = cases(store)[WEST], cases(store)[EAST]
    both = _at(store, lambda desk: desk.merge(east, west, note="one company"))
    assert (west.reports, west.complainers, east.reports, east.complainers) == (3, 3, 2, 2)
    assert (both.reports, both.complainers) == (5, 4)
    assert cases(store)[EAST].state is CaseState.MERGED
    assert _events(store, EAST)[-1] == ("ann", "merge", f"{west.case_id}: one company")
    assert _events(store, WEST)[-1] == ("ann", "took-in", east.case_id)


def test_what_comes_after_a_merge_is_counted_there(store: Store) -> None:
    """Also a complainer whom the merged case knew already."""
    west, east = cases(store)[WEST], cases(store)[EAST]
    _at(store, lambda desk: desk.merge(east, west))
    (done,) = ingest(store, arf(30, recipient="reader3@mail.example", source="192.0.2.200"))
    assert done.cases == (west.case_id,)
    assert (cases(store)[WEST].reports, cases(store)[WEST].complainers) == (6, 4)


def test_a_merge_can_be_taken_back(store: Store) -> None:
    """A slip at the desk is no catastrophe: both have their numbers again."""
    west, east = cases(store)[WEST], cases(store)[EAST]
    _at(store, lambda desk: desk.merge(east, west))
    merged = cases(store)[EAST]
    parted = _at(store, lambda desk: desk.act(merged, Act.UNMERGE))
    again = cases(store)
    assert (parted.state, again[EAST].reports, again[EAST].complainers) == (CaseState.OPEN, 2, 2)
    assert (again[WEST].reports, again[WEST].complainers) == (3, 3)
    assert again[WEST].first_seen == west.first_seen
    (done,) = ingest(store, arf(30, recipient="new@mail.example", source="192.0.2.200"))
    assert done.cases == (east.case_id,)


def test_a_case_is_taken_out_of_all_that_it_went_into(store: Store) -> None:
    """Two people merge on, a third takes the first merge back: whatever it went through has its own numbers again."""
    before = cases(store)
    _at(store, lambda desk: desk.merge(desk.find(EAST), desk.find(WEST)))
    _at(store, lambda desk: desk.merge(desk.find(WEST), desk.find(before[ASKED].case_id)))
    assert (cases(store)[ASKED].reports, cases(store)[ASKED].complainers) == (6, 5)
    _at(store, lambda desk: desk.act(desk.find(before[EAST].case_id), Act.UNMERGE))
    _at(store, lambda desk: desk.act(desk.find(before[WEST].case_id), Act.UNMERGE))
    after = cases(store)
    for key in (WEST, EAST, ASKED):
        assert (after[key].reports, after[key].complainers) == (before[key].reports, before[key].complainers)
        assert after[key].classes == before[key].classes
    assert [act for _, act, _ in _events(store, ASKED)][1:] == ["took-in", "gave-back", "gave-back"]


def test_a_case_goes_into_no_dead_end(store: Store) -> None:
    """Not into itself, not into one that is closed or went elsewhere."""
    west, east, asked = (cases(store)[key] for key in (WEST, EAST, ASKED))
    with pytest.raises(ComityError) as caught:
        _at(store, lambda desk: desk.merge(west, west))
    assert caught.value.code == "case-itself"
    merged = _at(store, lambda desk: desk.merge(east, west)) and cases(store)[EAST]
    with pytest.raises(ComityError) as caught:
        _at(store, lambda desk: desk.merge(asked, merged))
    assert (caught.value.code, caught.value.details["state"]) == ("case-target", "merged")


def test_a_question_is_answered_by_naming_the_customer(store: Store) -> None:
    """The reports go to the customer's case, opened where there is none, and so does what comes later."""
    asked = cases(store)[ASKED]
    south = _at(store, lambda desk: desk.assign(asked, "South", note="asked them"))
    assert (south.key, south.reports, south.complainers) == ("customer:South", 1, 1)
    after = cases(store)[ASKED]
    assert (after.state, after.merged_into, after.question) == (CaseState.MERGED, south.case_id, None)
    (done,) = ingest(store, arf(30, source="203.0.113.9"))
    assert done.cases == (south.case_id,)


def test_assigning_to_a_customer_who_has_a_case_adds_to_it(store: Store) -> None:
    """One case a customer, unless the last one was closed: then it is a relapse."""
    asked, west = cases(store)[ASKED], cases(store)[WEST]
    assert _at(store, lambda desk: desk.assign(asked, "West Hosting")).case_id == west.case_id
    ingest(store, arf(31, source="203.0.113.77"))
    _at(store, lambda desk: desk.act(desk.find(WEST), Act.CLOSE))
    again = _at(store, lambda desk: desk.assign(desk.find("address:203.0.113.77"), "West Hosting"))
    assert (again.key, again.reopened_from) == (f"{WEST}#2", west.case_id)


def test_only_a_question_can_be_assigned(store: Store) -> None:
    """What is known is not asked."""
    with pytest.raises(ComityError):
        _at(store, lambda desk: desk.assign(desk.find(WEST), "South"))
    assert "customer:South" not in cases(store)


def test_a_question_that_is_closed_is_one_no_more(store: Store) -> None:
    """Nothing is left to decide."""
    assert _at(store, lambda desk: desk.act(desk.find(ASKED), Act.CLOSE)).question is None
