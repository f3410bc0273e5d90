"""How much mail came from each peer, how it was judged, and how much of it hit a trap: counters by day, never a row for a mail.

Trust:      counts are our own; which mail is a peer's is what the agreement with it says: its signature holds, or its network
            handed the mail over. What a header merely claims counts for nobody.
Answers:    ``Judged``; ``Whose`` names the peer of a mail, by agreements that may change meanwhile.
Limits:     by day (UTC), kept ``KEPT``. Mails are counted at delivery and written with the counters of what was claimed; a hit of a
            trap is a complaint about mail in a mailbox of ``complain.traps``, counted in the transaction in which it is decided on.
            Mails that left for a peer are those for its domains in our own delivery log, where the log of every day is here.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Protocol

from comity.feedback.parties import Parties
from comity.formats.domains import organisation_of
from comity.model.agreement import Agreement

KEPT: Final = timedelta(days=800)  # a year, and the year it is compared with


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Mails that came, those that the filter judged, those that it called spam, and complaints about mail to traps."""

    mails: int = 0
    judged: int = 0
    spam: int = 0
    traps: int = 0

    def __add__(self, other: "Judged") -> "Judged":
        return Judged(
            mails=self.mails + other.mails,
            judged=self.judged + other.judged,
            spam=self.spam + other.spam,
            traps=self.traps + other.traps,
        )


class JudgedRows(Protocol):
    """What was counted."""

    def add(self, counts: Mapping[tuple[date, str], Judged]) -> None:
        """Count these, too: by day, and by the domain of the peer."""

    def of_peer(self, peer: str, since: date, until: date) -> Judged:
        """From one day to another, both included."""

    def left(self, domains: Collection[str], since: date, until: date) -> int | None:
        """Mails that left us for these domains; None where the log of a day is not here."""


class Whose:
    """Whose mail it is, by agreements that may change while the program runs."""

    def __init__(self, agreements: Iterable[Agreement] = ()) -> None:
        self._parties = Parties(agreements)

    def now(self, agreements: Iterable[Agreement]) -> None:
        """From now on by these."""
        self._parties = Parties(agreements)

    def of(self, address: str | None, signers: Sequence[str]) -> str | None:
        """The domain of the peer that sent a mail: by a signature that holds, or else by the address that handed it over.

        >>> Whose().of("192.0.2.1", ["west.example"]) is None
        True
        """
        return sent_by(self._parties, address, signers)


def sent_by(parties: Parties, address: str | None, signers: Sequence[str]) -> str | None:
    """As ``Whose.of`` says, by these agreements."""
    found = next((covered for each in signers if (covered := parties.by_domain(each)) is not None), None)
    if found is None and address is not None:
        found = parties.by_address(address)
    return None if found is None else found.agreement.address.rpartition("@")[2].lower()


def domains_of(agreement: Agreement) -> frozenset[str]:
    """The domains for which a peer takes mail, as far as the agreement with it names them."""
    named = (agreement.address.rpartition("@")[2].lower(), *agreement.dkim_domains)
    return frozenset(organisation_of(each) or each for each in named)
