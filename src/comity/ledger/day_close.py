"""The close of a day: what the leaves of one direction add up to, committed to cell by cell in one leaf.

Trust:      a close may come from the other side: ``read`` answers None for one that is malformed, ``differing`` compares what it
            says with what its leaves say.
Standards:  cells are committed to as payloads are (SHA-256 over salt and bytes), under a tree of RFC 6962; the salt of each is
            HMAC-SHA-256 (RFC 2104) of its name under one secret seed, so that one opened cell tells nothing about another.
Answers:    ``fold`` counts leaves into cells; ``carried`` adds a day to the month, the quarter and the year that it lies in;
            ``sealed`` gives the root that stands in the leaf, and an ``Opening`` for each cell; ``is_opened`` checks one.
Limits:     what comes after its day was closed is counted on the day on which it is closed, and the close names its day
            (``late``): a day that was closed is never counted anew. Cells lie in the order of their commitments, which is chance.
            What became of the other side's reports by the days of the agreement lies under a root of its own (``Answers``), so that
            whoever does not know it yet counts the rest as before; how it is counted: ``comity.services.prove.owed.answered``.
"""

import hmac
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, Final

from comity.ledger import leaf, schema, tree
from comity.model.counted import ANSWERS, DIFFERENT, FIXED, OPEN
from comity.model.period import Horizon, period_of

RULES: Final = 1  # the edition of what is counted, and how
UNKNOWN: Final = "-"  # the country or network that no table knows

# No close is of a day before or after: whoever counts from it must not run out of days.
_FIRST: Final = date(1990, 1, 1)
_LAST: Final = date(2500, 1, 1)
_MOST: Final = 1 << 53  # no leaf says so much of anything, not even to dispute it

_HORIZONS: Final = {each.value for each in Horizon}

