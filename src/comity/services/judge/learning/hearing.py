"""Hear what people say about a mail: a sample enters and waits, takes an earlier one back, or is refused by name.

Trust:      whoever speaks may lie, and may speak a thousand times; mail that was not delivered to them teaches nothing.
Standards:  FIELD.md: campaigns last an hour or two, so that weights change slowly and safely, and fingerprints of campaigns fast
            and only for hours. DESIGN.md P2: what is worked off twice is heard once, by the time at which the gate took it.
Answers:    ``Hearing.hear(rows, drawn, ...)`` gives ``Heard``, in the caller's transaction.
Limits:     the last word about a mail counts. "Not spam" about a sample that waits takes it back, and both are gone; one that
            taught is taken out by the next round (``comity.services.judge.learning.classroom``).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from comity.model.learning import FORGOTTEN, TAKEN_BACK, UNSAID, SampleState
from comity.services.judge.learning.drawing import OUR_PEER, Drawn
from comity.services.judge.learning.rows import KnownSample, LearningRows, NewSample, Transaction


class Heard(StrEnum):
    """What became of it."""

    WAITS = "waits"
    TEACHES = "teaches"  # one of our own staff said it: the next round learns it
    REPEATED = "repeated"
    TAKEN_BACK = "taken-back"  # an earlier one is gone, and this one says no more than that
    FORGOTTEN = "forgotten"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class FastLane:
    """When a campaign is junked at once, and for how long."""

    people: int = 3  # distinct cohorts of vetted people; 0: never
    within: timedelta = timedelta(hours=1)
    lasts: timedelta = timedelta(hours=6)
    proven: int = 3  # campaigns about which a person was right before they are vetted
    acquainted: timedelta = timedelta(days=30)  # within which they count


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingTerms:
    """How long a sample waits, and how long it can be taken out."""

    wait: timedelta = timedelta(hours=24)
    keep: timedelta = timedelta(days=30)
    lane: FastLane = field(default_factory=FastLane)
    people: bool = True  # False: only our own staff teach


class Hearing:
    """Takes in what people say."""

    def __init__(self, terms: HearingTerms) -> None:
        self._terms = terms

    def hear(self, rows: Transaction, drawn: Drawn, *, said: datetime, gate: str) -> Heard:
        """Take one in; ``said`` is when the gate took it."""
        learning = rows.learning
        if not (self._terms.people or drawn.by_operator):
            return Heard.REFUSED
        known = learning.by_key(drawn.key)
        if any(each.said >= said for each in known):
            return Heard.REPEATED
        standing = [each for each in known if each.state not in (SampleState.RETRACTED, SampleState.SETTLED)]
        if drawn.forget:
            learning.take_out([each.sample_id for each in standing], reason=FORGOTTEN, at=said)
            return Heard.FORGOTTEN if standing else Heard.REFUSED
        same = next((each for each in standing if each.spam is drawn.spam), None)
        if same is not None:
            learning.said_again(same.sample_id, said)
            return Heard.REPEATED
        took_back = self._take_back(learning, [each for each in standing if each.spam is not drawn.spam], said)
        if took_back and not drawn.spam:
            return Heard.TAKEN_BACK
        learning.add(self._row(learning, drawn, said=said, gate=gate))
        if not drawn.by_operator:
            self._drive(learning, drawn, said)
        if drawn.by_operator:
            return Heard.TEACHES
        return Heard.WAITS if drawn.delivered else Heard.REFUSED

    def _take_back(self, learning: LearningRows, opposite: list[KnownSample], said: datetime) -> bool:
        """Take back what the same mailbox said; whether it had not taught yet."""
        learning.take_out([each.sample_id for each in opposite], reason=TAKEN_BACK, at=said)
        return any(each.state is not SampleState.TRAINED for each in opposite)

    def _row(self, learning: LearningRows, drawn: Drawn, *, said: datetime, gate: str) -> NewSample:
        state, reason = SampleState.WAITING, None
        if drawn.by_operator:
            state = SampleState.ADMITTED
        elif drawn.reporter is None:
            state, reason = SampleState.REFUSED, UNSAID
        elif not drawn.delivered:
            state, reason = SampleState.REFUSED, "not-delivered"
        return NewSample(
            key=drawn.key,
            complaint=drawn.complaint,
            spam=drawn.spam,
            digest=drawn.digest,
            packed=None if state is SampleState.REFUSED else drawn.packed,
            size=drawn.size,
            gate=gate,
            reporter=drawn.reporter,
            cohort=drawn.cohort,
            peer=OUR_PEER,
            campaign=drawn.campaign,
            delivered=drawn.delivered,
            vetted=drawn.delivered and self._is_vetted(learning, drawn, said),
            by_operator=drawn.by_operator,
            facts=drawn.facts,
            arrived=said,
            eligible_at=said if drawn.by_operator else said + self._terms.wait,
            kept_until=said + self._terms.keep,
            state=state,
            reason=reason,
        )

    def _is_vetted(self, learning: LearningRows, drawn: Drawn, said: datetime) -> bool:
        """Whether the operator vouches for them, or they were right before and never had to be taken out."""
        if drawn.vouched or drawn.by_operator:
            return True
        if drawn.reporter is None:
            return False
        right, wrong = learning.lessons_of(drawn.reporter, said - self._terms.lane.acquainted)
        return right >= self._terms.lane.proven and not wrong

    def _drive(self, learning: LearningRows, drawn: Drawn, said: datetime) -> None:
        """Junk a campaign that enough vetted people complain about, or lift that when as many say the opposite."""
        lane = self._terms.lane
        if not lane.people or not drawn.delivered:
            return
        people, cohorts = learning.voices(drawn.campaign, said - lane.within, spam=drawn.spam)
        if cohorts < lane.people:
            return
        if not drawn.spam:
            if cohorts >= learning.voices(drawn.campaign, said - lane.within, spam=True)[1]:
                learning.lift(drawn.campaign, by="not-spam", at=said)
        elif not learning.junked(said, drawn.campaign):
            learning.junk(drawn.campaign, since=said, until=said + lane.lasts, people=people)
