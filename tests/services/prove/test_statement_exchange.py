"""A statement between two desks: what is kept, who may sign when, and what a liar is told."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comity.accord.statement import canonical
from comity.ledger import note, posting
from comity.locale import LANGUAGES, catalogue
from comity.model import period as periods
from comity.model.joint_statement import NEXT, StatementState
from comity.model.outcomes import ComityError
from comity.services.prove.closing import Closing, Summed, counted
from comity.services.prove.stating import exchanging, making
from comity.services.prove.stating.agreeing import Ours, Stating
from comity.services.prove.stating.checking import check
from comity.services.prove.stating.exchanging import Statements, give

from .two_sides import CLOSE_TERMS, EAST, KEYS, NOW, WEST, Side, both
from .two_sides import give as give_leaves

DAY = periods.read("2026-11-23")
PUBLIC = [note.verifier_of(name, key) for name, key in KEYS.items()]
assert DAY is not None


class Desk:
    """One side with its ledger and its statements."""

    def __init__(self, side: Side, measured: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.side, self.now = side, NOW + timedelta(days=1)
        self.stating = Stating(
            Ours(domain=side.name, key=KEYS[side.name]), side.scribe, CLOSE_TERMS, measuring=lambda *_: measured or {}
        )
        self.statements = Statements(side.name, self.stating)
        self.peer = EAST if side.name == WEST else WEST

    def propose(self) -> Any:
        with self.side.store.write() as rows:
            return self.statements.propose(rows, self.peer, DAY, now=self.now)

    def accept(self, **more: Any) -> Any:
        with self.side.store.write() as rows:
            return self.statements.accept(rows, self.peer, DAY, now=self.now, **more)

    def take(self, data: bytes) -> tuple[int, Mapping[str, Any]]:
        answer = self.statements.take(self.side.store, data, now=self.now)
        assert answer.status == 200 or all(f"refused.{answer.said['error']}" in catalogue(each) for each in LANGUAGES)
        return answer.status, answer.said

    def kept(self) -> Any:
        with self.side.store.read() as rows:
            return rows.statements.newest(self.peer, "2026-11-23")

    def close(self, direction: tuple[str, str]) -> None:
        with self.side.store.write() as rows:
            Closing(self.side.scribe, CLOSE_TERMS).close(rows, direction, DAY.first, now=self.now)


@pytest.fixture
def desks() -> Iterator[tuple[Desk, Desk]]:
    """West reported 30, both closed the day and gave each other their ledgers."""
    west, east = (Desk(each) for each in both())
    west.side.reports(EAST, 0, 30)
    for one, other in ((west, east), (east, west)):
        one.close((one.side.name, other.side.name))
        one.side.now = other.side.now = NOW + timedelta(days=1)
        assert {step.reason for step in give_leaves(one.side, other.side)} == {None}
    yield west, east
    west.side.store.close()
    east.side.store.close()


def hand(one: Desk, other: Desk) -> list[exchanging.HandedOver]:
    return give(one.side.store, other.side.name, other.take, now=lambda: one.now)


def test_proposed_counted_again_cosigned(desks: tuple[Desk, Desk]) -> None:
    """West signs first, east counts again and signs the same bytes, west has them back; with both keys a stranger verifies."""
    west, east = desks
    assert west.propose().state is StatementState.OFFERED
    (handed,) = hand(west, east)
    assert (handed.reason, east.kept().state) == (None, StatementState.PROPOSED)
    assert hand(west, east) == []
    signed = east.accept()
    assert signed.state is StatementState.SIGNED
    assert [each.reason for each in hand(east, west)] == [None]
    assert west.kept().state is StatementState.SIGNED
    assert west.kept().data == east.kept().data
    checked = check(signed.data, PUBLIC)
    assert (checked.faults, checked.signers) == ((), (EAST, WEST))
    assert checked.cosigned_heads == checked.heads > 0
    found = making.read(signed.data)
    assert found is not None and list(found[0]["evidence"]) == [WEST]


def test_what_is_signed_is_what_was_looked_at(desks: tuple[Desk, Desk]) -> None:
    """West proposes once more while somebody of east reads: who signs on that page signs that file, or nothing."""
    from comity.accord.measured import rate

    west, east = desks
    west.propose()
    hand(west, east)
    read = east.kept().sha256
    again = Desk(west.side, rate(12, 40_000))
    again.propose()
    hand(again, east)
    assert east.kept().sha256 != read
    with pytest.raises(ComityError) as caught:
        east.accept(shown=read, with_differences=True)
    assert caught.value.code == "statement-newer"
    assert east.accept(shown=east.kept().sha256).state is StatementState.SIGNED


def test_what_east_measured_is_in_it_although_the_ledgers_are_one(desks: tuple[Desk, Desk]) -> None:
    """East adds what it measured: the bytes are others then, and west signs once more."""
    from comity.accord.measured import rate

    west, east = desks[0], Desk(desks[1].side, rate(12, 40_000))
    west.propose()
    hand(west, east)
    assert east.accept().state is StatementState.OFFERED
    assert [each.reason for each in hand(east, west)] == [None]
    assert west.kept().state is StatementState.PROPOSED
    assert west.accept().state is StatementState.SIGNED
    assert [each.reason for each in hand(west, east)] == [None]
    assert east.kept().state is StatementState.SIGNED
    found = making.read(east.kept().data)
    assert found is not None and list(found[0]["measured"]) == [EAST]


def lie(west: Desk, change: Callable[[dict[str, Any]], None]) -> bytes:
    """West changes its statement after it was made, and signs what came of it."""
    found = making.read(west.propose().data)
    assert found is not None
    statement = found[0]
    change(statement)
    return making.write(statement, note.sign(making.text_to_sign(statement), WEST, KEYS[WEST]))


def fewer(statement: dict[str, Any]) -> None:
    row = next(each for each in statement["directions"][1]["numbers"] if each["key"] == "report")
    row["values"] = {side: n - 1 for side, n in row["values"].items()}
    statement["derived"] = making.derived_of(statement)


def test_a_number_that_is_not_proved_is_named(desks: tuple[Desk, Desk]) -> None:
    """West says one complaint less than it closed: east does not sign, and says which number it is."""
    west, east = desks
    status, said = east.take(lie(west, fewer))
    assert (status, said["error"]) == (422, "statement-unsound")
    assert said["where"] == "number-differs west.example/to/east.example report (west.example)"
    assert east.kept().state is StatementState.DIFFERS
    with pytest.raises(ComityError, match="number-differs"):
        east.accept(with_differences=True)


def test_a_close_that_hides_a_complaint_is_named_by_its_cell() -> None:
    """West commits to one complaint less, proofs and all: only who counts the leaves again finds it; east names the cells."""
    west, east = (Desk(each) for each in both())
    west.side.reports(EAST, 0, 30)
    close_with_one_less(west)
    west.side.now = east.side.now = west.now
    give_leaves(west.side, east.side)
    east.close((EAST, WEST))
    give_leaves(east.side, west.side)
    assert west.propose().state is StatementState.OFFERED
    (handed,) = hand(west, east)
    assert handed.reason == "close-disputed"
    assert "day/report" in handed.numbers and "day/report/class/complaint" in handed.numbers
    assert west.kept().state is StatementState.REFUSED
    kept = east.kept()
    assert {each.number: dict(each.values) for each in kept.numbers}["day/report"] == {WEST: 29, EAST: 30}
    question = posting.Question(
        asker=WEST, asked=EAST, origin="2026-11-23", what="statement", numbers=(), second=int(east.now.timestamp())
    )
    answer = east.side.asking.take(east.side.store, posting.ask(question, KEYS[WEST]).encode(), now=east.now)
    assert ["day/report", {WEST: 29, EAST: 30}] in answer.said["numbers"]  # type: ignore[operator]
    with pytest.raises(ComityError, match="says otherwise"):
        east.accept(with_differences=True)


def close_with_one_less(west: Desk) -> None:
    """A liar's close: it commits to one complaint less than its leaves say."""
    with west.side.store.write() as rows:
        (channel,) = rows.closes.of_direction(WEST, EAST)
        span = (0, channel.size)
        counts, late = counted(rows.closes, channel, span, day=DAY.first, terms=CLOSE_TERMS)
        for key in [each for each in counts if each == "report" or each.startswith("report/")]:
            counts[key] -= 1  # all of them are of one class and one network: every row adds up
        summed = Summed(channel=channel, day=DAY.first, span=span, counts=counts, late=late)
        Closing(west.side.scribe, CLOSE_TERMS).write(rows, summed, last=None, now=west.now)


