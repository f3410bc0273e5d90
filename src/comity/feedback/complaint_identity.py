"""What makes one complaint the same complaint, and the secrets that hide it.

Trust:      the master key is ours; nobody without it can tell from an id who complained, or that two ids mean one person.
Standards:  RFC 6590 section 2 (one key a peer and epoch: a quarter of a year); DESIGN.md P2: delivered twice, it is counted once.
Answers:    ``report_id``, ``peer_key``, ``token_epoch``, ``complaint_key``, ``mailbox_token``, ``signature_key``; ``mailbox_of``.
Limits:     a mail without Message-ID is known by its bytes, a mailbox nobody knows likewise. ``box+detail`` is the mailbox ``box``,
            and so is ``"box"@``, or a domain with a final dot or in other letters: whoever spells his address anew is no one else.
"""

import hmac
from base64 import b32encode
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final

from comity.feedback.redaction.tokens import canonical
from comity.model.period import quarter_of
from comity.model.record import record

KEY_BYTES: Final = 32
_VERSION: Final = "cr1"


@record
class Complaint:
    """Who complained about what, as far as we know."""

    message: bytes
    message_id: str | None
    recipient: str | None
    arrived: datetime | None
    not_spam: bool = False


def token_epoch(word: str, at: datetime) -> str:
    """The epoch of tokens written at this time: the quarter of the year in UTC, behind the operator's own word.

    >>> token_epoch("1", datetime(2026, 12, 31, 23, 59, tzinfo=UTC)), token_epoch("1", datetime(2027, 1, 1, tzinfo=UTC))
    ('1/2026q4', '1/2027q1')
    """
    return f"{word}/{quarter_of(at.astimezone(UTC).date())}"


@lru_cache(maxsize=256)
def peer_key(master: bytes, peer: str, epoch: str) -> bytes:
    """The key for the tokens that one peer sees in one epoch.

    >>> peer_key(b"k" * 32, "east", "1") == peer_key(b"k" * 32, "north", "1")
    False
    """
    return _keyed(master, "comity token", peer, epoch)


def report_id(master: bytes, party: str, complaint: Complaint) -> str:
    """An opaque id that is the same whenever the same complaint goes to the same party."""
    whole = sha256(complaint.message).hexdigest() if None in (complaint.message_id, complaint.recipient) else ""
    arrived = complaint.arrived.astimezone(UTC).isoformat() if complaint.arrived else ""
    digest = _keyed(
        master,
        "comity report",
        party,
        complaint.message_id or whole,
        mailbox_of(complaint.recipient or whole),
        arrived,
        "not-spam" if complaint.not_spam else "spam",
    )
    return f"{_VERSION}-{b32encode(digest[:20]).decode('ascii').lower()}"


def complaint_key(master: bytes, complaint: Complaint) -> bytes:
    """Sixteen bytes for one message in one mailbox: the same whether it is called spam or not, by whatever way it comes."""
    whole = sha256(complaint.message).hexdigest() if None in (complaint.message_id, complaint.recipient) else ""
    words = (complaint.message_id or whole, mailbox_of(complaint.recipient or whole))
    return _keyed(master, "comity complaint", *words)[:16]


def mailbox_of(address: str) -> str:
    """The mailbox behind an address: one person is known again by each of them.

    >>> mailbox_of("Ann+shop@west.example")
    'ann@west.example'
    >>> mailbox_of('"Ann"@west.example.'), mailbox_of("ann@b\u00fccher.example")
    ('ann@west.example', 'ann@xn--bcher-kva.example')
    """
    local, at, domain = canonical(address).rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"


def mailbox_token(master: bytes, recipient: str) -> str:
    """One mailbox in our own rows, for as long as the master key is kept; no peer sees it.

    >>> mailbox_token(b"k" * 32, "Ann@west.example") == mailbox_token(b"k" * 32, "ann@west.example")
    True
    """
    return _keyed(master, "comity mailbox", mailbox_of(recipient))[:16].hex()


def signature_key(master: bytes, signature: bytes) -> bytes:
    """Sixteen bytes for one DKIM signature, by which it is known again in other mailboxes; no mail can be found by them."""
    return _keyed(master, "comity signature", signature.hex())[:16]


def _keyed(master: bytes, *words: str) -> bytes:
    if len(master) < KEY_BYTES:
        raise ValueError(f"the key has {len(master)} bytes; it needs at least {KEY_BYTES}")
    # Each word with its length: ("ab", "c") and ("a", "bc") must not meet.
    octets = (word.encode("utf-8", "surrogatepass") for word in words)
    text = b"".join(len(word).to_bytes(4, "big") + word for word in octets)
    return hmac.digest(master, text, "sha256")
