"""A joint statement as people read it: what stands where, in both languages, for screen and paper alike.

Trust:      names and keys come out of the statement, which may be a stranger's: whoever shows the view escapes them.
Answers:    ``view_of(statement, note, checked)`` gives ``View``: plain text in pairs (English, Chinese), numbers and bars.
Limits:     a breakdown shows its forty largest rows; how many more there are is said, and the JSON has them all. What is nought in
            both directions is named in one sentence.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from comity.accord.spam_share import SPAM
from comity.model import period as periods
from comity.model.counted import BY_HOURS, GIVEN, OPEN, WAITED
from comity.services.public.pages.number_words import TABLES, number_words, row_words
from comity.web.pages import statement_compared, statement_rates
from comity.web.pages.pairs import EDITIONS, Pair, named, pair
from comity.web.pages.statement_compared import Compared, Rate

ROWS: Final = 40
_HIDDEN: Final = "···"
_REPORTED: Final = ("report", "not-spam", "retract", "outcome")
_OTHERS: Final = (
    "report/networks",
    "dispute",
    "recourse/asked",
    "recourse/granted",
    "recourse/refused",
    "recourse/escalated",
    "recourse/overdue",
    "signal/proposed",
    "signal/adopted",
    "signal/withdrawn",
)
_UNDATED: Final = ("answers/undated", "open/undated")  # shown where there are any


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One number: its text, and how long its bar is, in per mille of the longest; ``differs`` where the ledgers do not agree."""

    text: str
    bar: int | None = None
    differs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table."""

    label: Pair
    cells: tuple[Cell, ...]
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Numbers of both directions beside each other."""

    title: Pair
    note: Pair | None
    rows: tuple[Row, ...]
    more: Pair | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """A number that the two ledgers do not have alike."""

    label: Pair
    detail: str  # direction, key, and what each side has


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All that a page or a sheet shows."""

    title: Pair
    parties: tuple[str, str]
    period: str
    first: str  # both are empty where the period is that day
    last: str
    made: str
    state: str  # "verified", "failed", "unchecked"
    state_text: Pair
    faults: tuple[Pair, ...]
    directions: tuple[str, str]
    heads: tuple[tuple[str, str, Pair], ...]  # the big numbers: direction, number, what it is
    rates: tuple[Rate, ...]  # worked out of what the ledgers prove
    measured: tuple[Rate, ...]  # by one side; no ledger proves it
    has_spam: bool
    baseline: Pair | None
    compared: tuple[Compared, ...]
    tables: tuple[Table, ...]
    unmeasured: tuple[Pair, ...]
    differences: tuple[Differing, ...]
    rules: tuple[Pair, ...]
    note: str
    words: Mapping[str, Pair]


def view_of(statement: Mapping[str, Any], note: str | None, checked: Any | None = None) -> View:
    """The view; ``checked`` is what verification gave, where keys were at hand."""
    one, other = statement["parties"]
    period = periods.read(str(statement["period"]))
    sides = list(statement["evidence"])
    numbers = [{row["key"]: row["values"] for row in each["numbers"]} for each in statement["directions"]]
    directions = (f"{one} → {other}", f"{other} → {one}")
    state = "unchecked" if checked is None else "failed" if checked.faults else "verified"
    return View(
        title=pair("statement.title"),
        parties=(one, other),
        period=str(statement["period"]),
        first=period.first.isoformat() if period and period.first != period.last else "",
        last=period.last.isoformat() if period and period.first != period.last else "",
        made=str(statement["made"])[:10],
        state=state,
        state_text=pair(f"statement.state.{state}", parties=named(checked.signers) if checked else ""),
        faults=tuple(
            pair("statement.fault", what=_fault(fault.code), where=fault.where) for fault in checked.faults[:ROWS]
        )
        if checked is not None
        else (),
        directions=directions,
        heads=tuple(
            (arrow, _text(values.get("report"), sides)[0], pair("statement.number.report"))
            for arrow, values in zip(directions, numbers, strict=True)
        ),
        rates=tuple(statement_rates.derived(statement)),
        measured=(*statement_compared.rates(statement), *statement_rates.measured(statement)),
        has_spam=_has_spam(statement),
        baseline=statement_compared.baseline(statement),
        compared=statement_compared.compared(statement),
        tables=tuple(_tables(statement, numbers, sides)),
        unmeasured=(
            *(pair(f"statement.unmeasured.{name}") for name in statement["not_measured"]),
            *statement_compared.unknown(statement),
        ),
        differences=tuple(_difference(each) for each in statement["differences"]),
        rules=tuple(_rules(statement, checked)),
        note=note or "",
        words={name: pair(f"statement.word.{name}") for name in _WORDS},
    )


_WORDS: Final = (
    "between",
    "period",
    "made",
    "rates",
    "rates-note",
    "measured",
    "measured-note",
    "interval",
    "compared",
    "compared-none",
    "then",
    "now",
    "change",
    "unmeasured",
    "unmeasured-note",
    "differences",
    "differences-none",
    "rules",
    "signatures",
    "signatures-note",
    "number",
    "hidden",
)


def _has_spam(statement: Mapping[str, Any]) -> bool:
    return any(SPAM in each for each in statement.get("measured", {}).values())


def _fault(code: str) -> Pair:
    return pair(f"statement.fault.{code}")


def _tables(
    statement: Mapping[str, Any], numbers: Sequence[Mapping[str, Mapping[str, int | None]]], sides: Sequence[str]
) -> Iterator[Table]:
    whole = {key: pair(f"statement.number.{key.replace('/', '-')}") for key in _whole(statement, numbers)}
    noughts = [key for key in whole if key != "report" and all(_is_nought(each.get(key)) for each in numbers)]
    unsaid = ("; ".join(whole[key][0] for key in noughts), "；".join(whole[key][1] for key in noughts))
    yield Table(
        title=pair("statement.table.whole"),
        note=pair("statement.table.whole-note"),
        rows=tuple(
            Row(label=label, cells=tuple(_cell(each.get(key), sides, None) for each in numbers))
            for key, label in whole.items()
            if key not in noughts
        ),
        more=pair("statement.table.noughts", names=unsaid) if noughts else None,
    )
    for name, beginning in TABLES.items():
        unnamed = [beginning in each["withheld"] for each in statement["directions"]]
        rows, withheld = _rows(name, beginning, numbers, sides=sides, unnamed=unnamed), any(unnamed)
        if rows or withheld:
            yield Table(
                title=pair(f"statement.table.{name}"),
                note=pair("statement.table.withheld") if withheld else _note(name, statement),
                rows=tuple(rows[:ROWS]),
                more=pair("statement.table.more", n=len(rows) - ROWS) if len(rows) > ROWS else None,
            )


def _whole(statement: Mapping[str, Any], numbers: Sequence[Mapping[str, Mapping[str, int | None]]]) -> Iterator[str]:
    """The numbers of a whole direction, in the order in which people read them."""
    yield from _REPORTED
    by_agreement = "answers" in statement["rules"]
    answers = (*GIVEN, *OPEN) if by_agreement else BY_HOURS
    yield from (
        key for key in answers if key not in _UNDATED or any(any(each.get(key, {}).values()) for each in numbers)
    )
    for key in _OTHERS:
        yield key
        if by_agreement and key == "recourse/overdue":
            yield from WAITED


def _note(name: str, statement: Mapping[str, Any]) -> Pair | None:
    if name not in ("registrant", "location"):
        return None
    dates = sorted({each["countries"] for each in statement["evidence"].values() if each["countries"]})
    if not dates:
        return pair("statement.table.countries-none")
    return pair(f"statement.table.{name}-note", dates=", ".join(dates))


def _rows(
    name: str,
    beginning: str,
    numbers: Sequence[Mapping[str, Mapping[str, int | None]]],
    *,
    sides: Sequence[str],
    unnamed: Sequence[bool],
) -> list[Row]:
    """One row for each key; a direction in which no row is named says so in each of them: it is not nought."""
    keys = dict.fromkeys(key for each in numbers for key in each if key.startswith(beginning))
    most = max((_size(each.get(key)) for each in numbers for key in keys), default=0)
    found = []
    for key in sorted(keys, key=lambda each: (-max(_size(values.get(each)) for values in numbers), each)):
        label, detail = _label(name, key.removeprefix(beginning))
        found.append(
            Row(
                label=label,
                detail=detail,
                cells=tuple(
                    Cell(text=_HIDDEN) if hidden else _cell(each.get(key), sides, most)
                    for each, hidden in zip(numbers, unnamed, strict=True)
                ),
            )
        )
    return found


def _label(table: str, row: str) -> tuple[Pair, str]:
    (english, detail), (chinese, _) = (row_words(edition, table, row) for edition in EDITIONS)
    return (english, chinese), detail


def _is_nought(values: Mapping[str, int | None] | None) -> bool:
    """Whether each side has nought; what is not shown may be anything."""
    return all(value == 0 for value in (values or {}).values())


def _size(values: Mapping[str, int | None] | None) -> int:
    return max((value or 0 for value in (values or {}).values()), default=0)


def _cell(values: Mapping[str, int | None] | None, sides: Sequence[str], most: int | None) -> Cell:
    text, differs = _text(values, sides)
    bar = None if most is None else round(1000 * _size(values) / most) if most else 0
    return Cell(text=text, bar=bar, differs=differs)


def _text(values: Mapping[str, int | None] | None, sides: Sequence[str]) -> tuple[str, bool]:
    """One number where the ledgers agree, both where they do not."""
    if values is None:
        return "0", False
    said = [values.get(side) for side in sides]
    texts = [_HIDDEN if each is None else f"{each:,}" for each in said]
    return (texts[0], False) if len(set(said)) == 1 else (" ≠ ".join(texts), True)


def _difference(each: Mapping[str, Any]) -> Differing:
    key = str(each["key"])
    values = ", ".join(f"{side} {_HIDDEN if value is None else f'{value:,}'}" for side, value in each["values"].items())
    english, chinese = (number_words(edition, key) or key for edition in EDITIONS)
    return Differing(label=(english, chinese), detail=f"{each['reporting']} → {each['reported']} · {key}: {values}")


def _answer_rules(rules: Mapping[str, Any]) -> Iterator[Pair]:
    """What counts as in time: by hours in the earlier form, else by the agreement, and without which holidays."""
    if "answers" not in rules:
        yield pair("statement.rule.answered", hours=", ".join(str(each) for each in rules["within_hours"]))
        return
    yield pair("statement.rule.answers")
    for each in rules["answers"]:
        for terms in each["terms"]:
            yield pair(
                "statement.rule.answers.days",
                side=each["answering"],
                n=terms["days"],
                version=terms["version"],
                sha256=terms["sha256"][:16],
            )
        if each["terms"] and each["holidays"]:
            days = ", ".join(each["holidays"][:ROWS])
            yield pair("statement.rule.answers.holidays", side=each["answering"], n=len(each["holidays"]), days=days)


def _rules(statement: Mapping[str, Any], checked: Any | None) -> Iterator[Pair]:
    rules = statement["rules"]
    yield pair("statement.rule.counted")
    yield from _answer_rules(rules)
    yield pair("statement.rule.small", most=rules["small"] - 1)
    yield pair("statement.rule.rounding", confidence=rules["confidence_percent"])
    yield pair("statement.rule.late")
    if statement.get("measured"):
        yield pair("statement.rule.measured")
    if _has_spam(statement):
        yield pair("statement.rule.spam")
    if checked is not None:
        shown = sum(each.value is not None for each in checked.proved)
        yield pair("statement.rule.proved", n=shown, days=checked.days, heads=checked.heads)
    yield pair("statement.rule.truth")
