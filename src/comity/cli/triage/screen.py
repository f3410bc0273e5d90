"""The terminal page of a triage: what a desk must know in ten seconds, then the cases, then all the rest.

Trust:      every text of a stranger passes ``plain`` and is never taken for markup.
Answers:    ``show(triage, source, out)`` writes to standard output.
Limits:     80 columns where there is no terminal; Han characters count two. The first ten cases, five of each other list: the
            HTML page and ``--json`` have them all.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from comity.cases.matching import named
from comity.cases.severity import level
from comity.cases.timeline import Axis, axis_of
from comity.cli.speech import plain, speaker
from comity.model.case import Case, Listed, Triage
from comity.model.feedback import Kind
from comity.model.mailbox import Condition

_CASES = 10
_FEW = 5
_STEPS = 15
_SPARK = "▁▂▃▄▅▆▇█"
_STYLES = {"high": "bold red", "middle": "bold yellow", "low": "bold"}


def show(triage: Triage, source: str, out: Path | None) -> None:
    """Write the whole page."""
    terminal = sys.stdout.isatty()
    console = Console(highlight=False, markup=False, emoji=False, width=None if terminal else _width(), soft_wrap=False)
    console.print(_head(triage, source))
    console.print(_where(triage, console.width))
    if triage.is_mostly_unmatched():
        words = speaker()
        console.print(
            Text("! " + words.say("triage.alarm", n=len(triage.unmatched), all=triage.reports), style="bold yellow")
        )
        console.print()
    console.print(_cases(triage))
    for section in (_unmatched(triage), _letters(triage), _unreadable(triage), _not_reports(triage), _folded(triage)):
        if section is not None:
            console.print(section)
    if out is not None:
        console.print(Text(speaker().say("triage.page-written", path=plain(str(out)))))


def _width() -> int:
    columns = os.environ.get("COLUMNS", "")
    return max(int(columns), 40) if columns.isdigit() else 80


def _head(triage: Triage, source: str) -> Group:
    words = speaker()
    headline = words.say("triage.headline", items=f"{triage.items:,}", cases=f"{len(triage.cases):,}")
    needs = triage.needs_person()
    count = sum(needs.values())
    person = words.say("triage.person" if count else "triage.person.none", n=count)
    lines = [
        Text.assemble((headline, "bold"), "   ", (person, "bold yellow" if count else "green")),
        Text(f"{plain(source, 60)} · {triage.now:%Y-%m-%d %H:%M} UTC", style="dim"),
        Text(words.say("triage.read-only"), style="dim"),
    ]
    if count:
        lines.insert(
            1, Text(" · ".join(words.say(f"triage.person-of.{name}", n=each) for name, each in needs.items() if each))
        )
    return Group(*lines, Text())


def _where(triage: Triage, width: int) -> Group:
    """One bar a place: where all mails went."""
    words = speaker()
    places = {place: count for place, count in triage.where_items_went().items() if count}
    labels = {place: words.say(f"triage.place.{place}") for place in places}
    wide = max(map(cell_len, labels.values()), default=0)
    room = max(min(width - wide - 16, 40), 8)
    lines = []
    for place, count in places.items():
        bar = "━" * max(round(room * count / max(triage.items, 1)), 1)
        lines.append(Text.assemble("  ", set_cell_size(labels[place], wide), f" {count:>8,} ", (bar, "cyan")))
    return Group(*lines, Text())


def _cases(triage: Triage) -> Group:
    words = speaker()
    title = Text.assemble((words.say("triage.cases"), "bold"), " · ", words.say("triage.cases-note"))
    if not triage.cases:
        return Group(title, Text("  " + words.say("triage.no-cases")), Text())
    axis = axis_of((day for case in triage.cases for day in case.days), steps=_STEPS)
    table = Table.grid(padding=(0, 2, 1, 0), expand=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    for rank, case in enumerate(triage.cases[:_CASES], start=1):
        style = _STYLES[level(case.score)]
        table.add_row(Text(str(rank), style=style), _about(case, style), _numbers(case, axis, style))
    rest = len(triage.cases) - _CASES
    more = [Text("  " + words.say("triage.more-cases", n=rest), style="dim")] if rest > 0 else []
    legend = [Text("  " + timeline_words(axis), style="dim")] if axis else []
    return Group(title, Text(), table, *more, *legend, Text())


def timeline_words(axis: Axis) -> str:
    """What the time lines show."""
    message_id = "triage.per-day" if axis.width == 1 else "triage.per-days"
    return speaker().say(message_id, width=axis.width, first=axis.first.isoformat(), last=axis.last.isoformat())


def _about(case: Case, style: str) -> Text:
    words = speaker()
    text = Text.assemble((plain(case.label, 60), style))
    if case.going_on:
        text.append(f" · {words.say('triage.going-on')}", style="bold red")
    classes = " · ".join(f"{words.say(f'triage.class.{each.value}')} {count:,}" for each, count in case.classes[:3])
    text.append(f"\n{classes}")
    if case.person:
        text.append(f"\n{words.say(f'triage.needs.{case.person[0]}')}", style="yellow")
    subject = next((entry.evidence.subject for entry in case.entries if entry.evidence.subject), None)
    if subject:
        text.append(f"\n{plain(subject, 60)}", style="dim")
    return text


def _numbers(case: Case, axis: Axis | None, style: str) -> Text:
    words = speaker()
    people = words.say("triage.complainers", n=case.complainers)
    return Text.assemble(
        f"{people} · {words.say('triage.reports', n=case.reports)}\n",
        (_spark(case, axis), style),
        (f" {_day(case.last)}", "dim"),
    )


def _spark(case: Case, axis: Axis | None) -> str:
    if axis is None or not case.days:
        return ""
    counts = axis.fill(case.days)
    most = max(counts)
    return "".join(_SPARK[(count * (len(_SPARK) - 1) + most - 1) // most] if count else "·" for count in counts)


def _unmatched(triage: Triage) -> Group | None:
    words = speaker()
    if not triage.unmatched:
        return None
    title = _title("triage.unmatched", len(triage.unmatched), "triage.unmatched-note")
    rows = []
    for reason in ("not-ours", "private", "no-mark"):
        members = [each for each in triage.unmatched if each.reason == reason]
        about = Counter(named(each.evidence) for each in members if each.evidence is not None)
        if members:
            examples = [plain(name, 40) for name, _ in about.most_common(_FEW) if name]
            rows.append((len(members), words.say(f"triage.unmatched.{reason}"), ", ".join(examples)))
    return _section(title, rows)


def _letters(triage: Triage) -> Group | None:
    words = speaker()
    if not triage.free_text:
        return None
    rows = []
    for thread in triage.free_text[:_FEW]:
        names = dict.fromkeys(plain(holding.customer or holding.name, 40) for holding in thread.ours)
        mentioned = ", ".join(plain(each, 40) for each in thread.mentioned[:2])
        if names:
            mentioned = words.say("triage.ours", names=", ".join(names))
        subject = plain(thread.subject or words.say("triage.no-subject"), 60)
        about = " · ".join(filter(None, (plain(thread.writer or "", 40), mentioned)))
        rows.append((len(thread.items), f"{_day(thread.last)} {subject}", about))
    title = _title("triage.free-text", len(triage.free_text), "triage.free-text-note")
    return _section(title, rows, len(triage.free_text) - _FEW)


def _unreadable(triage: Triage) -> Group | None:
    if not triage.unreadable:
        return None
    title = _title("triage.unreadable", len(triage.unreadable), "triage.unreadable-note")
    return _section(title, _by_reason(triage.unreadable))


def _not_reports(triage: Triage) -> Group | None:
    if not triage.not_reports:
        return None
    words = speaker()
    counts = Counter((each.item.kind, each.reason) for each in triage.not_reports)
    rows = []
    for (kind, reason), count in sorted(
        counts.items(), key=lambda pair: (pair[0][0] is not Kind.VERIFICATION, -pair[1])
    ):
        mark = f" ({words.say('triage.to-confirm')})" if kind is Kind.VERIFICATION else ""
        rows.append((count, words.say(f"triage.item.{kind.value}") + mark, words.say(reason)))
    title = _title("triage.not-reports", len(triage.not_reports), "triage.not-reports-note")
    return _section(title, rows[: 2 * _FEW], len(rows) - 2 * _FEW)


def _folded(triage: Triage) -> Group | None:
    inside = triage.repeats_inside()
    if not triage.folded and not inside:
        return None
    words = speaker()
    counts = Counter(fold.rule for fold in triage.folded)
    rows = [(count, words.say(f"triage.fold.{rule}"), "") for rule, count in counts.most_common()]
    also = [Text("        " + words.say("triage.fold-also", n=inside), style="dim"), Text()] if inside else []
    return Group(_section(_title("triage.duplicates", len(triage.folded), "triage.duplicates-note"), rows), *also)


def _by_reason(listed: Iterable[Listed]) -> list[tuple[int, str, str]]:
    """What the system said about a file that it did not open is a reason of its own."""
    together: dict[tuple[str, str], list[str]] = {}
    for each in listed:
        said = plain(each.item.detail or "", 60) if each.item.condition is Condition.CLOSED else ""
        together.setdefault((each.reason, said), []).append(_short(each.item.name))
    words = speaker()
    by_size = sorted(together.items(), key=lambda pair: -len(pair[1]))
    return [
        (len(names), words.say(reason) + (f" ({said})" if said else ""), ", ".join(names[:2]))
        for (reason, said), names in by_size
    ]


def _title(message_id: str, count: int, note: str) -> Text:
    words = speaker()
    return Text.assemble((words.say(message_id), "bold"), f" {count:,}\n", ("  " + words.say(note), "dim"))


def _section(title: Text, rows: list[tuple[int, str, str]], rest: int = 0) -> Group:
    """A row that is longer than a line goes on below its words, not below its number."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(justify="right", no_wrap=True, width=6)
    table.add_column(ratio=1, overflow="fold")
    for count, what, examples in rows:
        line = Text(what)
        if examples:
            line.append(f"  {examples}", style="dim")
        table.add_row(f"{count:,}", line)
    more = [Text(" " * 8 + speaker().say("triage.more", n=rest), style="dim")] if rest > 0 else []
    return Group(title, table, *more, Text())


def _short(name: str) -> str:
    """The end of a long path: its beginning is the same for all."""
    shown = plain(name)
    return shown if len(shown) <= 40 else "…" + shown[-39:]


def _day(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d") if moment else "-"
