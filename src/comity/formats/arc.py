"""Whether the chain of hosts that passed a message on is whole: ARC.

Trust:      message and keys are strangers' bytes; nothing is raised. ``pass`` means: each of the sealing domains saw the results
            of those before it, and the newest of them signed the message as it is now. Whether a sealer is to be believed is
            for the caller to say: anybody can seal.
Standards:  RFC 8617 section 4 (fields), 5.2 (validation; all failures are permanent, 5.2.1), RFC 8301, RFC 8463.
Answers:    ``keys_wanted``; ``verify`` gives ``ArcCheck``; every ``fail`` has a reason.
Limits:     ``CHAIN_LIMIT`` sets, as the RFC says. Of the message signatures only the newest is verified.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from comity.formats.authres import AuthenticationResults, parse
from comity.formats.dkim import Fields, KeyWanted, Result, fields_of
from comity.formats.dkim.canonical import relaxed_field
from comity.formats.dkim.checking import check_one
from comity.formats.dkim.keys import read_key
from comity.formats.dkim.signature import SignatureField, read_signature
from comity.formats.dkim.taglist import base64, emptied
from comity.formats.dkim.taglist import parse as parse_tags
from comity.formats.header_text import domain as domain_name
from comity.formats.mime import Part

CHAIN_LIMIT: Final = 50
_NAMES: Final = (b"arc-authentication-results", b"arc-message-signature", b"arc-seal")
_ALGORITHMS: Final = {"rsa-sha256": "rsa", "ed25519-sha256": "ed25519"}
_PADDING: Final = PKCS1v15()
_SHA256: Final = SHA256()


class ArcResult(StrEnum):
    """In the words of RFC 8617 section 4.4."""

    NONE = "none"
    PASS = "pass"  # noqa: S105 - the word of the RFC
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArcCheck:
    """What the chain says and whether it holds. ``sealers`` are domains, the first one to seal first."""

    result: ArcResult
    reason: str | None = None
    sealers: tuple[str, ...] = ()
    first: AuthenticationResults | None = None  # what the first sealer found, before anybody changed the message


class _Seal(NamedTuple):
    """One ARC-Seal; ``problem`` names why it cannot be checked."""

    problem: str | None
    validation: bytes = b""
    domain: str | None = None
    selector: str | None = None
    algorithm: str = ""
    signature: bytes = b""

    @property
    def dns_name(self) -> str:
        """Where the key stands."""
        return f"{self.selector}._domainkey.{self.domain}"


class _Set(NamedTuple):
    """One ARC set: where its three fields stand in the header, and the two that are signed."""

    places: tuple[int, int, int]
    seal: _Seal
    message_signature: SignatureField


def keys_wanted(message: bytes | Part | Fields) -> tuple[KeyWanted, ...]:
    """The key records that ``verify`` will ask for, each once."""
    sets = _sets(fields_of(message))
    if isinstance(sets, str):
        return ()
    wanted: dict[str, KeyWanted] = {}
    signed: list[_Seal | SignatureField] = [sets[-1].message_signature, *(one.seal for one in sets)]
    for each in signed:
        if each.problem is None and each.domain and each.selector:
            wanted[each.dns_name] = KeyWanted(selector=each.selector, domain=each.domain, dns_name=each.dns_name)
    return tuple(wanted.values())


def verify(message: bytes | Part | Fields, keys: Mapping[str, str | bytes | None]) -> ArcCheck:
    """Validate the chain; ``keys`` as for ``dkim.verify``.

    >>> verify(b"Subject: nobody passed it on\\r\\n\\r\\n", {}).result.value
    'none'
    """
    fields = fields_of(message)
    sets = _sets(fields)
    if isinstance(sets, str):
        return ArcCheck(result=ArcResult.FAIL if sets else ArcResult.NONE, reason=sets or None)
    sealers = tuple(each.seal.domain or "" for each in sets)
    value = fields.line(sets[0].places[0], False).partition(b":")[2]
    first = parse(" ".join(value.decode("utf-8", "replace").split()))
    reason = _wrong(fields, sets, keys)
    result = ArcResult.PASS if reason is None else ArcResult.FAIL
    return ArcCheck(result=result, reason=reason, sealers=sealers, first=first)


def _wrong(fields: Fields, sets: Sequence[_Set], keys: Mapping[str, str | bytes | None]) -> str | None:
    """The first thing that is wrong with a chain whose form is right, from the newest set back to the first."""
    newest = sets[-1]
    signature = newest.message_signature
    if b"arc-seal" in signature.names:
        return "signature-covers-seals"
    checked = check_one(fields, newest.places[1], signature, keys=keys)
    if checked.result is not Result.PASS:
        return f"message-{checked.reason}"
    for count in range(len(sets), 0, -1):
        reason = _unsealed(fields, sets[:count], keys)
        if reason is not None:
            return f"seal-{reason}"
    return None


def _unsealed(fields: Fields, sets: Sequence[_Set], keys: Mapping[str, str | bytes | None]) -> str | None:
    """Why the last of these seals does not hold; None where it does (section 5.1.1)."""
    seal = sets[-1].seal
    if seal.problem is not None:
        return seal.problem
    record = keys.get(seal.dns_name)
    if record is None:
        return "key-missing" if seal.dns_name in keys else "key-unknown"
    key = read_key(record)
    if isinstance(key, str):
        return key
    if _ALGORITHMS[seal.algorithm] != key.kind:
        return "key-algorithm"
    own = fields.line(sets[-1].places[2], False)
    name, _, value = own.partition(b":")
    lines = [fields.line(at, True) for each in sets for at in each.places][:-1]
    lines.append(relaxed_field(name + b":" + emptied(value, b"b")))
    signed = b"\r\n".join(lines)
    try:
        if isinstance(key.material, Ed25519PublicKey):
            key.material.verify(seal.signature, sha256(signed).digest())
        else:
            key.material.verify(seal.signature, signed, _PADDING, _SHA256)
    except InvalidSignature:
        return "signature"
    return None


def _sets(fields: Fields) -> list[_Set] | str:
    """The sets, the first one first; "" where there are none, else why they are no chain."""
    found: list[dict[int, int]] = []
    for name in _NAMES:
        places: dict[int, int] = {}
        at = fields.positions.get(name, ())
        if len(at) > CHAIN_LIMIT:
            return "chain-too-long"
        for each in at:
            instance = _instance(fields.line(each, False).partition(b":")[2])
            if instance is None or instance in places:
                return "instance"
            places[instance] = each
        found.append(places)
    count = max(map(len, found))
    if count == 0:
        return ""
    wanted = set(range(1, count + 1))
    if any(set(places) != wanted for places in found):
        return "set-incomplete"
    sets = [_set(fields, [places[number] for places in found]) for number in sorted(wanted)]
    return _misvalidated(sets) or sets


def _misvalidated(sets: Sequence[_Set]) -> str | None:
    """Whether those who sealed found the chain before them as it has to be (section 5.2, steps 2 and 3)."""
    if sets[-1].seal.validation == b"fail":
        return "failed-before"
    if sets[0].seal.validation != b"none" or any(later.seal.validation != b"pass" for _, later in pairwise(sets)):
        return "validation-status"
    return None


def _set(fields: Fields, places: Sequence[int]) -> _Set:
    results, signature, seal = places
    return _Set(
        (results, signature, seal),
        _seal(fields.line(seal, False).partition(b":")[2]),
        read_signature(fields.line(signature, False), is_chained=True),
    )


def _instance(value: bytes) -> int | None:
    """The i= of a field: in two of the three it is a tag among others, in the results it stands first."""
    for each in value[:65536].split(b";"):
        name, _, number = each.partition(b"=")
        if name.strip().lower() == b"i":
            number = number.strip()
            return int(number) if number.isdigit() and len(number) <= 2 and int(number) <= CHAIN_LIMIT else None
    return None


def _seal(value: bytes) -> _Seal:
    tags = parse_tags(value)
    if tags is None:
        return _Seal("syntax")
    validation = tags.get(b"cv", b"").lower()
    domain = domain_name(tags.get(b"d", b"").decode("utf-8", "replace"))
    selector = domain_name(tags.get(b"s", b"").decode("utf-8", "replace"))
    algorithm = tags.get(b"a", b"").decode("ascii", "replace").lower()
    signature = base64(tags.get(b"b", b""))
    problem = None
    if b"h" in tags or domain is None or "." not in domain or selector is None or not signature:
        problem = "syntax"
    elif algorithm not in _ALGORITHMS:
        problem = "algorithm-weak" if algorithm == "rsa-sha1" else "algorithm"
    return _Seal(problem, validation, domain, selector, algorithm, signature or b"")
