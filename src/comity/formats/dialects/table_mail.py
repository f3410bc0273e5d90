"""A mail that carries tables: CSV attached as it is, in a zip or in a gzip.

Trust:      input is a stranger's bytes; who sent the mail is not asked.
Answers:    ``read(message, context)``: a Reading of kind TABLE with the rows of every table, None where no attachment is one.
Limits:     20 attachments, 200,000 rows in all; attached messages are not looked into. A table pasted into the text is prose.

A desk that passes a feed on may attach the same sighting twice, in its own form and in the feed's. Where one table
states its time zone and another does not, a row of the latter with the same address and port is the same sighting.
"""

from collections.abc import Iterator
from typing import Final

from comity.formats import archives, arf, tables
from comity.formats.dialects.context import Context
from comity.formats.mime import Part
from comity.formats.plain_text import leaves
from comity.model.feedback import FeedbackReport, Kind, Reading
from comity.model.findings import Finding, finding

_PART_LIMIT: Final = 20
_TYPES: Final = frozenset(
    {"text/csv", "text/comma-separated-values", "text/tab-separated-values", "application/csv", "text/x-csv"}
)
_NAMES: Final = (".csv", ".tsv", ".tab")
_PACKED: Final = (".zip", ".gz")
_PACKED_TYPES: Final = frozenset({"application/zip", "application/gzip", "application/x-gzip"})


def read(message: Part, context: Context) -> Reading | None:
    """Read one mail."""
    found: list[Reading] = []
    notes: list[Finding] = []
    for name, data in _files(message):
        reading = tables.read(data, name)
        if reading.kind is Kind.TABLE:
            found.append(reading)
    if not any(reading.reports for reading in found):
        return None
    told = {_sighting(feedback) for reading in found if not _is_vague(reading) for feedback in reading.reports}
    reports: list[FeedbackReport] = []
    for reading in found:
        rows = reading.reports
        if told and _is_vague(reading):
            rows = tuple(feedback for feedback in rows if _sighting(feedback) not in told)
        room = tables.ROW_LIMIT - len(reports)
        reports += rows[:room]
        notes += reading.findings
        if len(rows) > room:
            notes.append(finding("table-row-limit", None, str(tables.ROW_LIMIT)))
        if len(rows) < len(reading.reports):
            notes.append(finding("table-row-repeated", None, str(len(reading.reports) - len(rows))))
    why = next(reading.why for reading in found if reading.reports)
    return arf.carried(message, Kind.TABLE, why, tuple(reports), notes)


def _is_vague(reading: Reading) -> bool:
    return any(note.code == "table-zone-assumed" for note in reading.findings)


def _sighting(feedback: FeedbackReport) -> tuple[str | None, int | None]:
    return feedback.source_ip, feedback.source_port


def _files(message: Part) -> Iterator[tuple[str, bytes]]:
    """Every file that may be a table: its name and its bytes. What cannot be unpacked is remarked on its part."""
    for part in leaves(message)[:_PART_LIMIT]:
        name = archives.label(part.filename)
        low = name.lower()
        if part.content_type in _TYPES or low.endswith(_NAMES):
            data = part.content()
            if archives.kind(data) is None:
                yield name, data
                continue
        elif not low.endswith(_PACKED) and part.content_type not in _PACKED_TYPES:
            continue
        data = part.content()
        if archives.kind(data) is None:
            continue
        unpacked = archives.unpack(data, name)
        for note in unpacked.findings:
            part.remark(note.code, ": ".join(filter(None, (note.where, note.detail))) or None)
        inside = [each for each in unpacked.members if each.name.lower().endswith((*_NAMES, ".txt"))]
        if len(inside) > _PART_LIMIT:
            part.remark("attachment-limit", str(_PART_LIMIT))
        yield from ((each.name, each.data) for each in inside[:_PART_LIMIT])
