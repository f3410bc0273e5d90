"""What the disk changed or lost is found against what both sides signed, and comes back from the other side."""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError

from comity.ledger import note, posting
from comity.model.outcomes import ComityError
from comity.services.prove import pairing, repairing
from comity.store.engine import open_store
from comity.store.tables import ledger

from ...engines import ONLY_SQLITE
from .two_sides import EAST, KEYS, WEST, Side, both, forwarding, give

ORIGIN = "west.example/to/east.example/2026q4"
_TOLD_EVERY = 500


def asks(ours: Side, other: Side) -> repairing.Ask:
    """The way to ask the other side, without a network."""

    def ask(what: str, numbers: Sequence[int]) -> Mapping[str, Any]:
        second = int(other.now.timestamp())
        question = posting.Question(
            asker=ours.name, asked=other.name, origin=ORIGIN, what=what, numbers=tuple(numbers), second=second
        )
        answer = other.asking.take(other.store, posting.ask(question, KEYS[ours.name]).encode(), now=other.now)
        assert answer.status == 200, answer.said
        return answer.said

    return ask


def known(side: Side) -> list[note.Verifier]:
    with side.store.read() as rows:
        peers = [each for name in KEYS for each in pairing.verifiers(rows.keys, name)]
    return [
        *peers,
        *(note.verifier_of(side.name, KEYS[side.name], each) for each in (note.ED25519, note.COSIGNATURE)),
    ]


def scrubbed(side: Side, kept: Mapping[str, str] | None = None) -> repairing.Scrubbed:
    keys = known(side)
    with side.store.read() as rows:
        (found,) = repairing.scrub(rows, keys, kept)
    return found


def healed(side: Side, other: Side) -> repairing.Healed:
    keys = known(side)
    with side.store.write() as rows:
        channel = rows.history.channel(ORIGIN)
        assert channel is not None
        return repairing.heal(rows, channel, keys, ask=asks(side, other), now=side.now)


def compared(side: Side, other: Side) -> repairing.Reconciled:
    with side.store.read() as rows:
        channel = rows.history.channel(ORIGIN)
        assert channel is not None
        return repairing.reconcile(rows, channel, asks(side, other))


def forge(side: Side, position: int, data: bytes = b'{"id":"x","type":"report"}') -> None:
    with side.store.write() as rows:
        rows.connection.execute(update(ledger.leaf).where(ledger.leaf.c.position == position).values(data=data))


@pytest.fixture
def sides() -> Iterator[tuple[Side, Side]]:
    west, east = both()
    west.reports(EAST, 0, 100)
    give(west, east)
    west.reports(EAST, 100, 110)
    yield west, east
    west.store.close()
    east.store.close()


def test_a_scrub_says_what_is_covered(sides: tuple[Side, Side]) -> None:
    """A hundred leaves were signed by both, ten by one alone."""
    found = scrubbed(sides[0])
    assert (found.covered, found.uncovered, found.faults) == (100, 10, ())


@pytest.mark.parametrize("which", [0, 1])
def test_a_changed_leaf_is_found_and_healed(sides: tuple[Side, Side], which: int) -> None:
    """On the side of the writer as on the other one; the other side's leaf comes back, byte for byte."""
    side, other = sides[which], sides[1 - which]
    forge(side, 37)
    assert "root-differs" in scrubbed(side).faults
    assert healed(side, other).leaves == (37,)
    assert (scrubbed(side).faults, side.faults()) == ((), [])


def test_missing_leaves_and_damaged_nodes_come_back(sides: tuple[Side, Side]) -> None:
    """A hole in the leaves, a node of zeros: both are put right, and proofs hold again."""
    west, east = sides
    with west.store.write() as rows:
        rows.connection.execute(delete(ledger.leaf).where(ledger.leaf.c.position.in_([3, 50])))
        at = (ledger.node.c.level == 3) & (ledger.node.c.position == 2)
        rows.connection.execute(update(ledger.node).where(at).values(hash=bytes(32)))
    assert "leaf-missing" in scrubbed(west).faults
    healed(west, east)
    assert (scrubbed(west).faults, west.faults()) == ((), [])


