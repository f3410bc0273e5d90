"""Checkpoints: what a channel's head says, as the text of a signed note.

Trust:      may come from the other side: ``read`` answers None for anything that is no checkpoint.
Standards:  C2SP tlog-checkpoint: origin line, size, root; further lines are extensions and are kept.
Answers:    ``Checkpoint.text()`` and ``read(text)``; ``origin(channel)`` names a channel.
Limits:     none beyond those of a note.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The head of one channel: its name, how many leaves it has, their root."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """The text that is signed."""
        lines = (self.origin, str(self.size), b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def read(text: str) -> Checkpoint | None:
    """Read the text of a checkpoint.

    >>> head = Checkpoint(origin="a.example/to/b.example/2026q4", size=3, root=bytes(32))
    >>> read(head.text()) == head, read("nonsense")
    (True, None)
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not lines[0]:
        return None
    origin, size, root, *extensions = lines[:-1]
    if not size.isascii() or not size.isdigit() or str(int(size[:20])) != size:
        return None
    try:
        decoded = b64decode(root.encode("ascii"), validate=True)
    except ValueError:
        return None
    if len(decoded) != 32 or not all(extensions):
        return None
    return Checkpoint(origin=origin, size=int(size), root=decoded, extensions=tuple(extensions))


def channel_origin(reporting: str, reported: str, quarter: str) -> str:
    """The name of one direction between two networks in one quarter.

    >>> channel_origin("west.example", "east.example", "2026q4")
    'west.example/to/east.example/2026q4'
    """
    return f"{reporting}/to/{reported}/{quarter}"
