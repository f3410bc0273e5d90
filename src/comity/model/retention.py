"""For how long what is kept: classes of data, what laws ask for, holds, and what an erasure leaves behind.

Standards:  GDPR Art. 5(1)(e) and 17(3); Cybersecurity Law of China, article 21(3): logs of a network for six months at least.
Answers:    ``KeptClass``; ``Bound``, what one law says about one class; ``LAWS``, those that come with Comity; ``Term`` and
            ``term_of(...)``: what holds of a wish and of the laws; ``LegalHold``, ``HoldAct``, ``Spared``; ``Erasure``.
Limits:     a table of laws is no legal advice: what is not in it, the operator's settings say. A least goes before a most.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

SHORTEST: Final = 1
LONGEST: Final = 36_500


class KeptClass(StrEnum):
    """One class of data, which is kept for one time."""

    RAW = "raw"  # the bytes of mails
    NORMALISED = "normalised"  # what was read in them: rows of reports and items
    PAYLOAD = "payload"  # what travelled beside leaves of the ledger
    CASE = "case"  # whom a closed case was about, its notes and letters
    SIGHTING = "sighting"  # what was seen of bots, and whose line it was
    NOTICE = "notice"  # what subscribers were told and said, and what is known of the device
    LEASE = "lease"  # who held which address
    LOGIN = "login"  # who handed in which mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What the law of one place says about one class; ``law`` is where it says so."""

    of: KeptClass
    jurisdiction: str  # ISO 3166-1 alpha-2, or "EU"
    least_days: int | None = None
    most_days: int | None = None
    law: str | None = None


# Six calendar months have 184 days at most.
_SIX_MONTHS: Final = 184
_CHINA: Final = "Cybersecurity Law of the People's Republic of China (2016), article 21(3)"
LAWS: Final[tuple[Bound, ...]] = (
    Bound(of=KeptClass.LEASE, jurisdiction="CN", least_days=_SIX_MONTHS, law=_CHINA),
    Bound(of=KeptClass.LOGIN, jurisdiction="CN", least_days=_SIX_MONTHS, law=_CHINA),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """For how many days one class is kept; ``least`` and ``most`` are the laws that bound it most narrowly."""

    of: KeptClass
    days: int
    wanted: int
    least: Bound | None = None
    most: Bound | None = None

    @property
    def is_moved(self) -> bool:
        """Whether a law makes it another than was wanted."""
        return self.days != self.wanted

    def before(self, now: datetime) -> datetime:
        """What is older than this moment goes."""
        return now - timedelta(days=self.days)

    def not_after(self, now: datetime) -> datetime:
        """What is younger than this moment stays, whatever else was agreed: a law's least."""
        days = self.least.least_days if self.least is not None else None
        return now if days is None else now - timedelta(days=days)


def binding(own: Sequence[Bound], jurisdictions: Collection[str]) -> list[Bound]:
    """What holds where these laws bind: what the operator says, and what we know of where he says nothing about class and place.

    >>> [each.least_days for each in binding((), {"CN"}) if each.of is KeptClass.LEASE]
    [184]
    """
    said = {(each.of, each.jurisdiction) for each in own}
    laws = [each for each in LAWS if each.jurisdiction in jurisdictions and (each.of, each.jurisdiction) not in said]
    return [*own, *laws]


def term_of(of: KeptClass, wanted: int, bounds: Sequence[Bound]) -> Term:
    """What holds: what was wanted, within what the laws bound.

    >>> china = binding((), {"CN"})
    >>> term_of(KeptClass.LEASE, 30, china).days, term_of(KeptClass.RAW, 30, china).days
    (184, 30)
    """
    mine = [each for each in bounds if each.of is of]
    least = max((each for each in mine if each.least_days is not None), key=_least, default=None)
    most = min((each for each in mine if each.most_days is not None), key=_most, default=None)
    days = wanted if most is None else min(wanted, _most(most))
    days = days if least is None else max(days, _least(least))
    return Term(of=of, days=days, wanted=wanted, least=least, most=most)


def _least(each: Bound) -> int:
    return each.least_days or 0


def _most(each: Bound) -> int:
    return each.most_days or LONGEST


class HoldAct(StrEnum):
    """What was done with a hold."""

    PLACED = "placed"
    LIFTED = "lifted"
    REFUSED = "refused"  # somebody asked for it who may not


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold:
    """What may not be erased, whatever its time: a case, or all that is held of a subscriber."""

    hold_id: int = 0
    subject: str  # the key of the first case on whoever it is about
    case_id: str | None = None  # None: all cases on the subject
    by: str
    why: str
    placed: datetime
    until: datetime
    lifted: datetime | None = None
    lifted_by: str | None = None
    lifted_why: str | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is in force."""
        return self.lifted is None and self.until > now


@dataclass(frozen=True, slots=True, kw_only=True)
class Spared:
    """What the holds that are in force keep from being erased."""

    cases: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    subscribers: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.cases or self.subjects or self.subscribers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """That something was erased: what, how many, what was older than when, and the keyed digest of what went."""

    erasure_id: int = 0
    at: datetime
    of: KeptClass
    part: str  # the table
    n: int
    before: datetime
    digest: str
    days: int
    spared: int  # how many a hold kept
    leaf: str | None = None  # the name under which the ledger has it; None: there is no ledger
