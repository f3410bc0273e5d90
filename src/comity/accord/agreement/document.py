"""The bytes of an agreement: what must stand in them, what may, and what does not fit together.

Trust:      bytes come from the other side; ``read`` names the first field that does not fit, and raises nothing.
Standards:  the one form of ``comity.formats.canonical_json``; what is signed is understood in full, so an unknown field is refused.
Answers:    ``read(data)`` gives ``Read(document, faults)``; ``written(record)`` the bytes, ``digest(data)`` their name,
            ``faults_of(record)`` all that is wrong with a record; ``is_across(record)`` whether a border lies between the two.
Limits:     64 KiB; 1,000 networks and 1,000 domains a side, 20 contacts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from comity.accord.agreement import kinds
from comity.accord.agreement.kinds import Kind
from comity.accord.agreement.making import document_of
from comity.formats import canonical_json
from comity.model.agreement import BodyPolicy, Definition, ReportFormat
from comity.model.agreement_document import AgreementDocument, FeedbackClass
from comity.model.tier import Tier
from comity.model.tlp import Tlp

LIMIT: Final = 64 << 10
FORMAT: Final = "comity-agreement/v1"
ROLES: Final = ("desk", "escalation", "privacy")
PERSONAL: Final = (Tier.T2.value, Tier.T3.value)  # the tiers that carry personal data of complainers
LEGAL_BASES: Final = ("consent", "contract", "legal-obligation", "public-task", "legitimate-interest")
TRANSFERS: Final = (
    "none", "adequacy", "standard-clauses", "derogation", "security-assessment", "certification", "standard-contract",
)  # fmt: skip
DAY: Final = 86400

Shape = Mapping[str, "Kind | Shape | Many | Optional | Sides"]


@dataclass(frozen=True, slots=True)
class Many:
    """A list of records."""

    shape: Shape
    most: int


@dataclass(frozen=True, slots=True)
class Optional:
    """A record, or nothing."""

    shape: Shape


@dataclass(frozen=True, slots=True)
class Sides:
    """A record for each of the two parties, by its domain."""

    shape: Shape


_CONTACT: Final[Shape] = {
    "role": kinds.choice(*ROLES),
    "name": kinds.optional(kinds.TEXT),
    "address": kinds.MAILBOX,
    "phone": kinds.optional(kinds.TEXT),
    "languages": kinds.many(kinds.choice("en", "zh"), least=1),
    "hours": kinds.optional(kinds.TEXT),
    "zone": kinds.optional(kinds.ZONE),
}
_SIDE: Final[Shape] = {
    "organisation": kinds.TEXT,
    "address": kinds.MAILBOX,
    "networks": kinds.many(kinds.NETWORK),
    "dkim_domains": kinds.many(kinds.SIGNING),
    "languages": kinds.many(kinds.choice("en", "zh"), least=1),
    "jurisdictions": kinds.many(kinds.COUNTRY, least=1, most=20),
    "contacts": Many(_CONTACT, 20),
}
_TRIAL: Final[Shape] = {
    "until": kinds.SECOND,
    "reports": kinds.number(0, 10**9),
    "tier": kinds.choice(*Tier),
}
_DIRECTION: Final[Shape] = {
    "classes": kinds.many(kinds.choice(*FeedbackClass)),
    "definitions": kinds.many(kinds.choice(*Definition), least=1),
    "tier": kinds.choice(*Tier),
    "body": kinds.choice(*BodyPolicy),
    "format": kinds.choice(*ReportFormat),
    "tlp": kinds.choice(*Tlp),
    "quota": kinds.number(0, 10**7),
    "retention_days": kinds.number(1, 3660),
    "acknowledge_days": kinds.number(0, 365),
    "answer_days": kinds.number(1, 365),
    "trial": Optional(_TRIAL),
    "legal_basis": kinds.optional(kinds.choice(*LEGAL_BASES)),
    "transfer": kinds.optional(kinds.choice(*TRANSFERS)),
    "subjects": kinds.optional(kinds.number(0, 10**9)),
}
_WORDS: Final[Shape] = {"en": kinds.LINES, "zh": kinds.LINES}
SHAPE: Final[Shape] = {
    "parties": kinds.many(kinds.DOMAIN, least=2, most=2),
    "version": kinds.number(1, 10**6),
    "previous": kinds.optional(kinds.DIGEST),
    "proposed_by": kinds.DOMAIN,
    "proposed": kinds.SECOND,
    "answer_by": kinds.SECOND,
    "begins": kinds.optional(kinds.SECOND),
    "ends": kinds.optional(kinds.SECOND),
    "notice_days": kinds.number(0, 365),
    "escalate_days": kinds.number(1, 365),
    "sides": Sides(_SIDE),
    "directions": Sides(_DIRECTION),
    "exchange": {
        "window_hours": kinds.number(1, 24 * 365),
        "window_mib": kinds.number(1, 1 << 20),
        "leaves_per_day": kinds.number(1, 10**9),
    },
    "complaint": Optional(_WORDS),
    "remarks": Optional(_WORDS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a document is refused (``agreement.fault.CODE``), in which field, and what fits there."""

    code: str  # "field-missing", "field-unknown", "field-unfit", or the name of a rule
    where: str
    wants: Kind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A document, or what is wrong with it."""

    document: AgreementDocument | None
    faults: tuple[Fault, ...]


def digest(data: bytes) -> str:
    """The name of a version."""
    return sha256(data).hexdigest()


def written(record: Mapping[str, Any]) -> bytes:
    """The bytes that are signed."""
    return canonical_json.written(record)


def read(data: bytes) -> Read:
    """Read one.

    >>> read(b"{}").faults[0]
    Fault(code='field-missing', where='answer_by', wants=None)
    >>> read(b"{ }").faults[0].code
    'not-canonical'
    """
    record = canonical_json.read(data, LIMIT)
    if record is None:
        return Read(document=None, faults=(Fault(code="not-canonical", where="-"),))
    faults = tuple(faults_of(record))
    return Read(document=None if faults else document_of(record), faults=faults)


def faults_of(record: Mapping[str, Any]) -> Iterator[Fault]:
    """All that is wrong: fields first, and what does not fit together where every field does."""
    found = False
    for fault in _fields(record, SHAPE, (), parties=record.get("parties")):
        found = True
        yield fault
    if not found:
        yield from _rules(record)


def is_across(record: Mapping[str, Any]) -> bool:
    """Whether a border lies between the two sides: no country whose law binds both and nobody else.

    >>> is_across({"sides": {"a": {"jurisdictions": ["US"]}, "b": {"jurisdictions": ["CN"]}}})
    True
    """
    one, other = (set(side["jurisdictions"]) for side in record["sides"].values())
    return bool(one != other)


def _fields(record: Any, shape: Shape, path: tuple[str, ...], *, parties: Any) -> Iterator[Fault]:
    if not isinstance(record, Mapping):
        yield Fault(code="field-unfit", where=_name(path))
        return
    for name in sorted({*shape, *record}):
        here = (*path, name)
        if name not in shape:
            yield Fault(code="field-unknown", where=_name(here))
        elif name not in record:
            yield Fault(code="field-missing", where=_name(here))
        else:
            yield from _field(record[name], shape[name], here, parties=parties)


def _field(value: Any, wanted: Any, here: tuple[str, ...], *, parties: Any) -> Iterator[Fault]:
    if isinstance(wanted, Kind):
        if not wanted.fits(value):
            yield Fault(code="field-unfit", where=_name(here), wants=wanted)
    elif isinstance(wanted, Optional):
        if value is not None:
            yield from _fields(value, wanted.shape, here, parties=parties)
    elif isinstance(wanted, Many):
        if not isinstance(value, list) or len(value) > wanted.most:
            yield Fault(code="field-unfit", where=_name(here))
            return
        for place, each in enumerate(value):
            yield from _fields(each, wanted.shape, (*here, str(place)), parties=parties)
    elif isinstance(wanted, Sides):
        named = parties if kinds.many(kinds.DOMAIN, least=2, most=2).fits(parties) else ()
        yield from _fields(value, dict.fromkeys(named, wanted.shape), here, parties=parties)
    else:
        yield from _fields(value, wanted, here, parties=parties)


def _name(path: tuple[str, ...]) -> str:
    return " ".join(path)


def _rules(record: Mapping[str, Any]) -> Iterator[Fault]:
    parties = record["parties"]
    if parties != sorted(parties):
        yield Fault(code="parties-order", where="parties")
    if record["proposed_by"] not in parties:
        yield Fault(code="proposed-by-nobody", where="proposed_by")
    if (record["version"] == 1) != (record["previous"] is None):
        yield Fault(code="previous", where="previous")
    if record["answer_by"] <= record["proposed"]:
        yield Fault(code="answer-past", where="answer_by")
    ends = record["ends"]
    if ends is not None and ends <= max(record["proposed"], record["begins"] or 0):
        yield Fault(code="ends-before", where="ends")
    for party, side in record["sides"].items():
        if side["address"].rpartition("@")[2] != party:
            yield Fault(code="address-elsewhere", where=_name(("sides", party, "address")))
    across = is_across(record)
    for party, direction in record["directions"].items():
        yield from _direction(direction, ("directions", party), across=across)


def _direction(direction: Mapping[str, Any], here: tuple[str, ...], *, across: bool) -> Iterator[Fault]:
    trial = direction["trial"]
    if trial is not None and trial["tier"] > direction["tier"]:
        yield Fault(code="trial-tier", where=_name((*here, "trial", "tier")))
    personal = direction["tier"] in PERSONAL
    if not personal and direction["body"] != BodyPolicy.NEVER.value:
        yield Fault(code="body-tier", where=_name((*here, "body")))
    if direction["acknowledge_days"] > direction["answer_days"]:
        yield Fault(code="days-order", where=_name((*here, "acknowledge_days")))
    for name in ("legal_basis", "subjects"):
        if (direction[name] is not None) != personal:
            yield Fault(code="annex-missing" if personal else "annex-idle", where=_name((*here, name)))
    if across and personal and direction["transfer"] in (None, "none"):
        yield Fault(code="annex-missing", where=_name((*here, "transfer")))
    if not personal and direction["transfer"] is not None:
        yield Fault(code="annex-idle", where=_name((*here, "transfer")))