def test_nothing_of_a_stranger_is_kept(desks: tuple[Desk, Desk]) -> None:
    """Without the signature of the other party's pinned key over these bytes nothing is looked at; the refusal has its name."""
    west, east = desks
    data = west.propose().data
    found = making.read(data)
    assert found is not None
    statement, note_text = found
    foreign = dict(statement, parties=[WEST, "south.example"])
    other_key = note.sign(making.text_to_sign(statement), WEST, KEYS[EAST])
    other_text = note.sign(making.text_to_sign(foreign), WEST, KEYS[WEST])
    tries = {
        b"": "message-malformed",
        b"{}": "message-malformed",
        data[:-1]: "message-malformed",
        b"x" * ((8 << 20) + 1): "message-too-large",
        making.write(foreign, note_text): "not-for-us",
        making.write(dict(statement, period="yesterday"), note_text): "not-for-us",
        making.write(statement, None): "statement-not-signed",
        making.write(statement, other_key): "statement-not-signed",
        making.write(statement, other_text): "statement-not-signed",
    }
    assert {body: east.take(body)[1]["error"] for body in tries} == tries
    assert east.kept() is None
    lone = Desk(Side(EAST))
    assert lone.take(data)[1]["error"] == "peer-not-paired"
    lone.side.store.close()


