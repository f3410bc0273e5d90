"""The header of one message at T2 and T3: what the originator wrote, without the people it was sent to.

Trust:      input is a stranger's text; output carries CRLF line ends, no NUL, and no line end that is not a fold.
Standards:  RFC 5322 sections 2.2 and 3.6, RFC 6590 section 2.
Answers:    ``lines(message, taken_at, write_addressee)`` gives ``Lines``: field lines, cleaned but for the people in them,
            and what was left out and why.
Limits:     32 kB a field, 128 kB in all: what is longer is left out and named.

What our own side added stands above the Received line with which it took the mail; there only fields that a standard gives
the originator are kept. Below it everything is kept but what names a mailbox or belongs to some filter.
"""

import re
from collections.abc import Callable
from typing import Final

from comity.feedback.redaction.people import ADDRESSEE_FIELDS, DELIVERY_FIELDS, FOR_CLAUSE
from comity.formats.mime import Header, Part, addresses
from comity.formats.trace import HEADER as TRACE
from comity.model.record import record

FIELD_LIMIT: Final = 32_768
HEADER_LIMIT: Final = 131_072
_STANDARD: Final = """
 auto-submitted cc cfbl-address cfbl-feedback-id content-disposition content-language content-transfer-encoding
 content-type date dkim-signature errors-to feedback-id from list-archive list-help list-id list-owner list-post
 list-subscribe list-unsubscribe list-unsubscribe-post message-id mime-version organization precedence received
 reply-to resent-date resent-from resent-message-id resent-sender resent-to return-path sender subject to user-agent
 x-mailer x-originating-ip x-priority
"""
_ABOVE: Final = frozenset(_STANDARD.split())
# Below our own hop: what names the mailbox, and what filters, mail programs and forwarders leave behind.
_LEFT_BEHIND: Final = """
 bcc content-length envelope-sender in-reply-to lines references resent-bcc status thread-index x-account-key x-folder
 x-keywords x-label x-sieve x-status x-uid x-uidl x-user xref
"""
_DENIED: Final = frozenset(_LEFT_BEHIND.split()) | frozenset(DELIVERY_FIELDS)
_DENIED_PREFIXES: Final = (
    "comity-", "x-comity-", "x-amavis", "x-barracuda", "x-bogosity", "x-dspam", "x-evolution", "x-gmail-", "x-gm-",
    "x-imap", "x-ironport", "x-mozilla-", "x-ms-exchange-", "x-pmx", "x-proofpoint", "x-rspamd", "x-scanned",
    "x-spam", "x-virus", "x-forefront",
)  # fmt: skip
# Sealed by the originator, who alone opens it: with it he finds his customer, whatever else was taken out.
_SEALED: Final = frozenset({TRACE.lower()})
_CONVERSATION: Final = frozenset({"in-reply-to", "references", "thread-index"})
# One line end at a time: "[\\r\\n]+" before something else takes quadratic time on many of them.
_EMPTY_FOLD: Final = re.compile(r"[\r\n][ \t]+(?=[\r\n])")
_FOLD: Final = re.compile(r"\r?\n(?=[ \t])|\r(?=[ \t])")
_LINE_END: Final = re.compile(r"[\r\n]+")
_UNFIT: Final = str.maketrans({"\0": " ", "\x1e": " "})
# With the fold before it: what is left must go on in the same line, or the field ends there.
_FOR: Final = re.compile(r"\s{0,40}" + FOR_CLAUSE.pattern + r"[^;()]{0,2000}", re.IGNORECASE)


@record
class Line:
    """One field, ready to be searched: its text, and the codec that gives its bytes back."""

    text: str
    codec: str


@record
class Lines:
    """The fields that may go on, and ``name: why`` for those that may not."""

    kept: tuple[Line, ...]
    removed: tuple[str, ...]


