"""A person of the desk writes to a customer or a reporter about a case, and the answers find the case again.

Trust:      a person says to whom: the customer's contact in the operator's list, whoever wrote the letter that opened the case,
            or the reporter of one report. Nothing that arrives makes this write to anybody.
Standards:  RFC 5322 section 3.6.4 (a thread by In-Reply-To), RFC 3834 (a reminder is auto-generated, a person's letter is not).
Answers:    ``Conversation(ours, rows...).write(...)`` puts a letter into the outbox and gives it, ``compose`` says what that mail
            would be; ``keep(records, now)`` notes what bounced, and reminds once of what is overdue. A deadline counts the
            working days of the receiver's calendar.
Limits:     a reply counts as the answer to everything that was written about the case; an automatic one answers nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from comity.cases.playbook.calendar import later
from comity.formats import automatic_mail
from comity.formats.letter_files import Attachment
from comity.model.case_letter import CaseLetter, Correspondent, LetterFile
from comity.model.desk import CaseEvent, DeskCase
from comity.model.outcomes import ComityError, Outcome
from comity.model.playbook import Calendar, Happening, Span
from comity.model.sending import CORRESPONDENTS, OutboxKind, Peer, PeerState
from comity.services.complain.rows import enter

PROGRAM: Final = "comity"
WROTE: Final = "wrote"
BOUNCED: Final = "bounced"
OVERDUE: Final = "overdue"


class LetterRows(Protocol):
    """Rows of letters."""

    def add(self, each: CaseLetter) -> None:
        """A new one."""

    def of(self, case_ids: Sequence[str]) -> list[CaseLetter]:
        """Those of these cases, oldest first."""

    def overdue(self, now: datetime) -> list[CaseLetter]:
        """Those that nobody answered in time, oldest first."""

    def lost(self) -> list[CaseLetter]:
        """Those that could not be delivered, and nobody has noted that."""

    def mark_answered(self, case_ids: Sequence[str], at: datetime) -> None:
        """Somebody answered what was written about these cases."""

    def mark_bounced(self, letter_id: int, at: datetime) -> None:
        """It did not arrive."""

    def mark_reminded(self, letter_id: int, at: datetime) -> None:
        """The other side was reminded, or could not be."""


class Words(Protocol):
    """Sentences of one language."""

    @property
    def language(self) -> str:
        """Which one."""

    def say(self, message_id: str, /, **arguments: object) -> str:
        """The sentence with its holes filled."""


class Happens(Protocol):
    """What is told of bounces, where a playbook is in use."""

    def happen(self, records: Any, case: DeskCase, happening: Happening, *, now: datetime) -> None:
        """Something happened to a case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """Who writes, and by which calendars others work."""

    domain: str
    address: str
    organisation: str
    words: Sequence[Words]  # of every language, our own first
    reply_to: Callable[[str], str | None]
    new_token: Callable[[], str]
    calendars: Mapping[str, Calendar]  # by the domain of whoever is written to
    usual: Calendar

    def in_(self, languages: Sequence[str]) -> Sequence[Words]:
        """The words of these languages, ours first; of all of them where none is named."""
        return [each for each in self.words if not languages or each.language[:2] in languages]

    def calendar_of(self, address: str) -> Calendar:
        """By which days the receiver works: that of its domain, or of the nearest one above."""
        domain = address.rpartition("@")[2].lower()
        while domain:
            if domain in self.calendars:
                return self.calendars[domain]
            domain = domain.partition(".")[2]
        return self.usual


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a person wants to say."""

    who: Correspondent
    to: str
    subject: str
    text: str
    by: str
    answer_within: Span | None = None
    answers: str | None = None  # the Message-ID of what this answers
    files: tuple[Attachment, ...] = ()
    languages: tuple[str, ...] = ()  # in which our own sentences stand in it; none: in every one


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A letter as it would leave; what signs it, and its envelope address, are added when it does."""

    data: bytes = field(repr=False)
    text: str = field(repr=False)
    message_id: str
    token: str
    reply_to: str | None
    due: datetime | None


