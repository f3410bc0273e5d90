"""What is left behind the last leaf, or lacks in the middle: named by whoever looks, healed, and never signed over."""

from collections.abc import Callable, Mapping

import pytest
from sqlalchemy import delete, insert, update

from comity.ledger import tree
from comity.ledger.checkpoint import by_mail_origin
from comity.model.outcomes import ComityError
from comity.services.prove import repairing
from comity.services.prove.forwarding import Step
from comity.services.prove.proving import prove
from comity.services.prove.verifying import verify
from comity.store.tables import intake, ledger

from ...engines import ONLY_SQLITE
from .test_counting_again import ORIGIN, Pair, behind, counted, forget, miscount, sides
from .test_repairing import asks, forge, healed, known, scrubbed
from .two_sides import EAST, WEST, Side, give

__all__ = ["sides"]

ALL = ("leaf", "payload", "leaf_name", "head")


def plant(side: Side, level: int, place: int, digest: bytes = bytes(32)) -> None:
    with side.store.write() as rows:
        rows.history.plant(1, [((level, place), digest)])


def uproot(side: Side, level: int, place: int) -> None:
    here = (ledger.node.c.level == level) & (ledger.node.c.position == place)
    with side.store.write() as rows:
        rows.connection.execute(delete(ledger.node).where(here))


def lose(side: Side, size: int) -> None:
    """All that stands behind so many leaves, but for the tree."""
    behind(side, size, *ALL)
    with side.store.write() as rows:
        forget(rows, size)
    miscount(side, size)


def unfit(side: Side) -> str | None:
    with side.store.read() as rows:
        return rows.ledger.unfit(1)


def places(side: Side) -> list[tuple[str, str | None]]:
    """What ``comity ledger verify`` names, and where."""
    keys = known(side)
    with side.store.read() as rows:
        (verdict,) = verify(rows.ledger, keys)
    return [(fault.code, fault.where) for fault in verdict.faults]


def heal(
    side: Side, other: Side | None, *, kept: Mapping[str, str] | None = None, let_go: bool = False
) -> repairing.Healed:
    keys = known(side)
    with side.store.write() as rows:
        (channel,) = rows.ledger.channels()
        ask = None if other is None else asks(side, other)
        return repairing.heal(rows, channel, keys, ask=ask, now=side.now, kept=kept, let_go=let_go)


def head_note(side: Side) -> str:
    with side.store.read() as rows:
        head = rows.ledger.head(1)
    assert head is not None
    return head.note


def reasons(steps: list[Step]) -> list[tuple[str | None, str | None]]:
    return [(each.reason, each.where) for each in steps]


def is_whole(west: Side, east: Side, size: int) -> bool:
    """Both have so many leaves, and nothing is wrong with them."""
    sizes = (west.size(ORIGIN), east.size(ORIGIN)) == (size, size)
    return sizes and west.faults() == east.faults() == [] and scrubbed(west).faults == scrubbed(east).faults == ()


# -- a copy


def test_a_tree_behind_the_end_of_a_copy_is_named_and_grown_over_by_the_same_leaves(sides: Pair) -> None:
    """Rows of the last leaves went: who looks says so, and when their writer gives the same ones again, they are taken."""
    west, east = sides
    give(west, east)
    lose(east, 12)
    assert places(east) == [("surplus", "node 0/12")]
    assert (scrubbed(east).faults, unfit(east)) == (("surplus",), "surplus")
    west.reports(EAST, 15, 16)
    steps = give(west, east)
    assert [each.reason for each in steps] == ["size-differs", None]
    assert is_whole(west, east, 16)


def test_a_tree_behind_the_end_of_a_copy_is_healed(sides: Pair) -> None:
    """Its writer has the same there: what is left goes, and comes again with the leaves."""
    west, east = sides
    give(west, east)
    lose(east, 12)
    done = healed(east, west)
    assert (done.nodes, done.leaves, done.resumed, east.faults(), unfit(east)) == (True, (), 0, [], None)
    west.reports(EAST, 15, 16)
    give(west, east)
    assert is_whole(west, east, 16)


@pytest.mark.parametrize("level", [0, 1])
def test_nothing_is_taken_into_a_copy_over_what_stood_there_otherwise(sides: Pair, level: int) -> None:
    """Other hashes stand where leaves would come: a writer that changed them, or a hand. Neither is decided without a person."""
    west, east = sides
    plant(east, level, 12 >> level, b"x" * 32)
    assert scrubbed(east).faults == ("surplus",)
    assert reasons(give(west, east)) == [("copy-damaged", "surplus")]
    with pytest.raises(ComityError) as caught:
        healed(east, west)
    assert (caught.value.code, caught.value.details["stands"]) == ("heal-surplus", 12)
    assert heal(east, west, let_go=True).nodes
    assert reasons(give(west, east)) == [(None, None)]
    assert is_whole(west, east, 15)


