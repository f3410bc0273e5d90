"""Read one Received line of whatever mail server.

Trust:      input is a stranger's text: any line below the first untrusted host can be invented. Within a line, what the
            other side chose (HELO, ident, certificate) never becomes the address; see ``received_peer``.
Standards:  RFC 5321 section 4.4 and RFC 5322 section 3.6.7, and what servers really write.
Answers:    ``parse(value)``: a ``Hop``; nothing is raised, what cannot be read is None.
Limits:     8,192 characters of a line; linear time.
"""

import re
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from comity.formats import ip
from comity.formats.mime.addresses import first_address
from comity.formats.mime.dates import parse_date
from comity.formats.received_peer import NAME_LIMIT, Link, Make, Peer, looked_up, peer_of
from comity.model.record import record

LINE_LIMIT: Final = 8192


@record
class Hop:
    """One Received line. ``ip`` is given only where ``link`` is PEER: the writing host itself saw that address."""

    link: Link
    helo: str | None = None
    rdns: str | None = None
    rdns_confirmed: bool = False
    ip: str | None = None
    port: int | None = None
    by: str | None = None
    protocol: str | None = None
    queue_id: str | None = None
    recipient: str | None = None
    envelope_from: str | None = None  # "<>" for the null sender
    date: datetime | None = None


class Line(NamedTuple):
    """A line taken apart: who connected, which host wrote it, and the rest of its clauses."""

    peer: Peer
    by: str | None = None
    end: int = 0  # where the name behind "by" ends
    rest: "Clauses | None" = None


# The shape that most servers write, where nothing can be nested: from HELO (name [address]) by HOST ...
_COMMON: Final = re.compile(
    r"from ([^\s()]{1,255})\s+\((?:([^\s()\[\]]{1,255})[ \t]+)?\[((?:IPv6:)?[0-9A-Fa-f.:]{2,45})\]\)"
    r"\s+by ([^\s()\[\];,]{1,255})(?=[\s;(])"
)
_MARK: Final = re.compile(
    r"[();]|(?<![^\s)\]>;])(?:from|by|via|with|id|for|envelope-from)(?![^\s(\[<;])", re.IGNORECASE
)
_HOST: Final = re.compile(r"\s*\[?([^\s()\[\];,]{1,255})")
_BY_AGAIN: Final = re.compile(r"[\s)\]>;]by(?:[\s(\[<;]|$)", re.IGNORECASE)
# Makes of server that give a name only after looking it up in both directions (sendmail marks the others).
_CONFIRMS: Final = re.compile(r"\((?:Postfix|Exim|Sendmail|\d+\.\d+\.[\w.+-]+/\w)")
# The look-behind stands behind the word, so that the search leaps from one such word to the next.
_QUOTED: Final = re.compile(r"for(?<=\sfor)[\s<]")
_ENVELOPE: Final = re.compile(r"\(envelope-(?:from|sender):?\s+(<[^<>\s]{0,320}>|[^\s()<>]{1,320})", re.IGNORECASE)
# The last "address]) by" of a line whose brackets do not pair: the other side's text stands before it.
_RECOVERED: Final = re.compile(
    r"\[([^\[\]\s]{2,60})\](?::\d{1,5})?(?: \(may be forged\))?\)\s{1,9}by\s{1,9}([^\s()\[\];]{1,255})"
)
_LOCAL: Final = re.compile(
    r"\s(?:with|protocol:|via)\s{1,9}(?:local|[a-z]?lmtp|mapi|httprest|stdio|b-?smtp|dsn|pipe|spool|novell_groupwise|"
    r"qmail-scanner|store driver|internal)",
    re.IGNORECASE,
)
# LMTP never leaves an organisation (RFC 2033 section 5): whatever address it came from is one of its own.
_LMTP: Final = re.compile(r"with(?<=\swith) LMTP")
_PICKUP: Final = re.compile(r"\s*(?:mail pickup service|userid \d|spooldir\b)", re.IGNORECASE)
_NO_SMTP: Final = re.compile(r"Microsoft SMTPSVC|\(Mercury|\(Postfix")
_FETCHED: Final = re.compile(r"with(?<=\swith) (?:POP|pop|IMAP|imap|ODMR)")
# Mail written in a browser: the address stands where HELO belongs, and the server put it there.
_WEB: Final = re.compile(
    r"\s(?:with|via) (?:https?|nnfmp|dav)\b|\(mshttpd\)|^web\d+\.mail\.[a-z.]{0,20}yahoo\.com", re.IGNORECASE
)


