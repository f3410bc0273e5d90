"""A playbook: what is done about a case by itself, as data; and the words in which its engine speaks.

Trust:      a playbook is the operator's own file; marks that are suppressed are out of strangers' reports.
Answers:    ``Playbook`` with its states and rules, ``Position`` of one case in it, ``Happened`` and ``Reported`` as what comes in,
            ``Move`` and ``Do`` as what comes out.
Limits:     what a rule means is said in ``comity.cases.playbook``; the state ``closed`` is every playbook's last one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from comity.model.action_kind import ActionKind as ActionKind  # noqa: PLC0414 - a word of playbooks to everybody else
from comity.model.case import EvidenceClass
from comity.model.desk import DeskCase
from comity.model.notice import Certainty, NoticeKind

CLOSED: Final = "closed"


class Happening(StrEnum):
    """What a rule waits for."""

    REPORT = "report"  # a report joined the case
    RELAPSE = "relapse"  # it began again after it was closed
    OUTCOME = "outcome"  # something was found out or done: a word of ``CaseOutcome``
    REPLY = "reply"  # the customer answered
    BOUNCE = "bounce"  # what the customer was told came back
    TIME = "time"
    PERSON = "person"  # somebody at the desk acted
    API = "api"  # another program of ours says so
    ENTRY = "entry"  # the state was entered: at once


# What holds on until its day comes, and can be lifted before.
STANDING: Final = frozenset({ActionKind.SUPPRESS, ActionKind.THROTTLE, ActionKind.HOLD, ActionKind.GARDEN})
# What of it stands in tables that mail servers read.
TABLED: Final = STANDING - {ActionKind.GARDEN}
# What one's own customer feels.
RESTRICTS: Final = frozenset({ActionKind.THROTTLE, ActionKind.HOLD, ActionKind.GARDEN})
# What somebody outside feels: never done on the word of sources that are unproven or on trial alone.
FELT: Final = STANDING | {ActionKind.TELL, ActionKind.NOTICE, ActionKind.WEBHOOK}
# What changes the case itself.
DESK: Final = frozenset({ActionKind.RAISE, ActionKind.WAIT, ActionKind.CLOSE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A length of time: elapsed, or so many working days."""

    elapsed: timedelta = timedelta(0)
    working_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When people work, and when nobody is disturbed."""

    zone: tzinfo
    work_days: frozenset[int] = frozenset(range(5))  # Monday is 0
    holidays: frozenset[date] = frozenset()
    extra_days: frozenset[date] = frozenset()  # worked on although they are none of those
    quiet_from: time | None = None
    quiet_until: time | None = None
    quiet_forms: frozenset[NoticeKind] | None = None  # of notices, which wait until then; None: all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Complaints per mail sent: the lower bound of its 95 % interval must lie above ``over``, on at least ``least`` mails."""

    over: float
    least: int
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What must hold, all of it; None and empty ask nothing."""

    reports: int | None = None
    complainers: int | None = None
    verified: int | None = None  # reports whose source proved who it is, and is trusted
    any_class: frozenset[EvidenceClass] = frozenset()
    independent: int | None = None  # classes of evidence that mean something by themselves
    open_for: timedelta | None = None
    quiet: timedelta | None = None
    relapses: int | None = None
    severity: str | None = None  # at least "middle" or "high"
    rate: Rate | None = None
    certainty: Certainty | None = None  # of an infestation, at least
    fresh: bool = False  # it was seen after the state was entered


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing to do."""

    kind: ActionKind
    days: int | None = None  # how long it holds
    template: str | None = None
    to: str | None = None  # which webhook
    undoes: str | None = None  # which webhook of the case is not told any more, where it still waits
    per_hour: int | None = None
    outcome: str | None = None
    forms: tuple[NoticeKind, ...] = ()  # of a notice: the first one that reaches


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """On this, if that holds, do these things and go there; without ``to`` the case stays where it is."""

    name: str  # "watched/2": the state and the place in it
    happening: Happening
    word: str | None = None  # which outcome, act or event
    after: Span | None = None
    condition: Condition = Condition()
    to: str | None = None
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What a customer is told, by language, with holes; ``wait`` gathers, ``digest`` is the least time between two."""

    name: str
    subject: Mapping[str, str]
    text: Mapping[str, str]
    wait: timedelta
    digest: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """One playbook."""

    name: str
    start: str
    calendar: Calendar
    states: Mapping[str, tuple[Rule, ...]]  # rules in order
    templates: Mapping[str, Template] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)  # by language
    place: str = ""

    def rules(self) -> tuple[Rule, ...]:
        """All of them."""
        return tuple(rule for rules in self.states.values() for rule in rules)

    @property
    def rate_days(self) -> int:
        """How many days any rule looks back for a rate; 0: none does."""
        return max((rule.condition.rate.days for rule in self.rules() if rule.condition.rate), default=0)

    def acts(self, state: str) -> tuple[str, ...]:
        """What a person can do in a state that the playbook waits for."""
        found = (rule.word for rule in self.states.get(state, ()) if rule.happening is Happening.PERSON)
        return tuple(dict.fromkeys(word for word in found if word is not None))

    @property
    def asks_infestation(self) -> bool:
        """Whether what is known of an infected device matters to any rule."""
        return any(
            rule.condition.certainty is not None
            or rule.condition.quiet is not None
            or any(each.kind is ActionKind.NOTICE for each in rule.actions)
            for rule in self.rules()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where one case stands in its playbook."""

    case_id: str
    playbook: str
    state: str
    entered: datetime
    checked: datetime  # when its timers were looked at last
    due: datetime | None = None  # when they are to be looked at again
    serial: int = 0  # how many rules were followed: what makes each consequence this one
    verified: int = 0
    heard: datetime | None = None  # when the last report joined
    raised: datetime | None = None  # since when a person is to look


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the engine may know of one case."""

    case: DeskCase
    verified: int = 0
    heard: datetime | None = None
    complained: Mapping[date, int] = field(default_factory=dict)  # by day, for rates
    sent: Mapping[date, int] = field(default_factory=dict)  # mails of this customer, on the days that are known
    certainty: Certainty | None = None  # how sure an infestation is; None: none is known
    is_silent: bool = True  # no device is known, or the feeds were silent for so long that they would have seen it
    # A feed that reported it had fallen silent until then: nothing was heard, whatever happened.
    deaf_until: datetime | None = None


MARKS: Final = ("address", "feedback-id", "message-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """By what a recipient is known: one of ``MARKS``."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """One report that joined a case."""

    evidence_class: EvidenceClass
    when: datetime
    is_verified: bool = False
    is_new_complainer: bool = True
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Something happened to a case."""

    happening: Happening
    at: datetime
    word: str | None = None
    reported: Reported | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The case goes from one state of its playbook to another, by a rule."""

    from_state: str
    to_state: str
    rule: str
    happening: Happening


@dataclass(frozen=True, slots=True, kw_only=True)
class Do:
    """Something is to be done, by a rule; ``key`` makes it this one thing, however often it is decided."""

    kind: ActionKind
    rule: str
    key: str
    target: str  # the recipient, the customer, the contact, the webhook, or the case
    target_kind: str
    until: datetime | None = None
    due: datetime | None = None  # not before
    action: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDone:
    """A rule asked for what cannot be: a named no."""

    kind: ActionKind
    rule: str
    reason: str  # ``no-contact``, ``no-recipient``, ``no-subscriber``, ``source-unproven``


Decision = Move | Do | NotDone


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped:
    """Where the case stands now, and what is to be done."""

    position: Position
    decisions: tuple[Decision, ...] = ()
