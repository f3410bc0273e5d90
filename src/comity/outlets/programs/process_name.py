"""Tell the system what this process is: several are forks of one, and their command lines are the same.

Answers:    ``name_process("worker")``: it is called ``comity-worker`` by ``ps -o comm`` and ``top``; ``PREFIX`` stands before.
Standards:  proc_pid_comm(5): at most 15 bytes.
Limits:     Linux; elsewhere nothing happens.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

PREFIX: Final = "comity-"


def name_process(name: str) -> None:
    """From now on it is called so."""
    with suppress(OSError):
        Path("/proc/self/comm").write_text(PREFIX + name, encoding="ascii")
