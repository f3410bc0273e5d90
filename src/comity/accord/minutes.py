"""Minutes and reports on actions as records that are signed, and back.

Trust:      a record comes from another member: what does not fit names the field in which it does not; nothing is raised.
Standards:  texts are there in English and in Chinese; times are whole seconds since 1970.
Answers:    ``minutes_record``, ``read_minutes``, ``report_record``, ``read_report``: a record, or the name of a field.
Limits:     40 who were present, 20 actions; a text of 4,000 signs in each language, an action of 300. A record has exactly its
            fields.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from comity.accord.guidance import text_fault
from comity.formats import header_text
from comity.model.minutes import Action, ActionReport, ActionState, Minutes

MINUTES: Final = "minutes"
REPORT: Final = "action-report"
_MINUTES_ID: Final = re.compile(r"M-[A-Z2-7]{16}")
_LATEST: Final = 1 << 33
_TITLE, _TEXT, _WHAT = 200, 4000, 300


def minutes_record(said: Minutes) -> dict[str, Any]:
    """The record that its writer signs."""
    return {
        "type": MINUTES,
        "issuer": said.issuer,
        "id": said.minutes_id,
        "held": _second(said.held),
        "present": list(said.present),
        "title": dict(said.title),
        "text": dict(said.text),
        "actions": [
            {"number": each.number, "owner": each.owner, "what": dict(each.what), "due": _second(each.due)}
            for each in said.actions
        ],
        "by": said.by,
        "made": _second(said.made),
    }


def report_record(said: ActionReport) -> dict[str, Any]:
    """The record that the owner signs."""
    return {
        "type": REPORT,
        "issuer": said.issuer,
        "minutes": said.minutes_id,
        "number": said.number,
        "state": said.state.value,
        "text": dict(said.text),
        "by": said.by,
        "made": _second(said.made),
    }


def read_minutes(record: Mapping[str, Any]) -> Minutes | str:
    """The minutes, or the field that does not fit."""
    wrong = _misfit(record, _MINUTES, MINUTES)
    if wrong is not None:
        return wrong
    if record["issuer"] not in record["present"] or record["held"] > record["made"]:
        return "present" if record["held"] <= record["made"] else "held"
    if not {each["owner"] for each in record["actions"]} <= set(record["present"]):
        return "actions"  # nobody is given work who was not there
    return Minutes(
        minutes_id=record["id"],
        issuer=record["issuer"],
        held=_moment(record["held"]),
        present=tuple(record["present"]),
        title=dict(record["title"]),
        text=dict(record["text"]),
        actions=tuple(
            Action(number=each["number"], owner=each["owner"], what=dict(each["what"]), due=_moment(each["due"]))
            for each in record["actions"]
        ),
        by=record["by"],
        made=_moment(record["made"]),
    )


def read_report(record: Mapping[str, Any]) -> ActionReport | str:
    """The report, or the field that does not fit."""
    wrong = _misfit(record, _REPORT, REPORT)
    if wrong is not None:
        return wrong
    return ActionReport(
        minutes_id=record["minutes"],
        number=record["number"],
        issuer=record["issuer"],
        state=ActionState(record["state"]),
        text=dict(record["text"]),
        by=record["by"],
        made=_moment(record["made"]),
    )


Check = Callable[[Any], bool]


def _misfit(record: Mapping[str, Any], fields: Mapping[str, Check], kind: str) -> str | None:
    if record.get("type") != kind:
        return "type"
    for name in sorted({*record, *fields} - {"type"}):
        if name not in fields or name not in record or not fields[name](record[name]):
            return name[:40]
    return None


def _both(limit: int) -> Check:
    return lambda value: (
        isinstance(value, dict)
        and set(value) == {"en", "zh"}
        and not any(text_fault(language, text, limit) for language, text in value.items())
    )


def _is_domain(value: Any) -> bool:
    return isinstance(value, str) and header_text.domain(value) == value


def _is_present(value: Any) -> bool:
    return (
        isinstance(value, list)
        and 2 <= len(value) <= 40
        and all(_is_domain(each) for each in value)
        and value == sorted(set(value))
    )


def _is_second(value: Any) -> bool:
    return type(value) is int and 0 <= value < _LATEST


def _is_actions(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= 20
        and all(_is_action(each, number) for number, each in enumerate(value, 1))
    )


def _is_action(value: Any, number: int) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"number", "owner", "what", "due"}
        and type(value["number"]) is int
        and value["number"] == number
        and _is_domain(value["owner"])
        and _both(_WHAT)(value["what"])
        and _is_second(value["due"])
    )


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _MINUTES_ID.fullmatch(value) is not None


_FRAME: Final[Mapping[str, Check]] = {
    "issuer": _is_domain,
    "by": lambda value: not text_fault("en", value, 100) and "\n" not in value,
    "made": _is_second,
}
_MINUTES: Final[Mapping[str, Check]] = {
    **_FRAME,
    "id": _is_id,
    "held": _is_second,
    "present": _is_present,
    "title": _both(_TITLE),
    "text": _both(_TEXT),
    "actions": _is_actions,
}
_REPORT: Final[Mapping[str, Check]] = {
    **_FRAME,
    "minutes": _is_id,
    "number": lambda value: type(value) is int and 0 < value <= 20,
    "state": lambda value: value in [each.value for each in ActionState],
    "text": _both(_WHAT),
}


def _second(moment: datetime) -> int:
    return int(moment.timestamp())


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)
