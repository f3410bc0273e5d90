"""Which settings this run of the command line has.

Answers:    ``settings()`` reads them once, when a command first asks.
Limits:     the file is ``--config``, else what COMITY_CONFIG names, else ./comity.toml where there is one, else none.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comity.settings import Settings

_chosen: list[str | None] = [None]
_read: list["Settings"] = []


def choose(path: str | None) -> None:
    """Settle the file of this run; it is opened when a command first asks for settings."""
    _chosen[:] = [path]
    _read.clear()


def settings() -> "Settings":
    """The settings of this run; what is said on the command line goes before them."""
    from comity.bootstrap import settings_for

    if not _read:
        _read.append(settings_for(_chosen[0], os.environ, Path()))
    return _read[0]
