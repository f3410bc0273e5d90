"""Join the exchange of ledgers: what takes leaves from peers, and what gives them ours.

Answers:    ``peers_doors`` and ``tls_files`` for the server, ``exchanging_beside`` gives leaves until told to stop.
Limits:     paths that the settings leave out lie beside the settings file.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING

from comity.bootstrap.desk import beside, desk_store, ledger_keys
from comity.bootstrap.parties import ledger_key, own_domain
from comity.bootstrap.thread_beside import thread_beside
from comity.cases.standing import source_net
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError, Outcome
from comity.services.prove.forwarding import Post
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.model.entry import Channel
    from comity.services.prove.documents import Handed
    from comity.services.prove.stating.exchanging import HandedOver
    from comity.store.engine import Store

REVOCATION_KEY = "revocation.key"
CERTIFICATE, CERTIFICATE_KEY = "peers.pem", "peers.key"
_PAUSE = 1.0
_REFUSED_PAUSE = 15.0
_LONGEST_PAUSE = 300.0
_MOST_AT_ONCE = 8
_AWAY = ("peer-unreachable", "peer-late", "peer-long")


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
        hold, ours = timedelta(hours=settings.exchange.refused_hours), ledger_keys(settings)
        for site in settings.exchange.peers:
            client = PeerClient(site)
            stack.callback(client.close)
            self._hands[site.peer] = client.hand
            self._states[site.peer] = client.state
            self._forwarding[site.peer] = Forwarding(self._store, site.peer, client.post, hold=hold, ours=ours)
        self._head_file = settings.exchange.head_file

    @property
    def peers(self) -> tuple[str, ...]:
        """All that exchange with us."""
        return tuple(self._forwarding)

    def once(self, stop: Callable[[], bool] = lambda: False) -> Iterator[Given]:
        """Everything that there is to give now."""
        channels = self.channels()
        for peer in self.peers:
            yield from self.leaves(peer, channels, stop)

    def channels(self) -> "Sequence[Channel]":
        """All channels as they are now; their heads are on the second path then."""
        with self._store.read() as rows:
            channels = rows.ledger.channels()
        self._keep_heads()
        return channels

    def leaves(self, peer: str, channels: "Sequence[Channel]", stop: Callable[[], bool]) -> Iterator[Given]:
        """Everything that there is to give to one peer."""
        from comity.services.prove.forwarding import to_give

        for channel in to_give(channels, self._name, peer):
            total, step = 0, None
            while not stop():
                step = self._forwarding[peer].step(channel, now=datetime.now(UTC))
                total += step.given
                if not step.more:
                    break
            if step is not None and (total or step.reason):
                yield Given(peer=peer, origin=channel.origin, given=total, reason=step.reason, where=step.where)

    def documents(self, only: str | None = None) -> Iterator[tuple[str, "Handed"]]:
        """Every signed document that waits for a peer now, or for one of them."""
        from comity.services.prove.documents import give

        for peer, hand in self._hands.items():
            if only not in (None, peer):
                continue
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
    """Each peer in a thread of its own while there is something to do: one that is slow, or away, keeps no other waiting."""
    with ExitStack() as stack:
        run = ExchangeRun(settings, stack)
        pool = stack.enter_context(ThreadPoolExecutor(min(_MOST_AT_ONCE, len(run.peers) or 1), "exchange-peer"))
        begun: dict[str, Future[bool]] = {}
        waits: dict[str, tuple[float, float]] = {}  # until when a peer is left alone, and for how long it was
        pause = _PAUSE
        while not stop.wait(pause):
            pause = _PAUSE
            try:
                for peer in [each for each, job in begun.items() if job.done()]:
                    waits[peer] = _wait_after(begun.pop(peer).result(), waits.get(peer))
                channels = run.channels()
            except ComityError as error:
                if error.outcome is not Outcome.TRY_AGAIN:
                    stop.set()
                    raise
                pause = _REFUSED_PAUSE
                continue
            for peer in run.peers:
                if peer not in begun and waits.get(peer, (0.0, 0.0))[0] <= monotonic():
                    begun[peer] = pool.submit(_with_peer, run, peer, channels, log=log, stop=stop)


def _wait_after(went_well: bool, before: tuple[float, float] | None) -> tuple[float, float]:
    """A peer that does not answer, or refuses, is asked less and less often, every few minutes at least."""
    if went_well:
        return 0.0, 0.0
    seconds = min(2 * before[1], _LONGEST_PAUSE) if before is not None and before[1] else _REFUSED_PAUSE
    return monotonic() + seconds, seconds


def _with_peer(run: ExchangeRun, peer: str, channels: "Sequence[Channel]", *, log: LogEvent, stop: Event) -> bool:
    """Give one peer all that there is for it now; whether it took everything."""
    try:
        took = _leaves(run, peer, channels, log=log, stop=stop)
        # A leaf may be refused because of a document that the peer has not got yet.
        return took is not None and all([_hand(run, peer, log), _state(run, peer, log), took])
    except ComityError as error:  # the store is busy
        if error.outcome is not Outcome.TRY_AGAIN:
            raise
        return False


def _leaves(run: ExchangeRun, peer: str, channels: "Sequence[Channel]", *, log: LogEvent, stop: Event) -> bool | None:
    """Whether the peer took all leaves; None where there is nobody."""
    is_well = True
    for each in run.leaves(peer, channels, stop.is_set):
        if each.reason is not None:
            log("exchange-refused", channel=each.origin, reason=each.reason, where=each.where)
            is_well = False
            if each.reason in _AWAY or each.reason.startswith("peer-certificate"):
                return None  # no need to knock at each door
        if each.given:
            log("exchange-given", channel=each.origin, leaves=each.given)
    return is_well


def _hand(run: ExchangeRun, peer: str, log: LogEvent) -> bool:
    """Hand documents over; whether the peer could be asked about all of them."""
    is_well = True
    for _, handed in run.documents(peer):
        if handed.given:
            log("documents-given", peer=peer, documents=handed.given)
        for reason in (*handed.refused, *([handed.reason] if handed.reason else ())):
            log("document-refused", peer=peer, reason=reason)
        is_well = is_well and handed.reason is None
    return is_well


def _state(run: ExchangeRun, peer: str, log: LogEvent) -> bool:
    """Hand joint statements over; whether the peer was reached with all of them."""
    is_well = True
    for each in run.statements(peer):
        if each.reason is None:
            log("statement-given", peer=each.kept.peer, period=each.kept.period)
        else:
            log("statement-refused", peer=each.kept.peer, period=each.kept.period, reason=each.reason)
            is_well = is_well and each.reached
    return is_well