Cells = Mapping[str, int]
Cell = tuple[str, str, int]  # horizon, key, count


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What a leaf's address is filed under; whose table of countries it was is said in the close."""

    network: Callable[[str | None], str]
    registrant: Callable[[str | None], str | None]
    location: Callable[[str | None], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkDays:
    """By which days whoever answers works, as far back as it matters for the day that is closed."""

    zone: str
    work_days: tuple[int, ...]  # 0 is Monday
    holidays: tuple[date, ...]
    extra_days: tuple[date, ...]

    def facts(self) -> dict[str, Any]:
        """As they stand in the leaf."""
        return {
            "zone": self.zone,
            "work_days": list(self.work_days),
            "holidays": [each.isoformat() for each in self.holidays],
            "extra_days": [each.isoformat() for each in self.extra_days],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """How a close counts what became of the other side's reports: which it had, by which terms, and by which working days."""

    seen: Mapping[str, int]  # leaves of the other side's channels that were there, by origin
    terms: tuple[tuple[str, int, int], ...]  # digest of an agreement, its version, business days for an answer
    work_days: WorkDays
    cells: int
    root: bytes

    def facts(self) -> dict[str, Any]:
        """As they stand in the leaf."""
        return {
            "seen": dict(self.seen),
            "terms": [list(each) for each in self.terms],
            "calendar": self.work_days.facts(),
            "cells": self.cells,
            "cells_root": self.root.hex(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DayClose:
    """What one close says. ``start`` and ``end`` are the leaves [start, end) of its channel that it counts."""

    day: date
    start: int
    end: int
    previous: str | None  # "ORIGIN#POSITION" of the close before, in whatever channel of this direction
    late: Mapping[str, int]  # leaves of days that were closed before, by day
    within_hours: int  # what counts as answered in time
    countries: str | None  # which table of countries: its date
    cells: int
    root: bytes
    answers: Answers | None = None

    def facts(self) -> dict[str, Any]:
        """As they stand in the leaf."""
        answers = {} if self.answers is None else {"answers": self.answers.facts()}
        return answers | {
            "rules": RULES,
            "day": self.day.isoformat(),
            "start": self.start,
            "end": self.end,
            "previous": self.previous,
            "late": dict(self.late),
            "within_hours": self.within_hours,
            "countries": self.countries,
            "cells": self.cells,
            "cells_root": self.root.hex(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One cell with what proves it: its salt, its place among the cells, and the way up to their root."""

    cell: Cell
    salt: bytes
    position: int
    proof: tuple[bytes, ...]


def read(record: Mapping[str, Any]) -> DayClose | None:
    """Read the leaf of a close; None where it is none, or of an edition that we do not know."""
    if record.get("type") != leaf.LeafType.DAY_CLOSE.value or record.get("rules") != RULES:
        return None
    try:
        found = DayClose(
            day=date.fromisoformat(record["day"]),
            start=record["start"],
            end=record["end"],
            previous=record["previous"],
            late=record["late"],
            within_hours=record["within_hours"],
            countries=record["countries"],
            cells=record["cells"],
            root=bytes.fromhex(record["cells_root"]),
            answers=None if record.get("answers") is None else _answers(record["answers"]),
        )
    except (KeyError, TypeError, ValueError):
        return None
    numbers = (found.start, found.end, found.within_hours, found.cells)
    if not _FIRST <= found.day <= _LAST:
        return None
    if not all(type(each) is int and each >= 0 for each in numbers) or found.start > found.end or len(found.root) != 32:
        return None
    texts = (found.previous, found.countries)
    if not isinstance(found.late, dict) or not all(each is None or isinstance(each, str) for each in texts):
        return None
    return found


def _answers(record: Mapping[str, Any]) -> Answers:
    """Read what a close says of answers; ValueError, KeyError or TypeError where it is not in the form."""
    calendar, seen = record["calendar"], record["seen"]
    found = Answers(
        seen={str(origin): size for origin, size in seen.items()},
        terms=tuple((str(digest), version, days) for digest, version, days in record["terms"]),
        work_days=WorkDays(
            zone=str(calendar["zone"]),
            work_days=tuple(calendar["work_days"]),
            holidays=tuple(date.fromisoformat(each) for each in calendar["holidays"]),
            extra_days=tuple(date.fromisoformat(each) for each in calendar["extra_days"]),
        ),
        cells=record["cells"],
        root=bytes.fromhex(record["cells_root"]),
    )
    numbers = [
        *found.seen.values(),
        *(n for _, *pair in found.terms for n in pair),
        *found.work_days.work_days,
        found.cells,
    ]
    if not all(type(each) is int and each >= 0 for each in numbers) or len(found.root) != 32:
        raise ValueError(record)
    return found


def fold(
    records: Iterable[Mapping[str, Any]],
    places: Places,
    reported: Callable[[str], int | None],
    *,
    within_hours: int,
) -> Counter[str]:
    """Count leaves into cells; ``reported`` gives the second in which a report of the other direction was submitted.

    >>> where = Places(network=str, registrant=lambda ip: "US", location=lambda ip: None)
    >>> report = {"type": "report", "class": "complaint", "source": {"ip": "198.51.100.7"}}
    >>> found = fold([report, {"type": "retract"}], where, {}.get, within_hours=72)
    >>> found["report/class/complaint"], found["report/registrant/US"], found["report/location/-"], found["retract"]
    (1, 1, 1, 1)
    """
    counts: Counter[str] = Counter()
    for record in records:
        sort = record.get("type")
        if sort == leaf.LeafType.DAY_CLOSE.value:
            continue
        counts["leaves"] += 1
        if sort == leaf.LeafType.REPORT.value:
            counts.update(_of_report(record, places))
        elif sort == leaf.LeafType.OUTCOME.value:
            counts.update(_of_outcome(record, reported, within_hours))
        elif sort == "recourse":
            counts[f"recourse/{record.get('step')}"] += 1
        elif sort == leaf.LeafType.SIGNAL.value:
            counts[f"signal/{record.get('step')}"] += 1
        else:
            counts[str(sort)] += 1
    return counts


def _of_report(record: Mapping[str, Any], places: Places) -> Iterable[str]:
    source = record.get("source")
    address = source.get("ip") if isinstance(source, dict) else None
    address = address if isinstance(address, str) else None
    registrant, location = places.registrant(address) or UNKNOWN, places.location(address) or UNKNOWN
    return (
        "report",
        f"report/class/{schema.counted_class(record) or UNKNOWN}",
        f"report/network/{places.network(address) or UNKNOWN} {registrant} {location}",
        f"report/registrant/{registrant}",
        f"report/location/{location}",
    )


def _of_outcome(record: Mapping[str, Any], reported: Callable[[str], int | None], within_hours: int) -> Iterable[str]:
    begun, ended = reported(str(record.get("report"))), record.get("submitted")
    in_time = begun is not None and isinstance(ended, int) and ended - begun <= within_hours * 3600
    return "outcome", f"outcome/{record.get('outcome')}", "answered/in-time" if in_time else "answered/late"


def day_of(record: Mapping[str, Any]) -> date | None:
    """The day on which a leaf was submitted."""
    second = record.get("submitted")
    if type(second) is not int or not 0 <= second < 1 << 34:  # a refused leaf may say anything
        return None
    return datetime.fromtimestamp(second, UTC).date()


def carried(before: tuple[date, Mapping[str, Cells]] | None, day: date, counts: Cells) -> dict[str, dict[str, int]]:
    """The cells of a day, and of the month, quarter and year up to it; ``before`` is the close before with its cells.

    >>> first = carried(None, date(2026, 11, 30), {"report": 3})
    >>> second = carried((date(2026, 11, 30), first), date(2026, 12, 1), {"report": 4})
    >>> [second[each]["report"] for each in ("day", "month", "quarter", "year")]
    [4, 4, 7, 7]
    """
    found: dict[str, dict[str, int]] = {}
    for horizon in Horizon:
        total: Counter[str] = Counter(dict.fromkeys(FIXED, 0))
        if before is not None and period_of(before[0], horizon) == period_of(day, horizon):
            total.update({key: n for key, n in before[1][horizon.value].items() if key not in DIFFERENT})
        total.update(counts)
        for key, beginning in DIFFERENT.items():
            total[key] = sum(1 for each in total if each.startswith(beginning))
        found[horizon.value] = dict(total)
    return found


def carried_answers(
    before: tuple[date, Mapping[str, Cells]] | None, day: date, *, given: Cells, still_open: Cells
) -> dict[str, dict[str, int]]:
    """The answers of a day, and of the month, quarter and year up to it, each beside what is open at the end of the day.

    >>> first = carried_answers(None, date(2026, 11, 30), given={"answers/late": 3}, still_open={"open/overdue": 5})
    >>> before = (date(2026, 11, 30), first)
    >>> second = carried_answers(before, date(2026, 12, 1), given={"answers/late": 1}, still_open={"open/overdue": 4})
    >>> [(second[each]["answers/late"], second[each]["open/overdue"]) for each in ("month", "year")]
    [(1, 4), (4, 4)]
    """
    found: dict[str, dict[str, int]] = {}
    for horizon in Horizon:
        total: Counter[str] = Counter(dict.fromkeys(ANSWERS, 0))
        if before is not None and period_of(before[0], horizon) == period_of(day, horizon):
            total.update({key: n for key, n in before[1][horizon.value].items() if key not in OPEN})
        total.update(given)
        total.update(still_open)
        found[horizon.value] = dict(total)
    return found


def sealed(cells: Mapping[str, Cells], seed: bytes) -> tuple[bytes, dict[tuple[str, str], Opening]]:
    """The root over the commitments to all cells, and what opens each."""
    salted = []
    for horizon, keys in cells.items():
        for key, count in keys.items():
            salt = hmac.digest(seed, f"{horizon}\n{key}".encode(), "sha256")[:16]
            cell = (horizon, key, count)
            salted.append((_commitment(cell, salt), cell, salt))
    salted.sort()
    nodes: dict[tree.Node, bytes] = {}
    for position, (commitment, _, _) in enumerate(salted):
        nodes.update(tree.grow(position, tree.leaf_hash(commitment), nodes.__getitem__))
    size = len(salted)
    openings = {
        cell[:2]: Opening(
            cell=cell,
            salt=salt,
            position=position,
            proof=tuple(tree.inclusion(position, size, nodes.__getitem__)),
        )
        for position, (_, cell, salt) in enumerate(salted)
    }
    return tree.root(size, nodes.__getitem__), openings


def is_opened(opening: Opening, root: bytes, size: int) -> bool:
    """Whether this cell is one of those that a close committed to.

    >>> root, found = sealed({"day": {"report": 12, "retract": 0}}, b"secret seed")
    >>> is_opened(found["day", "report"], root, 2)
    True
    """
    commitment = tree.leaf_hash(_commitment(opening.cell, opening.salt))
    return tree.is_included(commitment, (opening.position, size), opening.proof, expected=root)


def _commitment(cell: Cell, salt: bytes) -> bytes:
    return sha256(salt + json.dumps(cell, ensure_ascii=True, separators=(",", ":")).encode()).digest()


def payload(
    seed: bytes,
    cells: Mapping[str, Cells],
    *,
    answers: Mapping[str, Cells] | None = None,
    waiting: Mapping[str, Cells] | None = None,
) -> bytes:
    """What travels beside the leaf, between the two sides only: the seed of all salts, and every cell.

    ``answers`` are the cells of what became of reports, ``waiting`` how many are open by the day and the terms of the report.
    """
    more = {} if answers is None else {"answers": answers, "waiting": waiting or {}}
    return json.dumps({"seed": seed.hex(), "cells": cells} | more, separators=(",", ":"), sort_keys=True).encode()


def read_payload(data: bytes) -> tuple[bytes, dict[str, dict[str, int]]] | None:
    """Read it; None where it is damaged."""
    try:
        record = json.loads(data)
        seed, cells = bytes.fromhex(record["seed"]), _counts(record["cells"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return (seed, cells) if set(cells) == _HORIZONS else None


def read_answers(data: bytes) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, int]]] | None:
    """The cells of answers, and what is open by day and terms; None where they are damaged, or not there."""
    try:
        record = json.loads(data)
        cells, waiting = _counts(record["answers"]), read_waiting(record["waiting"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    whole = set(cells) == _HORIZONS and all(set(each) == set(ANSWERS) for each in cells.values())
    return (cells, waiting) if whole and waiting is not None else None


def read_waiting(record: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, int]] | None:
    """What is open, by day and terms; None where a day or a digest is none. Other shapes raise what ``read_answers`` catches."""
    waiting = _counts(record)
    are_days = all(_FIRST <= date.fromisoformat(each) <= _LAST for each in waiting)
    terms = {digest for numbers in waiting.values() for digest in numbers}
    return waiting if are_days and all(map(_is_digest, terms)) else None


def _is_digest(text: str) -> bool:
    """Whether an agreement can be called so; nothing, where a report names none."""
    return not text or (len(text) == 64 and all(sign in "0123456789abcdef" for sign in text))


def _counts(record: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Counts by name and key; ValueError for what no leaf could say, and so nobody could dispute."""
    found: dict[str, dict[str, int]] = {}
    for name, keys in record.items():
        if not all(type(n) is int and 0 <= n < _MOST for n in keys.values()):
            raise ValueError(name)
        "".join(keys).encode()  # half a pair of surrogates is no text
        found[name] = dict(keys)
    return found


def differing(said: Cells, counted: Cells, *, passed_over: Sequence[str] = ()) -> list[tuple[str, int, int]]:
    """Which cells differ: key, what the close says, what the leaves say. Keys that begin with ``passed_over`` are not compared.

    >>> differing({"report": 2, "retract": 0}, {"report": 3})
    [('report', 2, 3)]
    """
    return [
        (key, said.get(key, 0), counted.get(key, 0))
        for key in sorted({*said, *counted})
        if said.get(key, 0) != counted.get(key, 0) and not key.startswith(tuple(passed_over))
    ]
