"""What signals put into the store and ask of it; services run inside its transaction.

Trust:      reasons and contacts are another network's words: escape them before showing them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from comity.model.document import Outgoing
from comity.model.signal import Adoption, AdoptionRule, Kept
from comity.services.prove.recourse.rows import RecourseTransaction


class SignalRows(Protocol):
    """Rows of signals, adoptions and rules."""

    def add(self, kept: Kept) -> None:
        """A new signal."""

    def find(self, issuer: str, signal_id: str) -> Kept | None:
        """One signal of one issuer."""

    def beginning_with(self, start: str) -> Sequence[Kept]:
        """Signals whose id begins so."""

    def all(self, *, after: datetime | None = None) -> Sequence[Kept]:
        """Every signal, newest first; or those that end after a moment."""

    def withdraw(self, issuer: str, signal_id: str, at: datetime, *, reason: Mapping[str, str], note: str) -> None:
        """The issuer took it back."""

    def adopt(self, made: Adoption) -> None:
        """It is on our lists."""

    def end_adoption(self, issuer: str, signal_id: str, at: datetime, *, why: str) -> None:
        """It is on our lists no more."""

    def adopted_by_rule(self, rule_id: int, since: datetime) -> int:
        """How many signals a rule has adopted since a moment."""

    def rules(self, peer: str | None = None) -> Sequence[AdoptionRule]:
        """Every rule, or those about one peer, oldest first."""


class DocumentRows(Protocol):
    """Documents of ours on their way to peers."""

    def send(self, peer: str, about: str, note: str, *, at: datetime) -> None:
        """One more document for a peer."""

    def about(self, about: str) -> Sequence[Outgoing]:
        """What was sent about one thing, oldest first."""


class SignalTransaction(RecourseTransaction, Protocol):
    """All rows of one transaction."""

    @property
    def signals(self) -> SignalRows:
        """What networks say of others."""

    @property
    def documents(self) -> DocumentRows:
        """What peers are given."""
