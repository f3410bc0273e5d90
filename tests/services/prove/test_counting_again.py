"""A channel that counts other than what stands in it is named by whoever looks, and counted again; nothing that stands is lost."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import ColumnElement, delete, func, select, update

from comity.ledger.leaf import LeafType
from comity.model.outcomes import ComityError
from comity.services.prove import repairing
from comity.store.tables import ledger

from .test_repairing import asks, compared, healed, known, scrubbed
from .two_sides import EAST, Side, both, give

ORIGIN = "west.example/to/east.example/2026q4"
Pair = tuple[Side, Side]


@pytest.fixture
def sides() -> Iterator[Pair]:
    """Fifteen leaves, of which both signed the first twelve."""
    west, east = both()
    west.reports(EAST, 0, 12)
    give(west, east)
    west.reports(EAST, 12, 15)
    yield west, east
    west.store.close()
    east.store.close()


def miscount(side: Side, size: int) -> None:
    with side.store.write() as rows:
        rows.connection.execute(update(ledger.channel).values(size=size))


def behind(side: Side, place: int, *names: str) -> None:
    """What stands in these tables from a place on goes."""
    where: dict[str, ColumnElement[bool]] = {
        "leaf": ledger.leaf.c.position >= place,
        "payload": ledger.payload.c.position >= place,
        "leaf_name": ledger.leaf_name.c.position >= place,
        "head": ledger.head.c.size > place,
    }
    with side.store.write() as rows:
        for name in names:
            rows.connection.execute(delete(ledger.metadata.tables[name]).where(where[name]))


def counted(side: Side) -> dict[str, int]:
    """How many rows there are of everything that a ledger consists of."""
    with side.store.read() as rows:
        tables = (ledger.leaf, ledger.node, ledger.payload, ledger.head, ledger.leaf_name)
        return {each.name: rows.connection.scalar(select(func.count()).select_from(each)) or 0 for each in tables}


@pytest.mark.parametrize(("which", "holds"), [(0, 15), (1, 12)], ids=["writer", "copy"])
@pytest.mark.parametrize("size", [0, 5, 40])
def test_a_size_that_was_changed_by_hand_is_counted_again(sides: Pair, which: int, holds: int, size: int) -> None:
    """Shorter or longer, with the writer or in the copy: what is signed says how many there are, and no row goes."""
    side, other = sides[which], sides[1 - which]
    before = counted(side)
    miscount(side, size)
    assert scrubbed(side).faults == ("size-differs",)
    assert side.faults() == ["size-differs"]
    assert (compared(side, other).ours, compared(side, other).lost) == (holds, None), "no end is lost: all of it stands"
    done = healed(side, other)
    assert (done.counted, done.leaves, done.resumed) == ((size, holds), (), 0)
    assert (side.size(ORIGIN), counted(side), scrubbed(side).faults, side.faults()) == (holds, before, (), [])
    west, east = sides
    west.reports(EAST, 15, 17)
    assert [each.reason for each in give(west, east)] == [None]
    assert (west.size(ORIGIN), east.size(ORIGIN), west.faults(), east.faults()) == (17, 17, [], [])


def test_what_only_we_signed_is_counted_without_the_other_side(sides: Pair) -> None:
    """Nobody is asked where nobody has a copy: our own head over all that stands is enough."""
    west, _ = sides
    miscount(west, 3)
    keys = known(west)
    with west.store.write() as rows:
        (channel,) = rows.ledger.channels()
        done = repairing.heal(rows, channel, keys, ask=None, now=west.now)
    assert (done.counted, west.size(ORIGIN), west.faults()) == ((3, 15), 15, [])


def test_an_end_that_nobody_has_stays_named_until_somebody_gives_it_up(sides: Pair) -> None:
    """The file of heads knows three leaves more than the other side: heal gives back what there is, and nothing is signed until
    that file is gone."""
    west, east = sides
    with west.store.read() as rows:
        (channel,) = rows.ledger.channels()
        head = rows.ledger.head(channel.channel_id)
    assert head is not None
    kept = {ORIGIN: head.note}
    behind(west, 12, "leaf", "payload", "leaf_name", "head")
    miscount(west, 12)
    keys = known(west)
    for heads, stopped in ((kept, "behind-head-file"), ({}, None)):
        with west.store.write() as rows:
            repairing.stop_where_behind(rows, keys, kept, now=west.now)
            done = repairing.heal(rows, channel, keys, ask=asks(west, east), now=west.now, kept=heads)
            found = rows.history.stopped(channel.channel_id)
        assert (done.is_behind, found and found[0]) == (stopped is not None, stopped)


def test_a_damaged_leaf_behind_the_size_comes_back_first(sides: Pair) -> None:
    """Counted too short, and a leaf of those behind it is not there: the other side's copy fills it."""
    west, east = sides
    miscount(west, 5)
    with west.store.write() as rows:
        rows.connection.execute(delete(ledger.leaf).where(ledger.leaf.c.position == 9))
    assert scrubbed(west).faults[:2] == ("size-differs", "leaf-missing")
    done = healed(west, east)
    assert (done.counted, done.leaves, west.size(ORIGIN), west.faults()) == ((5, 15), (9,), 15, [])


