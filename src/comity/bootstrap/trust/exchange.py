"""Join the exchange of ledgers: what takes leaves from peers, and what gives them ours.

Answers:    ``peers_doors`` and ``tls_files`` for the server, ``exchanging_beside`` gives leaves until told to stop.
Limits:     paths that the settings leave out lie beside the settings file.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from comity.bootstrap.desk import beside, desk_store
from comity.bootstrap.parties import ledger_key, own_domain
from comity.bootstrap.thread_beside import thread_beside
from comity.cases.standing import source_net
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError, Outcome
from comity.services.prove.forwarding import Post
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.services.prove.documents import Handed
    from comity.services.prove.stating.exchanging import HandedOver
    from comity.store.engine import Store

REVOCATION_KEY = "revocation.key"
CERTIFICATE, CERTIFICATE_KEY = "peers.pem", "peers.key"
_PAUSE = 1.0
_REFUSED_PAUSE = 15.0


Door = Callable[[bytes], tuple[int, Mapping[str, object]]]


def peers_doors(settings: Settings) -> tuple[Door, Door]:
    """What is done with the leaves that peers post, and with what they ask."""
    from comity.bootstrap.desk import scribe
    from comity.bootstrap.proving import close_terms
    from comity.bootstrap.trust.agreements import taking
    from comity.services.prove.agreement.accepting import Accepting
    from comity.services.prove.asking import Asking
    from comity.services.prove.leaves.objecting import Objecting
    from comity.services.prove.receiving import Receiving, ReceivingTerms

    name, store = own_domain(settings), desk_store(settings)
    terms = ReceivingTerms(
        name=name, key=ledger_key(settings), per_day=settings.exchange.per_day, source_net=source_net
    )
    writer = scribe(settings)
    objecting = None if writer is None else Objecting(writer, close_terms(settings))
    receiving, asking = Receiving(terms, Accepting(name, taking(settings)), objecting), Asking(name)

    def take(data: bytes) -> tuple[int, Mapping[str, object]]:
        answer = receiving.take(store, data, now=datetime.now(UTC))
        return answer.status, answer.said

    def answer(data: bytes) -> tuple[int, Mapping[str, object]]:
        found = asking.take(store, data, now=datetime.now(UTC))
        return found.status, found.said

    return take, answer


def tls_files(settings: Settings) -> tuple[Path, Path]:
    """Our certificate and its key; made where the settings name none and there is none."""
    from comity.outlets.peers.certificate import make

    exchange = settings.exchange
    certificate = beside(settings, exchange.certificate, CERTIFICATE)
    key = beside(settings, exchange.certificate_key, CERTIFICATE_KEY)
    if exchange.certificate is None:
        hosts = [each.host for each in exchange.listen if each.path is None and each.host not in ("0.0.0.0", "::")]  # noqa: S104
        names = dict.fromkeys([settings.identity.domain or "localhost", f"peers.{own_domain(settings)}", *hosts])
        make(certificate, key, list(names), now=datetime.now(UTC))
    return certificate, key


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What came of giving leaves to one peer: how many have a receipt now, and why it stopped."""

    peer: str
    origin: str
    given: int
    reason: str | None
    where: str | None