class Conversation:
    """The letters of a desk."""

    def __init__(self, ours: Ours, following: Happens | None = None) -> None:
        self._ours, self._following = ours, following

    def write(self, records: Any, case: DeskCase, draft: Draft, *, now: datetime) -> CaseLetter:
        """Put a letter into the outbox; it is in the case's thread from now on."""
        made = self.compose(records, case, draft, now=now)
        outbox_id = self._enter(records, made.data, draft.to, token=made.token, now=now)
        letter = CaseLetter(
            case_id=case.case_id,
            who=draft.who,
            address=draft.to,
            subject=draft.subject,
            message_id=made.message_id,
            outbox_id=outbox_id,
            written=now,
            by=draft.by,
            answer_by=made.due,
            files=tuple(
                LetterFile(name=each.name, media_type=each.media_type, size=len(each.data), digest=each.digest)
                for each in draft.files
            ),
        )
        records.case_letters.add(letter)
        note = " + ".join((f"{draft.who.value}: {draft.subject}", *(each.name for each in draft.files)))
        records.cases.record([_event(case, draft.by, WROTE, note=note, now=now)])
        return letter

    def compose(self, records: Any, case: DeskCase, draft: Draft, *, now: datetime) -> Composed:
        """The mail; nothing is written down."""
        ours, due = self._ours, None
        text = draft.text.rstrip("\n") + "\n"
        if draft.answer_within is not None:
            calendar = ours.calendar_of(draft.to)
            due = later(now, draft.answer_within, calendar)
            day = f"{due.astimezone(calendar.zone):%Y-%m-%d %H:%M %Z}"
            text += "\n" + "".join(f"{words.say('letter.answer-by', day=day)}\n" for words in ours.in_(draft.languages))
        thread = records.case_letters.of([case.case_id])
        before = draft.answers or next((each.message_id for each in reversed(thread) if each.address == draft.to), None)
        token, reply_to = ours.new_token(), ours.reply_to(case.case_id)
        message_id = f"{token}.letter@{ours.domain}"
        try:
            data = automatic_mail.write(
                automatic_mail.AutomaticMail(
                    header_from=ours.address,
                    organisation=ours.organisation,
                    to=draft.to,
                    subject=draft.subject,
                    written=now,
                    message_id=message_id,
                    in_reply_to=before,
                    reply_to=reply_to,
                    is_answer=False,
                    is_personal=True,
                    text=text,
                    attachments=draft.files,
                )
            )
        except ValueError:
            raise ComityError(
                "letter-address", f"{draft.to} is no address", outcome=Outcome.BAD_INPUT, details={"text": draft.to}
            ) from None
        return Composed(data=data, text=text, message_id=message_id, token=token, reply_to=reply_to, due=due)

    def keep(self, records: Any, now: datetime) -> tuple[int, int]:
        """Note what bounced, remind of what is overdue; how many of each."""
        lost = records.case_letters.lost()
        for each in lost:
            records.case_letters.mark_bounced(each.letter_id, now)
            self._note(records, each, BOUNCED, now=now)
            case = records.cases.by_id([each.case_id]).get(each.case_id)
            if case is not None and self._following is not None:
                self._following.happen(records, case, Happening.BOUNCE, now=now)
        overdue = [each for each in records.case_letters.overdue(now) if each.reminded is None]
        for each in overdue:
            records.case_letters.mark_reminded(each.letter_id, now)
            self._note(records, each, OVERDUE, now=now)
            self._remind(records, each, now)
        return len(lost), len(overdue)

    def _remind(self, records: Any, letter: CaseLetter, now: datetime) -> None:
        """Say to the other side, once, that an answer is missing."""
        ours, token = self._ours, self._ours.new_token()
        day = f"{letter.answer_by:%Y-%m-%d}" if letter.answer_by else "-"
        data = automatic_mail.write(
            automatic_mail.AutomaticMail(
                header_from=ours.address,
                organisation=ours.organisation,
                to=letter.address,
                subject=letter.subject if letter.subject.lower().startswith("re:") else f"Re: {letter.subject}",
                written=now,
                message_id=f"{token}.letter@{ours.domain}",
                in_reply_to=letter.message_id,
                reply_to=ours.reply_to(letter.case_id),
                is_answer=False,
                text="\n\n".join(
                    words.say("letter.reminder", day=day, case=letter.case_id, organisation=ours.organisation)
                    for words in ours.words
                )
                + "\n",
            )
        )
        self._enter(records, data, letter.address, token=token, now=now)

    def _enter(self, records: Any, data: bytes, to: str, *, token: str, now: datetime) -> int:
        if CORRESPONDENTS not in records.peers.by_name([CORRESPONDENTS]):
            # A person writes: that is the operator's word. From here on the peer can be held like any other.
            records.peers.put(Peer(name=CORRESPONDENTS, address=self._ours.address, state=PeerState.LIVE, since=now))
        row = enter(OutboxKind.NOTICE, data, party=CORRESPONDENTS, address=to, bounce_token=token, now=now)
        records.sending.add_outbox([row])
        return int(records.sending.by_bounce_token(token).outbox_id)

    def _note(self, records: Any, letter: CaseLetter, act: str, *, now: datetime) -> None:
        case = records.cases.by_id([letter.case_id]).get(letter.case_id)
        if case is not None:
            note = f"{letter.who.value}: {letter.subject}"
            records.cases.record([_event(case, PROGRAM, act, note=note, now=now)])


def _event(case: DeskCase, actor: str, act: str, *, note: str, now: datetime) -> CaseEvent:
    return CaseEvent(
        case_id=case.case_id, at=now, actor=actor, act=act, note=note, from_state=case.state, to_state=case.state
    )
