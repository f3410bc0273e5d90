"""From a row of cells to a FeedbackReport.

Trust:      cells are a stranger's text; output is safe to store, not to print unescaped, nor to open in a spreadsheet.
Answers:    ``Plan`` says which column is which; ``RowReader.read(cells)`` gives the report, or None with the row named.
Limits:     1,000 columns; 4,000 characters of a cell beside the known ones; 20 findings of a kind, then a sum.
"""

from collections import Counter
from collections.abc import ItemsView, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from comity.formats import ip
from comity.formats.tables import cells
from comity.formats.tables.feeds import Feed
from comity.formats.tables.lines import Rows, cells_of
from comity.formats.xarf import normal, shapes
from comity.model.feedback import FeedbackReport
from comity.model.findings import Finding, finding

ASSUMED: Final = " utc-assumed"  # behind where a time was found: it was in no zone that is known
COLUMN_LIMIT: Final = 1_000
CELL_LIMIT: Final = 4_000
NAMED_LIMIT: Final = 20


class Table:
    """What the rows of one table have in common, so that a row need not hold it."""

    __slots__ = ("names", "separator", "text")

    def __init__(self, names: tuple[str | None, ...], text: str, separator: str) -> None:
        """``names`` has None for a column that has a field of its own."""
        self.names, self.text, self.separator = names, text, separator


class Rest(Mapping[str, str]):
    """The cells of one row that have no field of their own, under their column's name.

    Only the place of the row is kept and the row taken apart when somebody looks: a table of 200,000 rows has six
    million cells.
    """

    __slots__ = ("_end", "_start", "_table")

    def __init__(self, table: Table, start: int, end: int) -> None:
        self._table, self._start, self._end = table, start, end

    def _open(self) -> dict[str, str]:
        table = self._table
        pairs = zip(table.names, cells_of(table.text[self._start : self._end], table.separator), strict=False)
        return {name: cell[:CELL_LIMIT] for name, cell in pairs if name is not None and cell}

    def __getitem__(self, name: str) -> str:
        return self._open()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._open())

    def __len__(self) -> int:
        return len(self._open())

    def items(self) -> ItemsView[str, str]:
        """All of them, the row taken apart once."""
        return self._open().items()

    def __repr__(self) -> str:
        return f"Rest({self._open()!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the rows of one table are read: the position of each role, and what all rows share."""

    names: tuple[str, ...]
    roles: Mapping[str, int]
    feed: Feed
    clock: cells.Clock
    provenance: dict[str, str] = field(default_factory=dict)

    def rest_names(self) -> tuple[str | None, ...]:
        """The name of every column that goes to ``extra``; None for a column that has a field of its own."""
        taken = {position for role, position in self.roles.items() if role not in _KEPT}
        known = {position: role for role, position in self.roles.items() if role in _KEPT}
        seen: Counter[str] = Counter()
        names: list[str | None] = []
        for position, name in enumerate(self.names[:COLUMN_LIMIT]):
            label = known.get(position) or name.strip()[:100] or f"column {position + 1}"
            seen[label] += 1
            names.append(None if position in taken else label if seen[label] == 1 else f"{label} ({seen[label]})")
        return tuple(names)


# Roles whose cells stay in ``extra``, under the role's name whatever the column is called.
_KEPT: Final = frozenset({"protocol", "infection", "class", "tlp"})


