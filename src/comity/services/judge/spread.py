"""A large archive judged by many hands: lots go out, and what comes back is in the order of the archive.

Trust:      every hand has the same filter, and a verdict depends on the mail and the filter alone: who judged it cannot be seen.
Answers:    ``judge_lot(judge, lot)`` is what a hand does; ``judged(lots, hands)`` gives each item with its judgement, None where it
            could not be opened; ``Alone`` is the one hand of this process.
Limits:     so many lots are on their way as the hands have ``room`` for. Learning is not spread: each mail that is learnt changes
            what the next one is, and an evaluation tells each label before it judges the next mail.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from comity.model.mailbox import Condition, Item
from comity.model.outcomes import ComityError
from comity.model.verdict import Judgement
from comity.services.judge.filtering import Filter

Answer = Callable[[], Sequence[Judgement]]  # waits for it


class Hands(Protocol):
    """Who judges."""

    @property
    def room(self) -> int:
        """How many lots may be on their way."""

    def send(self, lot: Sequence[bytes]) -> Answer:
        """Have these mails judged."""


class Alone:
    """This process."""

    room = 0

    def __init__(self, judge: Filter) -> None:
        self._judge = judge

    def send(self, lot: Sequence[bytes]) -> Answer:
        """Now."""
        done = judge_lot(self._judge, lot)
        return lambda: done


def judge_lot(judge: Filter, lot: Sequence[bytes]) -> list[Judgement]:
    """What these mails are, with reasons."""
    judge.look_ahead(lot)
    return [judge.judge(each, reasons=True) for each in lot]


def judged(lots: Iterable[Sequence[Item]], hands: Hands) -> Iterator[tuple[Item, Judgement | None]]:
    """Every item, in order. Where the source of them breaks off, what came before is given, and then the error is raised."""
    waiting: deque[tuple[Sequence[Item], Answer]] = deque()
    coming, broken = iter(lots), None
    while True:
        try:
            lot = next(coming, None)
        except (ComityError, OSError) as error:
            broken, lot = error, None
        if lot is None:
            break
        waiting.append((lot, hands.send([each.data for each in lot if each.condition is not Condition.CLOSED])))
        if len(waiting) > hands.room:
            yield from _done(*waiting.popleft())
    while waiting:
        yield from _done(*waiting.popleft())
    if broken is not None:
        raise broken


def _done(lot: Sequence[Item], answer: Answer) -> Iterator[tuple[Item, Judgement | None]]:
    said = iter(answer())
    for item in lot:
        yield item, None if item.condition is Condition.CLOSED else next(said)
