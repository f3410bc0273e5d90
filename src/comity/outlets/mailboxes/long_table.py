"""A table of a feed that is too long to be read at once, part by part.

Trust:      whatever lies in the file is a stranger's; nothing in it is opened, followed or run.
Standards:  RFC 4180: a cell in quotes may hold line ends, so that a part ends where as many quotes were closed as opened.
Answers:    ``parts_of(path)`` gives the parts, each with the heading in front, as items; None where the file is short, or no table
            in UTF-8 with a heading in its first line: it is then read as any other.
Limits:     ``PART`` bytes a part, some 60,000 short rows. A quote that is never closed would join all that follows: after
            ``MOST`` bytes without an end a part is cut at a line end all the same, and its own reader names the row.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from comity.model.mailbox import Item

LONG: Final = 16 << 20
PART: Final = 3 << 20
MOST: Final = 24 << 20
_HEADING: Final = 64 << 10
_QUOTE: Final = b'"'


def parts_of(path: Path, *, part: int = PART, long: int = LONG) -> Iterator[Item] | None:
    """The parts of a table; None where it is to be read in one piece."""
    if not path.is_file() or path.stat().st_size <= long:
        return None
    with path.open("rb") as file:
        heading = file.readline(_HEADING)
    if not _is_heading(heading):
        return None
    return _parts(path, heading, part)


def _is_heading(line: bytes) -> bool:
    """Names of columns: UTF-8, with a separator, whole, and no line of a mail or mailbox."""
    if not line.endswith(b"\n") or b"\0" in line or line.count(_QUOTE) % 2:
        return False
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return any(sign in text for sign in ",;\t|") and not text.startswith(("From ", "#", "{", "<"))


def _parts(path: Path, heading: bytes, size: int) -> Iterator[Item]:
    done, whole = len(heading), path.stat().st_size
    with path.open("rb") as file:
        file.seek(done)
        for number, rows in enumerate(_whole_rows(file, size), 1):
            done += len(rows)
            data = heading + rows
            yield Item(name=path.name, position=str(number), size=len(data), data=data, share=min(done / whole, 1.0))


def _whole_rows(file: Iterator[bytes], size: int) -> Iterator[bytes]:
    lines: list[bytes] = []
    held = quotes = 0
    for line in file:
        lines.append(line)
        held += len(line)
        quotes += line.count(_QUOTE)
        if (held >= size and quotes % 2 == 0) or held >= MOST:
            yield b"".join(lines)
            lines, held, quotes = [], 0, 0
    if lines:
        yield b"".join(lines)