def test_what_is_far_behind_hinders_nobody_and_is_healed(sides: Pair) -> None:
    """A row where not even the writer has a leaf, on a floor that no tree reaches, or with numbers below nothing."""
    west, east = sides
    for level, place in ((0, 99), (1 << 30, 0), (3, -2), (-1, 3)):
        plant(east, level, place)
    assert places(east) == [("surplus", "node -1/3")]
    assert reasons(give(west, east)) == [(None, None)]
    assert east.faults() == ["surplus"]
    assert healed(east, west).nodes
    assert is_whole(west, east, 15)


def test_a_copy_of_which_names_are_left_gets_its_leaves_back(sides: Pair) -> None:
    """Leaves and heads went, their names, payloads and counts did not: they come back from the writer, and count once."""
    west, east = sides
    give(west, east)
    before = counted(east)
    behind(east, 12, "leaf", "head")
    miscount(east, 12)
    assert ("surplus", "name 14") in places(east)
    assert "surplus" in scrubbed(east).faults
    assert reasons(give(west, east)) == [(None, None)], "it believes that all was given"
    west.reports(EAST, 15, 16)
    assert reasons(give(west, east))[-1] == ("copy-damaged", "surplus")
    done = healed(east, west)
    assert (done.resumed, counted(east)) == (3, before)
    assert reasons(give(west, east)) == [(None, None)]
    assert is_whole(west, east, 16)


def test_payloads_behind_the_end_of_a_copy_are_named_and_go(sides: Pair) -> None:
    """Content without a leaf: the next leaf there brings its own."""
    west, east = sides
    for place in (12, 40):
        with east.store.write() as rows:
            values = {"channel_id": 1, "position": place, "salt": b"s", "data": b"left"}
            rows.connection.execute(insert(ledger.payload).values(values))
    assert (scrubbed(east).faults, unfit(east)) == (("surplus",), "surplus")
    assert reasons(give(west, east)) == [(None, None)]
    assert [code for code, _ in places(east)] == ["surplus", "payload-differs"]
    assert healed(east, west).nodes
    assert is_whole(west, east, 15)


def test_a_size_that_is_changed_while_a_copy_is_given_more_is_no_fault_of_the_program(sides: Pair) -> None:
    """The writer is told that the copy is damaged, and goes on when it was healed."""
    west, east = sides
    miscount(east, 5)
    assert reasons(give(west, east)) == [("copy-damaged", "miscounted")]
    healed(east, west)
    give(west, east)
    assert is_whole(west, east, 15)


def test_a_report_that_is_taken_back_and_is_not_there_is_no_fault_of_the_program(sides: Pair) -> None:
    """The leaf of a report went from the middle of a copy, and then its writer takes the report back."""
    from comity.ledger.leaf import LeafType

    west, east = sides
    with east.store.write() as rows:
        rows.connection.execute(delete(ledger.leaf).where(ledger.leaf.c.position == 3))
    facts = {"report": "cr1-3", "reason": "taken-back"}
    west.write(west.event(EAST, 99, leaf_type=LeafType.RETRACT, event_id="r", observed=None, facts=facts, payload=None))
    assert reasons(give(west, east)) == [("copy-damaged", "leaf-missing")]
    healed(east, west)
    assert reasons(give(west, east)) == [(None, None)]
    assert east.faults() == []


# -- our own ledger


def test_nothing_is_signed_in_the_place_of_leaves_whose_tree_is_left(sides: Pair) -> None:
    """The end went but for the tree: somebody may have seen it. The peer says that it has not; then it goes on."""
    west, east = sides
    lose(west, 12)
    assert places(west) == [("surplus", "node 0/12")]
    with pytest.raises(ComityError) as caught:
        west.reports(EAST, 20, 21)
    assert (caught.value.code, caught.value.details["reason"]) == ("ledger-stopped", "surplus")
    assert healed(west, east).nodes
    west.reports(EAST, 20, 21)
    give(west, east)
    assert is_whole(west, east, 13)


