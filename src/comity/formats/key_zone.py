"""Read DKIM key records out of a text in the form of a DNS zone file.

Trust:      the operator's own file: keys that were seen at delivery, because domains change theirs.
Standards:  RFC 1035 section 5.1 (master files), as far as TXT records at ``SELECTOR._domainkey.DOMAIN`` go.
Answers:    ``read_zone(text)``: ``Zone(records, mistakes)``; nothing is raised.
Limits:     names are whole (no $ORIGIN); TTL and class are passed over; records of other types and other names are mistakes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_WORD: Final = re.compile(r'[ \t\r\n]+|;[^\n]*|"(?P<text>(?>[^"\\\n]|\\.)*+)"|(?P<sign>[()])|(?P<word>[^ \t\r\n;"()]+)')
_NUMBER: Final = re.compile(r"[0-9]+[smhdwSMHDW]?")
_CLASSES: Final = frozenset({"IN", "CH", "HS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """Key records by lower-case name without final dot, and the lines that are none."""

    records: Mapping[str, str]
    mistakes: tuple[int, ...]


def read_zone(text: str) -> Zone:
    """Give the key records of a zone text.

    >>> read_zone('s1._domainkey.east.example. 300 IN TXT ( "v=DKIM1; "\\n "p=" ) ; gone').records
    {'s1._domainkey.east.example': 'v=DKIM1; p='}
    """
    records: dict[str, str] = {}
    mistakes: list[int] = []
    for line, words in _entries(text):
        name, value = _record(words)
        if name is None or value is None:
            mistakes.append(line)
        else:
            records.setdefault(name, value)
    return Zone(records=records, mistakes=tuple(mistakes))


def _record(words: list[tuple[str, bool]]) -> tuple[str | None, str | None]:
    """(name, text) of one entry; quoted words are the strings of the record, a bare one may be too."""
    name = words[0][0].rstrip(".").lower()
    at = 1
    while (
        at < len(words) and not words[at][1] and (words[at][0].upper() in _CLASSES or _NUMBER.fullmatch(words[at][0]))
    ):
        at += 1
    if at >= len(words) or words[at][0].upper() != "TXT" or "._domainkey." not in name:
        return None, None
    strings = [word.replace("\\", "") if quoted else word for word, quoted in words[at + 1 :]]
    return name, "".join(strings) or None


def _entries(text: str) -> Iterator[tuple[int, list[tuple[str, bool]]]]:
    """Each entry with its first line: words, and whether each was quoted; brackets join lines."""
    words, depth, line, first = list[tuple[str, bool]](), 0, 1, 1
    at = 0
    while at < len(text):
        match = _WORD.match(text, at)
        token = match.group() if match else text[at]
        at += len(token)
        if match is None:
            words.append((token, False))  # a lone quotation mark: no record has one
        elif match["sign"]:
            depth = max(depth + (1 if match["sign"] == "(" else -1), 0)
        elif match["word"] is not None or match["text"] is not None:
            if not words:
                first = line
            words.append((match["word"], False) if match["word"] is not None else (match["text"], True))
        elif "\n" in token and depth == 0 and words:
            yield first, words
            words = []
        line += token.count("\n")
    if words:
        yield first, words
