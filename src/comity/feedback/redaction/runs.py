"""What runs of base64, base32 and hexadecimal say, for the checker: all of them opened, and of that what is legible.

Trust:      runs are a stranger's text, of signs of the coding alone; nothing is raised.
Standards:  RFC 4648 sections 4 to 8.
Answers:    ``IN_RUNS.all(runs)`` and ``IN_PIECES.all(runs)`` give (name of the coding, text); ``unlocked(runs)`` the bytes.
Limits:     text is five signs or more in UTF-8 or UTF-16. Short runs that come again are remembered, some thousand: those of
            mail headers are the same in most mails. It shares no code with the redactor.
"""

import binascii
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

Reading = tuple[str, bytes]

_KEPT: Final = 8192
_KEPT_LENGTH: Final = 240
_BASE32_RUN: Final = re.compile(rb"[A-Z2-7]{10,}|[a-z2-7]{10,}")
_HEX_RUN: Final = re.compile(rb"[0-9A-Fa-f]{10,}")
_HEX_SIGNS: Final = bytes(0x61 if each in b"0123456789ABCDEFabcdef" else 0x20 for each in range(256))
_FEWEST_HEX: Final = b"a" * 10
# What makes whole groups of four signs of a run, with three NUL behind them, by how many signs it has too many.
_APART: Final = (b"AAAA", b"AAAAAAA", b"AAAAAA", b"AAAAA")
_ASUNDER: Final = b"\0\xff"  # between two opened runs
_LEGIBLE: Final = frozenset(b"\t\r\n\x1b") | set(range(0x20, 0x100)) - {0x7F}
# What is no text becomes a byte that no UTF-8 has, so that one sign parts all texts.
_NO_CONTROLS: Final = bytes(each if each in _LEGIBLE else 0xFF for each in range(256))
# Written as ranges, and the first sign by itself, because the search for a sign out of ranges is quick.
_UNBROKEN: Final = re.compile("[\0-\ufffc\ufffe-\U0010ffff][\0-\ufffc\ufffe-\U0010ffff]{4,}")
_LONE_SURROGATE: Final = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_NULS: Final = re.compile(rb"\0[ -~]\0")
_UTF16: Final = re.compile(rb"(?:[ -~]\0){5,}|(?:\0[ -~]){5,}")
_URL_ALPHABET: Final = bytes.maketrans(b"-_", b"+/")
_DIGITS32: Final = bytes.maketrans(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz234567", b"0123456789ABCDEFGHIJKLMNOP" * 2 + b"QRSTUV"
)


def unlocked(runs: Sequence[bytes]) -> list[Reading]:
    """The bytes of these runs in base64, hexadecimal and base32, from each sign that may be the first of one."""
    return [
        *_in_base64([each.translate(_URL_ALPHABET) for each in runs], "base64"),
        *_in_hex(runs, "hex"),
        *_in_base32(runs),
    ]


def _joined_pieces(runs: Sequence[bytes]) -> list[Reading]:
    """The bytes of one coding that was cut up: these runs were read without everything that may stand between its pieces."""
    return [*_in_base64(runs, "pieces"), *_in_hex(runs, "pieces")]


def _in_base64(runs: Sequence[bytes], name: str) -> Iterator[Reading]:
    for begin in range(4):
        signs = b"".join([run[begin:] + _APART[(len(run) - begin) & 3] for run in runs])
        yield name, binascii.a2b_base64(signs)


def _in_hex(runs: Sequence[bytes], name: str) -> Iterator[Reading]:
    signs = b" ".join(runs)
    if _FEWEST_HEX in signs.translate(_HEX_SIGNS):
        for run in _HEX_RUN.findall(signs):
            for begin in (0, 1):
                yield name, _unhex(run, begin)


def _in_base32(runs: Sequence[bytes]) -> Iterator[Reading]:
    for run in _BASE32_RUN.findall(b" ".join(runs)):
        for begin in range(8):
            yield "base32", _unbase32(run, begin)


class _Known:
    """What runs say, each text with its coding; mostly nothing. Runs that come again are remembered, because those of mail headers
    are the same in most mails; the others are opened all at once.
    """

    def __init__(self, unlock: Callable[[Sequence[bytes]], list[Reading]]) -> None:
        self._unlock = unlock
        self._known: dict[bytes, tuple[Reading, ...]] = {}
        self._met: set[bytes] = set()

    def all(self, runs: Sequence[bytes]) -> list[Reading]:
        """All of it that is legible."""
        said: list[Reading] = []
        news: list[bytes] = []
        for run in runs:
            known = self._known.get(run)
            if known is None and run in self._met:
                known = self._known[run] = tuple(self._opened([run]))
            if known is None:
                news.append(run)
            else:
                said += known
        self._met.update([run for run in news if len(run) <= _KEPT_LENGTH])
        for kept in (self._known, self._met):
            if len(kept) > _KEPT:
                kept.clear()
        return said + self._opened(news) if news else said

    def _opened(self, runs: Sequence[bytes]) -> list[Reading]:
        by_coding: dict[str, list[bytes]] = {}
        for coding, data in self._unlock(runs):
            by_coding.setdefault(coding, []).append(data)
        return [(coding, each) for coding, data in by_coding.items() for each in _legible(_ASUNDER.join(data))]


IN_RUNS: Final = _Known(unlocked)
IN_PIECES: Final = _Known(_joined_pieces)


def _unhex(run: bytes, begin: int) -> bytes:
    return binascii.unhexlify(run[begin:][: (len(run) - begin) // 2 * 2])


def _unbase32(run: bytes, begin: int) -> bytes:
    digits = run[begin:100_000].translate(_DIGITS32)
    bits = 5 * len(digits)
    return (int(digits, 32) >> bits % 8).to_bytes(bits // 8, "big")


def _legible(data: bytes) -> list[bytes]:
    """What of it can be text: in UTF-8, in UTF-16 (which is bytes with NUL between)."""
    whole = _LONE_SURROGATE.sub(b"\xef\xbf\xbc", data) if b"\xed" in data else data
    text = whole.translate(_NO_CONTROLS).decode("utf-8", "replace")
    found = [run.encode() for run in _UNBROKEN.findall(text)]
    if _NULS.search(data):
        found += (run.replace(b"\0", b"") for run in _UTF16.findall(data))
    return found