def test_where_the_file_of_heads_knows_more_nothing_goes(sides: Pair) -> None:
    """What it knows was signed: the tree stays, and nothing is signed, until somebody gives those leaves up."""
    west, east = sides
    kept = {ORIGIN: head_note(west)}
    lose(west, 12)
    done = heal(west, east, kept=kept, let_go=True)
    assert (done.is_behind, done.nodes, unfit(west)) == (True, False, "surplus")
    with pytest.raises(ComityError):
        west.reports(EAST, 20, 21)
    done = heal(west, east)
    assert (done.is_behind, done.nodes, unfit(west)) == (False, True, None)


def test_who_has_nobody_to_ask_decides(sides: Pair) -> None:
    """Neither a peer nor the file of heads says that nobody has seen more: a person does, or the file does."""
    west, _ = sides
    with west.store.read() as rows:
        (twelve,) = rows.history.heads(1, 11, 12)
    for kept, let_go in (({}, True), ({ORIGIN: twelve.note}, False)):
        lose(west, 12)
        plant(west, 0, 12)
        with pytest.raises(ComityError) as caught:
            heal(west, None)
        assert (caught.value.code, unfit(west)) == ("heal-surplus", "surplus")
        assert heal(west, None, kept=kept, let_go=let_go).nodes
        assert (unfit(west), west.faults()) == (None, [])


def test_a_peer_that_has_more_than_it_gives_back_is_no_witness(sides: Pair) -> None:
    """It counts fifteen and shows what both signed over twelve: then it has seen something, and nothing is signed over that."""
    west, east = sides
    lose(west, 12)
    with east.store.write() as rows:
        rows.connection.execute(update(ledger.channel).values(size=15))
    with pytest.raises(ComityError) as caught:
        healed(west, east)
    assert caught.value.code == "heal-surplus"


def test_a_tree_is_not_grown_anew_over_a_leaf_that_was_changed(sides: Pair) -> None:
    """Behind what both signed a leaf was changed, and the tree above it taken away: a new tree would be signed next, and the peer
    may have seen the old one."""
    west, east = sides
    forge(west, 13, b'{"type":"report"}')
    for level, place in ((0, 12), (0, 13), (0, 14), (1, 6)):
        uproot(west, level, place)
    assert {"root-differs", "node-missing"} <= set(west.faults())
    healed(west, east)
    with pytest.raises(ComityError) as caught:
        west.reports(EAST, 15, 16)
    assert caught.value.details["reason"] == "node-missing"


def test_a_tree_that_was_changed_is_not_gone_on_from(sides: Pair) -> None:
    """The next head would say otherwise than the one before: nothing is signed before the tree was computed again."""
    west, east = sides
    plant(west, 0, 14)
    assert (unfit(west), west.faults()) == ("nodes-differ", ["nodes-differ"])
    with pytest.raises(ComityError) as caught:
        west.reports(EAST, 15, 16)
    assert caught.value.details["reason"] == "nodes-differ"
    healed(west, east)
    west.reports(EAST, 15, 16)
    give(west, east)
    assert is_whole(west, east, 16)


def test_where_the_file_of_heads_knows_other_leaves_nothing_is_signed(sides: Pair) -> None:
    """The end was lost with everything, and signed anew before anybody saw that: the file knows the head that was there."""
    west, east = sides
    kept = {ORIGIN: head_note(west)}
    lose(west, 12)
    heal(west, None, let_go=True)
    west.reports(EAST, 20, 24)
    assert scrubbed(west).faults == ()
    assert scrubbed(west, kept).faults == ("head-file-differs",)
    keys = known(west)
    with west.store.write() as rows:
        assert repairing.stop_where_behind(rows, keys, kept, now=west.now) == [ORIGIN]
    assert heal(west, east, kept=kept).is_behind
    with pytest.raises(ComityError) as caught:
        west.reports(EAST, 24, 25)
    assert caught.value.details["reason"] == "head-file-differs"
    assert not heal(west, east).is_behind
    west.reports(EAST, 24, 25)


@pytest.mark.parametrize("table", ["node", "leaf", "head"])
def test_what_is_missing_for_a_proof_is_said(sides: Pair, table: str) -> None:
    """A part of the tree, the leaf itself, or every head over it."""
    west, _ = sides
    behind_all(west, table)
    with west.store.read() as rows:
        channels = rows.ledger.channels()
        with pytest.raises(ComityError) as caught:
            prove(rows.history, channels, "cr1-3")
    assert (caught.value.code, caught.value.details["place"]) == ("proof-damaged", 3)


