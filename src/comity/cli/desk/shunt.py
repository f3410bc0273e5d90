"""``comity shunt list|retry``: what could not be worked off, and another try when the reason is gone.

Trust:      names and details are strangers'; the bytes are not shown here.
Answers:    a table or ``--json`` lines. ``retry`` exits 0 when all were worked off, 65 when some were put aside again.
            Complaints of our own people that could not be decided on stand there too, their numbers with a "c" before them.
Limits:     a mail is tried once a run; one whose reader does not come back ends this command, not the desk.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.mailbox import Condition
from comity.model.outcomes import ComityError, Outcome
from comity.services.public.shunt import shunted_complaint, shunted_item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comity.services.receive.working_off import Task

command = typer.Typer(add_completion=False)

_NUMBER: Final = re.compile(r"c?[0-9]{1,18}")
_JSON = Annotated[bool, typer.Option("--json")]


@command.callback()
def _group() -> None:
    """What could not be worked off."""


@command.command("list")
def list_shunted(as_json: _JSON = False) -> None:
    """Show what could not be worked off."""
    from comity.bootstrap.desk import desk_read

    with desk_read(settings()) as records:
        lines = [shunted_item(row) for row in records.intake.shunted()]
        lines += [shunted_complaint(each) for each in records.sending.shunted()]
    words = speaker()
    for line in lines:
        if as_json:
            print(json.dumps(line, ensure_ascii=True))
            continue
        reason = line["reason"]
        why = words.say(reason if reason.startswith("why.") else f"triage.why.{reason}")
        detail = f" ({plain(line['detail'], 40)})" if line["detail"] else ""
        size, day = f"{line['size']:,}", line["first"][:16].replace("T", " ")
        name, tries = plain(line["item"], 36), line["tries"]
        put(words.say("shunt.line", id=line["id"], day=day, name=name, size=size, tries=tries))
        put(f"        {why}{detail}")
    if not as_json:
        put(words.say("shunt.count" if lines else "shunt.none", n=len(lines)))


@command.command("retry")
def retry(
    numbers: Annotated[list[str] | None, typer.Argument(metavar="ID...")] = None,
    as_json: _JSON = False,
) -> Outcome:
    """Try again: these, or all."""
    words, wanted = speaker(), _wanted(numbers or [])
    tried = list(_retried_items(wanted)) + list(_retried_complaints(wanted))
    for name, fate, kind, reason in tried:
        if as_json:
            print(json.dumps({"item": name, "fate": fate, "kind": kind, "reason": reason}))
        else:
            put(f"{plain(name, 40)}: {words.say(f'ingest.fate.{fate}')}")
    again = sum(fate == "shunted" for _, fate, _, _ in tried)
    if not as_json:
        put(words.say("shunt.retried", n=len(tried), again=again))
    return Outcome.BAD_INPUT if again or len(tried) < len(numbers or ()) else Outcome.DONE


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be tried again; None is all of it."""

    items: list[int] | None
    complaints: list[int] | None


def _wanted(numbers: list[str]) -> _Wanted:
    """The numbers of the list: those of complaints begin with "c"."""
    if not numbers:
        return _Wanted(None, None)
    wrong = next((each for each in numbers if not _NUMBER.fullmatch(each)), None)
    if wrong is not None:
        raise ComityError("shunt-number", f"{wrong} is no number of the list", outcome=Outcome.USAGE, place=wrong)
    return _Wanted(
        [int(each) for each in numbers if not each.startswith("c")],
        [int(each[1:]) for each in numbers if each.startswith("c")],
    )


_Tried = tuple[str, str, str | None, str | None]  # name, fate, kind, reason


def _retried_items(wanted: _Wanted) -> "Iterator[_Tried]":
    from comity.bootstrap.desk import desk_read
    from comity.bootstrap.working import bench
    from comity.services.receive.batches import work_off

    if wanted.items == []:
        return
    with desk_read(settings()) as records:
        rows = records.intake.shunted(wanted.items or ())
    with bench(settings()) as place:
        for each in work_off(_tasks(rows), place):
            yield each.name, each.fate.value, each.kind, each.reason


def _retried_complaints(wanted: _Wanted) -> "Iterator[_Tried]":
    from comity.bootstrap.desk import desk_read
    from comity.bootstrap.remedy.joining import from_complaints
    from comity.bootstrap.sending import provider_side

    with desk_read(settings()) as records:
        rows = [] if wanted.complaints == [] else records.sending.shunted(wanted.complaints or ())
    if not rows:
        return
    keys, seeing = settings().worker.dkim_keys, from_complaints(settings())
    side = provider_side(settings(), key_records=keys, seeing=seeing)
    decided = side.deciding.retry([each.due.complaint_id for each in rows], datetime.now(UTC))
    for each in rows:
        is_aside = each.due.complaint_id in decided.aside
        yield each.due.name, "shunted" if is_aside else "decided", "complaint", each.reason if is_aside else None


def _tasks(rows: list[Any]) -> "Iterator[Task]":
    from comity.bootstrap.desk import desk_store
    from comity.services.receive.prepare import Delivery, unpack

    store = desk_store(settings())
    for row in rows:
        with store.read() as records:
            kept = records.intake.bytes_of(row.raw_id)
        if kept is not None:
            cut = row.reason == Condition.TOO_LARGE.value  # half a mail stays half a mail
            condition = Condition.TOO_LARGE if cut else Condition.WHOLE
            delivery = Delivery(
                gate=row.gate,
                name=row.name,
                arrived=row.first,
                raw_id=row.raw_id,
                condition=condition,
                envelope_from=row.envelope_from,
            )
            yield unpack(*kept), delivery
