"""Read a table of addresses and times: Shadowserver's CSV, Microsoft's SNDS, and anybody's.

Trust:      input is a stranger's bytes; output is safe to store, not to print unescaped, nor to open in a spreadsheet.
Standards:  RFC 4180 (CSV); Shadowserver's columns by name, never by position: they change order and number.
Answers:    ``read(data, name)``: a Reading of kind TABLE with one report a row; of kind UNREADABLE where it is no table of
            addresses. Nothing is raised; a row that cannot be read is named by its line and left where it is.
Limits:     64 MiB, 200,000 rows, 1,000 columns. A table is never a complaint: it says what a sensor or a desk saw.
"""

from typing import Final

from comity.formats.cells import FORMULA
from comity.formats.tables import plan as planning
from comity.formats.tables import snds
from comity.formats.tables.lines import SEEN_LIMIT, Rows, text_of
from comity.formats.tables.rows import COLUMN_LIMIT, RowReader
from comity.model.feedback import FeedbackReport, Kind, Reading
from comity.model.findings import Finding, finding

__all__ = ["ROW_LIMIT", "read"]

ROW_LIMIT: Final = 200_000
_LOOKS: Final = 1_000


def read(data: bytes, name: str | None = None) -> Reading:
    """Read one table; ``name`` is what its file was called, if anything.

    >>> reading = read("源IP,源端口,发生时间(北京时间)\\n192.0.2.7,4455,2026-03-01 16:00:00\\n".encode("gb18030"))
    >>> report, = reading.reports
    >>> report.source_ip, report.source_port, report.arrival_date.isoformat()
    ('192.0.2.7', 4455, '2026-03-01T08:00:00+00:00')
    """
    text, notes = text_of(data)
    if snds.is_snds(text):
        return snds.read(text, notes)
    found = planning.find(text, name)
    notes += found.findings
    if found.plan is None:
        ambiguous = any(note.code == "table-address-ambiguous" for note in found.findings)
        kind = Kind.TABLE if ambiguous else Kind.UNREADABLE
        return Reading(kind=kind, why="why.table" if ambiguous else "why.table-unrecognised", findings=tuple(notes))
    if len(found.plan.names) >= COLUMN_LIMIT:
        notes.append(finding("table-column-limit", None, str(COLUMN_LIMIT)))
    rows = Rows(text, found.start, found.separator)
    reader = RowReader(found.plan, rows)
    reports = _reports(rows, reader, notes)
    for line, fault in rows.faults:
        reader.skip(line, fault)
    if rows.is_cut:
        notes.append(finding("table-row-limit", f"line {rows.line}", str(SEEN_LIMIT)))
    formula = _formula(text, found.separator)
    if formula is not None:
        line = text.count("\n", 0, formula) + 1
        notes.append(finding("table-formula", f"line {line}", text[formula : formula + 40].partition("\n")[0]))
    why = "why.table-shadowserver" if found.plan.feed.reporter else "why.table"
    return Reading(
        kind=Kind.TABLE, why=why, reports=tuple(reports), findings=(*notes, *reader.findings, *reader.sums())
    )


def _reports(rows: Rows, reader: RowReader, notes: list[Finding]) -> list[FeedbackReport]:
    reports: list[FeedbackReport] = []
    for row in rows:
        if len(reports) >= ROW_LIMIT:
            notes.append(finding("table-row-limit", f"line {rows.line}", str(ROW_LIMIT)))
            break
        feedback = reader.read(row)
        if feedback is not None:
            reports.append(feedback)
    return reports


def _formula(text: str, separator: str) -> int | None:
    """Where a cell begins that a spreadsheet would run: with = or @, or with a sign that no number follows."""
    places = []
    for sign in FORMULA:
        for before in (separator, f'{separator}"', "\n", '\n"'):
            at = text.find(before + sign)
            for _ in range(_LOOKS):
                if at < 0:
                    break
                cell = text[at + len(before) : at + len(before) + 40]
                cell = cell.split(separator)[0].split("\n")[0].strip('"\r ')
                if not _is_number(cell):
                    places.append(at + len(before))
                    break
                at = text.find(before + sign, at + 1)
    return min(places, default=None)


def _is_number(cell: str) -> bool:
    """A signed number, or a sign alone as many write for "nothing"."""
    digits = cell[1:].replace(".", "").replace("-", "").replace(" ", "")
    return cell[:1] in {"+", "-", "\uff0b", "\uff0d"} and (not digits or digits.isdecimal())
