"""What the reported message says about itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.mime import Headers, scan
from comity.formats.original import bare_id, facts, message_in, recipient, signing_domains, subject_of


def _headers(*lines: str) -> Headers:
    return scan("".join(f"{line}\n" for line in lines).encode() + b"\n").headers


def test_the_facts_of_a_message() -> None:
    """Its id without brackets, its subject and author decoded, who signed, which campaign."""
    said = facts(
        _headers(
            "Message-ID: <1@east.example>", "From: =?utf-8?q?x?= <news@east.example>, other@east.example",
            "Subject: =?utf-8?q?=E6=8A=95?=", "DKIM-Signature: v=1; d=East.example.; s=k", "Feedback-ID: 7:c",
        )
    )  # fmt: skip
    assert said == ("1@east.example", "投", "news@east.example", ("east.example",), "7:c")
    assert facts(_headers("X: y")) == (None, None, None, (), None)


def test_the_feedback_id_of_the_standard_counts_first() -> None:
    """RFC 9477 section 3.2 before the field that came before it."""
    assert facts(_headers("Feedback-ID: old", "CFBL-Feedback-ID: new")).feedback_id == "new"


@pytest.mark.parametrize(
    ("values", "domains"),
    [
        (["v=1; a=rsa-sha256; d=east.example; s=k"], ("east.example",)),
        (["d=east.example"], ("east.example",)),
        (["v=1;\n\td =\n East.Example.;b=x"], ("east.example",)),
        (["b=abcd=no.example; d=east.example"], ("east.example",)),
        (["v=1; bd=no.example", "d=east.example", "d=east.example"], ("east.example",)),
        (["d=a.example", "d=b.example"], ("a.example", "b.example")),
        (["v=1; s=k", "d=", "x"], ()),
        ([f"d=d{number}.example" for number in range(20)], tuple(f"d{number}.example" for number in range(10))),
    ],
)
def test_the_domains_that_claim_to_have_signed(values: list[str], domains: tuple[str, ...]) -> None:
    """Each once, top first, ten at the most; only the tag d= counts, wherever it stands."""
    assert signing_domains(_headers(*(f"DKIM-Signature: {value}" for value in values))) == domains


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["To: a@west.example"], ("a@west.example", "to")),
        (["To: a@west.example, b@west.example"], (None, None)),
        (["To: a@west.example, b@west.example", "Delivered-To: b@west.example"], ("b@west.example", "delivered-to")),
        (["To: undisclosed-recipients:;"], (None, None)),
        (["To: redacted <redacted@>"], (None, None)),
        (
            ["X-Apparently-To: a@west.example via 192.0.2.1; Mon", "To: b@west.example"],
            ("a@west.example", "x-apparently-to"),
        ),
        (["X: y"], (None, None)),
    ],
)
def test_whose_mailbox_it_was(lines: list[str], found: tuple[str | None, str | None]) -> None:
    """One field that names exactly one mailbox, the delivering host's before the author's; else nobody."""
    assert recipient(_headers(*lines)) == found


@pytest.mark.parametrize("value", [None, "", "<>", "< >"])
def test_no_id_is_none(value: str | None) -> None:
    """Brackets around nothing are no id."""
    assert bare_id(value) is None


def test_long_values_are_cut() -> None:
    """A field of a megabyte does not become a fact of a megabyte."""
    assert len(subject_of(_headers("Subject: " + "x" * 5000)) or "") == 998
    assert len(bare_id("x" * 5000) or "") == 998


def test_a_part_that_holds_no_message_has_none() -> None:
    """A multipart's first part is a part, not a message."""
    assert message_in(scan(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--")) is None
    assert message_in(scan(b"Content-Type: message/rfc822\n\n")) is None
    nested = message_in(scan(b"Content-Type: message/rfc822\n\nSubject: x\n\n"))
    assert nested is not None
    assert nested.headers.first("subject") == "x"


NAMES = st.sampled_from(["Message-ID", "From", "To", "Subject", "DKIM-Signature", "Feedback-ID", "X-Original-To"])


@given(st.lists(st.tuples(NAMES, st.binary(max_size=60).map(lambda raw: raw.replace(b"\n", b"\n "))), max_size=8))
def test_any_values_give_facts(fields: list[tuple[str, bytes]]) -> None:
    """Nothing is raised, and what is absent is None, never empty."""
    headers = scan(b"".join(name.encode() + b": " + value + b"\n" for name, value in fields) + b"\n").headers
    said = facts(headers)
    for value in (said.message_id, said.subject, said.header_from, said.feedback_id, *said.dkim_domain):
        assert value is None or value
    address, field = recipient(headers)
    assert (address is None) == (field is None)