class RowReader:
    """Reads the rows of one table and collects what has to be said about them."""

    def __init__(self, plan: Plan, rows: Rows) -> None:
        self.plan, self.rows = plan, rows
        self.findings: list[Finding] = []
        self.skipped = 0
        self._named: Counter[str] = Counter()
        self._table = Table(plan.rest_names(), rows.text, rows.separator)
        self._width = len(plan.names)
        self._source_ip_from = plan.provenance.get("source_ip")
        self._more_roles = tuple((role, plan.roles[role]) for role in _MORE if role in plan.roles)
        self._address_at, self._port_at, self._time_at, self._day_at = (
            plan.roles.get(role, _NOWHERE) for role in _TELLING
        )
        self._telling = frozenset(plan.roles[role] for role in _WHOSE if role in plan.roles)

    def note(self, code: str, line: int, detail: str | None = None) -> None:
        """A finding about one row; after the first ones of a kind only their number counts."""
        self._named[code] += 1
        if self._named[code] <= NAMED_LIMIT:
            self.findings.append(finding(code, f"line {line}", detail))

    def skip(self, line: int, detail: str | None) -> None:
        """A row that says nothing we could act on: named, and left where it is."""
        self.skipped += 1
        self.note("table-row-unreadable", line, detail)

    def read(self, row: Sequence[str]) -> FeedbackReport | None:
        """The report of the row that ``rows`` has out."""
        plan, width = self.plan, len(row)
        if width > self._width:
            self.note("table-row-length", self.rows.line, str(width))
        if self.rows.breaks_off and (width < self._width or width - 1 in self._telling):
            # What its last cell holds may be the half of an address, a port, a time or a name: somebody else's.
            self.skipped += 1
            self.note("table-row-cut", self.rows.line)
            return None
        address = None
        if self._address_at < width:
            address = cells.address(row[self._address_at])
            if address is not None and _may_be_private(address) and ip.is_private(address):
                self._note_private(address)
        more = self._more(row) if self._more_roles else {}
        if address is None and not more.keys() & _IDENTIFYING:
            self.skip(self.rows.line, row[self._address_at] if self._address_at < width else None)
            return None
        if address is None and self._address_at < width and not cells.is_empty(row[self._address_at]):
            self.note("field-malformed", self.rows.line, row[self._address_at])
        return FeedbackReport(
            feedback_type=plan.feed.feedback_type,
            source_ip=address,
            source_ip_from=self._source_ip_from if address else None,
            source_port=cells.port(row[self._port_at]) if address and self._port_at < width else None,
            arrival_date=self._moment(row) if self._time_at < width else None,
            reported_class=plan.feed.report_class or self._class(row),
            reporter=plan.feed.reporter,
            provenance=plan.provenance,
            extra=Rest(self._table, self.rows.start, self.rows.end),
            **more,
        )

    def _note_private(self, address: str) -> None:
        if not self._named["address-private"]:
            self.note("address-private", self.rows.line, address)

    def _moment(self, row: Sequence[str]) -> datetime | None:
        cell = row[self._time_at]
        if self._day_at < len(row) and self._day_at != self._time_at and cells.is_clock_only(cell):
            cell = f"{row[self._day_at]} {cell}"
        found = self.plan.clock.read(cell)
        if found is None and not cells.is_empty(cell):
            self.note("date-unreadable", self.rows.line, cell)
        return found

    def _class(self, row: Sequence[str]) -> str:
        for role in ("class", "infection"):
            position = self.plan.roles.get(role, _NOWHERE)
            if position < len(row) and row[position].strip():
                return row[position].strip().lower()[:100] if role == "class" else "infected/table"
        return "table"

    def _more(self, row: Sequence[str]) -> normal.Values:
        """The fields that few tables have."""
        found: normal.Values = {}
        for role, position in self._more_roles:
            cell = row[position].strip() if position < len(row) else ""
            if not cell:
                continue
            name = _TEXTS.get(role)
            if name is not None:
                found[name] = cell[:998]
            elif role == "uri" or (role == "domain" and "://" in cell):
                found = normal.merged(found, normal.locations((cell,)))
            elif role == "domain" and shapes.domain(cell):
                found = normal.merged(found, {"reported_domain": (cell.rstrip(".").lower(),)})
            elif role == "incidents" and cell.isascii() and cell.isdigit() and len(cell) < 10 and int(cell):
                found["incidents"] = int(cell)
            elif role == "message_id" and cell.strip("<>"):
                found["message_id"] = cell.strip("<>")[:998]
        return found

    def sums(self) -> list[Finding]:
        """What is said once for the whole table."""
        found = []
        if self.skipped > NAMED_LIMIT:
            found.append(finding("table-rows-skipped", None, str(self.skipped)))
        if self.plan.clock.assumed:
            self.plan.provenance["arrival_date"] += ASSUMED
            found.append(finding("table-zone-assumed", self.plan.names[self.plan.roles["time"]][:80], "UTC"))
        return found


_NOWHERE: Final = 1 << 30
_TELLING: Final = ("address", "port", "time", "day")  # by these a line is found
_WHOSE: Final = (*_TELLING, "uri", "domain", "message_id", "mail_from")  # and by these whose a report is
_TEXTS: Final = {"report_id": "report_id", "mail_from": "original_mail_from", "subject": "subject"}
_MORE: Final = (*_TEXTS, "uri", "domain", "incidents", "message_id")
_IDENTIFYING: Final = frozenset({"reported_uri", "reported_domain", "message_id"})
_SUSPECT: Final = frozenset({"0", "10", "100", "127", "169", "172", "192", *map(str, range(224, 256))})


def _may_be_private(address: str) -> bool:
    """A quick look that spares most rows the slow one."""
    return address.partition(".")[0] in _SUSPECT or ":" in address
