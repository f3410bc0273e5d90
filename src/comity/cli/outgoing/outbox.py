"""``comity outbox``: what would leave, or leaves, for whom and why.

Trust:      parties, rules and what other hosts said may be strangers' words: shown through ``plain``. With ``--show`` the bytes
            of a report are printed as they are stored, on a terminal through ``plain`` as well.
Answers:    ``list`` counts, ``preview [PEER]`` shows each mail that has not left, ``--show`` its bytes.
"""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any
from zlib import decompressobj

import typer

from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.model.sending import OutboxState

if TYPE_CHECKING:
    from sqlalchemy import Row

command = typer.Typer(add_completion=False, no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json")]
_NOT_LEFT = (OutboxState.HELD, OutboxState.WAITING)


@command.command("list")
def count(as_json: AsJson = False) -> None:
    """How much there is for each peer, in which state, and why."""
    from comity.bootstrap.desk import desk_store

    words = speaker()
    with desk_store(settings()).read() as rows:
        counts = rows.sending.counts()
        complaints = rows.sending.complaint_counts()
    if as_json:
        print(json.dumps({"complaints": complaints}))
        for each in counts:
            found = {"party": each.party, "state": each.state.value, "reason": each.reason, "count": each.count}
            print(json.dumps(found | {"oldest": each.oldest.isoformat()}))
        return
    for state, n in sorted(complaints.items()):
        print(words.say("outbox.complaints", n=n, state=words.say(f"complaint-state.{state}")))
    for each in counts:
        print(
            words.say(
                "outbox.count",
                n=each.count,
                party=plain(each.party),
                state=words.say(f"outbox-state.{each.state.value}"),
                why="" if each.reason is None else f" ({words.say(f'sending.{each.reason}')})",
            )
        )


@command.command()
def preview(
    peer: Annotated[str | None, typer.Argument(metavar="[PEER]")] = None,
    *,
    most: Annotated[int, typer.Option("--most", min=1, max=10_000)] = 50,
    show: Annotated[bool, typer.Option("--show")] = False,
    as_json: AsJson = False,
) -> None:
    """Every mail that has not left: to whom, why, and by which rule."""
    from comity.bootstrap.desk import desk_store

    with desk_store(settings()).read() as rows:
        listed = rows.sending.listed(peer, _NOT_LEFT, most)
    for row in listed:
        if as_json:
            print(json.dumps(_object(row) | ({"data": _bytes(row).decode("utf-8", "replace")} if show else {})))
            continue
        print(_line(row))
        if show:
            _print_bytes(_bytes(row))
    if not as_json and not listed:
        print(speaker().say("outbox.empty"))
    if not as_json and len(listed) == most:
        print(speaker().say("outbox.more", n=most))


def _line(row: "Row[Any]") -> str:
    words = speaker()
    role = "" if row.role is None else words.say(f"role.{row.role}")
    return words.say(
        "outbox.line",
        party=plain(row.party),
        address=plain(row.address),
        kind=words.say(f"outbox-kind.{row.kind}"),
        state=words.say(f"outbox-state.{row.state}"),
        why="" if row.reason is None else f" ({words.say(f'sending.{row.reason}')})",
        role=role,
        rule=plain(row.rule or "", 120),
        tier=row.tier or "",
        name=row.name or "",
        error="" if row.last_error is None else plain(row.last_error, 120),
    ).rstrip()


def _object(row: "Row[Any]") -> dict[str, object]:
    return {
        "party": row.party,
        "address": row.address,
        "kind": row.kind,
        "state": row.state,
        "reason": row.reason,
        "role": row.role,
        "rule": row.rule,
        "tier": row.tier,
        "report_id": row.name,
        "entered": row.entered.isoformat(),
        "due": row.due.isoformat(),
        "attempts": row.attempts,
        "last_error": row.last_error,
        "size": row.size,
    }


def _bytes(row: "Row[Any]") -> bytes:
    return b"" if row.data is None else decompressobj().decompress(row.data, row.size)


def _print_bytes(data: bytes) -> None:
    if sys.stdout.isatty():
        for line in data.decode("utf-8", "replace").splitlines():
            print(f"    {plain(line)}")
        return
    print(data.decode("utf-8", "replace"))
