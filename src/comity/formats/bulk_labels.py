"""What a mail says of itself as bulk: its label as advertising, and how one leaves its list.

Trust:      all of it is the originator's word. Nothing is fetched, no address is written to: the way out is shown.
Standards:  RFC 2369 (List-Unsubscribe), RFC 8058 (one click: https, the POST field, both fields signed by DKIM). For China: the
            rules for Internet mail services (MII Order 38, 2006) article 13: the Subject of advertising begins with 广告 or AD. For
            the US: 16 CFR 316.4, such mail begins with SEXUALLY-EXPLICIT. A label is a fact of the law that asks for it,
            no verdict.
Answers:    ``labels_of(headers, signatures)`` gives ``BulkLabels``.
Limits:     the first 20 addresses of a List-Unsubscribe.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from comity.formats.mime import Headers, decode_words
from comity.model.origin import Signature

_ADDRESSES: Final = 20
_BRACKETED: Final = re.compile(r"<([^<>]{1,2000})>")
# 广告 in simple and traditional letters, AD alone as a word, each with or without brackets around it.
_CHINA: Final = re.compile(r"[\s\[【(（<《〈「“\"]*(?:[广廣]\s?告|AD(?![A-Za-z0-9]))", re.IGNORECASE)
_US: Final = re.compile(r"\s*SEXUALLY-EXPLICIT\s*:")
_CLICK: Final = "list-unsubscribe=one-click"


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkLabels:
    """The facts. ``advertising`` names the jurisdictions whose label stands in the Subject: "cn", "us"."""

    advertising: tuple[str, ...] = ()
    is_list: bool = False
    unsubscribe: tuple[str, ...] = ()  # https and mailto addresses, as written
    one_click: bool = False  # RFC 8058 as a whole: who asks for it may be believed
    one_click_lacks: str | None = None  # what is missing of it, where it is announced


def labels_of(headers: Headers, signatures: Iterable[Signature] = ()) -> BulkLabels:
    """Read what stands in the header.

    >>> from comity.formats.mime import scan
    >>> labels_of(scan("Subject: [AD] 特价\\n\\n".encode()).headers).advertising
    ('cn',)
    """
    subject = decode_words(headers.first("subject") or "")[:200]
    found = _BRACKETED.findall(" ".join((headers.first("list-unsubscribe") or "").split()))[:_ADDRESSES]
    ways = tuple(each.strip() for each in found if each.strip().lower().startswith(("https:", "mailto:")))
    lacks = _lacking(headers, ways, signatures)
    announced = "list-unsubscribe-post" in headers
    return BulkLabels(
        advertising=tuple(name for name, label in (("cn", _CHINA), ("us", _US)) if label.match(subject)),
        is_list="list-id" in headers or bool(ways),
        unsubscribe=ways,
        one_click=announced and lacks is None,
        one_click_lacks=lacks if announced else None,
    )


def _lacking(headers: Headers, ways: Iterable[str], signatures: Iterable[Signature]) -> str | None:
    """The first thing that RFC 8058 asks for and that is not there."""
    if "".join((headers.first("list-unsubscribe-post") or "").split()).lower() != _CLICK:
        return "post-field"
    if not any(each.lower().startswith("https:") for each in ways):
        return "https"
    covers = {"list-unsubscribe", "list-unsubscribe-post"}
    if not any(each.standing.is_believed and covers <= set(each.signed_headers) for each in signatures):
        return "signature"
    return None
