"""Queries about joint statements on their way between two desks.

Limits:     one connection, no commits.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from comity.model.joint_statement import Disagreement, KeptStatement, StatementState
from comity.store.dialects import insert as upsert
from comity.store.tables.coalition.statements import joint_statement as table
from comity.store.tables.coalition.statements import statement_published as shown

_ALL_BUT_DATA = [each for each in table.c if each.name != "data"]
_BY_US = (StatementState.OFFERED.value, StatementState.SIGNED.value)


class Statements:
    """What both sides sign."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, kept: KeptStatement) -> None:
        """One file, in the place of what was there of this period and not signed by both."""
        here = (table.c.peer == kept.peer) & (table.c.period == kept.period)
        open_or_same = (table.c.state != StatementState.SIGNED.value) | (table.c.sha256 == kept.sha256)
        self._connection.execute(delete(table).where(here, open_or_same))
        self._connection.execute(
            insert(table).values(
                peer=kept.peer,
                period=kept.period,
                sha256=kept.sha256,
                state=kept.state.value,
                data=kept.data,
                entered=kept.entered,
                reason=kept.reason,
                place=kept.where,
                numbers=json.dumps([[each.number, dict(each.values)] for each in kept.numbers]),
                given=kept.given,
            )
        )

    def newest(self, peer: str, period: str) -> KeptStatement | None:
        """What came or was made last about a period."""
        return next(iter(self._found((table.c.peer == peer) & (table.c.period == period))), None)

    def all(self) -> Sequence[KeptStatement]:
        """Every file, the newest first."""
        return self._found(table.c.peer.is_not(None))

    def of_peer(self, peer: str) -> Sequence[KeptStatement]:
        """Every file between us and one peer, without its bytes, the newest first."""
        query = select(*_ALL_BUT_DATA).where(table.c.peer == peer).order_by(table.c.entered.desc(), table.c.sha256)
        return [_kept(row, b"") for row in self._connection.execute(query)]

    def listed(self, most: int) -> Sequence[KeptStatement]:
        """The newest of them, without their bytes."""
        query = select(*_ALL_BUT_DATA).order_by(table.c.entered.desc(), table.c.sha256).limit(most)
        return [_kept(row, b"") for row in self._connection.execute(query)]

    def with_digest(self, sha256: str) -> KeptStatement | None:
        """The one with these bytes."""
        return next(iter(self._found(table.c.sha256 == sha256)), None)

    def published(self) -> Mapping[str, datetime]:
        """Those that anybody may read, by their hash, and since when."""
        return {row.sha256: row.at for row in self._connection.execute(select(shown))}

    def publish(self, sha256: str, *, at: datetime, by: str) -> None:
        """Put one before everybody."""
        adding = upsert(shown).values(sha256=sha256, at=at, by=by)
        self._connection.execute(adding.on_conflict_do_nothing())

    def hide(self, sha256: str) -> None:
        """Put it before nobody."""
        self._connection.execute(delete(shown).where(shown.c.sha256 == sha256))

    def waiting(self, peer: str) -> Sequence[KeptStatement]:
        """What we signed and this peer has not had from us."""
        return self._found((table.c.peer == peer) & table.c.state.in_(_BY_US) & table.c.given.is_(None))

    def given(self, kept: KeptStatement, at: datetime) -> None:
        """The peer has it."""
        self._connection.execute(update(table).where(*_this(kept)).values(given=at))

    def refused(self, kept: KeptStatement, *, reason: str, where: str | None, at: datetime) -> None:
        """The peer said why it does not sign."""
        state = StatementState.REFUSED if kept.state is StatementState.OFFERED else kept.state
        values = {"state": state.value, "reason": reason, "place": where, "given": at}
        self._connection.execute(update(table).where(*_this(kept)).values(values))

    def _found(self, condition: Any) -> list[KeptStatement]:
        query = select(table).where(condition).order_by(table.c.entered.desc(), table.c.sha256)
        return [_kept(row, bytes(row.data)) for row in self._connection.execute(query)]


def _kept(row: Row[Any], data: bytes) -> KeptStatement:
    return KeptStatement(
        peer=row.peer,
        period=row.period,
        sha256=row.sha256,
        state=StatementState(row.state),
        data=data,
        entered=row.entered,
        reason=row.reason,
        where=row.place,
        numbers=tuple(Disagreement(number=name, values=values) for name, values in json.loads(row.numbers)),
        given=row.given,
    )


def _this(kept: KeptStatement) -> tuple[Any, ...]:
    return table.c.peer == kept.peer, table.c.period == kept.period, table.c.sha256 == kept.sha256
