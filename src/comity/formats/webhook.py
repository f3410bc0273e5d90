"""What another program is told by a webhook: body, signature, and how the other side checks it.

Trust:      a body holds words of strangers (labels); it is JSON, and carries no complainer and no evidence (promise P7).
Standards:  Standard Webhooks 1.0.0: the id, the time and the body are signed together, HMAC-SHA256 (``v1``) or Ed25519 (``v1a``).
            RFC 8259.
Answers:    ``body_of(facts, form)`` gives bytes; ``signed(...)`` the header fields; ``is_genuine(...)`` checks them.
Limits:     a time more than five minutes away is refused. The id is the same at every try: whoever takes it notes it, and counts
            once.
"""

import hmac
import json
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

TOLERANCE: Final = timedelta(minutes=5)
ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"
SigningKey = bytes | Ed25519PrivateKey
VerifyingKey = bytes | Ed25519PublicKey
FORM_LIMIT: Final = 64 << 10
_DEEPEST: Final = 20


def body_of(facts: Mapping[str, Any], form: object = None) -> bytes:
    """The body: our own form, or ``form`` with ``{name}`` in its texts filled; a text that is one hole keeps the type.

    >>> body_of({"case": "4f2a", "reports": 3}, {"Subject": "Case {case}", "n": "{reports}"})
    b'{"Subject": "Case 4f2a", "n": 3}'
    """
    return json.dumps(dict(facts) if form is None else _filled(form, facts, 0), ensure_ascii=True).encode("ascii")


def _filled(form: object, facts: Mapping[str, Any], depth: int) -> object:
    if isinstance(form, str):
        name = form[1:-1]
        if form == "{" + name + "}" and name in facts:
            return facts[name]
        for name, value in facts.items():  # no format specifications: a form is data
            form = form.replace("{" + name + "}", "" if value is None else str(value))
        return form
    if depth < _DEEPEST and isinstance(form, dict):
        return {key: _filled(value, facts, depth + 1) for key, value in form.items()}
    if depth < _DEEPEST and isinstance(form, list):
        return [_filled(value, facts, depth + 1) for value in form]
    return form


def signed(webhook_id: str, body: bytes, key: SigningKey, *, now: datetime) -> dict[str, str]:
    """The header fields that prove who sent it, and when."""
    stamp = str(int(now.timestamp()))
    content = f"{webhook_id}.{stamp}.".encode("ascii") + body
    if isinstance(key, bytes):
        signature = "v1," + b64encode(hmac.new(key, content, sha256).digest()).decode("ascii")
    else:
        signature = "v1a," + b64encode(key.sign(content)).decode("ascii")
    return {ID: webhook_id, TIMESTAMP: stamp, SIGNATURE: signature}


def is_genuine(fields: Mapping[str, str], body: bytes, key: VerifyingKey, *, now: datetime) -> bool:
    """Whether somebody who has the key sent this body just now.

    >>> at = datetime(2026, 3, 1, tzinfo=UTC)
    >>> fields = signed("m1", b"{}", b"secret", now=at)
    >>> is_genuine(fields, b"{}", b"secret", now=at), is_genuine(fields, b"{ }", b"secret", now=at)
    (True, False)
    """
    stamp, webhook_id = fields.get(TIMESTAMP, ""), fields.get(ID, "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12) or not webhook_id.isascii():
        return False
    if abs(now - datetime.fromtimestamp(int(stamp), UTC)) > TOLERANCE:
        return False
    content = f"{webhook_id}.{stamp}.".encode("ascii") + body
    return any(_fits(each, content, key) for each in fields.get(SIGNATURE, "").split())


def _fits(signature: str, content: bytes, key: VerifyingKey) -> bool:
    sort, _, coded = signature.partition(",")
    try:
        given = b64decode(coded, validate=True)
        if isinstance(key, bytes):
            return sort == "v1" and hmac.compare_digest(given, hmac.new(key, content, sha256).digest())
        key.verify(given, content)
    except (Error, ValueError, InvalidSignature):
        return False
    return sort == "v1a"
