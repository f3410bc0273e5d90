"""Whether the DKIM signatures of a message hold: which keys are wanted, then, with the keys, a verdict on each.

Trust:      message and keys are strangers' bytes; nothing is raised. ``pass`` means: the owner of ``domain`` signed these
            header fields and this body (but for ``body_unsigned`` octets at its end).
Standards:  RFC 6376 section 6, RFC 8301 (no SHA-1, RSA from 1,024 bits), RFC 8463 (Ed25519), RFC 8601 section 2.7.1.
Answers:    ``keys_wanted``, ``verify``; every result but ``pass`` has a named reason. The body hash needs no key: it is
            a fact of its own.
Limits:     the first 10 signatures from the top are verified. An address bar is no part of this: whether ``domain``
            has to do with the author is for the caller to compare.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from comity.formats.dkim.canonical import relaxed_field
from comity.formats.dkim.fields import Fields, fields_of
from comity.formats.dkim.keys import PublicKey, read_key
from comity.formats.dkim.signature import SignatureField, read_signature
from comity.formats.mime import Part
from comity.model.origin import Signature, Standing
from comity.model.record import record

SIGNATURE_LIMIT: Final = 10
_PADDING: Final = PKCS1v15()
_SHA256: Final = SHA256()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Result(StrEnum):
    """What became of one signature, in the words of RFC 8601."""

    PASS = "pass"  # noqa: S105 - the word of the RFC
    FAIL = "fail"  # checked, and it does not hold
    NEUTRAL = "neutral"  # not believed whatever the arithmetic says: weak algorithm, short key, too many signatures
    PERMERROR = "permerror"  # cannot be checked, ever
    TEMPERROR = "temperror"  # cannot be checked now: the key was not looked up


@record
class KeyWanted:
    """One key record to look up: TXT at ``dns_name``, its strings joined."""

    selector: str
    domain: str
    dns_name: str


@record
class SignatureCheck:
    """One DKIM-Signature, what it claims, and whether that holds."""

    result: Result
    reason: str | None  # None for ``pass`` only
    domain: str | None  # d=, lower case; None where it cannot be read
    selector: str | None
    identity: str | None
    algorithm: str | None
    signed_headers: tuple[str, ...] = ()  # h=, lower case, in order, as it stands there
    repeated_unsigned: tuple[str, ...] = ()  # names of h= that occur more often in the message than they are signed
    body_hash_ok: bool | None = None  # None where it cannot be computed
    body_unsigned: int = 0  # octets of the body beyond l=: anybody may have added them
    testing: bool = False  # the key says t=y: its domain is only trying
    signed_at: datetime | None = None
    expires_at: datetime | None = None


def keys_wanted(message: bytes | Part | Fields) -> tuple[KeyWanted, ...]:
    """The key records that ``verify`` will ask for, each once; none for signatures that cannot hold anyway."""
    wanted: dict[str, KeyWanted] = {}
    for _, signature in _signatures(fields_of(message))[:SIGNATURE_LIMIT]:
        if signature.problem is None and signature.domain and signature.selector:
            name = signature.dns_name
            wanted[name] = KeyWanted(selector=signature.selector, domain=signature.domain, dns_name=name)
    return tuple(wanted.values())


def verify(
    message: bytes | Part | Fields, keys: Mapping[str, str | bytes | None], *, now: datetime | None = None
) -> tuple[SignatureCheck, ...]:
    """Check each DKIM-Signature of a message, in the order of the message.

    ``keys`` maps the DNS name of a key (lower case, without the final dot) to its record: None says that there is
    none, a name that is not in it was not looked up. ``now`` is the moment to judge x= by, best the arrival.

    >>> verify(b"DKIM-Signature: v=1\\r\\nSubject: x\\r\\n\\r\\n", {})[0].reason
    'syntax'
    """
    fields = fields_of(message)
    return tuple(
        _check(_Case(fields, at, signature), keys, now)
        if count < SIGNATURE_LIMIT
        else _Case(fields, at, signature).answer(Result.NEUTRAL, "signature-limit")
        for count, (at, signature) in enumerate(_signatures(fields))
    )


def check_one(
    fields: Fields, at: int, signature: SignatureField, *, keys: Mapping[str, str | bytes | None]
) -> SignatureCheck:
    """Check one signature that stands at a place of the header: for signatures that are made like DKIM's, as ARC's are."""
    return _check(_Case(fields, at, signature), keys, None)


def _signatures(fields: Fields) -> list[tuple[int, SignatureField]]:
    return [(at, _read(fields.line(at, False))) for at in fields.positions.get(b"dkim-signature", ())]


# Whoever asks which keys a message wants asks next whether its signatures hold.
_read: Final = lru_cache(maxsize=16)(read_signature)


class _Case:
    """One signature on its way to an answer."""

    __slots__ = ("at", "body_hash_ok", "body_unsigned", "fields", "repeated", "signature", "testing")

    def __init__(self, fields: Fields, at: int, signature: SignatureField) -> None:
        self.fields, self.at, self.signature = fields, at, signature
        self.repeated: tuple[bytes, ...] = ()
        self.body_hash_ok: bool | None = None
        self.body_unsigned = 0
        self.testing = False

    def answer(self, result: Result, reason: str | None) -> SignatureCheck:
        signature = self.signature
        return SignatureCheck(
            result=result,
            reason=reason,
            domain=signature.domain,
            selector=signature.selector,
            identity=signature.identity,
            algorithm=signature.algorithm,
            signed_headers=tuple([name.decode("ascii", "replace") for name in signature.names if name]),
            repeated_unsigned=tuple([name.decode("ascii", "replace") for name in self.repeated]),
            body_hash_ok=self.body_hash_ok,
            body_unsigned=self.body_unsigned,
            testing=self.testing,
            signed_at=_moment(signature.signed_at),
            expires_at=_moment(signature.expires_at),
        )


def _check(case: _Case, keys: Mapping[str, str | bytes | None], now: datetime | None) -> SignatureCheck:
    """Everything that can be said without the key, then the key."""
    signature = case.signature
    case.repeated = case.fields.repeated(signature.names, case.at)
    digest = None
    if signature.problem is None or signature.problem in _HASHED_ALL_THE_SAME:
        digest, case.body_unsigned = case.fields.body_hash(signature.relaxed_body, signature.body_length)
        case.body_hash_ok = digest == signature.body_hash
    if signature.problem is not None:
        return case.answer(_UNBELIEVED.get(signature.problem, Result.PERMERROR), signature.problem)
    if b"from" in case.repeated:
        return case.answer(Result.PERMERROR, "from-not-signed")
    if not case.body_hash_ok:
        return case.answer(Result.FAIL, "body-length" if digest is None else "body-hash")
    if now is not None and signature.expires_at is not None and signature.expires_at < now.timestamp():
        return case.answer(Result.FAIL, "expired")
    if signature.dns_name not in keys:
        return case.answer(Result.TEMPERROR, "key-unknown")
    record = keys[signature.dns_name]
    if record is None:
        return case.answer(Result.PERMERROR, "key-missing")
    key = read_key(record)
    if isinstance(key, str):
        return case.answer(_UNBELIEVED.get(key, Result.PERMERROR), key)
    return _check_with(case, key)


def _check_with(case: _Case, key: PublicKey) -> SignatureCheck:
    signature = case.signature
    case.testing = key.testing
    if not (signature.algorithm or "").startswith(key.kind):
        return case.answer(Result.PERMERROR, "key-algorithm")
    if key.exact_identity and not signature.exact_identity:
        return case.answer(Result.PERMERROR, "identity")
    own = signature.unsigned
    lines = case.fields.signed(signature.names, signature.relaxed_header, case.at)
    lines.append(relaxed_field(own) if signature.relaxed_header else own)
    signed = b"\r\n".join(lines)
    try:
        if isinstance(key.material, Ed25519PublicKey):
            key.material.verify(signature.signature, sha256(signed).digest())
        else:
            key.material.verify(signature.signature, signed, _PADDING, _SHA256)
    except InvalidSignature:
        return case.answer(Result.FAIL, "signature")
    return case.answer(Result.PASS, None)


# RFC 8301: what proves nothing is neither true nor false.
_UNBELIEVED: Final = {"algorithm-weak": Result.NEUTRAL, "key-too-short": Result.NEUTRAL}
# Faults that leave the body hash a fact worth knowing.
_HASHED_ALL_THE_SAME: Final = frozenset({"from-not-signed", "identity", "query-method"})


def _moment(seconds: int | None) -> datetime | None:
    """A time of a signature; the year 10000 and later is no time."""
    return None if seconds is None or seconds >= _YEAR_10000 else _EPOCH + timedelta(seconds=seconds)


_YEAR_10000: Final = 253_402_300_800


def as_signature(check: SignatureCheck) -> Signature | None:
    """The fact for an ``Origin``; None where no domain can be read.

    A signature that holds may have a reason all the same: ``body-partly-signed`` (l=) or ``key-testing`` (t=y).
    """
    if check.domain is None:
        return None
    standing = Standing.CLAIMED
    if check.result is Result.PASS:
        standing = Standing.VERIFIED
    elif check.result is Result.FAIL or (
        check.result is Result.PERMERROR and not (check.reason or "").startswith("key-")
    ):
        standing = Standing.FAILED  # a key that is gone proves nothing against old mail; all else is against it
    remark = "body-partly-signed" if check.body_unsigned else "key-testing" if check.testing else None
    return Signature(
        domain=check.domain,
        selector=check.selector,
        standing=standing,
        signed_headers=check.signed_headers,
        repeated_unsigned=check.repeated_unsigned,
        reason=check.reason or remark,
        signed_at=check.signed_at,
        expires_at=check.expires_at,
    )


def as_signatures(checks: Iterable[SignatureCheck]) -> tuple[Signature, ...]:
    """The facts for an ``Origin``, in order; signatures without a readable domain are left out."""
    return tuple(signature for check in checks if (signature := as_signature(check)) is not None)
