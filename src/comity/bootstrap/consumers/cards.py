"""Join report cards: one of a peer or consumer, that of all together, and the mails with them.

Answers:    ``make_card``, ``mail_card``; ``mail_cards_due(settings, store, now)`` is what the clock does.
Limits:     a card is mailed to a party that is live, at the mailbox of its reports, and to whom the settings name, once a period.
"""

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from comity.bootstrap import provider_of
from comity.bootstrap.desk import beside
from comity.bootstrap.trust.agreements import standing
from comity.feedback.enrolment import rung
from comity.formats import automatic_mail
from comity.model import utc_day
from comity.model.outcomes import ComityError, Outcome
from comity.model.sending import OWN_STAFF, OutboxKind, Peer, PeerState
from comity.services.complain.cards.making import Card, card, own_card
from comity.services.complain.rows import enter
from comity.services.public.cards import card_lines
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.model.agreement import Agreement
    from comity.store.engine import Store
    from comity.store.records import Records

_PERIODS: Final = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}


def _terms(settings: Settings, store: "Store", now: datetime) -> "list[Agreement]":
    known = standing(settings, store)
    beside_them = {each.address.rpartition("@")[2] for each in known}
    with store.read() as rows:
        return [*known, *rung(rows.consumers.in_force(), now, beside=beside_them)]


def make_card(settings: Settings, store: "Store", name: str | None, *, since: datetime, until: datetime) -> Card:
    """The card of one, or of all together."""
    agreement = None
    if name is not None:
        agreement = next((each for each in _terms(settings, store, until) if each.peer == name), None)
        if agreement is None:
            raise _no("card-unknown", name, Outcome.UNKNOWN)
    with store.read() as rows:
        if agreement is None:
            return own_card(rows.cards, since=since, until=until)
        return card(rows.cards, agreement, since=since, until=until)


def mail_card(settings: Settings, store: "Store", made: Card, *, now: datetime) -> None:
    """Put it into the outbox; a party that is not live, or nobody to mail to, is an error."""
    with store.write() as rows:
        if made.party is not None:
            peer = rows.peers.by_name([made.party]).get(made.party)
            if peer is None or peer.state is not PeerState.LIVE:
                raise _no("card-not-live", made.party, Outcome.USAGE)
            _enter(settings, rows, made, party=made.party, to=peer.address, now=now)
            return
        if not settings.consumers.cards_to:
            raise _no("card-nobody", str(settings.file), Outcome.CONFIGURATION)
        if OWN_STAFF not in rows.peers.by_name([OWN_STAFF]):
            address = settings.consumers.cards_to[0]
            rows.peers.put(Peer(name=OWN_STAFF, address=address, state=PeerState.LIVE, since=now))
        for to in settings.consumers.cards_to:
            _enter(settings, rows, made, party=OWN_STAFF, to=to, now=now)


def mail_cards_due(settings: Settings, store: "Store", *, now: datetime) -> int:
    """Mail the cards of the period that ended last, once; how many."""
    period = _PERIODS.get(settings.consumers.cards)
    if period is None or settings.identity.address is None:
        return 0
    until = utc_day.midnight(now)
    if period.days > 1:
        until -= timedelta(days=until.weekday())
    with store.write() as rows:
        if not rows.cards.claim(until):
            return 0
        live = {each.name for each in rows.peers.all() if each.state is PeerState.LIVE}
    names: list[str | None] = [each.peer for each in _terms(settings, store, now) if each.peer in live]
    if settings.consumers.cards_to:
        names.append(None)
    for name in names:
        mail_card(settings, store, make_card(settings, store, name, since=until - period, until=until), now=now)
    return len(names)


def _enter(settings: Settings, rows: "Records", made: Card, *, party: str, to: str, now: datetime) -> None:
    from comity.locale import catalogue

    provider = provider_of(settings, settings.complain.agreements or beside(settings, None, "comity.toml"))
    token = secrets.token_hex(12)
    words = [catalogue("en"), catalogue("zh")]
    if settings.identity.language == "zh":
        words.reverse()
    facts = {
        "organisation": provider.organisation,
        "since": f"{made.since:%Y-%m-%d}",
        "until": f"{made.until:%Y-%m-%d}",
    }
    mail = automatic_mail.AutomaticMail(
        header_from=provider.address,
        organisation=provider.organisation,
        to=to,
        subject=" / ".join(each.say("card.subject", **facts) for each in words),
        written=now,
        message_id=f"{token}.card@{provider.domain}",
        is_answer=False,
        text="\n\n".join("\n".join(card_lines(made, each.say)) for each in words) + "\n",
    )
    data = automatic_mail.write(mail)
    rows.sending.add_outbox([enter(OutboxKind.NOTICE, data, party=party, address=to, bounce_token=token, now=now)])


def _no(code: str, place: str, outcome: Outcome) -> ComityError:
    return ComityError(code, code, outcome=outcome, place=place, details={"place": place})
