"""A table that is too long for one transaction: part by part it comes to the same as in one piece."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from comity.formats import tables
from comity.model.feedback import Reading
from comity.model.sighting import Sighting, SightingClass
from comity.outlets.mailboxes.long_table import parts_of
from comity.remediation.corroboration import Standing
from comity.services.receive.subscribers.whose import Whose
from comity.services.remedy.sightings import importing
from comity.services.remedy.sightings.importing import Import, ImportOrder, Taken
from comity.store.engine import Store

from .test_importing import NOW, OWN
from .test_importing import store as lines

__all__ = ["lines"]

HEAD = b"timestamp,src_ip,src_port,src_asn,src_geo,family\n"
NAME = "2026-11-28-event4_sinkhole-x.csv"


def rows(*named: int, times: int = 3) -> bytes:
    """Each of these lines so often, one after the other."""
    stamps = [f"{NOW - timedelta(hours=3 + hour):%Y-%m-%d %H:%M:%S}" for hour in range(times)]
    return b"".join(f'{stamp},192.0.2.{at},4455,64500,ZZ,"mi,rai"\n'.encode() for stamp in stamps for at in named)


def takes(store: Store, *, now: timedelta = timedelta(), release: bool = False) -> Import:
    return Import(
        store.write,
        Whose(OWN),
        standing=Standing(trusted={"shadowserver"}),
        order=ImportOrder(now=NOW + now, quiet=timedelta(days=3), release=release),
    )


def parts(path: Path, size: int = 400) -> Iterator[Reading]:
    for item in parts_of(path, part=size, long=0) or ():
        yield tables.read(item.data, item.name)


def told(taken: Taken) -> tuple[object, ...]:
    return (
        taken.sightings,
        taken.lines,
        dict(taken.untold),
        dict(taken.certainties),
        sorted(taken.opened),
        dict(taken.left),
    )


@pytest.mark.parametrize(("end", "days"), [(None, {"shadowserver": 1}), (-20, {})])
def test_days_count_where_the_whole_table_is_there(
    lines: Store, tmp_path: Path, end: int | None, days: dict[str, int]
) -> None:
    """The last part alone shows that a long table breaks off; then no part of it speaks of silence."""
    path = tmp_path / NAME
    path.write_bytes((HEAD + rows(*range(1, 9)))[:end])
    takes(lines).take_long(NAME, parts(path))
    with lines.read() as records:
        assert {source: len(each) for source, each in records.effects.days().items()} == days


def test_parts_are_the_table(tmp_path: Path) -> None:
    """Every row once, the heading in front of each part, no row cut in two, even where a cell holds a line end."""
    body = (
        rows(*range(1, 90))
        + b'2026-11-28 01:00:00,192.0.2.90,1,64500,ZZ,"two\nlines"\n' * 20
        + b"2026-11-28 01:00:00,192.0.2.91"
    )
    (tmp_path / NAME).write_bytes(HEAD + body)
    found = list(parts_of(tmp_path / NAME, part=500, long=0) or ())
    assert len(found) > 20
    assert b"".join(each.data.removeprefix(HEAD) for each in found) == body
    assert all(each.data.startswith(HEAD) and each.data.count(b'"') % 2 == 0 for each in found)
    assert found[-1].share == 1.0


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04" * 9,
        b"From ann@mail.example\n\nx\n" * 9,
        b'{"a": 1}\n' * 9,
        b"\xff\xfea\0,\0\n\0",
        b"no separator\n" * 9,
    ],
)
def test_what_is_no_plain_table_is_read_as_ever(tmp_path: Path, data: bytes) -> None:
    """An archive, a mailbox, JSON, UTF-16, and what has no columns; and whatever is short."""
    (tmp_path / "x").write_bytes(data)
    assert parts_of(tmp_path / "x", long=0) is None
    (tmp_path / "y").write_bytes(HEAD)
    assert parts_of(tmp_path / "y") is None


def test_in_parts_or_in_one_piece_it_is_the_same(lines: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines, cases and certainties are those of the whole, however it was cut; taken in again, nothing is new."""
    monkeypatch.setattr(importing, "LINES", 4)
    (tmp_path / NAME).write_bytes(HEAD + rows(*range(1, 10)) + rows(250, 251))
    whole = takes(lines).take(NAME, tables.read((tmp_path / NAME).read_bytes(), NAME))
    with lines.write() as records:
        before = {each: records.bots.held_of(f"subscriber:line-{each}")[0] for each in range(1, 10)}
    again = takes(lines, now=timedelta(hours=1)).take_long(NAME, parts(tmp_path / NAME))
    assert (again.lines, again.repeats, again.opened) == (9, whole.sightings, ())
    with lines.read() as records:
        assert {each: records.bots.held_of(f"subscriber:line-{each}")[0] for each in range(1, 10)} == before