def lines(message: Part, taken_at: int, write_addressee: Callable[[str], str]) -> Lines:
    """Choose and clean the fields.

    ``taken_at`` counts the Received lines from the top; ``write_addressee`` gives what is shown for one address of To or Cc.
    """
    fields = list(message.headers.items())
    hop = _hop(fields, taken_at)
    kept: list[Line] = []
    removed: dict[str, None] = {}
    size = 0
    for number, field in enumerate(fields):
        name = field.name.lower()
        why = _refusal(name, field, above=number < hop)
        if why is None and size + len(field.raw) > HEADER_LIMIT:
            why = "too-long"
        if why is not None:
            removed[f"{name}: {why}"] = None
            continue
        size += len(field.raw)
        line, remark = _addressee_line(field, write_addressee) if name in ADDRESSEE_FIELDS else _cleaned(name, field)
        if remark is not None:
            removed[remark] = None
        if line is not None:
            kept.append(line)
    return Lines(kept=tuple(kept), removed=tuple(removed))


def _hop(fields: list[Header], taken_at: int) -> int:
    """The position of the Received line that took the mail; 0 where there are not that many."""
    received = [number for number, field in enumerate(fields) if field.name.lower() == "received"]
    return received[taken_at] if taken_at < len(received) else 0


def _refusal(name: str, field: Header, *, above: bool) -> str | None:
    if len(field.raw) > FIELD_LIMIT:
        return "too-long"
    if name in _CONVERSATION:
        return "names-mail-of-the-recipient"
    if name in DELIVERY_FIELDS or name in {"bcc", "resent-bcc"}:
        return "names-the-mailbox"
    if name in _DENIED or (name.startswith(_DENIED_PREFIXES) and name not in _SEALED):
        return "belongs-to-the-receiving-side"
    if above and (name == "received" or name not in _ABOVE):
        return "added-by-the-receiving-side"
    return None


def _addressee_line(field: Header, write: Callable[[str], str]) -> tuple[Line, str]:
    """To and Cc are written anew: addresses only, each once."""
    text, _ = _read(field.raw)
    boxes = addresses(_LINE_END.sub(" ", text.translate(_UNFIT)))
    shown = dict.fromkeys(f"<{write(box.address)}>" for box in boxes)
    written = ",\r\n ".join(shown) or "undisclosed-recipients:;"
    return Line(text=f"{field.name}: {written}", codec="utf-8"), f"{field.name.lower()}: names-people"


def _cleaned(name: str, field: Header) -> tuple[Line | None, str | None]:
    """Any other field, and what was taken out of it."""
    text, codec = _read(field.raw)
    text, remark = _one_field(text), None
    if name == "received":
        shorter = _FOR.sub("", text)
        if shorter != text:
            text, remark = shorter, "received-for: names-the-mailbox"
    elif name.startswith("content-") and "name" in text.lower():
        # A file name may be made for one recipient, and is split and coded in ways of its own (RFC 2231).
        text, remark = _without_file_name(text), f"{name}: file-name"
    return (Line(text=f"{field.name}:{text}", codec=codec) if text.strip() else None), remark


def _read(raw: bytes) -> tuple[str, str]:
    for codec in ("ascii", "utf-8", "gb18030"):
        try:
            text = raw.decode(codec)
            if codec != "gb18030" or text.encode(codec) == raw:
                return text, codec
        except UnicodeError:
            continue
    return raw.decode("latin-1"), "latin-1"


def _one_field(text: str) -> str:
    """One field stays one field: folds become CRLF and white space, every other line end a space."""
    if "\0" in text or "\x1e" in text:
        text = text.translate(_UNFIT)
    if "\n" in text or "\r" in text:
        text = _FOLD.sub("\x1e", _EMPTY_FOLD.sub("", text))
        text = _LINE_END.sub(" ", text).replace("\x1e", "\r\n")
    return text.rstrip()


def _without_file_name(text: str) -> str:
    """Media type or disposition, and of the parameters only those that say how to read the content."""
    first, *parameters = text.split(";")
    kept = [
        each for each in parameters if each.split("=")[0].strip().lower() in {"charset", "boundary", "format", "type"}
    ]
    return ";".join([first, *kept]).rstrip()
