"""Input made to hurt: it is answered, quickly, and never believed."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given
from hypothesis import strategies as st

from comity.formats.dkim import Result, as_signatures, keys_wanted, sign, verify
from comity.formats.dkim.signature import read_signature
from comity.formats.dkim.taglist import parse

_PIECES = st.sampled_from(
    [
        b"DKIM-Signature:", b"From:", b" v=1;", b" a=rsa-sha256;", b" a=ed25519-sha256;", b" a=rsa-sha1;", b" d=west.example;",
        b" s=s1;", b" h=from;", b" h=from:from:dkim-signature;", b" h=:::;", b" bh=" + b"A" * 43 + b"=;", b" bh=;", b" b=AAAA;",
        b" b=;", b" c=relaxed/relaxed;", b" c=/;", b" l=0;", b" l=99999999999999999999;", b" t=1;", b" x=0;", b" i=@;", b" i=",
        b" q=dns/txt;", b"=", b";", b"\r\n ", b"\r\n", b"\n", b"\r", b"\x00", b"\xff", b" d=\xe8\xa5\xbf.example;", b"x" * 300,
    ]
)  # fmt: skip


_WHOLE = (
    b"DKIM-Signature: v=1;", b" a=rsa-sha256;", b" d=west.example;", b" s=s1;", b" h=from;", b" bh=" + b"A" * 43 + b"=;",
    b" b=AAAA\r\n", b"From: a@west.example\r\n", b"\r\nbody\r\n",
)  # fmt: skip


@st.composite
def _nearly_whole(draw: st.DrawFn) -> bytes:
    """A signature that is one, but for a piece or two."""
    pieces = list(_WHOLE)
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(1, len(pieces) - 1))
        pieces[at : at + draw(st.integers(0, 1))] = [draw(_PIECES)]
    return b"".join(pieces)


@given(st.one_of(st.binary(max_size=400), st.lists(_PIECES, max_size=30).map(b"".join), _nearly_whole()))
@example(b"")
@example(b"DKIM-Signature:")
@example(b"".join(_WHOLE))
def test_no_message_raises(message: bytes) -> None:
    """Random bytes, and signatures put together from good and bad pieces, have answers; none of them passes."""
    wanted = keys_wanted(message)
    assert wanted or message != b"".join(_WHOLE)
    for keys in ({}, {each.dns_name: None for each in wanted}, {each.dns_name: b"p=AAAA" for each in wanted}):
        checks = verify(message, keys)
        as_signatures(checks)
        assert all(check.result is not Result.PASS and check.reason for check in checks)
    assert all(len(each.dns_name) < 600 and each.dns_name.isascii() for each in wanted)


@given(st.binary(max_size=300))
def test_no_signature_raises(value: bytes) -> None:
    """Any value of the field is read or refused by name."""
    signature = read_signature(b"DKIM-Signature:" + value)
    assert signature.problem is None or signature.problem


def test_what_is_asked_of_the_dns_is_a_name() -> None:
    """A selector or a domain out of a mail never reaches the DNS as anything but a host name."""
    field = b"DKIM-Signature: v=1; a=rsa-sha256; h=from; bh=AAAA; b=AAAA; s=%s; d=%s\r\n\r\n"
    for selector, domain in (
        (b"s", b"a b.example"),
        (b"s", b"x.example\x00"),
        (b"*", b"x.example"),
        (b"s" * 64, b"x.example"),
    ):
        assert keys_wanted(field % (selector, domain)) == ()
    assert len(keys_wanted(field % (b"s", b"x.example"))) == 1


@pytest.mark.parametrize(
    "value",
    [
        b"v=1;" * 20_000,
        b";" * 1_000_000,
        b"v" * 1_000_000,
        b"v=1; h=" + b"from:" * 10_000,
        b" \t" * 500_000,
        b"=" * 1_000_000,
    ],
    ids=["tags", "separators", "one name", "names", "blanks", "equals"],
)
def test_a_long_signature_is_refused_in_no_time(value: bytes, hang_guard: None) -> None:
    """Caps on size, tags and names; what is read is read in one pass."""
    [check] = verify(b"DKIM-Signature: " + value + b"\r\n\r\n", {})
    assert check.result is not Result.PASS


def test_a_flood_of_signatures_costs_little(message: bytes, ed_key: Ed25519PrivateKey, hang_guard: None) -> None:
    """Ten thousand signatures over a body of two megabytes, each with its own l=: ten are looked at."""
    field = b"DKIM-Signature: v=1; a=ed25519-sha256; d=west.example; s=s1; h=from; bh=%s; b=AAAA; l=%%d\r\n" % (
        b"A" * 43 + b"="
    )
    checks = verify(b"".join(field % at for at in range(1, 8000)) + message + b"x\r\n" * 700_000, {})
    assert [check.reason for check in checks[:11]] == ["body-hash"] * 10 + ["signature-limit"]


def test_many_fields_of_one_name(message: bytes, ed_key: Ed25519PrivateKey, hang_guard: None) -> None:
    """A thousand names in h= over thirty thousand fields of that name: found from the bottom, not searched."""
    flood = b"X: y\r\n" * 30_000 + message
    field = sign(flood, domain="west.example", selector="s1", key=ed_key, headers=("from", *["x"] * 990))
    [check] = verify(field + flood, {})
    assert (check.reason, check.repeated_unsigned) == ("key-unknown", ("x",))


def test_a_tag_list_is_valid_as_a_whole_or_not() -> None:
    """RFC 6376 section 3.2: one tag twice, or one without "=", and nothing of the list counts."""
    assert parse(b"a=1; A=2") == {b"a": b"1", b"A": b"2"}
    for text in (b"a=1; a=1", b"a=1; b", b"a=1;; b=2", b"1a=1", b"=1", b"a b=1", b"\xe4=1"):
        assert parse(text) is None