def test_a_peer_that_lies_heals_nothing(sides: tuple[Side, Side]) -> None:
    """Both copies are damaged in different places: what does not lead to the signed root is not taken."""
    west, east = sides
    forge(west, 10)
    forge(east, 10, b'{"id":"y","type":"report"}')
    before = scrubbed(west)
    with pytest.raises(ComityError) as caught:
        healed(west, east)
    assert caught.value.code == "heal-refused"
    assert scrubbed(west) == before


@pytest.mark.parametrize("second", [-(10**14), 1 << 50], ids=["before", "after"])
def test_an_answer_with_an_impossible_time_is_malformed(sides: tuple[Side, Side], second: int) -> None:
    """Nothing that the other side says makes heal fail without a word."""
    west, east = sides
    with west.store.write() as rows:
        rows.connection.execute(delete(ledger.leaf).where(ledger.leaf.c.position == 3))
    honest, keys = asks(west, east), known(west)

    def lying(what: str, numbers: Sequence[int]) -> Mapping[str, Any]:
        said = honest(what, numbers)
        return {**said, "leaves": [f'{{"submitted":{second}}}'] * len(said["leaves"])} if what == "leaves" else said

    with west.store.write() as rows, pytest.raises(ComityError, match="malformed"):
        repairing.heal(rows, rows.ledger.channels()[0], keys, ask=lying, now=west.now)


