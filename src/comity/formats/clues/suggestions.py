"""Everything found in a text, as suggestions for a person.

Trust:      a stranger's text: none of it is acted on alone.
Answers:    ``suggest(levelled, now, leave_out)``: suggestions in the order of the text.
Limits:     200 suggestions, each value once; offsets count characters of the readable text.
"""

from datetime import datetime
from typing import Final

from comity.formats.clues import addresses, names, times
from comity.formats.clues.levelled import Levelled
from comity.model.feedback import Suggestion

MOST: Final = 200
_LONGEST: Final = 500


def suggest(
    levelled: Levelled, now: datetime | None, leave_out: frozenset[str] = frozenset()
) -> tuple[Suggestion, ...]:
    """Give the suggestions; ``leave_out`` are mailboxes in lower case that say nothing, the writer's own above all.

    >>> from comity.formats.clues.levelled import level
    >>> [(each.what, each.value) for each in suggest(level("spam from 192[.]0[.]2[.]1"), None)]
    [('address', '192.0.2.1')]
    """
    text = levelled.text
    found: dict[tuple[str, str], Suggestion] = {}

    def keep(what: str, value: str, *, confidence: float, offset: int) -> None:
        key = (what, value)
        if key not in found or found[key].confidence < confidence:
            first = found[key].offset if key in found else levelled.origin(offset)
            found[key] = Suggestion(what=what, value=value, confidence=round(confidence, 2), offset=first)

    for address in addresses.find(text):
        keep("address", address.address, confidence=address.confidence, offset=address.offset)
    for time in times.find(text, now):
        keep("time", time.value, confidence=time.confidence, offset=time.offset)
    for name in names.find(text):
        if name.value.lower() not in leave_out:
            keep(name.what, name.value[:_LONGEST], confidence=name.confidence, offset=name.offset)
    return tuple(sorted(found.values(), key=lambda each: (each.offset, each.what))[:MOST])
