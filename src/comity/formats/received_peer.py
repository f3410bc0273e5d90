"""Who connected, out of the "from" clause of one Received line.

Trust:      whoever connected chose the HELO name, the ident answer, the client certificate and, where the host did
            not look the name up in both directions, the host name. Only the address that the host saw itself counts.
Standards:  RFC 5321 section 4.4 (TCP-info); the shapes are those of real mail servers, see ``_seen_in``.
Answers:    ``peer_of(...)``: a ``Peer``; nothing is raised.
Limits:     two different addresses where only one can be the host's own: no address is taken.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from comity.formats import ip

NAME_LIMIT: Final = 255


class Link(StrEnum):
    """What one Received line says about the host before it."""

    PEER = "peer"  # the writing host saw this address connect
    LOCAL = "local"  # no network in between: a queue, a pipe, a delivery agent
    FETCHED = "fetched"  # collected from a mailbox by POP or IMAP
    CLAIMED = "claimed"  # only what the other side said of itself
    AMBIGUOUS = "ambiguous"  # several addresses, and no telling which one the host saw
    UNREADABLE = "unreadable"


class Peer(NamedTuple):
    """The other side of one hop; ``ip`` is given only where ``link`` is PEER."""

    link: Link
    ip: str | None = None
    port: int | None = None
    helo: str | None = None
    rdns: str | None = None
    rdns_confirmed: bool = False  # the host looked the name up forwards, too


class Make(NamedTuple):
    """What make of server wrote the line.

    ``names_first``: it writes the name it looked up first and HELO in the comment (Exim). ``is_web``: mail written in a
    browser, the address stands where HELO belongs. ``confirms``: it looks names up in both directions.
    """

    names_first: bool = False
    is_web: bool = False
    confirms: bool = False


class Seen(NamedTuple):
    """An address that stands where a mail server writes the one it saw."""

    ip: str
    port: int | None
    name: str | None
    is_literal_first: bool = False  # "([192.0.2.1] ...": the host's own name, if any, stands before the comment
    helo: str | None = None  # "... helo=x)"


# A comment that begins so never holds the address that the host saw, but often a text of the other side's choice.
_OTHER: Final = re.compile(
    r"(?:(?:helo|ehlo|lhlo)[ =]|envelope-(?:from|sender)|authenticated[ :]|using |client |no client|version=|cipher[ =]|"
    r"tlsv?[\d ]|account |user[= ]|squirrelmail |forwarded-for)",
    re.IGNORECASE,
)
# A host name, in lower case, that begins with none of the words above.
_ORDINARY: Final = re.compile(r"(?!tls|squirrelmail|forwarded-for)(?>[a-z0-9_-]++\.)++[a-z0-9_-]++")
_HELO_COMMENT: Final = re.compile(r"\s*(?:helo|ehlo|lhlo)[ =]\s*(\S*)", re.IGNORECASE)
_HELO_WITHIN: Final = re.compile(r"(?:^|[\s\]])(?:(?:helo|ident)=|[he]hlo |helo |ident: )", re.IGNORECASE)
_HELO_VALUE: Final = re.compile(r"(?:^|\s)helo=(\S+)", re.IGNORECASE)
_PORT_VALUE: Final = re.compile(r"(?:^|\s)port=(\d{1,5})\b", re.IGNORECASE)
_PORT_BEHIND: Final = re.compile(r":(\d{1,5})(?!\d)")
_V4_PORT: Final = re.compile(r"([0-9.]{7,15}):(\d{1,5})")
_V6_PORT: Final = re.compile(r"([0-9A-Fa-f:.]{2,45})[.:](\d{1,5})")
_ALIYUN: Final = re.compile(r"\sip:([0-9A-Fa-f.:]{2,45})\s+fp:")
_BEFORE: Final = re.compile(r"(?:actually [^\s\[]+|not verified|port \d+)\s*$", re.IGNORECASE)
# What a server writes behind the address can quote the other side again: certificate, login, envelope.
_QUOTING: Final = re.compile(r"\s*(?:client cn|client did|no client|using |authenticated|envelope-)", re.IGNORECASE)
# A process of the same host: sendmail's "(login@localhost)" comes without an address, Cyrus names the socket.
_WITHIN_HOST: Final = re.compile(r"\s*(?:[^\s@\[\]]{0,64}@)?localhost\s*|\s*\[?unix socket\]?\s*", re.IGNORECASE)
# "may be forged": sendmail's word for a name without a forward look-up.
_FORGED: Final = re.compile(r"may be forged|unverified|misconfigured", re.IGNORECASE)
_NAMELESS: Final = frozenset(
    {"unknown", "<unknown>", "unverified", "verified", "localhost", "no", "reverse", "none", "(null)", "?"}
)


def peer_of(outside: str, comments: Sequence[str], make: Make) -> Peer:
    """Say who connected; ``outside`` is the clause without its comments, ``comments`` are its outermost ones in order."""
    words = outside[:2000].rstrip("; \t\r\n").split()
    helo = words[0][:NAME_LIMIT] if words else None
    said = next((match.group(1)[:NAME_LIMIT] for each in comments if (match := _HELO_COMMENT.match(each))), None)
    seen = [found for each in comments if (found := _seen_in(each)) is not None]
    if seen:
        if any(each.ip != seen[0].ip for each in seen) and (
            "claiming to be" in outside or any(map(_QUOTING.match, comments))
        ):
            return Peer(Link.AMBIGUOUS, helo=helo)
        is_forged = any(map(_FORGED.search, comments))
        return _named(seen[-1], (helo, said), make._replace(confirms=make.confirms and not is_forged))
    return _from_words(words, (said, comments), make)


def looked_up(said: str, name: str, address: str, *, is_confirmed: bool) -> Peer | None:
    """What ``peer_of`` makes of "HELO (name [address])" with an ordinary host name; None where it has to look closer."""
    seen = ip.canonical(address)
    name = name.lower()
    if seen is None or not _ORDINARY.fullmatch(name) or "verified" in name or "misconfigured" in name:
        return None
    rdns = None if ip.is_plain(name) else name  # of what ``_host`` leaves out nothing else is ordinary
    return Peer(Link.PEER, seen, None, said.rstrip(";") or None, rdns, is_confirmed and rdns is not None)


def _seen_in(comment: str) -> Seen | None:
    """Find the address of ``([a])``, ``(name [a])``, ``(ident@name [a])``, ``(a)``, ``(ident@a)``, ``([a]:port helo=x)``."""
    text = comment.strip()
    if not text or len(text) > 1000 or _OTHER.match(text):
        return None
    within = _HELO_WITHIN.search(text)
    port = _PORT_VALUE.search(text) if "port=" in text else None
    said = _HELO_VALUE.search(text) if within else None
    if within:
        text = text[: within.start() + 1]
    opened = text.rfind("[")
    if opened < 0:
        return _bare(text)
    address, inner_port = _literal(text[opened + 1 :].partition("]")[0])
    if address is None:
        return None
    behind = _PORT_BEHIND.match(text, text.find("]", opened) + 1)
    number = inner_port or _number(port) or _number(behind)
    name = text[:opened].rstrip()
    last = name.rpartition(" ")[2]
    if (" " in name or "[" in name) and "@" not in last and not _BEFORE.match(name):
        return None  # words, or a second literal, that no ident answer explains
    helo = said.group(1)[:NAME_LIMIT] if said else None
    return Seen(address, number, last.rpartition("@")[2] or None, opened == 0, helo)


def _bare(text: str) -> Seen | None:
    if "mailfrom:" in text:  # Alibaba: (mailfrom:a@b ip:192.0.2.1 fp:...)
        found = None
        for found in _ALIYUN.finditer(text):  # noqa: B007 - the last one is the host's own
            pass
        address = ip.canonical(found.group(1)) if found else None
        return Seen(address, None, None) if address else None
    words = text.split()
    if len(words) == 3 and words[1] == "with":  # Yahoo: (login@192.0.2.1 with plain)
        words = words[:1]
    if not 1 <= len(words) <= 2:
        return None
    address, port = _literal(words[-1].rpartition("@")[2])
    name = words[0].rpartition("@")[2] if len(words) == 2 else None
    if address is None or (name is not None and not name[:1].isalnum()):
        return None
    return Seen(address, port, name)


def _literal(text: str) -> tuple[str | None, int | None]:
    """Read "192.0.2.1", "192.0.2.1:25", "IPv6:2001:db8::1" into address and port."""
    address = ip.canonical(text)
    if address is None and (match := _V4_PORT.fullmatch(text) or _V6_PORT.fullmatch(text)):
        return ip.canonical(match.group(1)), _number(match, 2)
    return address, None


def _number(match: re.Match[str] | None, group: int = 1) -> int | None:
    number = int(match.group(group)) if match else 0
    return number if 0 < number < 65536 else None


def _named(seen: Seen, names: tuple[str | None, str | None], make: Make) -> Peer:
    """Tell which of the names the host looked up and which the other side said."""
    first, said = names
    if seen.is_literal_first:
        if make.names_first or seen.helo:
            return Peer(Link.PEER, seen.ip, seen.port, seen.helo or first, _host(first), _host(first) is not None)
    elif seen.name is not None:
        rdns = _host(seen.name)
        return Peer(Link.PEER, seen.ip, seen.port, first, rdns, make.confirms and rdns is not None)
    if said is not None:  # qmail and its kin: the name looked up, (HELO name said), (address)
        return Peer(Link.PEER, seen.ip, seen.port, said, _host(first))
    return Peer(Link.PEER, seen.ip, seen.port, first)


def _host(name: str | None) -> str | None:
    """A name out of the DNS, None for what servers write where they found none."""
    name = name.rstrip(".").lower()[:NAME_LIMIT] if name else ""
    if not name or name in _NAMELESS or name[0] in "[<" or "." not in name or ip.canonical(name):
        return None
    return name


def _from_words(words: list[str], rest: tuple[str | None, Sequence[str]], make: Make) -> Peer:
    """No comment holds an address: "from name [a] by", "from [a] (helo=x) by", "from name - a by", "from a by .. with HTTP"."""
    said, comments = rest
    helo = words[0][:NAME_LIMIT] if words else None
    if len(words) > 1 and (words[-1].startswith("[") or words[-2] == "-"):
        address, port = _literal(words[-1].strip("[]"))
        if address:
            return Peer(Link.PEER, address, port, helo)
    is_own = make.names_first or _tells_helo(comments)
    if len(words) == 1 and (make.is_web or said is not None or ("[" in words[0] and is_own)):
        address, port = _literal(words[0].rpartition("[")[2].strip("]"))
        if address:
            joined = " ".join(comments)
            within = _HELO_VALUE.search(joined)
            return Peer(
                Link.PEER, address, port or _number(_PORT_VALUE.search(joined)), within.group(1) if within else said
            )
    if any(_WITHIN_HOST.fullmatch(each) for each in comments):
        return Peer(Link.LOCAL, helo=helo)
    return Peer(Link.CLAIMED, helo=said or helo)


def _tells_helo(comments: Sequence[str]) -> bool:
    """True where a comment gives HELO or a port: then what stands before it is the host's own word."""
    return any(_HELO_COMMENT.match(each) or _PORT_VALUE.match(each) or each.startswith("account ") for each in comments)
