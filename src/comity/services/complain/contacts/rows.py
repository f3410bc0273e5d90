"""What contacts of networks ask of a store.

Answers:    ``ContactRows``, and ``ContactTransaction`` of those who write to contacts; nothing here commits.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from comity.model.network_contact import Contact, ContactEvent, ContactLine, ContactState, FoundContact
from comity.services.complain.enrolment.rows import MailRows, PeerRows


class ImportRows(Protocol):
    """Rows of what was imported."""

    def begin_import(self, source: str, *, day: date, at: datetime) -> int:
        """A new import that counts for nothing yet; its number."""

    def put_lines(self, import_id: int, lines: Sequence[ContactLine], *, at: datetime) -> int:
        """Add what files say; how many addresses were new."""

    def finish_import(self, import_id: int, *, ranges: int) -> None:
        """From now on this import counts, in place of the one before it of the same source."""

    def forget_imports(self, *, most: int) -> int:
        """Drop ranges that no longer count, at most so many; how many there were."""


class ContactRows(ImportRows, Protocol):
    """Rows of contacts."""

    def about(self, address: str, asn: int | None = None) -> FoundContact | None:
        """Who is told about an address: our operator's word before a registry's, the narrowest range, hints last."""

    def find(self, address: str) -> Contact | None:
        """One address."""

    def by_code(self, code: str) -> Contact | None:
        """The address that a mail with this code went to."""

    def all(self, states: Sequence[ContactState] = (), *, most: int = 1000, after: str = "") -> Sequence[Contact]:
        """Addresses in these states, by name."""

    def put(self, contact: Contact) -> None:
        """An address as it is now."""

    def note(self, address: str, event: ContactEvent) -> None:
        """One more line of its history."""

    def history(self, address: str) -> Sequence[ContactEvent]:
        """Its history, oldest first."""

    def ranges_of(self, address: str, most: int = 20) -> Sequence[FoundContact]:
        """The ranges that name it."""

    def due(self, before: datetime, most: int) -> Sequence[Contact]:
        """Confirmed addresses that were not asked since then, the one that waits longest first."""


class ContactTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def network_contacts(self) -> ContactRows:
        """Contacts of networks."""

    @property
    def peers(self) -> PeerRows:
        """Who may be written to."""

    @property
    def sending(self) -> MailRows:
        """What leaves."""
