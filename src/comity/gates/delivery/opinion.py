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
from comity.gates.delivery.live_junk import LiveJunk
from comity.model.verdict import Facts, Judgement


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
    junk: LiveJunk | None = None  # campaigns that people complain about at this hour

    async def judge(self, data: bytes, facts: Facts) -> Judgement | None:
        """Judge one mail."""
        if len(data) <= self.inline:
            plain = without_marks(data)
            # Of legitimate mail nobody asks why.
            return self._known(plain, self.live.now().judge(plain, facts=facts, reasons=True, unless_legitimate=True))
        return await asyncio.to_thread(self._apart, data, facts)

    def _apart(self, data: bytes, facts: Facts) -> Judgement | None:
        return self._known(without_marks(data), self.child.judge(data, facts))

    def _known(self, data: bytes, said: Judgement | None) -> Judgement | None:
        return said if self.junk is None else self.junk.judged(data, said)
