"""Where a network wants to be told of abuse, as a registry or our own operator says: what was imported, and what became of it.

Trust:      what a registry says, a stranger wrote; a contact is written to only after a person of ours confirmed it.
Standards:  RFC 2622 (RPSL); the attributes abuse-c and abuse-mailbox of RIPE and APNIC, and APNIC's IRT objects; RFC 6650 section 3
            (an unsolicited report goes to an address that is known to be for it).
Answers:    ``ContactLine`` is one range of a file with its address, ``FoundContact`` the answer to a look-up, ``Contact`` an
            address with where it stands, ``ContactEvent`` one line of its history.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class ContactWay(StrEnum):
    """By what an address is known to be the contact of a range."""

    OPERATOR = "operator"  # our own operator's table
    ABUSE_C = "abuse-c"  # the role that the registry names for abuse
    IRT = "irt"  # the incident response team, at APNIC
    ABUSE_MAILBOX = "abuse-mailbox"  # the attribute of the range, its organisation, or a person it names
    REMARK = "remark"  # words for people: a hint


WEAK = frozenset({ContactWay.REMARK})


class ContactState(StrEnum):
    """Whether an address may be written to."""

    KNOWN = "known"  # imported, and nobody looked at it
    CONFIRMED = "confirmed"  # by a person of ours
    BOUNCED = "bounced"  # not used until a probe was answered
    STOPPED = "stopped"  # who reads it wants nothing more, or our operator ended it


SILENT = frozenset({ContactState.BOUNCED, ContactState.STOPPED})  # nobody there is to be asked anything


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRange:
    """From one address to another, both in it; or, where ``version`` is 0, the number of a network (AS)."""

    version: int
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLine:
    """What a file says of one range."""

    range: AddressRange
    address: str
    way: ContactWay


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundContact:
    """Who is to be told about an address, and where that was looked up."""

    network: str  # the range by which it was found, or "AS64500"
    address: str
    way: ContactWay
    source: str  # "RIPE", "APNIC", "operator"
    day: date  # of the data
    state: ContactState


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryAnswer:
    """Who was found for an address, and why nothing may be sent to it unasked; the refusal is a word of ``decisions.REASONS``."""

    found: FoundContact | None
    refusal: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One address, and what became of it."""

    address: str
    state: ContactState
    since: datetime
    code: str | None = None  # stands in the mails to it
    confirmed_by: str | None = None
    probed: datetime | None = None  # when it was asked last
    answered: datetime | None = None  # when it said that it is the right one
    bounced: datetime | None = None  # the last time
    bounces: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactEvent:
    """One line of the history of an address."""

    at: datetime
    actor: str
    act: str  # confirm, probe, agree, refuse, bounce, stop
    note: str | None
    to_state: ContactState
