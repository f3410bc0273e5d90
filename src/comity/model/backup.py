"""What a backup holds, as it says of itself.

Answers:    ``Backup`` with its ``BackupFile`` records and the ``BackupChannel`` of each ledger.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFile:
    """One file: its name in the backup, where it belongs, and what it was."""

    name: str
    place: str  # below the folder of the settings; absolute where the settings name a place elsewhere
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupChannel:
    """One ledger as it stood."""

    origin: str
    size: int
    root: str  # hexadecimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """All of it."""

    made: datetime
    program: str
    settings: str  # the name of the settings file in its folder
    database: str  # the name in the backup of the store
    files: tuple[BackupFile, ...]
    channels: tuple[BackupChannel, ...]
    left_out: tuple[str, ...]  # what lay beside the settings and is not in it
    server: str | None = None  # where the rows of ``database`` lay, if not in a file: an address without its password
