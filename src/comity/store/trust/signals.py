"""Queries about signals, their adoption, and the rules for it.

Limits:     one connection, no commits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from comity.model.signal import Adoption, AdoptionRule, Kept, Signal, SignalKind
from comity.model.tlp import Tlp
from comity.store.tables.coalition.signals import signal, signal_adoption, signal_rule
from comity.store.tables.recourse import consequence


class Signals:
    """What networks say of others, and what we made of it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, kept: Kept) -> None:
        """A new signal."""
        said = kept.signal
        values = asdict(said) | {
            "kind": said.kind.value,
            "tlp": said.tlp.value,
            "classes": dict(said.classes),
            "reason": dict(said.reason),
            "note": kept.note,
            "taken": kept.taken,
            "is_ours": kept.is_ours,
        }
        self._connection.execute(insert(signal).values(values))

    def find(self, issuer: str, signal_id: str) -> Kept | None:
        """One signal of one issuer."""
        return next(iter(self._found(signal.c.issuer == issuer, signal.c.signal_id == signal_id)), None)

    def beginning_with(self, start: str) -> list[Kept]:
        """Signals whose id begins so."""
        return self._found(signal.c.signal_id.startswith(start, autoescape=True))

    def all(self, *, after: datetime | None = None) -> list[Kept]:
        """Every signal, newest first; or those that end after a moment."""
        return self._found() if after is None else self._found(signal.c.ends > after)

    def withdraw(self, issuer: str, signal_id: str, at: datetime, *, reason: Mapping[str, str], note: str) -> None:
        """The issuer took it back."""
        chosen = (signal.c.issuer == issuer) & (signal.c.signal_id == signal_id)
        values = {"withdrawn": at, "withdrawn_reason": dict(reason), "withdrawal_note": note}
        self._connection.execute(update(signal).where(chosen).values(values))

    def adopt(self, made: Adoption) -> None:
        """It is on our lists."""
        self._connection.execute(insert(signal_adoption).values(asdict(made)))

    def end_adoption(self, issuer: str, signal_id: str, at: datetime, *, why: str) -> None:
        """It is on our lists no more."""
        chosen = (signal_adoption.c.issuer == issuer) & (signal_adoption.c.signal_id == signal_id)
        open_ones = update(signal_adoption).where(chosen, signal_adoption.c.ended.is_(None))
        self._connection.execute(open_ones.values(ended=at, ended_why=why))

    def adopted_by_rule(self, rule_id: int, since: datetime) -> int:
        """How many signals a rule has adopted since a moment."""
        query = select(func.count()).select_from(signal_adoption)
        found = query.where(signal_adoption.c.rule_id == rule_id, signal_adoption.c.adopted >= since)
        return int(self._connection.execute(found).scalar_one())

    def add_rule(self, made: AdoptionRule) -> int:
        """A new rule; its number."""
        values = asdict(made) | {"kinds": [each.value for each in made.kinds], "classes": list(made.classes)}
        del values["rule_id"]
        key = self._connection.execute(insert(signal_rule).values(values)).inserted_primary_key
        return int(key[0]) if key is not None else 0

    def end_rule(self, rule_id: int, at: datetime) -> bool:
        """A rule adopts nothing more; False where there is none."""
        ending = update(signal_rule).where(signal_rule.c.id == rule_id, signal_rule.c.ended.is_(None)).values(ended=at)
        return self._connection.execute(ending).rowcount == 1

    def rules(self, peer: str | None = None) -> list[AdoptionRule]:
        """Every rule, or those about one peer, oldest first."""
        query = select(signal_rule).order_by(signal_rule.c.id)
        if peer is not None:
            query = query.where(signal_rule.c.peer == peer)
        return [_rule(row) for row in self._connection.execute(query)]

    def _found(self, *conditions: Any) -> list[Kept]:
        newest = select(func.max(signal_adoption.c.id)).group_by(signal_adoption.c.issuer, signal_adoption.c.signal_id)
        made = select(signal_adoption).where(signal_adoption.c.id.in_(newest)).subquery()
        of_ours = (consequence.c.reference == signal.c.reference) & signal.c.is_ours.is_(True)
        query = (
            select(signal, consequence.c.lifted, consequence.c.begins.label("listed_from"))
            .add_columns(*(column.label(f"adoption_{column.name}") for column in made.c))
            .outerjoin(made, (made.c.issuer == signal.c.issuer) & (made.c.signal_id == signal.c.signal_id))
            .outerjoin(consequence, or_(of_ours, consequence.c.reference == made.c.reference))
            .where(*conditions)
            .order_by(signal.c.made.desc(), signal.c.issuer, signal.c.signal_id)
        )
        return [_kept(row) for row in self._connection.execute(query)]


def _kept(row: Row[Any]) -> Kept:
    return Kept(
        signal=Signal(
            issuer=row.issuer,
            signal_id=row.signal_id,
            kind=SignalKind(row.kind),
            subject=row.subject,
            classes=row.classes,
            first_seen=row.first_seen,
            last_seen=row.last_seen,
            tlp=Tlp(row.tlp),
            is_severe=row.is_severe,
            reason=row.reason,
            reference=row.reference,
            contact=row.contact,
            made=row.made,
            begins=row.begins,
            ends=row.ends,
        ),
        note=row.note,
        taken=row.taken,
        is_ours=row.is_ours,
        withdrawn=row.withdrawn,
        withdrawn_reason=row.withdrawn_reason,
        withdrawal_note=row.withdrawal_note,
        adoption=_adoption(row),
        lifted=row.lifted,
    )


def _adoption(row: Row[Any]) -> Adoption | None:
    if row.adoption_id is None:
        return None
    return Adoption(
        issuer=row.issuer,
        signal_id=row.signal_id,
        by=row.adoption_by,
        why=row.adoption_why,
        rule_id=row.adoption_rule_id,
        adopted=row.adoption_adopted,
        begins=row.adoption_begins if row.listed_from is None else row.listed_from,  # once somebody was warned
        until=row.adoption_until,
        reference=row.adoption_reference,
        ended=row.adoption_ended,
        ended_why=row.adoption_ended_why,
    )


def _rule(row: Row[Any]) -> AdoptionRule:
    kinds: Sequence[str] = row.kinds
    return AdoptionRule(
        rule_id=row.id,
        peer=row.peer,
        kinds=tuple(SignalKind(each) for each in kinds),
        classes=tuple(row.classes),
        least_evidence=row.least_evidence,
        widest_v4=row.widest_v4,
        widest_v6=row.widest_v6,
        days=row.days,
        per_day=row.per_day,
        by=row.by,
        why=row.why,
        made=row.made,
        until=row.until,
        ended=row.ended,
    )