@lru_cache(maxsize=16)  # who looks at one mail asks for the same few lines several times
def parse(value: str) -> Hop:
    """Read one Received line, unfolded, without the field name.

    >>> hop = parse("from liar (mx.east.example [192.0.2.7]) by mx.west.example (Postfix) with ESMTP id 4F; 1 May 2026 10:00 +0000")
    >>> hop.helo, hop.rdns, hop.ip, hop.by, hop.protocol, hop.queue_id
    ('liar', 'mx.east.example', '192.0.2.7', 'mx.west.example', 'ESMTP', '4F')
    """
    value = value[:LINE_LIMIT].strip()
    peer, by, end, rest = take_apart(value)
    rest = rest or Clauses(value, end)
    said = rest.texts()
    protocol = said.get("with") or said.get("via")
    queue_id = said.get("id", "").split()
    return Hop(
        link=peer.link,
        helo=peer.helo,
        rdns=peer.rdns,
        rdns_confirmed=peer.rdns_confirmed,
        ip=peer.ip,
        port=peer.port,
        by=by,
        protocol=" ".join(protocol.split())[:80] if protocol else None,
        queue_id=queue_id[0].strip("<>;,")[:NAME_LIMIT] or None if queue_id else None,
        recipient=_mailbox(said["for"]) if said.get("for") else None,
        envelope_from=_envelope(value, said.get("envelope-from", "")),
        date=parse_date(value[rest.date_at :].lstrip()) if rest.date_at else None,
    )


def take_apart(value: str) -> Line:
    """Find who connected, and the host that wrote the line: ``parse`` without what only people want to see."""
    common = _COMMON.match(value)
    end = common.end() if common else 0
    # What the other side sends could hold a whole invented clause: then a second "by" follows.
    if not common or (value.find("by", end) >= 0 and _BY_AGAIN.search(value, end)):
        return _nested(value)
    helo, name, address, by = common.groups()
    behind = _own_words(value, end)
    if name:
        confirms = _CONFIRMS.search(behind) is not None or by == "mx.google.com"
        peer = looked_up(helo, name, address, is_confirmed=confirms) or peer_of(
            helo, (f"{name} [{address}]",), Make(confirms=confirms)
        )
    else:
        peer = peer_of(helo, (f"[{address}]",), Make(names_first="(Exim" in behind))
    if peer.link is not Link.PEER:
        return _nested(value)
    return Line(_carried(peer, behind), by.rstrip("."), end)


def _nested(value: str) -> Line:
    whole = Clauses(value, 0)
    bys = [each for each in whole.marks if each[0] == "by"]
    if whole.open_at >= 0 and (not bys or _BY_AGAIN.search(value, whole.open_at)):
        return _recovered(value)
    source = next((each for each in whole.marks if each[0] == "from"), None)
    by_at = bys[-1] if bys else None
    host = _HOST.match(value, by_at[2]) if by_at else None
    by = (host.group(1).rstrip(".") or None) if host else None
    end = host.end() if host else by_at[2] if by_at else 0
    if source is None:
        is_local = value.lower().startswith(("(", "by ", "by\t", "via ", "with ", "through "))
        return Line(Peer(Link.LOCAL if is_local else Link.UNREADABLE), by, end, whole.behind(end))
    if by_at and source[1] < by_at[1]:
        if len(bys) > 1 and _disagree(whole, (source[2], bys[0][1], by_at[1])):
            return Line(Peer(Link.AMBIGUOUS), by, end, whole.behind(end))
        begin, stop = source[2], by_at[1]
    else:  # "by host from host": Smail; "from x" alone
        begin = source[2]
        stop = next((each[1] for each in whole.marks if each[1] > begin), len(value))
    outside, comments = whole.between(begin, stop)
    behind = _own_words(value, end)
    make = Make(
        names_first="(Exim" in behind,
        is_web=_WEB.search((by or "") + behind) is not None,
        confirms=_CONFIRMS.search(behind) is not None or by == "mx.google.com",
    )
    peer = _carried(peer_of(outside, comments, make), behind)
    if peer.link is Link.CLAIMED and _PICKUP.match(outside) and _NO_SMTP.search(behind):
        peer = peer._replace(link=Link.LOCAL)
    return Line(peer, by, end, whole.behind(end))


