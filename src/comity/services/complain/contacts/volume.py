"""How few reports leave unasked: so many a day for one network, so many for all together.

Standards:  RFC 6650 section 3: unsolicited reports are few.
Answers:    ``Volume(rows, few, now)``: ``no(outgoing)`` why one more is not made, ``use(outgoing)`` counts one. ``is_unasked``.
Limits:     a day is one of UTC. What is made counts, whether a person lets it out or not: nobody has to look through hundreds.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from comity.feedback.unasked import RULE
from comity.model import utc_day
from comity.model.network_contact import RegistryAnswer
from comity.services.complain.rows import Outgoing, SendingRows

UNCONFIRMED: Final = "unconfirmed"
Registry = Callable[[Any, str], RegistryAnswer]  # the rows, and the address that it is about


@dataclass(frozen=True, slots=True, kw_only=True)
class Few:
    """The most in a day."""

    per_network: int = 1
    in_all: int = 10

    def refusal(self, of_network: int, of_all: int) -> str | None:
        """Why no more, with so many already.

        >>> Few(per_network=1, in_all=3).refusal(0, 2), Few(per_network=1, in_all=3).refusal(1, 1)
        (None, 'network-enough')
        """
        if of_network >= self.per_network:
            return "network-enough"
        return "unsolicited-enough" if of_all >= self.in_all else None


class Volume:
    """What was made today."""

    def __init__(self, rows: SendingRows, few: Few | None, now: datetime) -> None:
        """``few`` is None where nothing is sent unasked."""
        self._few = few
        self._made: Counter[str] = Counter() if few is None else Counter(rows.unsolicited_since(utc_day.midnight(now)))

    def no(self, outgoing: Outgoing) -> str | None:
        """Why this one is not made."""
        if not is_unasked(outgoing):
            return None
        if self._few is None:
            return "unsolicited-enough"
        return self._few.refusal(self._made[outgoing.party], self._made.total())

    def use(self, outgoing: Outgoing) -> None:
        """It is made."""
        if is_unasked(outgoing):
            self._made[outgoing.party] += 1


def is_unasked(outgoing: Outgoing) -> bool:
    """Whether a report goes to somebody who did not ask for it."""
    return outgoing.rule.startswith(RULE)
