"""``comity serve``: take feedback in and work it off, until told to stop.

Trust:      mail that comes in is strangers'; the gates do not read it, readers with bounds do. Browsers and programs meet another
            process than mail does: what a page costs, or breaks, costs no acknowledgement.
Answers:    one line on standard output when everything listens; the log on standard error. SIGTERM and SIGINT end it: what was
            acknowledged is kept, what is being taken is finished.
Limits:     ``--role all`` starts one process for the gates, one for pages and programs where there are any, and one for the work,
            and keeps all of them alive. Pages that cannot be served (a port that is taken) are logged and tried again; a gate that
            cannot listen ends all.
"""

import asyncio
import json
import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.configuration import settings
from comity.cli.operate.delivering import delivery_work, milter_work, missing, opinions_of, proxy_work, spamd_work
from comity.cli.speech import speaker
from comity.model.outcomes import Outcome

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    from comity.gates.serving import OpenWeb
    from comity.gates.terms import GateTerms
    from comity.model.arrival import Arrival
    from comity.model.listener import Listener
    from comity.model.log_events import LogEvent
    from comity.model.outcomes import ComityError
    from comity.settings import Settings
    from comity.store.replica import Replica

_NAP = 0.1
_STANDARD_INPUT = 0


class Role(StrEnum):
    """What one process does."""

    ALL = "all"
    GATES = "gates"
    PAGES = "pages"
    WORKER = "worker"


