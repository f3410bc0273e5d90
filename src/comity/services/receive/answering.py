"""Tell the reporters of a case what was done: a signed mail for each report, and the same words in the ledger.

Trust:      only reports of peers whose signature was verified are answered, at an address of the peer that signed.
Standards:  TRUST: a leaf of type outcome cites its report; it stands in the channel from us to the peer, because we say it.
Answers:    ``Answering.tell(rows, case_ids, outcome, now)`` gives ``Answered``; leaf and mail are written in one transaction.
            ``note_down`` is called like it where there is no agreement with anybody: what was found counts, nobody is told.
Limits:     one outcome a report. While a peer is not live it is told nothing, and nothing stands in the ledger; what it was not
            told waits for a person (``comity.services.receive.conversation.withheld``).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from comity.formats import header_text
from comity.formats.item_facts import evidence_from_line
from comity.formats.outcome import OutcomeMessage, write
from comity.ledger.leaf import LeafType
from comity.model.agreement import Agreement, FeedbackProvider
from comity.model.case_outcome import CaseOutcome
from comity.model.sending import HELD_BEFORE, OutboxKind, Peer, PeerState
from comity.services.complain.rows import OutboxRow, enter
from comity.services.prove.writing import Event, LedgerRows, Scribe


@dataclass(frozen=True, slots=True, kw_only=True)
class Answerable:
    """A report of a peer that nobody has answered; ``line`` is its evidence as one line."""

    report_id: int
    peer: str  # its domain
    line: str
    tlp: str | None
    carrier_message_id: str | None


@dataclass(slots=True, kw_only=True)
class Answered:
    """How many reporters are told, and why others are not."""

    told: int = 0
    not_told: Counter[str] = field(default_factory=Counter)

    @property
    def waits(self) -> bool:
        """Whether somebody is not told because mail for them is held: a person has them told later."""
        return any(self.not_told[each] for each in HELD_BEFORE)


class AnswerRows(Protocol):
    """The rows of what leaves."""

    def unanswered(self, case_ids: Sequence[str]) -> Sequence[Answerable]:
        """Reports of peers in these cases that nobody has answered."""

    def answered(self, report_id: int, outcome: str, at: datetime) -> None:
        """A report of a peer was answered."""

    def add_outbox(self, rows: Sequence[OutboxRow]) -> None:
        """New mail in the outbox."""


class FindingRows(Protocol):
    """What was found out about cases: by this their sources are measured."""

    def found(self, case_ids: Sequence[str], outcome: str, at: datetime) -> None:
        """Something was found out about these cases."""


class KnownPeers(Protocol):
    """The rows of peers."""

    def by_name(self, names: Sequence[str]) -> Mapping[str, Peer]:
        """Peers that are known."""


class AnswerTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def sending(self) -> AnswerRows:
        """What leaves."""

    @property
    def sources(self) -> FindingRows:
        """What was found out."""

    @property
    def peers(self) -> KnownPeers:
        """Who may be written to."""

    @property
    def ledger(self) -> LedgerRows:
        """What is written down for both sides."""


class Words(Protocol):
    """Sentences of one language."""

    def say(self, message_id: str, /, **arguments: object) -> str:
        """The sentence with its holes filled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSide:
    """Who answers, and whom."""

    provider: FeedbackProvider
    agreements: tuple[Agreement, ...]
    words: Mapping[str, Words]  # by language; all go into every mail


