"""What became of what programs handed over, written down in the transaction in which it became so.

Standards:  DESIGN.md P1 (what was acknowledged is on the disk) and P2: handed over twice under one key, it is one submission.
Answers:    ``Submissions(others)`` works off as the others do, and notes the fate of each item that a program asked to know about.
            ``new_submission_id`` and ``keyed_submission_id`` name them.
Limits:     the fate is that of this item: bytes that had come before are ``again``.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from comity.model.submission import Submission, WorkedOff
from comity.services.receive.planning import Ingested
from comity.services.receive.prepare import Delivery, Prepared
from comity.services.receive.rows import SubmissionRows, Transaction
from comity.services.receive.working_off import Applies

KEPT_FOR: Final = timedelta(days=30)
CHANCE_BYTES: Final = 10
ID_LENGTH: Final = 32


class Submissions:
    """Notes fates."""

    def __init__(self, others: Applies) -> None:
        self._others = others

    def apply(self, batch: Sequence[Prepared], records: Transaction, now: datetime) -> tuple[Ingested, ...]:
        """Work a batch off."""
        ingested = self._others.apply(batch, records, now)
        for prepared, done in zip(batch, ingested, strict=True):
            submission = _submission(prepared.delivery, records.submissions)
            if submission is not None:
                records.submissions.settle(_worked_off(submission, prepared.delivery, done, now=now))
        return ingested


def _submission(delivery: Delivery, rows: SubmissionRows) -> Submission | None:
    """What it was handed over as; an item that is tried again has it in its name."""
    if delivery.submission is not None or delivery.gate != "api":
        return delivery.submission
    before = rows.find(delivery.name.rpartition("/")[2][:ID_LENGTH])
    return None if before is None else before.submission


def _worked_off(submission: Submission, delivery: Delivery, done: Ingested, *, now: datetime) -> WorkedOff:
    return WorkedOff(
        submission=submission,
        arrived=delivery.arrived,
        worked_off=now,
        fate=done.fate.value,
        kind=done.kind,
        reason=done.reason,
        reports=done.reports,
        repeats=done.repeats,
        unmatched=done.unmatched,
        cases=done.cases,
        complaints=done.complaints,
    )


def new_submission_id(now: datetime, chance: bytes) -> str:
    """A name that grows with time.

    >>> from datetime import UTC
    >>> new_submission_id(datetime(2026, 3, 1, tzinfo=UTC), bytes(10))
    '019ca6b1dc0000000000000000000000'
    """
    return f"{int(now.timestamp() * 1000):012x}{chance[:CHANCE_BYTES].hex()}"


def keyed_submission_id(token_id: str, key: str) -> str:
    """The name of what this holder hands over under this key, however often."""
    return sha256(f"comity submission\n{token_id}\n{key}".encode()).hexdigest()[:ID_LENGTH]