def test_who_posts_learns_names_and_no_numbers(desks: tuple[Desk, Desk]) -> None:
    """Whoever has the file can post it again: what east's ledger says is told to signed questions alone."""
    west, east = desks
    status, said = east.take(lie(west, fewer))
    assert (status, set(said)) == (422, {"error", "where", "numbers"})
    assert not any(any(sign.isdigit() for sign in each) for each in said["numbers"])


def test_so_many_a_day(desks: tuple[Desk, Desk]) -> None:
    """Counting again costs time: what is known is answered at once, and of new ones there are so many a day."""
    west, east = desks
    data = west.propose().data
    assert {east.take(data)[0] for _ in range(2 * exchanging.PER_DAY)} == {200}
    found = making.read(data)
    assert found is not None
    for number in range(1, exchanging.PER_DAY + 1):
        statement = dict(found[0], made=f"2026-11-24T{number % 24:02}:00:{number // 24:02}+00:00")
        signed = note.sign(making.text_to_sign(statement), WEST, KEYS[WEST])
        status, said = east.take(making.write(statement, signed))
    assert (status, said["error"]) == (429, "quota")


def test_what_both_signed_stays(desks: tuple[Desk, Desk]) -> None:
    """Neither the first half of it nor another proposal takes it away: a period is stated once, and whoever tries again is told."""
    west, east = desks
    half = west.propose().data
    hand(west, east)
    whole = east.accept()
    assert east.take(half) == (200, {"state": "signed", "period": "2026-11-23"})
    with pytest.raises(ComityError, match="signed"):
        east.accept()
    with pytest.raises(ComityError) as refused:
        east.propose()
    assert refused.value.code == "statement-stands"
    west.now = east.now = west.now + timedelta(hours=1)
    status, said = east.take(west.propose().data)  # west has not had it back: it may try
    assert (status, said["error"]) == (409, "statement-stands")
    with east.side.store.read() as rows:
        assert [(each.state.value, each.data) for each in rows.statements.all()] == [("signed", whole.data)]


@pytest.mark.parametrize("first", ["west", "east"])
def test_two_proposals_at_once_end_in_one_statement(desks: tuple[Desk, Desk], first: str) -> None:
    """Both propose before they hear of each other: in whatever order the files arrive, the one with the lower hash goes on."""
    west, east = desks
    east.now += timedelta(seconds=1)  # they say the same, and say when they were made: the bytes differ
    made = {WEST: west.propose(), EAST: east.propose()}
    assert made[WEST].sha256 != made[EAST].sha256
    ways = [(west, east), (east, west)] if first == "west" else [(east, west), (west, east)]
    handed = [each for one, other in ways for each in hand(one, other)]
    winner, loser = (west, east) if made[WEST].sha256 < made[EAST].sha256 else (east, west)
    refused = [each for each in handed if each.reason is not None]
    assert all((each.reason, each.kept.peer) == ("statement-crossed", winner.side.name) for each in refused)
    assert (winner.kept().state, loser.kept().state) == (StatementState.OFFERED, StatementState.PROPOSED)
    with pytest.raises(ComityError) as again:
        loser.propose()
    assert again.value.code == "statement-waits"
    with pytest.raises(ComityError, match="waits for us"):
        winner.accept()
    assert loser.accept().state is StatementState.SIGNED
    assert [each.reason for each in hand(loser, winner)] == [None]
    for each in (west, east):
        with each.side.store.read() as rows:
            assert [(one.state.value, one.sha256) for one in rows.statements.all()] == [
                ("signed", made[winner.side.name].sha256)
            ]


