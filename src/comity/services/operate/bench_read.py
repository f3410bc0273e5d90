"""Measure the reader of feedback: does it find the truth, how fast, in how much memory, and how does that grow?

Trust:      generated reports only (``sample_reports``).
Answers:    ``recall(count, seed)``, ``speed(count, size, seed, clock)``, ``growth(sizes, seed, clock)``.
Limits:     one core, one process; a clock of CPU seconds comes as an argument. The peer of every run is the standard
            library's parser without a policy (compat32), which only parses and finds nothing out.

What is measured must not depend on how many samples somebody asked for. There are never fewer than ``FEWEST``, more than any
cache of the reader holds, so that no turn finds what the turn before left. Ours and the peer read lot after lot, one behind
the other; of each lot the quickest of ``ROUNDS`` turns counts, which leaves out the first, cold one and whatever else the machine
did meanwhile. Who comes second finds the bytes in the processor's cache: they change places after every round.
"""

import email
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from comity.formats import reading
from comity.model.feedback import FeedbackReport
from comity.services.operate.sample_reports import DIALECTS, Truth, make

Clock = Callable[[], float]
FEWEST: Final = 1000
ROUNDS: Final = 6
LOT: Final = 100
SIZES: Final = (0.5, 1.5, 0.75, 1.25, 1.0)  # of whole reports, in turn, as shares of their mean
_BODILESS: Final = "headers-only"
FIELDS: Final = ("feedback_type", "source_ip", "recipient", "message_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """For one dialect: how many reports, how many of each field were found right, and how many were wrong."""

    dialect: str
    reports: int
    right: dict[str, int]
    wrong: int  # a value was given and it is not the true one


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Reports per CPU-second of ours and of the peer, on the same bytes in the same run."""

    reports: int
    bytes_each: int
    read_per_second: float
    peer_parse_per_second: float

    @property
    def ratio(self) -> float:
        """Ours over the peer's."""
        return self.read_per_second / self.peer_parse_per_second


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Microseconds for one report of this size."""

    size: int
    microseconds: float


def recall(count: int, seed: int) -> list[Recall]:
    """Read ``count`` reports of every dialect and compare with the truth."""
    rows = []
    for dialect in DIALECTS:
        rng = Random(f"{seed}/{dialect}")  # noqa: S311 - samples, not secrets
        right, wrong = dict.fromkeys(FIELDS, 0), 0
        for _ in range(count):
            data, truth = make(rng, dialect)
            reports = reading.read(data).reports
            answer = _answer(reports[0]) if reports else None
            for name in FIELDS:
                wanted = getattr(truth, name)
                given = getattr(answer, name) if answer else None
                right[name] += given == wanted
                wrong += given is not None and given != wanted
        rows.append(Recall(dialect=dialect, reports=count, right=right, wrong=wrong))
    return rows


def _answer(found: FeedbackReport) -> Truth:
    return Truth(
        feedback_type=found.feedback_type or "",
        source_ip=found.source_ip,
        recipient=found.original_rcpt_to[0] if found.original_rcpt_to else None,
        message_id=found.message_id or "",
    )


def samples(count: int, size: int, seed: int) -> list[bytes]:
    """Reports of all dialects in turn, ``size`` bytes on average."""
    return [data for _, data, _ in cases(count, size, seed)]


def cases(count: int, size: int, seed: int) -> Iterator[tuple[str, bytes, Truth]]:
    """The same with their dialects and what is true of them.

    Reported mails are of many sizes. One dialect hands over nothing but header fields, whatever the size of the mail was: the
    bodies of the others make up for it.
    """
    rng = Random(seed)  # noqa: S311 - samples, not secrets
    bare = len(make(Random(seed), _BODILESS, size)[0])  # noqa: S311
    whole = (size * len(DIALECTS) - bare) / (len(DIALECTS) - 1)
    for number in range(count):
        dialect = DIALECTS[number % len(DIALECTS)]
        share = SIZES[number // len(DIALECTS) % len(SIZES)]
        yield dialect, *make(rng, dialect, round(whole * share))


def speed(data: Sequence[bytes], clock: Clock) -> Speed:
    """Read and parse the same bytes in small lots, in turn, so that both see the same machine."""
    lots = [data[at : at + LOT] for at in range(0, len(data), LOT)]
    ours, peer = [math.inf] * len(lots), [math.inf] * len(lots)
    turns: list[tuple[Callable[[bytes], object], list[float]]] = [
        (reading.read, ours),
        (email.message_from_bytes, peer),
    ]
    for _ in range(ROUNDS):
        for number, lot in enumerate(lots):
            for work, best in turns:
                best[number] = min(best[number], _seconds(work, lot, clock))
        turns.reverse()
    return Speed(
        reports=len(data),
        bytes_each=sum(map(len, data)) // len(data),
        read_per_second=len(data) / sum(ours),
        peer_parse_per_second=len(data) / sum(peer),
    )


def growth(sizes: Sequence[int], seed: int, clock: Clock) -> list[Growth]:
    """The time of one report as its body grows; the reader should not look at the body."""
    rows = []
    for size in sizes:
        data = make(Random(seed), "no-address", size)[0]  # noqa: S311 - samples, not secrets
        turns = max(3, 20_000_000 // size // 10)
        best = min(_seconds(reading.read, [data] * turns, clock) for _ in range(3)) / turns
        rows.append(Growth(size=len(data), microseconds=best * 1e6))
    return rows


def _seconds(work: Callable[[bytes], object], data: Sequence[bytes], clock: Clock) -> float:
    began = clock()
    for each in data:
        work(each)
    return max(clock() - began, 1e-9)
