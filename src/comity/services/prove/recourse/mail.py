"""Recourse by mail: warnings and answers go out, questions and arguments come in.

Trust:      a mail that comes in is believed for the reference in it, and for From: where that domain signed it (``who_wrote``): the
            history says where nobody did. Nothing is mailed to a stranger: only to a peer that is live, at an address that was
            agreed on or its mailbox for abuse, because anybody may have a mailbox at a provider; to the abuse or postmaster
            mailbox of a domain that has proved by mail that it is its own, or that signed its mail; or to the mailbox that a person
            of ours had warned (``mailbox``); other answers are given to our own operator. A reference stands in every mail that
            was turned away: it proves nothing.
Answers:    ``Post.warn``, ``handed_on``, ``why``, ``objected``, ``overdue``, ``answered`` put mail into the outbox and give its
            text; ``take(desk, text, asker)`` takes one in.
Limits:     the first reference in a mail counts, and the first 4,000 characters. The first mail asks, the ones after it argue.
            An objection is acknowledged when it makes us owe an answer, not again: two programs that answer each other fall silent.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from comity.accord import recourse as rules
from comity.formats import header_text
from comity.formats.mime.addresses import domain_of, first_address
from comity.formats.outcome import OutcomeMessage, write
from comity.model.agreement import Agreement, FeedbackProvider
from comity.model.network_contact import SILENT, ContactState
from comity.model.outcomes import ComityError, Outcome
from comity.model.recourse import Consequence, Recourse, RecourseEvent, RecourseState
from comity.model.sending import AFFECTED, WARNED, OutboxKind, PeerState
from comity.model.tlp import Tlp
from comity.services.complain.rows import enter
from comity.services.prove.recourse.acting import PROGRAM, RecourseDesk, Why
from comity.services.prove.recourse.delivering import token
from comity.services.prove.recourse.rows import RecourseTransaction

REFERENCE: Final = re.compile(r"\bR-[A-Z2-7]{16}\b")
UNPROVED: Final = "unproved "  # before what a mail claims of whom it is from
_LIMIT: Final = 4000
_DAY: Final = timedelta(days=1)
_ONE_A_DAY: Final = 5  # warnings to one mailbox without an agreement
_COUNTS: Final = frozenset({"warn", "answer"})  # what must arrive: it has an address to come back to
_ALL_A_DAY: Final = 50  # mails to all of them


class Words(Protocol):
    """Sentences of one language."""

    def say(self, message_id: str, /, **arguments: object) -> str:
        """The sentence with its holes filled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A text that goes out: in the outbox, or, with the reason, for the operator to hand on."""

    text: str
    # "no-agreement", "observe", "suspended", "no-contact", "by-rule", "enough", "warned-observe", "warned", "returned", "over"
    not_mailed: str | None
    to: str | None = None  # whom it is in the outbox for


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of a mail."""

    reference: str
    act: str  # "ask", "argue"
    state: RecourseState
    is_owed_anew: bool = False  # since this mail a person owes an answer


