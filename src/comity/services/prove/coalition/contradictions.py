"""What signed statements contradict each other in, and by whose signatures that is proved.

Trust:      only what a signature holds over is compared: heads by the key that signed them, closes by their place under such
            a head, numbers and what was measured by the signatures under the whole.
Standards:  C2SP tlog-checkpoint: one tree of one size has one root (a second one proves that a history was split).
Answers:    ``File``, a statement as it was checked; ``found(files, period)`` gives each ``Contradiction``, what is proof first.
Limits:     what is no proof is a question: two ledgers that differ by what one of them lost, a measure that grew between two
            statements. Totals of different pairs may differ; that is no contradiction. Whoever lies to all
            alike is not found.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from comity.accord.measured import EFFECT, INFESTATIONS
from comity.ledger import checkpoint, day_close, leaf, note
from comity.model import period as periods
from comity.model.period import Period
from comity.services.prove.stating import baselines
from comity.services.prove.stating.checking import Checked

# What a side measures of itself, whoever it states it to.
_OF_ONESELF: Final = (INFESTATIONS, EFFECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One statement, checked."""

    name: str
    pair: tuple[str, str]
    period: str
    sha256: str
    statement: Mapping[str, Any]
    checked: Checked
    keys: tuple[note.Verifier, ...]

    @property
    def holds(self) -> bool:
        """Whether both signed it, and all of it is proved."""
        return not self.checked.faults

    @property
    def is_sound(self) -> bool:
        """Whether all of it is proved, whoever has signed."""
        return len(self.checked.unsigned) == len(self.checked.faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Two things that cannot both be so, or that somebody has to explain."""

    code: str  # "two-statements", "two-histories", "two-closes", "overlap"; "told-otherwise", "counted-otherwise"
    is_proof: bool  # the signatures alone show it, whatever anybody says
    by: tuple[str, ...]  # who signed both
    about: str
    values: tuple[tuple[str, str], ...]  # where it is said, and what


def found(files: Sequence[File], period: Period) -> list[Contradiction]:
    """All of them; ``files`` may be of other periods, too, because histories and closes outlive one."""
    signed = [each for each in files if each.holds]
    here = [each for each in signed if each.period == period.name]
    proofs = [*_statements(signed), *_histories(files), *_closes(files)]
    return [*proofs, *_measured(here), *_counted(here)]


def _statements(signed: Sequence[File]) -> Iterator[Contradiction]:
    """Both signed two statements about the same days."""
    for one, other in combinations(signed, 2):
        if one.pair != other.pair or one.sha256 == other.sha256:
            continue
        span, beside = periods.read(one.period), periods.read(other.period)
        if span is not None and beside is not None and span.overlaps(beside):
            yield Contradiction(
                code="two-statements" if one.period == other.period else "overlap",
                is_proof=True,
                by=one.pair,
                about=" / ".join(dict.fromkeys((one.period, other.period))),
                values=((one.name, one.sha256), (other.name, other.sha256)),
            )


def _histories(files: Sequence[File]) -> Iterator[Contradiction]:
    """One ledger of one size has two roots, both signed by whoever writes it."""
    heads: dict[tuple[str, int, str], dict[bytes, str]] = defaultdict(dict)
    for file in files:
        keys = baselines.in_both_algorithms(file.keys)
        for channel in _channels(file):
            opened = note.opened(str(channel.get("head")), keys)
            head = None if opened is None else checkpoint.read(opened.text)
            name = None if head is None else checkpoint.channel_name(head.origin)
            if opened is not None and head is not None and name is not None and name.writer in opened.signers:
                heads[head.origin, head.size, name.writer].setdefault(head.root, file.name)
    for (origin, size, writer), roots in sorted(heads.items()):
        if len(roots) > 1:
            said = tuple((where, root.hex()) for root, where in sorted(roots.items()))
            yield Contradiction(
                code="two-histories", is_proof=True, by=(writer,), about=f"{origin} ({size})", values=said
            )


def _closes(files: Sequence[File]) -> Iterator[Contradiction]:
    """One day of one ledger was closed twice, otherwise."""
    closes: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for file in files:
        for channel in _channels(file) if file.is_sound else ():
            for each in channel["closes"]:
                said = day_close.read(leaf.read(str(each["leaf"]).encode()) or {})
                if said is not None:
                    closes[str(channel["origin"]), said.day.isoformat()].setdefault(said.root.hex(), file.name)
    for (origin, day), roots in sorted(closes.items()):
        name = checkpoint.channel_name(origin)
        if len(roots) > 1 and name is not None:
            said_there = tuple((where, root) for root, where in sorted(roots.items()))
            yield Contradiction(
                code="two-closes", is_proof=True, by=(name.writer,), about=f"{origin} {day}", values=said_there
            )


def _measured(here: Sequence[File]) -> Iterator[Contradiction]:
    """A side tells one partner something else of itself than another."""
    told: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for file in here:
        for side, parts in file.statement.get("measured", {}).items():
            for name in _OF_ONESELF:
                said = _said(parts[name]) if name in parts else "-"
                told[side, name].setdefault(said, f"{file.name} ({file.statement['made']})")
    for (side, name), ways in sorted(told.items()):
        if len([each for each in ways if each != "-"]) > 1:
            values = tuple((where, said) for said, where in ways.items() if said != "-")
            yield Contradiction(code="told-otherwise", is_proof=False, by=(side,), about=name, values=values)


def _said(part: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {part[name]}" for name in ("found", "clean", "usual", "new", "per_mille") if name in part)


def _counted(here: Sequence[File]) -> Iterator[Contradiction]:
    """The same reports, counted differently by the two who have them; both signed that they differ."""
    for file in here:
        for each in file.statement.get("differences", []):
            yield Contradiction(
                code="counted-otherwise",
                is_proof=False,
                by=file.pair,
                about=f"{each['reporting']} → {each['reported']}  {each['key']}",
                values=tuple((side, str(value)) for side, value in each["values"].items()),
            )


def _channels(file: File) -> Iterator[Mapping[str, Any]]:
    """The channels of all that is in a file; a stranger's shape gives none."""
    evidence = file.statement.get("evidence")
    for side in evidence.values() if isinstance(evidence, dict) else ():
        for direction in _records(side, "directions"):
            yield from _records(direction, "channels")


def _records(record: object, name: str) -> Iterator[Mapping[str, Any]]:
    found = record.get(name) if isinstance(record, dict) else None
    yield from (each for each in found if isinstance(each, dict)) if isinstance(found, list) else ()
