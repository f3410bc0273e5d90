"""What one of our own people complains about: the mail attached to theirs, or the very mail that our mail store hands over.

Trust:      the mail is a stranger's. Who complains is believed for the gate (LMTP and spamd, which our own hosts speak, the API,
            which knows its callers, and mailboxes that the operator has watched) and for an envelope address of ours; whose
            mailbox it was, the reported mail's own trace says first. What lies in a mailbox has its envelope address in
            Return-Path, above the first Received, where the host that delivered it put it (RFC 5321 section 4.4); one further
            down is a stranger's.
Standards:  RFC 2046 section 5.2.1 (message/rfc822), RFC 6449 section 3 (only what users initiate).
Answers:    ``OwnPeople.unwrap(data, delivery)`` gives ``Said``: a complaint for each mail that is complained about, or a move
            that is less; nothing where it is something else, which then is feedback like any other. ``Handed.unwrap`` does so for
            what our hosts hand over for the filter alone.
            ``OwnPeople.reader(delivery, read)`` reads that;
            ``asks(...)`` says whom to tell how it is done right.
Limits:     a mail pasted into the text cannot be complained about: its trace is gone. It becomes an item that says so.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Final

from comity.feedback.moves import MovePolicy
from comity.formats.deception import deceptions
from comity.formats.dialects import forward
from comity.formats.mime import domain_of, first_address, scan
from comity.formats.moved import taken_off
from comity.model.feedback import Kind, Reading
from comity.model.mailbox_kind import ApiPlace, Mailboxes, MailboxKind
from comity.model.move import MoveFate
from comity.services.complain.complaint import ComplaintMail
from comity.services.complain.how_to import Asking
from comity.services.complain.straight_line import Identity, Mail
from comity.services.judge.learning.drawing import Drawing, Drawn
from comity.services.receive.prepare import Delivery
from comity.services.receive.triage import Reader

GATES: Final = frozenset({"lmtp", "spamd"})  # which our own hosts speak
API: Final = "api"  # which programs with a token speak
WATCHED: Final = frozenset({"maildir", "imap", "bus"})
_ABOUT: Final = 200
NOT_ATTACHED: Final = "why.complaint-not-attached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What came of one item: complaints, or a move that is less than that, with the name of the reason."""

    complaints: tuple[ComplaintMail, ...] = ()
    fate: MoveFate = MoveFate.COMPLAIN
    why: str | None = None
    data: bytes = b""  # the mail that was moved, or handed over
    drawn: Drawn | None = None  # somebody teaches the filter with it, and no more than that


class Handed:
    """Knows who teaches the filter with a mail that a host of ours hands over for it alone."""

    def __init__(self, mailboxes: Mailboxes, drawing: Drawing, operators: Collection[str]) -> None:
        """``operators``: in lower case; a watched mailbox may be one of them, and then is our own staff's."""
        self._mailboxes, self._drawing, self._operators = mailboxes, drawing, operators

    def unwrap(self, data: bytes, delivery: Delivery) -> Said:
        """What is taught."""
        mailbox = delivery.name.rpartition("/")[0]
        kind = self._mailboxes.kind_of(mailbox)
        speaker = delivery.envelope_from or None
        if delivery.gate in WATCHED:
            speaker = mailbox if mailbox.lower() in self._operators else None
        drawn = self._drawing.draw(
            data, speaker, spam=kind is MailboxKind.LEARN_SPAM, forget=kind is MailboxKind.FORGET
        )
        return Said(drawn=drawn, data=data)


