"""What was counted, as tables for other programs: by day, peer, class and network; never a mail, a report, a mailbox or a person.

Trust:      names of domains are strangers' words. Networks are /24 and /48, as they are counted.
Standards:  ``comity.accord.suppression`` for what leaves the house: of a month of one peer, small numbers and what would give them
            away are not shown, as in a statement. Hours are in UTC.
Answers:    ``tables(records, first, last)`` for our own people, ``for_others(records, first, last)`` for everybody else: each a
            ``Table`` with its columns and its rows, which are read as they are asked for.
Limits:     for others there are whole months alone, each peer's reports by class, no networks, no domains but the peer's.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, Protocol

from comity.accord.suppression import Arc, hidden, is_small
from comity.model.period import Horizon, period_of

Row = tuple[Any, ...]
_TOTAL: Final = ""


class AggregateRows(Protocol):
    """What was counted."""

    def reports(self, first: date, last: date) -> Iterator[Row]:
        """Day, who reports, who is told, class, network, count."""

    def delivered(self, first: date, last: date) -> Iterator[Row]:
        """Hour, domain, network, folder, mails."""

    def judged(self, first: date, last: date) -> Iterator[Row]:
        """Day, peer, mails, judged, spam, traps."""

    def claimed(self, first: date, last: date) -> Iterator[Row]:
        """Day, domain, mails, aligned, spam."""

    def left(self, first: date, last: date) -> Iterator[Row]:
        """Day, domain, mails."""

    def exchanged(self, first: date, last: date) -> Iterator[Row]:
        """Day, peer, what, count."""

    def cases(self) -> Iterator[Row]:
        """State, kind of subject, cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: its name, what each column holds (as SQL calls it), its rows."""

    name: str
    columns: Mapping[str, str]
    rows: Iterator[Row]


def tables(rows: AggregateRows, first: date, last: date) -> Iterator[Table]:
    """Everything that was counted in these days, both included."""
    text, number, day = "VARCHAR", "BIGINT", "DATE"
    yield Table(
        name="reports",
        columns={"day": day, "reporting": text, "reported": text, "class": text, "network": text, "reports": number},
        rows=rows.reports(first, last),
    )
    yield Table(
        name="delivered",
        columns={"hour": "TIMESTAMP", "domain": text, "network": text, "folder": text, "mails": number},
        rows=((f"{each[0]:%Y-%m-%d %H:%M:%S}", *each[1:]) for each in rows.delivered(first, last)),
    )
    yield Table(
        name="judged",
        columns={"day": day, "peer": text, "mails": number, "judged": number, "spam": number, "traps": number},
        rows=rows.judged(first, last),
    )
    yield Table(
        name="claimed",
        columns={"day": day, "domain": text, "mails": number, "aligned": number, "spam": number},
        rows=rows.claimed(first, last),
    )
    yield Table(name="left", columns={"day": day, "domain": text, "mails": number}, rows=rows.left(first, last))
    yield Table(
        name="exchanged",
        columns={"day": day, "peer": text, "what": text, "leaves": number},
        rows=rows.exchanged(first, last),
    )
    yield Table(name="cases", columns={"state": text, "subject": text, "cases": number}, rows=rows.cases())


def for_others(rows: AggregateRows, first: date, last: date) -> Iterator[Table]:
    """What may leave the house: the reports of each whole month between us and each peer, by class."""
    columns = {
        "month": "VARCHAR",
        "reporting": "VARCHAR",
        "reported": "VARCHAR",
        "class": "VARCHAR",
        "reports": "BIGINT",
    }
    yield Table(name="reports", columns=columns, rows=_by_month(rows, first, last))


def whole_months(first: date, last: date) -> tuple[date, date] | None:
    """The whole months within these days; None where there is none.

    >>> whole_months(date(2026, 1, 15), date(2026, 4, 2))
    (datetime.date(2026, 2, 1), datetime.date(2026, 3, 31))
    >>> whole_months(date(2026, 1, 2), date(2026, 2, 27)) is None
    True
    """
    start = period_of(first, Horizon.MONTH)
    end = period_of(last, Horizon.MONTH)
    begin = first if first == start.first else start.last + timedelta(days=1)
    finish = last if last == end.last else end.first - timedelta(days=1)
    return (begin, finish) if begin <= finish else None


def _by_month(rows: AggregateRows, first: date, last: date) -> Iterator[Row]:
    counted: dict[tuple[str, str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for day, reporting, reported, evidence_class, _network, count in rows.reports(first, last):
        if reporting is not None:  # what lies outside any channel is nobody else's business
            counted[day[:7], reporting, reported][evidence_class] += count
    for (month, reporting, reported), classes in sorted(counted.items()):
        gone = _not_shown(classes)
        total = sum(classes.values())
        yield month, reporting, reported, _TOTAL, None if is_small(total) else total
        for name, count in sorted(classes.items()):
            if name not in gone:
                yield month, reporting, reported, name, count


def _not_shown(classes: Mapping[str, int]) -> frozenset[str]:
    """Small numbers, and what would give them away beside the total.

    >>> sorted(_not_shown({"spam": 40, "fraud": 3, "bot": 25})), sorted(_not_shown({"spam": 40}))
    (['bot', 'fraud'], [])
    """
    total = sum(classes.values())
    if is_small(total):
        return frozenset(classes)
    arcs = [Arc(key=_TOTAL, tail="out", head="in", value=total, is_known=True)]
    return hidden([*arcs, *(Arc(key=name, tail="in", head="out", value=n) for name, n in classes.items())])
