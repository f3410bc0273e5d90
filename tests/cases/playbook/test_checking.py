"""What is wrong with a playbook is found before it comes near a case."""

from dataclasses import replace
from datetime import UTC, timedelta
from itertools import pairwise
from pathlib import Path
from time import process_time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from comity.bootstrap.playbook import playbook_named, shipped
from comity.cases.playbook.checking import flaws
from comity.locale import LANGUAGES, catalogue
from comity.model.outcomes import ComityError, Outcome
from comity.model.playbook import (
    CLOSED,
    Action,
    ActionKind,
    Calendar,
    Happening,
    Move,
    Playbook,
    Rule,
    Span,
)

from .making import HEAD, TEMPLATE, Story, read, report, states

END = 'event = "time", quiet = "14 days", to = "closed"'
TELL = '{ action = "tell", template = "first" }'


def _wrong(text: str) -> ComityError:
    with pytest.raises(ComityError) as caught:
        read(text)
    error = caught.value
    assert error.outcome is Outcome.CONFIGURATION
    for language in LANGUAGES:
        words = catalogue(language)
        assert f"error.{error.code}" in words
        assert "{" not in words.say(f"error.{error.code}", **error.details)
        assert "{" not in words.say(f"remedy.{error.code}", **error.details)
    return error


def _text(*states_told: tuple[str, str]) -> str:
    return HEAD + "".join(f'[[state]]\nname = "{name}"\n{rules}' for name, rules in states_told)


def _on(*entries: str) -> str:
    return "[[state.on]]\n" + "\n".join(entries) + "\n"


_END = _on('event = "time"', 'quiet = "14 days"', 'to = "closed"')

WRONG = {
    "loop": (
        _text(
            ("watched", _on('event = "entry"', 'to = "b"') + _END),
            ("b", _on('event = "entry"', 'to = "watched"') + _END),
        ),
        "own.toml:5",
    ),
    "echo": (_text(("watched", _on('event = "bounce"', f"do = [{TELL}]") + _END)) + TEMPLATE, "own.toml:5"),
    "unreachable": (_text(("watched", _END), ("island", _END)), "own.toml:9"),
    "no-end": (_text(("watched", _on('event = "report"', 'to = "trap"')), ("trap", "")), "own.toml:3"),
    "state-unknown": (_text(("watched", _on('event = "report"', 'to = "tolt"'))), "own.toml:5"),
    "start-unknown": (_text(("seen", _END)), "own.toml:2"),
    "closed-told": (_text(("watched", _END), ("closed", "")), "own.toml:9"),
    "idle": (_text(("watched", _on('event = "report"') + _END)), "own.toml:5"),
    "suppress-whom": (
        _text(("watched", _on('event = "time"', 'after = "1 day"', 'do = [{ action = "suppress" }]', 'to = "closed"'))),
        "own.toml:5",
    ),
    "restricts-unguarded": (
        _text(("watched", _on('event = "report"', "complainers = 500", 'do = [{ action = "hold" }]') + _END)),
        "own.toml:5",
    ),
    "too-long": (
        _text(("watched", _on('event = "person"', 'word = "hold"', 'do = [{ action = "hold", days = 91 }]') + _END)),
        "own.toml:8",
    ),
    "template-unknown": (_text(("watched", _on('event = "report"', f"do = [{TELL}]") + _END)), "own.toml:5"),
    "template-unused": (_text(("watched", _END)) + TEMPLATE, "own.toml:10"),
    "template-hole": (
        _text(("watched", _on('event = "report"', f"do = [{TELL}]") + _END))
        + TEMPLATE.replace('"{customer}"', '"{complainer}"'),
        "own.toml:13",
    ),
    "template-holes-differ": (
        _text(("watched", _on('event = "report"', f"do = [{TELL}]") + _END))
        + TEMPLATE.replace('text_zh = "{customer}"', 'text_zh = "x"'),
        "own.toml:13",
    ),
    "close-and-go": (
        _text(("watched", _on('event = "report"', 'do = [{ action = "close" }]', 'to = "b"') + _END), ("b", _END)),
        "own.toml:5",
    ),
    "twice": (_text(("watched", _END), ("watched", _END)), "own.toml:10"),
    "misplaced": (_text(("watched", _on('event = "report"', 'after = "1 day"', 'to = "closed"'))), "own.toml:7"),
    "quiet": (
        _text(("watched", _on('event = "person"', 'word = "done"', 'quiet = "14 days"', 'to = "closed"') + _END)),
        "own.toml:8",
    ),
    "when": (_text(("watched", _on('event = "time"', 'to = "closed"'))), "own.toml:6"),
    "part": (_text(("watched", _on('event = "report"', 'do = [{ action = "raise", days = 3 }]') + _END)), "own.toml:7"),
    "outcome": (_text(("watched", _on('event = "outcome"', 'word = "clean"', 'to = "closed"'))), "own.toml:7"),
}


