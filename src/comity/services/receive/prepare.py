"""Read one item and put everything ready for the store: bytes packed, facts in one line, identities hashed.

Trust:      the item is a stranger's bytes; what comes out is safe to store.
Answers:    ``prepare(data, delivery, read)`` gives ``Prepared``; it touches nothing, so that it can run in another process. A
            fault of ours in reading is an answer too: the item is shunted, the next one is read. ``unread`` is for one whose
            reader was lost.
Limits:     one item; the caller watches time and memory.
"""

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from zlib import compress, decompressobj

from comity.cases.facts import facts_of
from comity.cases.identity import complaint_key, report_key
from comity.formats import header_text
from comity.formats.cfbl import ID_FIELD
from comity.formats.clues import personal
from comity.formats.deception import Deception, deceptions
from comity.formats.item_facts import evidence_to_line, to_line
from comity.formats.mime import scan
from comity.formats.original import head
from comity.formats.sightings import breaks_off, sightings
from comity.model.case import EvidenceClass, ItemFacts
from comity.model.feedback import FeedbackReport, Kind
from comity.model.mailbox import Condition, Item
from comity.model.move import MoveFate
from comity.model.record import record
from comity.model.sealed import SealedBox
from comity.model.sighting import Sighting
from comity.model.submission import Submission
from comity.services.receive.playbook.marks import names_one
from comity.services.receive.signers import NO_SIGNERS, SeenKey, Signers
from comity.services.receive.triage import Reader

if TYPE_CHECKING:
    from comity.services.complain.complaint import ComplaintMail
    from comity.services.judge.learning.drawing import Drawn
    from comity.services.receive.own_people import Said

Unwrap = Callable[[bytes, "Delivery"], "Said"]
Seals = Callable[[bytes], SealedBox | str | None]
Asks = Callable[[bytes, "Delivery", str], str | None]

NAME_LIMIT: Final = 200
FAULT: Final = "fault"
PLAIN: Final = "why.mail"
_FEW: Final = 5
_LOOKED_AT: Final = 1 << 20
# Only of what holds HTML can a link show one place and lead to another: most reports are not looked at at all.
_HTML: Final = b"text/html"
# What says of a recipient that he wants no more of it.
# Feedback whose form promises reports: without one, something was lost.
_UNREAD: Final = frozenset({"archive-damaged", "archive-limit", "archive-nested"})
_PROMISES: Final = frozenset({Kind.ARF, Kind.JMRP, Kind.XARF, Kind.FORWARD, Kind.INLINE_FORWARD})


@record
class Delivery:
    """How an item came to us."""

    gate: str
    name: str
    arrived: datetime
    condition: Condition = Condition.WHOLE
    raw_id: int | None = None  # it is in the store already and is tried again
    envelope_from: str | None = None  # None where nobody said; "" for the null one
    is_released: bool = False  # it was sealed, and a person said that it need not be
    submission: Submission | None = None  # a program handed it over
    packed: bytes | None = field(default=None, repr=False)  # its bytes as they are kept, where the spool has them so


@record
class PreparedReport:
    """One report of the item, beside its evidence in the facts."""

    key: bytes
    complaint: bytes | None
    line: str
    feedback_type: str | None
    is_complaint: bool
    recipients: tuple[str, ...] = ()  # whom to leave out, where the report says it in clear
    own_id: str | None = None  # what the sender of the mail put there to know the recipient by: CFBL-Feedback-ID
    looks: Deception | None = None  # it is reported as abuse, and the mail in it looks like fraud


@record
class Prepared:
    """One item, ready to be decided on. ``trouble`` says why it cannot be worked off, ``facts`` is None where it was not read."""

    delivery: Delivery
    digest: bytes
    packed: bytes = field(repr=False)
    size: int
    facts: ItemFacts | None = None
    line: str = ""
    reports: tuple[PreparedReport, ...] = ()
    signed_by: tuple[str, ...] = ()  # domains whose signature on the item was verified
    seen_keys: Mapping[str, SeenKey] = field(default_factory=dict)  # and the keys that verified them
    author: str | None = None  # whom a signed item is from: one address, in small letters
    unasked: tuple[str, ...] = ()  # domains that may have signed it, whose keys nobody answers for now
    sightings: tuple[Sighting, ...] = ()  # what it says of infected devices, in its own words
    spoke: frozenset[int] = frozenset()  # and the days it speaks of, as ordinals
    complaints: "tuple[ComplaintMail, ...]" = ()  # what one of our own people complains about: no feedback then
    lesson: "Drawn | None" = None  # somebody teaches the filter with it: no feedback either
    asks_how: str | None = None  # whom of our own people to tell how to forward as an attachment
    numbers: tuple[str, ...] | None = None  # of a letter that reports nothing: those of ours that it may name
    passed_over: str | None = None  # why a mail that was moved means nothing
    sealed: SealedBox | None = None  # nobody may look at it: the bytes are in the box alone
    trouble: str | None = None
    detail: str | None = None


