"""Which letters that wait our own filter takes for spam: they are shown behind the others, and none is hidden or deleted.

Trust:      the letters are strangers'; what names a case of ours is never folded, as no stranger guesses its name. Nor is one
            on which others are counted: whoever fills a day, or writes in somebody's name, would fold what others write.
Answers:    ``look_like_spam(rows, letters, judge)`` gives the numbers of those of which the filter is sure.
Limits:     judged when somebody looks, by the model that serves then; what is larger than ``MOST`` is not judged.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

from comity.model.verdict import Facts, Judgement, Verdict
from comity.services.receive.prepare import unpack

MOST: Final = 256 << 10  # bytes of one letter
Judge = Callable[[bytes, Facts], Judgement]


class KeptBytes(Protocol):
    """The mail itself."""

    def bytes_of(self, raw_id: int) -> tuple[bytes, int] | None:
        """Its bytes as they are kept, and how many they were; None where they are gone."""


def look_like_spam(rows: KeptBytes, letters: Iterable[Any], judge: Judge) -> frozenset[int]:
    """Those that are spam for sure; ``letters`` are rows of what waits."""
    found = set[int]()
    for each in letters:
        is_alone = each.case_id is None and each.tries == 1
        kept = rows.bytes_of(each.raw_id) if is_alone and each.size <= MOST else None
        if kept is not None and judge(unpack(*kept), {}).verdict is Verdict.SPAM:
            found.add(each.id)
    return frozenset(found)
