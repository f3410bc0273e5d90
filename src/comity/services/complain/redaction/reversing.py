"""Turn a token that a peer saw back into a mailbox of ours: by us alone, with a reason, and written down first.

Trust:      a token is one-way (RFC 6590 section 3): only who has our key can make the tokens of our own mailboxes again and
            compare. What a peer quotes is a stranger's text.
Standards:  RFC 6590 sections 2 to 4.
Answers:    ``asked(...)`` gives the line of the log that must be on the disk first; ``search(reversal, mailboxes, ...)`` the
            mailbox, or None.
Limits:     the mailboxes come from the operator: none are kept for this. Another epoch than the one of the report finds nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Protocol

from comity.feedback.complaint_identity import peer_key
from comity.feedback.redaction.tokens import is_token, token_local
from comity.model.outcomes import ComityError, Outcome


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


def search(reversal: Reversal, mailboxes: Iterable[str], *, master: bytes) -> str | None:
    """The mailbox that this peer saw as this token in this epoch."""
    key = peer_key(master, reversal.party, reversal.epoch)
    found = (each for each in mailboxes if each and compare_digest(token_local(each, key), reversal.token))
    return next(found, None)
