"""A token by which a program of ours or of a partner is known, and what it may do.

Trust:      the secret is shown once and never kept; what is kept is its SHA-256. It has 256 bits of chance, so that a slow hash
            would add nothing (OWASP, password storage: that is for what people choose).
Answers:    ``Scope``, ``ApiToken``; ``read_token(text)`` parts the id from the secret, None where the text is no token.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

_TOKEN: Final = re.compile(r"comity_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


class Scope(StrEnum):
    """One thing that a token allows."""

    COMPLAINTS_WRITE = "complaints:write"
    FEEDBACK_WRITE = "feedback:write"
    CASES_READ = "cases:read"
    CASES_AUDIT = "cases:audit"  # the same without what names or leads to a person
    CASES_ACT = "cases:act"
    SOURCES_READ = "sources:read"
    SOURCES_ACT = "sources:act"
    SHUNT_READ = "shunt:read"
    SHUNT_RETRY = "shunt:retry"
    OUTBOX_READ = "outbox:read"
    LEDGER_READ = "ledger:read"
    RECOURSE_READ = "recourse:read"
    CONSUMERS_READ = "consumers:read"
    CONSUMERS_WRITE = "consumers:write"
    NOTICES_READ = "notices:read"
    METRICS_READ = "metrics:read"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """One token, without its secret."""

    token_id: str
    name: str
    digest: bytes = field(repr=False)
    scopes: frozenset[Scope]
    per_minute: int
    created: datetime
    expires: datetime | None = None
    revoked: datetime | None = None
    last_used: str | None = None  # a day: more would be a record of somebody's habits

    def refusal(self, now: datetime) -> str | None:
        """Why it does not count now; None where it does."""
        if self.revoked is not None and self.revoked <= now:
            return "token-revoked"
        if self.expires is not None and self.expires <= now:
            return "token-expired"
        return None


def read_token(text: str) -> tuple[str, str] | None:
    """The id and the secret in a token.

    >>> read_token("comity_0123456789ab_" + "x" * 43)[0]
    '0123456789ab'
    >>> read_token("comity_0123456789ab")
    """
    found = _TOKEN.fullmatch(text)
    return None if found is None else (found[1], found[2])


def written_token(token_id: str, secret: str) -> str:
    """The token as it is handed over, once."""
    return f"comity_{token_id}_{secret}"
