"""A playbook in words and as JSON: what commands and pages say of it.

Answers:    ``rule_of(words, n, rule)``, ``event_of``, ``action_of`` and ``span_of`` in the language of ``words``;
            ``object_of(playbook)`` the public form. States, words of people and outcomes stand as the file has them, or
            as ``called`` calls them: whoever reads the file beside it wants its own names, whoever reads a page wants words.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final, Protocol

from comity.model.notice import SelfServiceAct
from comity.model.playbook import STANDING, Action, Condition, Happening, Playbook, Rule, Span

_UNITS: Final = ((timedelta(days=1), "days"), (timedelta(hours=1), "hours"), (timedelta(minutes=1), "minutes"))
_PERSON: Final = "playbook.person"
_OUTCOME: Final = "desk-outcome"
_OF_SUBSCRIBERS: Final = frozenset(each.value for each in SelfServiceAct)
_OURS: Final = _OF_SUBSCRIBERS | {"notice-unreached", "garden-failed"}
_ROOMS: Final = {Happening.API: "notice.act", Happening.OUTCOME: _OUTCOME}


class Says(Protocol):
    """Says sentences in one language."""

    def say(self, message_id: str, /, **arguments: object) -> str:
        """One sentence."""


class Vocabulary(Protocol):
    """Knows what people call things."""

    def called(self, message_id: str, otherwise: str) -> str:
        """The word for it, or what is given instead."""


Called = Callable[[str, str], str]  # (room of the catalogue, code) -> what people call it


def in_words(words: Vocabulary) -> Called:
    """What a page calls a state, a word or an outcome: in words where it is one of those that we know, else as its file has it."""
    return lambda room, code: words.called(f"{room}.{code}", code)


def _as_written(_: str, code: str) -> str:
    return code


def rule_of(words: Says, n: int, rule: Rule, *, called: Called = _as_written) -> str:
    """One rule."""
    held = list(_conditions(words, rule.condition))
    conditions = words.say("playbook.if", conditions=words.say("playbook.and").join(held)) if held else ""
    actions = ", ".join(action_of(words, each, called=called) for each in rule.actions)
    return words.say(
        "playbook.rule",
        n=n,
        event=event_of(words, rule, called=called),
        conditions=conditions,
        does=words.say("playbook.does", actions=actions) if actions else "",
        leads=words.say("playbook.leads", state=called("playbook.state", rule.to)) if rule.to else "",
    ).strip()


def event_of(words: Says, rule: Rule, *, called: Called = _as_written) -> str:
    """What a rule waits for."""
    event = words.say(f"playbook.event.{_heard_from(rule)}")
    if rule.word is not None:
        event = f"{event} [{called(_ROOMS.get(rule.happening, _PERSON), rule.word)}]"
    return event if rule.after is None else words.say("playbook.after", event=event, span=span_of(words, rule.after))


def _heard_from(rule: Rule) -> str:
    """Who says it: words that no other program says have a name of their own beside ``api``."""
    if rule.happening is not Happening.API or rule.word not in _OURS:
        return rule.happening.value
    return "subscriber" if rule.word in _OF_SUBSCRIBERS else "own"


def span_of(words: Says, span: Span | timedelta) -> str:
    """A length of time."""
    if isinstance(span, Span):
        if span.working_days:
            return words.say("playbook.span.working", n=span.working_days).strip()
        span = span.elapsed
    unit, name = next(((unit, name) for unit, name in _UNITS if not span % unit), _UNITS[-1])
    return words.say(f"playbook.span.{name}", n=span // unit).strip()


def action_of(words: Says, action: Action, *, called: Called = _as_written) -> str:
    """What is done."""
    said = words.say(f"playbook.action.{action.kind.value}")
    forms = ", ".join(words.say(f"notice.kind.{each.value}") for each in action.forms)
    outcome = called(_OUTCOME, action.outcome) if action.outcome else None
    name = action.template or action.to or outcome or forms or None
    if name is not None:
        said = f"{said} [{name}]"
    if action.undoes is not None:
        said = words.say("playbook.undoes", action=said, name=action.undoes)
    if action.kind in STANDING and action.days is not None:
        said = words.say("playbook.for-days", action=said, n=action.days)
    return said


def _conditions(words: Says, condition: Condition) -> Iterator[str]:
    for name in ("reports", "complainers", "verified", "independent", "relapses"):
        if (n := getattr(condition, name)) is not None:
            yield words.say(f"playbook.when.{name}", n=n)
    if condition.any_class:
        classes = ", ".join(sorted(words.say(f"triage.class.{each.value}") for each in condition.any_class))
        yield words.say("playbook.when.classes", classes=classes)
    if condition.open_for is not None:
        yield words.say("playbook.when.open-for", span=span_of(words, condition.open_for))
    if condition.quiet is not None:
        yield words.say("playbook.when.quiet", span=span_of(words, condition.quiet))
    if condition.severity is not None:
        yield words.say("playbook.when.severity", level=words.say(f"triage.level.{condition.severity}"))
    if condition.certainty is not None:
        yield words.say(f"playbook.when.certainty.{condition.certainty.value}")
    if condition.fresh:
        yield words.say("playbook.when.fresh")
    if condition.rate is not None:
        rate = condition.rate
        yield words.say("playbook.when.rate", share=f"{rate.over:.2%}", least=rate.least, n=rate.days)


def object_of(playbook: Playbook) -> dict[str, Any]:
    """The public form."""
    return {
        "name": playbook.name,
        "start": playbook.start,
        "about": dict(playbook.about),
        "states": {name: [_rule_object(rule) for rule in rules] for name, rules in playbook.states.items()},
        "templates": sorted(playbook.templates),
    }


def _rule_object(rule: Rule) -> dict[str, Any]:
    condition = rule.condition
    spans = {"open_for": condition.open_for, "quiet": condition.quiet}
    held: dict[str, Any] = {
        name: getattr(condition, name)
        for name in ("reports", "complainers", "verified", "independent", "relapses", "severity")
        if getattr(condition, name) is not None
    }
    held |= {name: span.total_seconds() for name, span in spans.items() if span is not None}
    if condition.certainty is not None:
        held["certainty"] = condition.certainty.value
    if condition.fresh:
        held["fresh"] = True
    if condition.any_class:
        held["classes"] = sorted(each.value for each in condition.any_class)
    if condition.rate is not None:
        held["rate"] = {"over": condition.rate.over, "least": condition.rate.least, "days": condition.rate.days}
    return {
        "rule": rule.name,
        "event": rule.happening.value,
        "word": rule.word,
        "after": None if rule.after is None else _span_object(rule.after),
        "if": held,
        "do": [
            {
                name: value
                for name, value in (
                    ("action", action.kind.value),
                    ("days", action.days),
                    ("template", action.template),
                    ("to", action.to),
                    ("undoes", action.undoes),
                    ("per_hour", action.per_hour),
                    ("outcome", action.outcome),
                    ("forms", [each.value for each in action.forms] or None),
                )
                if value is not None
            }
            for action in rule.actions
        ],
        "to": rule.to,
    }


def _span_object(span: Span) -> dict[str, float | int]:
    if span.working_days:
        return {"working_days": span.working_days}
    return {"seconds": span.elapsed.total_seconds()}
