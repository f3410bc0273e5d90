"""Write and read the mail that carries a signed head of a ledger, the cosigned one that answers it, or the size that is known.

Trust:      read: a stranger's bytes, which prove nothing: the caller asks who signed the mail and the note in it.
Standards:  the body of C2SP tlog-witness ("old" SIZE, a consistency proof, an empty line, the checkpoint) as one part of a mail; an
            answer is the checkpoint with one more signature, or the size that the witness knows (409 there) with its own last note.
Answers:    ``write(message)`` gives bytes; ``read(message)`` gives ``StatedHead``, None where there is no such part.
Limits:     told by the type of one part, never by From; 16 KiB a part, 64 hashes a proof.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from comity.formats import arf
from comity.formats.dialects.context import Context
from comity.formats.mime import Part
from comity.formats.plain_text import leaves
from comity.formats.two_part_mail import MailPart, TwoPartMail
from comity.model.feedback import Kind, Reading

TYPE: Final = "application/vnd.comity.checkpoint"
_LIMIT: Final = 16 << 10
_PARTS: Final = 20
_HASHES: Final = 64
_SIZE: Final = re.compile(r"(?:(old) (0|[1-9]\d{0,17})|(known) (0|[1-9]\d{0,17}) ([!-~]{1,300}))")
_HASH: Final = re.compile(r"[A-Za-z0-9+/]{43}=")


class HeadWord(StrEnum):
    """What such a part says."""

    OLD = "old"  # this head follows the one of that size
    COSIGNED = "cosigned"  # and here is our line under it
    KNOWN = "known"  # not from there: this is the size that we know


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedHead:
    """What one part says."""

    word: HeadWord
    size: int  # of "old" and "known"; 0 where there is none
    note: str  # empty where nothing is known yet
    proof: tuple[str, ...] = ()  # base64
    origin: str = ""  # of "known": the channel, because there may be no note

    def text(self) -> str:
        """The part as it stands in the mail.

        >>> StatedHead(word=HeadWord.KNOWN, size=3, note="a\\n", origin="west").text()
        'known 3 west\\n\\na\\n'
        """
        first = {
            HeadWord.OLD: f"old {self.size}",
            HeadWord.COSIGNED: "cosigned",
            HeadWord.KNOWN: f"known {self.size} {self.origin}",
        }[self.word]
        return "".join(f"{line}\n" for line in (first, *self.proof)) + f"\n{self.note}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadMessage(TwoPartMail):
    """One head and the mail that carries it."""

    said: StatedHead = field(repr=False)


def write(message: HeadMessage) -> bytes:
    """Give the mail as bytes; addresses and ids are ours, a malformed one raises ValueError."""
    automatic = "auto-generated" if message.in_reply_to is None else "auto-replied"
    return message.with_part(MailPart(f'{TYPE}; name="checkpoint.txt"', message.said.text().encode()), automatic)


def read(message: Part) -> StatedHead | None:
    """Read what a mail says of a head; what a mail attached to it says is not its own word."""
    for part in leaves(message)[:_PARTS]:
        if part.content_type == TYPE and part.end - part.body_start <= 2 * _LIMIT:
            return stated(part.content())
    return None


def stated(data: bytes) -> StatedHead | None:
    """One part; None unless it has exactly this form.

    >>> stated(b"old 0\\n\\nwest\\n1\\n").note
    'west\\n1\\n'
    >>> stated(b"new 0\\n\\nwest\\n1\\n"), stated(b"old 0\\nwest\\n\\n1\\n")
    (None, None)
    """
    if len(data) > _LIMIT:
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    head, gap, note = text.partition("\n\n")
    first, *proof = head.split("\n")
    sized = _SIZE.fullmatch(first)
    if not gap or len(proof) > _HASHES or not all(_HASH.fullmatch(each) for each in proof):
        return None
    if first == HeadWord.COSIGNED.value and not proof and note:
        return StatedHead(word=HeadWord.COSIGNED, size=0, note=note)
    if sized is None:
        return None
    if sized[1] is not None:
        return StatedHead(word=HeadWord.OLD, size=int(sized[2]), note=note, proof=tuple(proof)) if note else None
    return None if proof else StatedHead(word=HeadWord.KNOWN, size=int(sized[4]), note=note, origin=sized[5])


def read_message(message: Part, context: Context) -> Reading | None:
    """Name the mail; what it says is read by ``read``, where somebody asks who signed it."""
    return None if read(message) is None else arf.carried(message, Kind.LEDGER_HEAD, "why.ledger-head", ())
