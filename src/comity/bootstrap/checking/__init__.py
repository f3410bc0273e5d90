"""Look at everything that must be right before mail can come and go; change nothing.

Answers:    ``checks(settings, now)`` gives one ``Check`` for each thing, in the order in which one would mend them.
Limits:     a port is tried by connecting to it, a disk by asking for its free room, a log-in by logging in. What other networks
            think of us is not asked.
"""

import socket
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from comity.bootstrap.checking import agreements, feeds, learning, nodes, notices, ways, web
from comity.bootstrap.checking.certificates import certificates
from comity.bootstrap.checking.check import Check, Condition, failed, refusal
from comity.bootstrap.checking.ledger import ledger
from comity.bootstrap.checking.model import model
from comity.bootstrap.checking.replica import replica
from comity.bootstrap.desk import COMPLAINER_KEY, DKIM_KEY, LEDGER_KEY, beside, database_file, desk_store, holdings
from comity.bootstrap.gates import mailboxes_of, spool_path
from comity.bootstrap.help import NOTICE_KEY
from comity.bootstrap.playbook import playbook_in_use
from comity.bootstrap.playbook.outside import Programs
from comity.bootstrap.sources.tracing import MAIL_LOG_KEY, TRACE_KEYS
from comity.bootstrap.trust.exchange import CERTIFICATE_KEY, REVOCATION_KEY
from comity.model.listener import Listener
from comity.model.outcomes import ComityError
from comity.model.sending import OWN_PROGRAMS, PeerState
from comity.services.receive.grave.urgent import standing
from comity.settings import Settings
from comity.settings.agreements import read_agreements
from comity.settings.named_files import missing_files
from comity.store.group_commit import free_bytes
from comity.store.metadata import SCHEMA_VERSION
from comity.store.migrations.checking import check as differences
from comity.store.spool import Spool

_LATE: Final = timedelta(minutes=10)
_MIB: Final = 1 << 20
_CONNECT_SECONDS: Final = 2.0
_GREETING: Final = b" Comity"

__all__ = ["Check", "Condition", "checks", "local_checks"]


def checks(settings: Settings, now: datetime) -> Iterator[Check]:
    """Everything, one after the other; what is wrong with one keeps nobody from looking at the next."""
    if settings.file is None:
        yield Check(about="settings", condition=Condition.ODD, finding="settings-none")
    else:
        yield Check(about="settings", condition=Condition.RIGHT, finding="settings", details={"file": settings.file})
        for error in missing_files(settings):
            yield failed("settings", error)
    yield from _looked(settings, now, _LOOKS)


def local_checks(settings: Settings, now: datetime) -> Iterator[Check]:
    """What only this machine can see of itself, and tells the others."""
    yield from _looked(settings, now, {about: _LOOKS[about] for about in _LOCAL})


def _looked(
    settings: Settings, now: datetime, looks: Mapping[str, Callable[[Settings, datetime], Iterator[Check]]]
) -> Iterator[Check]:
    for about, look in looks.items():
        try:
            yield from look(settings, now)
        except ComityError as error:
            yield Check(about=about, condition=Condition.WRONG, finding=error.code, error=error)
        except OSError as error:
            details = {"file": error.filename, "reason": refusal(error)}
            yield Check(about=about, condition=Condition.WRONG, finding="file", details=details)


def _own(settings: Settings, _: datetime) -> Iterator[Check]:
    n = sum(1 for _ in holdings(settings.own))
    condition = Condition.RIGHT if n else Condition.ODD
    yield Check(about="own", condition=condition, finding="own" if n else "own-none", details={"n": n})


def _agreements(settings: Settings, _: datetime) -> Iterator[Check]:
    path = settings.complain.agreements
    if path is None:
        yield Check(about="agreements", condition=Condition.RIGHT, finding="agreements-none")
        return
    n = len(read_agreements(path).agreements)
    yield Check(about="agreements", condition=Condition.RIGHT, finding="agreements", details={"n": n})


