"""From the bytes of a table to its rows of cells.

Trust:      input is a stranger's bytes; nothing is raised.
Standards:  RFC 4180, and what is seen beside it: other separators, comments, "sep=", UTF-16, GB 18030, line ends of any kind.
Answers:    ``text_of(data)``; ``Rows``: the cells of every row and where it stands, rows that cannot be read named.
Limits:     64 MiB of ASCII, 32 MiB of other text (it needs up to four bytes a character in memory); a cell of 131,072
            characters (the cap of ``csv``), a row of a million. A quote that is never closed costs its own row.
"""

import csv
from collections.abc import Iterator
from typing import Final

from comity.formats.mime.charsets import decode
from comity.model.findings import Finding, finding

SIZE_LIMIT: Final = 64 << 20
WIDE_SIZE_LIMIT: Final = 32 << 20
ROW_SIZE_LIMIT: Final = 1 << 20
SEPARATORS: Final = ",;\t|"
FAULT_LIMIT: Final = 50
_COMMENT_SIGNS: Final = ("#", "; ", "//")
SEEN_LIMIT: Final = 500_000  # rows, the empty ones included


def text_of(data: bytes) -> tuple[str, list[Finding]]:
    """Decode, whatever the bytes are: UTF-8, UTF-16, GB 18030, Big5 or Windows-1252."""
    notes = []
    limit = SIZE_LIMIT if data.isascii() else WIDE_SIZE_LIMIT
    if len(data) > limit:
        notes.append(finding("size-limit", None, str(len(data))))
        data = data[: data.rfind(b"\n", 0, limit) + 1 or limit]
    start = data[:400]
    zeros = start[::2].count(0), start[1::2].count(0)
    if data[:2] not in {b"\xff\xfe", b"\xfe\xff"} and sum(zeros) * 8 > len(start):  # UTF-16 without its mark
        text = data.decode("utf-16-be" if zeros[0] > zeros[1] else "utf-16-le", "replace")
    else:
        text, _ = decode(data, None)
    text = text.removeprefix("\ufeff")
    if "\r" in text and "\n" not in text:
        text = text.replace("\r", "\n")
    return text.replace("\x00", "\ufffd"), notes


def line_at(text: str, start: int) -> tuple[str, int]:
    """The line that begins at ``start``, with its end, and where the next one begins."""
    end = text.find("\n", start) + 1
    return (text[start:end], end) if end else (text[start:], len(text))


def cells_of(row: str, separator: str) -> list[str]:
    """The cells of one row on its own; none where it cannot be read.

    >>> cells_of('192.0.2.7, "a, b"', ",")
    ['192.0.2.7', 'a, b']
    """
    try:
        row = row[:ROW_SIZE_LIMIT]
        return next(csv.reader(row.splitlines(keepends=True), delimiter=separator, skipinitialspace=True), [])
    except csv.Error:
        return []


def separator_of(line: str) -> str:
    """The separator of a line: the one that gives most cells.

    >>> separator_of("ip;time, local;port"), separator_of("sep=|")
    (';', '|')
    """
    if line[:4].lower() == "sep=" and len(line.strip()) == 5:
        return line[4]
    return max(SEPARATORS, key=lambda separator: len(cells_of(line[:20_000], separator)))


class Rows:
    """The rows of a text from one place on. Iterate once; then ``faults`` has what could not be read.

    While a row is out, ``line`` is the number of its last line, and ``text[start:end]`` is the row as it was written.
    """

    def __init__(self, text: str, start: int, separator: str) -> None:
        self.text, self.separator = text, separator
        self.faults: list[tuple[int, str]] = []
        self.line = text.count("\n", 0, start)
        self.start = self.end = start
        self.is_cut = False

    @property
    def breaks_off(self) -> bool:
        """Whether the row that is out ends where the text does, without a line end: there may have been more of it."""
        return self.end >= len(self.text) and not self.text.endswith("\n")

    def _lines(self) -> Iterator[str]:
        text, size = self.text, len(self.text)
        find = text.find
        while self.end < size:
            start = self.end
            self.end = find("\n", start) + 1 or size
            if self.end - self.start > ROW_SIZE_LIMIT:
                # A row of millions of cells would need far more memory than it has characters.
                raise csv.Error(f"row of more than {ROW_SIZE_LIMIT} characters")
            yield text[start : self.end]

    def __iter__(self) -> Iterator[list[str]]:
        """Rows of cells, without empty rows and comments."""
        first, seen = self.line, 0
        reader = csv.reader(self._lines(), delimiter=self.separator, skipinitialspace=True)
        while True:
            self.start = self.end
            try:
                for row in reader:
                    if row and (len(row) > 1 or row[0].strip()) and not row[0].startswith(_COMMENT_SIGNS):
                        self.line = first + reader.line_num
                        yield row
                    self.start = self.end
                    seen += 1
                    if seen > SEEN_LIMIT:
                        self.is_cut = True
                        return
                return
            except csv.Error as fault:
                # Most likely a quote that was never closed swallowed the rows behind it: go on behind its own line.
                first = self.line = self.text.count("\n", 0, self.start) + 1
                self.faults.append((first, str(fault)))
                self.end = line_at(self.text, self.start)[1]
                if len(self.faults) > FAULT_LIMIT:
                    self.faults.append((first, "too many such rows: reading ended here"))
                    return
                reader = csv.reader(self._lines(), delimiter=self.separator, skipinitialspace=True)
