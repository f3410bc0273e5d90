"""``comity report weekly``: the week at the desk, for its boss, in both languages or as JSON.

Trust:      labels are strangers' words and pass ``plain``.
Answers:    lines of 80 columns: in one language where ``--language`` asks for it, else in both.
"""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.cells import set_cell_size

from comity.cli import days
from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.locale import catalogue

if TYPE_CHECKING:
    from comity.services.operate.weekly import Weekly

command = typer.Typer(add_completion=False, no_args_is_help=True)


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
    from comity.services.operate.weekly import lines, weekly

    with desk_read(settings()) as records:
        found = weekly(records, until=datetime.now(UTC) if until is None else days.end(until))
    if as_json:
        print(json.dumps(_object(found), ensure_ascii=True))
        return
    ours = speaker()
    other = [catalogue("en" if ours.language != "en" else "zh")] if both else []
    for number, words in enumerate((ours, *other)):
        put(*([""] if number else []), *lines(found, words, label=_label))


def _label(text: str) -> str:
    return set_cell_size(plain(text, 40), 40)


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
        "complaints": {
            "arrived": found.complained.complaints,
            "taken_back": found.complained.taken_back,
            "waiting": found.complained.waiting,
            "told_nobody": found.complained.untold,
            "reasons": dict(found.complained.noes),
            "reports_held": found.complained.held,
            "told": [
                {"party": each.party, "reports": each.reports, "answered": each.answered}
                for each in found.complained.told
            ],
        },
        "infected_lines": {
            "seen": found.remedied.seen,
            "cases_opened": found.remedied.opened,
            "cases_closed": found.remedied.closed,
            "notices": {kind.value: n for kind, n in found.remedied.notices},
            "said": {act.value: n for act, n in found.remedied.said},
        },
    }


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