@pytest.mark.parametrize("code", WRONG)
def test_what_is_wrong_is_refused_with_its_line(code: str) -> None:
    """The file, the line, a remedy, in both languages."""
    text, place = WRONG[code]
    error = _wrong(text)
    assert (error.code, error.place) == (f"playbook-{code}", place)


def test_a_slip_of_the_pen_is_answered_with_the_right_word() -> None:
    """Line and nearest right key, as in every file of settings."""
    error = _wrong(_text(("watched", _on('event = "report"', "complainer = 3", 'to = "closed"'))))
    assert (error.code, error.place) == ("setting-unknown-near", "own.toml:7")
    assert error.details["near"] == "state.on.complainers"
    assert _wrong(_text(("watched", _on('event = "reports"')))).place == "own.toml:6"
    assert _wrong(_text(("watched", _on('event = "time"', 'after = "3 fortnights"')))).code == "setting-unfit"


def test_a_reply_may_be_answered_where_a_person_stands_between() -> None:
    """A ladder goes on after a reply; only a circle without time or decision is refused."""
    playbook = states(
        f'watched: event = "reply", do = [{TELL}], to = "answered"; {END}',
        f'answered: event = "person", word = "again", to = "watched"; {END}',
        template=True,
    )
    assert list(flaws(playbook)) == []


@pytest.mark.parametrize("name", shipped())
def test_shipped_playbooks_can_be_used(name: str) -> None:
    """What we hand out passes our own checks, in both languages."""
    playbook = playbook_named(name, Path())
    assert playbook.name == name
    assert set(playbook.about) == {"en", "zh"}


_NAMES = st.sampled_from(["a", "b", "c", CLOSED])
_RULES = st.builds(
    lambda happening, to, act: Rule(
        name="a/1",
        happening=happening,
        to=to,
        after=Span(elapsed=timedelta(days=1)) if happening is Happening.TIME else None,
        actions=(Action(kind=act),) if act else (),
    ),
    st.sampled_from([Happening.ENTRY, Happening.REPORT, Happening.TIME, Happening.PERSON]),
    st.one_of(st.none(), _NAMES),
    st.sampled_from([None, ActionKind.RAISE]),
)


_ONWARD = {
    name: Rule(name="a/1", happening=Happening.TIME, to=to, after=Span(elapsed=timedelta(days=1)))
    for name, to in (("a", "b"), ("b", "c"), ("c", CLOSED))
}
_GOOD: dict[str, tuple[Rule, ...]] = {name: (rule,) for name, rule in _ONWARD.items()}


@st.composite
def _tables(draw: st.DrawFn) -> dict[str, tuple[Rule, ...]]:
    """Rules that do something, and in most states one that leads on: enough of these are let through."""
    rules = st.lists(_RULES.filter(lambda rule: rule.to is not None or bool(rule.actions)), max_size=2)
    return {name: (*draw(rules), *([rule] if draw(st.integers(0, 5)) else [])) for name, rule in _ONWARD.items()}


