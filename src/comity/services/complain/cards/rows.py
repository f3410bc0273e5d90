"""What report cards ask of a store.

Answers:    ``CardRows``, ``ComplaintFigure``, ``CampaignFigure``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

FEWEST: Final = 5  # people: what fewer complained about a consumer is not told


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintFigure:
    """One complaint: the parties that were told, with whether a signature held; and the noes, by party."""

    told: Mapping[str, bool]
    refused: tuple[tuple[str | None, str], ...]
    who: str | None = None  # the token of the mailbox
    spared: tuple[tuple[str | None, str], ...] = ()  # parties, each with the campaign of which it was not told again


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFigure:
    """One campaign, as far as one party was told about it."""

    party: str
    campaign: str
    complaints: int
    first: datetime
    last: datetime
    is_resolved: bool
    people: frozenset[str]  # tokens of different ones that the party was told of, ``FEWEST`` at most
    report_name: str | None  # the name of the newest report about it, by which the party finds it


class CardRows(Protocol):
    """Numbers over a time."""

    def delivered(self, since: datetime, until: datetime) -> Mapping[tuple[str, str, str], int]:
        """Mails by domain, source and folder."""

    def complained(self, since: datetime, until: datetime) -> Iterable[ComplaintFigure]:
        """Complaints that were decided."""

    def campaigns(self, party: str | None, since: datetime, most: int) -> Sequence[CampaignFigure]:
        """The campaigns with most complaints that went on since then."""
