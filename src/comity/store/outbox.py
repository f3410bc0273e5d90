"""Queries about mail that is to leave: held, waiting, claimed by a thread that sends, ended.

Answers:    ``Outbox``; ``claim`` leases rows for a while, so that a thread that dies gives them back by itself.
Limits:     one connection, no commits. A row that twice got no answer is not claimed again: it may have been sent twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from comity.model.sending import OutboxKind, OutboxState, PeerState
from comity.services.complain.rows import OutboxRow
from comity.store.tables.peers import peer
from comity.store.tables.sending import outbox

AT_A_TIME: Final = 2  # mails for one peer
TRIES_UNANSWERED: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxCount:
    """How much there is of one sort."""

    party: str
    state: OutboxState
    reason: str | None
    count: int
    oldest: datetime


class Outbox:
    """Rows of the outbox."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_outbox(self, rows: Sequence[OutboxRow]) -> None:
        """New mail in the outbox."""
        if rows:
            self._connection.execute(insert(outbox), [_values(each) for each in rows])

    def release(self, outbox_id: int, now: datetime) -> None:
        """What was held may leave."""
        self._change(outbox_id, state=OutboxState.WAITING.value, reason=None, released=now, due=now)

    def end(self, outbox_id: int, state: OutboxState, *, reason: str, at: datetime) -> None:
        """This mail will not be sent."""
        self._change(
            outbox_id, state=state.value, reason=reason, finished=at, data=None, leased_until=None, leased_by=None
        )

    def sent(self, outbox_id: int, at: datetime) -> None:
        """The mail host took it."""
        self._change(
            outbox_id,
            state=OutboxState.SENT.value,
            reason=None,
            finished=at,
            data=None,
            leased_until=None,
            leased_by=None,
            unanswered=0,
        )

    def postpone(self, outbox_id: int, *, until: datetime, error: str, counts: bool) -> None:
        """It is tried again later; ``counts`` is False where the mail host itself could not be reached."""
        self._change(
            outbox_id,
            due=until,
            last_error=error,
            leased_until=None,
            leased_by=None,
            unanswered=0,
            attempts=outbox.c.attempts if counts else outbox.c.attempts - 1,
        )

    def fail(self, outbox_id: int, *, reason: str, error: str, at: datetime) -> None:
        """It is not tried again."""
        self.end(outbox_id, OutboxState.FAILED, reason=reason, at=at)
        self._change(outbox_id, last_error=error)

    def bounced(self, outbox_id: int, *, error: str, at: datetime) -> None:
        """It came back."""
        self.fail(outbox_id, reason="bounced", error=error, at=at)
        self._change(outbox_id, bounced=at)

    def _change(self, outbox_id: int, **values: Any) -> None:
        self._connection.execute(update(outbox).where(outbox.c.id == outbox_id).values(values))

    def expire(self, held_before: datetime, at: datetime) -> int:
        """End what has been held since before this moment; how many there were."""
        old = (outbox.c.state == OutboxState.HELD.value) & (outbox.c.entered < held_before)
        values = {"state": OutboxState.EXPIRED.value, "reason": "held-too-long", "finished": at, "data": None}
        return self._connection.execute(update(outbox).where(old).values(values)).rowcount

    def released_since(self, party: str, since: datetime) -> int:
        """How much was allowed to leave for a party since this moment."""
        query = select(func.count()).where(outbox.c.party == party, outbox.c.released >= since)
        return int(self._connection.execute(query).scalar_one())

    def parties_held_for(self, reason: str) -> Sequence[str]:
        """The parties whose mail is held for this reason."""
        query = select(outbox.c.party).where(outbox.c.state == OutboxState.HELD.value, outbox.c.reason == reason)
        return [row.party for row in self._connection.execute(query.distinct().order_by(outbox.c.party))]

    # -- sending

    def claim(self, by: str, *, now: datetime, until: datetime, most: int) -> Sequence[OutboxRow]:
        """Lease what is due, at most two at a time for one peer, and only for peers that are live."""
        chosen: list[int] = []
        for party in self._parties_waiting():
            if len(chosen) >= most:
                break
            chosen += self._next_of(party, now, most - len(chosen))
        if not chosen:
            return ()
        leasing = (
            update(outbox)
            .where(outbox.c.id.in_(chosen))
            .values(
                leased_until=until,
                leased_by=by,
                attempts=outbox.c.attempts + 1,
                unanswered=outbox.c.unanswered + 1,
            )
            .returning(outbox)
        )
        return sorted(map(_outbox_row, self._connection.execute(leasing)), key=lambda row: row.outbox_id)

    def _parties_waiting(self) -> Iterator[str]:
        """Live peers that something waits for: one look into the index for each."""
        last = ""
        while True:
            query = select(func.min(outbox.c.party)).where(
                outbox.c.state == OutboxState.WAITING.value, outbox.c.party > last
            )
            party = self._connection.scalar(query)
            if party is None:
                return
            last = party
            if self._connection.scalar(select(peer.c.state).where(peer.c.name == party)) == PeerState.LIVE.value:
                yield party

    def _next_of(self, party: str, now: datetime, most: int) -> list[int]:
        waiting = (outbox.c.state == OutboxState.WAITING.value) & (outbox.c.party == party)
        busy = self._connection.scalar(select(func.count()).where(waiting, outbox.c.leased_until > now)) or 0
        query = (
            select(outbox.c.id)
            .where(waiting, outbox.c.due <= now, or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= now))
            .where(outbox.c.unanswered < TRIES_UNANSWERED)
            .order_by(outbox.c.due, outbox.c.id)
            .limit(max(0, min(most, AT_A_TIME - busy)))
        )
        return [row.id for row in self._connection.execute(query)]

    def interrupted(self, now: datetime) -> Sequence[int]:
        """Mail whose sending twice ended without an answer."""
        query = select(outbox.c.id).where(
            outbox.c.state == OutboxState.WAITING.value,
            outbox.c.unanswered >= TRIES_UNANSWERED,
            outbox.c.leased_until <= now,
        )
        return [row.id for row in self._connection.execute(query)]

    def next_due(self) -> datetime | None:
        """When the next mail is due."""
        query = select(func.min(outbox.c.due)).where(outbox.c.state == OutboxState.WAITING.value)
        due: datetime | None = self._connection.scalar(query)
        return due

    # -- bounces

    def by_bounce_token(self, token: str) -> OutboxRow | None:
        """The mail that had this envelope address."""
        row = self._connection.execute(select(outbox).where(outbox.c.bounce_token == token)).first()
        return None if row is None else _outbox_row(row)

    def hard_bounces(self, party: str, since: datetime) -> int:
        """How many mails for a party were refused for good since this moment."""
        query = select(func.count()).where(
            outbox.c.party == party,
            outbox.c.reason.in_(("bounced", "refused")),
            outbox.c.finished >= since,
            outbox.c.state == OutboxState.FAILED.value,
        )
        return int(self._connection.execute(query).scalar_one())

    # -- to be shown

    def counts(self) -> Sequence[OutboxCount]:
        """How much there is of each sort."""
        columns = (outbox.c.party, outbox.c.state, outbox.c.reason)
        query = select(*columns, func.count().label("n"), func.min(outbox.c.entered).label("oldest")).group_by(*columns)
        return [
            OutboxCount(
                party=row.party, state=OutboxState(row.state), reason=row.reason, count=row.n, oldest=row.oldest
            )
            for row in self._connection.execute(query.order_by(*columns))
        ]


def _values(each: OutboxRow) -> dict[str, Any]:
    return {
        "kind": each.kind.value,
        "party": each.party,
        "address": each.address,
        "bounce_token": each.bounce_token,
        "data": each.packed,
        "size": each.size,
        "report_id": each.report_id,
        "state": each.state.value,
        "reason": each.reason,
        "entered": each.entered,
        "released": each.released,
        "due": each.due,
    }


def _outbox_row(row: Row[Any]) -> OutboxRow:
    return OutboxRow(
        outbox_id=row.id,
        kind=OutboxKind(row.kind),
        party=row.party,
        address=row.address,
        bounce_token=row.bounce_token,
        packed=row.data,
        size=row.size,
        report_id=row.report_id,
        state=OutboxState(row.state),
        reason=row.reason,
        entered=row.entered,
        released=row.released,
        due=row.due,
        attempts=row.attempts,
        unanswered=row.unanswered,
        last_error=row.last_error,
    )
