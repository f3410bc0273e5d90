"""Turn a token that a peer saw back into a mailbox of ours: by us alone, with a reason, and written down first.

Trust:      a token is one-way (RFC 6590 section 3): only who has our key can make the tokens of our own mailboxes again and
            compare. What a peer quotes is a stranger's text.
Standards:  RFC 6590 sections 2 to 4.
Answers:    ``asked(...)`` gives the line of the log that must be on the disk first; ``search(reversal, mailboxes, ...)`` the
            mailbox, or None.
Limits:     the mailboxes come from the operator: none are kept for this. Tokens change each quarter: ``epochs(...)`` are those of
            one quarter, or of all whose reports are kept by default, and of the time before tokens changed by themselves.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final, Protocol

from comity.feedback.complaint_identity import peer_key, token_epoch
from comity.feedback.redaction.tokens import is_token, token_local
from comity.model.outcomes import ComityError, Outcome
from comity.model.period import Horizon, period_of, read
from comity.model.utc_day import begin

QUARTERS: Final = 6  # thirteen months touch so many at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """One that was asked for; ``found`` is None until it has ended."""

    at: datetime
    by: str
    why: str
    party: str
    epoch: str
    token: str
    found: bool | None = None


class ReversalRows(Protocol):
    """Rows of reversals."""

    def add(self, each: Reversal) -> int:
        """A new one; its number."""

    def end(self, reversal_id: int, *, found: bool) -> None:
        """Whether anybody was found."""


def asked(said: str, *, party: str, epoch: str, by: str, why: str, at: datetime) -> Reversal:
    """What is to be written down; a text that is no token of ours is refused, and so is one without a reason."""
    token = said.strip().strip("<>").partition("@")[0].lower()
    if not is_token(token):
        raise ComityError("redaction-token", f"{said} is no token", outcome=Outcome.BAD_INPUT, details={"text": said})
    if not why.strip():
        raise ComityError("redaction-why", "a reason is needed", outcome=Outcome.USAGE)
    return Reversal(at=at, by=by, why=why.strip(), party=party, epoch=epoch, token=token)


def epochs(word: str, said: str | None, now: datetime) -> tuple[str, ...]:
    """The epochs in which a token may have been written, the newest first: of the last quarters; of one, such as ``2026q3``; or of
    another word, with a quarter behind it or with all of them. What is written like a quarter may have been a word before.

    >>> from datetime import UTC
    >>> epochs("1", "2026q3", datetime(2026, 11, 30, tzinfo=UTC)), epochs("1", "old/2025q1", datetime(2026, 11, 30, tzinfo=UTC))
    (('1/2026q3', '2026q3'), ('old/2025q1',))
    >>> epochs("1", None, datetime(2026, 11, 30, tzinfo=UTC))[::5]
    ('1/2026q4', '1/2025q3')
    """
    if said is not None:
        other, slash, quarter = said.rpartition("/")
        period = read(quarter)
        if period is not None and period.horizon is Horizon.QUARTER:
            return (token_epoch(other if slash else word, begin(period.first)), *(() if slash else (said,)))
        word = said
    found, day = list[str](), now
    for _ in range(QUARTERS):
        found.append(token_epoch(word, day))
        day = begin(period_of(day.date(), Horizon.QUARTER).first) - timedelta(days=1)
    return (*found, word)


def search(reversal: Reversal, mailboxes: Iterable[str], *, master: bytes, within: Iterable[str]) -> str | None:
    """The mailbox that this peer saw as this token in one of these epochs."""
    keys = [peer_key(master, reversal.party, epoch) for epoch in within]
    for each in mailboxes:
        if each and any(compare_digest(token_local(each, key), reversal.token) for key in keys):
            return each
    return None
