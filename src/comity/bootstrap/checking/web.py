"""Look at the places where programs, peers, people at the desk and subscribers reach us over HTTP.

Trust:      whoever answers at a port may be anybody: little is read of it, for two seconds.
Answers:    ``programs`` (the API), ``exchange`` (the peers), ``desk`` (the pages), ``subscribers`` and ``networks``: a ``Check``
            or more for each place.
Limits:     a certificate is not judged, only that one is used: see ``comity.bootstrap.checking.certificates``.
"""

import socket
import ssl
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from comity.bootstrap.checking.check import Check, odd, right, wrong
from comity.bootstrap.desk import desk_read
from comity.model.account import WITHOUT_ACCOUNT
from comity.model.listener import Listener
from comity.model.sending import APPLICANTS, PeerState
from comity.services.prove.leaves.relayed import handed_on, over_quota
from comity.settings import Settings

_SECONDS: Final = 2.0
_SENDERS: Final = 5  # whose messages were refused most often
_DESK: Final = b"content-security-policy: default-src 'none'"


def programs(settings: Settings, now: datetime) -> Iterator[Check]:
    """The API: who answers, whether its tokens travel in clear beyond this machine, whether there are any."""
    api = settings.api
    for each in api.listen:
        yield _answers("api", each, path="/health", wanted=b'"ok"', tls=api.certificate is not None)
        if not each.is_local and api.certificate is None:
            yield odd("api", "api-clear", place=str(each))
    if api.listen:
        with desk_read(settings) as records:
            open_ones = [each for each in records.tokens.all() if each.refusal(now) is None]
        yield right("api", "api-tokens", n=len(open_ones)) if open_ones else odd("api", "api-tokens-none")


def exchange(settings: Settings, now: datetime) -> Iterator[Check]:
    """The exchange of ledgers, which always speaks TLS; and who had too much relayed today, where we are a hub."""
    for each in settings.exchange.listen:
        if not (each.path or each.port):
            continue  # whoever starts it chooses the port
        yield _answers("exchange", each, path="/comity/v1/question", wanted=b" 405 ", tls=True)
    if not settings.exchange.relay_to:
        return
    day = now.date().isoformat()
    with desk_read(settings) as records:
        relayed, refused = handed_on(records.keys, day), over_quota(records.keys, day)
    yield right("exchange", "relayed", n=relayed)
    for bringer, n in sorted(refused.items(), key=lambda each: (-each[1], each[0]))[:_SENDERS]:
        yield odd("exchange", "relay-quota", sender=bringer, n=n)


def desk(settings: Settings, _: datetime) -> Iterator[Check]:
    """The pages of the desk: who answers, and whether anybody may sign in."""
    pages = settings.pages
    for each in pages.listen:
        if each.path or each.port:
            yield _answers("desk", each, path="/sign-in", wanted=_DESK, tls=pages.certificate is not None)
    if pages.listen:
        with desk_read(settings) as records:
            standing = [account for account in records.accounts.all() if account.ended is None]
        n = len(standing)
        yield right("desk", "desk-accounts", n=n) if n else odd("desk", "desk-accounts-none")
        for name in sorted(WITHOUT_ACCOUNT & {account.name for account in standing}):
            yield odd("desk", "desk-account-namesake", name=name)


def subscribers(settings: Settings, _: datetime) -> Iterator[Check]:
    """The help site."""
    for each in settings.help.listen:
        if each.path or each.port:
            yield _answers("help", each, path="/", wanted=b"/index.html\r\n", tls=settings.help.certificate is not None)


def networks(settings: Settings, _: datetime) -> Iterator[Check]:
    """The pages for other networks: who answers, whether a link can be mailed, and whether mail to applicants may leave."""
    room = settings.portal
    for each in room.listen:
        if each.path or each.port:
            yield _answers("portal", each, path="/", wanted=b"/network\r\n", tls=room.certificate is not None)
    if not room.listen:
        return
    if room.address is None:
        yield odd("portal", "portal-address-none")
    if room.applications_per_day:
        with desk_read(settings) as records:
            peer = records.peers.by_name([APPLICANTS]).get(APPLICANTS)
        is_open = peer is not None and peer.state is PeerState.LIVE
        yield right("portal", "portal-mail") if is_open else odd("portal", "portal-mail-held")


def _answers(about: str, listener: Listener, *, path: str, wanted: bytes, tls: bool) -> Check:
    said = _said(listener, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode(), tls=tls)
    if said is None:
        return odd(about, "gate-silent", protocol=about, place=str(listener))
    make, finding = (right, "gate") if wanted in said else (wrong, "gate-other")
    return make(about, finding, protocol=about, place=str(listener))


def _said(listener: Listener, asked: bytes, *, tls: bool) -> bytes | None:
    """What whoever listens there answers; None where nobody does."""
    family = socket.AF_UNIX if listener.path else socket.AF_INET6 if ":" in listener.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(_SECONDS)
        try:
            probe.connect(listener.path or (listener.host, listener.port))
            return _asked(probe, asked, tls=tls)
        except (ConnectionRefusedError, FileNotFoundError):
            return None
        except OSError:
            return b""


def _asked(probe: socket.socket, asked: bytes, *, tls: bool) -> bytes:
    if tls:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it is asked whether anybody is there
        probe = context.wrap_socket(probe)
    with probe:
        probe.sendall(asked)
        found = b""
        while len(found) < 4096 and (piece := probe.recv(4096)):
            found += piece
    return found
