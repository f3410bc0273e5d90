"""What is wrong with a playbook, before it is let near a case.

Standards:  DESIGN.md section 5: P6 (mail loops: a notice, its bounce, a notice ...), P8 (complaints alone restrict nobody without a
            rate on a least number of mails; every consequence ends).
Answers:    ``flaws(playbook)`` gives ``Flaw`` after ``Flaw``: code, the rule or state, details; none: it can be used.
Limits:     the work grows with the length of the playbook alone. It looks at rules as they stand: whether a condition can ever hold
            is not asked, except that what is due to happen by itself must be able to end.
"""

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Final

from comity.model.notice import Certainty
from comity.model.playbook import CLOSED, RESTRICTS, ActionKind, Happening, Playbook, Rule

HOLES: Final = (
    "customer",
    "case",
    "reports",
    "complainers",
    "sources",
    "first",
    "last",
    "organisation",
    "address",
    "cases",
)
LANGUAGES: Final = ("en", "zh")
# What follows from our own actions without anybody deciding to: at once, a machine's answer, another program's.
_BY_ITSELF: Final = frozenset({Happening.ENTRY, Happening.BOUNCE, Happening.REPLY, Happening.API})
_ANSWERS: Final = (
    (ActionKind.TELL, frozenset({Happening.BOUNCE, Happening.REPLY})),
    (ActionKind.NOTICE, frozenset({Happening.BOUNCE, Happening.REPLY, Happening.API})),
    (ActionKind.WEBHOOK, frozenset({Happening.API})),
)
_DECIDED: Final = frozenset({Happening.PERSON, Happening.API, Happening.OUTCOME})
_LEAST_MAILS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One thing that is wrong: ``playbook-CODE`` has words in the catalogue; ``where`` is a rule, a state or a template."""

    code: str
    where: str
    details: Mapping[str, object] = field(default_factory=dict)


def flaws(playbook: Playbook) -> Iterator[Flaw]:
    """Everything that is wrong."""
    known = {*playbook.states, CLOSED}
    if CLOSED in playbook.states:
        yield Flaw(code="closed-told", where=CLOSED)
    if playbook.start not in playbook.states:
        yield Flaw(code="start-unknown", where="", details={"name": playbook.start})
        return
    unknown = [rule for rule in playbook.rules() if rule.to is not None and rule.to not in known]
    for rule in unknown:
        yield Flaw(code="state-unknown", where=rule.name, details={"name": rule.to, "known": sorted(known)})
    if unknown:
        return
    yield from _ways(playbook)
    yield from _loops(playbook)
    for rule in playbook.rules():
        yield from _rule(playbook, rule)
    used = {action.template for rule in playbook.rules() for action in rule.actions}
    for name in playbook.templates:
        yield from _template(playbook, name, used)


def _ways(playbook: Playbook) -> Iterator[Flaw]:
    ahead = {name: {rule.to for rule in rules if rule.to is not None} for name, rules in playbook.states.items()}
    reached = _closure(playbook.start, ahead)
    behind: dict[str, set[str]] = {}
    for name, targets in ahead.items():
        for target in targets:
            behind.setdefault(target, set()).add(name)
    ending = _closure(CLOSED, behind)
    for name in playbook.states:
        if name not in reached:
            yield Flaw(code="unreachable", where=name)
        elif name not in ending:
            yield Flaw(code="no-end", where=name)


def _closure(start: str, ways: Mapping[str, Collection[str]]) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        for target in ways.get(waiting.pop(), ()):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found


def _loops(playbook: Playbook) -> Iterator[Flaw]:
    """Rules that could follow each other for ever without time passing, or mail that could answer itself for ever."""
    at_once = _Circles(playbook, frozenset({Happening.ENTRY}))
    looping = next((rule for rule in playbook.rules() if at_once.goes_round(rule)), None)
    if looping is not None:
        yield Flaw(code="loop", where=looping.name, details={"states": " > ".join(at_once.round_of(looping))})
        return
    by_itself = _Circles(playbook, _BY_ITSELF)
    for kind, answers in _ANSWERS:
        for rule in playbook.rules():
            if not any(action.kind is kind for action in rule.actions) or not by_itself.goes_round(rule):
                continue
            if by_itself.happenings_beside(rule) & answers:
                yield Flaw(
                    code="echo",
                    where=rule.name,
                    details={"states": " > ".join(by_itself.round_of(rule)), "action": kind.value},
                )
                return


class _Circles:
    """The ways that need no time and no decision, as a graph; two states are of one round where each leads to the other."""

    def __init__(self, playbook: Playbook, happenings: frozenset[Happening]) -> None:
        self._ends: dict[int, tuple[str, str]] = {}
        self._ahead: dict[str, dict[str, None]] = {}
        ways = [
            (name, rule.to or name, rule)
            for name, rules in playbook.states.items()
            for rule in rules
            # A rule for entry that stays is asked once an entry: it goes nowhere.
            if rule.happening in happenings and not (rule.happening is Happening.ENTRY and rule.to is None)
        ]
        for tail, head, rule in ways:
            self._ends[id(rule)] = tail, head
            self._ahead.setdefault(tail, {})[head] = None
        self._round = _rounds(self._ahead)
        self._beside: dict[int, set[Happening]] = {}
        for tail, head, rule in ways:
            if self._round.get(tail) == self._round.get(head):
                self._beside.setdefault(self._round[tail], set()).add(rule.happening)

    def goes_round(self, rule: Rule) -> bool:
        """Whether one can come back to where the rule begins."""
        tail, head = self._ends.get(id(rule), (None, None))
        return tail is not None and head is not None and self._round[tail] == self._round[head]

    def happenings_beside(self, rule: Rule) -> set[Happening]:
        """What the rules wait for that are on rounds through where this one begins."""
        return self._beside[self._round[self._ends[id(rule)][0]]]

    def round_of(self, rule: Rule) -> list[str]:
        """The shortest round through a rule, by its states."""
        tail, head = self._ends[id(rule)]
        before: dict[str, str] = {}
        waiting = deque([head])
        while waiting and tail != head and tail not in before:
            here = waiting.popleft()
            for after in sorted(self._ahead.get(here, ())):
                if after != head and after not in before:
                    before[after] = here
                    waiting.append(after)
        way = [tail]
        while way[-1] != head:
            way.append(before[way[-1]])
        return [tail, *reversed(way)]


def _rounds(ahead: Mapping[str, Collection[str]]) -> dict[str, int]:
    """A number for each state, the same for those that lead to each other: Kosaraju's two walks, each state and way twice."""
    order: list[str] = []
    seen: set[str] = set()
    for start in [*ahead, *(head for heads in ahead.values() for head in heads)]:
        if start in seen:
            continue
        seen.add(start)
        path = [(start, iter(ahead.get(start, ())))]
        while path:
            name, heads = path[-1]
            head = next((each for each in heads if each not in seen), None)
            if head is None:
                order.append(name)
                path.pop()
            else:
                seen.add(head)
                path.append((head, iter(ahead.get(head, ()))))
    behind: dict[str, list[str]] = {}
    for tail, heads_of in ahead.items():
        for head in heads_of:
            behind.setdefault(head, []).append(tail)
    found: dict[str, int] = {}
    for number, start in enumerate(reversed(order)):
        waiting = [start]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = number
                waiting += behind.get(name, ())
    return found


