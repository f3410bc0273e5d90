"""Text made comparable with lists of phrases: lower case, one blank for all white space, one apostrophe.

Trust:      input is a stranger's text; the result serves look-ups only.
Answers:    ``folded(text)``; its offsets are not those of the text.
"""

from typing import Final

_SIGNS: Final = {0x2018: "'", 0x2019: "'", 0x02BC: "'", 0x201C: '"', 0x201D: '"', 0xFF1A: ":", 0xFF0C: ",", 0x2010: "-", 0x2011: "-"}


def folded(text: str) -> str:
    """Give the text for comparing.

    >>> folded("I wasn\u2019t\\r\\n able")
    "i wasn't able"
    """
    text = text.lower()
    return " ".join((text if text.isascii() else text.translate(_SIGNS)).split())
