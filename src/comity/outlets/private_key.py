"""Private keys in files: made once, readable for their owner only.

Trust:      whoever has a key can write in our name: one that others can read is refused.
Standards:  PKCS #8 in PEM (RFC 5958, RFC 7468); RSA of 2048 bits or Ed25519 (RFC 8301, RFC 8463).
Answers:    ``make(path, sort)`` says whether it made one; ``read(path)`` gives the key.
Limits:     a key is never written over.
"""

from enum import StrEnum
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from comity.model.outcomes import ComityError, Outcome
from comity.outlets.secret_file import get, put

PrivateKey = Ed25519PrivateKey | rsa.RSAPrivateKey
_LIMIT: Final = 1 << 16


class KeySort(StrEnum):
    """The sorts of keys that are made here."""

    RSA = "rsa"
    ED25519 = "ed25519"


def make(path: Path, sort: KeySort) -> bool:
    """Make a key where there is none."""
    if path.exists():
        read(path)
        return False
    key = _made(sort)
    put(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return True


def _made(sort: KeySort) -> PrivateKey:
    if sort is KeySort.RSA:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return Ed25519PrivateKey.generate()


def read(path: Path) -> PrivateKey:
    """The key in a file."""
    try:
        key = load_pem_private_key(get(path, _LIMIT), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, PrivateKey):
        raise ComityError(
            "key-malformed",
            "this is no private key of a kind that is known here",
            outcome=Outcome.CONFIGURATION,
            place=str(path),
        )
    return key


def read_ed25519(path: Path) -> Ed25519PrivateKey:
    """The key in a file that must be Ed25519."""
    key = read(path)
    if not isinstance(key, Ed25519PrivateKey):
        raise ComityError("key-not-ed25519", "this key is not Ed25519", outcome=Outcome.CONFIGURATION, place=str(path))
    return key
