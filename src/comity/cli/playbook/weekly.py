"""``comity report weekly``: the week at the desk, for its boss, in both languages or as JSON.

Trust:      labels are strangers' words and pass ``plain``.
Answers:    lines of 80 columns: in one language where ``--language`` asks for it, else in both.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.cells import set_cell_size

from comity.cli import days
from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.locale import Catalogue, catalogue

if TYPE_CHECKING:
    from comity.services.operate.weekly import Weekly

command = typer.Typer(add_completion=False, no_args_is_help=True)

_UNITS = ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes"))


@command.callback()
def _group() -> None:
    """One command for each report."""


@command.command("weekly")
def show(
    until: Annotated[str | None, typer.Option("--until", metavar="DAY")] = None,
    *,
    both: Annotated[bool, typer.Option("--both")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Show the seven days before a day."""
    from comity.bootstrap.desk import desk_read
    from comity.services.operate.weekly import weekly

    with desk_read(settings()) as records:
        found = weekly(records, until=datetime.now(UTC) if until is None else days.end(until))
    if as_json:
        print(json.dumps(_object(found), ensure_ascii=True))
        return
    ours = speaker()
    other = [catalogue("en" if ours.language != "en" else "zh")] if both else []
    print("\n\n".join("\n".join(_lines(found, words)) for words in (ours, *other)))


def _lines(found: "Weekly", words: Catalogue) -> Iterator[str]:
    yield words.say("weekly.head", since=f"{found.since:%Y-%m-%d}", until=f"{found.until:%Y-%m-%d %H:%M}")
    yield words.say("weekly.reports", reports=found.reports, opened=found.opened, closed=found.closed)
    yield words.say("weekly.back", reopened=found.reopened, relapses=found.relapses, open=found.open_now)
    if found.median_seconds is not None:
        took = _length(found.median_seconds, words)
        yield words.say("weekly.acted", median=took, acted=found.acted_on, waiting=found.not_acted_on)
    else:
        yield words.say("weekly.not-acted", waiting=found.not_acted_on)
    if found.top:
        yield ""
        yield words.say("weekly.top")
        for each in found.top:
            said = words.say("weekly.top-line", reports=each.reports, complainers=each.complainers)
            yield f"  {set_cell_size(plain(each.label, 40), 40)}  {said}"
    if found.repeating:
        yield ""
        yield words.say("weekly.repeating")
        for each_one in found.repeating:
            said = words.say("weekly.repeating-line", n=each_one.cases, last=f"{each_one.last:%Y-%m-%d}")
            yield f"  {set_cell_size(plain(each_one.label, 40), 40)}  {said}"
    if found.decided:
        yield ""
        yield words.say("weekly.decided")
        for kind, state, n in found.decided:
            does = words.say(f"playbook.action.{kind.value}")
            yield f"  {n:>9,}  {does} [{words.say(f'consequence.{state.value}')}]"


def _length(seconds: float, words: Catalogue) -> str:
    size, name = next(((size, name) for size, name in _UNITS if seconds >= size), _UNITS[-1])
    return words.say(f"playbook.span.{name}", n=round(seconds / size)).strip()


def _object(found: "Weekly") -> dict[str, Any]:
    return {
        "since": _time(found.since),
        "until": _time(found.until),
        "reports": found.reports,
        "opened": found.opened,
        "closed": found.closed,
        "reopened": found.reopened,
        "relapses": found.relapses,
        "open_now": found.open_now,
        "acted_on": found.acted_on,
        "not_acted_on": found.not_acted_on,
        "median_seconds_to_act": found.median_seconds,
        "top": [
            {"label": each.label, "about": each.kind, "reports": each.reports, "complainers": each.complainers}
            for each in found.top
        ],
        "repeating": [
            {"label": each.label, "about": each.kind, "cases": each.cases, "last": _time(each.last)}
            for each in found.repeating
        ],
        "decided": [{"action": kind.value, "state": state.value, "n": n} for kind, state, n in found.decided],
    }


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
