"""``comity case write``: a letter to the customer, a reporter or a network of a case, whose answers come back to it.

Trust:      to whom can be written says ``comity.services.receive.conversation.addressing``; the letter names it.
Answers:    the letter, or ``--json``; with ``--preview`` the mail as it would leave, and nothing is written. Its text is a
            template of the playbook, or what stands in files, one for each language.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.desk.account import account
from comity.cli.speech import plain, speaker
from comity.model.case_letter import Correspondent
from comity.model.outcomes import ComityError, Outcome
from comity.services.public.cases import letter_object
from comity.services.public.times import instant

if TYPE_CHECKING:
    from comity.formats.letter_files import Attachment
    from comity.model.playbook import Span
    from comity.services.receive.conversation.writing import Composed, Draft

_MOST = 100_000


def write(  # noqa: PLR0913, PLR0917 - the options of a command line
    case: Annotated[str, typer.Argument(metavar="CASE")],
    to: Annotated[str, typer.Option("--to", metavar="customer|reporter|writer|peer|network")],
    template: Annotated[str | None, typer.Option("--template", metavar="NAME")] = None,
    subject: Annotated[str | None, typer.Option("--subject", metavar="TEXT")] = None,
    text_en: Annotated[Path | None, typer.Option("--text-en", metavar="FILE")] = None,
    text_zh: Annotated[Path | None, typer.Option("--text-zh", metavar="FILE")] = None,
    of_report: Annotated[int | None, typer.Option("--report", metavar="NUMBER")] = None,
    answer_within: Annotated[str | None, typer.Option("--answer-within", metavar="SPAN")] = None,
    attach: Annotated[list[Path] | None, typer.Option("--attach", metavar="FILE", exists=True, dir_okay=False)] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME")] = None,
    preview: Annotated[bool, typer.Option("--preview")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Write to the customer or a reporter; what they answer joins the case."""
    from comity.bootstrap.conversation.letter_desk import LetterDesk
    from comity.bootstrap.desk import desk_read, desk_write
    from comity.services.receive.conversation.addressing import one
    from comity.services.receive.conversation.writing import Draft
    from comity.services.receive.desk import Desk

    if to not in list(Correspondent):
        raise _usage("letter-to", to)
    texts = [_text(path) for path in _files(text_en, text_zh) if path is not None]
    if (template is None) == (not texts):
        raise _usage("letter-text", "--template")
    if texts and subject is None:
        raise _usage("letter-subject", "--subject")
    files = _attached(attach or [])
    found, who, now = settings(), Correspondent(to), datetime.now(UTC)
    letters, within = LetterDesk(found), None if answer_within is None else _span(answer_within)
    with (desk_read if preview else desk_write)(found) as records:
        about = Desk(records, actor="", now=now).find(case)
        recipient = one(letters.recipients(records, about, now), who, report_id=of_report)
        if recipient is None:
            raise _usage("letter-nobody", who.value)
        said = letters.filled(records, template, about) if template is not None else ("", "\n\n".join(texts))
        draft = Draft(
            who=who,
            to=recipient.address,
            subject=subject or said[0],
            text=said[1],
            by=by or account(),
            answer_within=within,
            answers=recipient.answers,
            files=files,
        )
        if preview:
            _show(letters.compose(records, about, draft, now=now), draft, as_json=as_json)
            return
        letter = letters.write(records, about, draft, now=now)
    if as_json:
        print(json.dumps(letter_object(letter), ensure_ascii=True))
        return
    print(speaker().say("letter.written", case=about.case_id, to=plain(recipient.address)))
    if letter.answer_by is not None:
        print(speaker().say("letter.due", day=f"{letter.answer_by:%Y-%m-%d %H:%M} UTC"))


def _show(made: "Composed", draft: "Draft", *, as_json: bool) -> None:
    """The letter as it would leave."""
    heads = {"to": draft.to, "subject": draft.subject, "reply_to": made.reply_to}
    if as_json:
        print(json.dumps({**heads, "answer_by": instant(made.due), "text": made.text}, ensure_ascii=True))
        return
    print(f"To: {plain(draft.to)}\nSubject: {plain(draft.subject)}\nReply-To: {plain(made.reply_to or '-')}\n")
    for line in made.text.splitlines():
        print(plain(line))


def _files(text_en: Path | None, text_zh: Path | None) -> tuple[Path | None, Path | None]:
    return (text_zh, text_en) if settings().identity.language == "zh" else (text_en, text_zh)


def _text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(_MOST + 1)
    try:
        text = data.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        text = ""
    if not text or len(data) > _MOST:
        raise ComityError("letter-file", str(path), outcome=Outcome.BAD_INPUT, place=str(path))
    return text


def _attached(paths: list[Path]) -> "tuple[Attachment, ...]":
    """The files, each of them fit to go along."""
    from comity.formats.letter_files import MOST, SIZE, Attachment, attachment

    found, left = list[Attachment](), SIZE
    if len(paths) > MOST:
        raise _unfit("many", str(paths[MOST]))
    for path in paths:
        with path.open("rb") as file:
            data = file.read(left + 1)
        taken = "large" if len(data) > left else attachment(path.name, data)
        if isinstance(taken, str):
            raise _unfit(taken, str(path))
        found.append(taken)
        left -= len(data)
    return tuple(found)


def _unfit(reason: str, place: str) -> ComityError:
    from comity.formats.letter_files import KINDS, MOST, SIZE

    details = {"most": MOST, "size": f"{SIZE >> 20}", "kinds": KINDS}
    return ComityError(f"attach-{reason}", reason, outcome=Outcome.BAD_INPUT, place=place, details=details)


def _span(text: str) -> "Span":
    from comity.bootstrap.playbook import span_of

    return span_of(text)


def _usage(code: str, text: str) -> ComityError:
    return ComityError(code, f"{code}: {text}", outcome=Outcome.USAGE, details={"text": text})
