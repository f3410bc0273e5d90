"""Queries about legal holds, and about what was erased.

Answers:    ``Holds``: ``place``, ``lift``, ``note``, ``of_subject``, ``all``, ``spared``; ``Erasures``: ``add``, ``named``,
            ``by_id``, ``newest``.
Limits:     one connection, no commits.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from comity.model.case import SubjectKind
from comity.model.retention import Erasure, HoldAct, KeptClass, LegalHold, Spared
from comity.store.tables.cases import abuse_case
from comity.store.tables.retention import erasure, legal_hold, legal_hold_act

_PERSON = f"{SubjectKind.SUBSCRIBER.value}:"


class Holds:
    """What may not be erased."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def place(self, hold: LegalHold) -> int:
        """A new one; its number."""
        values = {
            "subject": hold.subject,
            "case_id": hold.case_id,
            "by": hold.by,
            "why": hold.why,
            "placed": hold.placed,
            "until": hold.until,
        }
        made = self._connection.execute(insert(legal_hold).values(**values))
        return int(made.inserted_primary_key[0])  # type: ignore[index]

    def lift(self, hold_id: int, *, by: str, why: str, at: datetime) -> None:
        """It is in force no longer."""
        values = {"lifted": at, "lifted_by": by, "lifted_why": why}
        self._connection.execute(update(legal_hold).where(legal_hold.c.id == hold_id).values(**values))

    def note(self, act: HoldAct, *, hold_id: int | None, at: datetime, actor: str, about: str, note: str) -> None:
        """Write down that somebody did that, or was refused."""
        values = {"hold_id": hold_id, "at": at, "actor": actor, "act": act.value, "about": about, "note": note}
        self._connection.execute(insert(legal_hold_act).values(**values))

    def by_id(self, hold_id: int) -> LegalHold | None:
        """One of them."""
        row = self._connection.execute(select(legal_hold).where(legal_hold.c.id == hold_id)).first()
        return None if row is None else _hold(row)

    def of_subject(self, subject: str, case_id: str | None = None) -> list[LegalHold]:
        """Those about this subject; of a case those that hold it."""
        query = select(legal_hold).where(legal_hold.c.subject == subject).order_by(legal_hold.c.id)
        if case_id is not None:
            query = query.where(or_(legal_hold.c.case_id.is_(None), legal_hold.c.case_id == case_id))
        return [_hold(row) for row in self._connection.execute(query)]

    def all(self, *, in_force: datetime | None = None) -> list[LegalHold]:
        """Every one, or those in force at this moment."""
        found = [_hold(row) for row in self._connection.execute(select(legal_hold).order_by(legal_hold.c.id))]
        return found if in_force is None else [each for each in found if each.holds(in_force)]

    def spared(self, now: datetime) -> Spared:
        """What they keep: the cases with all that went into them, and what else is held of the subscribers."""
        held = self.all(in_force=now)
        subjects = {each.subject for each in held}
        cases = {each.case_id for each in held if each.case_id is not None}
        whole = [each.subject for each in held if each.case_id is None]
        cases |= set(self._connection.scalars(select(abuse_case.c.id).where(abuse_case.c.subject.in_(whole))))
        grown: set[str] = set()
        while len(grown) < len(cases):
            grown = set(cases)
            cases |= set(self._connection.scalars(select(abuse_case.c.id).where(abuse_case.c.merged_into.in_(grown))))
        subscribers = {each.removeprefix(_PERSON) for each in subjects if each.startswith(_PERSON)}
        return Spared(cases=frozenset(cases), subjects=frozenset(subjects), subscribers=frozenset(subscribers))


class Erasures:
    """What was erased."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, found: Erasure) -> int:
        """One more; its number."""
        values = {name.name: getattr(found, name.name) for name in erasure.c if name.name != "id"}
        made = self._connection.execute(insert(erasure).values(**values | {"of": found.of.value}))
        return int(made.inserted_primary_key[0])  # type: ignore[index]

    def named(self, erasure_id: int, leaf: str) -> None:
        """It stands in the ledger under this name."""
        self._connection.execute(update(erasure).where(erasure.c.id == erasure_id).values(leaf=leaf))

    def by_id(self, erasure_id: int) -> Erasure | None:
        """One of them."""
        row = self._connection.execute(select(erasure).where(erasure.c.id == erasure_id)).first()
        return None if row is None else _erasure(row)

    def newest(self, most: int, *, of: KeptClass | None = None) -> list[Erasure]:
        """The newest first."""
        query = select(erasure).order_by(erasure.c.id.desc()).limit(most)
        if of is not None:
            query = query.where(erasure.c.of == of.value)
        return [_erasure(row) for row in self._connection.execute(query)]


def _hold(row: Row[Any]) -> LegalHold:
    said = dict(row._mapping)
    return LegalHold(hold_id=said.pop("id"), **said)


def _erasure(row: Row[Any]) -> Erasure:
    said = dict(row._mapping)
    return Erasure(erasure_id=said.pop("id"), **said | {"of": KeptClass(row.of)})
