"""Proof by mail that a domain is somebody's: a code to its abuse and postmaster mailboxes, and the answer that consents.

Trust:      whoever knows the code reads one of those mailboxes. What is then told goes there, never to whoever sent the answer,
            so a copied code opens nothing. A program that repeats our mail proves nothing (``comity.formats.proof``).
Standards:  RFC 2142 (abuse, postmaster), RFC 3834.
Answers:    ``MailProof.ask(rows, subject, ...)`` puts the mails into the outbox; ``answered(rows, desk, text)`` takes one in.
Limits:     only when our operator asks for it, once a day for a subject; a code holds for seven days and once. The history keeps
            its hash alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from comity.accord import recourse as rules
from comity.formats import automatic_mail, proof
from comity.model.agreement import FeedbackProvider
from comity.model.outcomes import ComityError, Outcome
from comity.model.recourse import RecourseEvent
from comity.model.sending import AFFECTED, OutboxKind, Peer, PeerState
from comity.services.complain.rows import enter
from comity.services.prove.recourse.acting import RecourseDesk, Why
from comity.services.prove.recourse.mail import Words
from comity.services.prove.recourse.rows import RecourseTransaction

ONCE_IN: Final = timedelta(days=1)
HOLDS: Final = timedelta(days=7)
_ASKED, _DONE, _DENIED = "prove-mail", "proved-mail", "denied-mail"


class MailProof:
    """Asks the mailboxes of a domain, and takes their answers."""

    def __init__(
        self, provider: FeedbackProvider, words: Mapping[str, Words], *, chance: Callable[[int], bytes]
    ) -> None:
        self._provider, self._words, self._chance = provider, words, chance

    def ask(self, rows: RecourseTransaction, subject: str, *, actor: str, now: datetime) -> list[str]:
        """Write to the mailboxes of a domain; to whom. Nobody is written to about whom nothing stands here."""
        found = rules.subject_of(subject)
        to = [] if found is None else rules.mailboxes(found)
        if not to:
            raise ComityError("recourse-mailbox", subject, outcome=Outcome.USAGE, place=subject)
        about = rows.recourses.about(str(found))
        if not about:
            return []
        reference, state = about[0][0].reference, about[0][1].state
        for made, _ in about:
            if any(each.act == _ASKED and now - each.at < ONCE_IN for each in rows.recourses.history(made.reference)):
                raise ComityError("recourse-mailed", subject, outcome=Outcome.TRY_AGAIN, place=subject)
        code = proof.code(self._chance(proof.CODE_BYTES))
        event = RecourseEvent(at=now, actor=actor, act=_ASKED, note=_hash(code), to_state=state)
        rows.recourses.note(reference, event)
        if AFFECTED not in rows.peers.by_name([AFFECTED]):  # one that our operator holds stays held
            rows.peers.put(Peer(name=AFFECTED, address=self._provider.address, state=PeerState.LIVE, since=now))
        for address in to:
            self._enter(rows, address, str(found), code, now=now)
        return to

    def answered(
        self, rows: RecourseTransaction, desk: RecourseDesk, text: str, *, by: str | None, now: datetime
    ) -> list[Why] | None:
        """Take an answer in: what is told to the mailbox now. None where it is no such answer."""
        said = proof.answer_in(text)
        lines = [] if said is None else rows.recourses.noted(_hash(said.code), now - HOLDS)
        if said is None or not lines or any(each.act != _ASKED for _, each in lines):
            return None
        reference, asked = lines[0]
        made, recourse = desk.find(reference)
        act = _DONE if said.agrees else _DENIED
        event = RecourseEvent(at=now, actor=by or "mail", act=act, note=asked.note, to_state=recourse.state)
        rows.recourses.note(reference, event)
        if not said.agrees:
            return []
        mailbox = rules.mailboxes(made.subject)[0]
        return [_told(rows, desk, each.reference, mailbox=mailbox) for each, _ in rows.recourses.about(made.subject)]

    def _enter(  # noqa: PLR0917
        self, rows: RecourseTransaction, to: str, subject: str, code: str, *, now: datetime
    ) -> None:
        token = self._chance(12).hex()
        organisation = self._provider.organisation
        facts = {"subject": subject, "code": code, "organisation": organisation, "ours": self._provider.address}
        mail = automatic_mail.AutomaticMail(
            header_from=self._provider.address,
            organisation=organisation,
            to=to,
            subject=" / ".join(each.say("recourse.mail.prove.subject", **facts) for each in self._words.values()),
            written=now,
            message_id=f"{token}.recourse@{self._provider.domain}",
            is_answer=False,
            text="\n\n".join(each.say("recourse.mail.prove", **facts) for each in self._words.values()) + "\n",
        )
        data = automatic_mail.write(mail)
        row = enter(OutboxKind.NOTICE, data, party=AFFECTED, address=to, bounce_token=token, now=now)
        rows.sending.add_outbox([row])


def _told(rows: RecourseTransaction, desk: RecourseDesk, reference: str, *, mailbox: str) -> Why:
    """The reasons, for the mailbox that proved itself; later answers go there, too."""
    why = desk.ask(reference, asker=mailbox, how="mail")
    if not rules.speaks_for(why.consequence.subject, why.recourse.asker):  # whoever asked before has proved nothing
        rows.recourses.put(replace(why.recourse, asker=mailbox))
    return replace(why, recourse=replace(why.recourse, asker=mailbox))


def _hash(code: str) -> str:
    return sha256(code.encode()).hexdigest()[:32]
