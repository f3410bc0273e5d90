"""What happens to a recourse: imposed and warned, asked, argued, answered, escalated once, over.

Trust:      whoever has the reference may ask and argue: it is given to nobody but the affected. Answers are a person's, by name.
Standards:  the life cycle and its rules in ``comity.accord.recourse``; promise P8.
Answers:    ``RecourseDesk``, an act a method. An act that does not fit raises ``ComityError`` and changes nothing.
Limits:     in the caller's transaction. The last answer is another person's than the first. Each step stands in the ledger
            where the other side is a peer, under a hash of the reference.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from comity.accord import recourse as rules
from comity.feedback.composing import source_shown
from comity.formats.domains import organisation_of
from comity.ledger.leaf import LeafType
from comity.model.outcomes import ComityError, Outcome
from comity.model.recourse import Consequence, Measure, Recourse, RecourseAct, RecourseEvent, RecourseState
from comity.model.tier import Tier
from comity.services.prove.recourse.rows import RecourseTransaction
from comity.services.prove.writing import Event, Scribe

PROGRAM = "comity"
_SAYS_SO = 5  # times as many texts from the mailbox that proves a subject by mail
_SHOWN = 20
_FEWEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How we give recourse."""

    ours: str  # our domain
    warning: timedelta
    owed_by: Callable[[datetime], datetime]  # by when a person answers what is said at a moment
    new_reference: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The evidence as the affected may see it, and the arithmetic: nothing in it differs from one complainer to the next."""

    consequence: Consequence
    recourse: Recourse
    reports: int = 0
    complainers: int = 0
    first: datetime | None = None
    last: datetime | None = None
    lines: tuple[
        tuple[str, str, str | None, str | None, int], ...
    ] = ()  # day, class, address, signing domain, how many
    more: int = 0
    history: tuple[RecourseEvent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Imposing:
    """What is to be done."""

    subject: str
    measure: Measure
    reason: str
    ends: datetime
    is_severe: bool = False
    also: str | None = None
    case: str | None = None
    given: Mapping[str, int] = field(default_factory=dict)  # classes of evidence that stand in no case of ours
    peer: str | None = None
    waits: bool = False  # does not begin before somebody was warned


class RecourseDesk:
    """One person, or the program, in one transaction."""

    def __init__(
        self, rows: RecourseTransaction, terms: Terms, scribe: Scribe | None, *, actor: str, now: datetime
    ) -> None:
        self._rows, self._terms, self._scribe, self._actor, self._now = rows, terms, scribe, actor, now

    def impose(self, wanted: Imposing) -> Consequence:
        """Do something to a network, with its why, its end and its way back; it begins after the warning."""
        subject = rules.subject_of(wanted.subject)
        if subject is None:
            raise _wrong("recourse-subject", wanted.subject, Outcome.USAGE)
        classes = dict(wanted.given)
        case_id = None
        if wanted.case is not None:
            found = self._rows.cases.beginning_with(wanted.case.lower()) if len(wanted.case) >= _FEWEST else []
            if len(found) != 1:
                raise _wrong("case-unknown", wanted.case, Outcome.BAD_INPUT)
            case_id = found[0].case_id
            classes |= {each.value: n for each, n in found[0].classes.items()}
        begins = rules.begins_at(self._now, wanted.measure, is_severe=wanted.is_severe, warning=self._terms.warning)
        refusal = rules.refusal_of(wanted.measure, classes, wanted.also, lasts=wanted.ends - begins)
        if refusal is not None:
            raise _wrong(f"recourse-{refusal}", wanted.subject, Outcome.BAD_INPUT, days=rules.LONGEST.days)
        made = Consequence(
            reference=self._terms.new_reference(),
            subject=str(subject),
            measure=wanted.measure,
            is_severe=wanted.is_severe,
            reason=wanted.reason,
            classes=classes,
            also=wanted.also,
            case_id=case_id,
            peer=wanted.peer,
            imposed=self._now,
            begins=wanted.ends if wanted.waits else begins,
            ends=wanted.ends,
        )
        self._rows.recourses.add(made, Recourse(reference=made.reference, state=RecourseState.OPEN, since=self._now))
        self._note(made.reference, "impose", wanted.reason, state=RecourseState.OPEN)
        return made

    def find(self, reference: str) -> tuple[Consequence, Recourse]:
        """One by its reference, however it was typed."""
        found = self._rows.recourses.find(reference.strip().upper())
        if found is None:
            raise _wrong("recourse-unknown", reference, Outcome.UNKNOWN)
        return found

    def ask(self, reference: str, *, asker: str | None = None, how: str | None = None) -> Why:
        """Tell why; the first time it is asked is written down."""
        consequence, recourse = self.find(reference)
        if recourse.state is RecourseState.OPEN:
            changed = replace(recourse, asker=asker or recourse.asker)
            recourse = self._act(consequence, changed, RecourseAct.ASK, note=how)
        return self.why(consequence, recourse)

    def argue(self, reference: str, text: str, *, asker: str | None = None) -> Recourse:
        """The affected says why it is wrong: a person owes an answer by a day."""
        consequence, recourse = self.find(reference)
        if not text.strip():
            raise _wrong("recourse-empty", reference, Outcome.USAGE)
        # From: is anybody's word: also who says that he is the affected himself is heard so often only.
        if self.is_full(recourse, times=_SAYS_SO if rules.speaks_for(consequence.subject, asker) else 1):
            raise _wrong("recourse-enough", reference, Outcome.CONFLICT)
        if recourse.state is RecourseState.OPEN:
            recourse = self._act(consequence, recourse, RecourseAct.ASK)
        due = recourse.due or self._terms.owed_by(self._now)
        # Whoever cites the reference may argue; the answer goes on to the mailbox that proved itself.
        is_proved = rules.speaks_for(consequence.subject, recourse.asker)
        changed = replace(recourse, due=due, asker=recourse.asker if is_proved else asker or recourse.asker)
        return self._act(consequence, changed, RecourseAct.ARGUE, note=text)

    def is_full(self, recourse: Recourse, *, times: int = 1) -> bool:
        """Whether so much was said since somebody answered that nobody without a proof is heard before the next answer: a reference
        stands in every mail that was turned away, and each text is kept."""
        history = self._rows.recourses.history(recourse.reference)
        said = [each for each in history if each.act == RecourseAct.ARGUE.value and each.at >= recourse.since]
        return len(said) >= times * rules.MOST_UNPROVED

    def answer(self, reference: str, text: str, *, grants: bool) -> tuple[Why, RecourseAct]:
        """A person answers, with reasons; granting lifts the consequence."""
        consequence, recourse = self.find(reference)
        if not text.strip():
            raise _wrong("recourse-empty", reference, Outcome.USAGE)
        is_last = recourse.state is RecourseState.ESCALATED
        if is_last and recourse.answered_by == self._actor:
            raise _wrong("recourse-same-person", reference, Outcome.USAGE, name=self._actor)
        act = RecourseAct.GRANT if grants else RecourseAct.UPHOLD if is_last else RecourseAct.REFUSE
        self._overdue(consequence, recourse)
        was = self.find(reference)[1]
        changed = self._act(consequence, replace(was, due=None, answered_by=self._actor), act, note=text)
        if grants:
            self._rows.recourses.lift(consequence.reference, self._now)
        return self.why(self.find(reference)[0], changed), act

    def escalate(self, reference: str, text: str) -> Recourse:
        """The affected asks for a second person, once."""
        consequence, recourse = self.find(reference)
        changed = replace(recourse, due=self._terms.owed_by(self._now), was_overdue=False)
        return self._act(consequence, changed, RecourseAct.ESCALATE, note=text)

    def sweep(self) -> tuple[list[tuple[Consequence, Recourse]], int]:
        """What the program does by itself: note answers that are overdue, close what is over; which ones, and how many."""
        owed = [pair for pair in self._rows.recourses.owed(self._now) if self._overdue(*pair)]
        closed = 0
        for consequence, recourse in self._rows.recourses.over(self._now):
            if rules.next_state(recourse.state, RecourseAct.END) is not None:  # an owed answer is still owed
                self._act(consequence, replace(recourse, due=None), RecourseAct.END)
                closed += 1
        return owed, closed

    def why(self, consequence: Consequence, recourse: Recourse) -> Why:
        """The evidence as the affected may see it."""
        history = tuple(self._rows.recourses.history(consequence.reference))
        if consequence.case_id is None:
            return Why(consequence=consequence, recourse=recourse, history=history)
        counts: Counter[tuple[str, str, str | None, str | None]] = Counter()
        people: set[str] = set()
        moments: list[datetime] = []
        for _, evidence, when in self._rows.intake.evidence_of([consequence.case_id]):
            day = "-" if when is None else when.astimezone(UTC).date().isoformat()
            # A host name or an address of IPv6 may be made for one recipient: as at T1, no more of them is shown than costs money.
            signer = organisation_of(evidence.dkim_domain[0]) if evidence.dkim_domain else None
            address = source_shown(evidence.source_ip, Tier.T1)
            counts[day, evidence.evidence_class.value, address, signer] += 1
            people |= {evidence.complainer} if evidence.complainer else set()
            moments += [] if when is None else [when]
        ordered = sorted(counts.items(), key=lambda each: (each[0][0], -each[1], str(each[0])))
        return Why(
            consequence=consequence,
            recourse=recourse,
            reports=sum(counts.values()),
            complainers=len(people),
            first=min(moments, default=None),
            last=max(moments, default=None),
            lines=tuple((*key, n) for key, n in ordered[-_SHOWN:]),
            more=max(len(ordered) - _SHOWN, 0),
            history=history,
        )

    def _overdue(self, consequence: Consequence, recourse: Recourse) -> bool:
        """Write down, once, that an answer is late."""
        if recourse.due is None or recourse.due >= self._now or recourse.was_overdue:
            return False
        self._rows.recourses.put(replace(recourse, was_overdue=True))
        self._note(consequence.reference, rules.OVERDUE, None, state=recourse.state)
        self._write(consequence, rules.OVERDUE)
        return True

    def _act(
        self, consequence: Consequence, recourse: Recourse, act: RecourseAct, *, note: str | None = None
    ) -> Recourse:
        state = rules.next_state(recourse.state, act)
        if state is None:
            raise _wrong(
                "recourse-act", consequence.reference, Outcome.CONFLICT, act=act.value, state=recourse.state.value
            )
        changed = replace(recourse, state=state, since=self._now if state is not recourse.state else recourse.since)
        self._rows.recourses.put(changed)
        self._note(consequence.reference, act.value, note, state=state)
        if act in rules.STEPS:
            self._write(consequence, rules.STEPS[act])
        return changed

    def _note(self, reference: str, act: str, note: str | None, *, state: RecourseState) -> None:
        event = RecourseEvent(at=self._now, actor=self._actor, act=act, note=note, to_state=state)
        self._rows.recourses.note(reference, event)

    def _write(self, consequence: Consequence, step: str) -> None:
        """The step in the ledger, in our direction to the peer."""
        if consequence.peer is None or self._scribe is None:
            return
        name = sha256(consequence.reference.encode()).hexdigest()[:20]
        number = len(self._rows.recourses.history(consequence.reference))
        event = Event(
            reporting=self._terms.ours,
            reported=consequence.peer,
            leaf_type=LeafType.RECOURSE,
            event_id=f"{name}.{number}.recourse",
            observed=None,
            facts={"recourse": name, "step": step, "measure": consequence.measure.value},
        )
        self._scribe.write(self._rows.ledger, [event], self._now)


def _wrong(code: str, place: str, outcome: Outcome, **details: object) -> ComityError:
    return ComityError(code, code, outcome=outcome, place=place, details=details)
