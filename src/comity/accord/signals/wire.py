"""Signals and withdrawals as records that are signed, and back.

Trust:      a record comes from another network: what does not fit names the field in which it does not; nothing is raised.
Standards:  times are whole seconds since 1970; a reason is there in English and in Chinese.
Answers:    ``record_of``, ``read_signal``, ``withdrawal_record``, ``read_withdrawal``: a record, or the name of a field.
Limits:     a record has exactly its fields: one more is refused, so that nothing travels that nobody reads.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from comity.accord.signals.rules import CLASSES, subject_of
from comity.formats import header_text
from comity.model.signal import Signal, SignalKind, Withdrawal
from comity.model.tlp import Tlp

ID: Final = re.compile(r"S-[A-Z2-7]{16}")
REASON: Final = 500
_REFERENCE: Final = re.compile(r"[RS]-[A-Z2-7]{16}")
_HAN: Final = re.compile("[\u3400-\u9fff]")
_LATEST: Final = 1 << 33  # in the year 2242
_MOST: Final = 10**9


def record_of(signal: Signal) -> dict[str, Any]:
    """The record that is signed."""
    return {
        "type": "signal",
        "issuer": signal.issuer,
        "id": signal.signal_id,
        "kind": signal.kind.value,
        "subject": signal.subject,
        "classes": dict(signal.classes),
        "first": _second(signal.first_seen),
        "last": _second(signal.last_seen),
        "tlp": signal.tlp.value,
        "severe": signal.is_severe,
        "reason": dict(signal.reason),
        "reference": signal.reference,
        "contact": signal.contact,
        "made": _second(signal.made),
        "begins": _second(signal.begins),
        "ends": _second(signal.ends),
    }


def withdrawal_record(made: Withdrawal) -> dict[str, Any]:
    """The record that is signed."""
    return {
        "type": "withdrawal",
        "issuer": made.issuer,
        "id": made.signal_id,
        "made": _second(made.made),
        "reason": dict(made.reason),
    }


def read_signal(record: Mapping[str, Any]) -> Signal | str:
    """The signal, or the field that does not fit."""
    wrong = _misfit(record, _SIGNAL, "signal")
    if wrong is not None:
        return wrong
    return Signal(
        issuer=record["issuer"],
        signal_id=record["id"],
        kind=SignalKind(record["kind"]),
        subject=record["subject"],
        classes=dict(record["classes"]),
        first_seen=_moment(record["first"]),
        last_seen=_moment(record["last"]),
        tlp=Tlp(record["tlp"]),
        is_severe=record["severe"],
        reason=dict(record["reason"]),
        reference=record["reference"],
        contact=record["contact"],
        made=_moment(record["made"]),
        begins=_moment(record["begins"]),
        ends=_moment(record["ends"]),
    )


def read_withdrawal(record: Mapping[str, Any]) -> Withdrawal | str:
    """The withdrawal, or the field that does not fit."""
    wrong = _misfit(record, _WITHDRAWAL, "withdrawal")
    if wrong is not None:
        return wrong
    return Withdrawal(
        issuer=record["issuer"],
        signal_id=record["id"],
        made=_moment(record["made"]),
        reason=dict(record["reason"]),
    )


def reason_fault(language: str, text: object) -> bool:
    """Whether a reason does not fit: it is one line that can be shown, and the Chinese one is in Chinese.

    >>> reason_fault("en", "spam from a trap"), reason_fault("zh", "spam from a trap"), reason_fault("en", "a\\nb")
    (False, True, True)
    """
    if not isinstance(text, str) or not 0 < len(text.strip()) <= REASON or len(text) > REASON or not text.isprintable():
        return True
    return language == "zh" and not _HAN.search(text)


Check = Callable[[Any], bool]


def _misfit(record: Mapping[str, Any], fields: Mapping[str, Check], kind: str) -> str | None:
    if record.get("type") != kind:
        return "type"
    for name in sorted({*record, *fields} - {"type"}):
        if name not in fields or name not in record or not fields[name](record[name]):
            return name[:40]
    return None


def _is_second(value: Any) -> bool:
    return type(value) is int and 0 <= value < _LATEST


def _is_reason(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"en", "zh"}
        and not any(reason_fault(language, text) for language, text in value.items())
    )


def _is_subject(value: Any) -> bool:
    return isinstance(value, str) and str(subject_of(value)) == value


def _is_classes(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(name in CLASSES and type(number) is int and 0 < number < _MOST for name, number in value.items())
    )


def _is_domain(value: Any) -> bool:
    return isinstance(value, str) and header_text.domain(value) == value


_WITHDRAWAL: Final[Mapping[str, Check]] = {
    "issuer": _is_domain,
    "id": lambda value: isinstance(value, str) and ID.fullmatch(value) is not None,
    "made": _is_second,
    "reason": _is_reason,
}
_SIGNAL: Final[Mapping[str, Check]] = {
    **_WITHDRAWAL,
    "kind": lambda value: value in [each.value for each in SignalKind],
    "subject": _is_subject,
    "classes": _is_classes,
    "first": _is_second,
    "last": _is_second,
    "tlp": lambda value: value in [each.value for each in Tlp],
    "severe": lambda value: isinstance(value, bool),
    "reference": lambda value: isinstance(value, str) and _REFERENCE.fullmatch(value) is not None,
    "contact": lambda value: isinstance(value, str) and header_text.address(value) == value,
    "begins": _is_second,
    "ends": _is_second,
}


def _second(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
