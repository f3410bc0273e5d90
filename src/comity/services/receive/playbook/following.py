"""Cases follow their playbook: when a report joins, when a person acts, when a timer ends; in the caller's transaction.

Trust:      letters and cases that could be two customers' follow none: a person decides on those.
Standards:  DESIGN.md section 5, P8 and P9: what is not live is written down as what would have been done.
Answers:    ``Following.joined`` after a batch of reports, ``sighted`` after one of sightings, ``acted`` after an act of the desk,
            ``decide`` for a word of the playbook's own, ``happen`` for an answer, a bounce, an outcome or another program's
            event, ``tick`` for timers, ``fell_silent`` where silence was long enough for a device to count as clean.
Limits:     a merged case rests; while a feed that reported it is silent altogether, quiet rules do not hold. What is to be done
            outside is a row (``comity.services.receive.playbook.writing_down``), done after the commit.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from comity.model.case import SubjectKind
from comity.model.desk import Act, CaseEvent, CaseState, DeskCase
from comity.model.outcomes import ComityError, Outcome
from comity.model.playbook import CLOSED, Facts, Happened, Happening, Playbook, Position
from comity.services.receive.playbook.rows import Join, PlaybookTransaction, Sighted
from comity.services.receive.playbook.walking import Walk
from comity.services.receive.playbook.writing_down import PLAYBOOK, Decided, WritingDown

TURN: Final = 500  # cases whose timers are looked at in one transaction
_RESTS: Final = (CaseState.MERGED, CaseState.CLOSED)
_NOBODY: Final[Mapping[str, datetime | None]] = MappingProxyType({})
_FROM_OUTSIDE: Final = (Happening.BOUNCE, Happening.REPLY)


class Following:
    """One playbook, in use."""

    def __init__(self, playbook: Playbook, writing: WritingDown) -> None:
        self._playbook, self._writing = playbook, writing

    @property
    def playbook(self) -> Playbook:
        """The one in use."""
        return self._playbook

    def joined(
        self,
        records: PlaybookTransaction,
        joins: Sequence[Join],
        before: Mapping[str, DeskCase],
        *,
        new_marks: Iterable[int],
        now: datetime,
    ) -> None:
        """Reports joined cases; ``before`` are these cases without them, ``new_marks`` complainers not counted before."""
        fresh = set(new_marks)
        walks = self._walks(
            records, [before[each.case_id] for each in joins if self._follows(before[each.case_id])], now
        )
        complaints: Counter[tuple[str, date]] = Counter()
        for join in joins:
            walk = walks.get(join.case_id)
            is_new = join.mark in fresh
            fresh.discard(join.mark)
            if walk is None:
                continue
            walk.reports(join, is_new_complainer=is_new, now=now)
            if not join.reported.evidence_class.is_weak:
                complaints[join.case_id, join.reported.when.date()] += 1
        records.positions.count_complaints(complaints)
        self._write(records, walks.values(), now)

    def sighted(self, records: PlaybookTransaction, sights: Sequence[Sighted], *, now: datetime) -> None:
        """Infected devices were seen."""
        walks = self._walks(records, [each.case for each in sights if self._follows(each.case)], now)
        for each in sights:
            walk = walks.get(each.case.case_id)
            if walk is not None:
                walk.sighted(each.reported, began=each.began, now=now)
        self._write(records, walks.values(), now)

    def acted(self, records: PlaybookTransaction, case: DeskCase, act: Act, *, now: datetime) -> None:
        """A person did something along the life cycle."""
        if not self._follows(case):
            position = records.positions.of([case.case_id]).get(case.case_id)
            if position is not None and case.state in _RESTS:
                state = CLOSED if case.state is CaseState.CLOSED else position.state
                records.positions.put([replace(position, state=state, due=None, raised=None)])
            return
        (walk,) = self._walks(records, [case], now).values()
        if act in (Act.REOPEN, Act.UNMERGE):
            walk.begins_again(now)
        walk.happens(Happened(happening=Happening.PERSON, at=now, word=act.value))
        walk.position = replace(walk.position, raised=None)
        self._write(records, [walk], now)

    def replied(self, records: PlaybookTransaction, case_ids: Sequence[str], now: datetime) -> None:
        """Somebody answered what was written to him about these cases."""
        for case in records.cases.by_id(case_ids).values():
            self.happen(records, case, Happening.REPLY, now=now)

    def took_in(self, records: PlaybookTransaction, case: DeskCase, *, now: datetime) -> None:
        """Another case went into this one: its reports are reports of this one now."""
        self.happen(records, case, Happening.REPORT, now=now)

    def decide(
        self, records: PlaybookTransaction, case: DeskCase, word: str, *, note: str | None, actor: str, now: datetime
    ) -> None:
        """A person does what the playbook offers."""
        offered = self.offers(records, case)
        if word not in offered:
            raise ComityError(
                "case-act",
                f"case-act: {word}",
                outcome=Outcome.USAGE,
                details={"text": word, "known": ", ".join(offered) or "-"},
            )
        said = f"{word}: {note}" if note else word
        records.cases.record([_event(case, actor, "decided", note=said, now=now)])
        (walk,) = self._walks(records, [case], now).values()
        walk.happens(Happened(happening=Happening.PERSON, at=now, word=word))
        walk.position = replace(walk.position, raised=None)
        self._write(records, [walk], now, actor=actor)

    def offers(self, records: PlaybookTransaction, case: DeskCase) -> tuple[str, ...]:
        """What a person can decide in this case beside the acts of the life cycle."""
        position = records.positions.of([case.case_id]).get(case.case_id)
        if position is None or not self._follows(case) or position.playbook != self._playbook.name:
            return ()
        return tuple(word for word in self._playbook.acts(position.state) if word not in list(Act))

    def happen(
        self,
        records: PlaybookTransaction,
        case: DeskCase,
        happening: Happening,
        *,
        word: str | None = None,
        now: datetime,
    ) -> None:
        """Something happened to a case. An answer or a bounce that no rule of the state hears is put before a person."""
        if not self._follows(case):
            return
        (walk,) = self._walks(records, [case], now).values()
        before = walk.position
        walk.happens(Happened(happening=happening, at=now, word=word))
        is_unheard = not walk.decisions and walk.position.state == before.state
        if happening in _FROM_OUTSIDE and is_unheard and walk.position.raised is None:
            walk.position = replace(walk.position, raised=now)
        self._write(records, [walk], now)

    def tick(self, records: PlaybookTransaction, now: datetime, *, most: int = TURN) -> int:
        """Look at the timers that ended; how many there were."""
        found = records.positions.due(now, most)
        cases = records.cases.by_id([each.case_id for each in found])
        rest = [each for each in found if not self._follows(cases[each.case_id])]
        records.positions.put([replace(each, due=None) for each in rest])
        walks = self._walks(
            records,
            [each for each in cases.values() if self._follows(each)],
            now,
            known={each.case_id: each for each in found},
            deaf=records.sources.deaf(cases),
        )
        for walk in walks.values():
            walk.happens(Happened(happening=Happening.TIME, at=now))
        self._write(records, walks.values(), now)
        return len(found)

    def fell_silent(self, records: PlaybookTransaction, cases: Sequence[DeskCase], *, now: datetime) -> None:
        """The feeds were silent about these lines for so long that they would have seen an infected device: quiet rules hold."""
        walks = self._walks(records, [each for each in cases if self._follows(each)], now, is_silent=True)
        for walk in walks.values():
            walk.happens(Happened(happening=Happening.TIME, at=now))
        self._write(records, walks.values(), now)

    def _follows(self, case: DeskCase) -> bool:
        """Whether a case follows the playbook at all."""
        is_certain = case.subject_kind is not SubjectKind.LETTER and case.state is not CaseState.UNDECIDED
        return is_certain and case.state not in _RESTS

    def _walks(
        self,
        records: PlaybookTransaction,
        cases: Sequence[DeskCase],
        now: datetime,
        *,
        known: Mapping[str, Position] | None = None,
        is_silent: bool = False,
        deaf: Mapping[str, datetime | None] = _NOBODY,
    ) -> dict[str, Walk]:
        """The cases with all that the engine may know of them, in a few questions."""
        ids = list(dict.fromkeys(case.case_id for case in cases))
        positions = records.positions.of(ids) if known is None else known
        complained: Mapping[str, Mapping[date, int]] = {}
        sent: Mapping[str, Mapping[date, int]] = {}
        if self._playbook.rate_days:
            since = now.date() - timedelta(days=self._playbook.rate_days)
            complained = records.positions.complained(ids, since)
            sent = records.positions.sent(list({case.label for case in cases}), since)
        known_of = records.infestations.of(ids) if self._playbook.asks_infestation else {}
        sure = {case_id: each.certainty for case_id, each in known_of.items()}
        return {
            case.case_id: Walk(
                self._playbook,
                Facts(
                    case=case,
                    complained=complained.get(case.case_id, {}),
                    sent=sent.get(case.label, {}),
                    certainty=sure.get(case.case_id),
                    is_silent=(is_silent or case.case_id not in sure) and deaf.get(case.case_id, now) is not None,
                    deaf_until=deaf.get(case.case_id),
                ),
                positions.get(case.case_id),
                now=now,
            )
            for case in cases
        }

    def _write(
        self, records: PlaybookTransaction, walks: Iterable[Walk], now: datetime, *, actor: str | None = None
    ) -> None:
        walked = list(walks)
        records.positions.put([walk.position for walk in walked])
        decided = [Decided(case=walk.facts.case, decisions=tuple(walk.decisions)) for walk in walked if walk.decisions]
        closed = self._writing.write(records, decided, actor=actor or PLAYBOOK + self._playbook.name, now=now)
        rest = [replace(walk.position, due=None) for walk in walked if walk.facts.case.case_id in closed]
        records.positions.put(rest)


def _event(case: DeskCase, actor: str, act: str, *, note: str, now: datetime) -> CaseEvent:
    return CaseEvent(
        case_id=case.case_id, at=now, actor=actor, act=act, note=note, from_state=case.state, to_state=case.state
    )
