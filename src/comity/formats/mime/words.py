"""Encoded words and parameters in header fields.

Trust:      input is a stranger's text; nothing is raised.
Standards:  RFC 2047 (encoded words), RFC 2231 (parameter continuations and charsets), RFC 2045 section 5.1.
Answers:    ``decode_words(text)``, ``parameters(value)``.
Limits:     linear time; 1,000 parameters, the first of two equal names counts.
"""

import binascii
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

from comity.formats.mime.charsets import decode
from comity.formats.mime.transfer import base64

_WORD: Final = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]*)\?=")
# Quoted, or a plain token, or whatever else stands up to the next semicolon.
_PARAMETER: Final = re.compile(
    r';\s*+([^\s=;"]{1,80}+)\s*+=\s*+'
    r'(?:"([^"\\]*+(?>\\.[^"\\]*+)*+)"|([^\s;"\'(]++)(?=;|\Z)|([^;]*+))',
    re.DOTALL,
)
_USUAL_BEGINNINGS: Final = frozenset({"=?utf-8?B?", "=?UTF-8?B?", "=?utf-8?b?", "=?UTF-8?b?"})
_SECTION: Final = re.compile(r"([^*]+)(?:\*([0-9]{1,4}))?(\*)?")
_MOST: Final = 1000


def decode_words(text: str) -> str:
    """Decode the RFC 2047 words in an unfolded value; what is no encoded word stays as it is.

    Adjacent words of one charset are joined before decoding, because senders split characters across words.

    >>> decode_words("=?gb2312?B?zbbL3w==?= =?gb2312?Q?=BC=FB?= x")
    '\u6295\u8bc9\u89c1 x'
    """
    if "=?" not in text:
        return text
    if text[:10] in _USUAL_BEGINNINGS and text[-2:] == "?=" and text.count("?") == 4:  # one word, as most are today
        try:
            return binascii.a2b_base64(text[10:-2], strict_mode=True).decode()
        except ValueError:  # damaged, or no UTF-8
            pass
    only = _WORD.fullmatch(text)
    if only:
        charset, coding, coded = only.groups()
        return decode(_word_bytes(coding, coded), charset)[0]
    pieces: list[str] = []
    pending: list[bytes] = []
    charset, end = "", 0
    for match in _WORD.finditer(text):
        between = text[end : match.start()]
        data = _word_bytes(match.group(2), match.group(3))
        adjacent = bool(pending) and not between.strip()
        if adjacent and match.group(1).lower() == charset:
            pending.append(data)
        else:
            if pending:
                pieces.append(decode(b"".join(pending), charset)[0])
            if not adjacent:
                pieces.append(between)
            pending, charset = [data], match.group(1).lower()
        end = match.end()
    if pending:
        pieces.append(decode(b"".join(pending), charset)[0])
    pieces.append(text[end:])
    return "".join(pieces)


def _word_bytes(encoding: str, text: str) -> bytes:
    if encoding in "bB":
        try:
            return binascii.a2b_base64(text, strict_mode=True)
        except ValueError:  # damaged, or with white space in it, or not of ASCII
            return base64(text.encode("utf-8", "surrogateescape"))[0]
    return binascii.a2b_qp(text.encode("utf-8", "surrogateescape"), header=True)


def parameters(value: str) -> Mapping[str, str]:
    """Read the parameters behind the first ";" of a structured field, names in lower case, RFC 2231 undone.

    >>> dict(parameters('attachment; filename*0*=UTF-8\\'\\'%E6%8A; filename*1*=%95.eml; size="1;2"'))
    {'size': '1;2', 'filename': '\u6295.eml'}
    """
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[bool, str]]] = {}
    start = value.find(";")
    if start < 0:
        return plain
    for written, quoted, token, bare in _PARAMETER.findall(value, start)[:_MOST]:
        name = written.lower()
        text = token or (_unquote(quoted) if quoted else _bare(bare))
        section = _SECTION.fullmatch(name) if "*" in name else None
        if section is None:
            plain.setdefault(name, text)
        else:
            number = int(section.group(2) or 0)
            sections.setdefault(section.group(1), {}).setdefault(number, (section.group(3) is not None, text))
    for name, parts in sections.items():
        plain[name] = _joined(parts)
    return plain


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text) if "\\" in text else text


def _bare(text: str) -> str:
    """A token may carry a comment or, in real spam, an opening quote that is never closed."""
    return text.partition(" (")[0].strip().strip("\"'").strip()


def _joined(parts: dict[int, tuple[bool, str]]) -> str:
    data, charset = bytearray(), ""
    for number in sorted(parts):
        encoded, text = parts[number]
        if encoded and number == min(parts) and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        raw = text.encode("utf-8", "surrogateescape")
        data += unquote_to_bytes(raw) if encoded else raw
    return decode(bytes(data), charset or None)[0]
