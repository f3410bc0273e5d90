"""What we think of one mail at delivery: inline while it is small, by a process of its own when it is large.

Trust:      input is a stranger's mail; the filter raises nothing over it, and a large one is read where it can be killed.
Answers:    ``Opinions.judge(data, facts)``: a ``Judgement``, or None where the mail goes on unjudged.
Limits:     ``inline`` bytes at once; beyond that ``seconds``, waiting for others included.
"""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from comity.formats.spam_headers import without_marks
from comity.gates.delivery.live_filter import LiveFilter
from comity.model.verdict import Facts, Judgement, Verdict
from comity.services.judge.filtering import Filter


def judged(judge: Filter, data: bytes, facts: Facts) -> Judgement:
    """A judgement with its reasons, but for legitimate mail: they cost thrice what the verdict does, and nobody asks there."""
    said = judge.judge(data, facts=facts)
    return said if said.verdict is Verdict.LEGITIMATE else judge.judge(data, facts=facts, reasons=True)


class Child(Protocol):
    """Judges in a process of its own, or gives up."""

    def judge(self, data: bytes, facts: Facts) -> Judgement | None:
        """Judge one mail; called from many threads."""

    def start(self) -> None:
        """Be ready before the first one."""

    def close(self) -> None:
        """End."""


@dataclass(slots=True, kw_only=True)
class Opinions:
    """The filter, and where large mail is judged."""

    live: LiveFilter
    child: Child
    inline: int = 256 << 10

    async def judge(self, data: bytes, facts: Facts) -> Judgement | None:
        """Judge one mail."""
        if len(data) <= self.inline:
            return judged(self.live.now(), without_marks(data), facts)
        return await asyncio.to_thread(self.child.judge, data, facts)
