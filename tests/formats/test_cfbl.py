"""Where a message wants complaints about itself, and whether its signatures allow that (RFC 9477)."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from comity.formats import cfbl
from comity.formats.dkim import as_signatures, public_record, sign, verify
from comity.model.origin import CfblAddress, Origin, Signature, Standing

BOTH = ("from", "cfbl-address", "cfbl-feedback-id")


def _read(*values: str) -> cfbl.CfblFields:
    return cfbl.read("".join(f"CFBL-Address: {value}\r\n" for value in values).encode() + b"\r\n")


def _signature(
    domain: str,
    names: tuple[str, ...] = BOTH,
    standing: Standing = Standing.VERIFIED,
    repeated: tuple[str, ...] = (),
) -> Signature:
    return Signature(domain=domain, selector="s1", standing=standing, signed_headers=names, repeated_unsigned=repeated)


def _judge(
    address: str, author: str | None, *signatures: Signature, has_feedback_id: bool = True
) -> tuple[str, str | None]:
    named = CfblAddress(address=address, domain=address.rpartition("@")[2], report_format="arf")
    answer = cfbl.judge(named, header_from_domain=author, signatures=signatures, has_feedback_id=has_feedback_id)
    return answer.rule, answer.reason


# -- reading


@pytest.mark.parametrize(
    ("value", "address", "report_format"),
    [
        ("fbl@west.example", "fbl@west.example", "arf"),
        ("fbl@west.example; report=arf", "fbl@west.example", "arf"),
        ("fbl@west.example; report=xarf", "fbl@west.example", "xarf"),
        ("fbl@West.Example;report=XARF", "fbl@west.example", "xarf"),
        ("<fbl@west.example>; report=arf", "fbl@west.example", "arf"),
        ("(desk (first \\) floor)) fbl@west.example (x);\r\n (y) report=xarf", "fbl@west.example", "xarf"),
        ("fbl@西.example", "fbl@xn--bw2a.example", "arf"),
    ],
)
def test_an_address_is_read(value: str, address: str, report_format: str) -> None:
    """Comments, folding, angle brackets, capitals and other letters in the domain do no harm."""
    [named] = _read(value).addresses
    assert (named.address, named.domain, named.report_format) == (address, address.partition("@")[2], report_format)


@pytest.mark.parametrize(
    "value",
    ["", "fbl", "@west.example", "fbl@example", "a@west.example, b@west.example", "Desk <fbl@west.example> x", "((((",
     "fbl@[192.0.2.1]",
     "fbl@west.example\x00", "<fbl@west.example", "fbl@west.example" + "x" * 300],
)  # fmt: skip
def test_what_is_no_address_is_left_out_and_told(value: str) -> None:
    """Nobody is written to on a guess."""
    fields = _read(value)
    assert fields.addresses == ()
    assert [each.code for each in fields.findings] == ["cfbl-address-malformed"]


def test_an_unknown_format_means_arf() -> None:
    """Whoever names an address must accept ARF (RFC 9477 section 3.4)."""
    fields = _read("fbl@west.example; report=zip")
    assert fields.addresses[0].report_format == "arf"
    assert [each.code for each in fields.findings] == ["cfbl-format-unknown"]


def test_several_addresses_are_told_in_order() -> None:
    """The first valid one counts; that there are more is a finding, and so is one that says the same."""
    fields = _read("nobody", "one@west.example", "two@west.example", "one@west.example")
    assert [each.address for each in fields.addresses] == ["one@west.example", "two@west.example"]
    assert [each.code for each in fields.findings] == [
        "cfbl-address-malformed",
        "field-repeated",
        "cfbl-address-several",
    ]


@pytest.mark.parametrize(
    ("header", "feedback_id", "codes"),
    [
        ("CFBL-Feedback-ID: 111:222:333\r\n", "111:222:333", []),
        ("CFBL-Feedback-ID: 3789e1ae\r\n\t63f9 (mac) :x\r\n", "3789e1ae63f9:x", []),
        ("", None, []),
        ("CFBL-Feedback-ID: \r\n", None, ["field-empty"]),
        ("CFBL-Feedback-ID: \u897f\r\n", None, ["field-malformed"]),
        ("CFBL-Feedback-ID: 1\r\nCFBL-Feedback-ID: 1 \r\n", "1", ["field-repeated"]),
        ("CFBL-Feedback-ID: 1\r\nCFBL-Feedback-ID: 2\r\n", None, ["field-conflict"]),
    ],
)
def test_the_feedback_id_is_put_together_again(header: str, feedback_id: str | None, codes: list[str]) -> None:
    """White space in it means nothing (section 5.2); two different ones are none."""
    fields = cfbl.read(header.encode() + b"\r\n")
    assert (fields.feedback_id, [each.code for each in fields.findings]) == (feedback_id, codes)


@given(st.binary(max_size=300))
def test_no_field_raises(value: bytes) -> None:
    """Any bytes: an address that can be written to, or none."""
    fields = cfbl.read(b"CFBL-Address:" + value + b"\r\nCFBL-Feedback-ID:" + value + b"\r\n\r\n")
    assert all("\n" not in each.address and each.address.count("@") == 1 for each in fields.addresses)


# -- section 3.1: whose signatures


def test_the_authors_own_domain() -> None:
    """Strict: the address lies at the author's domain, which signed."""
    assert _judge("fbl@west.example", "west.example", _signature("west.example")) == ("strict", None)


