"""Read a playbook out of its file, and say precisely what is wrong with it.

Trust:      the operator's own file; a slip in it is answered with the line and the nearest right name.
Standards:  TOML 1.0.
Answers:    ``read_playbook(path)`` and ``parse_playbook(text, path)`` give a ``Playbook`` or raise ``ComityError`` (outcome
            CONFIGURATION) on the first thing that is wrong.
"""

from collections.abc import Iterator, Sequence
from dataclasses import MISSING, fields
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any, Final

from comity.cases.playbook.checking import Flaw, flaws
from comity.formats.toml_lines import Path as KeyPath
from comity.formats.toml_lines import key_lines
from comity.model.case import EvidenceClass
from comity.model.case_outcome import CaseOutcome
from comity.model.notice import Certainty, NoticeKind
from comity.model.playbook import (
    CLOSED,
    RESTRICTS,
    STANDING,
    Action,
    ActionKind,
    Calendar,
    Condition,
    Happening,
    Playbook,
    Rate,
    Rule,
    Span,
    Template,
)
from comity.settings.calendar.days import read_days
from comity.settings.playbook.records import DAYS, ActionEntry, PlaybookEntry, RuleEntry, StateEntry, TemplateEntry
from comity.settings.reader import Where, read_text, table_of, values_of, wrong

_WAIT: Final = Span(elapsed=timedelta(minutes=15))
_DIGEST: Final = Span(elapsed=timedelta(days=1))
_USUAL_DAYS: Final = {ActionKind.SUPPRESS: 730, ActionKind.THROTTLE: 7, ActionKind.HOLD: 7, ActionKind.GARDEN: 7}
_MOST_RESTRICTED: Final = {ActionKind.THROTTLE: 90, ActionKind.HOLD: 90, ActionKind.GARDEN: 30}
_PER_HOUR: Final = 100
# Which entries of an action go with which, and which of them it cannot do without.
_PARTS: Final[dict[ActionKind, tuple[str, ...]]] = {
    ActionKind.SUPPRESS: ("days",),
    ActionKind.THROTTLE: ("days", "per_hour"),
    ActionKind.HOLD: ("days",),
    ActionKind.GARDEN: ("days",),
    ActionKind.TELL: ("template",),
    ActionKind.NOTICE: ("forms", "days"),
    ActionKind.WEBHOOK: ("to", "undoes"),
    ActionKind.CLOSE: ("outcome",),
}
_NEEDED: Final = {ActionKind.TELL: "template", ActionKind.NOTICE: "forms", ActionKind.WEBHOOK: "to"}


def read_playbook(path: Path) -> Playbook:
    """Read one file."""
    return parse_playbook(read_text(path), path)


def parse_playbook(text: str, path: Path) -> Playbook:
    """Read a playbook out of a text that stands, or could stand, at ``path``."""
    table = table_of(text, path)
    where = Where(path, key_lines(text))
    values = values_of((), table, PlaybookEntry, where=where)
    for one in fields(PlaybookEntry):
        if one.default is MISSING and one.name not in values:
            raise wrong("setting-missing", str(path), name=one.name)
    entry = PlaybookEntry(**values)  # type: ignore[arg-type]  # each value came from the kind of its own field
    _once([each.name for each in entry.state], "state", where)
    _once([each.name for each in entry.template], "template", where)
    playbook = Playbook(
        name=entry.name,
        start=entry.start,
        calendar=_calendar(entry),
        states={
            state.name: tuple(
                _rule(state, rule, ("state", number, "on", at), where=where) for at, rule in enumerate(state.on)
            )
            for number, state in enumerate(entry.state)
        },
        templates={each.name: _template(each) for each in entry.template},
        about={key: text for key, text in (("en", entry.about_en), ("zh", entry.about_zh)) if text},
        place=str(path),
    )
    for flaw in flaws(playbook):
        raise wrong(f"playbook-{flaw.code}", where.of(_key_of(flaw, entry)), **_shown(flaw))
    return playbook


def _once(names: Sequence[str], table: str, where: Where) -> None:
    before: set[str] = set()
    for at, name in enumerate(names):
        if name in before:
            raise wrong("playbook-twice", where.of((table, at, "name")), name=name)
        before.add(name)


def _calendar(entry: PlaybookEntry) -> Calendar:
    quiet_from, quiet_until = entry.quiet_hours or (None, None)
    free, work = read_days(entry.days_file)
    return Calendar(
        zone=entry.time_zone or UTC,
        work_days=frozenset(DAYS.index(each) for each in entry.work_days),
        holidays=free.union(entry.holidays),
        extra_days=work.union(entry.extra_work_days),
        quiet_from=quiet_from,
        quiet_until=quiet_until,
        quiet_forms=None if entry.quiet_forms is None else frozenset(map(NoticeKind, entry.quiet_forms)),
    )