class OwnPeople:
    """Knows which of our mailboxes our own people complain at."""

    def __init__(
        self,
        mailboxes: Mailboxes,
        own_domains: frozenset[str],
        *,
        identify: Callable[[Mail], Identity],
        read: Reader,
        drawing: Drawing,
        asking: Asking | None = None,
        moves: MovePolicy | None = None,
    ) -> None:
        self._mailboxes, self._own_domains, self._asking = mailboxes, own_domains, asking
        self._identify, self._read, self._moves = identify, read, moves or MovePolicy()
        self._drawing = drawing

    def unwrap(self, data: bytes, delivery: Delivery) -> Said:
        """The mails that are complained about."""
        if delivery.gate == API:
            return self._handed_over(data, delivery)
        delivery = _with_envelope(data, delivery)
        kind = self._kind(delivery)
        if kind is None:
            return Said()
        if kind.is_moved:
            return self._moved(data, delivery, not_spam=kind.says_not_spam)
        mails = self._attached(data, delivery.name)
        complaints = [self._complaint(each, delivery, not_spam=kind.says_not_spam) for each in mails]
        return Said(complaints=tuple(map(_as_fraud, complaints) if kind is MailboxKind.FRAUD else complaints))

    def _handed_over(self, data: bytes, delivery: Delivery) -> Said:
        """What a program handed over: the very mail, or feedback like any other."""
        place = delivery.name.rpartition("/")[0]
        if place not in (ApiPlace.SPAM, ApiPlace.FRAUD, ApiPlace.NOT_SPAM):
            return Said()
        complaint = self._complaint(data, delivery, not_spam=place == ApiPlace.NOT_SPAM)
        return Said(complaints=(_as_fraud(complaint) if place == ApiPlace.FRAUD else complaint,))

    def _moved(self, data: bytes, delivery: Delivery, *, not_spam: bool) -> Said:
        move, mail = taken_off(data)
        fate, why = self._moves.fate(
            move, scan(mail), mailbox=delivery.envelope_from, into_junk=not not_spam, now=delivery.arrived
        )
        if fate is MoveFate.LEARN:
            drawn = self._drawing.draw(mail, self._speaker(delivery), spam=not not_spam)
            return Said(fate=fate, why=why, data=mail, drawn=drawn)
        if fate is not MoveFate.COMPLAIN:
            return Said(fate=fate, why=why, data=mail)
        return Said(complaints=(replace(self._complaint(mail, delivery, not_spam=not_spam), is_moved=True),))

    def reader(self, delivery: Delivery, read: Reader) -> Reader:
        """The reader of what is no complaint although it came as one."""

        def read_one(data: bytes, name: str) -> Reading:
            found = read(data, name)
            return found if self._kind(_with_envelope(data, delivery)) is None else _without_reports(found)

        return read_one

    def asks(self, data: bytes, delivery: Delivery, why: str) -> str | None:
        """Whom to tell how to forward as an attachment, because this mail has nothing attached; mostly nobody."""
        if why != NOT_ATTACHED or self._asking is None:
            return None
        delivery = _with_envelope(data, delivery)
        if self._kind(delivery) is None:
            return None
        found = self._asking.who(scan(data), delivery.envelope_from)
        return found if isinstance(found, str) else None

    def _kind(self, delivery: Delivery) -> MailboxKind | None:
        """What one of our own people says by this; None for all else."""
        if delivery.gate not in GATES and delivery.gate not in WATCHED:
            return None
        kind = self._mailboxes.kind_of(delivery.name.rpartition("/")[0])
        if kind is None or not kind.is_complaint:
            return None
        if kind.is_moved and delivery.gate in WATCHED:
            return kind  # only our own people can move mail into a mailbox; the envelope is that of the mail itself
        said_by = delivery.envelope_from
        return kind if said_by is None or domain_of(said_by.lower()) in self._own_domains else None

    def _attached(self, data: bytes, name: str) -> list[bytes]:
        if self._read(data, name).kind is not Kind.FORWARD:
            return []
        return [each.raw for each in forward.attached(scan(data))]

    def _complaint(self, data: bytes, delivery: Delivery, *, not_spam: bool) -> ComplaintMail:
        speaker = self._speaker(delivery)
        mail = Mail(path=delivery.name, data=data, recipient=speaker, not_spam=not_spam)
        drawn = self._drawing.draw(data, speaker, spam=not not_spam)
        looks = None if not_spam else next(iter(deceptions(scan(data))), None)
        return ComplaintMail(mail=mail, identity=self._identify(mail), looks=looks, drawn=drawn)

    def _speaker(self, delivery: Delivery) -> str | None:
        """Who says it; of what was moved into a mailbox that is watched, only the mail itself tells whose it was."""
        kind = self._mailboxes.kind_of(delivery.name.rpartition("/")[0])
        if kind is not None and kind.is_moved and delivery.gate in WATCHED:
            return None
        return delivery.envelope_from or None


def _as_fraud(complaint: ComplaintMail) -> ComplaintMail:
    """With what a person who is told within the hour must know of the mail: the domain of From:, and its Message-ID."""
    headers = scan(complaint.mail.data).headers
    found = {each.name.lower(): each.raw.decode("utf-8", "replace") for each in headers.items()}
    whose = domain_of(first_address(found.get("from", "")) or "") or "-"
    return replace(complaint, fraud=f"{whose} {found.get('message-id', '').strip()}"[:_ABOUT].strip())


def _with_envelope(data: bytes, delivery: Delivery) -> Delivery:
    """How it came, with the envelope address that the host wrote which put it into the mailbox."""
    if delivery.gate not in WATCHED:
        return delivery
    written = ""
    for each in scan(data).headers.items():
        name = each.name.lower()
        if name == "received":
            return replace(delivery, envelope_from=written)
        if name == "return-path" and not written:
            written = first_address(each.raw.decode("utf-8", "replace")) or ""
    return replace(delivery, envelope_from="")


def _without_reports(reading: Reading) -> Reading:
    """A forward without the mail itself; what else people and programs write stays what it is."""
    if reading.kind in (Kind.FORWARD, Kind.INLINE_FORWARD):
        return replace(reading, kind=Kind.MAIL, why=NOT_ATTACHED, reports=())
    return reading
