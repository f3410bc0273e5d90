"""How long whoever objected waited for a person's answer, out of the leaves about recourse.

Trust:      leaves that both sides have; what a stranger wrote may be anything, and is then passed over.
Standards:  the steps of ``comity.accord.recourse``: asked, argued, escalated; granted and refused are answers.
Answers:    ``recourse_times(rows, channels, asked)`` gives how many answers were given in these leaves, and the whole hours that
            they took, all together.
Limits:     the wait begins with the first objection (or the demand for a second person) since the last answer; where nobody
            objected, with the question. One recourse is known by a hash of its reference; its steps are numbered.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from comity.ledger import leaf
from comity.ledger.day_close import day_of
from comity.ledger.leaf import LeafType
from comity.model.entry import Channel

_ANSWERS: Final = frozenset({"granted", "refused"})
_BEGINS: Final = frozenset({"argued", "escalated"})
_HOUR: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One leaf about one recourse."""

    name: str
    number: int
    step: str
    second: int


class RecourseLeaves(Protocol):
    """What is asked of the ledger."""

    def between(self, channel_id: int, start: int, end: int) -> Iterator[bytes]:
        """The bytes of leaves [start, end)."""

    def newest_first(self, channel_id: int, leaf_type: str) -> Iterator[bytes]:
        """The bytes of all leaves of one type."""


class Span(Protocol):
    """Which leaves are counted."""

    @property
    def channel(self) -> Channel:
        """In which channel."""

    @property
    def span(self) -> tuple[int, int]:
        """From where to where."""


def recourse_times(rows: RecourseLeaves, channels: Sequence[Channel], asked: Span) -> Counter[str]:
    """How many answers, and how many hours."""
    found: Counter[str] = Counter()
    answers = [
        step
        for data in rows.between(asked.channel.channel_id, *asked.span)
        if (step := _step(leaf.read(data) or {})) is not None and step.step in _ANSWERS
    ]
    if not answers:
        return found
    every: dict[str, list[_Step]] = {each.name: [] for each in answers}
    for channel in channels:
        for data in rows.newest_first(channel.channel_id, LeafType.RECOURSE):
            step = _step(leaf.read(data) or {})
            if step is not None and step.name in every:
                every[step.name].append(step)
    for each in answers:
        begun = _begun(sorted(every[each.name], key=lambda one: one.number), each)
        if begun is not None:
            found["recourse/answered"] += 1
            found["recourse/hours"] += max(each.second - begun.second, 0) // _HOUR
    return found


def _begun(steps: Sequence[_Step], answer: _Step) -> _Step | None:
    """From which step on this answer was waited for."""
    question = begun = None
    for each in steps:
        if each.number >= answer.number:
            break
        if each.step in _ANSWERS:
            question = begun = None
        elif each.step in _BEGINS:
            begun = begun or each
        elif each.step == "asked":
            question = question or each
    return begun or question


def _step(record: Mapping[str, Any]) -> _Step | None:
    """One leaf; None where it is none about a recourse."""
    name, _, rest = str(record.get("id")).partition(".")
    number, _, sort = rest.partition(".")
    if record.get("type") != LeafType.RECOURSE.value or sort != "recourse" or day_of(record) is None:
        return None
    if not number.isascii() or not number.isdigit() or len(number) > 9:
        return None
    return _Step(name=name, number=int(number), step=str(record.get("step")), second=record["submitted"])
