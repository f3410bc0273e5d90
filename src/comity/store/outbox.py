"""Queries about mail that is to leave: held, waiting, claimed by a thread that sends, ended.

Answers:    ``Outbox``; ``claim`` leases rows for a while, so that a thread that dies gives them back by itself.
Limits:     one connection, no commits. A row that twice got no answer is not claimed again: it may have been sent twice.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, case, func, insert, or_, select, update

from comity.model.sending import OWN_PEOPLE, OutboxKind, OutboxState, PeerState
from comity.services.complain.rows import OutboxRow
from comity.store.chunks import chunks
from comity.store.tables.peers import peer
from comity.store.tables.sending import outbox

AT_A_TIME: Final = 2  # threads, and so connections, for one peer
TRIES_UNANSWERED: Final = 4  # a second copy costs less than a report that never left


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxCount:
    """How much there is of one sort."""

    party: str
    state: OutboxState
    reason: str | None
    count: int
    oldest: datetime | None  # None: of what left it was not asked


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

    def hold_for(self, outbox_ids: Sequence[int], reason: str) -> None:
        """These are held for another reason now."""
        for some in chunks(outbox_ids):
            these = outbox.c.id.in_(some) & (outbox.c.state == OutboxState.HELD.value)
            self._connection.execute(update(outbox).where(these).values(reason=reason))

    def end(self, outbox_id: int, state: OutboxState, *, reason: str, at: datetime) -> None:
        """This mail will not be sent."""
        self._change(
            outbox_id, state=state.value, reason=reason, finished=at, data=None, leased_until=None, leased_by=None
        )

    def sent(self, outbox_ids: Sequence[int], at: datetime) -> list[int]:
        """The mail host took these; those of which nobody had said so yet. One that another sender failed with stays as it is."""
        values = {
            "state": OutboxState.SENT.value,
            "reason": None,
            "finished": at,
            "data": None,
            "leased_until": None,
            "leased_by": None,
            "unanswered": 0,
        }
        over = [OutboxState.SENT.value, OutboxState.FAILED.value]
        return self._change_all(outbox_ids, values, where=outbox.c.state.not_in(over))

    def leased(self, outbox_ids: Sequence[int], by: str) -> list[int]:
        """Which of these still wait and are leased by this name."""
        return [
            found
            for part in chunks(outbox_ids)
            for found in self._connection.scalars(select(outbox.c.id).where(outbox.c.id.in_(part), _held_by(by)))
        ]

    def prolong(self, outbox_ids: Sequence[int], by: str, *, now: datetime, until: datetime) -> int:
        """Those of these whose lease by this name is not over are leased until then; how many that are."""
        is_on = _held_by(by) & (outbox.c.leased_until > now)
        return len(self._change_all(outbox_ids, {"leased_until": until}, where=is_on))

    def give_back(
        self, outbox_ids: Sequence[int], by: str, *, until: datetime | None = None, error: str | None = None
    ) -> None:
        """These were claimed by this name, and nothing was tried; ``until`` says when they are due, where that changes."""
        values: dict[str, Any] = {
            "leased_until": None,
            "leased_by": None,
            "unanswered": case((outbox.c.unanswered > 0, outbox.c.unanswered - 1), else_=0),
            "attempts": outbox.c.attempts - 1,
        }
        values |= {} if until is None else {"due": until}
        values |= {} if error is None else {"last_error": error}
        self._change_all(outbox_ids, values, where=_held_by(by))

    def _change_all(
        self, outbox_ids: Sequence[int], values: Mapping[str, Any], *, where: ColumnElement[bool]
    ) -> list[int]:
        changing = update(outbox).where(where).values(values).returning(outbox.c.id)
        return [
            found
            for part in chunks(outbox_ids)
            for found in self._connection.scalars(changing.where(outbox.c.id.in_(part)))
        ]

    def postpone(self, outbox_id: int, *, until: datetime, error: str) -> None:
        """It is tried again later."""
        self._change(outbox_id, due=until, last_error=error, leased_until=None, leased_by=None, unanswered=0)

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

    def released_since(self, party: str, since: datetime, before: datetime | None = None) -> int:
        """How much was allowed to leave for a party from this moment on, and before the other."""
        query = select(func.count()).where(outbox.c.party == party, outbox.c.released >= since)
        if before is not None:
            query = query.where(outbox.c.released < before)
        return int(self._connection.execute(query).scalar_one())

    def entered_for(self, party: str, address: str, since: datetime) -> int:
        """How many mails of a party to one address entered since this moment."""
        query = select(func.count()).where(outbox.c.party == party, outbox.c.address == address)
        return int(self._connection.scalar(query.where(outbox.c.entered >= since)) or 0)

    def refused_for(self, party: str, address: str, since: datetime) -> str | None:
        """What was said to the newest mail of a party to one address since this moment, where that did not arrive, or ""."""
        query = select(outbox.c.state, outbox.c.bounced, outbox.c.last_error)
        query = query.where(outbox.c.party == party, outbox.c.address == address, outbox.c.entered >= since)
        row = self._connection.execute(query.order_by(outbox.c.id.desc()).limit(1)).first()
        if row is None or (row.state != OutboxState.FAILED.value and row.bounced is None):
            return None
        return row.last_error or ""

    def unsolicited_since(self, since: datetime) -> dict[str, int]:
        """How many unsolicited reports were made since this moment, by party."""
        return self._unsolicited(outbox.c.entered >= since)

    def unsolicited_released(self, since: datetime) -> dict[str, int]:
        """How many of them were allowed to leave since this moment, by party."""
        return self._unsolicited(outbox.c.released >= since)

    def _unsolicited(self, which: ColumnElement[bool]) -> dict[str, int]:
        """The name of such a party is its address, which no peer can be called."""
        mine = (outbox.c.kind == OutboxKind.REPORT.value) & outbox.c.party.contains("@")
        query = select(outbox.c.party, func.count()).where(mine, which).group_by(outbox.c.party)
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def parties_held_for(self, reason: str) -> Sequence[str]:
        """The parties whose mail is held for this reason."""
        query = select(outbox.c.party).where(outbox.c.state == OutboxState.HELD.value, outbox.c.reason == reason)
        return [row.party for row in self._connection.execute(query.distinct().order_by(outbox.c.party))]

    # -- sending

    def claim(
        self,
        by: str,
        *,
        now: datetime,
        lease: tuple[datetime, datetime],
        after: str,
        lot: Callable[[str], int],
        without: Collection[int] = (),
    ) -> Sequence[OutboxRow]:
        """Lease what is due for one peer that is live, the next one behind ``after`` for which ``lot`` allows any.

        ``lease`` is from when until when, by the clock of all who send; ``now`` is that of whoever said what is due. What the
        caller knows somebody to be at is left out (``without``), whatever its lease says.
        Not more than two lease mail of one peer at a time. What got no answer when it was leased before is leased alone, so
        that the next death costs nothing but the mail that was on its way.
        """
        for party in self._parties_waiting(after):
            most = lot(party)
            is_open = most > 0 and self._is_open(party, lease[0])
            chosen = self._next_of(party, now, most, free=lease[0], without=without) if is_open else []
            if chosen:
                values = {
                    "leased_until": lease[1],
                    "leased_by": by,
                    "attempts": outbox.c.attempts + 1,
                    "unanswered": outbox.c.unanswered + 1,
                }
                leasing = update(outbox).where(outbox.c.id.in_(chosen)).values(values).returning(outbox)
                leased = map(_outbox_row, self._connection.execute(leasing))
                return sorted(leased, key=lambda row: (row.due, row.outbox_id))
        return ()

    def _parties_waiting(self, after: str) -> Iterator[str]:
        """Peers that something waits for, those behind ``after`` first: one look into the index for each."""
        yield from self._parties(outbox.c.party > after)
        yield from self._parties(outbox.c.party <= after)

    def _parties(self, among: ColumnElement[bool]) -> Iterator[str]:
        last = ""
        while True:
            here = (outbox.c.state == OutboxState.WAITING.value) & (outbox.c.party > last) & among
            party = self._connection.scalar(select(func.min(outbox.c.party)).where(here))
            if party is None:
                return
            yield party
            last = party

    def _is_open(self, party: str, now: datetime) -> bool:
        """Whether it is live, and not enough are at it already."""
        if self._connection.scalar(select(peer.c.state).where(peer.c.name == party)) != PeerState.LIVE.value:
            return False
        leased = (outbox.c.leased_until > now) & (outbox.c.party == party)
        return (
            self._connection.scalar(select(func.count(outbox.c.leased_by.distinct())).where(leased)) or 0
        ) < AT_A_TIME

    def _next_of(self, party: str, now: datetime, most: int, *, free: datetime, without: Collection[int]) -> list[int]:
        waiting = (outbox.c.state == OutboxState.WAITING.value) & (outbox.c.party == party)
        query = (
            select(outbox.c.id, outbox.c.unanswered)
            .where(waiting, outbox.c.due <= now, or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= free))
            .where(outbox.c.unanswered < TRIES_UNANSWERED, outbox.c.id.not_in(without))
            .order_by(outbox.c.due, outbox.c.id)
            .limit(most)
        )
        rows = self._connection.execute(query).all()
        untried = [row.id for row in takewhile(lambda row: row.unanswered == 0, rows)]
        return untried or [row.id for row in rows[:1]]

    def let_go(self, owner: str, now: datetime) -> int:
        """End the leases of this owner, who is dead, on mail that was interrupted once; how many there were. What was interrupted
        more often may be what kills its sender: its lease runs out, as nobody's, so that others go to the same peer meanwhile.
        """
        dead = outbox.c.leased_by.startswith(f"{owner}/", autoescape=True) & (outbox.c.leased_until > now)
        found = update(outbox).where(dead, outbox.c.unanswered <= 1).values(leased_until=now)
        freed = self._connection.execute(found).rowcount
        self._connection.execute(update(outbox).where(dead).values(leased_by=None))
        return freed

    def interrupted(self, now: datetime) -> Sequence[OutboxRow]:
        """Mail whose sending ended without an answer so often that it may be its fault."""
        query = select(outbox).where(
            outbox.c.leased_until <= now,
            outbox.c.state == OutboxState.WAITING.value,
            outbox.c.unanswered >= TRIES_UNANSWERED,
        )
        return [_outbox_row(row) for row in self._connection.execute(query)]

    def next_due(self) -> datetime | None:
        """When the next mail is due."""
        query = select(func.min(outbox.c.due)).where(outbox.c.state == OutboxState.WAITING.value)
        due: datetime | None = self._connection.scalar(query)
        return due

    def answers_since(self, since: datetime, address: str | None = None, *, with_held: bool = True) -> int:
        """How many answers to our own people entered since then, to all or to this address."""
        query = select(func.count()).where(outbox.c.kind == OutboxKind.ANSWER.value, outbox.c.party == OWN_PEOPLE)
        query = query.where(outbox.c.entered >= since)
        if address is not None:
            query = query.where(outbox.c.address == address)
        if not with_held:
            query = query.where(outbox.c.state != OutboxState.HELD.value)
        return int(self._connection.execute(query).scalar_one())

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
        return self._counts([*OutboxState])

    def standing(self) -> Sequence[OutboxCount]:
        """The same, but that what left is counted by its party alone: an index does so, whatever has left in all the years."""
        columns = (outbox.c.state, outbox.c.party)
        query = select(*columns, func.count().label("n")).where(outbox.c.state == OutboxState.SENT.value)
        left = [
            OutboxCount(party=row.party, state=OutboxState.SENT, reason=None, count=row.n, oldest=None)
            for row in self._connection.execute(query.group_by(*columns).order_by(*columns))
        ]
        here = self._counts([each for each in OutboxState if each is not OutboxState.SENT])
        return sorted([*left, *here], key=lambda each: (each.party, each.state.value, each.reason or ""))

    def _counts(self, states: Sequence[OutboxState]) -> Sequence[OutboxCount]:
        columns = (outbox.c.party, outbox.c.state, outbox.c.reason)
        query = select(*columns, func.count().label("n"), func.min(outbox.c.entered).label("oldest")).group_by(*columns)
        if len(states) < len(OutboxState):
            query = query.where(outbox.c.state.in_([each.value for each in states]))
        return [
            OutboxCount(
                party=row.party, state=OutboxState(row.state), reason=row.reason, count=row.n, oldest=row.oldest
            )
            for row in self._connection.execute(query.order_by(*columns))
        ]


def _held_by(name: str) -> ColumnElement[bool]:
    return (outbox.c.leased_by == name) & (outbox.c.state == OutboxState.WAITING.value)


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
