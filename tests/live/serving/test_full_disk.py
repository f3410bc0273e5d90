"""A full disk: mail is told to come back, nothing that was taken is lost, and with room again all goes on by itself."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Desk

pytestmark = pytest.mark.live


@pytest.mark.parametrize("kind", ["reserve", "brim"])
def test_a_full_disk_passes(make_desk: "Callable[..., Desk]", small_disk: Path, kind: str) -> None:
    """With the disk full every mail gets 452; with room again mail is taken, and everything acknowledged is in the store."""
    desk = make_desk(data=small_disk, gates=f"reserve_mib = {3 if kind == 'reserve' else 1}")
    running = desk.start()
    lmtp, taken, number = running.connect(), list[str](), 0

    def deliver() -> bytes:
        nonlocal number
        name = f"d{number}"
        number += 1
        answer = lmtp.deliver(name, desk.feedback(name))
        if answer.startswith(b"250 "):
            taken.append(name)
        return answer

    for _ in range(20):
        assert deliver().startswith(b"250 ")
    filler = small_disk / "filler"
    with filler.open("wb") as file:
        try:
            while os.statvfs(small_disk).f_bavail * 4096 > (2 << 20 if kind == "reserve" else 0):
                file.write(bytes(65536))
                file.flush()
        except OSError:
            pass
    for _ in range(20):
        assert deliver().startswith(b"452 4.3.1 ")
    filler.unlink()
    for _ in range(20):
        assert deliver().startswith(b"250 ")
    desk.wait_until_worked_off()
    desk.wait_until(
        lambda: desk.count("comity.db", "SELECT count(*) FROM item") == len(taken), "all of it in the store"
    )
    assert len(taken) == 40
    assert desk.events("gate-no-room")
    assert running.end() == 0