@settings(max_examples=200)
@given(_tables())
@example(_GOOD)
def test_what_is_let_through_ends_each_step_and_can_be_closed(told: dict[str, tuple[Rule, ...]]) -> None:
    """Every table of rules: either it is refused, or each step ends by itself and from each state some way leads to closed."""
    playbook = Playbook(name="any", start="a", calendar=Calendar(zone=UTC), states=told)
    if told == _GOOD:
        assert not list(flaws(playbook))
    if any(True for _ in flaws(playbook)):
        return
    ahead = {name: {rule.to or name for rule in rules} for name, rules in told.items()}
    for state in "abc":
        near = {state}
        for _ in range(3):
            near |= {each for name in near for each in ahead.get(name, ())}
        assert CLOSED in near
        for happening in (Happening.REPORT, Happening.PERSON):
            story = Story(playbook)
            story.position = replace(story.position, state=state)
            story.happens(happening, reported=report() if happening is Happening.REPORT else None)
            assert sum(isinstance(each, Move) for each in story.decisions) <= len(told)
            story.passes(timedelta(days=3))


def _layers(wide: int, deep: int) -> str:
    """Every state leads at once to each of the next layer, and the last ones back to the first."""
    layers = [["watched"], *([f"s{at}x{number}" for number in range(wide)] for at in range(deep))]
    ahead = {name: layers[(at + 1) % len(layers)] for at, layer in enumerate(layers) for name in layer}
    return _text(*(
        (name, "".join(_on('event = "entry"', f'to = "{each}"') for each in to) + _END) for name, to in ahead.items()
    ))  # fmt: skip


def _ring(size: int) -> str:
    """As many states in a round that other programs lead through, each telling the customer."""
    told = [
        (f"s{at}", _on('event = "api"', f"do = [{TELL}]", f'to = "s{(at + 1) % size}"') + _END) for at in range(size)
    ]
    return _text(("watched", _on('event = "report"', 'to = "s0"') + _END), *told) + TEMPLATE


def test_work_grows_with_the_length_alone() -> None:
    """A few kilobytes that lead everywhere at once, or round and round, are refused or taken within seconds."""
    began = process_time()
    with pytest.raises(ComityError) as caught:
        read(_layers(6, 8))
    assert caught.value.code == "playbook-loop"
    assert len(str(caught.value.details["states"]).split(" > ")) == 10  # the shortest round
    read(_ring(300))
    assert process_time() - began < 3


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=14))
@settings(max_examples=100, deadline=None)
def test_a_round_is_found_where_there_is_one(ways: list[tuple[int, int]]) -> None:
    """The states of a round are those from which a walk by hand comes back, and the way that is shown goes through them."""
    rules = {str(at): tuple(_entry(at, end) for begin, end in ways if begin == at) for at in range(7)}
    found = next((flaw for flaw in flaws(_playbook(rules)) if flaw.code == "loop"), None)
    reached = {at: {end for begin, end in ways if begin == at} for at in range(7)}
    for _ in range(7):
        reached = {at: ends.union(*(reached[end] for end in ends)) for at, ends in reached.items()}
    assert (found is not None) == any(at in ends for at, ends in reached.items())
    if found is not None:
        way = str(found.details["states"]).split(" > ")
        assert way[0] == way[-1]
        assert all((int(tail), int(head)) in ways for tail, head in pairwise(way))


def _entry(at: int, end: int) -> Rule:
    return Rule(name=f"{at}/{end}", happening=Happening.ENTRY, to=str(end))


def _playbook(rules: dict[str, tuple[Rule, ...]]) -> Playbook:
    """Each state is reached, and ends."""
    reports = tuple(Rule(name=f"0/r{at}", happening=Happening.REPORT, to=str(at)) for at in range(1, 7))
    ends = {name: Rule(name=f"{name}/e", happening=Happening.PERSON, to=CLOSED) for name in rules}
    told = {name: (*each, ends[name], *(reports if name == "0" else ())) for name, each in rules.items()}
    return Playbook(name="x", start="0", calendar=Calendar(zone=UTC), states=told, templates={}, about={}, place="x")


@pytest.mark.parametrize(
    "text", ["name = " + "[" * 50_000 + "]" * 50_000, "a" + ".a" * 50_000 + " = 1", '["x"' + '."x"' * 50_000 + "]"]
)
def test_a_file_nested_without_end_is_no_fault_of_ours(text: str) -> None:
    """It is named as what it is, with a remedy, before it costs anything."""
    began = process_time()
    assert _wrong(text).code == "settings-not-toml"
    assert process_time() - began < 3
