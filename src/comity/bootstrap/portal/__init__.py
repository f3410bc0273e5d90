"""Join the pages for other networks to the store and to the services of enrolment and recourse.

Answers:    ``portal_work(settings, log, shapes, put=...)`` gives all that the application needs; ``portal_tls(settings)`` what it
            is served with.
Limits:     before there is a domain and an address nobody enrols; without ``portal.address`` nobody signs in, because a link in a
            mail must begin with what we call ourselves, never with what a request calls us.
"""

import hmac
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from comity.bootstrap import provider_of
from comity.bootstrap.consumers.enrolling import asking, enrolment_desk, look_up
from comity.bootstrap.desk import COMPLAINER_KEY, beside, desk_store
from comity.locale import LANGUAGES, catalogue
from comity.model.arrival import Arrival
from comity.model.consumer import ClaimKind
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError, Outcome
from comity.services.complain.portal.applying import Applying
from comity.services.complain.portal.keys import Keys
from comity.services.complain.portal.signing_in import SigningIn
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.cases.sources.precision import Precision
    from comity.locale import Catalogue
    from comity.model.consumer import Consumer
    from comity.services.complain.cards.making import Card
    from comity.services.prove.stating.checking import Checked
    from comity.store.engine import Store
    from comity.store.records import Records
    from comity.store.replica import Replica
    from comity.web.portal.work import Contact, House, PortalWork

_PARAGRAPHS: Final = 60
_TEXT: Final = 40_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What is agreed with one network, in one language."""

    peer: str
    ends: datetime | None
    sections: tuple[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """The classes of the web that are filled here, because this room does not know the web."""

    work: "type[PortalWork]"
    house: "type[House]"
    contact: "type[Contact]"


def portal_work(
    settings: Settings,
    log: LogEvent,
    shapes: Shapes,
    *,
    put: Callable[[Arrival], Future[int]],
    replica: "Replica | None" = None,
) -> "PortalWork":
    """All that the pages need."""
    from comity.bootstrap.portal.checking import statement_reader
    from comity.bootstrap.trust.recourse import acknowledge, is_proved, proof_of, recourse_desk
    from comity.outlets.secret_file import secret

    store, room = desk_store(settings, replica), settings.portal
    with store.write():  # tables that joined the store later are made now: pages look before anybody writes
        pass
    checked, keys_of = _checking(settings)
    key = secret(beside(settings, settings.complain.key_file, COMPLAINER_KEY))
    keys = Keys(secrets.token_bytes, key)
    return shapes.work(
        store=store,
        now=lambda: datetime.now(UTC),
        log=log,
        house=house_of(settings, shapes),
        applying=_applying(settings, keys),
        signing_in=_signing_in(settings, keys),
        look_up=look_up,
        recourse=partial(recourse_desk, settings),
        objected=partial(acknowledge, settings),
        proof_of=partial(proof_of, settings),
        is_proved=partial(is_proved, settings),
        csrf=lambda digest: hmac.digest(key, b"portal form\0" + digest, "sha256").hex(),
        card=partial(_card, settings),
        papers=_papers,
        party=partial(_party, settings),
        precision=_precision,
        checked=checked,
        check=statement_reader(log),
        keys_of=keys_of,
        put=put if room.complaints and settings.gates.mailboxes else None,
        is_secure=room.certificate is not None or room.behind_proxy,
        is_behind_proxy=room.behind_proxy,
    )


def portal_tls(settings: Settings) -> tuple[Path | None, Path | None]:
    """Certificate and key; none where a proxy of ours speaks TLS."""
    return settings.portal.certificate, settings.portal.certificate_key


def house_of(settings: Settings, shapes: Shapes) -> "House":
    """Who we are, out of the settings."""
    identity, room = settings.identity, settings.portal
    return shapes.house(
        name=identity.organisation or "",
        domain=identity.domain or "",
        mailbox=identity.address,
        contacts=tuple(
            shapes.contact(
                name=each.name,
                address=each.address,
                languages=each.languages,
                hours=each.hours,
                telephone=each.telephone,
            )
            for each in room.contacts
        ),
        policy={} if room.policy is None else {each: paragraphs(room.policy / f"{each}.txt") for each in LANGUAGES},
        rules={
            "trial_per_day": settings.consumers.trial_per_day,
            "per_day": settings.consumers.per_day,
            "proof_days": settings.consumers.proof_days,
            "warning_hours": settings.prove.warning_hours,
            "recourse_days": settings.prove.recourse_days,
        },
    )


def paragraphs(path: Path) -> Sequence[str]:
    """The paragraphs of a text of the operator's; a language without a file has none."""
    try:
        text = path.read_text(encoding="utf-8")[:_TEXT]
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise ComityError(
            "portal-policy",
            f"{path} cannot be read",
            outcome=Outcome.CONFIGURATION,
            place=str(path),
            details={"reason": getattr(error, "strerror", None) or "UTF-8"},
        ) from error
    found = (" ".join(each.split()) for each in text.replace("\r\n", "\n").split("\n\n"))
    return tuple(each for each in found if each)[:_PARAGRAPHS]


