"""Join what signals need: the desk, what peers sent, the lists that are published.

Answers:    ``signal_desk(settings, records, ...)``, ``signal_handlers(settings)``, ``export`` (the files of the lists, written),
            ``keep_lists`` (what the running program does now and then), ``own_infrastructure`` and ``peers_infrastructure``.
Limits:     a file is written when what is on the lists changed, or when the operator asks for it.
"""

import secrets
from base64 import b32encode
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, summarize_address_range
from pathlib import Path
from typing import TYPE_CHECKING

from comity.accord.signals.rules import Audience, Infrastructure
from comity.bootstrap import missing
from comity.bootstrap.desk import desk_store, holdings, scribe
from comity.bootstrap.parties import ledger_key, own_domain
from comity.bootstrap.proving import agreements_of
from comity.bootstrap.trust.recourse import post, recourse_desk
from comity.model.holding import Holding
from comity.model.log_events import LogEvent
from comity.services.prove.signals import publishing
from comity.services.prove.signals.deciding import SignalDesk, SignalTerms
from comity.services.prove.signals.publishing import ListPlace
from comity.services.prove.signals.taking import PROGRAM, SignalTaking
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.model.recourse import Consequence
    from comity.model.signal import Kept
    from comity.services.prove.documents import Handler
    from comity.services.prove.signals.rows import SignalTransaction
    from comity.store.engine import Store
    from comity.store.records import Records

_ID_BYTES = 10
_TURN = ".lists.lock"


def signal_desk(settings: Settings, records: "Records", *, actor: str, now: datetime) -> SignalDesk:
    """Who acts, in this transaction."""
    now = now.replace(microsecond=0)  # as it stands in what is signed
    recourse = recourse_desk(settings, records, actor=actor, now=now)
    return SignalDesk(records, _terms(settings, actor), recourse, scribe=scribe(settings), actor=actor, now=now)


def signal_handlers(settings: Settings) -> "dict[str, Handler[Records]]":
    """What is done with signals that a peer signed."""
    taking = SignalTaking(
        lambda rows, now: signal_desk(settings, rows, actor=PROGRAM, now=now),  # type: ignore[arg-type]
        own_infrastructure(settings),
        peers_infrastructure(settings),
    )
    return dict(taking.handlers())


def own_infrastructure(settings: Settings) -> Infrastructure:
    """What we declared as our own."""
    networks: list[IPv4Network | IPv6Network] = []
    domains = [own_domain(settings)]
    for each in holdings(settings.own):
        networks += _networks(each)
        domains += [each.domain] if each.domain is not None else []
    return Infrastructure(networks=tuple(networks), domains=tuple(dict.fromkeys(domains)))


def peers_infrastructure(settings: Settings) -> Mapping[str, Infrastructure]:
    """What each peer declared as its own, by its domain: as it stands in the agreements."""
    found: dict[str, Infrastructure] = defaultdict(Infrastructure)
    for each in agreements_of(settings):
        domain = each.address.rpartition("@")[2].lower()
        before = found[domain]
        found[domain] = replace(
            before,
            networks=(*before.networks, *each.networks),
            domains=tuple(dict.fromkeys((*before.domains, domain, *each.dkim_domains))),
        )
    return dict(found)


def place_of(settings: Settings) -> ListPlace:
    """Where lists are published."""
    signals, identity = settings.signals, settings.identity
    zone = signals.zone or f"lists.{own_domain(settings)}"
    address = _address(settings)
    return ListPlace(
        zone=zone,
        servers=signals.servers or (f"ns.{zone}",),
        hostmaster=signals.hostmaster or identity.address or address,
        ttl=signals.ttl,
        address=address,
        why=signals.why,
    )


def export(
    settings: Settings, store: "Store", folder: Path, *, audience: Audience, now: datetime, anyway: bool = True
) -> "list[str] | None":
    """Take back what recourse was granted against, then write every file; their names. None where nothing changed."""
    from comity.outlets.lock_file import in_turn

    # Whoever looked earlier writes earlier: nobody puts back what was taken off meanwhile.
    with in_turn(folder / _TURN):
        with store.write() as records:
            signal_desk(settings, records, actor=PROGRAM, now=now).settle()
            found = publishing.on_lists(records, audience, now)
        return _written(settings, found, folder, audience=audience, now=now, anyway=anyway)


def _written(
    settings: Settings, found: "Sequence[Kept]", folder: Path, *, audience: Audience, now: datetime, anyway: bool
) -> "list[str] | None":
    from comity.outlets.files.replacing import replaced

    place, index = place_of(settings), folder / publishing.INDEX
    before = index.read_bytes() if index.exists() else None
    if not anyway and publishing.is_published(before, publishing.content(found, place, audience)):
        return None
    made = publishing.files(found, place, audience, now=now, before=before)
    for name in sorted(
        made, key=lambda each: (each == publishing.INDEX, each)
    ):  # the index last: it says what is there
        with replaced(folder / name) as file:
            file.write(made[name])
    return sorted(made)


def keep_lists(settings: Settings, store: "Store", *, log: LogEvent, now: datetime) -> None:
    """What the worker does now and then, and whoever grants recourse at once: nothing stays on a list that must not."""
    if scribe(settings) is None or settings.identity.address is None:
        return
    folder = settings.signals.folder
    if folder is None:
        with store.write() as records:
            settled = signal_desk(settings, records, actor=PROGRAM, now=now).settle()
        if settled:
            log("signals-settled", signals=settled)
        return
    written = export(settings, store, folder, audience=Audience(settings.signals.audience), now=now, anyway=False)
    if written is not None:
        log("lists-published", files=len(written))


def republish(settings: Settings) -> None:
    """After something was decided: the lists are right at once."""
    with closing(desk_store(settings)) as store:
        keep_lists(settings, store, log=_quiet, now=datetime.now(UTC))


def _quiet(event: str, /, **details: object) -> None:
    """A command says what happened in its own words."""


def _terms(settings: Settings, actor: str) -> SignalTerms:
    def warn(rows: "SignalTransaction", made: "Consequence", now: datetime) -> object:
        return post(settings).warn(rows, made, by=actor, now=now)

    return SignalTerms(
        ours=own_domain(settings),
        contact=_address(settings),
        key=ledger_key(settings),
        own=own_infrastructure(settings),
        peers=peers_infrastructure(settings),
        new_id=lambda: f"S-{b32encode(secrets.token_bytes(_ID_BYTES)).decode()}",
        warn=warn,
    )


def _address(settings: Settings) -> str:
    if settings.identity.address is None:
        raise missing("identity.address", settings.file)
    return settings.identity.address


def _networks(holding: Holding) -> list[IPv4Network | IPv6Network]:
    if holding.version == 4:
        return list(summarize_address_range(IPv4Address(holding.first), IPv4Address(holding.last)))
    if holding.version == 6:
        return list(summarize_address_range(IPv6Address(holding.first), IPv6Address(holding.last)))
    return []
