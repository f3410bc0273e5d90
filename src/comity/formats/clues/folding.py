"""Text made comparable with lists of phrases: lower case, one blank for all white space, one apostrophe.

Trust:      input is a stranger's text; the result serves look-ups only.
Answers:    ``folded(text)``; its offsets are not those of the text.
"""

from typing import Final

_SIGNS: Final = tuple(zip("\u2018\u2019\u02bc\u201c\u201d\uff1a\uff0c\u2010\u2011", "'''\"\":,--", strict=True))


def folded(text: str) -> str:
    """Give the text for comparing.

    >>> folded("I wasn\u2019t\\r\\n able")
    "i wasn't able"
    """
    text = text.lower()
    if not text.isascii():
        for sign, plain in _SIGNS:  # ``translate`` asks for every character and takes twenty times as long
            text = text.replace(sign, plain)
    return " ".join(text.split())
