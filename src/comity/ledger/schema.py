"""What a leaf may say, type by type; and under which class it is counted.

Trust:      leaves come from the other side: ``fault(record)`` names the first field that does not fit, and raises nothing.
Standards:  TRUST: every type of leaf has its fields; what is not among them is refused, so that nothing travels that nobody reads.
Answers:    ``fault(record)`` gives None or a field's name; ``counted_class(record)`` the class that both sides count it under.
Limits:     types whose content is checked elsewhere (a day-close by counting again) may say more than is listed here.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Final

from comity.ledger.leaf import COUNTED, LeafType

LATE: Final = "late"
OLDEST_SECONDS: Final = 31 * 86400  # what was observed longer ago is counted as late
_LONGEST: Final = 500
_LATEST: Final = 1 << 40

Check = Callable[[object], bool]


def _text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST and value.isprintable()


def _optional(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _one_of(*words: str) -> Check:
    return lambda value: value in words


def _second(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LATEST


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _digest(value: object) -> bool:
    return isinstance(value, str) and len(value) == 64 and all(sign in "0123456789abcdef" for sign in value)


def _address(value: object) -> bool:
    return isinstance(value, str) and _is_address(value)


@lru_cache(4096)  # the same few hundred addresses come again and again
def _is_address(text: str) -> bool:
    try:
        return str(ip_address(text)) == text
    except ValueError:
        return False


_OPTIONAL_TEXT: Final = _optional(_text)
_PLACE: Final[Mapping[str, Check]] = {
    "ip": _optional(_address),
    "dkim": _OPTIONAL_TEXT,
    "selector": _OPTIONAL_TEXT,
    "campaign": _OPTIONAL_TEXT,
}


def _source(value: object) -> bool:
    return (
        isinstance(value, dict)
        and {"ip", "dkim"} <= set(value) <= set(_PLACE)
        and all(_PLACE[name](inner) for name, inner in value.items())
    )


def _statement(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 3000


_TLP: Final = ("TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED")
_FRAME: Final[Mapping[str, Check]] = {
    "type": _text,
    "id": _text,
    "observed": _optional(_second),
    "submitted": _second,
    "payload_commit": _optional(_digest),
}
_REPORT: Final[Mapping[str, Check]] = {
    "class": _text,
    "definition": _optional(_text),
    "role": _optional(_text),
    "source": _source,
    "tier": _optional(_one_of("T0", "T1", "T2", "T3")),
    "tlp": _optional(_one_of(*_TLP)),
    "agreement": _optional(_whole),
    "terms": _optional(_digest),
    "recipient": _optional(_text),
    "mail": lambda value: (
        isinstance(value, dict) and all(_text(name) and _optional(_statement)(inner) for name, inner in value.items())
    ),
}
_SIGNAL: Final[Mapping[str, Check]] = {
    "signal": _text,
    "step": _one_of("proposed", "withdrawn", "adopted", "dropped"),
    "kind": _text,
    "sha256": _digest,
}
_REQUIRED: Final = frozenset({"class", "source"})
_AGREEMENT: Final[Mapping[str, Check]] = {
    "act": _one_of("propose", "accept", "reject", "end"),
    "version": _whole,
    "sha256": _digest,
}
_FIELDS: Final[Mapping[str, tuple[Mapping[str, Check], frozenset[str]]]] = {
    LeafType.REPORT.value: (_REPORT, _REQUIRED),
    LeafType.NOT_SPAM.value: (_REPORT, _REQUIRED),
    LeafType.OUTCOME.value: ({"report": _text, "outcome": _text}, frozenset({"report", "outcome"})),
    LeafType.RETRACT.value: ({"report": _text, "reason": _text}, frozenset({"report", "reason"})),
    LeafType.KEY.value: ({"statement": _statement}, frozenset({"statement"})),
    LeafType.SIGNAL.value: (_SIGNAL, frozenset(_SIGNAL)),
    LeafType.AGREEMENT.value: (_AGREEMENT, frozenset(_AGREEMENT)),
}
_OPEN: Final = frozenset(
    {
        LeafType.CORRECTION,
        LeafType.DISPUTE,
        LeafType.OPENING,
        LeafType.DAY_CLOSE,
        LeafType.RECOURSE,
        LeafType.STATEMENT,
    }
)


def fault(record: Mapping[str, Any]) -> str | None:
    """The first field that does not fit, None where all do.

    >>> fault({"type": "report", "id": "r1"})
    'observed'
    """
    for name, check in _FRAME.items():
        if name not in record or not check(record[name]):
            return name
    kind = record["type"]
    if kind in _OPEN:
        return None
    if kind not in _FIELDS:
        return "type"
    fields, required = _FIELDS[kind]
    for name in sorted({*record, *required}):
        if name in _FRAME:
            continue
        if name not in record or name not in fields or not fields[name](record[name]):
            return name
    return None


def counted_class(record: Mapping[str, Any]) -> str | None:
    """The class under which both sides count a leaf; None where it is no report.

    >>> day = {"type": "report", "class": "complaint", "observed": 0, "submitted": 86400}
    >>> counted_class(day), counted_class(day | {"submitted": 86400 * 40})
    ('complaint', 'late')
    """
    if record.get("type") not in COUNTED:
        return None
    observed, submitted = record.get("observed"), record.get("submitted")
    if isinstance(observed, int) and isinstance(submitted, int) and submitted - observed > OLDEST_SECONDS:
        return LATE
    return str(record.get("class"))
