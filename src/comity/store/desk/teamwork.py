"""Queries of people who work on the queue together: who has which case, who is called to one, named views.

Answers:    ``Teamwork``, which fits ``comity.services.receive.teamwork.TeamworkRows``.
Limits:     one connection, no commits.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, or_, select, update

from comity.model.teamwork import CaseOwner, Mention, MentionKind, NamedView
from comity.store.chunks import chunks
from comity.store.dialects import insert as upsert
from comity.store.dialects import number_of_new
from comity.store.tables.cases import abuse_case, case_event
from comity.store.tables.desk.teamwork import case_mention, case_owner, queue_view


class Teamwork:
    """Rows of whoever works together."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def own(self, owner: CaseOwner) -> None:
        """From now on somebody has a case."""
        values = {"account": owner.account, "by": owner.by, "at": owner.at}
        adding = upsert(case_owner).values(case_id=owner.case_id, **values)
        self._connection.execute(adding.on_conflict_do_update(index_elements=["case_id"], set_=values))

    def owners(self, case_ids: Sequence[str]) -> Mapping[str, CaseOwner]:
        """Who has these cases; of what nobody has, nothing."""
        return {
            row.case_id: CaseOwner(case_id=row.case_id, account=row.account, by=row.by, at=row.at)
            for part in chunks(case_ids)
            for row in self._connection.execute(select(case_owner).where(case_owner.c.case_id.in_(part)))
        }

    def call(self, case_id: str, called: Mapping[str, MentionKind], *, by: str, at: datetime) -> None:
        """Accounts are called to a case, by what was written about it last."""
        newest = select(func.max(case_event.c.id)).where(case_event.c.case_id == case_id)
        event_id = self._connection.scalar(newest)
        for account, kind in called.items():
            values: dict[str, Any] = {"case_id": case_id, "event_id": event_id, "account": account}
            values |= {"kind": kind.value, "by": by, "at": at}
            self._connection.execute(insert(case_mention).values(values))

    def calls(self, account: str, most: int, case_id: str | None = None) -> list[Mention]:
        """What an account has not seen yet, the newest first."""
        query = _MENTIONS.where(case_mention.c.account == account, case_mention.c.seen.is_(None))
        if case_id is not None:
            query = query.where(case_mention.c.case_id == case_id)
        rows = self._connection.execute(query.order_by(case_mention.c.id.desc()).limit(most))
        return [_mention(row) for row in rows]

    def see(self, account: str, at: datetime, *, mentions: Collection[int] = (), case_id: str | None = None) -> int:
        """An account has seen some of what calls it, or all about a case; how many there were. Others' calls stay."""
        these = or_(case_mention.c.id.in_(list(mentions)), case_mention.c.case_id == case_id)
        changed = update(case_mention).where(case_mention.c.account == account, case_mention.c.seen.is_(None), these)
        return int(self._connection.execute(changed.values(seen=at)).rowcount)

    def add_view(self, view: NamedView) -> None:
        """A new named view; its number is given here."""
        values = {"name": view.name, "account": view.account, "is_shared": view.is_shared}
        values |= {"asked": dict(view.asked), "made": view.made, **number_of_new(self._connection, queue_view)}
        self._connection.execute(insert(queue_view).values(values))

    def views(self, account: str | None = None) -> list[NamedView]:
        """The views that an account sees: its own, and those that are shared; without one all of them. By their name."""
        query = select(queue_view).order_by(queue_view.c.name, queue_view.c.id)
        if account is not None:
            query = query.where(or_(queue_view.c.account == account, queue_view.c.is_shared))
        return [_view(row) for row in self._connection.execute(query)]

    def drop_view(self, view_id: int) -> None:
        """Forget one."""
        self._connection.execute(delete(queue_view).where(queue_view.c.id == view_id))


_MENTIONS: Select[Any] = (
    select(case_mention, abuse_case.c.label, case_event.c.note)
    .select_from(case_mention)
    .join(abuse_case, abuse_case.c.id == case_mention.c.case_id)
    .join(case_event, case_event.c.id == case_mention.c.event_id)
)


def _mention(row: Row[Any]) -> Mention:
    return Mention(
        mention_id=row.id,
        case_id=row.case_id,
        account=row.account,
        kind=MentionKind(row.kind),
        by=row.by,
        at=row.at,
        label=row.label,
        note=row.note,
        seen=row.seen,
    )


def _view(row: Row[Any]) -> NamedView:
    return NamedView(
        view_id=row.id,
        name=row.name,
        account=row.account,
        is_shared=row.is_shared,
        asked=row.asked,
        made=row.made,
    )
