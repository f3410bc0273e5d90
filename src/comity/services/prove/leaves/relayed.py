"""What a hub counts of the messages that it hands on between other networks: for whom, and what of whom was refused.

Trust:      a network address or a domain is all that is kept of a sender.
Answers:    ``handed_on(rows, day)`` and ``refused(rows, day)`` say how many, ``over_quota(rows, day)`` whose were too many.
Limits:     days are UTC. The words stand in the store: they stay.
"""

from typing import Final, Protocol

HANDED_ON: Final = "relayed"  # by the member that it was for, as the next
REFUSED_TO: Final = "relay-refused-to"
REFUSED_OF: Final = "relay-refused-of"  # by who brought it, where a quota was passed


class CountedRows(Protocol):
    """What was counted of the exchange."""

    def counted(self, day: str, beginning: str) -> list[tuple[str, str, int]]:
        """Of whom on a day something was counted whose name begins so: who, what, how often."""


def handed_on(rows: CountedRows, day: str) -> int:
    """How many messages were handed on."""
    return _sum(rows, day, HANDED_ON)


def refused(rows: CountedRows, day: str) -> int:
    """How many messages were refused, for whatever reason."""
    return _sum(rows, day, REFUSED_TO)


def over_quota(rows: CountedRows, day: str) -> dict[str, int]:
    """Which senders were refused because they brought too many, and how often."""
    return {whom: n for whom, what, n in rows.counted(day, REFUSED_OF) if what == REFUSED_OF}


def _sum(rows: CountedRows, day: str, wanted: str) -> int:
    return sum(n for _, what, n in rows.counted(day, wanted) if what == wanted)