def _playbook(settings: Settings, _: datetime) -> Iterator[Check]:
    """Whether the playbook that cases are to follow can be used, without which the program does not start; and the files of
    the programs that it may tell."""
    playbook = playbook_in_use(settings)
    if playbook is not None:
        details = {"name": playbook.name, "n": len(settings.playbook.live)}
        yield Check(about="playbook", condition=Condition.RIGHT, finding="playbook", details=details)
    programs = Programs(settings)
    for each in settings.playbook.webhooks:
        try:
            programs.check(each.name)
        except ComityError as error:
            yield Check(about="webhook", condition=Condition.WRONG, finding=error.code, error=error)
        except OSError as error:
            file = {"file": error.filename, "reason": refusal(error)}
            yield Check(about="webhook", condition=Condition.WRONG, finding="file", details=file)


def _store(settings: Settings, now: datetime) -> Iterator[Check]:
    with closing(desk_store(settings)) as store, store.read() as records:
        n = records.intake.waiting_shunt()[0] + records.sending.count_shunted()
        urgent = len(standing(records.urgent))
        overdue = len(records.case_letters.overdue(now))
        programs = records.peers.by_name([OWN_PROGRAMS]).get(OWN_PROGRAMS)
    yield Check(
        about="store",
        condition=Condition.RIGHT,
        finding="store",
        details={"file": store.place, "version": SCHEMA_VERSION},
    )
    if found := differences(store.database):
        details = {"file": store.place, "n": len(found), "reason": found[0]}
        yield Check(about="store", condition=Condition.WRONG, finding="store-differs", details=details)
    if n:
        yield Check(about="shunt", condition=Condition.ODD, finding="shunted", details={"n": n})
    if overdue:
        yield Check(about="letters", condition=Condition.ODD, finding="letters-overdue", details={"n": overdue})
    if urgent:
        yield Check(about="urgent", condition=Condition.ODD, finding="urgent", details={"n": urgent})
    if programs is not None and programs.state is not PeerState.LIVE:
        yield Check(about="playbook", condition=Condition.ODD, finding="programs-held")


def _spool(settings: Settings, now: datetime) -> Iterator[Check]:
    path = spool_path(settings)
    if not path.exists():
        yield Check(about="spool", condition=Condition.RIGHT, finding="spool-none", details={"file": path})
        return
    spool = Spool(path, durable=False)
    try:
        counts = spool.counts()
    finally:
        spool.close()
    if counts.oldest is None or now - counts.oldest < _LATE:
        yield Check(about="spool", condition=Condition.RIGHT, finding="spool", details={"n": counts.items})
        return
    minutes = (now - counts.oldest) // timedelta(minutes=1)
    details = {"n": counts.items, "minutes": minutes}
    yield Check(about="spool", condition=Condition.WRONG, finding="spool-late", details=details)


def _secrets(settings: Settings, _: datetime) -> Iterator[Check]:
    identity = settings.identity
    named = (
        beside(settings, settings.complain.key_file, COMPLAINER_KEY),
        beside(settings, identity.dkim_key, DKIM_KEY),
        beside(settings, identity.ledger_key, LEDGER_KEY),
        beside(settings, None, REVOCATION_KEY),  # until somebody took it off this machine, as comity init asks
        beside(settings, settings.sources.trace_keys, TRACE_KEYS),
        beside(settings, settings.sources.mail_log_key, MAIL_LOG_KEY),
        beside(settings, settings.help.key_file, NOTICE_KEY),  # whoever has it opens the page of any subscriber
        database_file(settings),
        spool_path(settings),
    )
    found = [path for path in named if path is not None and path.exists()]
    is_open = [path for path in found if stat.S_IMODE(path.stat().st_mode) & 0o077]
    # Of these a group of the system may be let in, as it is for keys that a program renews.
    of_tls = [path for path in _tls_keys(settings) if path.exists()]
    is_open += [path for path in of_tls if stat.S_IMODE(path.stat().st_mode) & 0o007]
    found += of_tls
    for path in is_open:
        yield Check(about="rights", condition=Condition.WRONG, finding="rights-open", details={"file": path})
    if found and not is_open:
        yield Check(about="rights", condition=Condition.RIGHT, finding="rights", details={"n": len(found)})


