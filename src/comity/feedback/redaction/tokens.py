"""What stands in the place of a mailbox: a keyed one-way token.

Trust:      the key is ours and secret, one per peer and epoch; the address may be a stranger's text.
Standards:  RFC 6590 sections 2 and 3: consistent, collision-resistant, one-way; the domain is kept.
Answers:    ``token(address, key)``, ``token_local(address, key)``, ``is_token(local)``, ``canonical(address)``.
Limits:     a key shorter than 16 bytes is a programming error and raises ValueError. The tokens that were made last are remembered:
            one report needs each of them several times.

A token is ``redacted-`` + 20 characters + ``-``: the first 100 bits of HMAC-SHA-256 over the canonical address in
lower-case base32. Two of 10^9 mailboxes share one with a chance below 10^-12. The whole address goes into the hash, so
one name at two domains gives two tokens; the letters and digits survive systems that change case, and a URL; the
final hyphen keeps a token from ending in somebody's short name (``...a@west.example``).
"""

import hmac
import re
from base64 import b32encode
from functools import lru_cache
from typing import Final

from comity.formats.remembered import Remembered

KEY_BYTES: Final = 16
TOKEN_CHARACTERS: Final = 20
_HOST_NAME: Final = re.compile(r"[\w.-]+")
_TOKEN: Final = re.compile(r"redacted-[a-z2-7]{20}-")


@lru_cache(maxsize=64)
def token_local(address: str, key: bytes) -> str:
    """Give the local-part that stands for this mailbox towards the peer and epoch that the key belongs to.

    >>> token_local("Ann@West.Example", b"k" * 16) == token_local("ann@west.example.", b"k" * 16)
    True
    """
    if len(key) < KEY_BYTES:
        raise ValueError(f"the redaction key has {len(key)} bytes; it needs at least {KEY_BYTES}")
    digest = hmac.digest(key, canonical(address).encode("utf-8", "surrogatepass"), "sha256")
    return f"redacted-{b32encode(digest[:15])[:TOKEN_CHARACTERS].decode('ascii').lower()}-"


def token(address: str, key: bytes) -> str:
    """Give the whole address that stands for this mailbox; the domain is kept, where there is one.

    >>> token("ann@west.example", b"k" * 16).endswith("-@west.example")
    True
    """
    domain = canonical(address).rpartition("@")[2] if "@" in address else ""
    local = token_local(address, key)
    return f"{local}@{domain}" if domain else local


def is_token(local: str) -> bool:
    """Tell a token's local-part, so that redacting twice gives the same as once.

    >>> is_token(token_local("ann@west.example", b"k" * 16)), is_token("redacted")
    (True, False)
    """
    return _TOKEN.fullmatch(local) is not None


def canonical(address: str) -> str:
    """Give one spelling for one mailbox: lower case, no angle brackets, no quotes, the domain as A-labels.

    >>> canonical('<"Ann"@WEST.example.>'), canonical("ann@b\u00fccher.example")
    ('ann@west.example', 'ann@xn--bcher-kva.example')
    """
    local, at, domain = address.strip().strip("<>").strip().rpartition("@")
    if not at:
        local, domain = domain, ""
    if len(local) > 1 and local[0] == local[-1] == '"':
        local = local[1:-1].replace("\\", "")
    domain = ascii_domain(domain)
    return f"{local.lower()}@{domain}" if domain else local.lower()


def _ascii_domain(domain: str) -> str:
    host = _HOST_NAME.match(domain.strip().lower())
    domain = host.group().strip(".") if host else ""
    if not domain.isascii():
        try:
            return domain.encode("idna").decode("ascii")
        except UnicodeError:
            return domain
    return domain


# The domain in lower case as A-labels (RFC 5890), as far as it can be a host name; U-labels where there are no others.
ascii_domain: Final = Remembered(_ascii_domain, most=1024, longest=255).__getitem__
