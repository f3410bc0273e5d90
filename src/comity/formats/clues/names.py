"""Links, domains, mailboxes and Message-IDs in free text.

Trust:      text is a stranger's; a link is text and is never fetched.
Answers:    ``find(text)``: every name with its place, the longest reading first (a mailbox in a link is part of the link).
Limits:     200 of each kind; a bare domain counts only behind a word that announces one: prose is full of "e.g".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

MOST: Final = 200
_URL: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:(?:https?|ftps?)://|www\.(?=[0-9A-Za-z-]{1,63}\.))[^\s<>\"'`|"
    r"\\^{}（）“”‘’\u3000-\u9fff\uff00-\uffef\x00-\x1f]{1,2000}",
    re.IGNORECASE,
)
_SENTENCE: Final = ".,;:!?)]}>*_"
_HOST: Final = re.compile(r"(?:[a-z]+://)?(?:[^/@\s]*@)?(\[[0-9a-f:.]+\]|[^/:?#\s]+)", re.IGNORECASE)
_NAME: Final = r"(?:[0-9A-Za-z](?:[0-9A-Za-z_-]{0,61}[0-9A-Za-z])?\.){1,8}[A-Za-z][0-9A-Za-z-]{0,22}[A-Za-z]"
_MAILBOX: Final = re.compile(rf"(?<![0-9A-Za-z._%+@/-])[0-9A-Za-z._%+=-]{{1,64}}@{_NAME}(?![0-9A-Za-z_-])")
_MESSAGE_ID: Final = re.compile(
    r"(?:message-?id|邮件标识|"
    r"信件编号)\s?[:：=]?\s{0,3}<?([^\s<>@\"]{1,200}@[^\s<>@\"]{1,200})>?",
    re.IGNORECASE,
)
_DOMAIN: Final = re.compile(
    r"(?:\bdomains?(?: names?)?|\bweb ?sites?|\bsites?|\bhost ?names?|域名|网站|網站|站点)(?:\s?(?:of|is|at|"
    r"called|named|为|是|地址))?"
    rf"[\s:：=\"'(（\[]{{1,3}}({_NAME})(?![0-9A-Za-z_@-])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One name: what it is (``url``, ``domain``, ``mailbox``, ``message-id``), its place and how far to believe it matters."""

    offset: int
    what: str
    value: str
    confidence: float


def find(text: str) -> list[Name]:
    """Find the names in levelled text, first to last.

    >>> [(each.what, each.value) for each in find("http://bad.example/x, mail spam@bad.example. Message-ID: <1@bad.example>")]
    [('url', 'http://bad.example/x'), ('mailbox', 'spam@bad.example'), ('message-id', '1@bad.example')]
    """
    taken: list[Name] = []
    free_from = 0
    found = [
        *islice(_urls(text), MOST),
        *islice(_ids(text), MOST),
        *islice(_mailboxes(text), MOST),
        *islice(_domains(text), MOST),
    ]
    for name in sorted(found, key=lambda each: (each.offset, -len(each.value))):
        if name.offset >= free_from:
            taken.append(name)
            free_from = name.offset + len(name.value)
    return taken


def host_of(url: str) -> str | None:
    """Give the host of a link in lower case, None where there is none.

    >>> host_of("http://user@Bad.example:8080/x"), host_of("www.bad.example")
    ('bad.example', 'www.bad.example')
    """
    match = _HOST.match(url)
    return match.group(1).lower().rstrip(".") or None if match else None


def _urls(text: str) -> Iterator[Name]:
    for match in _URL.finditer(text):
        url = _trimmed(match.group())
        if len(url) > 10 or "." in url:
            yield Name(offset=match.start(), what="url", value=url, confidence=0.5)


def _trimmed(url: str) -> str:
    """Punctuation at the end belongs to the sentence; a closing bracket only where the link opened none."""
    while url and url[-1] in _SENTENCE and not (url[-1] == ")" and url.count("(") >= url.count(")")):
        url = url[:-1]
    return url


def _ids(text: str) -> Iterator[Name]:
    for match in _MESSAGE_ID.finditer(text):
        yield Name(offset=match.start(1), what="message-id", value=match.group(1), confidence=0.8)


def _mailboxes(text: str) -> Iterator[Name]:
    if "@" in text:
        for match in _MAILBOX.finditer(text):
            yield Name(offset=match.start(), what="mailbox", value=match.group(), confidence=0.4)


def _domains(text: str) -> Iterator[Name]:
    for match in _DOMAIN.finditer(text):
        yield Name(offset=match.start(1), what="domain", value=match.group(1).lower(), confidence=0.6)
