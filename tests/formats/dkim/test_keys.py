"""Key records as domains publish them, and as they should not."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.dkim import public_record
from comity.formats.dkim.keys import PublicKey, read_key


def _rsa_record(numbers: RSAPublicNumbers, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    return "v=DKIM1; p=" + b64encode(numbers.public_key().public_bytes(Encoding.DER, form)).decode()


def test_what_we_publish_we_can_read(rsa_key: RSAPrivateKey, ed_key: Ed25519PrivateKey) -> None:
    """The record for a key of ours is the key again, with its kind and size."""
    for private, kind, bits in ((rsa_key, "rsa", 1024), (ed_key, "ed25519", 256)):
        key = read_key(public_record(private))
        assert isinstance(key, PublicKey)
        assert (key.kind, key.bits, key.testing, key.exact_identity) == (kind, bits, False, False)
        assert read_key(public_record(private).encode()) is not None


def test_both_forms_of_an_rsa_key_are_read(rsa_key: RSAPrivateKey) -> None:
    """SubjectPublicKeyInfo, as everybody publishes it, and the bare key that the RFC's text speaks of."""
    for form in (PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1):
        assert isinstance(read_key(_rsa_record(rsa_key.public_key().public_numbers(), form)), PublicKey)


def test_flags_are_told(ed_key: Ed25519PrivateKey) -> None:
    """t=y says that the domain is trying, t=s that subdomains may not sign."""
    key = read_key(public_record(ed_key).replace(" k=", " t=y : s; k="))
    assert isinstance(key, PublicKey)
    assert (key.testing, key.exact_identity) == (True, True)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("v=DKIM1", "v=DKIM2"), "key-syntax"),
        (("k=ed25519", "k=sm2"), "key-algorithm"),
        (("k=ed25519", "k=ed25519; h=sha1"), "key-hash"),
        (("k=ed25519", "k=ed25519; s=tlsrpt"), "key-service"),
        (("k=ed25519", "k=ed25519; k=rsa"), "key-syntax"),
        (("k=ed25519", "k"), "key-syntax"),
        (("p=", "p=!"), "key-syntax"),
        (("p=", "p=AAAA"), "key-syntax"),
        (("p=", "q="), "key-syntax"),
        (("k=ed25519", "k=rsa"), "key-syntax"),
        (("k=ed25519", "n=" + "x" * 5000), "key-syntax"),
    ],
)
def test_a_key_that_is_none_says_why(ed_key: Ed25519PrivateKey, change: tuple[str, str], reason: str) -> None:
    """Each thing that makes a record useless has its own name."""
    assert read_key(public_record(ed_key).replace(*change)) == reason


def test_a_withdrawn_key_is_told_from_a_broken_one() -> None:
    """An empty p= is how an owner withdraws a key (RFC 6376 section 3.6.1)."""
    assert read_key("v=DKIM1; k=ed25519; p=") == "key-revoked"
    assert read_key("") == "key-syntax"


def test_keys_that_prove_nothing_are_refused() -> None:
    """RSA below 1,024 bits can be broken (RFC 8301); far above, checking it would be the attack."""
    assert read_key(_rsa_record(RSAPublicNumbers(65537, (1 << 1022) + 1))) == "key-too-short"
    assert read_key(_rsa_record(RSAPublicNumbers(65537, (1 << 8192) + 1))) == "key-too-long"
    assert read_key(_rsa_record(RSAPublicNumbers((1 << 1000) + 1, (1 << 1500) + 1))) == "key-too-long"


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300)))
def test_no_record_raises(record: str | bytes) -> None:
    """Whatever the DNS says, the answer is a key or the name of a reason."""
    assert isinstance(read_key(record), PublicKey | str)


@given(st.binary(max_size=200))
def test_no_key_material_raises(octets: bytes) -> None:
    """Bytes that look like a key until they are parsed are refused by name."""
    assert isinstance(read_key(b"p=" + b64encode(octets)), str)
