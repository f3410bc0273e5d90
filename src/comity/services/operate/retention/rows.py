"""What retention needs of the store.

Answers:    ``HoldRows``, ``ErasingRows``, ``ErasureRows``, ``HeldCases`` and the transactions that have them.
Limits:     in the caller's transaction.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from comity.model.desk import CaseEvent, DeskCase
from comity.model.retention import Erasure, HoldAct, LegalHold, Spared, Term
from comity.services.prove.writing import LedgerRows


class HoldRows(Protocol):
    """Holds."""

    def place(self, hold: LegalHold) -> int:
        """A new one; its number."""

    def lift(self, hold_id: int, *, by: str, why: str, at: datetime) -> None:
        """It is in force no longer."""

    def note(self, act: HoldAct, *, hold_id: int | None, at: datetime, actor: str, about: str, note: str) -> None:
        """Write down that somebody did that, or was refused."""

    def by_id(self, hold_id: int) -> LegalHold | None:
        """One of them."""

    def of_subject(self, subject: str, case_id: str | None = None) -> list[LegalHold]:
        """Those about this subject; of a case those that hold it."""

    def spared(self, now: datetime) -> Spared:
        """What the holds keep that are in force."""


class Gone(Protocol):
    """What went of one part."""

    @property
    def part(self) -> str:
        """The table."""

    @property
    def n(self) -> int:
        """How many rows."""

    @property
    def digest(self) -> str:
        """Of what they were."""

    @property
    def is_more(self) -> bool:
        """Whether something is left that is due."""


class ErasingRows(Protocol):
    """What is old enough."""

    def due(self, term: Term, spared: Spared, now: datetime) -> tuple[int, int]:
        """How many rows there are to erase, and how many more a hold keeps."""

    def lot(self, term: Term, spared: Spared, now: datetime, *, key: bytes, most: int) -> Iterator[Gone]:
        """Erase at most so many of each part."""


class ErasureRows(Protocol):
    """What was erased."""

    def add(self, found: Erasure) -> int:
        """One more; its number."""

    def named(self, erasure_id: int, leaf: str) -> None:
        """It stands in the ledger under this name."""


class ErasingTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def holds(self) -> HoldRows:
        """What may not be erased."""

    @property
    def erasing(self) -> ErasingRows:
        """What is old enough."""

    @property
    def erasures(self) -> ErasureRows:
        """What was erased."""

    @property
    def ledger(self) -> LedgerRows:
        """What is written down."""


class HeldCases(Protocol):
    """The rows of cases."""

    def on_subject(self, subject: str) -> Sequence[DeskCase]:
        """All cases on a subject."""

    def record(self, events: Sequence[CaseEvent]) -> None:
        """What was done."""


class HoldTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def holds(self) -> HoldRows:
        """What may not be erased."""

    @property
    def cases(self) -> HeldCases:
        """The desk."""
