"""Find a mail's header in text: as a mail program writes it above a forwarded mail, or the raw fields somebody pasted.

Trust:      a person may have changed every line.
Standards:  RFC 5322 for the raw fields; the label blocks of Outlook, Gmail, Apple, Thunderbird, QQ, NetEase, Foxmail, Yahoo, Notes.
Answers:    ``label_block(text)`` and ``raw_block(text)``: the first block found, or None.
Limits:     2,000 lines; 400 lines of raw fields. Lines quoted with ">" count as if they were not.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

# How a subject begins that a mail program gave to a forward.
FORWARDED: Final = re.compile(r"\s*(?:fwd?|fw|转发|轉寄|轉發|wg|tr|vs|doorst|i)\s?[:：]|\[fwd", re.IGNORECASE)
_LABELS: Final[dict[str, str]] = {
    **dict.fromkeys(("from", "von", "de", "发件人", "寄件者", "寄件人", "發件人", "发信人", "差出人", "来自"), "from"),
    **dict.fromkeys(("to", "an", "收件人", "收件者", "宛先", "à"), "to"),
    **dict.fromkeys(("subject", "betreff", "objet", "主题", "主旨", "主題", "标题", "件名"), "subject"),
    **dict.fromkeys(
        ("date", "sent", "gesendet", "datum", "发送时间", "日期", "时间", "发送日期", "寄件日期", "傳送時間",
        "發送時間", "已发送", "送信日時", "发件日期", "envoyé"), "date"),
    **dict.fromkeys(
        ("cc", "kopie", "抄送", "抄送人", "副本", "bcc", "reply-to", "回复", "回复至", "attachments", "附件",
         "importance", "重要性", "优先级", "message-id", "x-mailer"), "other"),
}  # fmt: skip
_LABEL: Final = re.compile(
    r"\*{0,2}(?P<label>[A-Za-zà-ü-]{2,12}|[\u4e00-\u9fff]{2,5})\s{0,6}\*{0,2}[:：]\*{0,2}[ "
    r"\t]{0,20}(?P<value>.{0,2000})$"
)
_QUOTE: Final = re.compile(r"^(?:[ \t]{0,4}[>|]){0,20}[ \t\u3000]{0,20}")
# A run of dashes is tried once, at its first: from every dash on, 16 kB of them took ten seconds.
_SEPARATOR: Final = re.compile(
    r"(?P<forward>forwarded (?:message|by|mail)|begin forwarded|forwarding messages?|(?:message|mail) transf|"
    r"weitergeleitete nachricht|转发的(?:邮件|消息|信息)|转发(?:邮件|信息)|被转发的邮件|"
    r"轉寄的?(?:郵件|訊息)|轉寄郵件|轉發的郵件|開始轉寄|开始转发)"
    r"|(?P<any>(?<!-)-{3,}+\s?(?:original(?: message)?|ursprüngliche nachricht|原始邮件|邮件原件|原始消息|原始郵件|"
    r"原始訊息|message d'origine)\s?-{3,}|_{20,}|(?<!-)-{10,}+\s?原始邮件)",
    re.IGNORECASE,
)
_FIELD: Final = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9-]{1,60})[ \t]?:(?:[ \t]|$)")
_TRACE: Final = re.compile(r"received[ \t]?:[ \t]*(?:from|by|\()", re.IGNORECASE)
_KNOWN: Final = frozenset(
    {"received", "return-path", "delivered-to", "from", "to", "cc", "date", "subject", "message-id", "mime-version",
    "content-type", "content-transfer-encoding", "dkim-signature",
     "authentication-results", "reply-to", "sender", "received-spf", "envelope-to", "list-unsubscribe", "list-id",
     "references", "in-reply-to", "user-agent", "domainkey-signature",
     "feedback-id", "cfbl-address", "cfbl-feedback-id", "precedence", "importance", "thread-topic", "thread-index",
     "content-language", "accept-language", "errors-to",
     "content-disposition", "status", "priority", "auto-submitted", "organization", "content-class", "delivery-date",
     "resent-from", "resent-date"}
)  # fmt: skip
_AUTHOR_WORDS: Final = (
    "From",
    "from:",
    "FROM",
    "发件人",
    "寄件者",
    "寄件人",
    "發件人",
    "发信人",
    "差出人",
    "来自",
    "Von",
    "De",
)
_MOST_LINES: Final = 400
_WANTED: Final = frozenset({"to", "subject", "date"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A header found in text: what its labels or fields say, where it begins, and whether a line above said "forwarded"."""

    start: int  # offset of its first line in the text
    values: Mapping[str, str]
    forwarded: bool = False
    raw: bytes | None = None  # raw fields, unquoted and refolded