def _applying(settings: Settings, keys: Keys) -> Applying | None:
    """Who takes applications; None where there is nobody that reports could come from, or none are wanted."""
    identity, most = settings.identity, settings.portal.applications_per_day
    if identity.domain is None or identity.address is None or most == 0:
        return None
    return Applying(
        keys, partial(enrolment_desk, settings), asking(settings), chance=secrets.token_bytes, most_a_day=most
    )


def _card(settings: Settings, store: "Store", name: str, *, since: datetime, until: datetime) -> "Card":
    from comity.bootstrap.consumers.cards import make_card

    return make_card(settings, store, name, since=since, until=until)


def _papers(records: "Records", consumer: "Consumer", *, words: "Catalogue", now: datetime) -> list[Paper]:
    """What is agreed with a network, for whoever proved its very domain: a name below it speaks for itself alone."""
    from comity.accord.agreement import life, wording

    domains = _proved(records, consumer, now)

    def tell(said: Any) -> str:
        return said if isinstance(said, str) else words.tell(said)

    return [
        Paper(
            peer=domain,
            ends=life.ends_at(paper),
            sections=tuple(
                (
                    tell(each.title),
                    tuple((tell(label), tuple(tell(value) for value in values)) for label, values in each.rows),
                )
                for each in wording.sections(paper.document, paper.digest)
            ),
        )
        for domain in domains
        if (paper := life.in_force(records.agreements.of(domain), now)) is not None
    ]


def _proved(records: "Records", consumer: "Consumer", now: datetime) -> list[str]:
    """The domains that a network has proved."""
    claims = records.consumers.claims(consumer.name)
    return [each.subject for each in claims if each.kind is ClaimKind.DOMAIN and each.holds(now)]


def _party(settings: Settings, records: "Records", consumer: "Consumer", *, now: datetime) -> str:
    """Under which name reports leave for a network: that of the agreement with the very domain that it proved, else its own."""
    from comity.bootstrap.trust.agreements import standing

    domain = consumer.address.rpartition("@")[2]
    if domain not in _proved(records, consumer, now):
        return consumer.name
    agreed = (each for each in standing(settings) if each.address.rpartition("@")[2].lower() == domain)
    return next((each.peer for each in agreed), consumer.name)


def _precision(records: "Records", consumer: "Consumer", *, now: datetime) -> "Precision | None":
    """How often what it reported to us was right, as far as it was signed by a domain that it proved."""
    from comity.services.public.sources import precision_of

    verdicts = records.sources.verdicts()
    found = [verdicts[name] for each in _proved(records, consumer, now) if (name := f"peer:{each}") in verdicts]
    return precision_of(found[0]) if found else None


def _checking(settings: Settings) -> "tuple[Callable[..., Any] | None, Callable[..., Sequence[str]]]":
    """What checks a statement by the keys that we know, and shows those keys; nothing before there is a key of ours."""
    from comity.bootstrap.proving import peer_keys, stating
    from comity.services.prove.stating.checking import check

    try:
        ours = stating(settings).public
    except ComityError:
        return None, lambda *_: ()

    def checked(records: "Records", peer: str, data: bytes) -> "Checked":
        return check(data, [*peer_keys(records, [peer]), ours])

    def keys_of(records: "Records", peer: str) -> Sequence[str]:
        return [each.encoded() for each in (ours, *peer_keys(records, [peer]))]

    return checked, keys_of


def _signing_in(settings: Settings, keys: Keys) -> SigningIn | None:
    """Who mails links; None where a link has nothing to begin with."""
    identity, site = settings.identity, settings.portal.address
    if identity.domain is None or identity.address is None or site is None:
        return None
    provider = provider_of(settings, settings.complain.agreements or beside(settings, None, "comity.toml"))
    return SigningIn(
        keys,
        provider,
        {each: catalogue(each) for each in LANGUAGES},
        site=site,
        paths={each: f"/{each}/in/" for each in LANGUAGES},
        chance=secrets.token_bytes,
    )
