"""What agreements put into the store and ask of it; services run inside its transaction.

Trust:      texts in events are the other side's words: escape them before showing them.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Protocol

from comity.model.agreement_document import AgreementEvent, AgreementPaper
from comity.services.prove.pairing import KeyRows
from comity.services.prove.writing import LedgerRows


class AgreementRows(Protocol):
    """Rows of agreements."""

    def all(self, peers: Collection[str] | None = None) -> Mapping[str, list[AgreementPaper]]:
        """Every version of every peer, or of these, oldest first."""

    def of(self, peer: str) -> list[AgreementPaper]:
        """Every version of one peer."""

    def add(self, paper: AgreementPaper, data: bytes) -> None:
        """A new version."""

    def note(self, digest: str, event: AgreementEvent) -> None:
        """Something happened to a version."""

    def sign(self, digest: str, note: str) -> None:
        """More signature lines stand under it."""


class GateRows(Protocol):
    """What is counted under agreements."""

    def all(self, peers: Collection[str] | None = None) -> Mapping[str, list[AgreementPaper]]:
        """Every version of every peer, or of these, oldest first."""

    def lowered(self, now: datetime) -> frozenset[str]:
        """Domains of peers that are shown less at this moment."""

    def count_sent(self, digest: str, number: int) -> None:
        """So many more reports left under it."""

    def subjects(self, peer: str, since: datetime) -> int:
        """About how many people something left for this peer since then."""

    def are_subjects(self, peer: str, subjects: Collection[bytes], since: datetime) -> set[bytes]:
        """Which of these people are among them."""

    def see_subjects(self, peer: str, subjects: Iterable[bytes], at: datetime) -> None:
        """Something about these people leaves for this peer."""


class AgreementTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def agreements(self) -> AgreementRows:
        """Agreements."""

    @property
    def ledger(self) -> LedgerRows:
        """What is written down for both sides."""

    @property
    def keys(self) -> KeyRows:
        """Whose signatures are believed."""
