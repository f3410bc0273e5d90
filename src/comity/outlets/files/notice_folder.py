"""Files of notices that are no mail: what a gateway for text messages, a printer and the help line take.

Trust:      labels are the operator's own; in the tables, what a spreadsheet would take for a formula is defused.
Standards:  RFC 4180 (CSV).
Answers:    ``NoticeFolder(path).bring(given, label)`` writes one notice and its line; where the notice lies.
Limits:     written after the commit and named after the reference: written again, it is the same file. A line in ``sms.csv`` and
            ``call.csv`` (reference, case, subscriber, text, telephone) is added once for each notice, twice only where the program
            dies just then; whoever works them off moves the table away. People read ``call.csv``, so that a new one begins with a
            heading; ``sms.csv`` has none, because a gateway would send it.
"""

import csv
import io
import os
import re
from pathlib import Path
from typing import Final

from comity.formats.cells import cell
from comity.model.notice import NoticeKind
from comity.outlets.files.replacing import replaced
from comity.remediation.notice.reference import shown
from comity.services.remedy.notices import Given

_TABLES: Final = (NoticeKind.SMS, NoticeKind.CALL)
_HEADING: Final = ("reference", "case", "subscriber", "text", "telephone")
_DIALLED: Final = re.compile(r"\+?[0-9 ().-]{0,60}")


class NoticeFolder:
    """One folder, with one for each kind in it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def bring(self, given: Given, label: str) -> str:
        """Write one notice; where it lies."""
        kind, reference = given.notice.kind, given.notice.reference
        path = self._path / kind.value / f"{shown(reference)}.txt"
        if kind in _TABLES and not path.exists():
            cells = [shown(reference), given.notice.case_id, label, given.rendered.text.strip(), given.phone or ""]
            self._add(kind, cells)
        self._write(path, given.rendered.text)
        if given.rendered.html is not None:
            path = path.with_suffix(".html")
            self._write(path, given.rendered.html)
        return str(path)

    @staticmethod
    def _write(path: Path, text: str) -> None:
        with replaced(path) as file:
            os.fchmod(file.fileno(), 0o640)
            file.write(text.encode("utf-8"))

    def _add(self, kind: NoticeKind, cells: list[str]) -> None:
        self._path.mkdir(parents=True, exist_ok=True)
        phone = cells.pop()  # figures behind a plus, as it was taken in: no formula, and a gateway has to dial it
        row = [*map(cell, cells), phone if _DIALLED.fullmatch(phone) else ""]
        descriptor = os.open(self._path / f"{kind.value}.csv", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        try:
            is_headed = kind is NoticeKind.CALL and os.fstat(descriptor).st_size == 0
            lines = io.StringIO(newline="")
            csv.writer(lines).writerows([_HEADING, row] if is_headed else [row])
            os.write(descriptor, lines.getvalue().encode("utf-8"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
