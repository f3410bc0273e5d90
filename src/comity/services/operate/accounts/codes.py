"""Codes of a second factor.

Standards:  RFC 6238 with SHA-1, six digits and thirty seconds, as every program for codes has it; a clock may be one step off.
Answers:    ``step_of(secret, code, now)``: the step that a code belongs to, None where it is wrong.
"""

import hmac
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SECONDS: Final = 30
DIGITS: Final = 6
_DRIFT: Final = (0, -1, 1)


def step_of(secret: bytes, code: str, now: datetime) -> int | None:
    """The step that a code belongs to.

    >>> from datetime import UTC
    >>> step_of(b"12345678901234567890", "287082", datetime.fromtimestamp(59, UTC))
    1
    """
    wanted = "".join(code.split())
    if len(wanted) != DIGITS or not (wanted.isascii() and wanted.isdigit()):
        return None
    totp, here = TOTP(secret, DIGITS, SHA1(), SECONDS, enforce_key_length=False), int(now.timestamp()) // SECONDS  # noqa: S303 - as RFC 6238 has it
    found = [
        here + drift
        for drift in _DRIFT
        if hmac.compare_digest(totp.generate((here + drift) * SECONDS), wanted.encode())
    ]
    return found[0] if found else None