def command(
    role: Annotated[Role, typer.Option("--role")] = Role.ALL,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> Outcome:
    """Serve."""
    from comity.bootstrap.house.files import say_what_is_missing
    from comity.outlets.event_log import EventLog, quiet_others
    from comity.outlets.programs.this_process import name_process

    quiet_others()
    log = EventLog(role.value, as_json=as_json)
    if _parent() is None:  # once, by whoever was started by a person or a service
        say_what_is_missing(settings(), log)
    if role is Role.ALL:
        came = _all(settings(), log, as_json=as_json)
        if isinstance(came, Outcome):
            return came
        role, log = came, EventLog(came.value, as_json=as_json)
    name_process(role.value)
    if role is Role.GATES:
        _gates(settings(), log, as_json=as_json)
    elif role is Role.PAGES:
        _pages(settings(), log, as_json=as_json)
    else:
        _work(settings(), log, as_json=as_json)
    return Outcome.DONE


def _all(found: "Settings", log: "LogEvent", *, as_json: bool) -> Outcome | Role:
    """How it ended; in each process that was begun meanwhile, what it is to be."""
    from comity.bootstrap.at_hand import have_at_hand
    from comity.gates.supervisor import Supervisor, command_line

    taking, web = _takes_mail(found), bool(_web(found))
    if not (taking or web):
        raise _nowhere(found)
    roles = [*([Role.GATES] if taking else ()), *([Role.PAGES] if web else ()), Role.WORKER]
    config = str(found.file) if found.file else None
    keeper = Supervisor(
        roles,
        lambda role: command_line(role, config=config, language=speaker().language, as_json=as_json),
        log=log,
        optional=[Role.PAGES] if taking else (),  # who cannot reach a page must not keep mail from being taken
        ready=lambda places: _ready(Role.ALL, places, as_json=as_json),
    )
    have_at_hand()
    came = keeper.run()
    if isinstance(came, str):
        return Role(came)
    return Outcome.CONFIGURATION if came == Outcome.CONFIGURATION.value.exit_status else Outcome.DONE


def _gates(found: "Settings", log: "LogEvent", *, as_json: bool) -> None:
    from comity.bootstrap.gates import group_commit
    from comity.cli.operate.watches import watches
    from comity.gates.serving import GateWork, serve_gates

    if not _takes_mail(found):
        raise _nowhere(found)
    gates = found.gates
    delivering = bool(gates.milter or found.delivery.lmtp)
    opinions = opinions_of(found, log) if gates.spamd or (found.delivery.judge and delivering) else None
    at_delivery = delivery_work(found, log, opinions)
    commit = group_commit(found)
    work = GateWork(
        terms=_terms(found),
        listeners={"lmtp": gates.lmtp, "smtp": gates.smtp},
        commit=commit,
        watches=watches(found, commit.put, log),
        log=log,
        ready=lambda places: _ready(Role.GATES, places, as_json=as_json),
        marking=milter_work(at_delivery, log) if at_delivery is not None and gates.milter else None,
        milter=gates.milter,
        handing_on=proxy_work(found, at_delivery, log) if at_delivery is not None and found.delivery.lmtp else None,
        proxy=found.delivery.lmtp,
        asking=spamd_work(found, log, opinions=opinions, put=commit.put)
        if opinions is not None and gates.spamd
        else None,
        spamd=gates.spamd,
        tally=None if at_delivery is None else at_delivery.tally,
        opinions=opinions,
        parent=_parent(),
    )
    asyncio.run(serve_gates(work))


def _pages(found: "Settings", log: "LogEvent", *, as_json: bool) -> None:
    """Where people, programs and peers reach us over HTTP; what they hand over goes into the spool as mail does."""
    from comity.bootstrap.desk import replica_of
    from comity.bootstrap.gates import group_commit
    from comity.gates.serving import GateWork, serve_gates

    if not _web(found):
        raise missing("pages.listen", found)
    commit, replica = group_commit(found), replica_of(found, log)
    with ExitStack() as ends:
        work = GateWork(
            terms=_terms(found),
            listeners={},
            commit=commit,
            log=log,
            ready=lambda places: _ready(Role.PAGES, places, as_json=as_json),
            web=[
                *_peers(found, log, ends),
                *_api(found, commit.put, log, replica=replica),
                *_help(found, log),
                *_desk(found, commit.put, log, replica=replica),
                *_portal(found, commit.put, log, replica=replica),
            ],
            parent=_parent(),
        )
        asyncio.run(serve_gates(work))


def _terms(found: "Settings") -> "GateTerms":
    from comity.bootstrap.gates import gate_name, mailboxes_of
    from comity.gates.terms import GateTerms

    gates = found.gates
    return GateTerms(
        name=gate_name(found),
        mailboxes=mailboxes_of(found),
        size=gates.size_mib << 20,
        connections=gates.connections,
        timeout=gates.timeout_seconds,
    )


def _peers(found: "Settings", log: "LogEvent", ends: ExitStack) -> "list[OpenWeb]":
    """Where peers reach us; ``ends``: what was counted last is written at the end."""
    if not found.exchange.listen:
        return []
    from comity.bootstrap.owed.relaying import RelayCounts, relays
    from comity.bootstrap.trust.documents import documents_door
    from comity.bootstrap.trust.exchange import peers_doors, tls_files
    from comity.bootstrap.trust.statements import statements_door
    from comity.web.peers import PeersWork, peers_app

    take, answer = peers_doors(found)
    counts = RelayCounts(found)
    ends.callback(counts.close)
    work = PeersWork(
        take=take,
        answer=answer,
        documents=documents_door(found),
        statements=statements_door(found),
        log=log,
        relay=relays(found),
        relay_per_minute=found.exchange.relay_per_minute,
        relayed=counts.note,
    )
    app = peers_app(work)
    return _places("peers", app, listeners=found.exchange.listen, tls=tls_files(found), log=log)


def _api(
    found: "Settings", put: "Callable[[Arrival], Future[int]]", log: "LogEvent", *, replica: "Replica | None"
) -> "list[OpenWeb]":
    """Where programs reach us."""
    if not found.api.listen:
        return []
    from comity.bootstrap.api import api_certificate, api_work
    from comity.gates.listening import HELD_BYTES
    from comity.model.byte_budget import Budget
    from comity.web.api import ApiWork, api_app

    app = api_app(api_work(found, put, log, room=Budget(HELD_BYTES), work=ApiWork, replica=replica))
    return _places("api", app, listeners=found.api.listen, tls=api_certificate(found), log=log)


def _help(found: "Settings", log: "LogEvent") -> "list[OpenWeb]":
    """Where subscribers reach us."""
    if not found.help.listen:
        return []
    from comity.bootstrap.help.serving import help_tls, help_work
    from comity.web.help.app import help_app
    from comity.web.help.desk import HelpWork

    app = help_app(help_work(found, log, HelpWork))
    return _places("help", app, listeners=found.help.listen, tls=help_tls(found), log=log)


def _desk(
    found: "Settings", put: "Callable[[Arrival], Future[int]]", log: "LogEvent", *, replica: "Replica | None"
) -> "list[OpenWeb]":
    """Where people work with a browser."""
    if not found.pages.listen:
        return []
    from comity.bootstrap.pages import desk_work, pages_tls
    from comity.bootstrap.pages.sample_desk import sample_work
    from comity.web.desk.app import desk_app
    from comity.web.desk.sampling import SampleSwitch
    from comity.web.desk.work import DeskWork

    work = desk_work(found, log, DeskWork, put=put, replica=replica)

    def opened() -> "tuple[Any, DeskWork]":
        assert work.sample is not None  # noqa: S101 - it was joined above
        made = sample_work(work.sample, work, work=DeskWork)
        return desk_app(made), made

    app = SampleSwitch(desk_app(work), work, opened)
    return _places("desk", app, listeners=found.pages.listen, tls=pages_tls(found), log=log)


def _portal(
    found: "Settings", put: "Callable[[Arrival], Future[int]]", log: "LogEvent", *, replica: "Replica | None"
) -> "list[OpenWeb]":
    """Where other networks reach us with a browser."""
    if not found.portal.listen:
        return []
    from comity.bootstrap.portal import Shapes, portal_tls, portal_work
    from comity.web.portal.app import portal_app
    from comity.web.portal.work import Contact, House, PortalWork

    shapes = Shapes(work=PortalWork, house=House, contact=Contact)
    app = portal_app(portal_work(found, log, shapes, put=put, replica=replica))
    return _places("portal", app, listeners=found.portal.listen, tls=portal_tls(found), log=log)


def _places(
    name: str, app: Any, *, listeners: "Sequence[Listener]", tls: "tuple[Path | None, Path | None]", log: "LogEvent"
) -> "list[OpenWeb]":
    """One application at each of its places, with the certificate and key of TLS."""
    from comity.gates.web import WebPlace, serve_web

    certificate, key = tls
    return [
        partial(serve_web, WebPlace(name=name, app=app, listener=each, certificate=certificate, key=key, log=log))
        for each in listeners
    ]


def _work(found: "Settings", log: "LogEvent", *, as_json: bool) -> None:
    from comity.bootstrap.at_hand import have_at_hand
    from comity.bootstrap.learning import learning_beside
    from comity.bootstrap.playbook.running import playbook_beside
    from comity.bootstrap.remedy.joining import from_complaints
    from comity.bootstrap.search import indexing_beside
    from comity.bootstrap.sending import looks_beside, sending_beside
    from comity.bootstrap.serving import readers_beside, working_off
    from comity.bootstrap.trust.exchange import exchanging_beside

    # Before there are threads: of two that import one package at once each may get half of it. Readers have it all from here.
    have_at_hand()
    parent, asked = _parent(), list[int]()
    ended: list[Callable[[], bool]] = []
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda number, _: asked.append(number))

    def stop() -> bool:
        return (
            bool(asked)
            or any(each() for each in ended)
            or (parent is not None and bool(select.select([parent], [], [], 0)[0]))
        )

    def rest(seconds: float) -> None:
        until = time.monotonic() + seconds
        while not stop() and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _NAP))

    with (
        readers_beside(found, log) as readers,
        looks_beside(found, log) as looks,
        exchanging_beside(found, log) as exchange_ended,  # before all others: what is behind must not sign
        sending_beside(found, log, from_complaints(found, log), looks=looks) as has_ended,
        learning_beside(found, log) as learning_ended,
        playbook_beside(found, log) as playbook_ended,
        indexing_beside(found, log) as indexing_ended,
        working_off(found, log, readers, stop=stop, rest=rest) as work,
    ):
        ended += (has_ended, exchange_ended, learning_ended, playbook_ended, indexing_ended)
        _ready(Role.WORKER, (), as_json=as_json)
        work.run()
    log("process-draining")


