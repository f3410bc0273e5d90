"""On which terms mail is taken in.

Answers:    ``GateTerms``; ``Budget`` counts bytes.
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


class Budget:
    """How many bytes all connections together may hold."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    def take(self, size: int) -> bool:
        """Take so many, or none and False."""
        if size > self._left:
            return False
        self._left -= size
        return True

    def give(self, size: int) -> None:
        """Give so many back."""
        self._left += size
