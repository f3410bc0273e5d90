"""Look at where feedback comes from and whose it is: loops that were joined, feeds, traces, lease programs, what is sealed.

Answers:    ``sources``, ``traces``, ``leases``, ``sealed``: one ``Check`` or more, as ``comity.bootstrap.checking`` calls it.
Limits:     looks only: what the running program has raised is shown, and what the register says today.
"""

from collections.abc import Iterator
from datetime import datetime

from comity.bootstrap.checking.check import Check, odd, right, wrong
from comity.bootstrap.data import lease_service
from comity.bootstrap.desk import beside, desk_read
from comity.bootstrap.grave.boxes import hook_of
from comity.bootstrap.sources import joined_loops
from comity.bootstrap.sources.tracing import TRACE_KEYS, trace_keys
from comity.cases.sources.register import expiring
from comity.model.source import AlarmKind
from comity.remediation.effect.infestation import Alive, day_of
from comity.settings import Settings


def sources(settings: Settings, now: datetime) -> Iterator[Check]:
    """How the feeds are."""
    with desk_read(settings) as records:
        known, alarms = records.sources.all(), records.sources.alarms()
        alive = Alive.of(records.effects.days())
    yield right("sources", "sources", n=len(known))
    for source in sorted(alive.days):
        pause = alive.silent(source, day_of(now))
        if pause is not None:
            yield odd("sources", "feed-silent", source=source, days=pause[0], longest=pause[1])
    for each in alarms:
        if each.kind is not AlarmKind.EXPIRES:
            yield odd("sources", f"source-{each.kind.value}", source=each.source, alarm=each.alarm_id, **each.facts)
    heard = {each.name for each in known}
    for loop in joined_loops(settings):
        ends = expiring(loop, now.date())
        if ends is not None:
            yield odd("sources", "source-expires", source=loop.name, **ends)
        if f"loop:{loop.name}" not in heard:
            yield odd("sources", "source-never", source=loop.name)


def traces(settings: Settings, _: datetime) -> Iterator[Check]:
    """Whether mail of our own people gets a trace that says later whose it was, and whether there are keys that open it."""
    room, file = settings.sources, beside(settings, settings.sources.trace_keys, TRACE_KEYS)
    if room.trace and not settings.gates.milter:
        yield odd("traces", "trace-no-milter")
    if trace_keys(settings) is not None:  # keys that cannot be read say so
        yield right("traces", "trace-key" if room.trace else "trace-opens", file=file)
    elif room.trace or room.trace_keys is not None:
        yield odd("traces", "trace-key-none", file=file)


def leases(settings: Settings, now: datetime) -> Iterator[Check]:
    """Whether the program that knows who held an address answers, to a question without a question."""
    ask = lease_service(settings)
    if ask is None:
        return
    said = ask([], now)
    if isinstance(said, str):
        yield wrong("leases", "lease-service-silent", place=settings.data.lease_url, reason=said)
    else:
        yield right("leases", "lease-service", place=settings.data.lease_url)


def sealed(settings: Settings, _: datetime) -> Iterator[Check]:
    """Whether what nobody may look at can be sealed, and what waits for the role."""
    if hook_of(settings) is not None:  # a list or a key that is wrong says so
        yield right("sealed", "sealed")
    with desk_read(settings) as records:
        waiting = len(records.sealed.all(open_only=True))
    if waiting:
        yield odd("sealed", "sealed-waits", n=waiting)
