"""What is held of mail before anything was learnt: clues that every postmaster knows.

Trust:      the message is a stranger's, and may well know these clues: a few dozen labels outweigh them.
Answers:    ``prior(passages)`` in log-odds; ``CLUES``, each with its sentence.
Limits:     common sense, not fitted to any set of mail. It only orders what a new filter cannot judge yet.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from comity.verdict.passages import Passages

_WORTH: Final = 1.5


@dataclass(frozen=True, slots=True)
class Clue:
    """One clue: how it is called, what it says (above zero: spam), in words, and how it is found."""

    name: str
    weight: float
    sentence: str
    holds: Callable[["_Looked"], bool]


class _Looked:
    """The parts of a message that clues look at."""

    def __init__(self, found: Passages) -> None:
        header = b"\n" + found.header.lower()
        self.fields: frozenset[bytes] = frozenset(_FIELD.findall(header))  # those of them that a clue asks for
        self.body: bytes = found.body.lower()
        self.subject: bytes = header.partition(b"\nsubject:")[2].partition(b"\n")[0].strip()
        self.kinds: list[bytes] = [fact[5:] for fact in found.facts if fact.startswith(b"kind ")]  # types of the parts

    def quotes(self) -> bool:
        """Whether a line begins as quoted ones do, or somebody is said to have written."""
        body = self.body
        return body.startswith((b">", b":")) or _QUOTE.search(body) is not None or b"wrote:" in body


def _has(*names: bytes) -> Callable[[_Looked], bool]:
    """Whether one of the fields is there."""
    asked = frozenset(names)
    return lambda mail: not asked.isdisjoint(mail.fields)


_FIELD: Final = re.compile(rb"\n(cc|in-reply-to|message-id|references|user-agent|x-priority):")
_QUOTE: Final = re.compile(rb"\n[>:]")
_REPLY: Final = re.compile(rb"(?:re|fwd?|aw|\xbb\xd8\xb8\xb4|\xd7\xaa\xb7\xa2)[:\xa3]")
_NINES: Final = bytes.maketrans(b"012345678", b"9" * 9)
_LONG_NUMBER: Final = b"9" * 7

CLUES: Final = (
    Clue("answers", -1.0, "It answers another mail.", _has(b"in-reply-to", b"references")),
    Clue(
        "called-answer", -1.0, "Its subject says that it answers or forwards.", lambda m: bool(_REPLY.match(m.subject))
    ),
    Clue("quotes", -1.0, "It quotes somebody.", lambda mail: mail.quotes()),
    Clue("names-program", -0.5, "It was written with a mail program that says its name.", _has(b"user-agent")),
    Clue("copies", -0.5, "It goes to others as well, openly.", _has(b"cc")),
    Clue("html-only", 1.0, "It has no plain text.", lambda mail: mail.kinds[:1] == [b"text/html"]),
    Clue("html", 0.5, "It has HTML.", lambda mail: b"text/html" in mail.kinds),
    Clue("no-id", 0.5, "It has no Message-ID.", lambda mail: b"message-id" not in mail.fields),
    Clue("exclaims", 0.5, "Its subject exclaims.", lambda mail: b"!" in mail.subject or b"\xa3\xa1" in mail.subject),
    Clue("prices", 0.5, "Its subject names a price.", lambda mail: b"$" in mail.subject or b"%" in mail.subject),
    Clue("links", 0.5, "It has a link.", lambda mail: b"http" in mail.body),
    Clue("urgent", 0.3, "It calls itself urgent.", _has(b"x-priority")),
    Clue(
        "number", 0.3, "It has a telephone number, or one as long.", lambda m: _LONG_NUMBER in m.body.translate(_NINES)
    ),
)


def prior(found: Passages) -> float:
    """What the clues say together, in log-odds.

    >>> prior(Passages(header=b"Subject: Re: minutes\\nMessage-ID: <1@west.example>\\n", body=b"> yes", facts=()))
    -3.0
    """
    looked = _Looked(found)
    return _WORTH * sum([clue.weight for clue in CLUES if clue.holds(looked)])
