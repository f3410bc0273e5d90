"""Queries about what was sealed.

Answers:    ``SealedTable``, which fits ``comity.services.receive.grave.custody.SealedRows``.
Limits:     one connection, no commits; lines of the log are added and never changed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, or_, select, update

from comity.model.learning import SampleState
from comity.model.sealed import Access, Sealed, SealedAct, SealedBox, SealedState
from comity.store.tables.desk.sealed import sealed, sealed_access
from comity.store.tables.intake import item, raw, report_row
from comity.store.tables.learning import training_sample
from comity.store.tables.sending import complaint

_TEACHES = (SampleState.WAITING.value, SampleState.ADMITTED.value, SampleState.TRAINED.value)


class SealedTable:
    """Rows of what was sealed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, each: Sealed) -> int:
        """A new one; its number."""
        if each.box is None:
            raise ValueError("what is sealed has a box")
        values = {
            "digest": each.digest,
            "size": each.size,
            "gate": each.gate,
            "name": each.name,
            "envelope_from": each.envelope_from,
            "arrived": each.arrived,
            "box": each.box.data,
            "key_id": each.box.key_id,
            "sort": each.box.sort,
            "matched": list(each.box.matched),
            "state": each.state.value,
            "entered": each.entered,
            "kept_until": each.kept_until,
            "raw_id": each.raw_id,
        }
        done = self._connection.execute(insert(sealed).values(values)).inserted_primary_key
        return int(done[0]) if done is not None else 0

    def by_digest(self, digest: str) -> Sealed | None:
        """The one with these bytes."""
        return next(iter(self._found(select(sealed).where(sealed.c.digest == digest))), None)

    def by_id(self, sealed_id: int) -> Sealed | None:
        """One of them."""
        return next(iter(self._found(select(sealed).where(sealed.c.id == sealed_id))), None)

    def all(self, *, open_only: bool = False) -> list[Sealed]:
        """All of them, oldest first; only those that nobody has decided on, where asked."""
        query = select(sealed).order_by(sealed.c.id)
        return self._found(query.where(sealed.c.state == SealedState.SEALED.value) if open_only else query)

    def over(self, now: datetime) -> list[Sealed]:
        """Those whose time is over, and that no hold keeps."""
        free = or_(sealed.c.hold_until.is_(None), sealed.c.hold_until <= now)
        return self._found(select(sealed).where(sealed.c.box.is_not(None), sealed.c.kept_until <= now, free))

    def note(self, access: Access) -> None:
        """A line of the log."""
        values = {"sealed_id": access.sealed_id, "at": access.at, "by": access.by, "act": access.act.value}
        values |= {"why": access.why, "to": access.to, "reference": access.reference}
        self._connection.execute(insert(sealed_access).values(values))

    def log_of(self, sealed_id: int) -> list[Access]:
        """Who did what with one, oldest first."""
        query = select(sealed_access).where(sealed_access.c.sealed_id == sealed_id).order_by(sealed_access.c.id)
        return [
            Access(
                sealed_id=row.sealed_id,
                at=row.at,
                by=row.by,
                act=SealedAct(row.act),
                why=row.why,
                to=row.to,
                reference=row.reference,
            )
            for row in self._connection.execute(query)
        ]

    def become(self, sealed_id: int, state: SealedState, *, keep: bool) -> None:
        """It stands elsewhere from now on; its box is emptied unless it is to be kept."""
        values: dict[str, Any] = {"state": state.value} | ({} if keep else {"box": None, "envelope_from": None})
        self._connection.execute(update(sealed).where(sealed.c.id == sealed_id).values(values))

    def hold(self, sealed_id: int, until: datetime) -> None:
        """It may not be destroyed before that moment."""
        self._connection.execute(update(sealed).where(sealed.c.id == sealed_id).values(hold_until=until))

    def raws_of_case(self, case_id: str) -> list[int]:
        """Where the mails of a case lie that still have their bytes."""
        reports = select(item.c.raw_id).join(report_row, report_row.c.item_id == item.c.id)
        reports = reports.where(report_row.c.case_id == case_id)
        letters = select(item.c.raw_id).where(item.c.case_id == case_id)
        query = select(raw.c.id).where(raw.c.data.is_not(None), raw.c.id.in_(reports.union(letters)))
        return list(self._connection.scalars(query.order_by(raw.c.id)))

    def raw_of_complaint(self, complaint_id: int) -> list[int]:
        """Where the mail of a complaint lies."""
        query = select(raw.c.id).join(complaint, complaint.c.raw_id == raw.c.id)
        return list(self._connection.scalars(query.where(complaint.c.id == complaint_id, raw.c.data.is_not(None))))

    def samples_of(self, raw_ids: Sequence[int]) -> list[tuple[int, bool]]:
        """What the filter is to learn from them, and whether a model has learnt it."""
        query = select(training_sample.c.id, training_sample.c.state).where(
            training_sample.c.raw_id.in_(list(raw_ids)), training_sample.c.state.in_(_TEACHES)
        )
        return [(row.id, row.state == SampleState.TRAINED.value) for row in self._connection.execute(query)]

    def taken_out(self, raw_id: int) -> tuple[bytes, int, datetime] | None:
        """Packed bytes, size and time of what lies in the store; from now on it does not."""
        found = self._connection.execute(
            select(raw.c.data, raw.c.size, raw.c.arrived).where(raw.c.id == raw_id)
        ).first()
        if found is None or found.data is None:
            return None
        self._connection.execute(update(raw).where(raw.c.id == raw_id).values(data=None))
        return bytes(found.data), found.size, found.arrived

    def put_back(self, raw_id: int, packed: bytes) -> None:
        """What lay in the store lies there again."""
        self._connection.execute(update(raw).where(raw.c.id == raw_id).values(data=packed))

    def _found(self, query: Select[Any]) -> list[Sealed]:
        return [_sealed(row) for row in self._connection.execute(query)]


def _sealed(row: Row[Any]) -> Sealed:
    matched = tuple(str(each) for each in row.matched)
    data = None if row.box is None else bytes(row.box)
    return Sealed(
        sealed_id=row.id,
        digest=row.digest,
        size=row.size,
        gate=row.gate,
        name=row.name,
        envelope_from=row.envelope_from,
        arrived=row.arrived,
        box=None if data is None else SealedBox(data=data, key_id=row.key_id, sort=row.sort, matched=matched),
        state=SealedState(row.state),
        entered=row.entered,
        hold_until=row.hold_until,
        kept_until=row.kept_until,
        raw_id=row.raw_id,
    )
