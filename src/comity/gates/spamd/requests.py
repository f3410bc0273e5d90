"""Requests in the protocol of spamd, and answers to them.

Trust:      who speaks it is a host of ours; the mail is a stranger's.
Standards:  SpamAssassin's spamd/PROTOCOL, version 1.5: CHECK, SYMBOLS, REPORT, REPORT_IFSPAM, PROCESS, HEADERS, TELL, PING, SKIP.
Answers:    ``read_head(lines)`` gives ``Request`` or raises ``SpamdError``; ``inflated(data, size)``; ``answered(...)`` writes.
Limits:     ``HEAD_LIMIT`` bytes and 50 fields before the mail; a compressed mail may become as large as a plain one, no larger.
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from comity.formats.spam_headers import REQUIRED, fields_of, shown_score, symbols_of, with_fields
from comity.model.verdict import Judgement, Verdict

HEAD_LIMIT: Final = 8192
METHODS: Final = frozenset(
    {"CHECK", "SYMBOLS", "REPORT", "REPORT_IFSPAM", "PROCESS", "HEADERS", "TELL", "PING", "SKIP"}
)
_FIELDS: Final = 50
_PROTOCOL: Final = 76  # EX_PROTOCOL
_DATA: Final = 65  # EX_DATAERR
TEMPORARY: Final = 75  # EX_TEMPFAIL


class SpamdError(Exception):
    """What came is not the protocol: ``status`` is of sysexits.h, the text for people."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. ``size`` is None where the mail ends with the stream."""

    method: str
    size: int | None = None
    login: str | None = None  # whose mailbox it is about
    compressed: bool = False
    message_class: str | None = None
    set: frozenset[str] = frozenset()
    remove: frozenset[str] = frozenset()


def read_head(head: bytes) -> Request:
    """Read what stands before the mail.

    >>> read_head(b"CHECK SPAMC/1.5\\r\\nContent-length: 12\\r\\nUser: lin\\r\\n").size
    12
    """
    lines = head.decode("utf-8", "replace").splitlines()
    words = lines[0].split() if lines else []
    if len(words) != 2 or not words[1].upper().startswith("SPAMC/"):
        raise SpamdError(_PROTOCOL, "Bad header line: not SPAMC")
    method = words[0].upper()
    if method not in METHODS:
        raise SpamdError(_PROTOCOL, "Bad header line: unknown method")
    fields: dict[str, str] = {}
    for line in lines[1 : _FIELDS + 1]:
        name, colon, value = line.partition(":")
        if line and not colon:
            raise SpamdError(_PROTOCOL, "Bad header line: no colon")
        fields.setdefault(name.strip().lower(), value.strip())
    length = fields.get("content-length")
    if length is not None and not (length.isascii() and length.isdigit() and len(length) < 12):
        raise SpamdError(_PROTOCOL, "Bad header line: Content-length")
    return Request(
        method=method,
        size=None if length is None else int(length),
        login=fields.get("user") or None,
        compressed=fields.get("compress", "").lower() == "zlib",
        message_class=fields.get("message-class", "").lower() or None,
        set=_words(fields.get("set", "")),
        remove=_words(fields.get("remove", "")),
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(each.strip().lower() for each in text.split(",") if each.strip())


def inflated(data: bytes, limit: int) -> bytes:
    """A mail that came compressed."""
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(data, limit + 1)
    except zlib.error:
        raise SpamdError(_DATA, "the mail is not compressed as it says") from None
    if len(plain) > limit:
        raise SpamdError(_DATA, "the mail is too large")
    if not inflater.eof:
        raise SpamdError(_DATA, "the compressed mail is cut off")
    return plain


def answered(
    method: str, data: bytes, judgement: Judgement | None, *, explain: Callable[[Judgement], Sequence[str]]
) -> bytes:
    """The answer about one mail; ``explain`` gives the reasons in words, a line each."""
    is_spam = judgement is not None and judgement.verdict is Verdict.SPAM
    said = f"Spam: {is_spam} ; {shown_score(judgement):.1f} / {REQUIRED:.1f}"
    if method == "CHECK":
        return _answer([said], None)
    if method == "SYMBOLS":
        return _answer([said], ",".join(symbols_of(judgement)).encode("ascii") + b"\r\n")
    if method in ("PROCESS", "HEADERS"):
        whole = with_fields(data, fields_of(judgement))
        return _answer([said], whole if method == "PROCESS" else _head(whole))
    lines = list(explain(judgement)) if judgement is not None else []
    if method == "REPORT_IFSPAM" and not is_spam:
        lines = []
    return _answer([said], "".join(f"{each}\r\n" for each in lines).encode("utf-8", "replace"))


def told(did_set: Sequence[str], did_remove: Sequence[str]) -> bytes:
    """The answer to TELL: what was done."""
    lines = [f"{name}: {','.join(done)}" for name, done in (("DidSet", did_set), ("DidRemove", did_remove)) if done]
    return _answer(lines, b"")


def pong() -> bytes:
    """The answer to PING."""
    return b"SPAMD/1.5 0 PONG\r\n"


def failed(error: SpamdError) -> bytes:
    """The answer to what is not the protocol."""
    return f"SPAMD/1.5 {error.status} {error.text}\r\n".encode("ascii", "replace")


def _answer(lines: Sequence[str], body: bytes | None) -> bytes:
    head = ["SPAMD/1.5 0 EX_OK", *lines]
    if body is not None:
        head.insert(1, f"Content-length: {len(body)}")
    return "".join(f"{each}\r\n" for each in [*head, ""]).encode("ascii") + (body or b"")


def _head(data: bytes) -> bytes:
    """The header with the empty line behind it."""
    for end in (b"\r\n\r\n", b"\n\n"):
        at = data.find(end)
        if at >= 0:
            return data[: at + len(end)]
    return data
