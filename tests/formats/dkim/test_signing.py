"""What our own signatures look like, and what is not signed."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.dkim import Result, names_to_sign, public_record, sign, verify

KEY_NAME = "s1._domainkey.west.example"


def _sign(message: bytes, key: RSAPrivateKey | Ed25519PrivateKey, headers: tuple[str, ...] | None = None) -> bytes:
    return sign(message, domain="west.example", selector="s1", key=key, headers=headers)


def test_the_kind_of_key_is_the_algorithm(message: bytes, rsa_key: RSAPrivateKey, ed_key: Ed25519PrivateKey) -> None:
    """One function for both kinds; what was signed verifies."""
    for key, algorithm in ((rsa_key, "rsa-sha256"), (ed_key, "ed25519-sha256")):
        [check] = verify(_sign(message, key) + message, {KEY_NAME: public_record(key)})
        assert (check.result, check.algorithm) == (Result.PASS, algorithm)


def test_the_field_is_folded(message: bytes, rsa_key: RSAPrivateKey) -> None:
    """No line is longer than 78 signs, every further line begins with a tab, the last ends like the message's."""
    field = _sign(message, rsa_key)
    assert field.endswith(b"\r\n")
    first, *further = field.removesuffix(b"\r\n").split(b"\r\n")
    assert first.startswith(b"DKIM-Signature: v=1; ")
    assert all(line.startswith(b"\t") and line.strip() for line in further)
    assert max(map(len, (first, *further))) <= 78
    assert b"\r" not in _sign(message.replace(b"\r\n", b"\n"), rsa_key)


def test_time_and_identity_are_written_where_given(message: bytes, ed_key: Ed25519PrivateKey) -> None:
    """The moment comes from the caller; i= lies within d=."""
    field = sign(
        message,
        domain="West.example.",
        selector="s1",
        key=ed_key,
        identity="desk@feedback.west.example",
        timestamp=datetime(2025, 10, 14, 8, 0, tzinfo=UTC),
    )
    [check] = verify(field + message, {KEY_NAME: public_record(ed_key)})
    assert check.result is Result.PASS
    assert check.signed_at == datetime(2025, 10, 14, 8, 0, tzinfo=UTC)
    assert check.identity == "desk@feedback.west.example"


def test_what_feedback_rests_on_is_signed_and_closed(message: bytes) -> None:
    """CFBL fields, From and Subject are signed once more than they occur; trace fields are not signed."""
    names = names_to_sign(message)
    assert names.count("from") == names.count("cfbl-address") == names.count("cfbl-feedback-id") == 2
    assert names.count("cc") == 1
    assert "received" not in names


def test_the_list_of_names_is_the_callers_if_he_gives_one(message: bytes, ed_key: Ed25519PrivateKey) -> None:
    """h= word for word, oversigning included."""
    names = ("from", "from", "cfbl-address", "list-unsubscribe")
    [check] = verify(_sign(message, ed_key, names) + message, {KEY_NAME: public_record(ed_key)})
    assert (check.result, check.signed_headers) == (Result.PASS, names)


@pytest.mark.parametrize(
    "wrong",
    [
        {"domain": "west.example; i=x"},
        {"domain": "west.example\r\nBcc: all"},
        {"domain": "example"},
        {"selector": "s1;"},
        {"selector": ""},
        {"identity": "news@east.example"},
        {"identity": "news;b=@west.example"},
        {"identity": "a\r\nb@west.example"},
        {"headers": ("subject",)},
        {"headers": ("from", "x:y")},
        {"headers": ("from", "x\r\ny")},
    ],
)
def test_what_nobody_would_believe_is_not_signed(
    message: bytes, ed_key: Ed25519PrivateKey, wrong: dict[str, object]
) -> None:
    """A mistake of ours is an error here, not a broken signature at the other side."""
    with pytest.raises(ValueError, match=r"\w"):
        sign(message, **({"domain": "west.example", "selector": "s1", "key": ed_key} | wrong))  # type: ignore[arg-type]


def test_a_message_without_author_is_not_signed(ed_key: Ed25519PrivateKey) -> None:
    """From must be signed (RFC 6376 section 5.4), so there must be one."""
    with pytest.raises(ValueError, match="no From"):
        _sign(b"Subject: x\r\n\r\n", ed_key)


def test_what_no_checker_would_read_is_not_signed(ed_key: Ed25519PrivateKey) -> None:
    """A signature over thousands of fields is refused when it is made, not when it is checked."""
    with pytest.raises(ValueError, match="fields to sign"):
        sign(
            b"From: a@west.example\r\n" + b"To: b@east.example\r\n" * 3000 + b"\r\n",
            domain="west.example",
            selector="s",
            key=ed_key,
        )


def test_a_short_key_signs_nothing(message: bytes, monkeypatch: pytest.MonkeyPatch, rsa_key: RSAPrivateKey) -> None:
    """RFC 8301: signers use 1,024 bits and more."""
    monkeypatch.setattr("comity.formats.dkim.signing.RSA_BITS_MIN", 1025)
    with pytest.raises(ValueError, match="1024 bits"):
        _sign(message, rsa_key)


@given(body=st.binary(max_size=300), subject=st.text(max_size=100))
def test_whatever_is_signed_verifies(body: bytes, subject: str, ed_key: Ed25519PrivateKey) -> None:
    """Any body and any subject on one line: signed here, believed here."""
    line = " ".join(subject.split()).encode("utf-8", "replace")
    message = b"From: news@west.example\r\nSubject: " + line + b"\r\n\r\n" + body
    signed = _sign(message, ed_key) + message
    assert verify(signed, {KEY_NAME: public_record(ed_key)})[0].result is Result.PASS


def test_two_signatures_of_one_message(message: bytes, rsa_key: RSAPrivateKey, ed_key: Ed25519PrivateKey) -> None:
    """RSA for everybody, Ed25519 for those who know it: both hold, in any order."""
    first = _sign(message, rsa_key)
    second = sign(message, domain="west.example", selector="s2", key=ed_key)
    keys: dict[str, str | bytes | None] = {
        KEY_NAME: public_record(rsa_key),
        "s2._domainkey.west.example": public_record(ed_key),
    }
    for signed in (first + second + message, second + first + message):
        assert [check.result for check in verify(signed, keys)] == [Result.PASS, Result.PASS]
