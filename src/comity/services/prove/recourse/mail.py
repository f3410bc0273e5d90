"""Recourse by mail: warnings and answers go out, questions and arguments come in.

Trust:      a mail that comes in is believed for the reference in it. Nothing is mailed to a stranger: only to a peer that is
            live, at an address of its own domain or the one that was agreed on, or to the abuse or postmaster mailbox of a domain
            that has proved by mail that it is its own; other answers are given to our own operator.
Answers:    ``Post.warn``, ``why``, ``objected``, ``overdue``, ``answered`` put mail into the outbox and give its text;
            ``take(desk, text, asker)`` takes one in.
Limits:     the first reference in a mail counts, and the first 4,000 characters. The first mail asks, the ones after it argue.
            An objection is acknowledged when it makes us owe an answer, not again: two programs that answer each other fall silent.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from comity.accord import recourse as rules
from comity.formats import header_text
from comity.formats.outcome import OutcomeMessage, write
from comity.model.agreement import Agreement, FeedbackProvider
from comity.model.outcomes import ComityError
from comity.model.recourse import Consequence, Recourse, RecourseState
from comity.model.sending import AFFECTED, OutboxKind, PeerState
from comity.model.tlp import Tlp
from comity.services.complain.rows import enter
from comity.services.prove.recourse.acting import RecourseDesk, Why
from comity.services.prove.recourse.rows import RecourseTransaction

REFERENCE: Final = re.compile(r"\bR-[A-Z2-7]{16}\b")
_LIMIT: Final = 4000


class Words(Protocol):
    """Sentences of one language."""

    def say(self, message_id: str, /, **arguments: object) -> str:
        """The sentence with its holes filled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A text that goes out: in the outbox, or, with the reason, for the operator to hand on."""

    text: str
    not_mailed: str | None  # "no-agreement", "observe", "suspended"


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
    ) -> None:
        self._provider, self._words, self._new_token = provider, words, new_token
        self._by_domain = {each.address.rpartition("@")[2].lower(): each for each in agreements}

    def warn(self, rows: RecourseTransaction, made: Consequence, *, now: datetime) -> Posted:
        """Tell the other side what will be done, from when on, until when, and how to ask why."""
        return self._post(rows, made, "warn", self._what(made), now=now)

    def why(self, rows: RecourseTransaction, why: Why, *, now: datetime) -> Posted:
        """Tell why."""
        return self._post(rows, why.consequence, "why", self._evidence(why), now=now, asker=why.recourse.asker)

    def objected(self, rows: RecourseTransaction, made: Consequence, recourse: Recourse, *, now: datetime) -> Posted:
        """Tell that the objection is here, and by when a person answers."""
        return self._by_day(rows, made, recourse, "objected", now=now)

    def overdue(self, rows: RecourseTransaction, made: Consequence, recourse: Recourse, *, now: datetime) -> Posted:
        """Tell that our answer is late, and that it is still owed."""
        return self._by_day(rows, made, recourse, "overdue", now=now)

    def _by_day(  # noqa: PLR0917
        self, rows: RecourseTransaction, made: Consequence, recourse: Recourse, what: str, *, now: datetime
    ) -> Posted:
        due = f"{recourse.due or now:%Y-%m-%d %H:%M}"

        def lines(say: Callable[..., str]) -> list[str]:
            return [say(f"recourse.mail.{what}", subject=made.subject, due=due, reference=made.reference)]

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
                "recourse.mail.what",
                subject=made.subject,
                measure=say(f"recourse.measure.{made.measure.value}"),
                begins=f"{made.begins:%Y-%m-%d %H:%M}",
                ends=made.last_day,
            ),
            say("recourse.mail.reason", reason=made.reason),
            say("recourse.mail.how", reference=made.reference, address=self._provider.address),
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
    ) -> Posted:
        agreement = self._by_domain.get(made.peer or "")
        languages = dict.fromkeys((*(agreement.languages if agreement else ()), *self._words))
        texts = [self._words[each] for each in languages if each in self._words]
        text = "\n".join(line for words in texts for line in (*lines(words.say), "", ""))
        to = self._to(asker, made, agreement)
        if to is None:
            return Posted(text=text, not_mailed="no-agreement")
        party = AFFECTED if agreement is None else agreement.peer
        peer = rows.peers.by_name([party]).get(party)
        if peer is None or peer.state is not PeerState.LIVE:
            is_suspended = peer is not None and peer.state is PeerState.SUSPENDED
            return Posted(text=text, not_mailed="suspended" if is_suspended else "observe")
        token = self._new_token()
        mail = OutcomeMessage(
            header_from=self._provider.address,
            organisation=self._provider.organisation,
            to=to,
            subject=texts[0].say(f"recourse.mail.subject.{what}", subject=made.subject, reference=made.reference),
            written=now,
            message_id=f"recourse.{token}@{self._provider.domain}",
            in_reply_to=None,
            text=text,
            statement=b'{"type":"recourse"}',
            tlp=Tlp.AMBER if agreement is None else agreement.tlp,
        )
        data = write(mail)
        row = enter(OutboxKind.ANSWER, data, party=party, address=to, bounce_token=token, now=now)
        rows.sending.add_outbox([row])
        return Posted(text=text, not_mailed=None)

    def _to(self, asker: str | None, made: Consequence, agreement: Agreement | None) -> str | None:
        if agreement is None:
            return asker if rules.speaks_for(made.subject, asker) else None
        domain = made.peer or ""
        address = None if asker is None else header_text.address(asker)
        named = None if address is None else address.rpartition("@")[2].lower()
        if address is not None and named is not None and (named == domain or named.endswith(f".{domain}")):
            return address
        return next(iter(agreement.contacts), agreement.address)


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
