"""What learning from people puts into the store, and what it asks of it.

Trust:      who said something is a token; mails are strangers'.
Answers:    one record a row, and ``LearningRows``, ``Transaction``, ``Store``: what a store must offer. Services run inside its
            transaction; nothing here commits.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from comity.model.learning import SampleState, VersionKind
from comity.verdict.admission import Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSample:
    """One thing that somebody said about a mail, as it enters; without ``packed`` there is nothing to learn."""

    key: bytes
    complaint: bytes
    spam: bool
    digest: bytes
    packed: bytes | None = field(repr=False)
    size: int
    gate: str
    reporter: str | None
    cohort: str | None
    peer: str
    campaign: str
    delivered: bool
    vetted: bool
    by_operator: bool
    facts: Mapping[str, str]
    arrived: datetime
    eligible_at: datetime
    kept_until: datetime | None  # of its bytes, where they are not needed any more
    state: SampleState = SampleState.WAITING
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSample:
    """One that is in the store."""

    sample_id: int
    spam: bool
    state: SampleState
    by_operator: bool
    said: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow:
    """One sample as it is shown to whoever decides about it: nothing of who said it."""

    sample_id: int
    spam: bool
    campaign: str
    gate: str
    arrived: datetime
    eligible_at: datetime
    vetted: bool
    has_mail: bool
    agreeing: int  # cohorts that say the same of its campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonRow:
    """One sample with the mail it is about."""

    sample_id: int
    spam: bool
    by_operator: bool
    facts: Mapping[str, str]
    packed: bytes | None = field(repr=False)
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """One model."""

    version: int
    kind: VersionKind
    at: datetime
    serves: bool
    digest: bytes | None
    base: int | None  # with which version came what it was taught upon
    spam: int = 0  # samples in it
    legitimate: int = 0
    added: int = 0
    removed: int = 0
    left_out: int = 0
    locked: str | None = None
    lost: int | None = None
    missed: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JunkedRow:
    """One campaign that is junked for a while."""

    junked_id: int
    campaign: str
    since: datetime
    until: datetime
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What could be learnt now: how many, since when; whether an operator waits, whether something is to be taken out."""

    count: int
    oldest: datetime | None
    by_operator: bool
    to_take_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which samples are meant; what is None says nothing."""

    samples: Sequence[int] = ()
    reporter: str | None = None
    complaint_id: int | None = None
    peer: str | None = None
    campaign: str | None = None


class LearningRows(Protocol):
    """Rows of what people teach."""

    def by_key(self, key: bytes) -> Sequence[KnownSample]:
        """What one mailbox said about one mail, the newest first."""

    def add(self, row: NewSample) -> int:
        """A new sample."""

    def said_again(self, sample_id: int, said: datetime) -> None:
        """The same was said once more."""

    def take_out(self, sample_ids: Sequence[int], *, reason: str, at: datetime) -> None:
        """These teach no more; what a model has of them is still in it."""

    def lessons_of(self, reporter: str, since: datetime) -> tuple[int, int]:
        """Of one mailbox: how many campaigns taught since then, and how many samples the operator took out."""

    def voices(self, campaign: str, since: datetime, *, spam: bool) -> tuple[int, int]:
        """Vetted people, and cohorts of them, who said it about a campaign since then."""

    def junk(self, campaign: str, *, since: datetime, until: datetime, people: int) -> None:
        """A campaign is junked."""

    def junked(self, now: datetime, campaign: str | None = None) -> Sequence[JunkedRow]:
        """What is junked now: all, or this campaign."""

    def lift(self, campaign: str, *, by: str, at: datetime) -> int:
        """A campaign is junked no more; how many rows that were."""

    # -- the round

    def due(self, now: datetime) -> Due:
        """What could be learnt now."""

    def candidates(self, now: datetime, most: int) -> Sequence[Sample]:
        """Samples whose time has come, oldest first, and those of their campaigns that were too lonely."""

    def taught(self, since: datetime) -> Sequence[Sample]:
        """Samples of people that teach, said since then."""

    def heard(self, campaigns: Collection[str], before: datetime) -> Mapping[tuple[str, bool], int]:
        """How many cohorts said it about each campaign before that moment, spam or not."""

    def decide(self, fates: Mapping[int, str | None], at: datetime) -> None:
        """Samples that are admitted (None), or refused by name."""

    def admitted(self, most: int) -> Sequence[LessonRow]:
        """Samples that the next model learns, in order."""

    def members(self) -> Sequence[int]:
        """The samples that are in the model which serves, in the order in which they were learnt."""

    def members_at(self, version: int) -> Sequence[int]:
        """The samples that were in an earlier one, in that order."""

    def lessons(self, sample_ids: Sequence[int]) -> Sequence[LessonRow]:
        """These, in this order, with their mails."""

    def members_out(self) -> Sequence[int]:
        """Those members that are to be taken out."""

    def out_of(self, version: int) -> Sequence[int]:
        """Samples that were in that version and have been taken out, or settled, since."""

    def settled_of(self, sample_ids: Sequence[int]) -> int:
        """How many of these were learnt for good."""

    def labels(self, sample_ids: Sequence[int]) -> tuple[int, int]:
        """How many of these are spam, and legitimate."""

    # -- versions

    def current(self) -> VersionRow | None:
        """The model that serves."""

    def versions(self, most: int) -> Sequence[VersionRow]:
        """The newest ones, newest first."""

    def version(self, number: int) -> VersionRow | None:
        """One of them."""

    def next_version(self) -> int:
        """The number of the next one."""

    def is_known(self, digest: bytes) -> bool:
        """Whether a version had this file."""

    def add_version(self, row: VersionRow) -> None:
        """A new one."""

    def trained(self, sample_ids: Sequence[int], version: int, at: datetime) -> None:
        """A version learnt these, in this order."""

    def joined(self, sample_ids: Collection[int], version: int) -> None:
        """These are in the model again."""

    def left(self, sample_ids: Collection[int] | None, version: int) -> None:
        """These are not in the model any more; None: all that were."""

    def settle(self, sample_ids: Sequence[int], at: datetime) -> None:
        """These were learnt for good; nobody needs their mails any more, nor who said it."""

    def drop_old(self, before: datetime) -> int:
        """Forget samples of before that moment that teach nothing; how many."""

    def settling(self, before: datetime) -> Sequence[int]:
        """The first members of the model, those that were learnt before that moment."""

    # -- to be shown

    def counts(self) -> Mapping[tuple[str, str | None], int]:
        """How many samples there are in each state, by reason."""

    def said_by_day(self, since: datetime, until: datetime) -> Mapping[tuple[date, bool], int]:
        """How many samples entered on each day, spam or not."""

    def in_state(self, state: SampleState, most: int) -> Sequence[SampleRow]:
        """Samples in a state."""

    def next_eligible(self) -> datetime | None:
        """When the next one's time comes."""

    def sources(self) -> tuple[int, int]:
        """How many mailboxes, and campaigns, the serving model learnt from."""

    def which(self, which: Which) -> Sequence[int]:
        """The samples that are meant and not taken out yet."""


class Transaction(Protocol):
    """Rows of one transaction."""

    @property
    def learning(self) -> LearningRows:
        """What people teach."""


class Store(Protocol):
    """Where the rows are kept."""

    def read(self) -> AbstractContextManager[Transaction]:
        """One view of the rows that does not change."""

    def write(self) -> AbstractContextManager[Transaction]:
        """One transaction."""