class Post:
    """Writes to the other side."""

    def __init__(
        self,
        provider: FeedbackProvider,
        agreements: Sequence[Agreement],
        words: Mapping[str, Words],
        *,
        new_token: Callable[[], str],
        warning: timedelta,
        pages: str | None = None,
    ) -> None:
        """``warning``: how long before it begins; ``pages``: where other networks read our pages, None where we have none."""
        self._provider, self._words, self._new_token, self._pages = provider, words, new_token, pages
        self._warning = warning
        self._by_domain = {each.address.rpartition("@")[2].lower(): each for each in agreements}

    def warn(self, rows: RecourseTransaction, made: Consequence, *, by: str, now: datetime) -> Posted:
        """Tell the other side what will be done, from when on, until when, and how to ask why; ``by`` whom of ours.

        Where there is no agreement: the mailbox for abuse, once a person decided it, and mail to such networks is live. One mailbox
        is warned of one thing once, and nobody of what is over. What waits begins when the next host took the mail
        (``delivering``).
        """
        to: str | None
        refusal: str | None
        made = self._beginning(made, now)
        told, is_stranger = warned_at(rows, made), made.peer not in self._by_domain and made.measure in rules.HURTING
        if is_stranger:
            to, refusal = mailbox(rows, made, by=by, now=now)
        else:
            to, refusal = self._to(None, made, self._by_domain.get(made.peer or "")), None
        if refusal is None and to in returned_from(rows, made):
            refusal = "returned"
        if made.lifted is not None or now >= made.ends or made.waits:
            refusal = "over"
        elif refusal is None and told is not None and told == to:
            refusal = "warned"
        if refusal is not None:
            return Posted(text=self._text(made, self._what(made))[1], not_mailed=refusal)
        posted = self._post(rows, made, "warn", self._what(made), now=now, warned=to if is_stranger else None)
        if posted.to is not None:
            self._note(rows, made, by, posted.to, now=now)
        return posted

    def wording(self, made: Consequence, now: datetime) -> str:
        """What a warning of it says now."""
        made = self._beginning(made, now)
        return self._text(made, self._what(made))[1]

    def handed_on(self, rows: RecourseTransaction, made: Consequence, how: str, *, by: str, now: datetime) -> Posted:
        """A person of ours told the other side by another way."""
        if not how.strip():
            raise ComityError("recourse-empty", made.reference, outcome=Outcome.USAGE, place=made.reference)
        if made.waits and made.lifted is None:
            begun = self._beginning(made, now)
            if begun.waits:
                raise ComityError("recourse-end-past", made.reference, outcome=Outcome.BAD_INPUT, place=made.reference)
            rows.recourses.begin(made.reference, begun.begins)
        self._note(rows, made, by, how, now=now)
        return Posted(text="", not_mailed="handed-on")

    def _beginning(self, made: Consequence, now: datetime) -> Consequence:
        """As it is once somebody is warned now; still waiting, where it would be over before it begins."""
        return replace(made, begins=min(now + self._warning, made.ends)) if made.waits else made

    @staticmethod
    def _note(rows: RecourseTransaction, made: Consequence, by: str, told: str, *, now: datetime) -> None:  # noqa: PLR0917
        found = rows.recourses.find(made.reference)
        state = RecourseState.OPEN if found is None else found[1].state
        event = RecourseEvent(at=now, actor=by, act=rules.WARNED, note=told, to_state=state)
        rows.recourses.note(made.reference, event)

    def why(self, rows: RecourseTransaction, why: Why, *, now: datetime) -> Posted:
        """Tell why."""
        return self._post(rows, why.consequence, "why", self._evidence(why), now=now, asker=why.recourse.asker)

    def objected(self, rows: RecourseTransaction, made: Consequence, recourse: Recourse, *, now: datetime) -> Posted:
        """Tell that the objection, or the wish for a second person, is here, and by when a person answers."""
        what = "escalated" if recourse.state is RecourseState.ESCALATED else "objected"
        return self._by_day(rows, made, recourse, what, now=now)

    def unanswered(self, rows: RecourseTransaction, made: Consequence, recourse: Recourse, *, now: datetime) -> None:
        """Write down that they asked or objected by mail, and that no mail of ours may tell them anything: a person has to."""
        event = RecourseEvent(at=now, actor=PROGRAM, act=rules.UNANSWERED, note=None, to_state=recourse.state)
        rows.recourses.note(made.reference, event)

    def overdue(self, rows: RecourseTransaction, made: Consequence, recourse: Recourse, *, now: datetime) -> Posted:
        """Tell that our answer is late, and that it is still owed."""
        return self._by_day(rows, made, recourse, "overdue", now=now)

    def _by_day(  # noqa: PLR0917
        self, rows: RecourseTransaction, made: Consequence, recourse: Recourse, what: str, *, now: datetime
    ) -> Posted:
        due = f"{recourse.due or now:%Y-%m-%d %H:%M}"

        def lines(say: Callable[..., str]) -> list[str]:
            return [say(f"recourse.mail.{what}", subject=made.called, due=due, reference=made.reference)]

        return self._post(rows, made, what, lines, now=now, asker=recourse.asker)

    def answered(self, rows: RecourseTransaction, why: Why, act: str, text: str, *, now: datetime) -> Posted:  # noqa: PLR0917
        """Give the dated answer."""

        def lines(say: Callable[..., str]) -> list[str]:
            who = why.recourse.answered_by or ""
            told = [say(f"recourse.mail.{act}", day=now.date().isoformat(), name=who), "", text, ""]
            if act == "refuse":
                told.append(say("recourse.mail.escalate", reference=why.consequence.reference))
            return told

        return self._post(rows, why.consequence, "answer", lines, now=now, asker=why.recourse.asker)

    def _what(self, made: Consequence) -> Callable[[Callable[..., str]], list[str]]:
        return lambda say: [
            say(
                "recourse.mail.waits" if made.waits else "recourse.mail.what",
                subject=made.called,
                measure=say(f"recourse.measure.{made.measure.value}"),
                begins=f"{made.begins:%Y-%m-%d %H:%M}",
                ends=made.last_day,
            ),
            say("recourse.mail.reason", reason=made.reason),
            say("recourse.mail.how", reference=made.reference, address=self._provider.address),
            *(
                []
                if self._pages is None
                else [say("recourse.mail.pages", page=f"{self._pages.rstrip('/')}/recourse/{made.reference}")]
            ),
        ]

    def _evidence(self, why: Why) -> Callable[[Callable[..., str]], list[str]]:
        return lambda say: [
            *self._what(why.consequence)(say),
            "",
            *why_lines(why, say),
        ]

    def _post(  # noqa: PLR0917
        self,
        rows: RecourseTransaction,
        made: Consequence,
        what: str,
        lines: Callable[[Callable[..., str]], list[str]],
        *,
        now: datetime,
        asker: str | None = None,
        warned: str | None = None,
    ) -> Posted:
        agreement = self._by_domain.get(made.peer or "")
        languages, text = self._text(made, lines)
        to, party = self._to(asker, made, agreement), AFFECTED if agreement is None else agreement.peer
        known = None if agreement is not None else warned or warned_at(rows, made)
        if known is not None and to is None and _is_silent(rows, known):  # whoever cites the reference may be anybody
            return Posted(text=text, not_mailed="no-contact")
        if known is not None and to in (None, known):
            to, party = known, WARNED
        if to is None:
            return Posted(text=text, not_mailed="no-agreement")
        peer = rows.peers.by_name([party]).get(party)
        if peer is None or peer.state is not PeerState.LIVE:
            is_suspended = peer is not None and peer.state is PeerState.SUSPENDED
            held = "warned-observe" if party == WARNED else "observe"
            return Posted(text=text, not_mailed="suspended" if is_suspended else held)
        chance = self._new_token()
        mail = OutcomeMessage(
            header_from=self._provider.address,
            organisation=self._provider.organisation,
            to=to,
            subject=" / ".join(each.say(f"recourse.mail.subject.{what}", subject=made.called) for each in languages),
            written=now,
            message_id=f"recourse.{chance}@{self._provider.domain}",
            in_reply_to=None,
            text=text,
            statement=b'{"type":"recourse"}',
            tlp=Tlp.AMBER if agreement is None else agreement.tlp,
        )
        data = write(mail)
        kind, named = OutboxKind.ANSWER, chance
        if what in _COUNTS:
            kind, named = OutboxKind.RECOURSE, token(chance, made.reference)
        row = enter(kind, data, party=party, address=to, bounce_token=named, now=now)
        rows.sending.add_outbox([row])
        return Posted(text=text, not_mailed=None, to=to)

    def _text(self, made: Consequence, lines: Callable[[Callable[..., str]], list[str]]) -> tuple[list[Words], str]:
        """The words of each language, the one agreed on first, and the text in all of them."""
        agreement = self._by_domain.get(made.peer or "")
        languages = dict.fromkeys((*(agreement.languages if agreement else ()), *self._words))
        texts = [self._words[each] for each in languages if each in self._words]
        return texts, "\n".join(line for words in texts for line in (*lines(words.say), "", ""))

    def _to(self, asker: str | None, made: Consequence, agreement: Agreement | None) -> str | None:
        if agreement is None:
            return asker if rules.speaks_for(made.subject, asker) else None
        is_theirs = asker in (agreement.address, *agreement.contacts) or rules.speaks_for(made.peer or "", asker)
        return asker if is_theirs else next(iter(agreement.contacts), agreement.address)