def label_block(text: str) -> Block | None:
    """Find the block of labels above a forwarded or quoted mail: an author and two more of recipient, subject, date.

    >>> label_block("--- Forwarded message ---\\nFrom: W <w@west.example>\\nDate: Mon, 23 Nov 2026\\nSubject: Hi").forwarded
    True
    """
    if not any(word in text for word in _AUTHOR_WORDS):
        return None
    lines = text.split("\n")
    starts = _starts(lines)
    number = 0
    while number < len(lines):
        values, following = _labels(lines, number)
        if "from" in values and len(_WANTED & values.keys()) >= 2 and (values["from"] or values.get("subject")):
            above = "\n".join(lines[max(0, number - 4) : number])
            separators = [match.lastgroup for match in _SEPARATOR.finditer(above)]
            return Block(start=starts[number], values=MappingProxyType(values), forwarded="forward" in separators)
        number = following
    return None


def _labels(lines: list[str], number: int) -> tuple[dict[str, str], int]:
    """The labels from this line on, and the line to go on with; blank lines and folded values are stepped over."""
    values: dict[str, str] = {}
    at, slack, last = number, 0, None
    while at < len(lines) and at < number + 40:
        line = _QUOTE.sub("", lines[at][:3000])
        match = _LABEL.match(line)
        meaning = _LABELS.get(match.group("label").lower()) if match else None
        if match and meaning is not None:
            values.setdefault(meaning, match.group("value").strip())
            slack, last = 0, meaning
        elif not values:
            return values, at + 1
        elif slack >= (1 if not line.strip() else 2):
            break
        else:
            slack += 1
            if last in _WANTED and line.strip() and not values[last]:
                values[last] = line.strip()
        at += 1
    return values, max(at, number + 1)


def raw_block(text: str) -> Block | None:
    """Find raw header fields pasted into a text: at least one trace field and three others.

    >>> found = raw_block("see:\\n> Received: from a [192.0.2.1]\\n>\\tby b\\n> From: w@west.example\\n> To: x\\n> Subject: y\\n")
    >>> found.raw.splitlines()[0]
    b'Received: from a [192.0.2.1]'
    """
    lines = text.split("\n")
    bare = [_QUOTE.sub("", line[:3000]) for line in lines]
    if not any(_TRACE.match(line) for line in bare):
        return None
    number = 0
    while number < len(bare):
        fields, following = _fields(lines, bare, number)
        names = {_FIELD.match(field).group("name").lower() for field in fields if _FIELD.match(field)}  # type: ignore[union-attr]
        if len(names & _KNOWN) >= 4 and any(_TRACE.match(field) for field in fields):
            raw = "".join(f"{field}\n" for field in fields).encode("utf-8", "replace")
            return Block(start=_starts(lines)[number], values=MappingProxyType({}), raw=raw + b"\n")
        number = following
    return None


def _fields(lines: list[str], bare: list[str], number: int) -> tuple[list[str], int]:
    """The fields from this line on: what is no field continues the one above; an empty line ends them, unless fields follow."""
    fields: list[str] = []
    at = number
    while at < len(bare) and at < number + _MOST_LINES:
        line = bare[at].rstrip()
        match = _FIELD.match(line)
        if match and (match.group("name").lower() in _KNOWN or "-" in match.group("name")):
            fields.append(line)
        elif not fields:
            return fields, at + 1
        elif not line:
            following = bare[at + 1].rstrip() if at + 1 < len(bare) else ""
            match = _FIELD.match(following)
            if match is None or match.group("name").lower() not in _KNOWN:
                break
        elif len(fields[-1]) < 20_000:
            fields[-1] += f"\n {line}"
        at += 1
    return fields, max(at, number + 1)


def _starts(lines: list[str]) -> list[int]:
    starts, at = [], 0
    for line in lines:
        starts.append(at)
        at += len(line) + 1
    return starts
