"""A mailbox provider for measuring: four networks that it reports to, its own folder, every stage under a stopwatch.

Answers:    ``bench_provider(folder, ...)`` gives the settings of one that is ready; ``measured(settings, watch)`` what decides
            and sends.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import current_thread

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from comity.bootstrap.desk import DKIM_KEY, beside, database_of, persistence_of, scribe
from comity.bootstrap.first_run import first_run
from comity.bootstrap.sending import ProviderSide, host_terms, looks_apart, provider_side
from comity.formats.dkim import public_record
from comity.outlets.mail_out import MailHost
from comity.outlets.private_key import KeySort, read
from comity.services.complain.exchanging import Exchange
from comity.services.complain.sending import Envelope, Mailing, Persistence, Reply
from comity.services.complain.signing import signer
from comity.services.operate.bench_complain import Stopwatch
from comity.services.operate.sample_complaints import PARTIES, SELECTOR
from comity.settings import Settings
from comity.settings.first_file import Value
from comity.store.dialects import database_of as at
from comity.store.engine import Records, Store

_MANY = 10**7


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What decides and sends; ``public`` is what our mail is verified by, ``exchange`` writes leaves as both do."""

    side: ProviderSide
    mailing: Mailing
    public: dict[str, str]
    exchange: Exchange


def bench_provider(folder: Path, key: RSAPrivateKey, *, port: int, readers: int) -> Settings:
    """Make it; ``port`` is that of its mail host, ``key`` the one that the networks sign with."""
    agreements = [
        f'[[agreement]]\npeer = "{each.name}"\naddress = "{each.address}"\nnetworks = ["{each.network}.0/24"]\n'
        f'dkim_domains = ["{each.domain}"]\ntier = "{each.tier.value}"\n'
        for each in PARTIES
    ]
    (folder / "agreements.toml").write_text("\n".join(agreements), encoding="ascii")
    record = public_record(key)
    zone = [f'{SELECTOR}._domainkey.{each.domain}. IN TXT "{record}"\n' for each in PARTIES]
    (folder / "seen.zone").write_text("".join(zone), encoding="ascii")
    given: dict[str, Value] = {
        "identity.domain": "west.example",
        "identity.address": "feedback@west.example",
        "own.domains": ["west.example"],
        "reading.trusted_hosts": ["mx.west.example"],
        "complain.agreements": "agreements.toml",
        "worker.dkim_keys": "seen.zone",
        "worker.readers": readers,
        "sending.host": "127.0.0.1",
        "sending.port": port,
        "sending.tls": "never",
        "sending.wait_seconds": 0,
        "sending.per_day": _MANY,
        "consumers.quiet_hours": 0,  # every complaint is measured
    }
    return first_run(folder, given, KeySort.RSA).settings


@contextmanager
def measured(settings: Settings, watch: Stopwatch) -> Iterator[Measured]:
    """Join it as ``comity serve`` does; every network is live."""
    store = _TimedStore(database_of(settings), watch)
    looks = looks_apart(settings, _no_log)
    side = provider_side(settings, key_records=settings.worker.dkim_keys, looks=looks, store=store)
    persistence = persistence_of(settings)
    if persistence is None:
        raise ValueError("a provider has a domain")
    for each in PARTIES:
        side.peering.live(each.name, now=datetime.now(UTC), with_held=False)
    try:
        yield _measured(settings, side, persistence, watch=watch)
    finally:
        side.deciding.close()
        store.close()


def _measured(settings: Settings, side: ProviderSide, persistence: Persistence, *, watch: Stopwatch) -> Measured:
    identity, terms = settings.identity, host_terms(settings)
    domain, key = identity.domain or "", read(beside(settings, identity.dkim_key, DKIM_KEY))
    sign = signer(domain, identity.dkim_selector, key=key)

    def signed(data: bytes, now: datetime) -> bytes:
        with watch.on("sign"):
            return sign(data, now)

    mailing = Mailing(
        side.store,
        lambda: _TimedHost(MailHost(terms), watch),
        signed,
        persistence=persistence,
        clock=lambda: datetime.now(UTC),
    )
    side.deciding.waking(mailing.wake)
    writer = scribe(settings)
    if writer is None:
        raise ValueError("a provider has a key for its ledger")
    return Measured(
        side=side,
        mailing=mailing,
        public={f"{identity.dkim_selector}._domainkey.{domain}": public_record(key)},
        exchange=Exchange(domain, writer),
    )


class _TimedStore(Store):
    """Counts the transactions that write, by who writes."""

    def __init__(self, where: Path | str, watch: Stopwatch) -> None:
        super().__init__(at(where))
        self._watch = watch

    @contextmanager
    def write(self) -> Iterator[Records]:
        """One transaction that writes."""
        with self._watch.on(f"write:{current_thread().name.partition('_')[0]}"), super().write() as records:
            yield records


class _TimedHost:
    """The mail host, under a stopwatch."""

    def __init__(self, host: MailHost, watch: Stopwatch) -> None:
        self._host, self._watch = host, watch

    def send(self, mail: Envelope) -> Reply:
        """Hand over one mail."""
        with self._watch.on("hand-over"):
            return self._host.send(mail)

    def close(self) -> None:
        """End the connection."""
        self._host.close()


def _no_log(event: str, /, **facts: object) -> None:
    """A bench says what happened in numbers."""
