"""Public keys as domains publish them, and the record for a key of ours.

Trust:      a key record is a stranger's text out of the DNS; nothing is raised. RSA keys that are too short to prove
            anything, or so long that checking them would be an attack on us, are refused.
Standards:  RFC 6376 section 3.6.1, RFC 8301 section 3.2 (1,024 bits and more), RFC 8463 (Ed25519).
Answers:    ``read_key`` gives a ``PublicKey`` or the name of what is wrong with it.
Limits:     RSA up to 8,192 bits with an exponent up to 2**32; 4,096 octets a record; the last 1,024 records stay parsed.
"""

from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from comity.formats.dkim.taglist import base64, parse

RSA_BITS_MIN: Final = 1024
RSA_BITS_MAX: Final = 8192
_EXPONENT_MAX: Final = 1 << 32
_RECORD_LIMIT: Final = 4096  # an RSA key of 8,192 bits takes 1,500

PrivateKey = RSAPrivateKey | Ed25519PrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """One published key: how it signs, and what its owner says about it."""

    kind: str  # "rsa" or "ed25519"
    material: RSAPublicKey | Ed25519PublicKey
    bits: int
    testing: bool  # t=y: the domain is only trying DKIM out
    exact_identity: bool  # t=s: i= must be d=, no subdomain


def read_key(record: str | bytes) -> PublicKey | str:
    """Read a key record; the answer is the key, or a reason: ``key-revoked``, ``key-too-short``, ``key-syntax`` ...

    >>> read_key("v=DKIM1; p=")
    'key-revoked'
    """
    return _read(record) if len(record) <= _RECORD_LIMIT else "key-syntax"


@lru_cache(maxsize=1024)
def _read(record: str | bytes) -> PublicKey | str:
    tags = parse(record.encode("ascii", "replace") if isinstance(record, str) else record)
    if tags is None or tags.get(b"v", b"DKIM1") != b"DKIM1" or b"p" not in tags:
        return "key-syntax"
    if b"sha256" not in _words(tags.get(b"h", b"sha256")):
        return "key-hash"
    if _words(tags.get(b"s", b"*")).isdisjoint({b"*", b"email"}):
        return "key-service"
    if not tags[b"p"]:
        return "key-revoked"
    octets = base64(tags[b"p"])
    if octets is None:
        return "key-syntax"
    kind = tags.get(b"k", b"rsa").lower()
    flags = _words(tags.get(b"t", b""))
    material: RSAPublicKey | Ed25519PublicKey | str
    if kind == b"rsa":
        material = _rsa(octets)
    elif kind == b"ed25519":
        material = Ed25519PublicKey.from_public_bytes(octets) if len(octets) == 32 else "key-syntax"
    else:
        return "key-algorithm"
    if isinstance(material, str):
        return material
    return PublicKey(
        kind=kind.decode("ascii"),
        material=material,
        bits=material.key_size if isinstance(material, RSAPublicKey) else 256,
        testing=b"y" in flags,
        exact_identity=b"s" in flags,
    )


def _words(value: bytes) -> frozenset[bytes]:
    return frozenset(word.strip() for word in value.lower().split(b":"))


def _rsa(octets: bytes) -> RSAPublicKey | str:
    """Both forms that are published: SubjectPublicKeyInfo, and the bare RSAPublicKey the RFC speaks of."""
    try:
        key = load_der_public_key(octets)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return "key-syntax"
    if not isinstance(key, RSAPublicKey):
        return "key-algorithm"
    if key.key_size < RSA_BITS_MIN:
        return "key-too-short"
    if key.key_size > RSA_BITS_MAX or key.public_numbers().e > _EXPONENT_MAX:
        return "key-too-long"
    return key


def public_record(key: PrivateKey) -> str:
    """The TXT value to publish for a private key at ``SELECTOR._domainkey.DOMAIN``.

    >>> public_record(Ed25519PrivateKey.from_private_bytes(bytes(32)))
    'v=DKIM1; k=ed25519; p=O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik='
    """
    if isinstance(key, Ed25519PrivateKey):
        octets = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k=ed25519; p={b64encode(octets).decode('ascii')}"
    octets = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={b64encode(octets).decode('ascii')}"
