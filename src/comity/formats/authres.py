"""Read Authentication-Results: what a host found when it checked a message, and whether that host may be believed.

Trust:      anybody can write such a field. ``parse`` reads claims; only ``believed`` picks those of our own hosts.
            Inside a field, comments and quoted strings can hold the other side's text (RFC 8601 section 7.8): they
            are never read as results.
Standards:  RFC 8601 (section 2.2 grammar, section 5 which fields to believe), RFC 8617 (ARC), and what providers write.
Answers:    ``parse(value)``: ``AuthenticationResults`` or None; ``client_ip`` and ``believed``. Nothing is raised.
Limits:     16,384 characters, 100 results a field, 100 fields.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import field, replace
from types import MappingProxyType
from typing import Final

from comity.formats import ip
from comity.formats.domains import is_among
from comity.model.record import maker, record

VALUE_LIMIT: Final = 16_384
RESULT_LIMIT: Final = 100
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})

_SPECIAL: Final = re.compile(r'[();"\\]')
_COMMENT: Final = re.compile(r"\(([^()]*)\)")
_QUOTED: Final = re.compile(r'"((?>[^"\\]|\\.)*+)"')
_PAIR: Final = re.compile(
    r'(?<![\w.-])([A-Za-z0-9][\w.-]*+)(?:\s*+/\s*+\d{1,9})?\s*+=\s*+(?:"((?>[^"\\]|\\.)*+)"|([^\s;"]*+))'
)
_ESCAPE: Final = re.compile(r"\\(.)")
# Words that qualify a result and are no methods, although they stand before "=" without a dot.
_QUALIFIERS: Final = frozenset({"reason", "action", "from", "p", "sp", "dis", "policy", "polrec.p"})
_ALIASES: Final = {"smtp.mail": "smtp.mailfrom", "smtp.mfrom": "smtp.mailfrom", "smtp.from": "smtp.mailfrom"}

_REMOTE: Final = frozenset({"smtp.remote-ip", "policy.iprev", "smtp.client-ip", "smtp.remote_ip"})
_IP: Final = r"\[?([0-9A-Fa-f:.]{3,45})\]?"
_SENDER_IP: Final = re.compile(rf"\s*(?:sender|client)[ -]IP(?: is|=)?\s*{_IP}(?=$|[\s;,)])", re.IGNORECASE)
_NEITHER: Final = re.compile(rf"(?:[\w.-]{{1,255}}: )?{_IP} is neither permitted nor denied", re.IGNORECASE)
_DESIGNATES: Final = re.compile(rf"\bdesignates?\s+{_IP}\s+as\b", re.IGNORECASE)


@record
class MethodResult:
    """One "method=result" with what was examined; property names are lower case, values as written.

    ``comment`` is the text of the first comment behind the result: for people, and for the address that some
    providers write nowhere else.
    """

    method: str
    result: str
    reason: str | None = None
    comment: str | None = None
    properties: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


@record
class AuthenticationResults:
    """One field. ``authserv_id`` is None where the provider writes none; ``instance`` is ARC's "i="."""

    authserv_id: str | None
    version: int | None = None
    instance: int | None = None
    results: tuple[MethodResult, ...] = ()

    def of(self, method: str) -> tuple[MethodResult, ...]:
        """The results of one method, in order."""
        return tuple(each for each in self.results if each.method == method)


_result_of: Final = maker(MethodResult)
_results: Final = maker(AuthenticationResults)


def parse(value: str) -> AuthenticationResults | None:
    """Read one field value; None where it holds neither a host nor a result.

    >>> found = parse("mx.west.example; dkim=pass (2048-bit key) header.d=east.example; spf=fail smtp.mailfrom=east.example")
    >>> found.authserv_id, [(each.method, each.result, dict(each.properties)) for each in found.results][0]
    ('mx.west.example', ('dkim', 'pass', {'header.d': 'east.example'}))
    """
    authserv_id: str | None = None
    version = instance = None
    results: list[MethodResult] = []
    pending: dict[str, str] = {}
    for index, (text, comments) in enumerate(_segments(value[:VALUE_LIMIT])):
        pairs = _pairs(text)
        if index == 0 and len(pairs) == 1 and "i" in pairs and pairs["i"].isdecimal():
            instance = int(pairs["i"][:4])
            continue
        if authserv_id is None and not results:
            authserv_id, version = _identifier(text)
        method = _method(pairs)
        if method is None:  # properties that stand before their result
            pending.update(pairs)
        elif len(results) < RESULT_LIMIT:
            results.append(_result(method, pending | pairs, comments))
            pending = {}
    if authserv_id is None and not results:
        return None
    if pending and results:  # and those that stand behind the last one
        results[-1] = replace(results[-1], properties=MappingProxyType(pending | dict(results[-1].properties)))
    return _results(authserv_id=authserv_id, version=version, instance=instance, results=tuple(results))


def _method(pairs: Mapping[str, str]) -> str | None:
    for name in pairs:
        if "." not in name and name not in _QUALIFIERS:
            return name
    return None


def _segments(value: str) -> list[tuple[str, list[str]]]:
    """Split at semicolons outside of comments and quoted strings into (text without comments, comments)."""
    if '"' not in value and "\\" not in value and value.count("(") == value.count(")"):
        pieces = _COMMENT.split(value)
        if all("(" not in text and ")" not in text for text in pieces[::2]):  # none within another
            return _plain_segments(pieces)
    return _nested_segments(value)


