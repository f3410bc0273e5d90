"""Look at the ledger: whether each channel counts what stands in it, whether it can go on from there, where nothing is signed, and
of which a peer signed two histories.

Answers:    ``ledger(settings, now)``: a ``Check`` for each channel that somebody must put right, or one for all of them; one
            for each peer that has given no receipt for hours; and one where the settings call us otherwise than our card does, by
            whose name all was signed.
Limits:     counts are compared, no leaf is hashed: that is ``comity ledger verify``.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from comity.bootstrap.checking.check import Check, odd, right, wrong
from comity.bootstrap.desk import desk_read
from comity.bootstrap.parties import exchanging, own_card, windows
from comity.ledger import checkpoint
from comity.model.entry import ForkedHistory
from comity.model.message import Message
from comity.model.outcomes import ComityError
from comity.model.period import quarter_of
from comity.services.prove import forwarding
from comity.settings import Settings

_QUARTER: Final = timedelta(days=92)
_PATIENCE: Final = timedelta(hours=6)  # for a receipt: peers are restarted, and moved


def ledger(settings: Settings, now: datetime) -> Iterator[Check]:
    """Channel by channel."""
    ours, carded = settings.identity.domain, _carded(settings)
    if ours is not None and carded is not None and carded != ours:
        yield wrong("ledger", "ledger-other-name", name=carded, domain=ours)
    with desk_read(settings) as rows:
        channels = [
            (
                each,
                rows.history.standing(each.channel_id),
                rows.ledger.stopped(each.channel_id),
                rows.ledger.unfit(each.channel_id),
            )
            for each in rows.ledger.channels()
        ]
        forks = rows.forks.all()
    is_right = not forks
    for fork in forks:
        found = odd if _is_past(fork, now) else wrong
        yield found("ledger", "ledger-forked", peer=fork.writer, channel=fork.origin, n=fork.smaller)
    for channel, standing, stopped, unfit in channels:
        if standing != channel.size:
            yield wrong("ledger", "ledger-miscounted", channel=channel.origin, n=channel.size, stands=standing)
        elif stopped is not None:
            yield wrong("ledger", "ledger-stopped", channel=channel.origin, reason=Message(f"ledger.{stopped}"))
        elif unfit is not None:
            yield wrong("ledger", "ledger-damaged", channel=channel.origin, reason=Message(f"ledger.{unfit}"))
        is_right = is_right and stopped is None and unfit is None
    if is_right and channels:
        yield right("ledger", "ledger", n=len(channels))
    yield from _receipts(settings, now)


def _receipts(settings: Settings, now: datetime) -> Iterator[Check]:
    """Peers that have given no receipt for long: who learns of it when reports are held already has lost days in which to call."""
    ours, peers = settings.identity.domain, exchanging(settings)
    if ours is None or not peers:
        return
    with desk_read(settings) as rows:
        found = [(peer, forwarding.behind(rows.history, ours, peer)) for peer in peers]
    allowed = windows(settings)  # reads agreements: once for all peers
    for peer, waiting in found:
        if waiting.since is None:
            continue
        window, said = allowed[peer], {"peer": peer, "n": waiting.leaves}
        hours = int((now - waiting.since).total_seconds() // 3600)
        if not forwarding.is_open(waiting, window, now):
            yield odd("ledger", "ledger-window-closed", hours=hours, **said)
        elif now - waiting.since > _PATIENCE:
            yield odd("ledger", "ledger-behind", hours=hours, window=int(window.age.total_seconds() // 3600), **said)


def _is_past(fork: ForkedHistory, now: datetime) -> bool:
    """Whether the quarter in which it was closed and agreed on is over, too: nothing unsays a signature, and what is wrong for ever
    hides what is wrong anew."""
    name = checkpoint.channel_name(fork.origin)
    return name is not None and name.quarter < quarter_of((now - _QUARTER).date())


def _carded(settings: Settings) -> str | None:
    """What our card calls us; None where there is none that can be read."""
    try:
        return own_card(settings).ledger.name
    except (ComityError, OSError, UnicodeError):
        return None
