"""Where cases stand in the queue, and how many there are: worked out of the cases, in the transaction that changes them.

Answers:    ``Places``: ``put(cases)`` keeps both, ``counts`` says how many there are by state, ``names(asked, ...)`` which ones,
            in the order in which one would work on them.
Limits:     one connection, no commits. A word is found inside labels and contacts, in whatever letters it is written, and whole in
            addresses and identities of mails.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    type_coerce,
    union,
    union_all,
)

from comity.cases.placing import FADED, FADES_AFTER, GOING_ON, HALVING, UNDATED, is_spread, lasting_weight
from comity.cases.severity import RECENT
from comity.formats.original import kept_id
from comity.model.account import PERMITS, Permit, Role
from comity.model.case import SubjectKind
from comity.model.desk import CaseState, DeskCase
from comity.store.bulk import Bulk
from comity.store.chunks import chunks
from comity.store.dialects import Insert as Upsert
from comity.store.dialects import among
from comity.store.dialects.inside import inside
from comity.store.tables.cases import case_count, case_place
from comity.store.tables.desk.accounts import account
from comity.store.tables.desk.teamwork import case_owner
from comity.store.tables.intake import report_row
from comity.store.tables.playbook import playbook_position
from comity.store.types import microseconds

AT_REST: Final = (CaseState.CLOSED, CaseState.MERGED)
RAISED: Final = (CaseState.OPEN, CaseState.WAITING)  # in which a playbook puts a case before a person
GONE: Final = "*"  # no account is called so
_WORDS: Final = 8
_ACTING: Final = [role.value for role in Role if Permit.CASES_ACT in PERMITS[role]]
_BOUNDED: Final = 2000
_TIMES: Final = 4
_COLUMNS: Final = tuple(each.name for each in case_place.c)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which cases: in these states, of this kind, with every one of these words."""

    states: tuple[CaseState, ...]
    about: SubjectKind | None = None
    words: str = ""
    whose: str | None = None  # the account that has it; "": nobody; GONE: one that works on cases no more
    is_raised: bool = False  # only those that a playbook put before a person, and that nobody has acted on since
    is_deep: bool = True  # also in contacts, addresses, identities and names of letters, else in other labels alone


