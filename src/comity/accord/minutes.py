"""Minutes and reports on actions as records that are signed, and back.

Trust:      a record comes from another member: what does not fit names the field in which it does not; nothing is raised.
Standards:  texts are there in English and in Chinese; times are whole seconds since 1970.
Answers:    ``minutes_record``, ``read_minutes``, ``report_record``, ``read_report``: a record, or the name of a field.
Limits:     40 who were present, 20 actions; a text of 4,000 signs in each language, an action of 300. A record has exactly its
            fields.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from comity.accord.fitting import Check, both, is_domain, is_second, matches, misfit, moment, second, text_fault
from comity.model.minutes import Action, ActionReport, ActionState, Minutes

MINUTES: Final = "minutes"
REPORT: Final = "action-report"
_MINUTES_ID: Final = re.compile(r"M-[A-Z2-7]{16}")
_TITLE, _TEXT, _WHAT = 200, 4000, 300


def minutes_record(said: Minutes) -> dict[str, Any]:
    """The record that its writer signs."""
    return {
        "type": MINUTES,
        "issuer": said.issuer,
        "id": said.minutes_id,
        "held": second(said.held),
        "present": list(said.present),
        "title": dict(said.title),
        "text": dict(said.text),
        "actions": [
            {"number": each.number, "owner": each.owner, "what": dict(each.what), "due": second(each.due)}
            for each in said.actions
        ],
        "by": said.by,
        "made": second(said.made),
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
        "made": second(said.made),
    }


def read_minutes(record: Mapping[str, Any]) -> Minutes | str:
    """The minutes, or the field that does not fit."""
    wrong = misfit(record, _MINUTES, MINUTES)
    if wrong is not None:
        return wrong
    if record["issuer"] not in record["present"] or record["held"] > record["made"]:
        return "present" if record["held"] <= record["made"] else "held"
    if not {each["owner"] for each in record["actions"]} <= set(record["present"]):
        return "actions"  # nobody is given work who was not there
    return Minutes(
        minutes_id=record["id"],
        issuer=record["issuer"],
        held=moment(record["held"]),
        present=tuple(record["present"]),
        title=dict(record["title"]),
        text=dict(record["text"]),
        actions=tuple(
            Action(number=each["number"], owner=each["owner"], what=dict(each["what"]), due=moment(each["due"]))
            for each in record["actions"]
        ),
        by=record["by"],
        made=moment(record["made"]),
    )


def read_report(record: Mapping[str, Any]) -> ActionReport | str:
    """The report, or the field that does not fit."""
    wrong = misfit(record, _REPORT, REPORT)
    if wrong is not None:
        return wrong
    return ActionReport(
        minutes_id=record["minutes"],
        number=record["number"],
        issuer=record["issuer"],
        state=ActionState(record["state"]),
        text=dict(record["text"]),
        by=record["by"],
        made=moment(record["made"]),
    )


def _is_present(value: Any) -> bool:
    return (
        isinstance(value, list)
        and 2 <= len(value) <= 40
        and all(is_domain(each) for each in value)
        and value == sorted(set(value))
    )


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
        and is_domain(value["owner"])
        and both(_WHAT)(value["what"])
        and is_second(value["due"])
    )


_FRAME: Final[Mapping[str, Check]] = {
    "issuer": is_domain,
    "by": lambda value: not text_fault("en", value, 100) and "\n" not in value,
    "made": is_second,
}
_MINUTES: Final[Mapping[str, Check]] = {
    **_FRAME,
    "id": matches(_MINUTES_ID),
    "held": is_second,
    "present": _is_present,
    "title": both(_TITLE),
    "text": both(_TEXT),
    "actions": _is_actions,
}
_REPORT: Final[Mapping[str, Check]] = {
    **_FRAME,
    "minutes": matches(_MINUTES_ID),
    "number": lambda value: type(value) is int and 0 < value <= 20,
    "state": lambda value: value in [each.value for each in ActionState],
    "text": both(_WHAT),
}
