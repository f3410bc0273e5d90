"""What a close said wrongly once does not stand from the next one on: it is counted from our own count until it is right again."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from comity.ledger.day_close import WorkDays
from comity.model.entry import RefusedLeaf
from comity.model.outcomes import ComityError
from comity.services.prove import closing
from comity.services.prove.coalition.digest import digest
from comity.services.prove.leaves import recounting
from comity.store.tables.ledger import payload

from .a_pair import EAST, MONDAY, WEST, Pair, told
from .lies import begun, disputed, honest, lied, named


@pytest.fixture
def stubborn(monkeypatch: pytest.MonkeyPatch) -> None:
    """East's program goes on from what it said, whatever west has against it."""
    monkeypatch.setattr(closing, "disputing", lambda *_: None)


@pytest.mark.usefixtures("stubborn")
def test_who_hides_what_is_open_once_is_disputed_every_day(pair: Pair) -> None:
    """Three reports are dropped on one day; the days after go on from that: each is disputed, and so is the next period."""
    begun(pair)
    honest(pair, 0)
    assert named(pair, lied(pair, 1, {}, {"waiting": {}})) == {"answers/waiting"}
    for day in (2, 3, 4, 5, 6, 7, 8):
        assert "answers/waiting" in named(pair, honest(pair, day))
    assert "day/open/overdue" in named(pair, honest(pair, 9))
    assert len(disputed(pair)) == 9
    with pytest.raises(ComityError) as refused:
        pair.made("2026-12-01")
    assert refused.value.code == "close-disputed"


def test_who_was_wrong_and_counts_again_is_believed_again(pair: Pair) -> None:
    """East hears of the dispute, counts from the first leaf on, and both count alike from that day on, with what is overdue."""
    begun(pair)
    honest(pair, 0)
    lied(pair, 1, {}, {"waiting": {}})
    pair.exchange()  # the dispute
    closed = honest(pair, 2)
    assert pair.found(closed) == []
    assert told(closed)["open/overdue"] == 3
    for day in (3, 4, 5, 6, 7):
        assert pair.found(honest(pair, day)) == []
    assert len(disputed(pair)) == 1
    pair.made("2026-11-26")


@pytest.mark.usefixtures("stubborn")
def test_answers_and_new_reports_count_on_from_our_own_count(pair: Pair) -> None:
    """While east goes on from its lie, what it does answer is taken off what west knows to be open, and new reports are added."""
    begun(pair)
    honest(pair, 0)
    lied(pair, 1, {}, {"waiting": {}})
    pair.at(2)
    pair.answer(1)
    pair.report(4)
    pair.exchange()
    closed = honest(pair, 2)
    found = {name: (said, counted) for name, said, counted in pair.found(closed)}
    assert found["answers/waiting"] == (1, 3)  # two of the three, and the new one
    with pair.west.store.read() as rows:
        said = recounting.disputing(rows.closes, (WEST, EAST), closed.name)
        assert said is not None
        ours = recounting.basis_beside(said)
    assert ours is not None
    assert sum(n for numbers in ours.waiting.values() for n in numbers.values()) == 3


@pytest.mark.usefixtures("stubborn")
def test_days_that_were_called_free_once_stay_disputed(pair: Pair) -> None:
    """Whoever calls a past week free on the last day of a period does not go on from that in the next."""
    begun(pair)
    honest(pair, 0)
    honest(pair, 1)
    said = honest(pair, 2).said.answers
    assert said is not None
    free = tuple(MONDAY + timedelta(days=n) for n in (0, 1, 2))
    days = WorkDays(zone="UTC", work_days=(0, 1, 2, 3, 4), holidays=free, extra_days=())
    assert "answers/free-days" in named(pair, lied(pair, 3, {"answers": replace(said, work_days=days).facts()}))

    pair.calendars[EAST] = replace(pair.calendars[EAST], holidays=frozenset(free))
    assert "answers/free-days" in named(pair, honest(pair, 4))
    pair.calendars[EAST] = replace(pair.calendars[EAST], holidays=frozenset())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            closing, "said_before", lambda _: None
        )  # its program as of before: it forgets what it said itself
        assert "answers/free-days" not in named(pair, honest(pair, 5))


@pytest.mark.usefixtures("stubborn")
def test_who_stops_to_say_it_is_disputed_for_as_long(pair: Pair) -> None:
    """A close without a word of answers is no way back to hours, on the next day either."""
    begun(pair)
    honest(pair, 0)

    def silent(day: int) -> set[str]:
        pair.calendars[EAST] = None  # type: ignore[assignment]
        return named(pair, honest(pair, day))

    assert silent(1) == silent(2) == silent(3) == {"answers"}


