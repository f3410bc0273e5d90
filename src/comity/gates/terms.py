"""On which terms mail is taken in.

Answers:    ``GateTerms``.
"""

from dataclasses import dataclass

from comity.model.mailbox_kind import Mailboxes


@dataclass(frozen=True, slots=True, kw_only=True)
class GateTerms:
    """For whom, how large, how many, how long."""

    name: str
    mailboxes: Mailboxes
    size: int = 10 << 20
    recipients: int = 100
    connections: int = 100
    timeout: float = 300