def _web(found: "Settings") -> "tuple[Listener, ...]":
    """Where people, programs and peers are to reach us."""
    return (
        *found.exchange.listen,
        *found.api.listen,
        *found.help.listen,
        *found.pages.listen,
        *found.portal.listen,
    )


def _takes_mail(found: "Settings") -> bool:
    """Whether there is anything for the gates to do; mail for nobody is a mistake that is better said at once."""
    gates = found.gates
    if not gates.mailboxes and (gates.lmtp or gates.smtp):
        raise missing("gates.mailboxes", found)
    is_watching = bool(found.watch.maildir or found.watch.imap or found.watch.bus)
    return is_watching or bool(gates.lmtp or gates.smtp or gates.milter or gates.spamd or found.delivery.lmtp)


def _nowhere(found: "Settings") -> "ComityError":
    return missing("gates.lmtp" if found.gates.mailboxes else "gates.mailboxes", found)


def _parent() -> int | None:
    """What ends when the process that keeps us alive ends."""
    from comity.gates.supervisor import SUPERVISED

    return _STANDARD_INPUT if os.environ.get(SUPERVISED) else None


def _ready(role: Role, places: Sequence[str], *, as_json: bool) -> None:
    """Say that everything is there; a process that is kept says so to its keeper, the others to the service manager."""
    from comity.outlets.programs import service_manager
    from comity.outlets.readers import circles

    circles.pass_over()
    if _parent() is None:
        service_manager.say(service_manager.READY, os.environ)
    if as_json or _parent() is not None:
        text = json.dumps({"ready": role.value, "listening": list(places)})
    else:
        text = speaker().say("serve.ready", role=role.value, places=" ".join(places)).rstrip()
    print(text, flush=True)
