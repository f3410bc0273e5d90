"""Signals and withdrawals as records that are signed, and back.

Trust:      a record comes from another network: what does not fit names the field in which it does not; nothing is raised.
Standards:  times are whole seconds since 1970; a reason is there in English and in Chinese.
Answers:    ``record_of``, ``read_signal``, ``withdrawal_record``, ``read_withdrawal``: a record, or the name of a field.
Limits:     a record has exactly its fields: one more is refused, so that nothing travels that nobody reads.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from comity.accord.fitting import Check, in_both, is_domain, is_not_in, is_second, misfit, moment, second
from comity.accord.signals.rules import CLASSES, subject_of
from comity.formats import header_text
from comity.model.signal import Signal, SignalKind, Withdrawal
from comity.model.tlp import Tlp

ID: Final = re.compile(r"S-[A-Z2-7]{16}")
REASON: Final = 500
_REFERENCE: Final = re.compile(r"[RS]-[A-Z2-7]{16}")
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
        "first": second(signal.first_seen),
        "last": second(signal.last_seen),
        "tlp": signal.tlp.value,
        "severe": signal.is_severe,
        "reason": dict(signal.reason),
        "reference": signal.reference,
        "contact": signal.contact,
        "made": second(signal.made),
        "begins": second(signal.begins),
        "ends": second(signal.ends),
    }


def withdrawal_record(made: Withdrawal) -> dict[str, Any]:
    """The record that is signed."""
    return {
        "type": "withdrawal",
        "issuer": made.issuer,
        "id": made.signal_id,
        "made": second(made.made),
        "reason": dict(made.reason),
    }


def read_signal(record: Mapping[str, Any]) -> Signal | str:
    """The signal, or the field that does not fit."""
    wrong = misfit(record, _SIGNAL, "signal")
    if wrong is not None:
        return wrong
    return Signal(
        issuer=record["issuer"],
        signal_id=record["id"],
        kind=SignalKind(record["kind"]),
        subject=record["subject"],
        classes=dict(record["classes"]),
        first_seen=moment(record["first"]),
        last_seen=moment(record["last"]),
        tlp=Tlp(record["tlp"]),
        is_severe=record["severe"],
        reason=dict(record["reason"]),
        reference=record["reference"],
        contact=record["contact"],
        made=moment(record["made"]),
        begins=moment(record["begins"]),
        ends=moment(record["ends"]),
    )


def read_withdrawal(record: Mapping[str, Any]) -> Withdrawal | str:
    """The withdrawal, or the field that does not fit."""
    wrong = misfit(record, _WITHDRAWAL, "withdrawal")
    if wrong is not None:
        return wrong
    return Withdrawal(
        issuer=record["issuer"],
        signal_id=record["id"],
        made=moment(record["made"]),
        reason=dict(record["reason"]),
    )


def reason_fault(language: str, text: object) -> bool:
    """Whether a reason does not fit: it is one line that can be shown, and the Chinese one is in Chinese.

    >>> reason_fault("en", "spam from a trap"), reason_fault("zh", "spam from a trap"), reason_fault("en", "a\\nb")
    (False, True, True)
    """
    if not isinstance(text, str) or not 0 < len(text.strip()) <= REASON or len(text) > REASON or not text.isprintable():
        return True
    return is_not_in(language, text)


def _is_reason(value: Any) -> bool:
    return in_both(value, reason_fault)


def _is_subject(value: Any) -> bool:
    return isinstance(value, str) and str(subject_of(value)) == value


def _is_classes(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(name in CLASSES and type(number) is int and 0 < number < _MOST for name, number in value.items())
    )


_WITHDRAWAL: Final[Mapping[str, Check]] = {
    "issuer": is_domain,
    "id": lambda value: isinstance(value, str) and ID.fullmatch(value) is not None,
    "made": is_second,
    "reason": _is_reason,
}
_SIGNAL: Final[Mapping[str, Check]] = {
    **_WITHDRAWAL,
    "kind": lambda value: value in [each.value for each in SignalKind],
    "subject": _is_subject,
    "classes": _is_classes,
    "first": is_second,
    "last": is_second,
    "tlp": lambda value: value in [each.value for each in Tlp],
    "severe": lambda value: isinstance(value, bool),
    "reference": lambda value: isinstance(value, str) and _REFERENCE.fullmatch(value) is not None,
    "contact": lambda value: isinstance(value, str) and header_text.address(value) == value,
    "begins": is_second,
    "ends": is_second,
}
