"""Queries about what was decided about cases by itself: what waits, what holds, what was lifted.

Answers:    ``Consequences``, which fits ``comity.services.receive.playbook.rows.ConsequenceRows``.
Limits:     one connection, no commits.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, or_, select, update

from comity.model.case_consequence import IN_FORCE, CaseConsequence, ConsequenceState
from comity.model.playbook import STANDING, TABLED, ActionKind
from comity.model.sending import OWN_CUSTOMERS, OutboxState
from comity.store.chunks import chunks
from comity.store.dialects import insert as upsert
from comity.store.tables.playbook import case_consequence
from comity.store.tables.sending import outbox

_FORCE: Final = [each.value for each in IN_FORCE]
_STANDING: Final = [each.value for each in STANDING]
_TABLED: Final = [each.value for each in TABLED]


class Consequences:
    """Rows of consequences."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, rows: Sequence[CaseConsequence]) -> None:
        """New ones; one that is there already stays as it is."""
        if rows:
            adding = upsert(case_consequence).on_conflict_do_nothing(index_elements=[case_consequence.c.key])
            self._connection.execute(adding, [_values(each) for each in rows])

    def by_id(self, consequence_id: int) -> CaseConsequence | None:
        """One of them."""
        return next(iter(self._found(select(case_consequence).where(case_consequence.c.id == consequence_id))), None)

    def of_case(self, case_id: str, most: int) -> Sequence[CaseConsequence]:
        """The newest of one case, newest first."""
        query = select(case_consequence).where(case_consequence.c.case_id == case_id)
        return self._found(query.order_by(case_consequence.c.id.desc()).limit(most))

    def newest(self, kind: ActionKind, most: int) -> Sequence[CaseConsequence]:
        """The newest of one kind, newest first."""
        # Which they are, an index tells; to put whole rows in order took twenty times as long at 60,000 of a kind.
        one = case_consequence.alias("one")
        names = select(one.c.id).where(one.c.kind == kind.value).order_by(one.c.id.desc()).limit(most)
        query = select(case_consequence).where(case_consequence.c.id.in_(names.scalar_subquery()))
        return self._found(query.order_by(case_consequence.c.id.desc()))

    def about(self, kind: ActionKind, targets: Sequence[str], now: datetime) -> Sequence[CaseConsequence]:
        """What is, or would be, in force on these targets, and what a person lifted before its day."""
        query = select(case_consequence).where(case_consequence.c.kind == kind.value, case_consequence.c.until > now)
        return [
            each
            for part in chunks(targets)
            for each in self._found(query.where(case_consequence.c.target.in_(part)).order_by(case_consequence.c.id))
        ]

    def waiting_of(self, kind: ActionKind, case_ids: Sequence[str]) -> Sequence[CaseConsequence]:
        """What waits to be done for these cases."""
        waits = case_consequence.c.state.in_([ConsequenceState.WAITING.value, ConsequenceState.OBSERVED.value])
        query = select(case_consequence).where(waits, case_consequence.c.kind == kind.value)
        return [
            each for part in chunks(case_ids) for each in self._found(query.where(case_consequence.c.case_id.in_(part)))
        ]

    def waiting_to(self, kind: ActionKind, target: str) -> Sequence[CaseConsequence]:
        """What waits to be done for this target, whenever it is due."""
        query = select(case_consequence).where(
            case_consequence.c.state == ConsequenceState.WAITING.value,
            case_consequence.c.kind == kind.value,
            case_consequence.c.target == target,
        )
        return self._found(query.order_by(case_consequence.c.id))

    def lost(self, most: int) -> Sequence[CaseConsequence]:
        """What was told by a mail that was not delivered, and nobody has heard of that yet."""
        query = (
            select(case_consequence)
            .join(outbox, outbox.c.id == case_consequence.c.outbox_id)
            .where(
                outbox.c.state == OutboxState.FAILED.value,
                outbox.c.party == OWN_CUSTOMERS,
                case_consequence.c.state == ConsequenceState.DONE.value,
            )
        )
        return self._found(query.order_by(case_consequence.c.id).limit(most))

    def prolong(self, consequence_id: int, until: datetime) -> None:
        """It holds longer; where it was written, it is written again."""
        done, waiting = ConsequenceState.DONE.value, ConsequenceState.WAITING.value
        state = case_consequence.c.state
        self._change(
            case_consequence.c.id == consequence_id, until=until, state=case((state == done, waiting), else_=state)
        )

    def due(
        self, kinds: Iterable[ActionKind], now: datetime, most: int, *, at: datetime | None = None
    ) -> Sequence[CaseConsequence]:
        """What is to be done now, what was decided first at first; ``at`` is the moment by the clock of leases."""
        ready = or_(case_consequence.c.leased_until.is_(None), case_consequence.c.leased_until <= (at or now))
        query = select(case_consequence).where(
            case_consequence.c.state == ConsequenceState.WAITING.value,
            case_consequence.c.kind.in_([each.value for each in kinds]),
            case_consequence.c.due <= now,
            ready,
        )
        return self._found(query.order_by(case_consequence.c.due, case_consequence.c.id).limit(most))

    def lease(self, consequence_ids: Sequence[int], until: datetime) -> None:
        """Somebody is at these until then."""
        here = case_consequence.c.id.in_(list(consequence_ids))
        self._change(here, leased_until=until, attempts=case_consequence.c.attempts + 1)

    def is_leased(self, consequence_id: int, until: datetime) -> bool:
        """Whether whoever leased it until then still has it, and nobody else has since."""
        here = (case_consequence.c.id == consequence_id) & (case_consequence.c.leased_until == until)
        return self._connection.scalar(select(case_consequence.c.id).where(here)) is not None

    def done(self, consequence_ids: Sequence[int], at: datetime, *, outbox_id: int | None = None) -> None:
        """These were done."""
        for part in chunks(list(consequence_ids)):
            here = case_consequence.c.id.in_(list(part)) & (case_consequence.c.state == ConsequenceState.WAITING.value)
            values: dict[str, Any] = {"state": ConsequenceState.DONE.value, "finished": at, "leased_until": None}
            values |= {} if outbox_id is None else {"outbox_id": outbox_id}
            self._change(here, **values)

    def put_off(self, consequence_ids: Sequence[int], *, until: datetime, error: str | None = None) -> None:
        """These are tried again later."""
        values: dict[str, Any] = {"due": until, "leased_until": None}
        values |= {} if error is None else {"last_error": error}
        self._change(case_consequence.c.id.in_(list(consequence_ids)), **values)

    def fail(self, consequence_id: int, *, reason: str, error: str | None, at: datetime) -> None:
        """It is not tried again."""
        self._change(
            case_consequence.c.id == consequence_id,
            state=ConsequenceState.FAILED.value,
            reason=reason,
            last_error=error,
            finished=at,
            leased_until=None,
        )

    def lift(self, consequence_id: int, *, by: str, why: str | None, at: datetime) -> None:
        """A person undoes it."""
        self._change(
            case_consequence.c.id == consequence_id,
            state=ConsequenceState.LIFTING.value,
            lifted=at,
            lifted_by=by,
            lifted_why=why,
        )

    def end(self, now: datetime) -> int:
        """What holds, and whose day has come, holds no more; how much that was."""
        over = (
            case_consequence.c.state.in_(_FORCE)
            & case_consequence.c.kind.in_(_STANDING)
            & (case_consequence.c.until <= now)
        )
        return self._change(over, state=ConsequenceState.LIFTING.value)

    def undone(self, at: datetime) -> int:
        """What was lifted, or is over, stands in no table any more; how much that was."""
        lifting = case_consequence.c.state == ConsequenceState.LIFTING.value
        lifting &= case_consequence.c.kind.in_(_TABLED)
        lifted = self._change(
            lifting & case_consequence.c.lifted.is_not(None), state=ConsequenceState.LIFTED.value, finished=at
        )
        return lifted + self._change(lifting, state=ConsequenceState.ENDED.value, finished=at)

    def lifting(self) -> int:
        """How much is to be undone where it was written."""
        lifting = case_consequence.c.state == ConsequenceState.LIFTING.value
        query = select(func.count()).where(lifting, case_consequence.c.kind.in_(_TABLED))
        return int(self._connection.execute(query).scalar_one())

    def to_release(self, now: datetime, most: int, *, at: datetime | None = None) -> Sequence[CaseConsequence]:
        """Gardens that are over, or that somebody ended, and whose line is still to be let out; ``at`` as for ``due``."""
        ready = or_(case_consequence.c.leased_until.is_(None), case_consequence.c.leased_until <= (at or now))
        query = select(case_consequence).where(
            case_consequence.c.state == ConsequenceState.LIFTING.value,
            case_consequence.c.kind == ActionKind.GARDEN.value,
            case_consequence.c.due <= now,
            ready,
        )
        return self._found(query.order_by(case_consequence.c.id).limit(most))

    def hasten(self, case_id: str, now: datetime) -> int:
        """Lines of a case whose way out is tried again later: it is tried now. How many that are."""
        return self._change(
            (case_consequence.c.state == ConsequenceState.LIFTING.value)
            & (case_consequence.c.kind == ActionKind.GARDEN.value)
            & (case_consequence.c.case_id == case_id),
            due=now,
        )

    def released(self, consequence_id: int, at: datetime) -> None:
        """The line is out: ended by its day, or by somebody before."""
        was_lifted = case_consequence.c.lifted.is_not(None)
        state = case((was_lifted, ConsequenceState.LIFTED.value), else_=ConsequenceState.ENDED.value)
        self._change(case_consequence.c.id == consequence_id, state=state, finished=at, leased_until=None)

    def in_force(self, now: datetime, kinds: Iterable[ActionKind] = STANDING) -> Sequence[CaseConsequence]:
        """All that holds."""
        query = select(case_consequence).where(
            case_consequence.c.state.in_(_FORCE),
            case_consequence.c.kind.in_([each.value for each in kinds]),
            case_consequence.c.until > now,
        )
        return self._found(
            query.order_by(case_consequence.c.kind, case_consequence.c.target_kind, case_consequence.c.target)
        )

    def told_last(self, contact: str, template: str) -> datetime | None:
        """When a contact was told something by this template last."""
        here = (case_consequence.c.kind == ActionKind.TELL.value) & (case_consequence.c.target == contact)
        done = case_consequence.c.state == ConsequenceState.DONE.value
        query = select(case_consequence.c.facts, case_consequence.c.finished).where(here, done)
        rows = self._connection.execute(query.order_by(case_consequence.c.finished.desc()).limit(50))
        return next((row.finished for row in rows if row.facts.get("template") == template), None)

    def by_outbox(self, outbox_id: int) -> Sequence[CaseConsequence]:
        """What a mail told."""
        return self._found(select(case_consequence).where(case_consequence.c.outbox_id == outbox_id))

    def counts(self, since: datetime, until: datetime) -> Sequence[tuple[ActionKind, ConsequenceState, int]]:
        """How much was decided within a time, by kind and state."""
        columns = (case_consequence.c.kind, case_consequence.c.state)
        query = select(*columns, func.count()).where(
            case_consequence.c.entered >= since, case_consequence.c.entered < until
        )
        rows = self._connection.execute(query.group_by(*columns).order_by(*columns))
        return [(ActionKind(row[0]), ConsequenceState(row[1]), row[2]) for row in rows]

    def _found(self, query: Select[Any]) -> list[CaseConsequence]:
        return [_consequence(row) for row in self._connection.execute(query)]

    def _change(self, which: ColumnElement[bool], **values: Any) -> int:
        return self._connection.execute(update(case_consequence).where(which).values(values)).rowcount


def _consequence(row: Row[Any]) -> CaseConsequence:
    return CaseConsequence(
        consequence_id=row.id,
        key=row.key,
        case_id=row.case_id,
        kind=ActionKind(row.kind),
        target_kind=row.target_kind,
        target=row.target,
        facts=row.facts,
        actor=row.actor,
        why=row.why,
        state=ConsequenceState(row.state),
        reason=row.reason,
        entered=row.entered,
        due=row.due,
        until=row.until,
        attempts=row.attempts,
        last_error=row.last_error,
        finished=row.finished,
        lifted=row.lifted,
        lifted_by=row.lifted_by,
        lifted_why=row.lifted_why,
        outbox_id=row.outbox_id,
    )


def _values(each: CaseConsequence) -> dict[str, Any]:
    return {
        "key": each.key,
        "case_id": each.case_id,
        "kind": each.kind.value,
        "target_kind": each.target_kind,
        "target": each.target,
        "facts": dict(each.facts),
        "actor": each.actor,
        "why": each.why,
        "state": each.state.value,
        "reason": each.reason,
        "entered": each.entered,
        "due": each.due,
        "until": each.until,
        "finished": each.finished,
    }
