"""The header that carries a mail's memory of its delivery: written once by our own host, verified when somebody complains.

Trust:      what stands in it is believed because it is keyed with a secret of ours, and bound to this one mail: to its
            Message-ID, From and Date, to every trace line that came with it, and to the queue id of the line that our host wrote.
            Moved to another mail, or changed in one sign, it says nothing. One that came from outside is a stranger's word.
Standards:  RFC 2104 with SHA-256; our own format: ``v t h p m r q a j k s``, each tag once, in this order; ``p`` may be absent.
Answers:    ``mark(facts, anchor, keys)`` gives the value; ``recall(message, keys)`` gives ``Recalled`` or None; ``read(value)``
            what a value says, nobody having verified it.
Limits:     ``MAILBOX_LIMIT`` mailboxes, ``RESULT_LIMIT`` results, 4 kB. It proves that we wrote it, not that the body is the same.

A mailbox stands in it as a token that holds for this mail only: whoever sees two mails cannot tell that both went to one mailbox,
and nobody without the key can find out to which. It is known again by trying the mailboxes that may be meant.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import Final
from urllib.parse import quote, unquote

from comity.formats import ip, received
from comity.formats.authres import AuthenticationResults, MethodResult
from comity.formats.mime import Part

HEADER: Final = "Comity-Delivery"
MAILBOX_LIMIT: Final = 50
RESULT_LIMIT: Final = 12
TRACE_LIMIT: Final = 200
KEY_BYTES: Final = 32
_VALUE_LIMIT: Final = 4096
_LINE: Final = 76
_TRIES: Final = 5
_TOKEN: Final = 9  # bytes, twelve signs
_NAME: Final = "comity"  # who speaks in the results
# What of a result is worth remembering: the rest is for people.
_PROPERTIES: Final = ("header.d", "header.s", "header.b", "header.i", "header.from", "smtp.mailfrom", "smtp.helo")
_WORD: Final = r"[a-z0-9-]{1,40}"
_SIGNED: Final = re.compile(
    rf"v=1; t=(?P<t>[0-9]{{1,11}}); h=(?P<h>[0-9a-f.:]{{2,45}}|none); (?:p=(?P<p>[0-9]{{1,5}}); )?"
    rf"m=(?P<m>[A-Za-z0-9_,-]{{4,700}}); r=(?P<r>[0-9]{{1,3}}); "
    rf"q=(?P<q>[A-Za-z0-9._-]{{1,100}}); a=(?P<a>[A-Za-z0-9%._~,:/-]{{1,2000}}); j=(?P<j>{_WORD}); k=(?P<k>{_WORD}); "
    r"s=(?P<s>[A-Za-z0-9_-]{43})",
    re.ASCII,
)
_QUEUE_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)
_KEY_ID: Final = re.compile(_WORD, re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryKeys:
    """The secrets by their ids; the first one writes, all of them verify."""

    secrets: Mapping[str, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        if not self.secrets or any(len(each) < KEY_BYTES for each in self.secrets.values()):
            raise ValueError(f"at least one key of {KEY_BYTES} bytes is needed")
        if not all(_KEY_ID.fullmatch(each) for each in self.secrets):
            raise ValueError("a key id has lower-case letters, digits and hyphens")


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """What a mark is bound to: fields as they came, a character a byte or bytes, and the trace lines that came with the mail."""

    identity: tuple[tuple[bytes, ...], ...]  # all of Message-ID, of From, of Date
    trace: tuple[bytes, ...]

    def digest(self) -> bytes:
        """The same bytes for the same fields, however they are folded."""
        parts = [b"/".join(sha256(each).digest() for each in group) for group in (*self.identity, self.trace)]
        return sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What our host knew when it took the mail."""

    delivered: datetime
    client_ip: str | None
    client_port: int | None = None  # behind one address may be many; the port tells which
    queue_id: str | None
    mailboxes: Sequence[str] = ()
    results: Sequence[MethodResult] = ()
    verdict: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What a verified mark says. ``line`` is the Received line (1 is on top) with which our host took the mail."""

    delivered: datetime
    client_ip: str | None
    client_port: int | None = None
    results: AuthenticationResults
    verdict: str | None
    key_id: str
    line: int
    _tokens: frozenset[str] = field(repr=False)
    _key: bytes = field(repr=False)
    _digest: bytes = field(repr=False)

    def went_to(self, address: str) -> bool:
        """Whether the mail was delivered to this mailbox."""
        return _token(self._key, self._digest, address) in self._tokens


def anchor_of(fields: Iterable[tuple[bytes, bytes]]) -> Anchor:
    """The anchor of a mail that is coming in: its fields as (name in lower case, value)."""
    found: dict[bytes, list[bytes]] = {name: [] for name in (b"message-id", b"from", b"date", b"received")}
    for name, value in fields:
        if name in found:
            found[name].append(b" ".join(value.split()))
    trace = found.pop(b"received")
    return Anchor(identity=tuple(tuple(each) for each in found.values()), trace=tuple(trace))


def mark(facts: Facts, anchor: Anchor, keys: DeliveryKeys) -> str | None:
    """The value of the header, folded with LF; None for a mail with more trace lines than a mail has."""
    if len(anchor.trace) > TRACE_LIMIT:
        return None
    key_id, key = next(iter(keys.secrets.items()))
    digest = anchor.digest()
    tokens = sorted({_token(key, digest, each) for each in facts.mailboxes[:MAILBOX_LIMIT]})
    queue_id = facts.queue_id if facts.queue_id and _QUEUE_ID.fullmatch(facts.queue_id) else None
    tags = (
        "v=1",
        f"t={int(facts.delivered.timestamp())}",
        f"h={facts.client_ip or 'none'}",
        *([f"p={facts.client_port}"] if facts.client_ip and facts.client_port else []),
        f"m={','.join(tokens) or 'none'}",
        f"r={len(anchor.trace)}",
        f"q={queue_id or 'none'}",
        f"a={_written(facts.results)}",
        f"j={facts.verdict or 'none'}",
        f"k={key_id}",
    )
    text = "; ".join(tags)
    return _folded(f"{text}; s={_signature(key, digest, text)}")


def read(value: str) -> Mapping[str, str] | None:
    """The tags of a value, or None where it is not exactly of the form that ``mark`` writes.

    >>> read("v=1; t=0") is None
    True
    """
    match = _SIGNED.fullmatch(_unfolded(value)) if len(value) <= _VALUE_LIMIT else None
    return match.groupdict() if match else None


def recall(message: Part, keys: DeliveryKeys) -> Recalled | None:
    """What our host remembers of this mail; None where nothing in it was written by us for it."""
    headers = message.headers
    written = headers.all(HEADER.lower())[:_TRIES]
    if not written:
        return None
    anchor = Anchor(
        identity=tuple(_values(headers.as_written(name)) for name in ("message-id", "from", "date")),
        trace=_values(headers.as_written("received")),
    )
    for value in written:
        found = _verified(value, anchor, keys)
        if found is not None and found.line and _is_line(anchor.trace[found.line - 1], value):
            return found
    return None


def is_ours(values: Iterable[bytes], anchor: Anchor, keys: DeliveryKeys) -> bool:
    """Whether one of these values was written by us, for this mail, when it passed here before."""
    return any(_verified(each.decode("latin-1"), anchor, keys) for each in islice(values, _TRIES))


def _verified(value: str, anchor: Anchor, keys: DeliveryKeys) -> Recalled | None:
    """What a value says, if we wrote it for a mail that came with so many of the lowest trace lines."""
    tags = read(value)
    key = keys.secrets.get(tags["k"]) if tags else None
    if tags is None or key is None:
        return None
    line = len(anchor.trace) - int(tags["r"])  # the lines below it came with the mail; ours stands right above them
    if line < 0:
        return None
    digest = Anchor(identity=anchor.identity, trace=anchor.trace[line:]).digest()
    text, _, signature = _unfolded(value).rpartition("; s=")
    if not hmac.compare_digest(_signature(key, digest, text), signature):
        return None
    return _recalled(tags, key, digest, line=line)


def _recalled(tags: Mapping[str, str], key: bytes, digest: bytes, *, line: int) -> Recalled:
    return Recalled(
        delivered=datetime.fromtimestamp(int(tags["t"]), UTC),
        client_ip=ip.canonical(tags["h"]),
        client_port=int(tags["p"]) if tags["p"] else None,
        results=_results(tags["a"]),
        verdict=None if tags["j"] == "none" else tags["j"],
        key_id=tags["k"],
        line=line,
        _tokens=frozenset(tags["m"].split(",")) - {"none"},
        _key=key,
        _digest=digest,
    )


def _is_line(line: bytes, value: str) -> bool:
    """Whether the trace line above what came is the one our host wrote: it names the same queue id, if it names one."""
    tags = read(value)
    said = received.parse(line.decode("latin-1")).queue_id
    return tags is None or "none" in (tags["q"], said or "none") or said == tags["q"]


def _unfolded(value: str) -> str:
    return " ".join(value.split()).replace(", ", ",")


def _values(written: Iterable[str]) -> tuple[bytes, ...]:
    return tuple(b" ".join(each.encode("latin-1", "replace").split()) for each in written)


def _signature(key: bytes, digest: bytes, text: str) -> str:
    octets = b"comity delivery\0" + digest + text.encode("latin-1", "replace")
    return urlsafe_b64encode(hmac.digest(key, octets, "sha256")).decode("ascii").rstrip("=")


def _token(key: bytes, digest: bytes, address: str) -> str:
    octets = b"comity delivery mailbox\0" + digest + address.lower().encode("utf-8", "surrogatepass")
    return urlsafe_b64encode(hmac.digest(key, octets, "sha256")[:_TOKEN]).decode("ascii")


def _written(results: Sequence[MethodResult]) -> str:
    """Results in short, each ``method:result/property:value/...``.

    >>> _written([MethodResult(method="dkim", result="pass", properties={"header.d": "east.example", "x": "y"})])
    'dkim:pass/header.d:east.example'
    """
    found: list[str] = []
    size = 0
    for each in results[:RESULT_LIMIT]:
        known = [(name, each.properties[name]) for name in _PROPERTIES if name in each.properties]
        parts = [(each.method, each.result), *known]
        text = "/".join(f"{_quoted(name)}:{_quoted(value[:100])}" for name, value in parts)
        size += len(text) + 1
        if size < 2000:
            found.append(text)
    return ",".join(found) or "none"


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")


def _results(text: str) -> AuthenticationResults:
    found: list[MethodResult] = []
    for each in text.split(",") if text != "none" else ():
        pairs = [(unquote(name), unquote(said)) for name, _, said in (part.partition(":") for part in each.split("/"))]
        (method, result), *properties = pairs
        found.append(MethodResult(method=method, result=result, properties=dict(properties)))
    return AuthenticationResults(authserv_id=_NAME, results=tuple(found))


def _folded(text: str) -> str:
    """Lines of a readable length, because hosts on the way cut longer ones where they like; cut between tags and behind commas."""
    lines, line = list[str](), ""
    for tag in text.replace(",", ", ").split(" "):
        if line and len(line) + 1 + len(tag) > _LINE:
            lines.append(line)
            line = ""
        line = f"{line} {tag}" if line else tag
    return "\n\t".join([*lines, line])