def test_a_store_that_keeps_nothing_is_told(sides: tuple[Side, Side], monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged file may take a leaf and not give it back: then that is said, and nobody tries for ever."""
    west, east = sides
    with west.store.write() as rows:
        rows.connection.execute(delete(ledger.leaf).where(ledger.leaf.c.position == 3))
    forge(west, 10)
    monkeypatch.setattr("comity.store.trust.history.History.replace", lambda *_: None)
    with pytest.raises(ComityError) as caught:
        healed(west, east)
    assert (caught.value.code, caught.value.details["reason"]) == ("heal-refused", "store-damaged")


def test_reconciling_finds_every_difference(sides: tuple[Side, Side]) -> None:
    """Three leaves of a hundred, with less than 7 comparisons for each; a longer ledger is no difference."""
    west, east = sides
    for place in (0, 41, 99):
        forge(east, place)
    with east.store.write() as rows:  # whoever changes his copy changes his tree too
        data = [each for _, each in rows.ledger.leaves(1)]
        nodes = list(_nodes(data).items())
        rows.history.plant(1, nodes)
    with west.store.read() as rows:
        channel = rows.history.channel(ORIGIN)
        assert channel is not None
        done = repairing.reconcile(rows, channel, asks(west, east))
    assert (done.differing, done.ours, done.theirs) == ((0, 41, 99), 110, 100)
    assert done.comparisons <= 3 * 7


def _nodes(leaves: list[bytes]) -> dict[tuple[int, int], bytes]:
    from comity.ledger import tree

    nodes: dict[tuple[int, int], bytes] = {}
    for position, data in enumerate(leaves):
        nodes.update(tree.grow(position, tree.leaf_hash(data), nodes.__getitem__))
    return nodes


@ONLY_SQLITE
@pytest.mark.parametrize("by", ["peer", "head-file"])
def test_a_restored_backup_signs_nothing_until_it_has_resumed(tmp_path: Path, by: str) -> None:
    """The peer, or the head file on another disk, knows a longer ledger: the end comes back with heads and receipts."""
    west, east = Side(WEST, str(tmp_path / "west.db")), Side(EAST)
    west.pair(EAST)
    east.pair(WEST)
    west.reports(EAST, 0, 10)
    give(west, east)
    west.store.close()
    shutil.copy(tmp_path / "west.db", tmp_path / "backup.db")
    west.store = open_store(tmp_path / "west.db")
    west.reports(EAST, 10, 30)
    give(west, east)
    with west.store.read() as rows:
        head = rows.ledger.head(1)
        assert head is not None
        kept = {ORIGIN: head.note}
    west.store.close()
    for each in tmp_path.glob("west.db*"):
        each.unlink()
    shutil.copy(tmp_path / "backup.db", tmp_path / "west.db")
    west.store = open_store(tmp_path / "west.db")
    assert compared(west, east).lost == "here", "whoever asks the peer is told as well"
    assert compared(east, west).lost == "there"
    if by == "head-file":
        assert scrubbed(west, kept).faults == ("behind-head-file",)
        with west.store.write() as rows:
            assert repairing.stop_where_behind(rows, known(west), kept, now=west.now) == [ORIGIN]
    else:
        sender = forwarding(west, east)
        with west.store.read() as rows:
            channel = rows.history.channel(ORIGIN)
        assert channel is not None
        assert sender.step(channel, now=west.now).reason is None  # nothing to give: it believes that all was given
        with west.store.write() as rows:
            assert repairing.stop_where_peer_has_more(rows, channel, known(west), ask=asks(west, east), now=west.now)
    with pytest.raises(ComityError) as caught:
        west.reports(EAST, 30, 31)
    assert caught.value.code == "ledger-stopped"
    assert healed(west, east).resumed == 20
    assert (compared(west, east).lost, compared(east, west).lost) == (None, None)
    west.reports(EAST, 30, 35)
    give(west, east)
    assert (west.size(ORIGIN), east.size(ORIGIN), west.faults(), east.faults()) == (35, 35, [], [])
    west.store.close()


def _target(path: Path) -> Path:
    """The database, or its log where there is one."""
    log = path.with_name(f"{path.name}-wal")
    return log if log.exists() and log.stat().st_size else path


def _flip(path: Path, chance: Random) -> None:
    target = _target(path)
    data = bytearray(target.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    target.write_bytes(data)


def _tear(path: Path, chance: Random) -> None:
    """A sector that never reached the disk."""
    target = _target(path)
    data = bytearray(target.read_bytes())
    start = chance.randrange(len(data)) // 512 * 512
    data[start : start + 512] = bytes(min(512, len(data) - start))
    target.write_bytes(data)


@ONLY_SQLITE
@pytest.mark.parametrize("damage", [_flip, _tear], ids=["flipped-bit", "torn-write"])
def test_damage_anywhere_never_gives_a_wrong_number(tmp_path: Path, damage: Callable[[Path, Random], None]) -> None:
    """Flipped bits and torn writes anywhere in database and log: found, or without effect on what both signed; then healed."""
    import os

    times, chance = int(os.environ.get("COMITY_DAMAGES", "40")), Random(7)  # noqa: S311 - damage, not secrets
    west, east = Side(WEST, str(tmp_path / "west.db")), Side(EAST)
    west.pair(EAST)
    east.pair(WEST)
    west.reports(EAST, 0, 30)
    give(west, east)
    west.store.close()  # the first half lies in the database, the second in its log
    west.store = open_store(tmp_path / "west.db")
    west.reports(EAST, 30, 60)
    give(west, east)
    with west.store.read() as rows:
        expected = [data for _, data in rows.ledger.leaves(1)]
    healthy = {name: tmp_path / name for name in ("database", "log")}
    for name in ("log", "database"):
        healthy[name].mkdir()
        if name == "database":  # closing writes the log into the database
            west.store.close()
        for each in tmp_path.glob("west.db*"):
            shutil.copy(each, healthy[name] / each.name)
    outcomes: Counter[str] = Counter()
    for number in range(times):
        if number and number % _TOLD_EVERY == 0:  # a soak of hours says how far it is
            print(number, dict(outcomes), flush=True)
        for each in tmp_path.glob("west.db*"):
            each.unlink()
        for each in healthy[chance.choice(("database", "log"))].iterdir():
            shutil.copy(each, tmp_path / each.name)
        damage(tmp_path / "west.db", chance)
        west.store = open_store(tmp_path / "west.db")
        try:
            outcomes[_after_damage(west, east, expected)] += 1
        except (ComityError, ValueError, TypeError, sqlite3.Error, OverflowError, DatabaseError):
            outcomes["said"] += 1  # the database or the program says so by itself: no number comes of it
        finally:
            west.store.close()
    assert outcomes["unnoticed"] == outcomes["not-healed"] == 0, outcomes
    print(dict(outcomes))
    assert outcomes.total() == times


def _after_damage(west: Side, east: Side, expected: list[bytes]) -> str:
    """What became of the leaves that both signed, and whether a scrub and the peer put them right."""
    state = scrubbed(west)
    with west.store.read() as rows:
        now = [data for _, data in rows.ledger.leaves(1)]
    if now[: len(expected)] == expected:
        return "untouched"
    if state.holds and state.covered == len(expected):
        return "unnoticed"
    healed(west, east)
    with west.store.read() as rows:
        after = [data for _, data in rows.ledger.leaves(1)]
    return "healed" if after[: len(expected)] == expected else "not-healed"
