"""The loops that we joined elsewhere, held against what arrives.

Answers:    ``seen_from(loop, selectors, addresses)`` and ``expiring(loop, today)`` give (``AlarmKind``, facts) where something is
            not as it was joined.
Limits:     a register without selectors or ranges asks nothing of them.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from ipaddress import ip_address
from typing import Any, Final

from comity.model.source import AlarmKind, JoinedLoop

NOTICE: Final = timedelta(days=30)


def expiring(loop: JoinedLoop, today: date) -> dict[str, Any] | None:
    """The day on which it ends, where that is near or over.

    >>> loop = JoinedLoop(name="jmrp", domains=("west.example",), expires=date(2026, 12, 1))
    >>> expiring(loop, date(2026, 11, 28)), expiring(loop, date(2026, 6, 1))
    ({'day': '2026-12-01', 'days': 3}, None)
    """
    if loop.expires is None or today < loop.expires - NOTICE:
        return None
    return {"day": loop.expires.isoformat(), "days": (loop.expires - today).days}


def seen_from(
    loop: JoinedLoop, selectors: Iterable[str], addresses: Iterable[str]
) -> Iterator[tuple[AlarmKind, dict[str, Any]]]:
    """What arrived from this loop and is not as it was joined."""
    if loop.selectors:
        other = sorted({each for each in selectors if each not in loop.selectors})
        if other:
            yield AlarmKind.OTHER_KEY, {"selectors": ", ".join(other[:5])}
    if loop.ranges:
        outside = sorted({each for each in addresses if not _is_in(each, loop)})
        if outside:
            yield AlarmKind.OTHER_RANGE, {"addresses": ", ".join(outside[:5]), "n": len(outside)}


def _is_in(text: str, loop: JoinedLoop) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return True
    return any(address in each for each in loop.ranges if each.version == address.version)
