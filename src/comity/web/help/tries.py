"""How often somebody may try to open the page of one reference with a wrong word.

Answers:    ``Tries(most).allowed(reference, day)``; ``failed`` notes one. After so many in a day, the help line is the way.
Limits:     in the memory of one process, for one day and a hundred thousand references.
"""

from collections import Counter
from typing import Final

_MOST_KNOWN: Final = 100_000


class Tries:
    """Wrong words, by reference, today."""

    def __init__(self, most: int) -> None:
        self._most, self._day, self._failed = most, "", Counter[str]()

    def allowed(self, reference: str, day: str) -> bool:
        """Whether one more may be tried.

        >>> tries = Tries(1)
        >>> tries.allowed("a", "1"), tries.failed("a", "1"), tries.allowed("a", "1"), tries.allowed("a", "2")
        (True, None, False, True)
        """
        if day != self._day or len(self._failed) > _MOST_KNOWN:
            self._day, self._failed = day, Counter()
        return self._failed[reference] < self._most

    def failed(self, reference: str, day: str) -> None:
        """One was wrong."""
        if day == self._day:
            self._failed[reference] += 1
