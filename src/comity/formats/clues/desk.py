"""Whether a mail was sent to a desk that handles abuse.

Standards:  RFC 2142 (role mailboxes).
Answers:    ``is_addressed(headers)``; ``own_mailboxes(headers)``: who wrote and who was written to.
Limits:     the first 50 addresses of each field.
"""

import re
from typing import Final

from comity.formats.mime import Headers, addresses

_FIELDS: Final = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "resent-to")
_ROLE: Final = re.compile(
    r"(?:^|[-_.+=])(?:abuse\w*|postmaster|spam\w*|junk|security|noc|soc|cert|csirt|infosec|hostmaster|complain\w*|"
    r"report\w*|fbl|feedback|phish\w*|fraud|dmca|copyright|"
    r"jubao|tousu|ts|12321|admin|webmaster|legal|antispam|ipas|network|takedown)(?:$|[-_.+=])",
    re.IGNORECASE,
)
_FOR: Final = re.compile(r"\bfor\s{1,3}<?([^\s<>;@]{1,64})@")
_MANY: Final = 50


def is_addressed(headers: Headers) -> bool:
    """Tell whether one of the addresses names such a desk.

    >>> from comity.formats.mime import scan
    >>> is_addressed(scan(b"To: Abuse desk <abuse@west.example>\\n\\n").headers)
    True
    """
    for name in _FIELDS:
        for value in headers.all(name)[:5]:
            for mailbox in addresses(value[:10_000])[:_MANY]:
                if _ROLE.search(mailbox.address.partition("@")[0]):
                    return True
    return any(
        _ROLE.search(match.group(1)) for value in headers.all("received")[:10] if (match := _FOR.search(value[:2000]))
    )


def own_mailboxes(headers: Headers) -> frozenset[str]:
    """The mailboxes of the mail itself, lower case: in prose they say nothing about whom it complains of."""
    found: set[str] = set()
    for name in ("from", "reply-to", "sender", *_FIELDS):
        value = headers.first(name)
        if value:
            found.update(mailbox.address.lower() for mailbox in addresses(value[:10_000])[:_MANY])
    return frozenset(found)
