"""The statements of many pairs about one period beside each other: who signed, who is late, what adds up, who contradicts whom.

Trust:      the files come from anybody. Each is checked like a stranger's; only what both signed, and what holds, is added up.
            Whoever makes the overview has no power by it: everybody with the same files and keys gets the same one.
Standards:  as ``comity.services.prove.stating.checking``.
Answers:    ``overview(files, keys, asked)`` gives ``Overview``: a line for each pair, sums with each number that they are made of,
            and contradictions (``contradictions``).
Limits:     a sum is one of what is shown: a number that a statement does not show is counted as such, and never worked out. So an
            overview tells nothing that the files do not tell. What no statement is about is not in it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from itertools import combinations
from typing import Any, Final

from comity.accord.statement import canonical
from comity.ledger import note
from comity.model.counted import BY_HOURS, DIFFERENT, WHOLE, WHOLE_BY_AGREEMENT
from comity.model.period import Period
from comity.services.prove.coalition import contradictions
from comity.services.prove.coalition.contradictions import Contradiction, File
from comity.services.prove.stating import making
from comity.services.prove.stating.checking import Fault, check

CLASS: Final = "report/class/"  # how the keys of numbers by class of evidence begin
Pair = tuple[str, str]


class Standing(StrEnum):
    """Where the statement of a pair stands."""

    SIGNED = "signed"  # by both, and it holds
    TWICE = "twice"  # both signed two that say different things
    HALF = "half"  # somebody has not signed
    UNSOUND = "unsound"  # there is a file, and it does not hold
    MISSING = "missing"  # there is no file


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Of which period, of which pairs, and from when on a pair is late."""

    period: Period
    pairs: tuple[Pair, ...] = ()  # none: every two of those whose keys are known
    due: datetime | None = None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PairLine:
    """One pair."""

    pair: Pair
    standing: Standing
    is_late: bool
    waits_for: tuple[str, ...] = ()  # who has not signed; both where there is no file
    file: str | None = None
    sha256: str | None = None  # of what both sign
    made: str | None = None
    numbers: int = 0  # that were proved
    hidden: int = 0
    faults: tuple[Fault, ...] = ()
    passed_over: tuple[tuple[str, Fault | None], ...] = ()  # other files of this pair, and why each does not hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One number of a sum, with the signed statement and the closes of days that prove it."""

    pair: Pair
    reporting: str
    reported: str
    values: Mapping[str, int | None]  # by the side whose ledger says so
    by: Mapping[str, str]  # the close, by side
    sha256: str

    @property
    def least(self) -> int | None:
        """The smaller of what the two ledgers say; None where it is not shown."""
        return min((each for each in self.values.values() if each is not None), default=None)

    @property
    def most(self) -> int | None:
        """The larger."""
        return max((each for each in self.values.values() if each is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """What is shown of one number in all statements that hold: between ``least`` and ``most``, which differ where ledgers do."""

    key: str
    least: int
    most: int
    not_shown: int  # in so many directions
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLine:
    """One member: what it reported and what was reported to it, over the statements that hold."""

    name: str
    signed: int  # statements
    owed: int  # statements that wait for its signature, or that nobody has
    late: int
    reported: Sum
    received: Sum


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All of it."""

    period: Period
    pairs: tuple[PairLine, ...]
    members: tuple[MemberLine, ...]
    sums: tuple[Sum, ...]
    contradictions: tuple[Contradiction, ...]
    foreign: tuple[str, ...]  # files of other periods, or that are no statement

    @property
    def is_whole(self) -> bool:
        """Whether every pair has a statement that holds, and none contradicts another."""
        return not self.contradictions and all(each.standing is Standing.SIGNED for each in self.pairs)


def overview(files: Mapping[str, bytes], keys: Sequence[note.Verifier], asked: Asked) -> Overview:
    """Put statements beside each other; ``files`` by their names."""
    known = sorted({each.name for each in keys})
    found = [read for name, data in sorted(files.items()) if (read := _read(name, data, keys)) is not None]
    here = [each for each in found if each.period == asked.period.name]
    expected = (*(asked.pairs or combinations(known, 2)), *(each.pair for each in here))
    by_pair: dict[Pair, list[File]] = {pair: [] for pair in expected}
    for each in here:
        by_pair[each.pair].append(each)
    lines = [_line(pair, some, asked) for pair, some in sorted(by_pair.items())]
    counted = {line.pair: _best(by_pair[line.pair]) for line in lines if line.standing is Standing.SIGNED}
    parts = [part for file in counted.values() for part in _parts(file)]
    unnamed = sum(CLASS in each["withheld"] for file in counted.values() for each in file.statement["directions"])
    names = sorted({name for line in lines for name in line.pair})
    read_names = {each.name for each in here}
    return Overview(
        period=asked.period,
        pairs=tuple(lines),
        members=tuple(_member(name, lines, parts) for name in names),
        sums=tuple(
            _sum(key, [part for at, part in parts if at == key], unnamed=unnamed if key.startswith(CLASS) else 0)
            for key in _keys(parts)
        ),
        contradictions=tuple(contradictions.found(found, asked.period)),
        foreign=tuple(sorted(set(files) - read_names)),
    )


def _read(name: str, data: bytes, keys: Sequence[note.Verifier]) -> File | None:
    """A file as it was checked; None where nobody can tell whose it is."""
    read = making.read(data)
    if read is None:
        return _changed(name, data)
    checked = check(data, keys)
    pair = _pair_of(read[0])
    if pair is None:
        return None
    return File(
        name=name,
        pair=pair,
        period=str(read[0].get("period")),
        sha256=sha256(canonical(read[0])).hexdigest(),
        statement=read[0],
        checked=checked,
        keys=tuple(keys),
    )


def _changed(name: str, data: bytes) -> File | None:
    """A file whose bytes are not those of a statement, as far as it says whose it is: it is shown, and counts for nothing."""
    try:
        statement = json.loads(data)["statement"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    pair = _pair_of(statement) if isinstance(statement, dict) else None
    if pair is None:
        return None
    return File(
        name=name,
        pair=pair,
        period=str(statement.get("period")),
        sha256="",
        statement={},
        checked=check(data, ()),
        keys=(),
    )


def _pair_of(statement: Mapping[str, Any]) -> Pair | None:
    parties = statement.get("parties")
    if not isinstance(parties, list) or len(parties) != 2 or not all(isinstance(each, str) for each in parties):
        return None
    one, other = sorted(parties)
    is_text = all(each.isprintable() for each in parties)  # half a surrogate is in no page
    return (one, other) if is_text and one != other else None


def _line(pair: Pair, some: Sequence[File], asked: Asked) -> PairLine:
    is_due = asked.due is not None and asked.now >= asked.due
    if not some:
        return PairLine(pair=pair, standing=Standing.MISSING, is_late=is_due, waits_for=pair)
    best = _best(some)
    standing = Standing.SIGNED if best.holds else Standing.HALF if best.is_sound else Standing.UNSOUND
    if len({each.sha256 for each in some if each.holds}) > 1:
        standing = Standing.TWICE
    shown = sum(each.value is not None for each in best.checked.proved)
    return PairLine(
        pair=pair,
        standing=standing,
        is_late=is_due and standing is not Standing.SIGNED,
        waits_for=best.checked.unsigned if standing is Standing.HALF else (),
        file=best.name,
        sha256=best.sha256 or None,
        made=str(best.statement.get("made", "")) or None,
        numbers=shown,
        hidden=len(best.checked.proved) - shown,
        faults=() if standing in (Standing.SIGNED, Standing.HALF) else best.checked.faults,
        passed_over=tuple((each.name, next(iter(each.checked.faults), None)) for each in some if each is not best),
    )


def _best(some: Sequence[File]) -> File:
    """The file that says most: signed by both, else sound, else any; the newest of several."""
    return max(some, key=lambda each: (each.holds, each.is_sound, str(each.statement.get("made", "")), each.sha256))


def _parts(file: File) -> Iterator[tuple[str, Part]]:
    """Every number of a statement that is added up, with what proves it."""
    closes = {(each.reporting, each.reported, each.key, each.side): each.by for each in file.checked.proved}
    for direction in file.statement["directions"]:
        reporting, reported = direction["reporting"], direction["reported"]
        for row in direction["numbers"]:
            key, values = row["key"], row["values"]
            by = {side: found for side in values if (found := closes.get((reporting, reported, key, side))) is not None}
            part = Part(
                pair=file.pair, reporting=reporting, reported=reported, values=values, by=by, sha256=file.sha256
            )
            yield key, part


def _keys(parts: Sequence[tuple[str, Part]]) -> list[str]:
    """Whole numbers in the order in which people read them, then classes; what is broken down further is in the files."""
    there = {key for key, _ in parts} - set(DIFFERENT)  # one network may be in several pairs: its numbers do not add up
    by_hours = WHOLE[: WHOLE.index(BY_HOURS[-1]) + 1]  # right behind the answers that they are some of
    whole = [key for key in dict.fromkeys((*by_hours, *WHOLE_BY_AGREEMENT)) if key in there]
    return whole + sorted(key for key in there if key.startswith(CLASS))


def _sum(key: str, parts: Sequence[Part], *, unnamed: int = 0) -> Sum:
    """``unnamed``: directions of which a statement does not even name the rows."""
    return Sum(
        key=key,
        least=sum(each.least or 0 for each in parts),
        most=sum(each.most or 0 for each in parts),
        not_shown=sum(each.least is None for each in parts) + unnamed,
        parts=tuple(parts),
    )


def _member(name: str, lines: Sequence[PairLine], parts: Sequence[tuple[str, Part]]) -> MemberLine:
    mine = [each for each in lines if name in each.pair]
    owed = [each for each in mine if name in each.waits_for]
    reports = [part for key, part in parts if key == "report"]
    return MemberLine(
        name=name,
        signed=sum(each.standing is Standing.SIGNED for each in mine),
        owed=len(owed),
        late=sum(each.is_late for each in owed),
        reported=_sum("report", [each for each in reports if each.reporting == name]),
        received=_sum("report", [each for each in reports if each.reported == name]),
    )
