"""An answer to one of our reports arrives: which report, and what does the other side say it did?

Trust:      only the network that was told may answer: its own signature on the mail was verified by the caller.
Standards:  the statement is the other side's leaf, in the one form that a leaf has; anything else is refused by name.
Answers:    ``take(rows, data, signed_by, now=...)`` gives ``Taken``, None where the mail is no answer at all.
Limits:     the first answer counts; it is a claim. One that says it is over stops reports about the campaign until it is seen
            again. The leaf itself comes with the ledger.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from comity.formats import outcome
from comity.formats.mime import scan
from comity.ledger import leaf
from comity.services.complain.pacing.paced import resolved
from comity.services.complain.rows import PaceRows, Told


class OutcomeRows(Protocol):
    """The rows of our reports."""

    def by_report_name(self, name: str) -> Told | None:
        """The report with this opaque id."""

    def note_outcome(self, report_id: int, outcome: str, at: datetime) -> None:
        """What the other side did about a report."""


class OutcomeTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def sending(self) -> OutcomeRows:
        """Our reports."""

    @property
    def pace(self) -> PaceRows:
        """What parties were told about campaigns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of an answer; ``refused`` says why it does not count."""

    report_name: str
    outcome: str
    refused: str | None = None  # "report-unknown", "not-signed-by-peer", "statement-malformed", "answered-before"


def take(rows: OutcomeTransaction, data: bytes, signed_by: Collection[str], *, now: datetime) -> Taken | None:
    """Take an answer in, in the caller's transaction."""
    stated = outcome.read(scan(data))
    if stated is None:
        return None
    told = rows.sending.by_report_name(stated.report_name)
    refused = None
    if told is None:
        refused = "report-unknown"
    elif told.outgoing.reported is None or told.outgoing.reported not in signed_by:
        refused = "not-signed-by-peer"
    elif leaf.read(stated.statement) is None:
        refused = "statement-malformed"
    elif told.outgoing.outcome is not None:
        refused = "answered-before"
    else:
        rows.sending.note_outcome(told.outgoing.report_id, stated.outcome, now)
        resolved(rows.pace, told.outgoing.report_id, stated.outcome, now=now)
    return Taken(report_name=stated.report_name, outcome=stated.outcome, refused=refused)
