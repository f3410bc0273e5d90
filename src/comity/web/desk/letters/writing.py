"""A letter about a case: written, looked at as it would leave, and only then sent.

Trust:      to whom can be written is what ``comity.services.receive.conversation.addressing`` finds at that moment, nothing that
            a form says. The letter that is answered is a stranger's and shown as text; who sees it is written down.
Standards:  POST, redirect, GET for what is sent; a preview writes nothing, and is what is sent afterwards, word for word.
Answers:    ``routes(door)``: GET, POST /cases/{case}/write; ``act`` is preview, edit or send.
Limits:     twenty thousand characters. What others did to the case since the page was opened stands on the preview; once more
            where it happened while that was read, and then nothing is sent.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.bootstrap.conversation.letter_desk import LetterDesk, draft
from comity.formats.item_facts import from_line
from comity.model.account import Permit
from comity.model.desk import CaseEvent, DeskCase
from comity.model.outcomes import ComityError
from comity.services.public.cases import family
from comity.services.receive.conversation.addressing import Recipient
from comity.services.receive.conversation.arriving import NAMES_CASE
from comity.services.receive.conversation.writing import PROGRAM, Composed, Draft
from comity.services.receive.prepare import unpack
from comity.web.desk.case import found_case
from comity.web.desk.door import Door
from comity.web.desk.work import NUMBER, Visit
from comity.web.waiting import Refused, Unfilled

_TEXT: Final = 20_000
_SUBJECT: Final = 200
_SHOWN: Final = 6_000  # characters of the letter that is answered
_SEEN: Final = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,18}\.[0-9]{1,18}")
SPANS: Final = ("3 working days", "5 working days", "10 working days", "30 days")
CHOICES: Final = ("", "en", "zh", "both")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What stands in the form."""

    to: str = ""
    language: str = ""
    template: str = ""
    subject: str = ""
    text: str = ""
    within: str = ""
    item: str = ""  # the letter that is answered
    seen: str = ""  # what was known of the case when the page was opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The letter that is answered."""

    item: int
    writer: str
    subject: str
    message_id: str | None
    packed: tuple[bytes, int] | None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What the page shows."""

    said: Said
    known: Sequence[Recipient]
    obstacle: str | None  # why nobody can be written to
    templates: Mapping[str, Mapping[str, str]]
    answered: Answered | None = None
    chosen: Recipient | None = None
    composed: Composed | None = None
    languages: tuple[str, ...] = ()
    lacks: str | None = None  # why it would not leave
    meanwhile: Sequence[CaseEvent] = ()  # what others did since the page was opened
    is_late: bool = False  # and therefore nothing was sent


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        case, view = await door.seen(visit, lambda records: _blank(door, records, visit))
        return await shown(visit, case, view)

    async def act(visit: Visit) -> Response:
        if not visit.may(Permit.PERSONAL_SEE):
            raise Refused("forbidden", 403)
        said, word = _said(visit), visit.said("act", 10)
        if word == "send":
            case, late = await door.write(lambda records: _send(door, records, visit, said=said))
            if late is None:
                return door.away(f"/cases/{case.case_id}#letters", "letter-written")
            return await shown(visit, case, late, status=409)
        if word not in ("preview", "edit"):
            raise Refused("form", 400)
        looks = _preview if word == "preview" else _again
        case, view = await door.read(lambda records: looks(door, records, visit, said=said))
        return await shown(visit, case, view)

    async def shown(visit: Visit, case: DeskCase, view: Writing, *, status: int = 200) -> Response:
        if not visit.may(Permit.PERSONAL_SEE):
            raise Refused("forbidden", 403)
        await door.saw(visit, "case", case.case_id)
        answered = view.answered
        if answered is not None and answered.packed is not None and view.composed is None:
            await door.saw(visit, "item", answered.item)
            data = unpack(*answered.packed)
            taken = await door.inside(lambda: door.work.take_apart(data))
            texts = [each.text for each in taken.pieces if each.text] if taken is not None else []
            view = replace(view, answered=replace(answered, text="\n".join(texts)[:_SHOWN] or None))
        title = visit.words.say("desk-write.title", case=case.label[:80])
        return door.page(
            visit,
            "letters/write",
            title=title,
            status=status,
            case=case,
            view=view,
            spans=SPANS,
            choices=CHOICES,
            desk=door.work.letters,
        )

    return [
        door.route("/cases/{case}/write", page, Permit.CASES_ACT),
        door.route("/cases/{case}/write", act, Permit.CASES_ACT, method="POST"),
    ]


def _said(visit: Visit) -> Said:
    language, seen, item = visit.said("language", 10), visit.said("seen", 60), visit.said("item", 18)
    return Said(
        to=visit.said("to", 400),
        language=language if language in CHOICES else "",
        template=visit.said("template", 80),
        subject=visit.said("subject", _SUBJECT),
        text=visit.said("text", _TEXT),
        within=visit.said("within", 40),
        item=item if NUMBER.fullmatch(item) else "",
        seen=seen if _SEEN.fullmatch(seen) else "",
    )


def _blank(door: Door, records: Any, visit: Visit) -> tuple[DeskCase, Writing]:
    """The page before anything was written."""
    item = visit.asked("item", 18)
    case, view = _about(door, records, visit, said=Said(item=item if NUMBER.fullmatch(item) else ""))
    answered, to, subject = view.answered, view.known[0].key if view.known else "", ""
    if answered is not None:
        subject = answered.subject if answered.subject.lower().startswith("re:") else f"Re: {answered.subject}"
        writer = answered.writer.lower()
        to = next((each.key for each in view.known if each.address.lower() == writer), to)
    said = replace(view.said, to=to, subject=subject, seen=_seen(records, case, visit))
    return case, replace(view, said=said)


def _again(door: Door, records: Any, visit: Visit, *, said: Said) -> tuple[DeskCase, Writing]:
    """The form as it was left."""
    return _about(door, records, visit, said=said)


def _about(door: Door, records: Any, visit: Visit, *, said: Said) -> tuple[DeskCase, Writing]:
    case = found_case(records, str(visit.request.path_params["case"]))
    desk = door.work.letters
    obstacle = "-" if desk is None else desk.obstacle
    if desk is None or obstacle is not None:
        return case, Writing(said=said, known=(), obstacle=obstacle, templates={})
    return case, Writing(
        said=said,
        known=desk.recipients(records, case, visit.now),
        obstacle=None,
        templates=desk.templates(),
        answered=_answered(records, case, said.item),
        lacks=desk.lacks(records),
    )


def _preview(door: Door, records: Any, visit: Visit, *, said: Said) -> tuple[DeskCase, Writing]:
    """The letter as it would leave, with what others did meanwhile; from now on that is known."""
    case, view = _about(door, records, visit, said=said)
    desk = _desk(door, view)
    to = _chosen(view, said)
    languages = desk.languages(said.language, to)
    said = _filled(desk, records, case, said=said, languages=languages)
    made = _draft(visit, view, to, said=said, languages=languages)
    composed = desk.compose(records, case, made, now=visit.now)
    meanwhile = _since(records, case, visit, seen=said.seen)
    said = replace(said, seen=_seen(records, case, visit))
    return case, replace(view, said=said, chosen=to, composed=composed, languages=languages, meanwhile=meanwhile)


def _send(door: Door, records: Any, visit: Visit, *, said: Said) -> tuple[DeskCase, Writing | None]:
    """Send it; where somebody did something to the case while the preview was read, show it again."""
    case = found_case(records, str(visit.request.path_params["case"]))
    if not _is_as(said.seen, _seen(records, case, visit)):
        case, view = _preview(door, records, visit, said=said)
        return case, replace(view, is_late=True)
    case, view = _about(door, records, visit, said=said)
    desk, to = _desk(door, view), _chosen(view, said)
    made = _draft(visit, view, to, said=said, languages=desk.languages(said.language, to))
    desk.write(records, case, made, now=visit.now)
    return case, None


def _desk(door: Door, view: Writing) -> LetterDesk:
    desk = door.work.letters
    if desk is None or view.obstacle is not None:
        raise Refused("form", 409)
    return desk


def _chosen(view: Writing, said: Said) -> Recipient:
    """To whom; whoever is known no more is written to no more."""
    found = next((each for each in view.known if each.key == said.to), None)
    if found is None:
        raise Unfilled("desk-write.no-recipient", "to", status=409 if said.to else 422)
    return found


def _filled(desk: LetterDesk, records: Any, case: DeskCase, *, said: Said, languages: tuple[str, ...]) -> Said:
    """What a template says stands where nothing was written."""
    if not said.template or said.text:
        return said
    try:
        subject, text = desk.filled(records, said.template, case, languages=languages)
    except ComityError as error:
        raise Unfilled(f"error.{error.code}", "template", arguments=error.details) from None
    return replace(said, subject=said.subject or subject[:_SUBJECT], text=text[:_TEXT])


def _draft(visit: Visit, view: Writing, to: Recipient, *, said: Said, languages: tuple[str, ...]) -> Draft:
    if not said.subject:
        raise Unfilled("desk-write.no-subject", "subject")
    if not said.text:
        raise Unfilled("desk-write.no-text", "text")
    try:
        made = draft(
            to, subject=said.subject, text=said.text, by=visit.signed.account, within=said.within, languages=languages
        )
    except ComityError as error:
        raise Unfilled(f"error.{error.code}", "within", arguments=error.details) from None
    answered = view.answered
    if answered is not None and answered.writer.lower() == to.address.lower():
        return replace(made, answers=answered.message_id)
    return made


def _answered(records: Any, case: DeskCase, item: str) -> Answered | None:
    """The letter that is answered, if it stands in this case."""
    row = records.intake.item(int(item)) if item else None
    if row is None or row.case_id not in family(records, case) or row.why == NAMES_CASE:
        return None
    facts = from_line(row.reading)
    if facts is None or not facts.carried_from:
        return None
    return Answered(
        item=row.id,
        writer=facts.carried_from,
        subject=facts.subject or "",
        message_id=facts.message_id,
        packed=records.intake.bytes_of(row.raw_id),
    )


def _seen(records: Any, case: DeskCase, visit: Visit) -> str:
    """A mark of what is known of a case: how much happened; of that what colleagues did; the newest letters of both sides."""
    members, events = family(records, case), records.cases.events_of(case.case_id)
    mine = (PROGRAM, visit.signed.account)  # what programs did, and oneself, is no surprise
    letters = max((row.id for row in records.intake.letters_of(members, 1)), default=0)
    ours = max((each.letter_id for each in records.case_letters.of(members)), default=0)
    return f"{len(events)}.{sum(each.actor not in mine for each in events)}.{letters}.{ours}"


def _since(records: Any, case: DeskCase, visit: Visit, *, seen: str) -> list[CaseEvent]:
    """What happened since then, where a colleague acted or a letter came or went; nothing where it does not matter."""
    if not seen or _is_as(seen, _seen(records, case, visit)):
        return []
    return list(records.cases.events_of(case.case_id)[int(seen.partition(".")[0]) :])


def _is_as(seen: str, now: str) -> bool:
    return seen.partition(".")[2] == now.partition(".")[2]
