"""What of a mail says that it wants to deceive: a link that shows one place and leads to another, a form for a password.

Trust:      the mail is a stranger's; what is found is a reason for a person to look, and never more.
Standards:  HTML's ``a href`` and ``input type=password``; organisational domains by the public suffix list.
Answers:    ``deceptions(message)`` gives ``Deception``, each with what is shown and where it leads; nothing is raised.
Limits:     newsletters lead through the counters of those who send for them: a link that shows a name of whose signature the
            mail speaks deceives nobody. The first ``MARKUP_LIMIT`` characters of each HTML part, ``MOST`` links. A link that
            says "here" shows no place.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from html import unescape
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

from comity.formats.domains import organisation_of
from comity.formats.markup import MARKUP_LIMIT, text_of
from comity.formats.mime import Part
from comity.formats.original import signing_domains
from comity.model.record import record

MOST: Final = 500
_LINK: Final = re.compile(
    r"<a\s[^<>]{0,1000}?\bhref\s{0,5}=\s{0,5}(?:\"([^\"<>]{1,2000})\"|'([^'<>]{1,2000})'|([^\s\"'<>]{1,2000}))[^<>]{0,1000}>"
    r"((?:(?!</a\b|<a\b).){0,1000})",
    re.IGNORECASE | re.DOTALL,
)
_PASSWORD: Final = re.compile(
    r"<input\s[^<>]{0,500}?\btype\s{0,5}=\s{0,5}[\"']?password\b|<input\s[^<>]{0,500}?\bname\s{0,5}=\s{0,5}[\"']?pass(?:word|wd)\b",
    re.IGNORECASE,
)
_ACTION: Final = re.compile(
    r"<form\s[^<>]{0,1000}?\baction\s{0,5}=\s{0,5}[\"']?(https?://[^\s\"'<>]{1,2000})", re.IGNORECASE
)
# The text of a link as a place: a name with dots that ends in letters, alone, with or without the scheme and a path.
_PLACE: Final = re.compile(r"(?:https?://)?((?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24})(?:[:/?#]\S{0,500})?", re.IGNORECASE)
_WEB: Final = ("http://", "https://")


class DeceptionKind(StrEnum):
    """How it deceives."""

    LINK = "link"  # it shows one place and leads to another
    PASSWORD = "password"  # noqa: S105 - the mail itself has a field for one


@record
class Deception:
    """One; hosts are in lower case, and ``leads`` is None where a form says no place."""

    kind: DeceptionKind
    shows: str | None
    leads: str | None

    @property
    def about(self) -> str:
        """In signs, for whoever is to look.

        >>> Deception(kind=DeceptionKind.PASSWORD, shows=None, leads="evil.example").about
        '[password] -> evil.example'
        """
        return f"{self.shows or '[password]'} -> {self.leads or '?'}"


def deceptions(message: Part) -> tuple[Deception, ...]:
    """All that is found in one message, each thing once.

    >>> from comity.formats.mime import scan
    >>> mail = b'From: a@x.example\\nContent-Type: text/html\\n\\n<a href="http://evil.example/1">https://www.bank.example/login</a>'
    >>> [(each.kind.value, each.shows, each.leads) for each in deceptions(scan(mail))]
    [('link', 'www.bank.example', 'evil.example')]
    """
    known = _known(message)
    found: dict[Deception, None] = {}
    for part in message.walk():
        if part.content_type == "text/html":
            markup = part.text()[:MARKUP_LIMIT]
            found |= dict.fromkeys((*_links(markup, known), *_forms(markup)))
    return tuple(found)


def _known(message: Part) -> frozenset[str]:
    """Organisations that say they signed it. Whoever only stands in From: may be the one whose name is misused."""
    found = map(organisation_of, signing_domains(message.headers))
    return frozenset(each for each in found if each is not None)


def _links(markup: str, known: frozenset[str]) -> Iterator[Deception]:
    for match in islice(_LINK.finditer(markup), MOST):
        if "." not in match[4]:
            continue  # words: most links
        shown = _PLACE.fullmatch(text_of(match[4]).strip())
        leads = _host(unescape(match[1] or match[2] or match[3]))
        if shown is None or leads is None:
            continue
        shows = organisation_of(shown[1])
        if shows is not None and shows not in known and shows != organisation_of(leads):
            yield Deception(kind=DeceptionKind.LINK, shows=shown[1].lower(), leads=leads)


def _forms(markup: str) -> Iterator[Deception]:
    if _PASSWORD.search(markup):
        action = _ACTION.search(markup)
        yield Deception(
            kind=DeceptionKind.PASSWORD, shows=None, leads=None if action is None else _host(unescape(action[1]))
        )


def _host(text: str) -> str | None:
    """Where a link leads; None where it is none of the web."""
    text = text.strip()
    if not text.lower().startswith(_WEB):
        return None
    try:
        host = urlsplit(text).hostname
    except ValueError:
        return None
    return host[:253].rstrip(".") or None if host else None
