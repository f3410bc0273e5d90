"""ARC: chains that dkimpy has sealed, whole and broken."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.arc import ArcResult, keys_wanted, verify
from comity.formats.dkim import public_record

dkim: Any = pytest.importorskip("dkim")

MESSAGE = (
    b"Authentication-Results: lists.north.example; arc=none; spf=pass smtp.mailfrom=east.example; dkim=pass header.d=east.example"
    b"\r\nFrom: Ann <ann@east.example>\r\nTo: <list@north.example>\r\nSubject: Hello\r\nDate: Tue, 14 Oct 2025 08:00:00 +0000\r\n"
    b"Message-ID: <1@east.example>\r\n\r\nGood  morning. \r\n"
)
_KEY = generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - a test key
_PEM = _KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
KEYS: dict[str, str | bytes | None] = {
    f"{selector}._domainkey.{domain}": public_record(_KEY)
    for selector, domain in (("s1", "lists.north.example"), ("s2", "relay.west.example"))
}


def _lookup(name: bytes, timeout: float = 5) -> bytes:
    return str(KEYS.get(name.decode().rstrip("."), "")).encode()


def _sealed(message: bytes, *, selector: str = "s1", domain: str = "lists.north.example") -> bytes:
    """The message as it leaves that host."""
    lines = dkim.arc_sign(message, selector.encode(), domain.encode(), _PEM, domain.encode())
    assert lines
    return b"".join(lines) + message


def _twice() -> bytes:
    relayed = _sealed(MESSAGE)
    told = b"Authentication-Results: relay.west.example; arc=pass; dkim=fail header.d=east.example\r\n" + relayed
    return _sealed(told, selector="s2", domain="relay.west.example")


def test_a_message_that_nobody_passed_on_has_no_chain() -> None:
    """There is nothing to look up."""
    assert verify(MESSAGE, {}).result is ArcResult.NONE
    assert keys_wanted(MESSAGE) == ()


def test_a_chain_of_two_holds() -> None:
    """Both seals and the newest signature; what the first host found can be read."""
    message = _twice()
    assert {each.dns_name for each in keys_wanted(message)} == set(KEYS)
    found = verify(message, KEYS)
    assert (found.result, found.reason) == (ArcResult.PASS, None)
    assert found.sealers == ("lists.north.example", "relay.west.example")
    assert found.first is not None
    assert [each.result for each in found.first.of("spf")] == ["pass"]
    assert dkim.arc_verify(message, dnsfunc=_lookup)[0] == b"pass"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda raw: raw.replace(b"Good  morning", b"Good evening"), "message-body-hash"),
        (lambda raw: raw.replace(b"Subject: Hello", b"Subject: Hullo"), "message-signature"),
        (lambda raw: raw.replace(b"spf=pass", b"spf=fail", 1).replace(b"spf=pass", b"spf=fail"), "seal-signature"),
        (lambda raw: raw.replace(b"cv=pass", b"cv=none"), "validation-status"),
        (lambda raw: raw.replace(b"cv=pass", b"cv=fail"), "failed-before"),
        (lambda raw: raw.replace(b"ARC-Seal: i=1", b"X-Seal: i=1"), "set-incomplete"),
        (lambda raw: raw.replace(b"ARC-Seal: i=1", b"ARC-Seal: i=3"), "set-incomplete"),
        (lambda raw: raw.replace(b"ARC-Seal: i=1", b"ARC-Seal: i=2"), "instance"),
        (lambda raw: raw.replace(b"ARC-Seal: i=1", b"ARC-Seal: i=x"), "instance"),
        (lambda raw: raw.replace(b"ARC-Seal: i=2", b"ARC-Seal: h=from; i=2"), "seal-syntax"),
        (lambda raw: b"ARC-Seal: i=51; cv=none\r\n" + raw, "instance"),
        (lambda raw: b"ARC-Seal: i=1; cv=none\r\n" * 60 + raw, "chain-too-long"),
    ],
)  # fmt: skip
def test_a_chain_that_was_tampered_with_fails(change: Callable[[bytes], bytes], reason: str) -> None:
    """Each with the reason; dkimpy does not believe it either."""
    raw = _twice()
    message = change(raw)
    assert message != raw
    found = verify(message, KEYS)
    assert (found.result, found.reason) == (ArcResult.FAIL, reason)
    try:
        theirs = dkim.arc_verify(message, dnsfunc=_lookup)[0]
    except Exception as error:
        theirs = error
    assert theirs != b"pass"


@pytest.mark.parametrize(
    ("keys", "reason"), [({}, "message-key-unknown"), (dict.fromkeys(KEYS), "message-key-missing")]
)
def test_a_key_that_is_not_found_fails_the_chain_for_good(keys: dict[str, str | bytes | None], reason: str) -> None:
    """RFC 8617 section 5.2.1."""
    assert verify(_twice(), keys).reason == reason


def test_another_key_does_not_hold() -> None:
    """The chain was sealed by the domains themselves."""
    other = generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - a test key
    keys = {**KEYS, "s1._domainkey.lists.north.example": public_record(other)}
    assert verify(_twice(), keys).reason == "seal-signature"


_PIECES = [
    b"ARC-Seal: ", b"ARC-Message-Signature: ", b"ARC-Authentication-Results: ", b"i=1;", b"i=2;", b"cv=none;", b"a=rsa-sha256;",
    b"\r\n", b"b=YWI=",
]  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=40))
def test_any_header_is_read_without_raising(parts: list[bytes]) -> None:
    """Fields are strangers'."""
    message = b"".join(parts) + b"\r\n\r\nbody"
    keys_wanted(message)
    verify(message, KEYS)