def _rule(state: StateEntry, entry: RuleEntry, key: KeyPath, *, where: Where) -> Rule:
    happening = Happening(entry.event)
    for at, (code, name) in enumerate(_misplaced(entry, happening)):
        raise wrong(code, where.of((*key, name)), name=name, event=happening.value, at=at)
    actions = tuple(_action(each, (*key, "do", at), where=where) for at, each in enumerate(entry.do))
    closes = any(action.kind is ActionKind.CLOSE for action in actions)
    return Rule(
        name=f"{state.name}/{key[-1] + 1 if isinstance(key[-1], int) else 0}",
        happening=happening,
        word=entry.word,
        after=entry.after,
        condition=_condition(entry),
        to=entry.to or (CLOSED if closes else None),
        actions=actions,
    )


def _misplaced(entry: RuleEntry, happening: Happening) -> Iterator[tuple[str, str]]:
    if entry.after is not None and happening is not Happening.TIME:
        yield "playbook-misplaced", "after"
    if entry.quiet is not None and happening is not Happening.TIME:
        # Whoever measures the silence of feeds asks rules for time alone: of an infected device it would never hold.
        yield "playbook-quiet", "quiet"
    if entry.fresh and happening is not Happening.REPORT:
        yield "playbook-misplaced", "fresh"
    if entry.word is not None and happening not in (Happening.PERSON, Happening.API, Happening.OUTCOME):
        yield "playbook-misplaced", "word"
    if happening is Happening.OUTCOME and entry.word is not None and entry.word not in list(CaseOutcome):
        yield "playbook-outcome", "word"
    if happening is Happening.TIME and entry.after is None and entry.quiet is None and entry.open_for is None:
        yield "playbook-when", "event"


def _condition(entry: RuleEntry) -> Condition:
    rate = None
    if entry.rate is not None:
        rate = Rate(over=entry.rate, least=entry.rate_least, days=entry.rate_days)
    return Condition(
        reports=entry.reports,
        complainers=entry.complainers,
        verified=entry.verified,
        any_class=frozenset(map(EvidenceClass, entry.classes)),
        independent=entry.independent,
        open_for=None if entry.open_for is None else entry.open_for.elapsed,
        quiet=None if entry.quiet is None else entry.quiet.elapsed,
        relapses=entry.relapses,
        severity=entry.severity,
        rate=rate,
        certainty=None if entry.certainty is None else Certainty(entry.certainty),
        fresh=entry.fresh,
    )


def _action(entry: ActionEntry, key: KeyPath, *, where: Where) -> Action:
    kind = ActionKind(entry.action)
    fitting = _PARTS.get(kind, ())
    for one in fields(ActionEntry):
        if one.name != "action" and getattr(entry, one.name) is not None and one.name not in fitting:
            raise wrong("playbook-part", where.of((*key, one.name)), name=one.name, action=kind.value)
    needed = _NEEDED.get(kind)
    if needed is not None and getattr(entry, needed) is None:
        raise wrong("setting-missing", where.of(key), name=needed)
    days = (entry.days or _USUAL_DAYS[kind]) if kind in STANDING else entry.days
    most = _MOST_RESTRICTED.get(kind) if kind in RESTRICTS else None
    if most is not None and days is not None and days > most:
        raise wrong("playbook-too-long", where.of((*key, "days")), days=days, most=most)
    return Action(
        kind=kind,
        days=days,
        template=entry.template,
        to=entry.to,
        undoes=entry.undoes,
        per_hour=(entry.per_hour or _PER_HOUR) if kind is ActionKind.THROTTLE else None,
        outcome=entry.outcome,
        forms=tuple(dict.fromkeys(map(NoticeKind, entry.forms or ()))),
    )


def _template(entry: TemplateEntry) -> Template:
    return Template(
        name=entry.name,
        subject={"en": entry.subject_en, "zh": entry.subject_zh},
        text={"en": entry.text_en, "zh": entry.text_zh},
        wait=(entry.wait or _WAIT).elapsed,
        digest=(entry.digest or _DIGEST).elapsed,
    )


def _key_of(flaw: Flaw, entry: PlaybookEntry) -> KeyPath:
    """Where in the file a flaw stands."""
    name, _, rule = flaw.where.partition("/")
    for at, state in enumerate(entry.state):
        if state.name == name:
            return ("state", at, "on", int(rule) - 1) if rule else ("state", at)
    for at, template in enumerate(entry.template):
        if template.name == name and flaw.code.startswith("template"):
            return ("template", at)
    return ("start",)


def _shown(flaw: Flaw) -> dict[str, Any]:
    lists = {key: ", ".join(map(str, each)) for key, each in flaw.details.items() if isinstance(each, list)}
    return {"where": flaw.where, **flaw.details, **lists}
