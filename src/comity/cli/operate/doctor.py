"""``comity doctor``: is everything right, and if not, what helps?

Answers:    a line for each thing, with the remedy where it is wrong; or ``--json`` lines. Exit status 0 when nothing is wrong, 78
            otherwise; what is merely odd does not count. What other machines on the same store found of themselves has their name
            before it.
            ``--tell`` prints how this machine stands as one line, ``--hear`` takes such a line from standard input into the
            store: so machines that know no store are seen.
Limits:     looks only, but for ``--forget`` and ``--hear``; on this machine, and at what others last said; see
            ``comity.bootstrap.checking``.
"""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.model.message import Message
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.bootstrap.checking import Check


def command(
    as_json: Annotated[bool, typer.Option("--json")] = False,
    forget: Annotated[str | None, typer.Option("--forget", metavar="MACHINE")] = None,
    *,
    tell: Annotated[bool, typer.Option("--tell")] = False,
    hear: Annotated[bool, typer.Option("--hear")] = False,
) -> Outcome:
    """Look at everything."""
    from comity.bootstrap.checking import Condition, checks

    if tell or hear:
        return _told() if tell else _heard()
    if forget is not None:
        _forget(forget)
    wrong = 0
    for each in checks(settings(), datetime.now(UTC)):
        wrong += each.condition is Condition.WRONG
        if as_json:
            print(_line(each))
        else:
            print("\n".join(_lines(each)))  # whole: they name paths, which are copied
    return Outcome.CONFIGURATION if wrong else Outcome.DONE


def _told() -> Outcome:
    from comity.bootstrap.house.standing import told

    print(told(settings(), datetime.now(UTC)))
    return Outcome.DONE


def _heard() -> Outcome:
    from comity.bootstrap.desk import desk_write
    from comity.bootstrap.house.standing import LONGEST_LINE, heard

    node = heard(sys.stdin.buffer.read(LONGEST_LINE + 1), datetime.now(UTC))
    with desk_write(settings()) as rows:
        rows.nodes.put(node)
    return Outcome.DONE


def _forget(name: str) -> None:
    """A machine that does not come back; its spool went with it, or holds nothing."""
    from comity.bootstrap.desk import desk_write

    with desk_write(settings()) as rows:
        n = rows.nodes.forget(name)
    if not n:
        raise ComityError("node-unknown", f"no machine {name}", outcome=Outcome.BAD_INPUT, details={"name": name})


def _lines(check: "Check") -> list[str]:
    words = speaker()
    mark = words.say(f"doctor.{check.condition.value}")
    error = check.error
    if error is None:
        said, remedy = f"doctor.{check.finding}", f"remedy.doctor.{check.finding}"
        details, place = _shown(check.details), ""
    else:
        said, remedy = f"error.{error.code}", f"remedy.{error.code}"
        details, place = _shown(error.details), f"{plain(error.place)}: " if error.place else ""
    node = f"{plain(check.node)}: " if check.node else ""
    lines = [f"{mark}  {node}{place}{words.say(said, **details)}"]
    if remedy in words:
        lines.append(f"      {words.say(remedy, **details)}")
    return lines


def _line(check: "Check") -> str:
    error = check.error
    details = _shown(check.details if error is None else error.details)
    found = {"about": check.about, "condition": check.condition.value, "finding": check.finding, "node": check.node}
    return json.dumps({**found, "place": None if error is None else error.place, "details": details}, default=_code)


def _code(value: object) -> str:
    return value.message_id.rpartition(".")[2] if isinstance(value, Message) else str(value)


def _shown(details: Mapping[str, object]) -> dict[str, object]:
    return {name: plain(str(value)) if isinstance(value, str | PurePath) else value for name, value in details.items()}