@pytest.mark.parametrize("which", [0, 1], ids=["writer", "copy"])
@pytest.mark.parametrize("node", [(0, 5), (2, 1), (3, 0)], ids=str)
def test_a_node_that_is_missing_in_the_middle_is_named_and_grown_again(
    sides: Pair, which: int, node: tuple[int, int]
) -> None:
    """Where it is needed for the next leaf nothing is added without it, and whoever gives is told why."""
    west, east = sides
    side, other = sides[which], sides[1 - which]
    uproot(side, *node)
    assert places(side) == [("node-missing", f"node {node[0]}/{node[1]}")]
    is_top = node in tree.peaks(side.size(ORIGIN))
    assert unfit(side) == ("node-missing" if is_top else None)
    if which and is_top:
        assert reasons(give(west, east)) == [("copy-damaged", "node-missing")]
    assert healed(side, other).nodes
    west.reports(EAST, 15, 16)
    give(west, east)
    assert is_whole(west, east, 16)


def test_the_tree_of_a_ledger_that_nobody_shares_is_grown_again(sides: Pair) -> None:
    """Its own signed head is enough: nobody is asked."""
    west, _ = sides
    uproot(west, 2, 1)
    plant(west, 1, 1)
    assert heal(west, None).nodes
    assert west.faults() == []


# -- heads, roll-ups, other channels


@pytest.mark.parametrize("which", [0, 1], ids=["writer", "copy"])
def test_a_head_of_both_that_went_comes_back(sides: Pair, which: int) -> None:
    """Without it the writer would begin from nothing, and be told that histories differ."""
    side, other = sides[which], sides[1 - which]
    with side.store.write() as rows:
        rows.connection.execute(delete(ledger.head).where(ledger.head.c.size == 12))
    if which:
        assert "head-missing" in side.faults()
    healed(side, other)
    west, east = sides
    assert reasons(give(west, east)) == [(None, None)]
    assert is_whole(west, east, 15)


def test_a_head_that_was_changed_is_put_back(sides: Pair) -> None:
    """The row of what both signed says something else, or something that nobody signed."""
    west, east = sides
    for changed in ({"note": "x"}, {"root": bytes(32)}, {"receipted": None}):
        with west.store.write() as rows:
            rows.connection.execute(update(ledger.head).where(ledger.head.c.size == 12).values(changed))
        healed(west, east)
        assert (west.faults(), scrubbed(west).faults, scrubbed(west).covered) == ([], (), 12)


@pytest.mark.parametrize("which", [0, 1], ids=["writer", "copy"])
@pytest.mark.parametrize("size", [-3, 0, 40, (1 << 31) - 1])
def test_a_head_that_nobody_signed_is_named_and_nothing_is_added(sides: Pair, which: int, size: int) -> None:
    """Longer than what stands, or shorter than nothing."""
    side, other = sides[which], sides[1 - which]
    with side.store.write() as rows:
        head = rows.ledger.head(1)
        assert head is not None
        values = {"channel_id": 1, "size": size, "root": bytes(32), "note": "x", "signed": side.now, "receipted": None}
        rows.connection.execute(insert(ledger.head).values(values))
    assert side.faults()
    if size <= 0:
        return
    assert unfit(side) == "miscounted"
    with pytest.raises(ComityError) as caught:
        healed(side, other)
    assert caught.value.code == "heal-uncounted"
    west, east = sides
    if which:
        assert reasons(give(west, east)) == [("copy-damaged", "miscounted")]
    else:
        with pytest.raises(ComityError):
            west.reports(EAST, 15, 16)


def test_roll_ups_that_disagree_are_named(sides: Pair) -> None:
    """They say nothing of leaves: the exchange goes on."""
    west, east = sides
    for side in sides:
        with side.store.write() as rows:
            rows.connection.execute(update(intake.rollup).values(count=7))
        assert side.faults() == ["counts-differ"]
        assert unfit(side) is None
        healed(side, east if side is west else west)
    assert reasons(give(west, east)) == [(None, None)]


def test_nodes_of_another_channel_are_named_in_both(sides: Pair) -> None:
    """Rows that were moved lack in the one and are too many in the other; each is healed by itself."""
    west, east = sides
    by_mail = by_mail_origin(WEST, EAST, "2026q4")
    with west.store.write() as rows:
        other = rows.ledger.channel(by_mail, reporting=WEST, reported=EAST, quarter="2026q4").channel_id
        here = (ledger.node.c.channel_id == 1) & (ledger.node.c.level == 1)
        rows.connection.execute(update(ledger.node).where(here).values(channel_id=other))
        assert rows.ledger.unfit(other) == "surplus"
    keys = known(west)
    with west.store.read() as rows:
        found = {each.channel.channel_id: each.faults for each in repairing.scrub(rows, keys)}
        verdicts = {each.channel.channel_id: each.faults for each in verify(rows.ledger, keys)}
    assert found == {1: ("nodes-differ",), other: ("surplus",)}
    assert {number: [fault.code for fault in faults] for number, faults in verdicts.items()} == {
        1: ["node-missing"], other: ["surplus"],
    }  # fmt: skip
    assert healed(west, east).nodes
    with west.store.write() as rows:
        channel = rows.history.channel(by_mail)
        assert channel is not None
        assert repairing.heal(rows, channel, keys, ask=None, now=west.now, let_go=True).nodes
        assert rows.ledger.unfit(other) is None
    assert west.faults() == []


