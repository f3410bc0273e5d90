"""Whether an ID token holds: who signed it, for whom, about which sign-in, and when.

Trust:      the token is a stranger's until its signature fits a key that its issuer publishes. Which algorithm counts is ours to
            say, never the token's: no ``none``, nothing symmetric, so that a public key is never taken for a secret.
Standards:  OpenID Connect Core 1.0 section 3.1.3.7; RFC 7515, RFC 7517, RFC 7519, RFC 8725 (best current practice).
Answers:    ``checked(token, keys, wanted)`` gives its claims, or ``Unfit`` with what does not hold; raises nothing.
Limits:     64 KiB; RSA keys of 2,048 bits and more; clocks may differ by a minute.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

MOST: Final = 64 << 10
DRIFT: Final = 60
_LATEST: Final = 1 << 33  # in the year 2242
_RSA_BITS: Final = 2048
# Each algorithm with the sort of key, and the curve, that it is for.
ALGORITHMS: Final[Mapping[str, tuple[str, str | None]]] = {
    "RS256": ("RSA", None),
    "PS256": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "EdDSA": ("OKP", "Ed25519"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a token must say."""

    issuer: str
    audience: str
    nonce: str = field(repr=False)
    now: datetime


@dataclass(frozen=True, slots=True)
class Unfit:
    """What does not hold: ``form``, ``algorithm``, ``key``, ``signature``, ``issuer``, ``audience``, ``nonce``, ``time`` ..."""

    reason: str


def checked(token: str, keys: Sequence[Mapping[str, Any]], wanted: Wanted) -> Mapping[str, Any] | Unfit:
    """Its claims, if it holds."""
    head = _head(token)
    if head is None:
        return Unfit("form")
    algorithm = head.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS or "crit" in head:
        return Unfit("algorithm")
    fitting = [each for each in keys if _fits(each, head, algorithm)]
    if not fitting:
        return Unfit("key")
    for each in fitting:
        said = _signed(token, each, algorithm)
        if said is not None:
            return _holds(said, wanted)
    return Unfit("signature")


def _head(token: str) -> Mapping[str, Any] | None:
    parts = token.split(".") if len(token) <= MOST and token.isascii() else []
    if len(parts) != 3:
        return None
    try:
        found = json.loads(urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _fits(key: Mapping[str, Any], head: Mapping[str, Any], algorithm: str) -> bool:
    sort, curve = ALGORITHMS[algorithm]
    return (
        key.get("kty") == sort
        and (curve is None or key.get("crv") == curve)
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and ("kid" not in head or key.get("kid") == head["kid"])
    )


def _signed(token: str, key: Mapping[str, Any], algorithm: str) -> Mapping[str, Any] | None:
    """What it says, if this key signed it."""
    from joserfc import jws  # noqa: PLC0415 - the extra "oidc"
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import ECKey, OKPKey, RSAKey  # noqa: PLC0415

    kinds: Mapping[str, Any] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    public = {name: each for name, each in key.items() if name in ("kty", "n", "e", "crv", "x", "y")}
    try:
        taken = kinds[str(key["kty"])].import_key(public)
        if taken.key_type == "RSA" and taken.public_key.key_size < _RSA_BITS:
            return None
        found = json.loads(jws.deserialize_compact(token, taken, algorithms=[algorithm]).payload)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return found if isinstance(found, dict) else {}


def _holds(said: Mapping[str, Any], wanted: Wanted) -> Mapping[str, Any] | Unfit:
    if said.get("iss") != wanted.issuer:
        return Unfit("issuer")
    audience = said.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if wanted.audience not in audiences or (len(audiences) > 1 and said.get("azp") is None):
        return Unfit("audience")
    if said.get("azp", wanted.audience) != wanted.audience:
        return Unfit("audience")
    if said.get("nonce") != wanted.nonce:
        return Unfit("nonce")
    now = wanted.now.timestamp()
    ends, made, begins = (_second(said.get(name)) for name in ("exp", "iat", "nbf"))
    if ends is None or made is None or (begins is None and said.get("nbf") is not None):
        return Unfit("time")
    if now > ends + DRIFT or made > now + DRIFT or (begins or 0) > now + DRIFT:
        return Unfit("time")
    subject = said.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255 or not subject.isprintable():
        return Unfit("subject")
    return said


def _second(value: object) -> float | None:
    """A second of a calendar; JSON as Python reads it has numbers that are none (NaN), and some without an end."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < _LATEST:
        return None
    return float(value)
