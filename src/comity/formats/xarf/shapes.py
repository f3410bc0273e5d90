"""The forms that a text in an XARF document may have to take: address, date, mailbox, URI ...

Trust:      input is a stranger's text; every test is linear in its length and raises nothing.
Standards:  RFC 3339 (dates), RFC 5321 section 4.1.2 (mailboxes, loosely), RFC 1123 (host names), RFC 3986 (URIs, loosely),
            RFC 9562 (UUID), RFC 4648 (base64); CVE and CVSS as their own documents write them.
Answers:    each test says whether the text has the form; ``moment`` gives the date it stands for.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from comity.formats import ip

_DATE_TIME: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(\.\d{1,12})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_EMAIL: Final = re.compile(r"[^\s@<>\"(),:;\\\[\]]{1,64}@[^\s@<>\"(),;\\]{1,253}")
_LABEL: Final = re.compile(r"(?!-)[0-9A-Za-z_-]{1,63}(?<!-)", re.ASCII)
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:[^\s<>\"\x00-\x20]+")
_CVSS2: Final = re.compile(r"\(?AV:[LAN]/AC:[HML]/Au:[MSN]/C:[NPC]/I:[NPC]/A:[NPC][A-Za-z:/]{0,80}\)?")
_CVSS3: Final = re.compile(
    r"CVSS:3\.[01]/AV:[NALP]/AC:[LH]/PR:[NLH]/UI:[NR]/S:[UC]/C:[NLH]/I:[NLH]/A:[NLH][A-Z:/]{0,120}"
)
URI_LIMIT: Final = 8_192

Test = Callable[[str], bool]


def pattern(expression: str) -> Test:
    """The test for one regular expression, which has to match the whole text."""
    matches = re.compile(expression, re.ASCII).fullmatch
    return lambda text: len(text) <= URI_LIMIT and matches(text) is not None


def address(text: str) -> bool:
    """Whether the text is a bare IPv4 or IPv6 address.

    >>> address("2001:db8::1"), address("[192.0.2.1]"), address("198")
    (True, False, False)
    """
    return not text.startswith(("[", "I", "i", " ")) and "%" not in text and ip.canonical(text) is not None


def moment(text: str) -> datetime | None:
    """The date and time of RFC 3339, in UTC; None where there is none or its zone is missing.

    >>> moment("2026-03-01T08:00:00+08:00").isoformat(), moment("2026-03-01T08:00:00")
    ('2026-03-01T00:00:00+00:00', None)
    """
    match = _DATE_TIME.fullmatch(text) if len(text) <= 40 else None
    if match is None:
        return None
    date, time, fraction, zone = match.groups()
    if time.endswith(":60"):  # a leap second is still that minute
        time = time[:-2] + "59"
    try:
        found = datetime.fromisoformat(f"{date}T{time}{(fraction or '')[:7]}{zone.upper()}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.year >= 1970 else None


def date_time(text: str) -> bool:
    """Whether the text is a date and time of RFC 3339."""
    return moment(text) is not None


def date(text: str) -> bool:
    """Whether the text is a day of the calendar."""
    return len(text) == 10 and moment(f"{text}T00:00:00Z") is not None


def email(text: str) -> bool:
    """Whether the text can be a mailbox address.

    >>> email("abuse@west.example"), email("<>"), email("west.example")
    (True, False, False)
    """
    return len(text) <= 320 and _EMAIL.fullmatch(text) is not None


def not_email(text: str) -> bool:
    """Whether the text is anything but a mailbox address."""
    return not email(text)


def hostname(text: str) -> bool:
    """Whether the text is a host name in A-labels.

    >>> hostname("mail.west.example"), hostname("this is none"), hostname("a..b")
    (True, False, False)
    """
    if not 0 < len(text) <= 253:
        return False
    return all(_LABEL.fullmatch(label) for label in text.removesuffix(".").split("."))


def domain(text: str) -> bool:
    """Whether the text is a host name of two labels or more.

    >>> domain("west.example"), domain("localhost"), domain("192.0.2.1")
    (True, False, False)
    """
    return hostname(text) and "." in text.removesuffix(".") and not text.rstrip(".").rsplit(".", 1)[-1].isdigit()


def lower_domain(text: str) -> bool:
    """Whether the text is a domain of two labels or more, in lower case."""
    return text == text.lower() and domain(text)


def uri(text: str) -> bool:
    """Whether the text is an absolute URI: a scheme, a colon, and no blank.

    >>> uri("http://bad.example/x"), uri("no"), uri("http://bad example/")
    (True, False, False)
    """
    return len(text) <= URI_LIMIT and _URI.fullmatch(text) is not None


uuid: Final = pattern(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
evidence_hash: Final = pattern(r"(md5|sha1|sha256|sha512):[a-fA-F0-9]+")
file_hash: Final = pattern(r"(md5|sha1|sha256):[a-fA-F0-9]+")
language: Final = pattern(r"[a-z]{2}(-[A-Z]{2})?")
country: Final = pattern(r"[A-Z]{2}")
currency: Final = pattern(r"[A-Z]{3}")
tag: Final = pattern(r"[a-z0-9][a-z0-9_+-]*:[a-z0-9][a-z0-9_+-]*")
cve: Final = pattern(r"CVE-[0-9]{4}-[0-9]+")
cve_of_four_digits: Final = pattern(r"CVE-[0-9]{4}-[0-9]{4,}")
magnet: Final = pattern(r"magnet:\?xt=urn:.*")


def cvss(text: str) -> bool:
    """Whether the text is a CVSS vector of version 2, 3.0 or 3.1."""
    return len(text) <= 220 and (_CVSS3.fullmatch(text) is not None or _CVSS2.fullmatch(text) is not None)


def base64(text: str) -> bool:
    """Whether the text can be base64: only its signs and blanks."""
    return text.isascii() and not text.encode("ascii").translate(None, _BASE64)


_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \r\n\t"
