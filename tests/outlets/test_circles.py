"""A process that runs one command looks for circles seldom, and not when it ends."""

import subprocess
import sys

_LISTED = """
import gc, sys
from comity.cli import main

class Last:
    def __del__(self):
        print("looked at")

if __name__ == "__main__":
    sys.argv = ["comity", "--version"]
    {began}
    gc.disable()  # what is looked at now is looked at when the process ends
    last = Last()
    last.mine = last
    del last
"""


def _said(began: str) -> list[str]:
    program = [sys.executable, "-c", _LISTED.replace("{began}", began)]
    return subprocess.run(program, check=True, timeout=60, capture_output=True, text=True).stdout.splitlines()


def test_at_the_end_of_a_command_nothing_is_looked_through() -> None:
    """The second process runs no command: it shows that the circle would be looked at."""
    assert len(_said("main()")) == 1
    assert _said("pass") == ["looked at"]


def test_a_command_looks_seldom_and_a_command_run_by_a_program_changes_nothing() -> None:
    """Whoever calls ``main`` with arguments has a process of his own to care for."""
    assert _said("main(); print(gc.get_threshold()[0])")[1:] == ["20000"]
    ours = "before = gc.get_threshold(); main(['--version']); print(gc.get_threshold() == before)"
    assert _said(ours)[1:] == ["True", "looked at"]
