"""What we put into a joint statement about the other side's mail: complaints for each mail that reached an inbox, the share
that was judged spam, and hits of traps.

Answers:    ``rate_about(settings, records, ...)``, as ``comity.accord.measured.rate`` says, and ``spam_about``, as
            ``comity.accord.spam_share.part`` does; empty where there is no agreement with the peer, or no counters.
Limits:     counters that come in after a statement was made change what we measured: it has to be made anew.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from comity.accord.agreement import terms
from comity.accord.measured import rate
from comity.accord.spam_share import Arrived, part
from comity.bootstrap.trust.agreements import holding
from comity.model import utc_day
from comity.model.agreement import Agreement
from comity.model.period import Period
from comity.services.complain.cards.judged import domains_of
from comity.services.complain.cards.making import card
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.store.records import Records

_Parts = Mapping[str, Mapping[str, Any]]


def rate_about(settings: Settings, records: "Records", *, peer: str, period: Period) -> _Parts:
    """How often mail of this peer was complained about."""
    since, until = _span(period)
    agreed = _agreement(settings, records, peer=peer, until=until)
    if agreed is None:
        return {}
    found = card(records.cards, agreed, since=since, until=until)
    return rate(found.complaints or 0, found.inbox)


def spam_about(settings: Settings, records: "Records", *, peer: str, period: Period) -> _Parts:
    """How much mail of this peer was judged spam, and how much hit a trap."""
    agreed = _agreement(settings, records, peer=peer, until=_span(period)[1])
    if agreed is None:
        return {}
    found = records.judged.of_peer(peer, period.first, period.last)
    return part(
        Arrived(
            mails=found.mails,
            judged=found.judged,
            spam=found.spam,
            traps=found.traps if settings.complain.traps or found.traps else None,
            left=records.judged.left(domains_of(agreed), period.first, period.last),
        )
    )


def _span(period: Period) -> tuple[datetime, datetime]:
    return utc_day.begin(period.first), utc_day.end(period.last)


def _agreement(settings: Settings, records: "Records", *, peer: str, until: datetime) -> Agreement | None:
    agreed = holding(settings, records, until)
    return next((each for each in agreed if terms.domain_of(each) == peer), None)
