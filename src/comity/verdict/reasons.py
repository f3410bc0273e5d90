"""Why a verdict: the few pieces of text, header and facts that moved it.

Trust:      pieces are a stranger's text: escape them before showing them.
Answers:    ``reasons_of(learner, passages, places)``: the heaviest first, towards spam and against it.
Limits:     pairs of words and the counts beside are weighed, and not named: their pieces are named by the other views.
"""

import re
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from comity.model.verdict import Reason
from comity.verdict.grams import VIEWS, Places
from comity.verdict.learner import Learner
from comity.verdict.passages import Passages

_MOST: Final = 6
_LEAST: Final = 0.02  # log-odds
_LONGEST: Final = 60
# A word of letters and digits, or up to six double-byte signs of one clause.
_PIECE: Final = re.compile(
    rb"[A-Za-z0-9$@._/:'%-]{3,60}|(?:[\xb0-\xf7][\x80-\xfe]|[\x81-\xa0\xaa-\xfe][\x40-\xa0]){2,6}"
)
_LINE: Final = re.compile(rb"^([!-9;-~]+):(?:[^\n]|\n[ \t])*", re.MULTILINE)

# What a fact begins with, and the mark under which it is told.
_FACT_MARKS: Final = {
    b"hop": "network",
    b"order": "field-order",
    b"kind": "part-kind",
    b"size": "size",
    b"given": "given",
    b"from@": "from-domain",
    b"date~": "time-zone",
    b"x-mailer=": "program",
    b"user-agent=": "program",
}


def reasons_of(learner: Learner, found: Passages, places: Places) -> tuple[Reason, ...]:
    """The reasons."""
    weights = dict(zip(VIEWS, learner.worths(places), strict=True))
    told = [
        *_pieces(found.body, _weighed(learner, found.body, "body", worth=weights["body"])),
        *_header_pieces(found.header, _weighed(learner, found.header, "header", worth=weights["header"])),
        *_facts(learner, found, weights["facts"]),
    ]
    told = [each for each in told if abs(each.weight) >= _LEAST]
    told.sort(key=lambda each: (-abs(each.weight), each.mark, sorted(each.arguments.values())))
    return tuple(_without_repeats(told))


def _weighed(learner: Learner, data: bytes, view: str, *, worth: float) -> NDArray[np.float64]:
    """What each byte of a passage adds: that of the runs it is in, a run that stands often shared among its places."""
    at = learner.hashing.positions(data)
    total = np.zeros(len(data), dtype=np.float64)
    if len(at):
        _, number, counts = np.unique(at, return_inverse=True, return_counts=True)
        table = learner.views[list(VIEWS).index(view)].weights
        each = table[at].astype(np.float64) * worth / counts[number] / 4
        for offset in range(4):
            total[offset : offset + len(each)] += each
    return total


def _pieces(data: bytes, weighed: NDArray[np.float64]) -> Iterator[Reason]:
    sums = np.concatenate([[0.0], np.cumsum(weighed)])
    for match in _PIECE.finditer(data):
        weight = float(sums[match.end()] - sums[match.start()])
        yield Reason(mark="text", weight=weight, arguments={"piece": _shown(match.group())})


def _header_pieces(header: bytes, weighed: NDArray[np.float64]) -> Iterator[Reason]:
    sums = np.concatenate([[0.0], np.cumsum(weighed)])
    for line in _LINE.finditer(header):
        name = _shown(line.group(1))
        for match in _PIECE.finditer(header, line.end(1) + 1, line.end()):
            weight = float(sums[match.end()] - sums[match.start()])
            piece = _shown(match.group())
            if name.lower() == "subject":
                yield Reason(mark="subject", weight=weight, arguments={"piece": piece})
            else:
                yield Reason(mark="header", weight=weight, arguments={"name": name, "piece": piece})


def _facts(learner: Learner, found: Passages, worth: float) -> Iterator[Reason]:
    table = learner.views[list(VIEWS).index("facts")].weights
    for fact in found.facts:
        place = learner.hashing.fact_position(fact)
        kind, _, value = fact.partition(b" ")
        mark = _FACT_MARKS.get(kind, "field-value")
        yield Reason(
            mark=mark,
            weight=float(table[place]) * worth,
            arguments={"name": _shown(kind.rstrip(b"=@~")), "value": _shown(value)},
        )


def _without_repeats(told: list[Reason]) -> Iterator[Reason]:
    """Each piece once, and of what stands in another one only the heavier."""
    seen: list[str] = []
    for each in told:
        piece = each.arguments.get("piece") or each.arguments.get("value") or ""
        if any(piece in other or other in piece for other in seen):
            continue
        seen.append(piece)
        yield each
        if len(seen) == _MOST:
            return


def _shown(data: bytes) -> str:
    return data.decode("gb18030", "replace")[:_LONGEST]
