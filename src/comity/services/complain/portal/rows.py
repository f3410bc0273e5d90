"""What the pages for other networks ask of a store.

Answers:    ``PortalRows`` and ``PortalTransaction``: services run inside the transaction; nothing here commits. ``OwnReport`` is
            one report as the network that it went to sees it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from comity.model.portal import KeyKind, PortalKey
from comity.services.complain.enrolment.rows import EnrolmentTransaction


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReport:
    """One report that was sent: what the network can tell from its own mailbox, and nothing about who complained.

    Of one that did not arrive: why, by the words of the outbox, and the code that a host gave (RFC 3463) without anything that it
    said beside, which may be about others.
    """

    name: str
    left: datetime
    evidence_class: str
    outcome: str | None
    is_retracted: bool
    not_arrived: str | None = None
    status: str | None = None


class PortalRows(Protocol):
    """Secrets by their hashes, and a network's own figures."""

    def add(self, key: PortalKey) -> None:
        """One that is given out."""

    def find(self, digest: bytes, kind: KeyKind, now: datetime) -> PortalKey | None:
        """The one with this hash, where it still opens something."""

    def use(self, digest: bytes, now: datetime) -> bool:
        """Whether it opened something this time; it does not again."""

    def prolong(self, digest: bytes, until: datetime) -> None:
        """It opens something for longer."""

    def end(self, consumer: str, kind: KeyKind) -> None:
        """Those of one network open nothing any more."""

    def count(self, kind: KeyKind, since: datetime, *, about: str | None = None) -> int:
        """How many were given out since a moment, to everybody or to one."""

    def own_counts(self, party: str, since: datetime) -> Mapping[tuple[date, str], int]:
        """Reports that left for a party since a moment, by day and class."""

    def own_reports(self, party: str, most: int) -> Sequence[OwnReport]:
        """Those that left last, newest first."""

    def own_outcomes(self, party: str) -> Mapping[str, int]:
        """What a party said that it did about reports, and how many it said nothing about ("")."""


class PortalTransaction(EnrolmentTransaction, Protocol):
    """All rows of one transaction."""

    @property
    def portal(self) -> PortalRows:
        """What opens pages."""
