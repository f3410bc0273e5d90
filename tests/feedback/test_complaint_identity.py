"""One complaint is one complaint, and its id says nothing to others."""

import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from comity.feedback.complaint_identity import (
    Complaint,
    complaint_key,
    mailbox_token,
    peer_key,
    report_id,
    signature_key,
)
from comity.formats import header_text

KEY = b"k" * 32
COMPLAINT = Complaint(
    message=b"Subject: x\n\n",
    message_id="1@east.example",
    recipient="ann@west.example",
    arrived=datetime(2026, 3, 1, 8, tzinfo=UTC),
)


def test_the_same_complaint_has_the_same_id() -> None:
    """By two paths, with other bytes around it and another address of the same mailbox, it is counted once."""
    elsewhere = replace(
        COMPLAINT,
        message=b"X-Folder: Junk\nSubject: x\n\n",
        recipient="Ann+Shop@West.example",
        arrived=datetime(2026, 3, 1, 16, tzinfo=timezone(timedelta(hours=8))),
    )
    assert report_id(KEY, "east", COMPLAINT) == report_id(KEY, "east", elsewhere)


def test_another_complaint_has_another_id() -> None:
    """Another party, mail, mailbox, moment or opinion is another report; so is the same one under another key."""
    ids = {
        report_id(KEY, "east", COMPLAINT),
        report_id(KEY, "north", COMPLAINT),
        report_id(b"K" * 32, "east", COMPLAINT),
        report_id(KEY, "east", replace(COMPLAINT, message_id="2@east.example")),
        report_id(KEY, "east", replace(COMPLAINT, recipient="bob@west.example")),
        report_id(KEY, "east", replace(COMPLAINT, arrived=None)),
        report_id(KEY, "east", replace(COMPLAINT, not_spam=True)),
        report_id(KEY, "east", replace(COMPLAINT, message_id=None)),
        report_id(KEY, "east", replace(COMPLAINT, recipient=None)),
        report_id(KEY, "east", replace(COMPLAINT, recipient=None, message=b"Subject: y\n\n")),
    }
    assert len(ids) == 10


def test_words_cannot_run_together() -> None:
    """A peer cannot choose a name that makes its key that of another peer."""
    assert peer_key(KEY, "east", "11") != peer_key(KEY, "east1", "1")
    assert peer_key(KEY, "east", "1") != peer_key(KEY, "east", "2")


def test_every_version_gives_the_same_ids() -> None:
    """An upgrade counts nothing twice, knows a complainer again, and takes back what an earlier version told: HMAC-SHA-256 over
    each word behind its length in four octets.
    """

    def keyed(*words: str) -> bytes:
        return hmac.digest(KEY, b"".join(len(each).to_bytes(4, "big") + each.encode() for each in words), "sha256")

    mailbox = "ann@west.example"
    assert report_id(KEY, "east", COMPLAINT) == "cr1-t4qdh4d2wfojons5twyyoy4ksnexuxsn"
    assert complaint_key(KEY, COMPLAINT) == keyed("comity complaint", "1@east.example", mailbox)[:16]
    assert mailbox_token(KEY, mailbox) == keyed("comity mailbox", mailbox)[:16].hex()
    assert signature_key(KEY, b"\x01\xff") == keyed("comity signature", "01ff")[:16]
    assert peer_key(KEY, "east", "1/2026q4") == keyed("comity token", "east", "1/2026q4")


def test_an_id_can_stand_anywhere() -> None:
    """In a header, in a file name, in a Message-ID."""
    made = report_id(KEY, "east", replace(COMPLAINT, message_id="\ud800 \r\n", recipient="\x00"))
    assert header_text.token(made) == made
    assert header_text.message_id(f"{made}@west.example") is not None
    assert made.islower()
    assert len(made) < 40


def test_a_short_key_is_refused() -> None:
    """A guessable secret is worse than an error."""
    with pytest.raises(ValueError, match="key"):
        report_id(b"secret", "east", COMPLAINT)


@pytest.mark.parametrize(
    "written",
    ["Ann@West.Example.", "<ann@west.example>", '"ann"@west.example', '"a\\nn"@west.example', " ann+x@west.example"],
)
def test_one_person_is_one_however_the_address_is_spelt(written: str) -> None:
    """Whoever chooses how his own address is written complains once, and is one of the five that counts need."""
    plain = "ann@west.example"
    assert mailbox_token(KEY, written) == mailbox_token(KEY, plain)
    said = [
        Complaint(message=b"x", message_id="1@shop.example", recipient=each, arrived=None) for each in (plain, written)
    ]
    assert len({complaint_key(KEY, each) for each in said}) == 1
    assert len({report_id(KEY, "east", each) for each in said}) == 1
