"""Outcomes of cases that nobody told the reporter, because mail for its network was held: told later, or dropped, by a person.

Trust:      promise P9: when a peer goes live, nothing leaves that was held before somebody says so.
Standards:  TRUST: leaf and mail of an outcome are one transaction; what was held is in no ledger.
Answers:    ``held(rows, agreement, most)`` lists them; ``tell`` and ``drop`` give how many; those of some reports, lot by lot.
Limits:     told is the last word that was found out about a case. What is dropped stays owed where an agreement asks for answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.accord.agreement.terms import domain_of
from comity.model.agreement import Agreement
from comity.model.case_outcome import CaseOutcome
from comity.model.sending import PeerState
from comity.services.receive.answering import Answerable, Answered, Answering


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutcome:
    """What was found out about the case of one report, and was not told."""

    answerable: Answerable
    case_id: str
    outcome: str
    found: datetime

    @property
    def report_id(self) -> int:
        """The number of the report."""
        return self.answerable.report_id


def held(rows: Any, agreement: Agreement, most: int, *, report_ids: Sequence[int] = ()) -> list[HeldOutcome]:
    """What a peer was not told, oldest first."""
    found: list[HeldOutcome] = rows.held_outcomes.of(domain_of(agreement), most, report_ids=report_ids)
    return [each for each in found if each.outcome in list(CaseOutcome)]


def is_live(rows: Any, agreement: Agreement) -> bool:
    """Whether mail for the peer leaves."""
    peer = rows.peers.by_name([agreement.peer]).get(agreement.peer)
    return peer is not None and peer.state is PeerState.LIVE


def tell(
    rows: Any, agreement: Agreement, answering: Answering, *, report_ids: Sequence[int], now: datetime
) -> Answered:
    """Tell the peer of one lot; how many are told, and why others are not."""
    lot = held(rows, agreement, len(report_ids), report_ids=report_ids)
    return answering.tell_later(rows, [(each.answerable, CaseOutcome(each.outcome)) for each in lot], now=now)


def drop(rows: Any, agreement: Agreement, *, report_ids: Sequence[int], by: str, now: datetime) -> int:
    """Say of one lot that nobody is told; how many that are."""
    lot = [each.report_id for each in held(rows, agreement, len(report_ids), report_ids=report_ids)]
    rows.held_outcomes.drop(lot, by=by, at=now)
    return len(lot)
