"""How often somebody may try to open the page of one reference with a wrong word.

Answers:    ``Tries(most).begins(reference, day)`` says whether one more may be tried, and counts it from then on; ``ends`` says
            whether it was wrong. After so many in a day, the help line is the way.
Limits:     in the memory of one process, for one day and a hundred thousand references. What is being tried counts as wrong until
            it ends: a hundred words that are sent at once are no more than those that are sent one after the other.
"""

from collections import Counter
from typing import Final

_MOST_KNOWN: Final = 100_000


class Tries:
    """Wrong words, by reference, today."""

    def __init__(self, most: int) -> None:
        self._most, self._day = most, ""
        self._failed, self._trying = Counter[str](), Counter[str]()

    def begins(self, reference: str, day: str) -> bool:
        """Whether one more may be tried now.

        >>> tries = Tries(1)
        >>> tries.begins("a", "1"), tries.begins("a", "1"), tries.ends("a", "1", was_wrong=False), tries.begins("a", "1")
        (True, False, None, True)
        >>> tries.ends("a", "1", was_wrong=True), tries.begins("a", "1"), tries.begins("a", "2")
        (None, False, True)
        """
        if day != self._day or len(self._failed) > _MOST_KNOWN:
            self._day, self._failed = day, Counter()
        if self._failed[reference] + self._trying[reference] >= self._most:
            return False
        self._trying[reference] += 1
        return True

    def ends(self, reference: str, day: str, *, was_wrong: bool) -> None:
        """One was tried."""
        self._trying[reference] -= 1
        self._trying += Counter()  # forgets what nobody is trying
        if was_wrong and day == self._day:
            self._failed[reference] += 1