@pytest.mark.parametrize(
    "gone",
    [
        ("leaf",),
        ("leaf", "payload"),
        ("leaf", "head"),
        ("leaf", "head", "payload"),
        ("leaf", "head", "payload", "leaf_name"),
    ],
    ids="-".join,
)
def test_an_end_that_went_in_part_comes_back(gone: tuple[str, ...]) -> None:
    """Of an older copy of some tables nodes, names or heads stand behind the leaves: they are no hindrance, and count once."""
    west, east = both()
    west.reports(EAST, 0, 12)
    give(west, east)
    before = counted(west)
    behind(west, 6, *gone)
    if "leaf_name" in gone:  # then reports and roll-ups of them went as well
        with west.store.write() as rows:
            forget(rows, 6)
    miscount(west, 6)
    done = healed(west, east)
    assert len(done.leaves) + done.resumed == 6
    assert (west.size(ORIGIN), west.faults()) == (12, [])
    after = counted(west)
    assert after | {"head": 0} == before | {"head": 0}, "payloads came back as well"
    west.reports(EAST, 12, 14)
    give(west, east)
    assert (east.size(ORIGIN), west.faults(), east.faults()) == (14, [], [])
    west.store.close()
    east.store.close()


def test_a_copy_that_lost_its_end_is_given_it_and_accuses_nobody(sides: Pair) -> None:
    """An older copy of a copy: it leads to what both signed then, so there is nothing to heal; who writes gives the rest anew."""
    west, east = sides
    with east.store.read() as rows:
        stood = {place for place, _ in rows.history.nodes(1)}
    give(west, east)
    with east.store.write() as rows:
        for level, place in {place for place, _ in rows.history.nodes(1)} - stood:
            here = (ledger.node.c.level == level) & (ledger.node.c.position == place)
            rows.connection.execute(delete(ledger.node).where(here))
        forget(rows, 12)
    behind(east, 12, "leaf", "payload", "leaf_name", "head")
    miscount(east, 12)
    done = healed(east, west)
    assert (done.leaves, done.nodes, done.resumed, east.size(ORIGIN)) == ((), False, 0, 12)
    west.reports(EAST, 15, 16)
    give(west, east)
    assert (east.size(ORIGIN), east.faults()) == (16, [])


def forget(rows: object, kept: int) -> None:
    from comity.store.tables import intake

    connection = rows.connection  # type: ignore[attr-defined]
    ids = connection.scalars(select(intake.report_row.c.id).order_by(intake.report_row.c.id)).all()
    connection.execute(delete(intake.report_row).where(intake.report_row.c.id.in_(ids[kept:])))
    nets = connection.execute(select(intake.rollup.c.source_net, intake.rollup.c["count"])).all()
    connection.execute(update(intake.rollup).values(count=kept))
    assert len(nets) == 1


def _unknown_leaf(side: Side) -> None:
    with side.store.write() as rows:
        (last,) = rows.history.written(1, 14, 15)
        values = {"channel_id": 1, "position": 15, "type": "report", "data": last.data, "submitted": last.submitted}
        rows.connection.execute(ledger.leaf.insert().values(values))


