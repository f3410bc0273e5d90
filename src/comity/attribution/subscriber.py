"""Which subscriber held an address when something happened: one, or nobody is told.

Trust:      leases are out of our own books; the time and the port of what happened are a reporter's, whose clock may be off.
Standards:  RFC 6302 (what must be logged to tell one subscriber from another behind one address), RFC 6269 section 13.
Answers:    ``holder(leases, event, terms)`` gives ``Holder``, ``Unsure`` with its reason and whom it could be, or None where no
            book knows anything.
Limits:     the reasons: ``time-missing``; ``port-missing`` (several lines share the address, the report names no port);
            ``changed-hands`` (within what the clocks may be off, or the time is only a day); ``overlapping`` (two books say two
            things); ``shared-line`` (a hotspot: the line is known, the person is not); ``lease-stale`` (nobody said that it had
            ended, and for too long nobody said that it had not).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from comity.model.lease import Lease, Window

_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a report says: when, how exactly, and from which port; ``is_split``: others hold other ports of the address."""

    seen: datetime | None
    precision: str | None = "second"  # "second", "minute", "day"
    port: int | None = None
    is_split: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseTerms:
    """How far clocks may be off, and for how long a lease without an end is believed after the last news of it."""

    margin: timedelta = timedelta(seconds=120)
    stale: timedelta = timedelta(hours=48)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """It was this one."""

    subscriber: str
    lease: Lease


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsure:
    """It was one of these, or nobody knows: nobody is told."""

    reason: str
    candidates: tuple[str, ...] = ()


def window_of(event: Event, terms: LeaseTerms) -> Window | None:
    """Between which moments it happened; None where that is not known.

    >>> from datetime import UTC
    >>> window_of(Event(seen=datetime(2026, 11, 28, 8, 5, 9, tzinfo=UTC)), LeaseTerms()).last.isoformat()
    '2026-11-28T08:07:09+00:00'
    """
    if event.seen is None:
        return None
    return Window(first=event.seen - terms.margin, last=event.seen + _length(event) + terms.margin)


def _length(event: Event) -> timedelta:
    """A time without seconds may have had them cut off; midnight may stand for the whole day."""
    return {"day": _DAY, "minute": _MINUTE}.get(event.precision or "day", timedelta(0))


def holder(leases: Sequence[Lease], event: Event, terms: LeaseTerms) -> Holder | Unsure | None:
    """Who it was. ``leases`` are all of the address (and port) that may touch the window."""
    window = window_of(event, terms)
    if event.seen is None or window is None:
        return Unsure(reason="time-missing", candidates=_names(leases)) if leases or event.is_split else None
    if event.is_split and event.port is None:
        return Unsure(reason="port-missing")
    ended = [(each, end) for each, end in _with_ends(leases) if _has_port(each, event.port)]
    touching = [
        (each, end) for each, end in ended if each.began <= window.last and (end is None or end >= window.first)
    ]
    if not touching:
        return None
    names = _names(each for each, _ in touching)
    if len(names) > 1:
        over = event.seen + _length(event)
        throughout = [each for each, end in touching if each.began <= event.seen and (end is None or end >= over)]
        is_certain = len(_names(throughout)) > 1  # no better time would help
        return Unsure(reason="overlapping" if is_certain else "changed-hands", candidates=names)
    if any(each.is_shared for each, _ in touching):
        return Unsure(reason="shared-line", candidates=names)
    last = touching[-1][0]
    if last.ended is None and event.seen > last.known_until + terms.stale:
        return Unsure(reason="lease-stale", candidates=names)
    return Holder(subscriber=names[0], lease=last)


def _with_ends(leases: Sequence[Lease]) -> list[tuple[Lease, datetime | None]]:
    """Each with its end, oldest first. One that nobody ended has ended when the next one of the same ports began."""
    ordered = sorted(leases, key=lambda each: each.began)
    return [(each, each.ended or _next_began(each, ordered[at + 1 :])) for at, each in enumerate(ordered)]


def _next_began(lease: Lease, later: Sequence[Lease]) -> datetime | None:
    others = (
        each.began
        for each in later
        if each.began > lease.known_until
        and each.network == lease.network
        and each.first_port <= lease.last_port
        and lease.first_port <= each.last_port
    )
    return next(others, None)


def _has_port(lease: Lease, port: int | None) -> bool:
    return port is None or lease.first_port <= port <= lease.last_port


def _names(leases: Iterable[Lease]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.subscriber for each in leases))