def test_below_the_authors_domain() -> None:
    """Relaxed: the address lies below the author's domain, which signed; both examples of section 3.1.2."""
    signature = _signature("west.example")
    assert _judge("fbl@mailer.west.example", "west.example", signature) == ("relaxed", None)
    assert _judge("fbl@mailer.west.example", "mailer.west.example", signature) == ("strict", None)


def test_a_third_party_needs_two_signatures() -> None:
    """The author and the service both agree who is told; one alone can say so for nobody else."""
    author, service = _signature("west.example"), _signature("esp.example")
    assert _judge("fbl@esp.example", "west.example", author, service) == ("third-party", None)
    assert _judge("fbl@esp.example", "west.example", author) == ("third-party", "cfbl-signature-missing")
    assert _judge("fbl@esp.example", "west.example", service) == ("third-party", "cfbl-signature-missing")


def test_a_message_that_was_signed_before_the_service_took_it() -> None:
    """Section 3.1.3: the author's signature names neither field, so the service may add them under its own."""
    author, service = _signature("west.example", ("from", "subject")), _signature("esp.example")
    assert _judge("fbl@esp.example", "west.example", author, service) == ("third-party", None)
    half = _signature("west.example", ("from", "cfbl-address"))
    assert _judge("fbl@esp.example", "west.example", half, service) == ("third-party", "cfbl-feedback-id-not-signed")
    silent = _signature("esp.example", ("from",))
    assert _judge("fbl@esp.example", "west.example", author, silent) == ("third-party", "cfbl-header-not-signed")


def test_a_parent_of_the_author_is_a_third_party_unless_it_signed() -> None:
    """The owner of the parent domain speaks for both names with one signature, the child does not."""
    named, author = "fbl@west.example", "mailer.west.example"
    assert _judge(named, author, _signature("west.example")) == ("third-party", None)
    assert _judge(named, author, _signature("mailer.west.example")) == ("third-party", "cfbl-signature-missing")


@pytest.mark.parametrize(
    "domain",
    ["notwest.example", "west.example.other.example", "est.example", "example", "", "a..b", "mailer.west.example"],
)
def test_a_domain_that_looks_alike_signs_for_nobody(domain: str) -> None:
    """Names are compared label by label; a top-level domain is no signer."""
    assert _judge("fbl@west.example", "west.example", _signature(domain)) == ("strict", "cfbl-signature-missing")


@pytest.mark.parametrize("standing", [Standing.CLAIMED, Standing.FAILED])
def test_a_signature_that_nobody_checked_allows_nothing(standing: Standing) -> None:
    """Only what we, or a host of ours, found valid counts."""
    signature = _signature("west.example", standing=standing)
    assert _judge("fbl@west.example", "west.example", signature) == ("strict", "cfbl-signature-not-valid")
    trusted = _signature("west.example", standing=Standing.TRUSTED)
    assert _judge("fbl@west.example", "west.example", signature, trusted) == ("strict", None)


