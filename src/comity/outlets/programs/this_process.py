"""What this process is called, and whether it may be forked.

Several are forks of one, and their command lines are the same: the name tells them apart.

Answers:    ``name_process("worker")``: it is called ``comity-worker`` by ``ps -o comm`` and ``top``; ``PREFIX`` stands before.
            ``is_alone()``: no other thread runs in it, so that nobody holds what nobody would let go of in a fork.
Standards:  proc_pid_comm(5): at most 15 bytes; proc_pid_task(5): a folder for each thread, also of those that Python does not know.
Limits:     Linux; elsewhere nobody is named, and Python's own threads are counted alone.
"""

import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

PREFIX: Final = "comity-"


def name_process(name: str) -> None:
    """From now on it is called so."""
    with suppress(OSError):
        Path("/proc/self/comm").write_text(PREFIX + name, encoding="ascii")


def is_alone() -> bool:
    """Whether this thread is the only one."""
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return threading.active_count() == 1