def prepare(
    data: bytes,
    delivery: Delivery,
    read: Reader,
    *,
    signers: Signers = NO_SIGNERS,
    unwrap: Unwrap | None = None,
    asks: Asks | None = None,
    seals: Seals | None = None,
) -> Prepared:
    """Prepare one item; ``asks`` says who of our own people is to be told how to complain, out of what the mail is.

    ``seals`` says first whether anybody may look at it at all; what is sealed goes on as a closed box.
    """
    if delivery.condition is not Condition.WHOLE:
        return unread(data, delivery, delivery.condition.value)
    try:
        box = None if seals is None or delivery.is_released else seals(data)
        if isinstance(box, str):
            return unread(data, delivery, box)
        if box is not None:
            return Prepared(delivery=delivery, digest=sha256(data).digest(), packed=b"", size=len(data), sealed=box)
        said = None if unwrap is None else unwrap(data, delivery)
        if said is not None and said.complaints:
            return replace(unread(data, delivery, FAULT), trouble=None, complaints=said.complaints)
        if said is not None and said.drawn is not None:
            return replace(unread(said.data, delivery, FAULT), trouble=None, lesson=said.drawn)
        if said is not None and said.fate is MoveFate.NOTHING:
            return replace(unread(data, delivery, FAULT), trouble=None, passed_over=said.why)
        found = _read(data, delivery, read, signers=signers)
        asked = None if asks is None or found.facts is None else asks(data, delivery, found.facts.why)
        return found if asked is None else replace(found, asks_how=asked)
    except Exception as error:  # the edge of one item: a fault of ours must not cost the desk the next one
        return replace(unread(data, delivery, FAULT), detail=type(error).__name__)


def unread(data: bytes, delivery: Delivery, reason: str) -> Prepared:
    """An item that nobody could read, with the reason why."""
    return Prepared(delivery=delivery, digest=sha256(data).digest(), packed=pack(data), size=len(data), trouble=reason)


def pack(data: bytes) -> bytes:
    """Bytes as they are kept."""
    return compress(data, 1)


def unpack(packed: bytes, size: int) -> bytes:
    """The bytes again; never more than there were."""
    return decompressobj().decompress(packed, size)


def _read(data: bytes, delivery: Delivery, read: Reader, *, signers: Signers) -> Prepared:
    reading = read(data, delivery.name)
    digest = sha256(data).digest()
    item = Item(name=delivery.name[:NAME_LIMIT], position="", size=len(data))
    facts = facts_of(item, reading, digest.hex())
    trouble = None
    if reading.kind is Kind.UNREADABLE:
        trouble = reading.why
    elif not reading.reports and reading.kind in _PROMISES:
        trouble = "nothing-found"
    elif reading.kind is Kind.MAIL and _UNREAD.intersection(each.code for each in reading.findings):
        trouble = "why.archive-without-reports"  # a feed that broke off must not pass for mail that says nothing
    is_mail = reading.kind is Kind.MAIL and reading.why == PLAIN and trouble is None
    seen = signers.seen(data, delivery.arrived)
    found = sightings(reading).sightings
    return Prepared(
        delivery=delivery,
        digest=digest,
        packed=pack(data) if delivery.packed is None else delivery.packed,
        size=len(data),
        facts=facts,
        line=to_line(facts, with_evidence=False),
        reports=tuple(_report(facts, index, stated) for index, stated in enumerate(reading.reports)),
        signed_by=tuple(seen.keys),
        seen_keys=seen.keys,
        author=seen.author,
        unasked=seen.unasked,
        sightings=found,
        spoke=frozenset(
            each.arrival_date.toordinal()
            for each in (reading.reports if found and not breaks_off(reading) else ())
            if each.arrival_date is not None
        ),
        numbers=personal.numbers(scan(data)) if is_mail else None,
        trouble=trouble,
    )


def _report(facts: ItemFacts, index: int, stated: FeedbackReport) -> PreparedReport:
    evidence = facts.evidence[index]
    line = evidence_to_line(evidence)
    return PreparedReport(
        key=report_key(facts, index, line),
        complaint=complaint_key(evidence),
        line=line,
        feedback_type=stated.feedback_type and stated.feedback_type[:NAME_LIMIT],
        is_complaint=stated.is_complaint,
        recipients=_recipients(stated) if names_one(evidence) else (),
        own_id=evidence.feedback_id if evidence.feedback_id and _has_own_id(stated) else None,
        looks=_looks(stated) if index < _FEW and evidence.evidence_class is EvidenceClass.COMPLAINT else None,
    )


def _looks(stated: FeedbackReport) -> Deception | None:
    """How the reported mail wants to deceive, as far as it is there: what was left out by redaction is not guessed."""
    mail = (stated.original or b"")[:_LOOKED_AT]
    if not stated.is_complaint or _HTML not in mail.lower():
        return None
    return next(iter(deceptions(scan(mail))), None)


def _has_own_id(stated: FeedbackReport) -> bool:
    """Whether the id of the reported mail is one of RFC 9477; a Feedback-ID says which customer and campaign, of all recipients."""
    mail = head(stated.original or b"")
    return ID_FIELD.encode() in mail.lower() and scan(mail).headers.first(ID_FIELD) is not None


def _recipients(stated: FeedbackReport) -> tuple[str, ...]:
    """Addresses that can be written to."""
    found = (header_text.address(each.strip().strip("<>")) for each in stated.original_rcpt_to[:_FEW])
    return tuple(dict.fromkeys(each for each in found if each is not None))
