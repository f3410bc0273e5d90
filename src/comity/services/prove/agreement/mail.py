"""Notes of agreements that come by mail: attached, or in the text.

Trust:      a mail comes from anybody; what counts are the signatures in the note, whoever sent it and however.
Answers:    ``notes_in(message)`` gives the notes of one mail.
Limits:     twenty parts, five notes. Nothing is accepted by mail: a proposal waits for a person.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from comity.accord.agreement.document import FORMAT
from comity.formats.mime import Part
from comity.formats.plain_text import leaves
from comity.services.prove.agreement.notes import ACT, MOST

_PARTS: Final = 20
_NOTES: Final = 5
_SIGNATURE: Final = "\u2014 "


def notes_in(message: Part) -> tuple[str, ...]:
    """Every note in a mail, without what stands around it."""
    return tuple(islice((note for part in leaves(message)[:_PARTS] for note in _notes(part)), _NOTES))


def _notes(part: Part) -> Iterator[str]:
    lines = part.content()[: 2 * MOST].decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    for place, line in enumerate(lines):
        if line not in (FORMAT, ACT) or lines[place + 2 : place + 3] != [""]:
            continue
        end = place + 3
        while end < len(lines) and lines[end].startswith(_SIGNATURE):
            end += 1
        yield "".join(f"{each}\n" for each in lines[place:end])
