"""``comity coalition minutes|actions|report``: what was said at a meeting, who does what until when, and what became of it.

Trust:      minutes of others are their words, signed, and shown made plain.
Answers:    lines of at most 80 columns, or ``--json`` objects.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli import days
from comity.cli.configuration import settings
from comity.cli.prove.signals.desk import AsJson, wrong
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put, wrapped
from comity.model.minutes import Action, ActionState, KeptMinutes

if TYPE_CHECKING:
    from comity.services.prove.coalition.minutes import MinutesDesk

By = Annotated[str, typer.Option("--by", metavar="NAME")]
_LIMIT, _WIDTH, _PARTS = 1 << 16, 76, 4


@contextmanager
def _desk(actor: str) -> "Iterator[MinutesDesk]":
    from comity.bootstrap.desk import desk_write
    from comity.bootstrap.trust.coalition import minutes_desk

    with desk_write(settings()) as records:
        yield minutes_desk(settings(), records, actor=actor, now=datetime.now(UTC))


def write_minutes(  # noqa: PLR0913, PLR0917 - the options of a command line
    with_: Annotated[list[str], typer.Option("--with", metavar="PEER")],
    held: Annotated[str, typer.Option("--held", metavar="DAY")],
    title: Annotated[str, typer.Option("--title", metavar="TEXT")],
    title_zh: Annotated[str, typer.Option("--title-zh", metavar="TEXT")],
    file: Annotated[Path, typer.Option("--file", metavar="FILE", exists=True, dir_okay=False)],
    file_zh: Annotated[Path, typer.Option("--file-zh", metavar="FILE", exists=True, dir_okay=False)],
    by: By,
    action: Annotated[list[str] | None, typer.Option("--action", metavar="ACTION")] = None,
    as_json: AsJson = False,
) -> None:
    """Sign the minutes of a meeting, with actions and their owners, and have those who were there given them."""
    from comity.bootstrap.trust.coalition import new_minutes_id
    from comity.services.prove.coalition.minutes import Draft

    draft = Draft(
        minutes_id=new_minutes_id(),
        held=days.beginning(held),
        others=tuple(each.lower() for each in with_),
        title={"en": title, "zh": title_zh},
        text={"en": _text(file), "zh": _text(file_zh)},
        actions=tuple(_action(each) for each in action or ()),
    )
    with _desk(by) as desk:
        kept = desk.write(draft)
    _tell(kept, as_json=as_json, whole=True)


def show(
    minutes: Annotated[str | None, typer.Argument(metavar="[MINUTES]")] = None,
    as_json: AsJson = False,
) -> None:
    """Every meeting; or one of them, in both languages."""
    from comity.services.prove.coalition.minutes import one

    found = _every()
    if minutes is not None:
        found = [one(found, minutes)]
    for each in found:
        _tell(each, as_json=as_json, whole=minutes is not None)
    if not found and not as_json:
        put(speaker().say("minutes.none"))


def actions(as_json: AsJson = False) -> None:
    """What is still to be done, by whom, the most urgent first."""
    now = datetime.now(UTC)
    found = sorted(
        ((action, kept) for kept in _every() for action in kept.open_actions()),
        key=lambda each: (each[0].due, each[1].said.minutes_id, each[0].number),
    )
    for action, kept in found:
        if as_json:
            print(json.dumps(_action_object(action, kept, now)))
        else:
            _print(_action_line(action, kept, now))
    if not found and not as_json:
        put(speaker().say("minutes.no-actions"))


def report_action(  # noqa: PLR0917 - the options of a command line
    minutes: Annotated[str, typer.Argument(metavar="MINUTES")],
    number: Annotated[int, typer.Argument(metavar="NUMBER", min=1)],
    state: Annotated[ActionState, typer.Argument(metavar="done|dropped")],
    text: Annotated[str, typer.Option("--text", metavar="TEXT")],
    text_zh: Annotated[str, typer.Option("--text-zh", metavar="TEXT")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Say what became of an action of ours; everybody who was there is told."""
    with _desk(by) as desk:
        kept = desk.say_of_action(minutes, number, state=state, text={"en": text, "zh": text_zh})
    _tell(kept, as_json=as_json, whole=True)


def _every() -> list[KeptMinutes]:
    from comity.bootstrap.desk import desk_read

    with desk_read(settings()) as records:
        return records.coalition.minutes()


def _text(path: Path) -> str:
    return path.read_bytes()[:_LIMIT].decode("utf-8", "replace").replace("\r\n", "\n").strip()


def _action(text: str) -> tuple[str, dict[str, str], datetime]:
    """An action as an operator types it: OWNER | DAY | what | 做什么."""
    parts = [each.strip() for each in text.split("|")]
    if len(parts) != _PARTS:
        raise wrong("action-form", text)
    owner, due, english, chinese = parts
    return owner.lower(), {"en": english, "zh": chinese}, days.end(due)


def _tell(kept: KeptMinutes, *, as_json: bool, whole: bool) -> None:
    now, said, say = datetime.now(UTC), kept.said, speaker().say
    if as_json:
        print(json.dumps(_object(kept, now)))
        return
    language = "zh" if speaker().language.startswith("zh") else "en"
    head = say(
        "minutes.head",
        id=said.minutes_id,
        day=f"{said.held:%Y-%m-%d}",
        issuer=plain(said.issuer),
        title=plain(said.title[language]),
        n=len(kept.open_actions()),
    )
    _print(head, indent=0)
    if not whole:
        return
    _print(say("minutes.present", present=plain(", ".join(said.present))))
    for text in (said.text[language], said.text["en" if language == "zh" else "zh"]):
        for line in text.splitlines():
            _print(plain(line))
    for action in said.actions:
        _print(_action_line(action, kept, now))


def _action_line(action: Action, kept: KeptMinutes, now: datetime) -> str:
    say, done = speaker().say, kept.reports.get(action.number)
    language = "zh" if speaker().language.startswith("zh") else "en"
    state = "late" if done is None and action.due <= now else "open" if done is None else done.state.value
    told = say(
        f"minutes.action.{state}",
        id=f"{kept.said.minutes_id} {action.number}",
        owner=plain(action.owner),
        day=f"{action.due - timedelta(seconds=1):%Y-%m-%d}",
        what=plain(action.what[language]),
    )
    return told if done is None else f"{told} ({plain(done.text[language])})"


def _print(text: str, *, indent: int = 4) -> None:
    for line in wrapped(text, _WIDTH):
        print(" " * indent + line)


def _action_object(action: Action, kept: KeptMinutes, now: datetime) -> dict[str, object]:
    done = kept.reports.get(action.number)
    return {
        "minutes": kept.said.minutes_id,
        "number": action.number,
        "owner": action.owner,
        "what": dict(action.what),
        "due": action.due.isoformat(),
        "state": "open" if done is None else done.state.value,
        "late": done is None and action.due <= now,
        "report": None if done is None else dict(done.text),
    }


def _object(kept: KeptMinutes, now: datetime) -> dict[str, object]:
    said = kept.said
    return {
        "minutes": said.minutes_id,
        "issuer": said.issuer,
        "held": said.held.isoformat(),
        "present": list(said.present),
        "title": dict(said.title),
        "text": dict(said.text),
        "actions": [_action_object(each, kept, now) for each in said.actions],
        "by": said.by,
        "made": said.made.isoformat(),
        "note": kept.note,
    }
