"""How a mailbox is to be looked into.

Trust:      values of the operator.
Answers:    ``Opening``: one record for all kinds of source, each taking what it can use.
"""

import sys
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

ITEM_CAP: Final = 64 * 1024 * 1024
HEAD: Final = 64 * 1024  # what is kept of an item over the cap


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What the caller says about a source before it is opened.

    ``known`` holds positions that need not be fetched again; only sources whose position can never mean other content (IMAP)
    use it. ``since`` lets a source leave unfetched what arrived earlier. ``password`` is asked once, with the words "USER at
    HOST". ``without`` names files that are ours and not part of the source.
    """

    cap: int = ITEM_CAP
    known: Container[str] = frozenset()
    since: datetime | None = None
    password: Callable[[str], str] | None = None
    without: frozenset[Path] = frozenset()
    stdin: BinaryIO = field(default_factory=lambda: sys.stdin.buffer)
