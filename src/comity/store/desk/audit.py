"""What was done, by whom: steps of cases, consequences, consumers, recourse, what programs did with tokens, holds, as one list.

Answers:    ``Audit.newest(most, ...)`` gives ``Done`` records, the newest first.
Limits:     one connection, no commits. Each table is asked for as many as are wanted, by its number: numbers grow with time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, literal, null, select

from comity.store.tables.cases import case_event
from comity.store.tables.consumers.enrolled import consumer_event
from comity.store.tables.integration import api_act
from comity.store.tables.playbook import case_consequence
from comity.store.tables.recourse import recourse_event
from comity.store.tables.retention import legal_hold_act

KINDS: Final = ("case", "consequence", "consumer", "recourse", "token", "hold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One thing that was done."""

    kind: str  # one of KINDS
    at: datetime
    actor: str
    act: str
    about: str  # the case, consumer, reference
    note: str | None


class Audit:
    """All histories as one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def newest(
        self, most: int, *, kinds: Sequence[str] = KINDS, actor: str | None = None, until: datetime | None = None
    ) -> list[Done]:
        """The newest of these kinds, by somebody, before a moment."""
        found = [done for kind in kinds for done in self._of(kind, most, actor=actor, until=until)]
        return sorted(found, key=lambda each: each.at, reverse=True)[:most]

    def _of(self, kind: str, most: int, *, actor: str | None, until: datetime | None) -> list[Done]:
        table, who, when, act, about, note = _columns(kind)
        query = select(when.label("at"), who.label("who"), act.label("what"), about.label("about"), note.label("note"))
        if actor is not None:
            query = query.where(who == actor)
        if until is not None:
            query = query.where(when < until)
        rows = self._connection.execute(query.order_by(table.c.id.desc()).limit(most))
        return [
            Done(kind=kind, at=row.at, actor=row.who, act=row.what, about=row.about or "", note=row.note)
            for row in rows
        ]


def _columns(kind: str) -> tuple[Table, Any, Any, ColumnElement[Any], ColumnElement[Any], Any]:
    """The table of a kind; its columns for who, when, what, about what, and the note."""
    if kind == "case":
        t = case_event
        return t, t.c.actor, t.c.at, t.c.action, t.c.case_id, t.c.note
    if kind == "consequence":
        t = case_consequence
        return t, t.c.actor, t.c.entered, t.c.kind, t.c.case_id, t.c.why
    if kind == "consumer":
        t = consumer_event
        return t, t.c.actor, t.c.at, t.c.act, t.c.consumer, t.c.note
    if kind == "recourse":
        t = recourse_event
        return t, t.c.actor, t.c.at, t.c.act, t.c.reference, t.c.note
    if kind == "hold":
        t = legal_hold_act
        return t, t.c.actor, t.c.at, t.c.act, t.c.about, t.c.note
    t = api_act
    return t, literal("api:") + t.c.name, t.c.at, t.c.act, t.c.about, null()
