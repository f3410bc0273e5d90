"""What the filter may learn from one mail that somebody spoke about: out of whose mailbox, which run, what was found at delivery.

Trust:      the mail is a stranger's. That it was delivered to that mailbox is believed for the header alone which our own host
            wrote and keyed (``comity.formats.delivery_memory``): not for trace lines, not for who says so, and not for the header
            of another mail. The body is not covered by it: who was given a mail may have changed its words.
Standards:  DESIGN.md, "a mail remembers its delivery"; RFC 5233 (``box+detail@domain`` is a mailbox of ``box@domain``).
Answers:    ``Drawing.draw(data, speaker, spam=...)`` gives ``Drawn``. It reads only, so that a reader's process can do it.
Limits:     mail to an alias is not known to be that of the mailbox behind it, and does not teach.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final
from zlib import compress

from comity.attribution.authentication import facts_of
from comity.attribution.delivery import delivery_of
from comity.attribution.origin import Vantage, origin_of
from comity.feedback.complaint_identity import Complaint, complaint_key, mailbox_of, mailbox_token
from comity.formats.mime import scan
from comity.formats.spam_headers import without_marks
from comity.model.learning import CALLED
from comity.services.judge.learning.campaign import fingerprint

OUR_PEER: Final = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One mail that somebody spoke about."""

    key: bytes  # this mail in the mailbox of whoever speaks
    complaint: bytes  # the key of a complaint about it, which believes the mail's trace where it names another mailbox
    spam: bool
    digest: bytes
    packed: bytes = field(repr=False)
    size: int
    reporter: str | None  # token of the mailbox; None where nobody knows it
    cohort: str | None
    campaign: str
    delivered: bool
    vouched: bool  # the operator says that this mailbox is a person's whom we know
    by_operator: bool  # it is one of our own staff
    facts: Mapping[str, str]
    forget: bool = False  # it is to be taken out, whatever was said


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """What the operator says about mailboxes; addresses, or ``@domain`` for all of one."""

    operators: Collection[str] = frozenset()
    vetted: Collection[str] = frozenset()
    cohorts: Mapping[str, str] = field(default_factory=dict)


class Drawing:
    """Reads mails that people speak about."""

    def __init__(self, vantage: Vantage, key: bytes, people: People) -> None:
        """``key`` makes tokens of addresses."""
        self._vantage, self._key, self._people = vantage, key, people

    def draw(self, data: bytes, speaker: str | None, *, spam: bool, forget: bool = False) -> Drawn:
        """Read one; ``speaker`` is in whose mailbox it is said to be, None where only the mail itself says that."""
        message = scan(data)
        origin = origin_of(message, vantage=self._vantage, recipient=speaker)
        memory = delivery_of(message, self._vantage).memory
        mailbox = speaker or origin.recipient
        person = mailbox_of(mailbox) if mailbox else None
        names = {mailbox, person} if mailbox else set()
        if origin.recipient and mailbox_of(origin.recipient) == person:
            names.add(origin.recipient)
        said = Complaint(message=data, message_id=origin.message_id, recipient=person, arrived=origin.arrived)
        key = complaint_key(self._key, said)
        return Drawn(
            key=key,
            complaint=key,
            spam=spam,
            digest=sha256(data).digest(),
            packed=compress(data, 1),
            size=len(data),
            reporter=None if person is None else mailbox_token(self._key, person),
            cohort=None if person is None else self._cohort(person),
            campaign=fingerprint(without_marks(data)),
            delivered=memory is not None and any(memory.went_to(each) for each in names if each),
            vouched=_is_among(person, self._people.vetted),
            by_operator=_is_among(person, self._people.operators),
            facts={} if memory is None else facts_of(memory.results.results) | {CALLED: memory.verdict or "none"},
            forget=forget,
        )

    def _cohort(self, person: str) -> str:
        """Those who came together; whom nobody put with others stands alone."""
        named = self._people.cohorts.get(person)
        return mailbox_token(self._key, person if named is None else f"cohort {named}")

    def reporter(self, address: str) -> str:
        """The token of a mailbox."""
        return mailbox_token(self._key, address)


def _is_among(person: str | None, names: Collection[str]) -> bool:
    return person is not None and (person in names or f"@{person.rpartition('@')[2]}" in names)
