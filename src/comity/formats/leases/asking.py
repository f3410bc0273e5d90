"""What is asked of a program that knows who held an address, and what it answers: JSON over HTTPS.

Trust:      the program is the operator's own; what it says may still be anything, and is bounded.
Standards:  RFC 8259, RFC 3339. The names are those of the columns of a lease table.
Answers:    ``question(asked)`` gives the body that is posted; ``answer(data, now)`` the leases that come back, or a ``Mistake``
            that names the place in the answer.
Limits:     ``MOST`` questions at once, ``LIMIT`` bytes of answer. A lease without an end held at the moment of the answer.

    >>> told = '{"leases": [{"address": "192.0.2.7", "subscriber": "line-7", "began": "2026-11-28T10:00:00+08:00"}]}'
    >>> [each.subscriber for each in answer(told.encode(), datetime(2026, 11, 28, 9, tzinfo=UTC))]
    ['line-7']
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from comity.formats import json_text
from comity.formats.leases.clock import Clock
from comity.formats.leases.table import lease_of
from comity.formats.leases.terms import Mistake
from comity.model.lease import Asked, Lease

MOST: Final = 500
LIMIT: Final = 1 << 20
_FIELDS: Final = (
    "address",
    "subscriber",
    "began",
    "ended",
    "ports",
    "first_port",
    "last_port",
    "seen",
    "session",
    "shared",
)
_CLOCK: Final = Clock(None)  # times without an offset are refused


def question(asked: Sequence[Asked]) -> bytes:
    """The body: each address with its port, and between which moments it happened."""
    return json.dumps({"questions": [_one(each) for each in asked]}).encode("ascii")


def _one(asked: Asked) -> dict[str, Any]:
    first, last = (_moment(each) for each in (asked.window.first, asked.window.last))
    return {"address": asked.address, "port": asked.port, "from": first, "until": last}


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def answer(data: bytes, now: datetime) -> list[Lease] | Mistake:
    """Every lease of the answer, to whichever question; one that cannot be read makes the whole answer worth nothing.

    Half an answer is none: the lease that is missing may be the one that makes another doubtful.
    """
    if len(data) > LIMIT:
        return Mistake(code="answer-size", detail=str(len(data)))
    documents = json_text.load(data).documents
    if len(documents) != 1:
        return Mistake(code="answer-json")
    rows = documents[0].get("leases") if isinstance(documents[0], dict) else None
    if not isinstance(rows, list):
        return Mistake(code="answer-shape", detail="leases")
    found: list[Lease] = []
    for number, row in enumerate(rows):
        lease = _lease(row)
        if isinstance(lease, Mistake):
            return replace(lease, detail=f"leases[{number}] {lease.detail}".rstrip())
        found.append(lease if lease.ended is not None else replace(lease, known_until=max(lease.known_until, now)))
    return found


def _lease(row: object) -> Lease | Mistake:
    if not isinstance(row, dict):
        return Mistake(code="answer-shape")
    cells: dict[str, str] = {}
    for name in _FIELDS:
        cell = _cell(row, name)
        if cell is None:
            return Mistake(code="answer-shape", detail=name)
        cells[name] = cell
    return lease_of(cells, _CLOCK)


def _cell(row: Mapping[str, object], name: str) -> str | None:
    """The text of a value, as a table would have it; None for one that a table could not have."""
    value = row.get(name)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and -(1 << 53) < value < (1 << 53):
        return str(value)
    return value.strip() if isinstance(value, str) else None