class ExchangeRun:
    """Gives our leaves to every peer that exchanges."""

    def __init__(self, settings: Settings, stack: ExitStack, store: "Store | None" = None) -> None:
        from comity.outlets.peers.client import PeerClient
        from comity.services.prove.forwarding import Forwarding

        self._name, self._store = own_domain(settings), store or desk_store(settings)
        self._forwarding: dict[str, Forwarding] = {}
        self._hands: dict[str, Post] = {}
        self._states: dict[str, Post] = {}
        hold = timedelta(hours=settings.exchange.refused_hours)
        for site in settings.exchange.peers:
            client = PeerClient(site)
            stack.callback(client.close)
            self._hands[site.peer] = client.hand
            self._states[site.peer] = client.state
            self._forwarding[site.peer] = Forwarding(self._store, site.peer, client.post, hold=hold)
        self._head_file = settings.exchange.head_file

    def once(self, stop: Callable[[], bool] = lambda: False) -> Iterator[Given]:
        """Everything that there is to give now."""
        from comity.services.prove.forwarding import to_give

        with self._store.read() as rows:
            channels = rows.ledger.channels()
        self._keep_heads()
        for peer, giving in self._forwarding.items():
            for channel in to_give(channels, self._name, peer):
                total = 0
                while not stop():
                    step = giving.step(channel, now=datetime.now(UTC))
                    total += step.given
                    if not step.more:
                        break
                if total or step.reason:
                    yield Given(peer=peer, origin=channel.origin, given=total, reason=step.reason, where=step.where)

    def documents(self) -> Iterator[tuple[str, "Handed"]]:
        """Every signed document that waits for a peer now."""
        from comity.services.prove.documents import give

        for peer, hand in self._hands.items():
            handed = give(self._store, peer, hand, now=lambda: datetime.now(UTC))
            if handed.given or handed.refused or handed.reason:
                yield peer, handed

    def statements(self, peer: str | None = None) -> Iterator["HandedOver"]:
        """Every joint statement that we signed and a peer has not had, or those for one of them."""
        from comity.services.prove.stating.exchanging import give

        for each, post in self._states.items():
            if peer in (None, each):
                yield from give(self._store, each, post, now=lambda: datetime.now(UTC))

    def _keep_heads(self) -> None:
        if self._head_file is None:
            return
        from comity.outlets.peers import head_file

        with self._store.read() as rows:
            heads = {
                each.origin: head.note
                for each in rows.ledger.channels()
                if not each.is_copy and (head := rows.ledger.head(each.channel_id)) is not None
            }
        head_file.write(self._head_file, heads)


@contextmanager
def exchanging_beside(settings: Settings, log: LogEvent) -> Iterator[Callable[[], bool]]:
    """Give leaves while the block runs; what it gives says whether that has ended by itself."""
    if settings.identity.domain is None or not (settings.exchange.peers or settings.exchange.head_file):
        yield lambda: False
        return
    from comity.bootstrap.trust.repair import at_start

    at_start(settings, log)
    with thread_beside("exchange", lambda stop: _run(settings, log, stop)) as has_ended:
        yield has_ended


def _run(settings: Settings, log: LogEvent, stop: Event) -> None:
    with ExitStack() as stack:
        run = ExchangeRun(settings, stack)
        pause = _PAUSE
        while not stop.wait(pause):
            pause = _PAUSE
            try:
                for each in run.once(stop.is_set):
                    if each.reason is not None:
                        log("exchange-refused", channel=each.origin, reason=each.reason, where=each.where)
                        pause = _REFUSED_PAUSE
                    if each.given:
                        log("exchange-given", channel=each.origin, leaves=each.given)
                pause = max(pause, _hand(run, log), _state(run, log))
            except ComityError as error:
                if error.outcome is not Outcome.TRY_AGAIN:
                    raise
                pause = _REFUSED_PAUSE


def _hand(run: ExchangeRun, log: LogEvent) -> float:
    """Hand documents over; how long to wait then, in seconds."""
    pause = _PAUSE
    for peer, handed in run.documents():
        if handed.given:
            log("documents-given", peer=peer, documents=handed.given)
        for reason in (*handed.refused, *([handed.reason] if handed.reason else ())):
            log("document-refused", peer=peer, reason=reason)
        if handed.reason is not None:
            pause = _REFUSED_PAUSE
    return pause


def _state(run: ExchangeRun, log: LogEvent) -> float:
    """Hand joint statements over; how long to wait then, in seconds."""
    pause = _PAUSE
    for each in run.statements():
        if each.reason is None:
            log("statement-given", peer=each.kept.peer, period=each.kept.period)
        else:
            log("statement-refused", peer=each.kept.peer, period=each.kept.period, reason=each.reason)
            pause = pause if each.reached else _REFUSED_PAUSE
    return pause
