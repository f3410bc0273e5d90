"""The process of the gates: one event loop for all sockets, until told to stop.

Answers:    ``serve_gates(work)`` runs until the signal; then nobody new is let in and what is being taken is finished.
Limits:     it reads no stranger's mail; whatever waits for the disk waits in a thread of its own.
"""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from comity.gates.delivery.opinion import Opinions
from comity.gates.delivery.tally import Tally
from comity.gates.listening import Gates
from comity.gates.milter.connection import MilterWork
from comity.gates.opening import Opening
from comity.gates.proxy.conversation import ProxyWork
from comity.gates.spamd.serving import SpamdWork
from comity.gates.terms import GateTerms
from comity.gates.watching import keep_watching
from comity.gates.watching.terms import Watch
from comity.model.listener import Listener
from comity.model.log_events import LogEvent
from comity.store.group_commit import GroupCommit

if TYPE_CHECKING:
    from comity.gates.web import ServedWeb

OpenWeb = Callable[[], Awaitable["ServedWeb"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateWork:
    """All that the process needs."""

    terms: GateTerms
    listeners: Mapping[str, Sequence[Listener]]  # by protocol
    commit: GroupCommit
    log: LogEvent
    ready: Callable[[Sequence[str]], None]  # told where it listens
    marking: MilterWork | None = None
    milter: Sequence[Listener] = ()
    handing_on: ProxyWork | None = None
    proxy: Sequence[Listener] = ()
    asking: SpamdWork | None = None
    spamd: Sequence[Listener] = ()
    watches: Sequence[Watch] = ()
    tally: Tally | None = None  # what is counted at delivery
    opinions: Opinions | None = None  # the filter, where mail is judged
    web: Sequence[OpenWeb] = ()  # applications, each opened by calling it
    parent: int | None = None  # a file descriptor that ends when whoever started us does


async def serve_gates(work: GateWork) -> None:
    """Listen, take, stop."""
    sys.setswitchinterval(
        0.0005
    )  # the thread that writes must not wait for the one that listens, nor the other way round
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if work.parent is not None:
        loop.add_reader(work.parent, stop.set)
    gates, watching = Gates(work.terms, work.commit.put, work.log), list[asyncio.Task[None]]()
    web = Opening(work.web, work.log)
    try:
        if work.opinions is not None:
            await asyncio.to_thread(work.opinions.child.start)
        for protocol, listeners in work.listeners.items():
            await gates.open(protocol, listeners)
        if work.marking is not None:
            await gates.open_milter(work.marking, work.milter)
        if work.handing_on is not None:
            await gates.open_proxy(work.handing_on, work.proxy)
        if work.asking is not None:
            await gates.open_spamd(work.asking, work.spamd)
        await web.open()
        watching = [asyncio.create_task(keep_watching(each, work.log)) for each in work.watches]
        watching.append(asyncio.create_task(web.keep_trying()))
        if work.tally is not None:
            watching.append(asyncio.create_task(work.tally.run()))
        watched = [f"watch={each.name}" for each in work.watches]
        work.ready([*gates.places, *web.places, *watched])
        await stop.wait()
        work.log("process-draining")
    finally:
        if work.parent is not None:
            loop.remove_reader(work.parent)
        for each in watching:
            each.cancel()  # what it took and did not mark yet is taken again, and counted once
        await asyncio.gather(*watching, return_exceptions=True)
        await gates.drain()
        if work.tally is not None:
            await work.tally.flush()
        if work.opinions is not None:
            work.opinions.child.close()
        await web.end()
        await asyncio.to_thread(work.commit.close)
