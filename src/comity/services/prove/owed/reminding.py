"""Look at who owes an answer to whom, remind a peer of what is overdue, and after the agreed days write to whom it names for that.

Trust:      to whom a mail goes stands in the agreement that both signed. A peer that is not live is told nothing.
Standards:  the agreement: reminded once per deadline, escalated once per deadline; RFC 3834 (auto-generated).
Answers:    ``Reminding(ours).look(rows, paper, now)`` gives ``Looked``: counts are kept, mails are in the outbox.
Limits:     in the caller's transaction: counts, mails and the days up to which a peer was reminded are written together, so that
            whoever starts again writes nothing twice. What became overdue on one day is one mail, however many reports.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, Protocol

from comity.formats import automatic_mail
from comity.model.agreement_document import AgreedSide, AgreementPaper
from comity.model.owed import AnswerWatch
from comity.model.playbook import Calendar
from comity.model.sending import OutboxKind, PeerState
from comity.services.complain.rows import enter
from comity.services.prove.owed import counting
from comity.services.prove.owed.counting import Terms

_NAMED: Final = 5
REMINDER, ESCALATION = "reminder", "escalation"
_ROLES: Final = {REMINDER: ("desk",), ESCALATION: ("escalation", "desk")}


class Words(Protocol):
    """Sentences of one language."""

    language: str

    def say(self, message_id: str, /, **arguments: object) -> str:
        """The sentence with its holes filled."""


class OwedRows(Protocol):
    """Who waits for whose answer."""

    def by_them(self, peer: str) -> Mapping[date, int]:
        """Complaints of ours that this peer has not answered, by day of exchange."""

    def by_us(self, peer: str) -> Mapping[date, int]:
        """Complaints of this peer that we have not answered."""

    def named(self, peer: str, days: Collection[date], most: int) -> list[str]:
        """The ids of some of ours of these days."""

    def watch(self, peer: str) -> AnswerWatch | None:
        """How one peer stood when it was looked at last."""

    def put(self, watch: AnswerWatch) -> None:
        """How a peer stands now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """Who writes, in which languages, and by which days both work."""

    domain: str
    address: str
    organisation: str
    words: Sequence[Words]
    calendar_of: Callable[[str], Calendar]  # by an address
    calendar: Calendar  # our own
    new_token: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """How a peer stands, and the mails that were written: kind and address."""

    watch: AnswerWatch
    mailed: tuple[tuple[str, str], ...] = ()


class Reminding:
    """Looks at answers."""

    def __init__(self, ours: Ours) -> None:
        self._ours = ours

    def look(self, rows: Any, paper: AgreementPaper, *, party: str | None, now: datetime) -> Looked:
        """Count both directions of one agreement in force; ``party`` is what our own mail to this peer goes by, None for none."""
        watch, days, terms = self.count(rows, paper, now=now)
        mailed: list[tuple[str, str]] = []
        if party is not None and self._is_live(rows, party):
            reminded = watch.reminded  # before now: nobody is escalated in the moment in which his desk is reminded
            for kind, within in ((REMINDER, terms.direction.answer_days), (ESCALATION, terms.escalation)):
                before = watch.reminded if kind == REMINDER else watch.escalated
                late = counting.overdue(days, within, terms.calendar, now=now)
                if kind == ESCALATION:
                    late = [each for each in late if reminded is not None and each <= reminded]
                fresh = [each for each in late if before is None or each > before]
                if not fresh:
                    continue
                reports = sum(days[each] for each in fresh)
                mailed += self._write(rows, paper, party, late=(kind, fresh, within, reports), now=now)
                last = fresh[-1]
                watch = replace(watch, reminded=last) if kind == REMINDER else replace(watch, escalated=last)
        rows.owed_answers.put(watch)
        return Looked(watch=watch, mailed=tuple(mailed))

    def count(
        self, rows: Any, paper: AgreementPaper, *, now: datetime
    ) -> tuple[AnswerWatch, Mapping[date, int], Terms]:
        """How both directions stand, what they owe us by day, and by which terms."""
        document, ours = paper.document, self._ours
        peer = document.other(ours.domain)
        theirs = Terms(
            direction=document.directions[ours.domain],
            escalate_days=document.escalate_days,
            calendar=ours.calendar_of(document.sides[peer].address),
        )
        own = Terms(direction=document.directions[peer], escalate_days=document.escalate_days, calendar=ours.calendar)
        days = rows.owed_answers.by_them(peer)
        receipts = counting.unreceipted(rows.history, rows.closes, (ours.domain, peer), terms=theirs, now=now)
        before = rows.owed_answers.watch(peer)
        watch = AnswerWatch(
            peer=peer,
            at=now,
            theirs=counting.owed(days, theirs, now=now, unreceipted=receipts),
            ours=counting.owed(rows.owed_answers.by_us(peer), own, now=now),
            reminded=before.reminded if before else None,
            escalated=before.escalated if before else None,
        )
        return watch, days, theirs

    @staticmethod
    def _is_live(rows: Any, party: str) -> bool:
        known = rows.peers.by_name([party]).get(party)
        return known is not None and known.state is PeerState.LIVE

    def _write(
        self, rows: Any, paper: AgreementPaper, party: str, *, late: tuple[str, list[date], int, int], now: datetime
    ) -> list[tuple[str, str]]:
        kind, days, within, reports = late
        peer = paper.document.other(self._ours.domain)
        side = paper.document.sides[peer]
        named = rows.owed_answers.named(peer, days, _NAMED)
        words = sorted(self._ours.words, key=lambda each: _place(side, each.language))
        holes: dict[str, object] = {
            "n": reports,
            "organisation": self._ours.organisation,
            "when": " – ".join(dict.fromkeys((days[0].isoformat(), days[-1].isoformat()))),
            "days": within,
            "version": paper.document.version,
            "names": ", ".join(named),
            "more": max(reports - len(named), 0),
        }
        text = "\n\n".join(f"{each.say(f'owed.mail.{kind}', **holes)}\n{each.say('owed.mail.how')}" for each in words)
        subject = " / ".join(each.say(f"owed.mail.{kind}.subject", **holes) for each in words)
        to = _addresses(side, kind)
        rows.sending.add_outbox([self._row(party, each, (subject, text + "\n"), now=now) for each in to])
        return [(kind, each) for each in to]

    def _row(self, party: str, to: str, said: tuple[str, str], *, now: datetime) -> Any:
        ours, token = self._ours, self._ours.new_token()
        data = automatic_mail.write(
            automatic_mail.AutomaticMail(
                header_from=ours.address,
                organisation=ours.organisation,
                to=to,
                subject=said[0],
                written=now,
                message_id=f"{token}.owed@{ours.domain}",
                is_answer=False,
                text=said[1],
            )
        )
        return enter(OutboxKind.NOTICE, data, party=party, address=to, bounce_token=token, now=now)


def _addresses(side: AgreedSide, kind: str) -> list[str]:
    """Whom the agreement names for this: else its desk, else where its reports go."""
    for role in _ROLES[kind]:
        found = [each.address for each in side.contacts if each.role == role]
        if found:
            return list(dict.fromkeys(found))
    return [side.address]


def _place(side: AgreedSide, language: str) -> int:
    """How early the other side wants to read this language."""
    wanted, ours = [each.partition("-")[0] for each in side.languages], language.partition("_")[0]
    return wanted.index(ours) if ours in wanted else len(wanted)
