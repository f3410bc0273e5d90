"""Settings of how long what is kept, whose law binds us, and who may put data on hold.

Answers:    ``RetentionSettings``; ``terms_of(settings)`` gives the ``Term`` of each class; ``retention_mistakes(rooms)`` gives what
            does not fit together: bounds that exclude each other, a time that a law does not allow.
Limits:     what was left as it is moves by itself to what the law allows; what somebody wrote down does not: that is an error.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from comity.model.message import Message
from comity.model.retention import LONGEST, Bound, KeptClass, Term, binding, term_of
from comity.settings.kinds import Choice, Days, Entries, Many, RefusedError, Text, about
from comity.settings.watch import Mistake

_COUNTRY: Final = re.compile("[A-Z]{2}")
# Where it is said how long each class is kept.
WISHES: Final[Mapping[KeptClass, tuple[str, str]]] = {
    KeptClass.RAW: ("store", "keep_days"),
    KeptClass.NORMALISED: ("retention", "normalised_days"),
    KeptClass.PAYLOAD: ("retention", "payload_days"),
    KeptClass.CASE: ("retention", "case_days"),
    KeptClass.SIGHTING: ("retention", "sighting_days"),
    KeptClass.NOTICE: ("help", "notice_days"),
    KeptClass.LEASE: ("data", "lease_days"),
    KeptClass.LOGIN: ("sources", "mail_log_days"),
}


@dataclass(frozen=True, slots=True)
class Country:
    """A country by its two letters, or EU."""

    @property
    def wants(self) -> Message:
        return Message("wants.country")

    def take(self, value: object, folder: Path) -> str:
        if not isinstance(value, str) or not _COUNTRY.fullmatch(value):
            raise RefusedError
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundEntry:
    """What the law of one place says about one class of data; a table of its own for each."""

    of: str = field(
        metadata=about(
            Choice(tuple(each.value for each in KeptClass)), "The class of data that it is about.", example='"lease"'
        )
    )
    jurisdiction: str = field(
        metadata=about(
            Country(),
            "Whose law it is; it goes before what comes with Comity about the same class and country.",
            example='"DE"',
        )
    )
    least_days: int | None = field(
        default=None,
        metadata=about(Days(1, LONGEST), "For how many days it must be kept at least.", example="184"),
    )
    most_days: int | None = field(
        default=None,
        metadata=about(Days(1, LONGEST), "For how many days it may be kept at most.", example="365"),
    )
    law: str | None = field(
        default=None,
        metadata=about(
            Text(),
            "Where that is written, as people are told who ask why something stays.",
            example='"Example Act, section 7"',
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSettings:
    """How long what is kept, by class of data and by law (`comity retention show`); mails, leases, logins and notices have their
    own settings, which the laws bound, too."""

    jurisdictions: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Country()),
            "Whose law binds us: what Comity knows of it (`comity retention show` names it) bounds how long what is kept.",
            example='["DE", "US"]',
        ),
    )
    bounds: tuple[BoundEntry, ...] = field(
        default=(),
        metadata=about(
            Entries(BoundEntry),
            "What your counsel says that a law asks for; the longest least and the shortest most of all that bind us hold.",
            example='[{ of = "lease", jurisdiction = "DE", most_days = 365 }]',
        ),
    )
    holders: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Text()),
            "Who may put data on legal hold and lift it, by the name that `--by` or the account gives.",
            example='["li.na", "counsel"]',
        ),
    )
    normalised_days: int = field(
        default=396,
        metadata=about(
            Days(1, LONGEST),
            "How long what was read in a mail is kept: address, subject, identities of a report. Counts, and whose domain it was, "
            "stay. Reports of cases that are not closed are kept.",
            example="180",
        ),
    )
    payload_days: int = field(
        default=396,
        metadata=about(
            Days(1, LONGEST),
            "How long the report is kept that stands beside its leaf in the ledger; leaves, counts and proofs stay. An agreement "
            "with a peer may say less.",
            example="180",
        ),
    )
    case_days: int = field(
        default=396,
        metadata=about(
            Days(1, LONGEST),
            "How long after a case was closed it is kept whom it was about, and what was written in it. Its numbers stay.",
            example="730",
        ),
    )
    sighting_days: int = field(
        default=396,
        metadata=about(
            Days(30, LONGEST),
            "How long it is kept that a bot was seen at an address of ours, and whose line it was.",
            example="180",
        ),
    )


def bounds_of(found: RetentionSettings) -> list[Bound]:
    """What the laws that bind us say."""
    return binding([_bound(each) for each in found.bounds], found.jurisdictions)


def terms_of(rooms: Mapping[str, Any]) -> dict[KeptClass, Term]:
    """For how long what is kept; ``rooms`` are the records of the settings, by name."""
    bounds = bounds_of(rooms["retention"])
    return {of: term_of(of, getattr(rooms[room], name), bounds) for of, (room, name) in WISHES.items()}


def retention_mistakes(rooms: Mapping[str, Any]) -> Iterator[Mistake]:
    """Bounds exclude each other, or a time that somebody wrote down is one that a law does not allow."""
    found: RetentionSettings = rooms.get("retention", RetentionSettings())
    for at, each in enumerate(found.bounds):
        if each.least_days is None and each.most_days is None:
            yield "retention-says-nothing", ("retention", "bounds", at), {"of": each.of}
    bounds = bounds_of(found)
    for of, (room, name) in WISHES.items():
        said = rooms.get(room)
        known = None if said is None else next(each for each in fields(said) if each.name == name)
        wanted = None if said is None or known is None else getattr(said, name)
        term = term_of(of, wanted or 1, bounds)
        if (
            term.least is not None
            and term.most is not None
            and (term.least.least_days or 0) > (term.most.most_days or 0)
        ):
            yield "retention-exclude", _place(found, term), {"of": of.value, **_both(term.least, term.most)}
        elif known is not None and wanted != known.default and term.is_moved:
            law = term.least if term.least is not None and term.days > term.wanted else term.most
            days = {"wanted": wanted, "days": term.days, "country": law.jurisdiction if law else ""}
            yield "retention-unlawful", (room, name), {"name": f"{room}.{name}", **days}


def _place(found: RetentionSettings, term: Term) -> tuple[str | int, ...]:
    """The entry that excludes: one of the operator's own."""
    for at, each in enumerate(found.bounds):
        if _bound(each) in (term.least, term.most):
            return ("retention", "bounds", at)
    return ("retention", "jurisdictions")


def _both(least: Bound, most: Bound) -> dict[str, object]:
    return {
        "least": least.least_days,
        "most": most.most_days,
        "country": least.jurisdiction,
        "other": most.jurisdiction,
    }


def _bound(each: BoundEntry) -> Bound:
    return Bound(
        of=KeptClass(each.of),
        jurisdiction=each.jurisdiction,
        least_days=each.least_days,
        most_days=each.most_days,
        law=each.law,
    )