def _tls_keys(settings: Settings) -> Iterator[Path]:
    """The private keys of the places where we listen."""
    rooms = (settings.pages, settings.portal, settings.help, settings.api)
    yield from (each.certificate_key for each in rooms if each.certificate_key is not None)
    if settings.exchange.listen:
        yield beside(settings, settings.exchange.certificate_key, CERTIFICATE_KEY)


def _room(settings: Settings, _: datetime) -> Iterator[Check]:
    reserve = settings.gates.reserve_mib
    files = (database_file(settings), spool_path(settings))
    for folder in dict.fromkeys(file.parent for file in files if file is not None):
        free = free_bytes(folder) // _MIB
        condition = Condition.WRONG if free < reserve else Condition.ODD if free < 2 * reserve else Condition.RIGHT
        finding = {Condition.RIGHT: "room", Condition.ODD: "room-little", Condition.WRONG: "room-none"}[condition]
        details = {"folder": folder, "free": free, "reserve": reserve}
        yield Check(about="room", condition=condition, finding=finding, details=details)


def _gates(settings: Settings, _: datetime) -> Iterator[Check]:
    gates = settings.gates
    listeners = [("lmtp", each) for each in gates.lmtp] + [("smtp", each) for each in gates.smtp]
    is_watching = bool(settings.watch.maildir or settings.watch.imap or settings.watch.bus)
    if not is_watching and (not listeners or not mailboxes_of(settings).kinds):
        yield Check(about="gates", condition=Condition.ODD, finding="gates-none")
        return
    for protocol, listener in listeners:
        if not (listener.path or listener.port):
            continue  # whoever starts it chooses the port: nobody else knows it
        condition, finding = _try(listener)
        details = {"protocol": protocol, "place": str(listener)}
        yield Check(about="gates", condition=condition, finding=finding, details=details)


def _try(listener: Listener) -> tuple[Condition, str]:
    """Who answers at a place where we are to listen."""
    family = socket.AF_UNIX if listener.path else socket.AF_INET6 if ":" in listener.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(_CONNECT_SECONDS)
        try:
            probe.connect(listener.path or (listener.host, listener.port))
            is_ours = _GREETING in probe.recv(512)
        except (ConnectionRefusedError, FileNotFoundError):
            return Condition.ODD, "gate-silent"
        except OSError:
            is_ours = False
    return (Condition.RIGHT, "gate") if is_ours else (Condition.WRONG, "gate-other")


_LOOKS: Final[Mapping[str, Callable[[Settings, datetime], Iterator[Check]]]] = {
    "own": _own,
    "agreements": _agreements,
    "agreement": agreements.look,
    "consumers": agreements.consumers,
    "playbook": _playbook,
    "store": _store,
    "replica": replica,
    "ledger": ledger,
    "spool": _spool,
    "rights": _secrets,
    "room": _room,
    "gates": _gates,
    "milter": ways.milter,
    "complaints": ways.complaints,
    "answers": ways.answers,
    "model": model,
    "learning": learning.learning,
    "sources": feeds.sources,
    "traces": feeds.traces,
    "leases": feeds.leases,
    "sealed": feeds.sealed,
    "watch": ways.watches,
    "mail-host": ways.mail_host,
    "delivery": ways.next_server,
    "api": web.programs,
    "exchange": web.exchange,
    "certificates": certificates,
    "desk": web.desk,
    "help": web.subscribers,
    "notices": notices.texts,
    "nights": notices.nights,
    "unsaid": notices.unsaid,
    "garden": notices.garden,
    "portal": web.networks,
    "nodes": nodes.nodes,
}
_LOCAL: Final = (
    "rights",
    "spool",
    "room",
    "gates",
    "milter",
    "model",
    "api",
    "exchange",
    "certificates",
    "desk",
    "help",
    "portal",
)