class Places:
    """Rows of the queue, and their counts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, cases: Sequence[DeskCase]) -> None:
        """These cases as they are now: new ones, or others than before."""
        last = {each.case_id: each for each in cases}
        query = select(case_place.c.case_id, case_place.c.state, case_place.c.subject_kind)
        before: dict[str, tuple[str, str]] = {}
        for part in chunks(list(last)):
            found = self._connection.execute(query.where(among(self._connection, case_place.c.case_id, part)))
            before |= {row.case_id: (row.state, row.subject_kind) for row in found}
        _PLACES.put(self._connection, map(_place, last.values()))
        more = Counter((each.state.value, each.subject_kind.value) for each in last.values())
        more.subtract(before.values())
        self._count(more)

    def _count(self, more: Counter[tuple[str, str]]) -> None:
        _COUNTS.put(self._connection, [(*of, n) for of, n in sorted(more.items()) if n])

    def counts(self) -> dict[CaseState, int]:
        """How many cases there are in each state."""
        query = select(case_count.c.state, func.sum(case_count.c.cases)).group_by(case_count.c.state)
        return {CaseState(state): int(n) for state, n in self._connection.execute(query) if n}

    def count(self, asked: Asked) -> int:
        """How many there are, whatever words were asked for."""
        if asked.whose is not None or asked.is_raised:
            return int(self._connection.scalar(_of(asked, func.count())) or 0)
        query = select(func.sum(case_count.c.cases)).where(
            case_count.c.state.in_([each.value for each in asked.states])
        )
        if asked.about is not None:
            query = query.where(case_count.c.subject_kind == asked.about.value)
        return int(self._connection.scalar(query) or 0)

    def left_behind(self) -> int:
        """How many cases that are not at rest somebody has who works on cases no more."""
        return self.count(Asked(states=tuple(each for each in CaseState if each not in AT_REST), whose=GONE))

    def waiting_until(self, moment: datetime) -> tuple[int, datetime | None]:
        """How many cases wait for a day up to this one, and which day comes first."""
        query = select(func.count(), func.min(case_place.c.due, type_=case_place.c.due.type))
        these = (case_place.c.state == CaseState.WAITING.value, case_place.c.due <= moment)
        n, first = self._connection.execute(query.where(*these)).one()
        return int(n), first

    def raised(self) -> tuple[int, datetime | None]:
        """How many open or waiting cases a playbook put before a person who has not acted since; since when the first stands so.

        Whoever looks at new ones, or says whose one is, meets those anyhow.
        """
        place, position = case_place.c, playbook_position.c
        # Few are raised of the many that are open: only of these it is asked in what state they are.
        is_there = exists().where(place.case_id == position.case_id, place.state.in_([each.value for each in RAISED]))
        query = select(func.count(), func.min(position.raised, type_=position.raised.type))
        n, first = self._connection.execute(query.where(position.raised.is_not(None), is_there)).one()
        return int(n), first

    def names(self, asked: Asked, now: datetime, *, start: int = 0, most: int) -> list[str]:
        """So many of them from there on: what is late first, by its day; then the worst first."""
        if asked.words:
            return self._searched(asked, now, start=start, most=most)
        place, late = case_place.c, case_place.c.due <= now
        n = int(self._connection.scalar(_of(asked, func.count()).where(late)) or 0)
        found = list[str]()
        if start < n:
            query = _of(asked, place.case_id).where(late).order_by(place.due, *_worst(now))
            found += self._connection.scalars(query.limit(most).offset(start))
        start, most = max(0, start - n), most - len(found)
        if most:
            query = _of(asked, place.case_id).where(_is_not_late(now)).order_by(*_worst(now))
            bound = self._bound(asked, now, start + most)
            if bound is not None:
                query = query.where(place.weight >= bound - GOING_ON)
            found += self._connection.scalars(query.limit(most).offset(start))
        return found

    def _bound(self, asked: Asked, now: datetime, wanted: int) -> int | None:
        """What each of so many cases weighs at least: what would weigh less, fresh and going on, is none of them.

        The heaviest are looked at: the last of as many of them is no heavier than the last of those that are wanted.
        """
        if wanted > _BOUNDED:
            return None
        heavy = [
            select(
                _of(replace(asked, states=(state,)), _weighs(now).label("weighs"))
                .where(_is_not_late(now))
                .order_by(case_place.c.weight.desc())
                .limit(_TIMES * wanted)
                .subquery()
            )
            for state in asked.states
        ]
        weighs = union_all(*heavy).subquery().c.weighs
        found = self._connection.scalar(select(weighs).order_by(weighs.desc()).limit(1).offset(wanted - 1))
        return None if found is None else int(found)

    def _searched(self, asked: Asked, now: datetime, *, start: int, most: int) -> list[str]:
        """With every one of these words."""
        place = case_place.c
        query = select(place.case_id)
        if len(asked.states) < len(CaseState):
            # To go through all rows as they lie costs half of what fetching these by an index would.
            query = query.where(func.coalesce(place.state, "").in_([each.value for each in asked.states]))
        if asked.about is not None:
            query = query.where(place.subject_kind == asked.about.value)
        if asked.whose is not None:
            query = query.where(_is_whose(asked.whose))
        if asked.is_raised:
            query = query.where(_is_raised())
        for word in asked.words.split()[:_WORDS]:
            query = query.where(self._has(word, is_deep=asked.is_deep))
        late = case((place.due <= now, place.due), else_=null())
        query = query.order_by(late.is_(None), late, *_worst(now))
        return list(self._connection.scalars(query.limit(most).offset(start)))

    def _has(self, word: str, *, is_deep: bool) -> ColumnElement[bool]:
        """Only cases that have this word."""
        place, folded, start = case_place.c, word.casefold(), word.lower()
        called = inside(place.label, folded)
        # The case of a letter is called by who wrote it.
        named = called if is_deep else and_(called, place.subject_kind != SubjectKind.LETTER.value)
        found: list[ColumnElement[bool]] = [named]
        if start.isascii() and start.isalnum():
            found.append(and_(place.case_id >= start, place.case_id < start + "\uffff"))
        if is_deep:
            found.append(inside(place.contact, folded))
            reported = (report_row.c.source_ip == word, report_row.c.message_id == kept_id(word.strip("<>")))
            ids = report_row.c.case_id
            known = union(*(select(ids).where(each, ids.is_not(None)) for each in reported))
            if self._connection.scalar(known.limit(1)) is not None:
                # Together, and each row is looked up once: to ask of every row whether it is among those costs twice as much.
                others = select(place.case_id).where(or_(*found))
                return place.case_id.in_(union_all(known.subquery().select(), others))
        return or_(*found)


def _of(asked: Asked, *what: ColumnElement[Any]) -> Select[Any]:
    """A question about these states and this kind, by one range of an index a state."""
    query = select(*what).where(case_place.c.state.in_([each.value for each in asked.states]))
    if asked.whose is not None:
        query = query.where(_is_whose(asked.whose))
    if asked.is_raised:
        query = query.where(_is_raised())
    return query if asked.about is None else query.where(case_place.c.subject_kind == asked.about.value)


def _is_raised() -> ColumnElement[bool]:
    raised = select(playbook_position.c.case_id).where(playbook_position.c.raised.is_not(None))
    return case_place.c.case_id.in_(raised)


def _is_whose(name: str) -> ColumnElement[bool]:
    if name == GONE:
        works = and_(account.c.ended.is_(None), account.c.role.in_(_ACTING))
        gone = select(case_owner.c.case_id).join(account, account.c.name == case_owner.c.account).where(not_(works))
        return case_place.c.case_id.in_(gone)
    if name:
        return case_place.c.case_id.in_(select(case_owner.c.case_id).where(case_owner.c.account == name))
    return ~exists().where(case_owner.c.case_id == case_place.c.case_id)


def _is_not_late(now: datetime) -> ColumnElement[bool]:
    return or_(case_place.c.due.is_(None), case_place.c.due > now)


def _worst(now: datetime) -> tuple[ColumnElement[Any], ...]:
    return _weighs(now).desc(), case_place.c.reports.desc(), case_place.c.case_id


def _weighs(now: datetime) -> ColumnElement[Any]:
    """``comity.cases.severity.score`` in millionths of a doubling."""
    last = case_place.c.last_seen
    gone = literal(microseconds(now), BigInteger) - type_coerce(last, BigInteger)
    hour = case(
        (last.is_(None), UNDATED),
        (last >= now, 0),
        (last <= now - FADES_AFTER, FADED),
        else_=-(gone // HALVING),
    )
    going_on = case((and_(case_place.c.is_spread, last >= now - RECENT), GOING_ON), else_=0)
    return case_place.c.weight + hour + going_on


def _place(each: DeskCase) -> tuple[Any, ...]:
    return (
        each.case_id,
        each.state.value,
        each.subject_kind.value,
        each.due,
        each.last_seen,
        is_spread(each),
        lasting_weight(each),
        each.reports,
        each.label.casefold(),
        None if each.contact is None else each.contact.casefold(),
    )


def _replaced(adding: Upsert) -> Upsert:
    """The newest is true."""
    values = {name: adding.excluded[name] for name in _COLUMNS[1:]}
    return adding.on_conflict_do_update(index_elements=[case_place.c.case_id], set_=values)


def _added(adding: Upsert) -> Upsert:
    total = case_count.c.cases + adding.excluded.cases
    return adding.on_conflict_do_update(index_elements=list(case_count.primary_key), set_={"cases": total})


_PLACES: Final = Bulk(case_place, *_COLUMNS, finish=_replaced)
_COUNTS: Final = Bulk(case_count, "state", "subject_kind", "cases", finish=_added)