def _rule(playbook: Playbook, rule: Rule) -> Iterator[Flaw]:
    kinds = {action.kind for action in rule.actions}
    if not rule.actions and rule.to is None:
        yield Flaw(code="idle", where=rule.name)
    if ActionKind.SUPPRESS in kinds and rule.happening is not Happening.REPORT:
        yield Flaw(code="suppress-whom", where=rule.name)
    if kinds & RESTRICTS and rule.happening not in _DECIDED and not _is_guarded(rule):
        yield Flaw(code="restricts-unguarded", where=rule.name, details={"least": _LEAST_MAILS})
    for action in rule.actions:
        if action.template is not None and action.template not in playbook.templates:
            details = {"name": action.template, "known": sorted(playbook.templates)}
            yield Flaw(code="template-unknown", where=rule.name, details=details)
    after_close = rule.to not in (None, CLOSED) and ActionKind.CLOSE in kinds
    if after_close:
        yield Flaw(code="close-and-go", where=rule.name, details={"to": rule.to})


def _is_guarded(rule: Rule) -> bool:
    """Promise P8: a rate with a least number of mails, or two independent classes; and from sources that proved who they are.

    An infected device of which one is sure is both.
    """
    condition = rule.condition
    if condition.certainty is Certainty.CONFIRMED:  # one that is trusted, and another that does not depend on it
        return True
    rate = condition.rate is not None and condition.rate.least >= _LEAST_MAILS
    return (rate or (condition.independent or 0) >= 2) and (condition.verified or 0) >= 1


def _template(playbook: Playbook, name: str, used: Collection[str | None]) -> Iterator[Flaw]:
    template = playbook.templates[name]
    if name not in used:
        yield Flaw(code="template-unused", where=name)
    holes: dict[str, set[str]] = {}
    for language in LANGUAGES:
        if language not in template.subject or language not in template.text:
            yield Flaw(code="template-language", where=name, details={"language": language})
            continue
        for text in (template.subject[language], template.text[language]):
            try:
                found = [
                    hole for _, hole, spec, way in Formatter().parse(text) if hole is not None and not (spec or way)
                ]
                odd = any(spec or way for _, hole, spec, way in Formatter().parse(text) if hole is not None)
            except ValueError:
                found, odd = [], True
            unknown = next((hole for hole in found if hole not in HOLES), None)
            if odd or unknown is not None:
                details = {"hole": unknown if unknown is not None else "{", "known": ", ".join(HOLES)}
                yield Flaw(code="template-hole", where=name, details=details)
                return
            holes.setdefault(language, set()).update(found)
    if len(set(map(frozenset, holes.values()))) > 1:
        different = set[str]().union(*holes.values()).difference(set[str](holes["en"]) & set[str](holes["zh"]))
        yield Flaw(code="template-holes-differ", where=name, details={"holes": ", ".join(sorted(different))})
