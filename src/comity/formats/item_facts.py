"""The facts of one item as one line of JSON, and back: what an interrupted triage goes on from.

Trust:      the file is our own, but it may be cut, damaged or of another age: a line that does not fit is no line.
Answers:    ``to_line(facts)`` gives text without its newline; ``from_line(text)`` gives ``ItemFacts`` or None.
            ``evidence_to_line`` and ``evidence_from_line`` do the same for one report alone.
Limits:     fields that hold their default are left out. Times are ISO 8601 in UTC.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, TypeVar

from comity.model.case import Evidence, EvidenceClass, ItemFacts
from comity.model.feedback import Kind
from comity.model.mailbox import Condition

_T = TypeVar("_T")
_written: Final = json.JSONEncoder(separators=(",", ":")).encode


def to_line(facts: ItemFacts, *, with_evidence: bool = True) -> str:
    """Write one item; without its reports where those are kept beside it."""
    told = _told(facts, _WHOLE if with_evidence else _HEAD)
    return _written(told)


def from_line(text: str) -> ItemFacts | None:
    """Read one item."""
    try:
        stated = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return _made(ItemFacts, stated, _ITEM_READERS) if isinstance(stated, dict) else None


def evidence_to_line(evidence: Evidence) -> str:
    """Write one report.

    >>> evidence_to_line(Evidence(evidence_class=EvidenceClass.BOT, source_ip="192.0.2.7"))
    '{"evidence_class":"bot","source_ip":"192.0.2.7"}'
    """
    return _written(_told(evidence, _EVIDENCE))


def evidence_from_line(text: str) -> Evidence | None:
    """Read one report."""
    try:
        stated = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return _made(Evidence, stated, _EVIDENCE_READERS) if isinstance(stated, dict) else None


class _Form:
    """The fields of a record with their defaults; asked for all at once, because this is done for every report."""

    def __init__(self, defaults: Mapping[str, Any]) -> None:
        self.names, self.defaults = tuple(defaults), tuple(defaults.values())
        self.values = attrgetter(*self.names)


def _told(record: Any, form: _Form) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, default, value in zip(form.names, form.defaults, form.values(record), strict=True):
        if value is default or value == default:
            continue
        if isinstance(value, datetime):
            told[name] = value.isoformat()
        elif name == "evidence":
            told[name] = [_told(each, _EVIDENCE) for each in value]
        else:
            told[name] = value
    return told


def _made(
    record: Callable[..., _T], stated: Mapping[str, Any], readers: Mapping[str, Callable[[Any], Any]]
) -> _T | None:
    try:
        return record(**{name: readers[name](value) for name, value in stated.items()})
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int):
        raise TypeError(value)
    return value


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(_text(each) for each in _listed(value))


def _time(value: Any) -> datetime:
    time = datetime.fromisoformat(_text(value))
    if time.tzinfo is None:
        raise ValueError(value)
    return time


def _evidence(value: Any) -> tuple[Evidence, ...]:
    made = tuple(_made(Evidence, each, _EVIDENCE_READERS) for each in _listed(value))
    if any(each is None for each in made):
        raise ValueError("evidence")
    return tuple(each for each in made if each is not None)


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(value)
    return value


_WHOLE: Final = _Form({each.name: each.default for each in fields(ItemFacts)})
_HEAD: Final = _Form({each.name: each.default for each in fields(ItemFacts) if each.name != "evidence"})
# Asked once, when a report comes in; an earlier release could not read a line that has it.
_NOT_KEPT: Final = "handed_in"
_EVIDENCE: Final = _Form({each.name: each.default for each in fields(Evidence) if each.name != _NOT_KEPT})
_ITEM_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(("name", "position", "digest", "why", "detail", "subject", "message_id", "carried_from"), _text),
    **dict.fromkeys(("findings", "mentioned"), _texts),
    "size": _number,
    "condition": Condition,
    "kind": Kind,
    "sent": _time,
    "evidence": _evidence,
}
_EVIDENCE_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(("source_ip", "source_ip_from", "message_id", "header_from", "feedback_id"), _text),
    **dict.fromkeys(("reported_class", "subject", "reporter", "report_id", "trace", "complainer"), _text),
    **dict.fromkeys(("dkim_domain", "reported_domain", "link_domain", "handed_in"), _texts),
    "evidence_class": EvidenceClass,
    "seen": _time,
    "incidents": _number,
    "source_port": _number,
    "complainer_hidden": bool,
}