def _plain_segments(pieces: list[str]) -> list[tuple[str, list[str]]]:
    """The same of text and comments in turn."""
    segments: list[tuple[str, list[str]]] = []
    text, comments = "", []
    for number, piece in enumerate(pieces):
        if number % 2:
            text += " "
            comments.append(" ".join(piece.split()))
            continue
        before, *others = piece.split(";")
        text += before
        for each in others:
            segments.append((text.strip(), comments))
            text, comments = each, []
    segments.append((text.strip(), comments))
    return [each for each in segments if each[0] or each[1]]


def _nested_segments(value: str) -> list[tuple[str, list[str]]]:
    segments: list[tuple[str, list[str]]] = []
    text: list[str] = []
    comments: list[str] = []
    depth = opened = at = 0
    for match in _SPECIAL.finditer(value):
        start, special = match.start(), match.group()
        if start < at:
            continue
        if special == "\\":
            at, previous = start + 2, at
            text.append(value[previous:at] if depth == 0 else "")
        elif special == '"':
            # Inside a comment, too: a quoted local part may hold a bracket, and must not end the comment.
            closed = _QUOTED.match(value, start)
            end = closed.end() if closed else start + 1
            if depth == 0:
                text.append(value[at:end])
            at = end
        elif special == "(":
            if depth == 0:
                text.append(value[at:start] + " ")
                opened = start + 1
            depth, at = depth + 1, start + 1
        elif special == ")" and depth:
            depth, at = depth - 1, start + 1
            if depth == 0:
                comments.append(" ".join(value[opened:start].split()))
        elif special == ";" and depth == 0:
            segments.append(("".join([*text, value[at:start]]).strip(), comments))
            text, comments, at = [], [], start + 1
    if depth == 0:
        text.append(value[at:])
    segments.append(("".join(text).strip(), comments))
    return [each for each in segments if each[0] or each[1]]


def _pairs(text: str) -> dict[str, str]:
    """Every "name=value" in order, names in lower case; the first of each name counts."""
    found: dict[str, str] = {}
    for written, quoted, plain in _PAIR.findall(text):
        name = written.lower()
        found.setdefault(_ALIASES.get(name, name), _ESCAPE.sub(r"\1", quoted) if "\\" in quoted else quoted or plain)
    return found


def _identifier(text: str) -> tuple[str | None, int | None]:
    """The host that speaks, and the version of the grammar; both None where the segment begins with a result."""
    words = text.split()
    if not words or "=" in words[0] or words[1:2] == ["="] or words[0].lower() == "none":
        return None, None
    version = int(words[1][:4]) if len(words) > 1 and words[1].isdecimal() else None
    return words[0].strip('"<>,').lower()[:255] or None, version


def _result(method: str, pairs: dict[str, str], comments: list[str]) -> MethodResult:
    result = pairs.pop(method)
    reason = pairs.pop("reason", None)
    return _result_of(
        method=method,
        result=result.lower(),
        reason=reason or None,
        comment=comments[0] if comments else None,
        properties=MappingProxyType(pairs),
    )


def client_ip(parsed: AuthenticationResults) -> str | None:
    """The address of the SMTP client that was checked; None where none is written, or two that contradict each other.

    >>> client_ip(parse("spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=east.example"))
    '192.0.2.7'
    """
    found = {address for each in parsed.results for address in _addresses(each)}
    return found.pop() if len(found) == 1 else None


def stated_client_ip(value: str) -> str | None:
    """The same of a field's value, which is not read where no such word stands in it.

    >>> stated_client_ip("mx.west.example; spf=pass (sender IP is 192.0.2.7)"), stated_client_ip("mx.west.example; dkim=pass")
    ('192.0.2.7', None)
    """
    said = value.lower()
    if "ip" not in said and "permitted" not in said and "designate" not in said:
        return None
    parsed = parse(value)
    return client_ip(parsed) if parsed else None


def _addresses(result: MethodResult) -> Iterable[str]:
    if not _REMOTE.isdisjoint(result.properties):
        for name in sorted(_REMOTE & result.properties.keys()):
            address = ip.canonical(result.properties[name])
            if address:
                yield address
    if result.comment and result.method in ("spf", "sender-id", "iprev"):
        match = _SENDER_IP.match(result.comment) or _NEITHER.match(result.comment)
        if match is None:
            # The envelope's local part stands before it and can hold the same words: the last one is the host's.
            for match in _DESIGNATES.finditer(result.comment):  # noqa: B007
                pass
        if match and (address := ip.canonical(match.group(1))):
            yield address


def believed(values: Iterable[str], trusted_hosts: Collection[str]) -> tuple[AuthenticationResults, ...]:
    """The results that our own hosts wrote; ``values`` are the field values, top first.

    Only the unbroken block at the top counts (RFC 8601 section 5): below the first field of another host, and below a
    field that repeats a method, anybody can have written. A field without a host name is nobody's.

    >>> [each.authserv_id for each in believed(["mx.west.example; spf=pass", "mx.east.example; dkim=pass"], {"mx.west.example"})]
    ['mx.west.example']
    """
    block: list[AuthenticationResults] = []
    methods: set[str] = set()
    for value in values:
        parsed = parse(value)
        if parsed is None or parsed.instance is not None or not is_among(parsed.authserv_id, trusted_hosts):
            break
        own = {each.method for each in parsed.results}
        if own & methods or len(block) >= RESULT_LIMIT:
            break
        methods |= own
        block.append(parsed)
    return tuple(block)
