"""Join what mails heads of ledgers to peers that do not exchange over HTTPS, and takes theirs in.

Answers:    ``heads_by_mail(settings)`` takes mails in, None before there is a domain, an address and a key; ``mail_heads(settings,
            store, log, now)`` is what the running program does now and then.
Limits:     peers whose key is pinned, with an agreement, that ``exchange.peers`` does not name.
"""

import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from comity.accord.agreement import terms
from comity.bootstrap.desk import scribe
from comity.bootstrap.parties import exchanging, ledger_key
from comity.bootstrap.trust.agreements import holding
from comity.bootstrap.trust.coalition import words_of
from comity.model.log_events import LogEvent
from comity.model.peer_key import KeyState
from comity.services.prove.owed.heads import HeadDesk, Ours, Party
from comity.services.receive.coming_back import TakeMail
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.store.engine import Store
    from comity.store.records import Records

_TOKEN_BYTES = 12


def head_desk(settings: Settings) -> HeadDesk | None:
    """Who signs and writes."""
    identity = settings.identity
    if identity.domain is None or identity.address is None or scribe(settings) is None:
        return None
    return HeadDesk(
        Ours(
            domain=identity.domain,
            key=ledger_key(settings),
            address=identity.address,
            organisation=identity.organisation or identity.domain,
            words=words_of(settings),
            new_token=lambda: secrets.token_hex(_TOKEN_BYTES),
            pause=timedelta(days=settings.exchange.heads_by_mail_days),
        )
    )


def heads_by_mail(settings: Settings) -> "TakeMail | None":
    """What takes mails about heads in."""
    desk = head_desk(settings)
    if desk is None:
        return None

    def take(records: "Records", data: bytes, signed_by: Collection[str], *, now: datetime) -> object:
        return desk.take(records, data, signed_by, parties=_parties(settings, records, now), now=now)

    return take


def mail_heads(settings: Settings, store: "Store", *, log: LogEvent, now: datetime) -> None:
    """Mail what is due, a transaction a peer."""
    if not settings.exchange.heads_by_mail_days or (desk := head_desk(settings)) is None:
        return
    with store.read() as records:
        pinned = {each.peer for each in records.keys.all() if each.state is KeyState.PINNED}
        found = [
            each
            for each in _parties(settings, records, now).values()
            if each.domain in pinned and each.domain not in exchanging(settings)
        ]
    for party in found:
        with store.write() as records:
            mails = desk.mail(records, party, now=now)
        if mails:
            log("heads-mailed", peer=party.domain, mails=mails)


def _parties(settings: Settings, records: "Records", now: datetime) -> Mapping[str, Party]:
    """Peers as the agreements that hold say how to reach them, by domain."""
    return {
        terms.domain_of(each): Party(domain=terms.domain_of(each), name=each.peer, address=each.address)
        for each in holding(settings, records, now)
    }