def test_a_long_table_alone_opens_the_same_cases(lines: Store, tmp_path: Path) -> None:
    """Each line once, with all of its sightings."""
    (tmp_path / NAME).write_bytes(HEAD + rows(*range(1, 10)))
    taken = takes(lines).take_long(NAME, parts(tmp_path / NAME))
    assert told(taken)[:3] == (27, 9, {})
    assert (sum(taken.certainties.values()), len(taken.opened)) == (9, 9)
    with lines.read() as records:
        assert [each.reports for each in records.cases.by_id(taken.opened).values()] == [3] * 9


def test_a_long_table_that_names_half_of_the_lines_leaves_nothing(lines: Store, tmp_path: Path) -> None:
    """No part of it names too many, all of them together do: what was written is taken out, what was there before stays."""
    (tmp_path / NAME).write_bytes(HEAD + rows(7))
    takes(lines).take_long(NAME, parts(tmp_path / NAME))
    (tmp_path / NAME).write_bytes(HEAD + rows(*range(1, 100), times=1))
    held = takes(lines, now=timedelta(minutes=1)).take_long(NAME, parts(tmp_path / NAME))
    assert (held.is_held, held.opened) == (True, ())
    with lines.read() as records:
        assert [records.bots.held_of(f"subscriber:line-{at}")[0] for at in (7, 8, 99)] == [3, 0, 0]
    released = takes(lines, now=timedelta(minutes=2), release=True).take_long(NAME, parts(tmp_path / NAME))
    assert (released.is_held, released.lines) == (False, 99)


class KilledError(Exception):
    """What ends the program between two parts."""


def broken_off(path: Path, after: int) -> Iterator[Reading]:
    """So many parts, then the end."""
    for number, each in enumerate(parts(path)):
        if number == after:
            raise KilledError
        yield each


def held_rows(store: Store) -> list[int]:
    """How many rows each line has."""
    with store.read() as records:
        return [records.bots.held_of(f"subscriber:line-{at}")[0] for at in range(1, 100)]


def test_what_was_broken_off_halfway_still_alarms(lines: Store, tmp_path: Path) -> None:
    """What a killed import left is as good as new: brought once more the whole is held, and nothing of either is left."""
    (tmp_path / NAME).write_bytes(HEAD + rows(*range(1, 25), times=1))
    with pytest.raises(KilledError):
        takes(lines).take_long(NAME, broken_off(tmp_path / NAME, 2))
    before = sum(map(bool, held_rows(lines)))
    assert 4 < before < 20 > 24 - before  # neither half alarms by itself
    held = takes(lines, now=timedelta(minutes=1)).take_long(NAME, parts(tmp_path / NAME))
    assert (held.is_held, held.opened, sum(held_rows(lines))) == (True, (), 0)
    released = takes(lines, now=timedelta(minutes=2), release=True).take_long(NAME, parts(tmp_path / NAME))
    assert (released.lines, len(released.opened)) == (24, 24)
    again = takes(lines, now=timedelta(minutes=3)).take_long(NAME, parts(tmp_path / NAME))
    assert (again.is_held, again.lines) == (False, 24)


def test_what_was_broken_off_speaks_for_nobody(lines: Store, tmp_path: Path) -> None:
    """It is no witness for another source, until it was brought as a whole; then each line has its case."""
    (tmp_path / NAME).write_bytes(HEAD + rows(*range(1, 10)))
    with pytest.raises(KilledError):
        takes(lines).take_long(NAME, broken_off(tmp_path / NAME, 2))
    assert held_rows(lines)[0] > 0
    other = Sighting(
        sighting_class=SightingClass.HONEYPOT,
        source="another",
        address="192.0.2.1",
        port=1,
        seen=NOW,
        said=None,
        kind=None,
    )
    taken = takes(lines, now=timedelta(minutes=1)).take_in("x", [other], spoke={})
    assert (taken.opened, taken.untold) == ((), {"one-class": 1})
    whole = takes(lines, now=timedelta(minutes=2)).take_long(NAME, parts(tmp_path / NAME))
    assert (len(whole.opened), held_rows(lines)[1:9]) == (9, [3] * 8)


def test_a_held_item_leaves_what_came_before_it_in_the_same_run(lines: Store, tmp_path: Path) -> None:
    """Several files are taken in at one time; what is taken out is the one that was held."""
    (tmp_path / NAME).write_bytes(HEAD + rows(7, 8))
    (tmp_path / "mad.csv").write_bytes(HEAD + rows(*range(20, 99), times=1))
    run = takes(lines)
    assert len(run.take_long(NAME, parts(tmp_path / NAME)).opened) == 2
    mad = (tables.read(each.data, NAME) for each in parts_of(tmp_path / "mad.csv", part=400, long=0) or ())
    assert run.take_long("mad.csv", mad).is_held
    assert (held_rows(lines)[6:8], sum(held_rows(lines))) == ([3, 3], 6)
