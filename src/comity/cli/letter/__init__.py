"""``comity letter list|show|seen|open|attach``: letters to us that report nothing, and wait for a person to read them.

Trust:      writer, subject and text are a stranger's: control characters are made visible, JSON is escaped. That a letter names
            a case proves nothing.
Answers:    a line each or ``--json``, what names a case of ours first, then the newest, last what our own filter is sure is spam,
            where one is in service (``--hide-spam`` leaves it out, and says how many that are); ``show`` prints the text,
            ``seen`` says that somebody was there; ``open`` and ``attach`` put it into a case (``comity.cli.letter.belonging``).
Limits:     it is answered in the case (``comity case write``); of a text 200 lines are shown.
"""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from comity.cli.configuration import settings
from comity.cli.desk.account import account
from comity.cli.letter import belonging
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import ComityError, Outcome
from comity.services.public.times import instant

command = typer.Typer(add_completion=False)
command.command("open")(belonging.open_case)
command.command("attach")(belonging.attach)

_JSON = Annotated[bool, typer.Option("--json")]
_NUMBER = Annotated[int, typer.Argument(metavar="NUMBER", min=1, max=10**18)]
_LINES: Final = 200
_HEADS: Final = ("from", "to", "date", "subject")


@command.callback()
def _group() -> None:
    """What a person is to read."""


@command.command("list")
def list_letters(
    limit: Annotated[int, typer.Option("--limit", min=1)] = 50,
    hide_spam: Annotated[bool, typer.Option("--hide-spam")] = False,
    as_json: _JSON = False,
) -> None:
    """Show what nobody has seen yet."""
    from comity.bootstrap.desk import desk_read
    from comity.store.desk.arrived import SORTS

    with desk_read(settings()) as records:
        rows = [row for sort in SORTS for row in records.arrived.waiting(sort, most=limit)]
        spam = _spam(records, rows[:limit])
        found = [_object(row) | {"spam": None if spam is None else row.id in spam} for row in rows[:limit]]
        waiting = records.arrived.in_all()[0]
    words, folded = speaker(), [each for each in found if each["spam"]]
    found = [each for each in found if not each["spam"]] + ([] if hide_spam else folded)
    for each in found:
        if as_json:
            print(json.dumps(each, ensure_ascii=True))
            continue
        day, writer = each["arrived"][:16].replace("T", " "), plain(each["from"] or "-", 40)
        put(words.say("letter-to-us.line", id=each["letter"], day=day, writer=writer))
        put(f"        {plain(each['subject'] or '-', 70)}")
        if each["names_case"]:
            put("        " + words.say("letter-to-us.names", case=each["names_case"]))
        if each["spam"]:
            put("        " + words.say("letter-to-us.spam"))
        if each["more"]:
            put("        " + words.say("desk-arrived.more", n=each["more"]))
    if not as_json and hide_spam and folded:
        put(words.say("letter-to-us.spam-left-out", n=len(folded)))
    if not as_json:
        put(words.say("letter-to-us.count", n=waiting) if waiting else words.say("letter-to-us.none"))


@command.command("show")
def show(number: _NUMBER, as_json: _JSON = False) -> None:
    """Print one as plain text."""
    from comity.bootstrap.desk import desk_read
    from comity.formats.mime import scan
    from comity.formats.plain_text import readable
    from comity.services.receive.prepare import unpack

    with desk_read(settings()) as records:
        found = records.arrived.waiting(before=number + 1, most=1)
        kept = records.intake.bytes_of(found[0].raw_id) if found and found[0].id == number else None
    if kept is None:
        text = str(number)
        raise ComityError("arrived-unknown", f"letter {text}", outcome=Outcome.UNKNOWN, details={"text": text})
    message = scan(unpack(*kept))
    if as_json:
        heads = {name: message.headers.decoded(name) for name in _HEADS}
        print(json.dumps({"letter": number, **heads, "text": readable(message)}, ensure_ascii=True))
        return
    for name in _HEADS:
        put(f"{name.capitalize()}: {plain(message.headers.decoded(name) or '-', 300)}")
    print()
    lines = readable(message).splitlines()
    for line in lines[:_LINES]:
        print(plain(line, 400))
    if len(lines) > _LINES:
        print("...")


@command.command("seen")
def seen(
    numbers: Annotated[list[int], typer.Argument(metavar="NUMBER...", min=1, max=10**18)],
    *,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME")] = None,
    as_json: _JSON = False,
) -> None:
    """Say that somebody has seen these."""
    from comity.bootstrap.desk import desk_write
    from comity.services.receive.conversation.arriving import see

    with desk_write(settings()) as records:
        n = see(records.arrived, numbers, by=by or account(), now=datetime.now(UTC))
    if as_json:
        print(json.dumps({"seen": n}))
    else:
        put(speaker().say("letter-to-us.seen", n=n))


def _spam(records: Any, rows: list[Any]) -> frozenset[int] | None:
    """Those of which our own filter is sure; None where none is in service, or can be used."""
    from comity.bootstrap.judging import is_in_service, make_judge
    from comity.services.receive.conversation.folding import look_like_spam

    if rows and is_in_service(settings()):
        with suppress(ComityError):  # a filter that cannot be used keeps no letter from being listed
            return look_like_spam(records.intake, rows, make_judge(settings()))
    return None


def _object(row: Any) -> dict[str, Any]:
    from comity.formats.item_facts import from_line

    facts = from_line(row.reading)
    return {
        "letter": row.id,
        "item": row.name,
        "arrived": instant(row.first),
        "from": facts.carried_from if facts else None,
        "subject": facts.subject if facts else None,
        "names_case": row.case_id,
        "more": row.tries - 1,
        "size": row.size,
    }