def mailbox(rows: RecourseTransaction, made: Consequence, *, by: str, now: datetime) -> tuple[str | None, str | None]:
    """Who is warned where there is no agreement, and why that may not be mailed, by name: the mailbox for abuse of a domain's
    organisation; of a network the contact that a person confirmed. Never what a program decided, and few a day.
    """
    subject = rules.subject_of(made.subject)
    to = None if subject is None else rules.warns_at(subject)
    if to is not None and _is_silent(rows, to):
        to = None
    if subject is not None and not isinstance(subject, str):
        found = rows.network_contacts.around(str(subject))
        to = next((each.address for each in found if each.state is ContactState.CONFIRMED), None)
    if to is None:
        return None, "no-contact"
    if by == PROGRAM:
        return to, "by-rule"
    today = [each for _, each in rows.recourses.noted(to, now - _DAY) if each.act == rules.WARNED]
    is_enough = len(today) >= _ONE_A_DAY or rows.sending.released_since(WARNED, now - _DAY) >= _ALL_A_DAY
    return to, "enough" if is_enough else None


def _is_silent(rows: RecourseTransaction, address: str) -> bool:
    """Whether it ended our mail, or bounced."""
    known = rows.network_contacts.find(address)
    return known is not None and known.state in SILENT


def warned_at(rows: RecourseTransaction, made: Consequence) -> str | None:
    """The mailbox that was warned of it, where there is no agreement: what is said about it goes there, whoever asks."""
    history, returned = rows.recourses.history(made.reference), returned_from(rows, made)
    told = [each.note for each in history if each.act == rules.WARNED and each.note not in returned]
    return next((each for each in reversed(told) if each is not None and header_text.address(each) == each), None)