def test_what_was_built_on_ours_is_no_second_proposal(desks: tuple[Desk, Desk]) -> None:
    """East adds what it measured to west's proposal: also with the higher hash that is an answer, and west may sign once more."""
    from comity.accord.measured import rate

    west, east = desks
    ours = west.propose()
    for inbox in range(40_000, 40_100):
        adding = Desk(east.side, rate(12, inbox)).stating
        with east.side.store.write() as rows:
            data = adding.sign(rows, ours.data, PUBLIC, now=east.now).data
        with west.side.store.read() as rows:
            assert rows.statements.newest(EAST, "2026-11-23").state is StatementState.OFFERED
        found = making.read(data)
        assert found is not None
        if sha256(canonical(found[0])).hexdigest() > ours.sha256:
            break
    assert west.take(data) == (200, {"state": "proposed", "period": "2026-11-23"})
    assert west.accept().state is StatementState.SIGNED


def test_where_nobody_answers_it_waits(desks: tuple[Desk, Desk]) -> None:
    """A peer that is not reached, or is busy, is given it later."""
    west, east = desks
    west.propose()
    for answer, reason in (((0, {}), "peer-unreachable"), ((503, {"error": "busy"}), "busy")):
        (handed,) = give(west.side.store, EAST, lambda _, said=answer: said, now=lambda: west.now)
        assert (handed.reason, handed.reached) == (reason, False)
    assert [each.reason for each in hand(west, east)] == [None]


def test_a_day_that_east_has_not_yet_is_named(desks: tuple[Desk, Desk]) -> None:
    """East never got west's leaves and closed nothing itself: it says that a day is not closed, and west may come again."""
    west, _ = desks
    empty = Desk(Side(EAST))
    empty.side.pair(WEST)
    assert empty.take(west.propose().data)[1]["error"] == "day-not-closed"
    empty.side.store.close()


def test_every_state_is_known() -> None:
    """Every state has its way on, to what both signed."""
    assert set(NEXT) == set(StatementState)
    assert all(StatementState.SIGNED in NEXT[each] for each in StatementState if each is not StatementState.SIGNED)
    assert NEXT[StatementState.SIGNED] == frozenset()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_place_of_a_signed_file_can_be_mutated(desks: tuple[Desk, Desk], data: st.DataObject) -> None:
    """West signs junk: east answers by name, in both languages, and keeps it at most as what it does not agree with."""
    west, east = desks
    with west.side.store.read() as rows:
        before = rows.statements.newest(EAST, "2026-11-23")
    base = west.propose().data if before is None else before.data
    found = making.read(base)
    assert found is not None
    statement = json.loads(json.dumps(found[0]))
    place: Any = statement
    for _ in range(data.draw(st.integers(1, 8))):
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            place[key] = data.draw(st.sampled_from([None, "", -1, 1 << 60, [], {}, "x", [None], True]))
            break
        place = place[key]
    if statement == found[0] or not isinstance(statement["parties"], list) or len(statement["parties"]) != 2:
        return  # nothing changed, or nothing that can be signed
    file = making.write(statement, note.sign(making.text_to_sign(statement), WEST, KEYS[WEST]))
    with east.side.store.write() as rows:
        rows.connection.exec_driver_sql("DELETE FROM exchange_count")
    status, said = east.take(file)
    assert status == 200 or said["error"]
    only_dated = statement | {"made": found[0]["made"]} == found[0]
    assert (status == 200) == (only_dated and isinstance(statement["made"], str) and statement["made"][:2] == "20")