def test_the_fields_must_be_signed() -> None:
    """Section 3.1.4: an unsigned CFBL-Address, or an unsigned id beside it, and nothing is sent."""
    own = "fbl@west.example", "west.example"
    assert _judge(*own, _signature("west.example", ("from",))) == ("strict", "cfbl-header-not-signed")
    without_id = _signature("west.example", ("from", "cfbl-address"))
    assert _judge(*own, without_id) == ("strict", "cfbl-feedback-id-not-signed")
    assert _judge(*own, without_id, has_feedback_id=False) == ("strict", None)
    only_id = _signature("west.example", ("from", "cfbl-feedback-id"))
    assert _judge(*own, without_id, only_id) == ("strict", "cfbl-feedback-id-not-signed")


def test_a_field_put_on_top_of_the_signed_one_is_not_signed() -> None:
    """Whoever adds a CFBL-Address on the way, even under a signature of his own, gets no report."""
    author = _signature("west.example", repeated=("cfbl-address",))
    assert _judge("fbl@west.example", "west.example", author) == ("strict", "cfbl-header-not-signed")
    thief = _signature("thief.example")
    assert _judge("x@thief.example", "west.example", author, thief) == ("third-party", "cfbl-header-not-signed")
    old = _signature("west.example", ("from",))
    assert _judge("x@thief.example", "west.example", old, author, thief) == ("third-party", "cfbl-header-not-signed")


def test_no_author_no_report() -> None:
    """Without a domain in From nobody can have agreed."""
    for author in (None, "", "example", "no name"):
        assert _judge("fbl@west.example", author, _signature("west.example")) == ("strict", "cfbl-from-missing")


def test_an_address_that_cannot_be_written_to() -> None:
    """Records are checked like fields: their maker may have been careless."""
    for address in ("fbl@west.example\r\nBcc: x@y.example", "fbl", "a b@west.example"):
        assert _judge(address, "west.example", _signature("west.example"))[1] == "cfbl-header-malformed"


# -- from the message to the answer


def _origin(message: bytes, keys: dict[str, str | bytes | None]) -> Origin:
    fields = cfbl.read(message)
    return Origin(
        source_ip=None,
        source_ip_from=None,
        source_standing=Standing.CLAIMED,
        header_from="news@west.example",
        header_from_domain="west.example",
        envelope_from=None,
        message_id=None,
        signatures=as_signatures(verify(message, keys)),
        cfbl_addresses=fields.addresses,
        cfbl_feedback_id=fields.feedback_id,
        feedback_id=None,
        arrived=None,
        recipient=None,
        list_unsubscribe=False,
    )


def test_from_a_signed_message_to_the_answer() -> None:
    """Signed by the author and the service, verified, judged; then somebody adds, changes or removes."""
    message = b"From: news@west.example\r\nCFBL-Address: fbl@esp.example; report=arf\r\nCFBL-Feedback-ID: 1:2\r\n\r\nHello\r\n"
    author, service = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    message = sign(message, domain="west.example", selector="a", key=author) + message
    once = sign(message, domain="esp.example", selector="b", key=service, headers=BOTH) + message
    keys: dict[str, str | bytes | None] = {
        "a._domainkey.west.example": public_record(author),
        "b._domainkey.esp.example": public_record(service),
    }
    assert cfbl.check(_origin(once, keys)) == cfbl.CfblCheck(rule="third-party")
    moved = once.replace(b"fbl@esp.example", b"fbl@other.example")
    assert cfbl.check(_origin(moved, keys)).reason == "cfbl-signature-not-valid"
    added = b"CFBL-Address: victim@other.example\r\n" + once
    assert cfbl.check(_origin(added, keys)).reason == "cfbl-signature-not-valid"  # the author signed once more than one
    assert cfbl.check(_origin(once, {})).reason == "cfbl-signature-not-valid"
    assert cfbl.check(_origin(b"From: news@west.example\r\n\r\n", keys)).reason == "cfbl-header-malformed"