def returned_from(rows: RecourseTransaction, made: Consequence) -> frozenset[str]:
    """The mailboxes that a warning of it did not reach: they are not warned of it again."""
    history = rows.recourses.history(made.reference)
    notes = [each.note for each in history if each.act == rules.UNWARNED and each.note is not None]
    return frozenset(each.partition(": ")[0] for each in notes)


def why_lines(why: Why, say: Callable[..., str]) -> list[str]:
    """The evidence and the arithmetic in words."""
    made = why.consequence
    lines = []
    for name, n in sorted(made.classes.items()):
        lines.append(say("recourse.why.class", name=say(f"triage.class.{name}"), n=n))
    if made.also is not None:
        lines.append(say("recourse.why.also", name=say(f"recourse.also.{made.also}")))
    if why.reports:
        first, last = (f"{each:%Y-%m-%d}" if each else "-" for each in (why.first, why.last))
        complainers = say("recourse.why.complainers", n=why.complainers)
        lines.append(say("recourse.why.sum", n=why.reports, complainers=complainers, first=first, last=last))
    for day, sort, address, signer, n in why.lines:
        about = " ".join(each for each in (address, signer) if each)
        lines.append(say("recourse.why.line", day=day, name=say(f"triage.class.{sort}"), about=about, n=n))
    if why.more:
        lines.append(say("recourse.why.more", n=why.more))
    lines.append(say("recourse.why.rule"))
    return lines


def who_wrote(said: Sequence[str], signed_by: Collection[str]) -> tuple[str | None, str]:
    """The address that a mail is from by its fields From:, None where the signature of no such domain proves it; and how whoever
    wrote it is called in the history: as nobody with an account is, whatever he calls himself.

    >>> who_wrote(["Abuse <abuse@east.example>"], ["east.example"])
    ('abuse@east.example', 'abuse@east.example')
    >>> who_wrote(["Ann <Ann>"], []), who_wrote(["abuse@east.example"], ["west.example"])
    ((None, 'unproved Ann'), (None, 'unproved abuse@east.example'))
    """
    address = first_address(said[0]) if said else None
    domain = domain_of(address)
    is_signed = domain is not None and any(domain == each or domain.endswith(f".{each}") for each in signed_by)
    if address is not None and is_signed and len(said) == 1:  # a signature covers the last of several
        return address, address
    return None, "mail" if address is None else f"{UNPROVED}{address}"


def take(desk: RecourseDesk, text: str, asker: str | None) -> Taken | None:
    """Take a mail in that cites a reference of ours; None where it cites none, or one that does not take it any more."""
    found = REFERENCE.search(text[: 4 * _LIMIT])
    if found is None:
        return None
    reference = found[0]
    try:
        _, recourse = desk.find(reference)
        if recourse.state is RecourseState.OPEN:
            why = desk.ask(reference, asker=asker, how="mail")
            return Taken(reference=reference, act="ask", state=why.recourse.state)
        changed = (
            desk.escalate(reference, text[:_LIMIT])
            if recourse.state is RecourseState.REFUSED
            else desk.argue(reference, text[:_LIMIT], asker=asker)
        )
    except ComityError:
        return None  # a reference that is not ours, or one whose recourse is over
    is_owed_anew = recourse.due is None and changed.due is not None
    return Taken(reference=reference, act="argue", state=changed.state, is_owed_anew=is_owed_anew)
