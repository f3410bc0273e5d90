"""The operator's own programs: whatever they do, they cost no more time and memory than was promised."""

import os
import time
from pathlib import Path

import pytest

from comity.outlets.programs.bounded import KEPT, run


def _is_alive(pid: int) -> bool:
    """Whether it runs; one that ended and that nobody has asked after does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_what_hangs_ends_with_all_that_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script whose own child hangs leaves nothing behind: tried again for ever, it would fill the machine."""
    pid, clock, begun = tmp_path / "pid", time.monotonic, time.monotonic()
    told = f"sleep 600 & echo $! > {pid}.new; mv {pid}.new {pid}; wait"
    answers = iter([begun])  # the first one, when its time begins, however soon it hangs
    monkeypatch.setattr(
        time, "monotonic", lambda: next(answers, clock() + (600 if pid.exists() else 0))
    )  # its time ends once it hangs
    ended = run(["sh", "-c", told], b"", 300)
    monkeypatch.undo()
    assert ended.status is None
    child = int(pid.read_text(encoding="ascii"))
    ends = time.monotonic() + 60
    while _is_alive(child):
        assert time.monotonic() < ends, "it was left behind"
        time.sleep(0.01)


def test_what_it_leaves_behind_is_not_waited_for() -> None:
    """A program that starts a service and ends is done, although the service has its standard error."""
    ended = run(["sh", "-c", "sleep 600 & echo $! >&2; exit 0"], b"", 60)
    assert ended.status == 0
    child = int(ended.said)
    assert _is_alive(child)
    os.kill(child, 9)


def test_it_may_say_as_much_as_it_likes() -> None:
    """Half a gigabyte is heard, and its end is kept."""
    ended = run(["sh", "-c", "head -c 500000000 /dev/zero >&2; echo the end >&2"], b"", 300)
    assert ended.status == 0
    assert len(ended.said) == KEPT
    assert ended.said.endswith(b"the end\n")


@pytest.mark.parametrize("size", [0, 1, 1 << 22])
def test_it_need_not_read_what_it_is_told(size: int) -> None:
    """Whether it reads all of it or nothing, its exit status counts."""
    given = b"x" * size
    assert run(["sh", "-c", "exit 7"], given, 60).status == 7
    assert run(["sh", "-c", "wc -c >&2"], given, 60).said.strip() == str(size).encode()
    assert run(["sh", "-c", "exec 0<&-; exec 2>&-; sleep 0.1; exit 4"], given, 60).status == 4
