"""The ledger: each direction with each peer, how long it is, what both sides signed, and what one side disputes.

Trust:      places and details of disputes are the other side's words and pass ``visible``.
Standards:  promise P3; TRUST 6: what counts is a head that both signed.
Answers:    ``routes(door)``: GET /ledger.
Limits:     computing everything again reads every leaf: it is done when somebody asks, by whoever may act on the ledger. What needs
            a key or the other side (reconcile, heal) is done by command: the page says which.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Permit
from comity.model.entry import Channel, Head
from comity.services.prove.leaves.objecting import Disputed, disputes
from comity.services.prove.repairing import Scrubbed
from comity.web.desk.door import Door
from comity.web.desk.work import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One channel."""

    channel: Channel
    is_ours: bool
    head: Head | None  # the newest one that was signed
    receipted: Head | None  # the newest one that the other side cosigned
    refused: int
    stopped: str | None
    forked: int | None  # over how many leaves the peer signed two heads that differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What the page shows."""

    lines: Sequence[Line]
    disputes: Sequence[Disputed]
    scrubbed: Mapping[str, Scrubbed] | None  # by channel, where somebody asked


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        checks = visit.asked("check", 3) == "yes" and visit.may(Permit.LEDGER_ACT)
        if checks:
            view = await door.read(lambda records: _look(door, records, checks=True))
        else:
            view, _ = await door.counted(visit, ("ledger",), lambda records: _look(door, records, checks=False))
        ours = door.work.dealings.domain
        title = visit.words.say("desk-menu.ledger")
        return door.page(visit, "exchange/ledger", title=title, view=view, our_domain=ours)

    return [door.route("/ledger", page, Permit.LEDGER_SEE)]


def _look(door: Door, records: Any, *, checks: bool) -> Listed:
    ours = door.work.dealings.domain
    scrubbed = {each.channel.origin: each for each in door.work.dealings.scrub(records)} if checks else None
    forked = {each.origin: each.smaller for each in records.forks.all()}
    lines = [
        Line(
            channel=each,
            is_ours=each.reporting == ours and not each.is_copy,
            head=records.ledger.head(each.channel_id),
            receipted=records.history.receipted(each.channel_id),
            refused=len(records.history.refused(each.channel_id)),
            stopped=records.ledger.stopped(each.channel_id),
            forked=forked.get(each.origin),
        )
        for each in records.ledger.channels()
    ]
    lines.sort(key=lambda each: (each.channel.quarter, each.channel.origin), reverse=True)
    return Listed(lines=lines, disputes=disputes(records.closes, records.closes.directions()), scrubbed=scrubbed)
