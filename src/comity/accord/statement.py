"""The numbers of a joint statement: which are shown, which are worked out of others, and the one form of its bytes.

Standards:  JSON in the form of RFC 8785 for text, whole numbers, null, lists and objects; shares and their intervals as
            ``comity.formats.intervals`` says.
Answers:    ``shown(cells, already)`` gives what may be shown of one direction; ``derived`` what follows from two directions;
            ``canonical`` the bytes.
Limits:     numbers of a whole direction are always shown, however small: the places in a tree tell how much there was, and nothing
            is said of whom it was about. What is broken down (by class, network, country, outcome) is not shown below ten.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from comity.accord.suppression import ROOM, SMALL, Arc, hidden
from comity.formats.canonical_json import written
from comity.formats.intervals import share
from comity.model.counted import WHOLE, WHOLE_BY_AGREEMENT

BY_HOURS: Final = "comity statement 2"
FORMAT: Final = "comity statement 3"  # answers are counted by the days of the agreement; else as in 2
# The numbers of a whole direction, by the form of the statement.
FORMATS: Final[Mapping[str, tuple[str, ...]]] = {BY_HOURS: WHOLE, FORMAT: WHOLE_BY_AGREEMENT}
# A breakdown, with the number that it breaks down. Networks and both kinds of country are one breakdown.
BREAKDOWNS: Final[Mapping[str, str]] = {
    "report/class/": "report",
    "report/network/": "report",
    "report/registrant/": "report",
    "report/location/": "report",
    "outcome/": "outcome",
}
_TOGETHER: Final = (("report/class/",), ("report/network/", "report/registrant/", "report/location/"), ("outcome/",))

Cells = Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The numbers of one direction; None is a number that is not shown. Of ``withheld`` breakdowns not even the rows are named."""

    numbers: dict[str, int | None]
    withheld: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """A number that follows from two others, as a share where it is one."""

    key: str
    direction: tuple[str, str]
    part: int
    whole: int
    per_mille: int | None
    low: int | None
    high: int | None
    method: str | None


def rules(*, within_hours: Sequence[int] = (), answers: Sequence[Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """What a reader must know of how the numbers came about: ``answers`` by which days, in a statement of that form."""
    in_time = {"within_hours": list(within_hours)} if answers is None else {"answers": list(answers)}
    return {"small": SMALL, "room": ROOM, "confidence_percent": 95} | in_time


def breakdown_of(key: str) -> str | None:
    """The breakdown that a number belongs to.

    >>> breakdown_of("report/class/complaint"), breakdown_of("report"), breakdown_of("report/networks")
    ('report/class/', None, None)
    """
    return next((each for each in BREAKDOWNS if key.startswith(each)), None)


def shown(
    cells: Cells, already: Iterable[str] = (), withheld: Iterable[str] = (), *, whole: Sequence[str] = WHOLE
) -> Shown:
    """What may be shown of these counts; ``already`` and ``withheld`` are what the other side does not show.

    >>> found = shown({"report": 43, "leaves": 43, "report/class/complaint": 20, "report/class/bot": 20, "report/class/login": 3})
    >>> [found.numbers[f"report/class/{each}"] for each in ("complaint", "bot", "login")]
    [20, None, None]
    """
    before, gone, without = set(already), set[str](), set(withheld)
    for group in _TOGETHER:
        arcs = list(_arcs(cells, group))
        rows = {arc.key for arc in arcs if not arc.is_known}
        hides = hidden(arcs, before & rows)
        if without & set(group) or (hides and hides == rows):
            without |= set(group)
        gone |= hides
    numbers = {
        key: None if key in gone else count
        for key, count in sorted(cells.items())
        if key in whole or (count and (sort := breakdown_of(key)) is not None and sort not in without)
    }
    return Shown(numbers=numbers, withheld=tuple(sorted(without)))


def _arcs(cells: Cells, group: tuple[str, ...]) -> Iterator[Arc]:
    """One breakdown as a flow."""
    yield Arc(
        key=BREAKDOWNS[group[0]], tail="rows", head="total", value=cells.get(BREAKDOWNS[group[0]], 0), is_known=True
    )
    for key, count in sorted(cells.items()):
        sort = breakdown_of(key)
        if sort not in group:
            continue
        name = key.removeprefix(sort or "")
        if sort == "report/network/":
            _, registrant, location = name.rsplit(" ", 2)
            yield Arc(key=key, tail=f"registrant {registrant}", head=f"location {location}", value=count)
        elif sort == "report/registrant/":
            yield Arc(key=key, tail="total", head=f"registrant {name}", value=count)
        elif sort == "report/location/":
            yield Arc(key=key, tail=f"location {name}", head="rows", value=count)
        else:
            yield Arc(key=key, tail="total", head="rows", value=count)


def derived(
    parties: Sequence[str], cells: Mapping[tuple[str, str], Mapping[str, int | None]], form: str = FORMAT
) -> list[Derived]:
    """What follows from the numbers of both directions.

    >>> back = {"report": 50, "answers/in-time": 60, "answers/late": 15, "open/overdue": 5, "open/not-due": 20}
    >>> counts = {("a", "b"): {"report": 100}, ("b", "a"): back}
    >>> [(each.key, each.part, each.whole) for each in derived(["a", "b"], counts) if each.direction == ("a", "b")]
    [('answered-in-time', 60, 80), ('answered-late', 15, 80), ('overdue', 5, 80), ('taken-back', 0, 100), ('reciprocity', 100, 150)]
    """
    found: list[Derived] = []
    for one, other in ((parties[0], parties[1]), (parties[1], parties[0])):
        ours, theirs = cells.get((one, other), {}), cells.get((other, one), {})
        reports = ours.get("report") or 0
        answered = _by_hours(reports, theirs) if form == BY_HOURS else _by_agreement(theirs)
        for key, part, whole in (
            *answered,
            ("taken-back", ours.get("retract") or 0, reports + (ours.get("not-spam") or 0)),
            ("reciprocity", reports, reports + (theirs.get("report") or 0)),
        ):
            found.append(_derived(key, (one, other), part, whole=whole))
    return found


def _by_agreement(theirs: Mapping[str, int | None]) -> Iterator[tuple[str, int, int]]:
    """Of all that was answered or should have been by the end: what is not due yet speaks for nobody and against nobody."""
    parts = [theirs.get(key) or 0 for key in ("answers/in-time", "answers/late", "open/overdue")]
    for key, part in zip(("answered-in-time", "answered-late", "overdue"), parts, strict=True):
        yield key, part, sum(parts)


def _by_hours(reports: int, theirs: Mapping[str, int | None]) -> Iterator[tuple[str, int, int]]:
    answered = theirs.get("outcome") or 0
    yield "answered-in-time", theirs.get("answered/in-time") or 0, reports
    yield "answered", answered, reports
    yield "silent", max(reports - answered, 0), reports


def _derived(key: str, direction: tuple[str, str], part: int, *, whole: int) -> Derived:
    found = share(part, whole)
    return Derived(
        key=key,
        direction=direction,
        part=part,
        whole=whole,
        per_mille=None if found is None else found.per_mille,
        low=None if found is None else found.low,
        high=None if found is None else found.high,
        method=None if found is None else found.method,
    )


def canonical(record: Any) -> bytes:
    """The one form of a record: keys sorted, no white space, UTF-8.

    >>> canonical({"b": 1, "a": None})
    b'{"a":null,"b":1}'
    """
    return written(record)
