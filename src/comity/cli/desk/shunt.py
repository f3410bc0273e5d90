"""``comity shunt list|retry``: what could not be worked off, and another try when the reason is gone.

Trust:      names and details are strangers'; the bytes are not shown here.
Answers:    a table or ``--json`` lines. ``retry`` exits 0 when all were worked off, 65 when some were put aside again.
Limits:     a mail is tried once a run; one whose reader does not come back ends this command, not the desk.
"""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.model.mailbox import Condition
from comity.model.outcomes import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comity.services.receive.batches import Task

command = typer.Typer(add_completion=False)

_JSON = Annotated[bool, typer.Option("--json")]


@command.callback()
def _group() -> None:
    """What could not be worked off."""


@command.command("list")
def list_shunted(as_json: _JSON = False) -> None:
    """Show what could not be worked off."""
    from comity.bootstrap.desk import desk_store

    with desk_store(settings()).read() as records:
        rows = records.intake.shunted()
    words = speaker()
    for row in rows:
        if as_json:
            print(json.dumps(_object(row), ensure_ascii=True))
            continue
        why = words.say(row.reason if row.reason.startswith("why.") else f"triage.why.{row.reason}")
        detail = f" ({plain(row.detail, 40)})" if row.detail else ""
        size, day = f"{row.size:,}", row.first.strftime("%Y-%m-%d %H:%M")
        print(words.say("shunt.line", id=row.id, day=day, name=plain(row.name, 36), size=size, tries=row.tries))
        print(f"        {why}{detail}")
    if not as_json:
        print(words.say("shunt.count", n=len(rows)))


@command.command("retry")
def retry(
    numbers: Annotated[list[int] | None, typer.Argument(metavar="ID...")] = None,
    as_json: _JSON = False,
) -> Outcome:
    """Try again: these, or all."""
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.working import bench
    from comity.services.receive.batches import work_off

    words, again = speaker(), 0
    with desk_store(settings()).read() as records:
        rows = records.intake.shunted(numbers or ())
    with bench(settings()) as place:
        done = list(work_off(_tasks(rows), place))
    for each in done:
        again += each.fate.value == "shunted"
        if as_json:
            print(json.dumps({"item": each.name, "fate": each.fate.value, "kind": each.kind, "reason": each.reason}))
        else:
            print(f"{plain(each.name, 40)}: {words.say(f'ingest.fate.{each.fate.value}')}")
    if not as_json:
        print(words.say("shunt.retried", n=len(rows), again=again))
    return Outcome.BAD_INPUT if again or len(rows) < len(numbers or ()) else Outcome.DONE


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
            delivery = Delivery(gate=row.gate, name=row.name, arrived=row.first, raw_id=row.raw_id, condition=condition)
            yield unpack(*kept), delivery


def _object(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "item": row.name,
        "gate": row.gate,
        "stage": row.stage,
        "reason": row.reason,
        "detail": row.detail,
        "size": row.size,
        "tries": row.tries,
        "first": row.first.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "last": row.last.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