@pytest.mark.usefixtures("stubborn")
def test_who_refuses_our_dispute_carries_nothing_on_by_it(pair: Pair) -> None:
    """East answers that it does not take the leaf that says so: it is our word all the same, and what we count from."""
    begun(pair)
    honest(pair, 0)
    assert named(pair, lied(pair, 1, {}, {"waiting": {}})) == {"answers/waiting"}
    with pair.west.store.write() as rows:
        (ours,) = rows.closes.of_direction(WEST, EAST)
        kinds = [json.loads(data)["type"] for data in rows.closes.between(ours.channel_id, 0, ours.size)]
        rows.history.refuse(
            RefusedLeaf(
                channel_id=ours.channel_id,
                position=kinds.index("dispute"),
                code="leaf-schema",
                detail=None,
                since=pair.west.now,
            )
        )
    for day in (2, 3):
        assert "answers/waiting" in named(pair, honest(pair, day))


@pytest.mark.usefixtures("stubborn")
def test_days_that_come_together_are_counted_from_one_another(pair: Pair) -> None:
    """Ten closes in one posting, the first of which lies: each of them is disputed, not the first alone."""
    begun(pair)
    honest(pair, 0)
    exchange = pair.exchange
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pair, "exchange", lambda: None)
        lied(pair, 1, {}, {"waiting": {}})
        for day in range(2, 11):
            honest(pair, day)
    exchange()
    assert len(disputed(pair)) == 10


def test_what_an_earlier_version_disputed_disputes_nobody_who_is_right(pair: Pair) -> None:
    """Beside such a dispute stands nothing: the close after it is counted from the first leaf on, and holds."""
    begun(pair)
    honest(pair, 0)
    lied(pair, 1, {}, {"waiting": {}})
    pair.exchange()
    with pair.west.store.write() as rows:
        (ours,) = rows.closes.of_direction(WEST, EAST)
        kinds = [json.loads(data)["type"] for data in rows.closes.between(ours.channel_id, 0, ours.size)]
        place = kinds.index("dispute")
        gone = (payload.c.channel_id == ours.channel_id) & (payload.c.position == place)
        assert rows.connection.execute(delete(payload).where(gone)).rowcount == 1
    for day in (2, 3):
        assert pair.found(honest(pair, day)) == []
    assert len(disputed(pair)) == 1


def test_both_digests_name_what_is_disputed(pair: Pair) -> None:
    """Whoever waits for a statement reads why there is none."""
    begun(pair)
    honest(pair, 0)
    closed = lied(pair, 1, {}, {"waiting": {}})
    pair.exchange()
    for side, other, word in ((pair.west, EAST, "ours"), (pair.east, WEST, "theirs")):
        with side.store.read() as rows:
            (found,) = digest(rows, side.name, [other], since=side.now - timedelta(days=1), now=side.now)
        (said,) = [each for each in found.changed if each.message_id.startswith("digest.disputed-")]
        assert said.message_id == f"digest.disputed-{word}"
        assert said.arguments == {"n": 1, "place": closed.name}


def test_what_stands_beside_a_dispute_can_be_anything() -> None:
    """A damaged row is nothing to count from, and stops nobody."""
    broken: list[Any] = [None, b"", b"[]", b"{}", b'{"seen":{},"waiting":[],"days_of":1}', b"[" * 100_000]
    broken += [b'{"seen":{"a":-1},"waiting":{},"days_of":null}', b'{"seen":{},"waiting":{"9":{"":1}},"days_of":null}']
    for each in broken:
        assert recounting.basis_beside(recounting.Disputing(record={}, beside=each)) is None


@pytest.mark.usefixtures("stubborn")
def test_who_takes_the_name_of_our_dispute_first_is_disputed_all_the_same(pair: Pair) -> None:
    """East calls a leaf of its own what west will call what it says against east's next close."""
    begun(pair)
    first = honest(pair, 0)
    pair.at(1)
    place = first.position + 2  # behind the leaf that takes the name
    pair.answer(1, name=f"{first.channel.origin}#{place}.dispute")
    pair.exchange()
    closed = lied(pair, 1, {}, {"waiting": {}})
    assert closed.position == place
    assert "answers/waiting" in named(pair, closed)
    assert len(disputed(pair)) == 1
    for day in (2, 3):
        assert "answers/waiting" in named(pair, honest(pair, day))
