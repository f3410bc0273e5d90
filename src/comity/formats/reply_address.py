"""An address that belongs to one case: what is answered to it finds the case again, and nobody can make one up.

Trust:      a recipient is a stranger's word; only an address that carries our own mark is believed, and it proves no more than that
            whoever writes was told it, or was told by somebody who was.
Standards:  RFC 5233 (the part behind "+"), RFC 5321 section 4.5.3.1.1 (64 octets before the "@").
Answers:    ``written(base, case_id, key)`` gives the address, ``case_of(recipient, base, key)`` the case or None.
Limits:     the mark has 50 bits: guessing one takes more mails than any gate lets in.
"""

import hmac
from hashlib import blake2b
from typing import Final

_SIGN: Final = "case."
_MARK: Final = 10
_ALPHABET: Final = "abcdefghijkmnpqrstuvwxyz23456789"  # 32 signs that nobody mistakes for each other, in lower case


def written(base: str, case_id: str, key: bytes) -> str:
    """The address of a case, below our own.

    >>> case_of(written("feedback@east.example", "4f2a", b"k"), "feedback@east.example", b"k")
    '4f2a'
    """
    local, _, domain = base.rpartition("@")
    return f"{local}+{_SIGN}{case_id}.{_mark(case_id, key)}@{domain}"


def case_of(recipient: str, base: str, key: bytes) -> str | None:
    """The case that a recipient belongs to.

    >>> case_of("feedback+case.4f2a.aaaaaaaaaa@east.example", "feedback@east.example", b"k") is None
    True
    """
    local, _, domain = recipient.strip("<> ").lower().rpartition("@")
    ours, _, our_domain = base.lower().rpartition("@")
    name, plus, rest = local.partition("+")
    if not plus or name != ours or domain != our_domain or not rest.startswith(_SIGN):
        return None
    case_id, _, mark = rest.removeprefix(_SIGN).partition(".")
    if not case_id.isascii() or not mark.isascii():
        return None
    return case_id if case_id and hmac.compare_digest(mark, _mark(case_id, key)) else None


def _mark(case_id: str, key: bytes) -> str:
    digest = blake2b(case_id.encode("ascii", "replace"), key=key[:64], person=b"comity case", digest_size=16).digest()
    return "".join(_ALPHABET[octet % 32] for octet in digest[:_MARK])