class Answering:
    """Answers reports of peers."""

    def __init__(self, ours: OwnSide, scribe: Scribe, *, new_token: Callable[[], str]) -> None:
        """``new_token`` gives chance for the envelope address of one mail."""
        self._ours, self._scribe, self._new_token = ours, scribe, new_token
        self._by_domain: dict[str, Agreement] = {}
        for agreement in ours.agreements:
            self._by_domain.setdefault(agreement.address.rpartition("@")[2].lower(), agreement)

    def tell(
        self, rows: AnswerTransaction, case_ids: Sequence[str], outcome: CaseOutcome, *, now: datetime
    ) -> Answered:
        """Answer every report of these cases that has no answer yet."""
        rows.sources.found(case_ids, outcome.value, now)
        return self.tell_later(rows, [(each, outcome) for each in rows.sending.unanswered(case_ids)], now=now)

    def tell_later(
        self, rows: AnswerTransaction, found: Sequence[tuple[Answerable, CaseOutcome]], *, now: datetime
    ) -> Answered:
        """Answer these reports; what was found out about their cases stands in the store already."""
        answered = Answered()
        events: list[Event] = []
        mails: list[OutboxRow] = []
        for each, outcome in found:
            agreement = self._by_domain.get(each.peer)
            evidence = evidence_from_line(each.line)
            name = evidence.report_id if evidence else None
            if agreement is None or evidence is None or name is None or header_text.token(name) is None:
                answered.not_told["no-agreement" if agreement is None else "no-report-id"] += 1
                continue
            peer = rows.peers.by_name([agreement.peer]).get(agreement.peer)
            if peer is None or peer.state is not PeerState.LIVE:
                answered.not_told["suspended" if peer and peer.state is PeerState.SUSPENDED else "observe"] += 1
                continue
            event = self._event(each.peer, name, outcome)
            events.append(event)
            to = _address(evidence.reporter, each.peer) or agreement.address
            mail = self._mail(name, outcome, agreement, to=to, answered=each.carrier_message_id, now=now)
            data = write(replace(mail, statement=self._scribe.leaf(rows.ledger, event, now)))
            mails.append(self._row(agreement.peer, to, data, report_id=each.report_id, now=now))
            rows.sending.answered(each.report_id, outcome.value, now)
            answered.told += 1
        self._scribe.write(rows.ledger, events, now)
        rows.sending.add_outbox(mails)
        return answered

    def _event(self, peer: str, name: str, outcome: CaseOutcome) -> Event:
        return Event(
            reporting=self._ours.provider.domain,
            reported=peer,
            leaf_type=LeafType.OUTCOME,
            event_id=f"{name}.outcome",
            observed=None,
            facts={"report": name, "outcome": outcome.value},
        )

    def _mail(
        self, name: str, outcome: CaseOutcome, agreement: Agreement, *, to: str, answered: str | None, now: datetime
    ) -> OutcomeMessage:
        """The mail, but for what stands in the ledger."""
        provider, words = self._ours.provider, self._ours.words
        languages = [each for each in dict.fromkeys((*agreement.languages, *words)) if each in words]
        paragraphs = []
        for language in languages:
            say = words[language].say
            paragraphs += [
                say("outcome.intro", organisation=provider.organisation, report=name),
                say(f"outcome.{outcome.value}"),
                say("outcome.machine"),
                "",
            ]
        return OutcomeMessage(
            header_from=provider.address,
            organisation=provider.organisation,
            to=to,
            subject=words[languages[0]].say("outcome.subject", report=name),
            written=now,
            message_id=f"{name}.outcome@{provider.domain}",
            in_reply_to=answered,
            text="\n".join(paragraphs),
            statement=b"",
            tlp=agreement.tlp,
        )

    def _row(self, party: str, to: str, data: bytes, *, report_id: int, now: datetime) -> OutboxRow:
        token = self._new_token()
        row = enter(OutboxKind.OUTCOME, data, party=party, address=to, bounce_token=token, now=now)
        return replace(row, report_id=report_id)


def note_down(rows: AnswerTransaction, case_ids: Sequence[str], outcome: CaseOutcome, *, now: datetime) -> Answered:
    """Write down what was found: the sources of these cases are measured by it. Nobody is told."""
    rows.sources.found(case_ids, outcome.value, now)
    unanswered = len(rows.sending.unanswered(case_ids))
    return Answered(not_told=Counter({"no-agreement": unanswered} if unanswered else {}))


def _address(reporter: str | None, domain: str) -> str | None:
    """The address that the report came from, where it lies in the domain that signed it."""
    address = None if reporter is None else header_text.address(reporter)
    named = None if address is None else address.rpartition("@")[2]
    return address if named is not None and (named == domain or named.endswith(f".{domain}")) else None