def _own_words(value: str, end: int) -> str:
    """What the server says of itself behind its name, before it quotes an envelope that others chose."""
    behind = value[end : end + 400]
    quote = _QUOTED.search(behind)
    return (behind[: quote.start()] if quote else behind).partition("envelope-")[0]


def _carried(peer: Peer, behind: str) -> Peer:
    """Correct for what was no SMTP: mail fetched from a mailbox, handed over within a host."""
    if _FETCHED.search(behind):
        return peer._replace(link=Link.FETCHED, ip=None)
    if (peer.link is Link.CLAIMED and _LOCAL.search(behind)) or _LMTP.search(behind):
        return peer._replace(link=Link.LOCAL, ip=None)
    return peer


class Clauses:
    """The clause words of ``value[start:]`` outside of comments, and its outermost comments."""

    __slots__ = ("comments", "date_at", "marks", "open_at", "value")

    def __init__(self, value: str, start: int) -> None:
        self.value = value
        self.marks: list[tuple[str, int, int]] = []
        self.comments: list[tuple[int, int]] = []
        self.date_at = 0
        depth = opened = 0
        for match in _MARK.finditer(value, start):
            word = match.group()
            if word == "(":
                if depth == 0:
                    opened = match.start()
                depth += 1
            elif word == ")":
                if depth == 1:
                    self.comments.append((opened, match.end()))
                depth = max(0, depth - 1)
            elif depth == 0:
                if word == ";":
                    self.date_at = match.end()
                self.marks.append((word.lower(), match.start(), match.end()))
        self.open_at = opened if depth else -1  # where a comment begins that never ends

    def behind(self, start: int) -> "Clauses":
        """Forget what stands before ``start``."""
        self.marks = [each for each in self.marks if each[1] >= start]
        return self

    def between(self, start: int, end: int) -> tuple[str, list[str]]:
        """The text of a range outside of comments, and the comments in it."""
        outside: list[str] = []
        comments: list[str] = []
        at = start
        for opened, closed in self.comments:
            if opened >= start and closed <= end:
                outside.append(self.value[at:opened])
                comments.append(self.value[opened + 1 : closed - 1])
                at = closed
        outside.append(self.value[at:end])
        return " ".join(outside), comments

    def texts(self) -> dict[str, str]:
        """The text behind each clause word up to the next one, without comments; the first of each name counts."""
        found: dict[str, str] = {}
        for index, (word, _, end) in enumerate(self.marks):
            if word == ";" or word in found:
                continue
            stop = self.marks[index + 1][1] if index + 1 < len(self.marks) else len(self.value)
            text = self.value[end:stop]
            found[word] = (self.between(end, stop)[0] if "(" in text else text).strip()[:1000]
        return found


def _disagree(whole: Clauses, places: tuple[int, int, int]) -> bool:
    """True where the text up to the first "by" and the text behind it name different addresses."""
    start, middle, end = places
    first = peer_of(*whole.between(start, middle), Make())
    other = peer_of(*whole.between(middle, end), Make())
    return first.ip is not None and other.ip is not None and first.ip != other.ip


def _recovered(value: str) -> Line:
    """Brackets that do not pair: only the last "address]) by" can be the server's own."""
    last = None
    for last in _RECOVERED.finditer(value):  # noqa: B007 - the last one counts
        pass
    address = ip.canonical(last.group(1)) if last else None
    if last is None or address is None:
        return Line(Peer(Link.UNREADABLE))
    return Line(Peer(Link.PEER, address), last.group(2).rstrip("."), last.end())


def _mailbox(text: str) -> str | None:
    address = first_address(text[:1000])
    if address is None:
        words = text.split()
        address = words[0].strip("<>;,") if words else ""
    return address[:320] or None


def _envelope(value: str, text: str) -> str | None:
    """Exim, qpsmtpd, ecelerity and PowerMTA give the envelope's originator; the last one is the server's own."""
    if "(envelope-" in value:
        for match in _ENVELOPE.finditer(value):
            text = match.group(1)
    words = text.split()
    if not words:
        return None
    address = words[0].strip("<>")
    return address[:320] if address else "<>"
