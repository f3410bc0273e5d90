"""Checkpoints: what a channel's head says, as the text of a signed note.

Trust:      may come from the other side: ``read`` answers None for anything that is no checkpoint.
Standards:  C2SP tlog-checkpoint: origin line, size, root; further lines are extensions and are kept.
Answers:    ``Checkpoint.text()`` and ``read(text)``; ``channel_origin`` and
            ``by_mail_origin`` name a channel, ``channel_name`` takes its name apart.
Limits:     none beyond those of a note.
"""

import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Final

from comity.ledger.base64_text import strict

_DOMAIN: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_QUARTER: Final = re.compile(r"[0-9]{4}q[1-4]")
_LARGEST: Final = (1 << 63) - 1
_DIGITS: Final = len(str(_LARGEST))


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
    leaves = number(size)
    if leaves is None:
        return None
    decoded = strict(root)
    if decoded is None or len(decoded) != 32 or not all(extensions):
        return None
    return Checkpoint(origin=origin, size=leaves, root=decoded, extensions=tuple(extensions))


def channel_origin(reporting: str, reported: str, quarter: str) -> str:
    """The name of one direction between two networks in one quarter.

    >>> channel_origin("west.example", "east.example", "2026q4")
    'west.example/to/east.example/2026q4'
    """
    return f"{reporting}/to/{reported}/{quarter}"


def number(text: str) -> int | None:
    """A whole number as these formats write it: ASCII digits without leading zeros, and no more than a store can keep.

    >>> number("17"), number("017"), number("x"), number("9223372036854775808")
    (17, None, None, None)
    """
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
        return None
    found = int(text)
    return found if str(found) == text and found <= _LARGEST else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelName:
    """An origin taken apart."""

    reporting: str
    reported: str
    quarter: str
    by_mail: bool = False  # what the reported side wrote down of reports that came by mail alone

    @property
    def writer(self) -> str:
        """Who writes this channel, alone."""
        return self.reported if self.by_mail else self.reporting


def by_mail_origin(reporting: str, reported: str, quarter: str) -> str:
    """The name of what ``reported`` itself writes down of a peer that speaks mail alone.

    >>> by_mail_origin("west.example", "east.example", "2026q4")
    'west.example/to/east.example/2026q4/by-mail'
    """
    return f"{channel_origin(reporting, reported, quarter)}/by-mail"


def channel_name(origin: str) -> ChannelName | None:
    """Take the name of a channel apart; None where it is none.

    >>> channel_name("west.example/to/east.example/2026q4").writer
    'west.example'
    >>> channel_name("west.example/to/east.example/2026q4/by-mail").writer
    'east.example'
    """
    reporting, _, rest = origin.partition("/to/")
    reported, _, rest = rest.partition("/")
    quarter, slash, way = rest.partition("/")
    if not _DOMAIN.fullmatch(reporting) or not _DOMAIN.fullmatch(reported) or not _QUARTER.fullmatch(quarter):
        return None
    if slash and way != "by-mail":
        return None
    return ChannelName(reporting=reporting, reported=reported, quarter=quarter, by_mail=bool(slash))
