"""What share of the mail that claims a domain was proved to be of it: for each originator, and for each peer.

Trust:      counts are our own, made at delivery; which domains are a peer's is what the agreement with it says.
Standards:  the interval is that of ``comity.formats.intervals``.
Answers:    ``shares(rows, ...)``: a ``Share`` for all, for each peer, and for the domains with most mail.
Limits:     by day (UTC), kept ``KEPT``; on one day ``ROOM`` domains that were proved at least once and as many that were not.
            What was more stands together under ``OTHERS``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Protocol

from comity.feedback.parties import inside
from comity.formats.domains import organisation_of
from comity.formats.intervals import bounds
from comity.model.agreement import Agreement

KEPT: Final = timedelta(days=90)
ROOM: Final = 5000
OTHERS: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Mails that claimed a domain, those of them for which it was proved, and those that were judged spam."""

    mails: int = 0
    aligned: int = 0
    spam: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(mails=self.mails + other.mails, aligned=self.aligned + other.aligned, spam=self.spam + other.spam)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Of one: ``kind`` is "all", "peer" or "domain"; bounds of the share of what was proved at 95 %."""

    kind: str
    name: str
    counts: Counts
    low: float
    high: float

    @property
    def aligned(self) -> float:
        """The share of what was proved."""
        return self.counts.aligned / self.counts.mails


class ClaimedRows(Protocol):
    """What was counted."""

    def add(self, counts: Mapping[tuple[date, str], Counts]) -> None:
        """Count these, too."""

    def between(self, since: date, until: date) -> Mapping[str, Counts]:
        """By domain, from one day to another, both included."""

    def forget(self, before: date) -> int:
        """Drop days before this one; how many rows there were."""


def shares(
    rows: ClaimedRows, agreements: Iterable[Agreement], *, since: date, until: date, most: int = 20
) -> Sequence[Share]:
    """All of it, each peer, then the domains with most mail."""
    found = rows.between(since, until)
    if not found:
        return ()
    told = [_share("all", OTHERS, found.values())]
    for each in sorted({each.peer: each for each in agreements}.values(), key=lambda one: one.peer):
        counts = [count for domain, count in found.items() if inside(domain, _claimed_by(each))]
        if counts:
            told.append(_share("peer", each.peer, counts))
    largest = sorted(found, key=lambda domain: (-found[domain].mails, domain))
    return [*told, *(_share("domain", each, [found[each]]) for each in largest[:most])]


def _claimed_by(agreement: Agreement) -> tuple[str, ...]:
    """Domains that a peer signs with stand for their organisations: what is claimed is counted by those."""
    return tuple(organisation_of(each) or each for each in agreement.dkim_domains)


def _share(kind: str, name: str, counts: Iterable[Counts]) -> Share:
    total = sum(counts, Counts())
    _, low, high = bounds(total.aligned, total.mails)
    return Share(kind=kind, name=name, counts=total, low=low, high=high)