NO_NUMBERS = [
    "UPDATE head SET size = 'x' WHERE size = 12", "UPDATE head SET signed = 'x'", "UPDATE head SET note = 7, root = 7",
    "UPDATE head SET signed = 9223372036854775807", "UPDATE leaf SET position = 'x' WHERE position = 4",
    "UPDATE leaf SET data = 'x' WHERE position = 4", "UPDATE node SET position = 'x' WHERE level = 2 AND position = 1",
    "UPDATE node SET level = 'x' WHERE level = 3", "UPDATE node SET hash = 'x'", "UPDATE channel SET size = 'x'",
    "UPDATE payload SET position = 'x' WHERE position = 4", "UPDATE leaf_name SET position = 'x' WHERE position = 4",
]  # fmt: skip


@ONLY_SQLITE
@pytest.mark.parametrize("which", [0, 1], ids=["writer", "copy"])
@pytest.mark.parametrize("statement", NO_NUMBERS)
def test_text_in_the_place_of_numbers_ends_nothing(sides: Pair, which: int, statement: str) -> None:
    """SQLite keeps in any column what somebody writes into it: who looks names it, and nothing ends with a fault of the program."""
    side = sides[which]
    with side.store.write() as rows:
        rows.connection.exec_driver_sql(statement)
    is_named = bool(side.faults()) or "signed" in statement  # which says no more than the note does
    assert is_named
    assert scrubbed(side).channel.origin == ORIGIN
    _go_on(sides, which)


DAMAGES: dict[str, Callable[[Side], None]] = {
    "no-nodes": lambda side: behind_all(side, "node"),
    "no-leaves": lambda side: behind_all(side, "leaf"),
    "no-heads": lambda side: behind_all(side, "head"),
    "no-names": lambda side: behind_all(side, "leaf_name"),
    "no-payloads": lambda side: behind_all(side, "payload"),
    "nothing-but-nodes": lambda side: [behind_all(side, each) for each in ALL] and miscount(side, 0),
    "size-below-nothing": lambda side: miscount(side, -5),
    "size-too-large": lambda side: miscount(side, (1 << 31) - 1),
    "a-leaf-below-nothing": lambda side: moved(side, 3, -1),
    "a-leaf-far-behind": lambda side: moved(side, 3, 1 << 30),
    "an-empty-leaf": lambda side: forge(side, 3, b""),
    "a-leaf-that-is-no-text": lambda side: forge(side, 3, b"\xff\xfe"),
}


def behind_all(side: Side, name: str) -> None:
    with side.store.write() as rows:
        rows.connection.execute(delete(ledger.metadata.tables[name]))


def moved(side: Side, place: int, to: int) -> None:
    with side.store.write() as rows:
        rows.connection.execute(update(ledger.leaf).where(ledger.leaf.c.position == place).values(position=to))


@pytest.mark.parametrize("which", [0, 1], ids=["writer", "copy"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_whatever_a_hand_did_is_named_and_ends_nothing(sides: Pair, which: int, damage: str) -> None:
    """Every way to look names a fault; healing and the next posting end well, or with an error that has a name."""
    side = sides[which]
    DAMAGES[damage](side)
    before = side.faults()
    if damage != "no-payloads":  # they may be erased
        assert before
        assert not scrubbed(side).holds or damage == "no-names"  # a scrub computes hashes alone
    _go_on(sides, which)


def _go_on(sides: Pair, which: int) -> None:
    """Heal, write and give, twice: it ends well, or with an error that has a name."""
    for _ in range(2):
        try:
            healed(sides[which], sides[1 - which])
        except ComityError as error:
            assert error.code in {"heal-refused", "heal-uncounted", "heal-surplus"}
        try:
            sides[0].reports(EAST, 15, 16)
        except ComityError as error:
            assert error.code == "ledger-stopped"
        give(*sides)
