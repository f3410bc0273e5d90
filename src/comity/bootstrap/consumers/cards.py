"""Join report cards: one of a peer or consumer, that of all together, and the mails with them.

Answers:    ``make_card``, ``mail_card``; ``mail_cards_due(settings, store, now)`` is what the clock does.
Limits:     a card is mailed to a party that is live, at the mailbox of its reports, and to whom the settings name, once a period.
            What ended while the program was off is made up for, a week of days or four weeks at most; not what ended while
            ``consumers.cards`` was off.
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

# How long a period is, and of how many at most cards are made up for that should have been mailed before.
_PERIODS: Final = {"daily": (timedelta(days=1), 7), "weekly": (timedelta(days=7), 4)}


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
        if made.party is not None and _live(rows, made.party) is None:
            raise _no("card-not-live", made.party, Outcome.USAGE)
        if made.party is None and not settings.consumers.cards_to:
            raise _no("card-nobody", str(settings.file), Outcome.CONFIGURATION)
        _put(settings, rows, made, now=now)


def mail_cards_due(settings: Settings, store: "Store", *, now: datetime) -> int:
    """Mail the cards of every period that is over and was not mailed, once; how many."""
    period, most = _PERIODS.get(settings.consumers.cards, (timedelta(0), 0))
    newest = utc_day.midnight(now)
    if not most:
        return _pass_over(store, newest)
    if settings.identity.address is None:
        return 0
    if period.days > 1:
        newest -= timedelta(days=newest.weekday())
    with store.read() as rows:
        last = rows.cards.claimed(newest)
    return sum(
        _mail_period(settings, store, (until - period, until), now=now)
        for until in utc_day.ends(last, newest, period, most=most)
    )


def _pass_over(store: "Store", day: datetime) -> int:
    """What ends while nobody wants cards is not made up for on the day on which somebody does again; 0."""
    with store.read() as rows:
        last = rows.cards.claimed(day)
    if last is not None and last < day:
        with store.write() as rows:
            rows.cards.claim(day)
    return 0


def _mail_period(settings: Settings, store: "Store", of: tuple[datetime, datetime], *, now: datetime) -> int:
    """All of one period, or none: whoever ends in between has mailed nothing."""
    since, until = of
    with store.read() as rows:
        live = {each.name for each in rows.peers.all() if each.state is PeerState.LIVE}
    names: list[str | None] = [each.peer for each in _terms(settings, store, now) if each.peer in live]
    if settings.consumers.cards_to:
        names.append(None)
    made = [make_card(settings, store, name, since=since, until=until) for name in names]
    with store.write() as rows:
        if not rows.cards.claim(until):
            return 0
        leave = [each for each in made if each.party is None or _live(rows, each.party) is not None]
        for each in leave:
            _put(settings, rows, each, now=now)
    return len(leave)


def _live(rows: "Records", party: str) -> Peer | None:
    """The party, where mail leaves for it."""
    peer = rows.peers.by_name([party]).get(party)
    return peer if peer is not None and peer.state is PeerState.LIVE else None


def _put(settings: Settings, rows: "Records", made: Card, *, now: datetime) -> None:
    """Into the outbox: for the party that it is about, or for our own people."""
    if made.party is not None:
        peer = _live(rows, made.party)
        if peer is not None:
            _enter(settings, rows, made, party=made.party, to=peer.address, now=now)
        return
    if OWN_STAFF not in rows.peers.by_name([OWN_STAFF]):
        address = settings.consumers.cards_to[0]
        rows.peers.put(Peer(name=OWN_STAFF, address=address, state=PeerState.LIVE, since=now))
    for to in settings.consumers.cards_to:
        _enter(settings, rows, made, party=OWN_STAFF, to=to, now=now)


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
