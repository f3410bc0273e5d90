"""Questions to the DNS and their answers, for readers that ask nobody themselves.

A check that cannot know beforehand what it will have to ask (SPF follows what it finds) is a generator: it yields one
``DnsQuestion`` after the other, is sent a ``DnsAnswer`` for each, and returns what it found. Whoever drives it has the
socket, the cache, the caps and the deadline.

>>> def check():
...     answer = yield DnsQuestion("east.example", Kind.TXT)
...     return answer.records
>>> driven(check(), {DnsQuestion("east.example", Kind.TXT): DnsAnswer(records=("v=spf1 -all",))}.get)
('v=spf1 -all',)

Trust:      answers are strangers' text.
Answers:    ``DnsQuestion``, ``DnsAnswer``, ``Steps``; ``driven(steps, find)`` for whoever has all answers already.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Kind(StrEnum):
    """What is asked for."""

    TXT = "TXT"
    A = "A"
    AAAA = "AAAA"
    MX = "MX"
    PTR = "PTR"


class DnsQuestion(NamedTuple):
    """One question; the name is in lower case, without the final dot. A PTR question names the address."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsAnswer:
    """What there is: texts joined, addresses in canonical form, names without the final dot, hosts of MX in their order."""

    records: tuple[str, ...] = ()
    failed: bool = False  # nobody answered, or the server could not
    exists: bool = True  # False: there is no such name at all


FAILED = DnsAnswer(failed=True)
NOTHING = DnsAnswer()
NO_SUCH_NAME = DnsAnswer(exists=False)

Steps = Generator[DnsQuestion, DnsAnswer, T]


def driven(steps: Steps[T], find: Callable[[DnsQuestion], DnsAnswer | None]) -> T:
    """Let a check run on answers that are there; None counts as nobody having answered."""
    try:
        question = next(steps)
        while True:
            question = steps.send(find(question) or FAILED)
    except StopIteration as end:
        answer: T = end.value
        return answer
