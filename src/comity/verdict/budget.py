"""The promised budget: how much legitimate mail may be called spam, and the threshold that holds it.

Answers:    ``Budget.threshold`` after ``Budget.saw(score)`` of legitimate mail, scored before it was learnt.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(slots=True)
class Budget:
    """Tracks the quantile of legitimate scores above which only ``share`` of them lies."""

    share: float = 0.001
    threshold: float = 0.0
    step: float = 0.5
    seen: int = field(default=0)

    @classmethod
    def of(cls, about: Mapping[str, Any]) -> Self:
        """The budget that was kept."""
        kept = about["budget"]
        return cls(share=float(kept["share"]), threshold=float(kept["threshold"]), seen=int(kept["seen"]))

    def about(self) -> dict[str, Any]:
        """What is kept of it."""
        return {"budget": {"share": self.share, "threshold": self.threshold, "seen": self.seen}}

    def saw(self, score: float) -> None:
        """One legitimate message had this score before it was learnt."""
        self.seen += 1
        over = score > self.threshold
        self.threshold += self.step * ((1.0 if over else 0.0) - self.share)
        if over:
            self.threshold = max(self.threshold, score)
