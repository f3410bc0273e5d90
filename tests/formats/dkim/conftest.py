"""Keys and a message that the DKIM stories share: our own, made anew for each run."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from comity.formats.dkim import public_record, sign

KEY_NAME = "s1._domainkey.west.example"


@pytest.fixture(scope="session")
def rsa_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - dkimpy signs 2,048 bits in 6 ms


@pytest.fixture(scope="session")
def ed_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture(scope="session")
def message() -> bytes:
    return (
        b"Received: from mx.west.example (mx.west.example [192.0.2.7])\r\n"
        b"\tby mx.east.example with ESMTPS; Tue, 14 Oct 2025 08:00:00 +0000\r\n"
        b"From: West News <news@west.example>\r\n"
        b"To: <reader@east.example>\r\n"
        b"Subject: This week in the west\r\n"
        b"Date: Tue, 14 Oct 2025 08:00:00 +0000\r\n"
        b"Message-ID: <week-42@west.example>\r\n"
        b"CFBL-Address: feedback@west.example; report=arf\r\n"
        b"CFBL-Feedback-ID: 42:week:news\r\n"
        b"\r\n"
        b"Good morning,\r\n\r\nthe  weather is\tfine. \r\n"
    )


@pytest.fixture(scope="session")
def signed(message: bytes, ed_key: Ed25519PrivateKey) -> bytes:
    return sign(message, domain="west.example", selector="s1", key=ed_key) + message


@pytest.fixture(scope="session")
def keys(ed_key: Ed25519PrivateKey) -> dict[str, str | bytes | None]:
    return {KEY_NAME: public_record(ed_key)}
