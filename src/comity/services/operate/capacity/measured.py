"""What one machine needed for one mail, one report, one complaint, as it was measured on it.

Trust:      a saved measurement is the operator's own file; what is none is refused by name.
Answers:    ``Measured``; ``written(measured)`` and ``read(data, place)`` for the file that keeps it.
Limits:     CPU seconds of one core of that machine; bytes of SQLite. Another machine, another figure: measure there.
"""

import json
import math
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Final

from comity.model.outcomes import ComityError, Outcome

MOST: Final = 1 << 16
_FORM: Final = 1
_MAKERS: Final[dict[Any, type[Any]]] = {str: str, int: int, float: float}


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where it was measured."""

    processor: str
    cores: int
    memory_mib: int
    system: str
    python: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One mail at delivery: asked by milter, judged with reasons, marked, answered."""

    mails: int
    size: int  # bytes of one
    cpu: float  # seconds of the gates' process
    gate_mib: float  # the most memory it had


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """One report that came in, or one complaint that went out: read apart, decided and written by one process."""

    count: int
    size: int
    apart: float  # CPU seconds of the processes that read
    writer: float  # CPU seconds of the process that decides and writes
    rows: float  # bytes of the store that stay
    raw: float  # bytes of the store that are dropped when the mail's time is over
    apart_mib: float
    writer_mib: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All of it."""

    at: datetime
    program: str
    machine: Machine
    judged: Judged
    incoming: Worked  # half of the reports signed by a peer, and in its ledger
    outgoing: Worked  # signed, in the ledger, taken by a mail host on loopback


def written(measured: Measured) -> bytes:
    """The file."""
    said = {"form": _FORM, **asdict(measured), "at": measured.at.isoformat()}
    return json.dumps(said, indent=1, ensure_ascii=False).encode("utf-8") + b"\n"


def read(data: bytes, place: str) -> Measured:
    """A file; what is none is refused.

    >>> read(b"{}", "x")
    Traceback (most recent call last):
        ...
    comity.model.outcomes.ComityError: x: this is no measurement: 'form'
    """
    try:
        said = json.loads(data)
        if said["form"] != _FORM:
            raise ValueError("form")
        at = datetime.fromisoformat(said["at"])
        if at.utcoffset() is None:
            raise ValueError("at")
        return Measured(
            at=at,
            program=str(said["program"]),
            machine=_part(Machine, said["machine"]),
            judged=_part(Judged, said["judged"]),
            incoming=_part(Worked, said["incoming"]),
            outgoing=_part(Worked, said["outgoing"]),
        )
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        reason = str(error)
        raise ComityError(
            "capacity-file",
            f"this is no measurement: {reason}",
            outcome=Outcome.BAD_INPUT,
            place=place,
            details={"reason": reason},
        ) from error


def _part(kind: Any, said: Any) -> Any:
    found: dict[str, Any] = {}
    for each in fields(kind):
        value, make = said[each.name], _MAKERS[each.type]
        if make is str:
            found[each.name] = str(value)
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
            raise ValueError(each.name)
        found[each.name] = make(value)
    return kind(**found)
