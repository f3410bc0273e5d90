"""What may be shown at T1: evidence about a campaign, the same bytes for each of its recipients.

Trust:      input is a stranger's message, written perhaps by somebody who wants to learn who complained.
Standards:  RFC 5322 section 3.6, RFC 6376 section 3.5 (d=), RFC 2919 (List-Id), RFC 5965 (what a report says anyway).
Answers:    ``header(message, hidden)`` gives the bytes, ``link_domains(message, hidden)`` the domains that it links to.
Limits:     only a closed list of fields, each cut down to a domain that costs money or to one word of a fixed list:

    Return-Path, From, Reply-To   organisational domain; the local-part is the word "redacted"
    DKIM-Signature                d= cut to the organisational domain; no selector, no hashes
    List-Id                       organisational domain
    Content-Type                  one of nine media types, no parameters

Whoever spends a registered domain, a network address or a second of time per recipient can still mark mails: the report's own
fields (source address, arrival date) are the caller's to coarsen. See docs/decisions/0011-redaction-tiers.md.
"""

import re
from collections.abc import Collection, Iterable
from html import unescape
from typing import Final
from urllib.parse import unquote

from comity.feedback.redaction.content import own_texts
from comity.feedback.redaction.tokens import ascii_domain
from comity.formats.mime import Part, domain_of, first_address

LINK_LIMIT: Final = 20
_TEXT_LIMIT: Final = 400_000
_DOMAIN_LIMIT: Final = 253
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?")
# Names under which registries sell: "west.co.uk" is one organisation, "co.uk" is none. A suffix that is not here makes the
# answer coarser ("tokyo.jp"), never finer: that is the safe side, and a list of hosters' customers would be the other.
_SECOND_LEVELS: Final = "ac ad asn co com ed edu gob go gouv gov gv idv id ind info mil ne net nom or org plc sch web"
_SOLD_UNDER: Final = frozenset(_SECOND_LEVELS.split())
_SIGNING_DOMAIN: Final = re.compile(r"(?:^|[;\s])d\s{0,4}=\s{0,4}([A-Za-z0-9._-]{1,253})")
_LIST_ID: Final = re.compile(r"<([^<>@\s]{1,253})>")
_URL: Final = re.compile(r"https?://([^\s\"'<>()\\/?#]{1,400})", re.IGNORECASE)
_TYPES: Final = frozenset(
    {"text/plain", "text/html", "multipart/mixed", "multipart/alternative", "multipart/related", "multipart/report",
     "multipart/signed", "message/rfc822", "application/pdf"}
)  # fmt: skip


def organisation(host: str) -> str | None:
    """The domain that somebody had to register; None for an address, a single label, and what is no host name.

    >>> [organisation(host) for host in ("u1.News.East.Example.", "a.b.west.co.uk", "192.0.2.1", "localhost")]
    ['east.example', 'west.co.uk', None, None]
    """
    labels = ascii_domain(host[:_DOMAIN_LIMIT]).split(".")
    if len(labels) < 2 or labels[-1].isdigit() or not all(map(_LABEL.fullmatch, labels)):
        return None
    kept = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SOLD_UNDER else 2
    return ".".join(labels[-kept:])


def header(message: Part, recipients: Collection[str], hidden: Collection[str]) -> bytes:
    """The field lines that T1 shows; ``recipients`` are canonical addresses, ``hidden`` domains that are never named."""
    fields = message.headers
    shown: list[str] = []
    for name, title in (("return-path", "Return-Path"), ("from", "From"), ("reply-to", "Reply-To")):
        value = fields.first(name)
        address = first_address(value[:8192]) if value else None
        # Spam often claims to come from the one it goes to: that says who received it, not who sent it.
        domain = _shown(domain_of(address), hidden) if address and address.lower() not in recipients else None
        if domain:
            shown.append(f"{title}: <redacted@{domain}>")
    signed = (
        match.group(1)
        for value in fields.all("dkim-signature")[:10]
        for match in _SIGNING_DOMAIN.finditer(value[:8192])
    )
    shown += [f"DKIM-Signature: d={domain}" for domain in _sorted(signed, hidden)]
    listed = (match.group(1) for value in fields.all("list-id")[:1] for match in _LIST_ID.finditer(value[:8192]))
    shown += [f"List-Id: <{domain}>" for domain in _sorted(listed, hidden)[:1]]
    if "content-type" in fields and message.content_type in _TYPES:
        shown.append(f"Content-Type: {message.content_type}")
    return "".join(f"{line}\r\n" for line in shown).encode("ascii")


def link_domains(message: Part, hidden: Collection[str]) -> tuple[str, ...]:
    """The organisational domains of the web addresses in the text parts, sorted, at most 20."""
    hosts: dict[str, None] = {}
    left = _TEXT_LIMIT
    for part in own_texts(message):
        if left <= 0:
            break
        text = part.text()[:left]
        left -= len(text)
        if part.content_type == "text/html" and "&#" in text:
            text = unescape(text)
        hosts |= dict.fromkeys(map(_host, _URL.findall(text)))
    return tuple(_sorted(hosts, hidden)[:LINK_LIMIT])


def _host(authority: str) -> str:
    """Drop what may stand before and behind the host: "ann%40west.example@evil.example:8080"."""
    authority = unquote(authority) if "%" in authority else authority
    return authority.rpartition("@")[2].partition(":")[0]


def _sorted(hosts: Iterable[str], hidden: Collection[str]) -> list[str]:
    return sorted({domain for host in hosts if (domain := _shown(host, hidden))})


def _shown(host: str | None, hidden: Collection[str]) -> str | None:
    domain = organisation(host) if host else None
    return domain if domain not in hidden else None
