"""Read the table of Microsoft's SNDS: what its mail hosts saw of each of our addresses in a day.

Trust:      our own account gives the file, but samples in it (HELO, MAIL FROM, comments) are strangers' words.
Standards:  the fourteen columns of SNDS "data", without a heading, by position: address, activity from and to, RCPT commands, DATA
            commands, recipients, filter result, complaint rate, traps from and to, trap hits, sample HELO and MAIL FROM, comments.
            Days are written month first. GREEN: less than a tenth looked like spam, RED: more than nine tenths.
Answers:    ``is_snds(text)``; ``read(text)``: a report for each address that needs somebody, of the class ``spam/snds_trap``,
            ``spam/snds_red``, ``spam/snds_yellow`` or ``spam/snds_complaints``; what looks well is counted in a finding.
Limits:     200,000 rows. The times state no zone and are read as UTC. A rate below a tenth of a percent is given as "less than": it
            is 0 here. The table is no complaint of a person and no sign of an infection: it counts what one provider saw.
"""

import re
from datetime import UTC, datetime
from typing import Final

from comity.formats.tables import cells
from comity.formats.tables.lines import Rows, cells_of, line_at
from comity.model.feedback import FeedbackReport, Kind, Reading
from comity.model.findings import Finding, finding

ROW_LIMIT: Final = 200_000
BAD_PERCENT: Final = 0.3
_COLOURS: Final = frozenset({"GREEN", "YELLOW", "RED"})
_LEAST: Final = 8  # columns that every row has
_NAMES: Final = (
    "address", "activity_start", "activity_end", "rcpt_commands", "data_commands", "message_recipients", "filter_result",
    "complaint_rate", "trap_start", "trap_end", "trap_hits", "sample_helo", "sample_mail_from", "comments",
)  # fmt: skip
_MOMENT: Final = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4})(?: (\d{1,2}):(\d{2})(?::(\d{2}))? ?([AP])M)?", re.ASCII | re.IGNORECASE
)
_RATE: Final = re.compile(r"(<?) ?(\d{1,3}(?:\.\d{1,4})?) ?%", re.ASCII)
_CELL: Final = 400
_NAMED: Final = 20


def is_snds(text: str) -> bool:
    """Whether a table is one of SNDS, by its first row.

    >>> is_snds("192.0.2.7,3/1/2026 1:00 AM,3/1/2026 11:00 PM,10,9,9,RED,< 0.1%,,,0,,,")
    True
    >>> is_snds("192.0.2.7,2026-03-01,RED")
    False
    """
    row = cells_of(line_at(text, 0)[0][:4000], ",")
    return (
        len(row) >= _LEAST
        and cells.address(row[0]) is not None
        and _moment(row[1]) is not None
        and _moment(row[2]) is not None
        and row[6].strip().upper() in _COLOURS
    )


def read(text: str, notes: list[Finding]) -> Reading:
    """Read the table; ``notes`` is what was found on the way to its text.

    >>> row = "192.0.2.7,3/1/2026 1:00 AM,3/1/2026 11:00 PM,10,9,9,RED,0.6%,,,0,mail.east.example,a@east.example,"
    >>> stated, = read(row, []).reports
    >>> stated.source_ip, stated.reported_class, stated.arrival_date.isoformat(), stated.extra["complaint_rate"]
    ('192.0.2.7', 'spam/snds_red', '2026-03-01T23:00:00+00:00', '0.6%')
    """
    rows = Rows(text, 0, ",")
    reports: list[FeedbackReport] = []
    well = skipped = 0
    for row in rows:
        if len(reports) >= ROW_LIMIT:
            notes.append(finding("table-row-limit", f"line {rows.line}", str(ROW_LIMIT)))
            break
        stated = _report(row)
        if isinstance(stated, FeedbackReport):
            reports.append(stated)
        elif stated is None:
            well += 1
        else:
            skipped += 1
            if skipped <= _NAMED:
                notes.append(finding("table-row-unreadable", f"line {rows.line}", stated[:80]))
    notes += [finding("table-row-unreadable", f"line {line}", fault) for line, fault in rows.faults]
    if rows.is_cut:
        notes.append(finding("table-row-limit", f"line {rows.line}", None))
    if skipped > _NAMED:
        notes.append(finding("table-rows-skipped", None, str(skipped)))
    if well:
        notes.append(finding("table-row-well", None, str(well)))
    notes.append(finding("table-zone-assumed", "activity_end", "UTC"))
    return Reading(kind=Kind.TABLE, why="why.table-snds", reports=tuple(reports), findings=tuple(notes))


def percent(text: str) -> float | None:
    """A rate; "less than" is 0, and what is none is None.

    >>> percent("< 0.1%"), percent("0.6%"), percent("")
    (0.0, 0.6, None)
    """
    found = _RATE.fullmatch(text.strip())
    return None if found is None else 0.0 if found[1] else float(found[2])


def _report(row: list[str]) -> FeedbackReport | str | None:
    """The report of a row; None where all looks well, a text where it cannot be read."""
    address = cells.address(row[0])
    if address is None or len(row) < _LEAST:
        return row[0]
    seen, colour = _moment(row[2]), row[6].strip().upper()
    if seen is None or colour not in _COLOURS:
        return row[2] if seen is None else row[6]
    rate, hits = percent(row[7]), row[10].strip() if len(row) > 10 else ""
    if not (row[7].strip() == "" or rate is not None):
        return row[7]
    trapped = hits.isascii() and hits.isdigit() and int(hits[:9]) > 0
    if trapped:
        kind = "trap"
    elif colour != "GREEN":
        kind = colour.lower()
    elif rate is not None and rate >= BAD_PERCENT:
        kind = "complaints"
    else:
        return None
    return FeedbackReport(
        feedback_type="other",
        source_ip=address,
        source_ip_from="column 1",
        arrival_date=seen,
        reported_class=f"spam/snds_{kind}",
        reporter="microsoft-snds",
        provenance={"arrival_date": "column 3 utc-assumed"},
        extra={name: cell.strip()[:_CELL] for name, cell in zip(_NAMES[1:], row[1:], strict=False) if cell.strip()},
    )


def _moment(cell: str) -> datetime | None:
    found = _MOMENT.fullmatch(cell.strip()[:40])
    if found is None:
        return None
    month, day, year, hour, minute, second, half = found.groups()
    clock = int(hour or 0)
    if half is not None:
        if not 1 <= clock <= 12:
            return None
        clock = clock % 12 + (12 if half in "pP" else 0)
    try:
        return datetime(int(year), int(month), int(day), clock, int(minute or 0), int(second or 0), tzinfo=UTC)
    except ValueError:
        return None
