"""What we put into a joint statement about complaints for each of the other side's mails that reached an inbox.

Answers:    ``rate_about(settings, records, ...)``, as ``comity.accord.measured.rate`` says; empty where there is no agreement with
            the peer, or no counters.
Limits:     counters that come in after a statement was made change what we measured: it has to be made anew.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from comity.accord.agreement import terms
from comity.accord.measured import rate
from comity.bootstrap.trust.agreements import configured
from comity.model.period import Period
from comity.services.complain.cards.making import card
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.store.records import Records


def rate_about(settings: Settings, records: "Records", *, peer: str, period: Period) -> Mapping[str, Mapping[str, Any]]:
    """How often mail of this peer was complained about."""
    known = configured(settings)
    since = datetime.combine(period.first, time(), UTC)
    until = datetime.combine(period.last, time(), UTC) + timedelta(days=1)
    ours = settings.identity.domain or ""
    signed = terms.signed(records.agreements.all(), ours, terms.names_of(known), now=until)
    for each in terms.together(signed, known):
        if terms.domain_of(each) == peer:
            found = card(records.cards, each, since=since, until=until)
            return rate(found.complaints or 0, found.inbox)
    return {}
