"""Who is responsible for a message: the facts, and the parties in their roles.

Trust:      made of facts that our own side checked, or that it says it did not: ``Standing`` tells them apart.
Standards:  RFC 6376 (DKIM), RFC 8601 (Authentication-Results), RFC 9477 (CFBL).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from comity.model.record import record


class Role(StrEnum):
    """In which role a party is responsible for a message (RFC 9477 section 1, RFC 6449 section 2)."""

    ORIGINATOR = "originator"  # signs with the author's domain
    SERVICE = "service"  # sends for the originator: ESP, hoster; signs with its own domain
    NETWORK = "network"  # the address the mail came from lies in its range


class Standing(StrEnum):
    """How far a fact may be believed."""

    VERIFIED = "verified"  # we did the cryptography ourselves
    TRUSTED = "trusted"  # a host of ours checked it at delivery and wrote it down
    CLAIMED = "claimed"  # stands in the message, checked by nobody we know
    FAILED = "failed"  # checked, and false

    @property
    def is_believed(self) -> bool:
        """Whether it may decide who is told: we or a host of ours have checked it."""
        return self in (Standing.VERIFIED, Standing.TRUSTED)


class ReplayGrade(StrEnum):
    """How sure it is that a signature that holds was sent again by somebody else (RFC 6376 section 8.6)."""

    SUSPECTED = "suspected"  # the signer is told all the same, and hears of it
    LIKELY = "likely"  # the signer is not to blame


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What speaks for a replay of one signature. ``signature`` is a hash of it, by which it is known again in other mailboxes."""

    signature: bytes
    reasons: tuple[str, ...]  # of ``comity.attribution.replay.REASONS``, the weightiest first
    mediator: str | None = None  # by which mark somebody passed the mail on honestly: "list", "arc" ...
    grade: ReplayGrade | None = None

    @property
    def is_likely(self) -> bool:
        """Whether the signer is not to blame."""
        return self.grade is ReplayGrade.LIKELY


@record
class Signature:
    """One DKIM signature of a message: what it claims and whether that held."""

    domain: str
    selector: str | None
    standing: Standing
    signed_headers: tuple[str, ...] = ()  # h=, lower case
    # Names of h= that also stand further up, unsigned: anybody may have added those.
    repeated_unsigned: tuple[str, ...] = ()
    reason: str | None = None  # why it failed or could not be checked
    signed_at: datetime | None = None  # t=
    expires_at: datetime | None = None  # x=
    replay: Replay | None = None  # what speaks for it, if anything does

    @property
    def is_replayed(self) -> bool:
        """Whether it holds, and was probably sent again by somebody else than its signer."""
        return self.replay is not None and self.replay.is_likely


@dataclass(frozen=True, slots=True, kw_only=True)
class CfblAddress:
    """One CFBL-Address header: where the originator wants complaints sent (RFC 9477 section 3.1)."""

    address: str
    domain: str
    report_format: str  # "arf" or "xarf"


@record
class Origin:
    """All that is known about where one reported message came from."""

    source_ip: str | None
    source_ip_from: str | None  # the rule, as in FeedbackReport
    source_standing: Standing
    header_from: str | None
    header_from_domain: str | None
    envelope_from: str | None
    message_id: str | None
    signatures: tuple[Signature, ...]
    cfbl_addresses: tuple[CfblAddress, ...]
    cfbl_feedback_id: str | None
    feedback_id: str | None
    arrived: datetime | None
    recipient: str | None  # whose mailbox: delivery header of ours, else what was said on the command line
    list_unsubscribe: bool  # says of itself that it is bulk
    source_port: int | None = None  # where our host noted it
    names_cfbl_feedback_id: bool = False  # a field of that name stands there, also where it says none or two
