"""Bytes to text, for every charset that real mail claims, has, or lies about.

Trust:      input is a stranger's bytes and a stranger's word for the charset; nothing is raised.
Standards:  RFC 2046 section 4.1.2; RFC 1922 (ISO-2022-CN); GB 18030 read wherever GB 2312 is claimed.
Answers:    ``decode(data, charset)`` gives (text, finding code or None); ``decode_as`` names the codec too.
Limits:     only text codecs that ``encodings.aliases`` lists are looked up: a charset called "zip" or "hex" is unknown.
"""

import codecs
import re
from encodings.aliases import aliases
from typing import Final

from comity.formats.remembered import Remembered

_NOT_TEXT: Final = frozenset(
    {"base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec"}
)
_CODECS: Final = frozenset(aliases.values()) - _NOT_TEXT
# What is claimed -> what it is in practice: the superset that mail programs really write.
_MEANT: Final = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_gb2312_cn": "gb18030",
    "x_gbk": "gb18030",
    "gb_2312_80": "gb18030",
    "gb2312_80": "gb18030",
    "cn_gb": "gb18030",
    "x_euc_cn": "gb18030",
    "euc_cn": "gb18030",
    "big5": "big5hkscs",
    "x_x_big5": "big5hkscs",
    "cn_big5": "big5hkscs",
    "euc_kr": "cp949",
    "ks_c_5601_1987": "cp949",
    "ks_c_5601": "cp949",
    "shift_jis": "cp932",
    "x_sjis": "cp932",
    "latin_1": "cp1252",
    "ascii": "utf_8",
    "x_unknown": "",
    "unknown_8bit": "",
    "default_charset": "",
    "default": "",
    "8bit": "",
    "unicode": "utf_16",
    "x_mac_roman": "mac_roman",
    "hz_gb_2312": "hz",
    "iso_2022_cn": "iso_2022_cn",
    "iso_2022_cn_ext": "iso_2022_cn",
}
_NAME_NOISE: Final = re.compile(r"[^a-z0-9]+")
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_GB_COMMON: Final = re.compile(rb"[\xb0-\xd7][\xa1-\xfe]|[\xa1\xa3][\xa1-\xfe]")
_BIG5_COMMON: Final = re.compile(rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]|\xa1[\x40-\x7e\xa1-\xfe]")
_SHIFTED: Final = re.compile(rb"\x0e([^\x0f\r\n]*)\x0f?")
_DESIGNATION: Final = re.compile(rb"\x1b\$[)*+][A-Z]|\x1b[NO]")
_TO_HIGH: Final = bytes(each | 0x80 if each > 32 else each for each in range(256))


def _codec(charset: str) -> str | None:
    """Give the Python codec to read a claimed charset with; "" where nothing is claimed, None where it is unknown.

    >>> codec_for("GB2312"), codec_for("us-ascii"), codec_for("zip"), codec_for("unknown-8bit")
    ('gb18030', 'utf_8', None, '')
    """
    name = _NAME_NOISE.sub("_", charset[:60].lower()).strip("_")
    if not name:
        return ""
    if name in _MEANT:
        return _MEANT[name]
    codec = aliases.get(name, name)
    if codec not in _CODECS:
        return None
    try:
        codecs.lookup(codec)
    except LookupError:  # "mbcs" and "oem" exist on Windows only
        return None
    return _MEANT.get(codec, codec)


codec_for: Final = Remembered(_codec, most=512, longest=60).__getitem__


def decode(data: bytes, charset: str | None) -> tuple[str, str | None]:
    """Decode ``data`` as the claimed charset, or as what it looks like where the claim cannot hold.

    >>> decode("\u6295\u8bc9".encode("gb18030"), "gb2312")
    ('\u6295\u8bc9', None)
    """
    if data.isascii() and b"\x1b" not in data and b"\x0e" not in data and b"~{" not in data and b"\x00" not in data:
        codec = codec_for(charset) if charset else ""
        if codec is None:
            return data.decode("ascii"), "charset-unknown"
        if (
            codec not in {"utf_7", "utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be"}
            and "_ebcdic" not in codec
        ):
            return data.decode("ascii"), None
    elif charset and codec_for(charset) == "utf_8":
        try:
            return data.decode(), None  # most of what is not ASCII today
        except UnicodeDecodeError:
            pass
    text, _, code = decode_as(data, charset)
    return text, code


def decode_as(data: bytes, charset: str | None) -> tuple[str, str, str | None]:
    """The same, and between the two the codec that was used: what is shown beside the claim.

    >>> decode_as("\u6295\u8bc9\u6295\u8bc9".encode("gb18030"), "utf-8")[:2]
    ('\u6295\u8bc9\u6295\u8bc9', 'gb18030')
    """
    codec = codec_for(charset) if charset else ""
    if codec is None:
        return *_looks_like(data), "charset-unknown"
    if codec == "":
        return *_looks_like(data), None
    return _as_claimed(data, codec)


def _as_claimed(data: bytes, codec: str) -> tuple[str, str, str | None]:
    if codec == "iso_2022_cn":
        return _iso_2022_cn(data), codec, None
    if codec == "utf_16" and data[:2] not in {b"\xff\xfe", b"\xfe\xff"}:
        codec = "utf_16_le" if data[1:2] == b"\x00" else "utf_16_be"
    try:
        return data.decode(codec), codec, None
    except (UnicodeError, ValueError):
        pass
    try:
        text = data.decode(codec, "replace")
    except (UnicodeError, ValueError):  # a few multi-byte codecs fail even so
        return *_looks_like(data), "charset-damaged"
    if text.count("\ufffd") * 50 <= len(text):
        return text, codec, "charset-damaged"
    guess, guessed = _looks_like(data)
    is_better = guess.count("\ufffd") < text.count("\ufffd")
    return (guess, guessed, "charset-damaged") if is_better else (text, codec, "charset-damaged")


def _looks_like(data: bytes) -> tuple[str, str]:
    """Decode bytes that come without a charset worth believing: UTF-8, UTF-16, GB 18030, Big5, else Windows-1252."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf_16", "replace"), "utf_16"
    if b"\x1b$)" in data:
        return _iso_2022_cn(data), "iso_2022_cn"
    if b"~{" in data and data.isascii():
        return data.decode("hz", "replace"), "hz"
    try:
        return data.decode("utf_8"), "utf_8"
    except UnicodeDecodeError:
        pass
    sample = data[:65536]
    high = len(_HIGH.findall(sample))
    chinese = max(
        (2 * len(_GB_COMMON.findall(sample)), "gb18030"),
        (2 * len(_BIG5_COMMON.findall(sample)) - high // 4, "big5hkscs"),
    )
    if high >= 4 and chinese[0] * 10 >= high * 6:
        return data.decode(chinese[1], "replace"), chinese[1]
    return data.decode("cp1252", "replace"), "cp1252"


def _iso_2022_cn(data: bytes) -> str:
    """Read ISO-2022-CN (RFC 1922) as far as GB 2312 goes: between SO and SI each byte gets its high bit."""
    plain = _DESIGNATION.sub(b"", data)
    return _SHIFTED.sub(lambda match: match.group(1).translate(_TO_HIGH), plain).decode("gb18030", "replace")