def _changed_leaf(side: Side) -> None:
    with side.store.write() as rows:
        rows.connection.execute(
            update(ledger.leaf).where(ledger.leaf.c.position == 13).values(data=b'{"type":"report"}')
        )


def _lost_leaf(side: Side) -> None:
    with side.store.write() as rows:
        rows.connection.execute(delete(ledger.leaf).where(ledger.leaf.c.position == 13))


@pytest.mark.parametrize(
    ("damage", "place"),
    [(_unknown_leaf, 15), (_changed_leaf, 12), (_lost_leaf, 12)],
    ids=["under-no-head", "changed", "lost"],
)
def test_what_no_signed_head_leads_to_is_named_and_left(
    sides: Pair, damage: Callable[[Side], None], place: int
) -> None:
    """A leaf that nobody signed, one of ours alone that was changed or went: nothing is touched, and the error says where."""
    west, east = sides
    damage(west)
    miscount(west, 5)
    before = counted(west)
    with pytest.raises(ComityError) as caught:
        healed(west, east)
    assert caught.value.code == "heal-uncounted"
    assert {each: caught.value.details[each] for each in ("counted", "place")} == {"counted": 5, "place": place}
    assert (west.size(ORIGIN), counted(west)) == (5, before)


def test_nothing_is_signed_where_more_stands_than_is_counted(sides: Pair) -> None:
    """Before the program begins, such a channel stops; counting it again lets it go on."""
    west, east = sides
    miscount(west, 5)
    keys = known(west)
    with west.store.write() as rows:
        assert repairing.stop_where_behind(rows, keys, {}, now=west.now) == [ORIGIN]
    assert scrubbed(west).stopped == "miscounted"
    with pytest.raises(ComityError) as caught:
        west.reports(EAST, 15, 16)
    assert (caught.value.code, caught.value.details["reason"]) == ("ledger-stopped", "miscounted")
    healed(west, east)
    west.reports(EAST, 15, 16)
    assert (west.size(ORIGIN), west.faults()) == (16, [])


@pytest.mark.parametrize("about", [2, 8], ids=["of-a-report-that-stood", "of-one-that-was-lost"])
def test_a_retraction_at_a_lost_end_takes_its_report_back(about: int) -> None:
    """It came back with the end: its report counts no more, whether that stood here all the time or came back as well."""
    west, east = both()
    west.reports(EAST, 0, 6)
    out_row(west, "cr1-2")
    west.reports(EAST, 6, 10)
    facts = {"report": f"cr1-{about}", "reason": "taken-back"}
    west.write(
        west.event(
            EAST,
            99,
            leaf_type=LeafType.RETRACT,
            event_id=f"cr1-{about}.retract",
            observed=None,
            facts=facts,
            payload=None,
        )
    )
    give(west, east)
    assert east.faults() == []
    behind(west, 6, "leaf", "head", "payload", "leaf_name")
    with west.store.write() as rows:
        forget(rows, 6)
    miscount(west, 6)
    assert west.faults() == ["surplus"], "parts of the tree are all that is left of it"
    assert healed(west, east).resumed == 5
    assert (west.size(ORIGIN), west.faults()) == (11, [])
    west.store.close()
    east.store.close()


def out_row(side: Side, name: str) -> None:
    """The report of this name is one that left, and is found by its name."""
    from comity.store.tables import intake, sending

    with side.store.write() as rows:
        put = rows.connection.execute
        raw = put(intake.raw.insert().values(digest=b"0" * 32, size=0, arrived=side.now)).inserted_primary_key[0]
        told = put(
            sending.complaint.insert().values(
                key=b"0" * 16,
                not_spam=False,
                raw_id=raw,
                name="c",
                arrived=side.now,
                due=side.now,
                state="told",
                repeats=0,
            )
        ).inserted_primary_key[0]
        place = rows.connection.scalar(select(ledger.leaf_name.c.position).where(ledger.leaf_name.c.name == name))
        ids = rows.connection.scalars(select(intake.report_row.c.id).order_by(intake.report_row.c.id)).all()
        put(
            sending.report_out.insert().values(
                report_id=ids[place],
                name=name,
                complaint_id=told,
                party="p",
                role="originator",
                rule="r",
                source_net="n",
            )
        )
