"""Killed at any moment, under load: what was acknowledged is in the store, and nothing is counted twice.

COMITY_KILLS says how often (50; ``script/soak kills`` makes it 1,000).
"""

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Desk, Lmtp, Running

pytestmark = pytest.mark.live
KILLS = int(os.environ.get("COMITY_KILLS", "50"))
CLIENTS = 3


class Load:
    """Mail hosts that deliver as fast as they can, and deliver again what was not acknowledged."""

    def __init__(self, desk: "Desk") -> None:
        self.desk = desk
        self.acknowledged: set[str] = set()
        self.running: Running | None = None
        self.over = threading.Event()
        self.attempts = 0
        self._threads = [threading.Thread(target=self._deliver, args=(client,)) for client in range(CLIENTS)]
        for each in self._threads:
            each.start()

    def end(self) -> None:
        self.over.set()
        for each in self._threads:
            each.join()

    def _deliver(self, client: int) -> None:
        number, chance = 0, random.Random(client)  # noqa: S311
        lmtp: Lmtp | None = None
        while not self.over.is_set():
            name = f"k{client}n{number}"
            try:
                if self.running is None:
                    raise ConnectionError
                lmtp = lmtp or self.running.connect()
                self.attempts += 1
                if lmtp.deliver(name, self.desk.feedback(name)).startswith(b"250 "):
                    self.acknowledged.add(name)
                    number += chance.random() > 0.1  # some mail hosts deliver what was taken once more
            except OSError:
                lmtp = None
                time.sleep(0.01)


def test_what_was_acknowledged_is_stored_once(make_desk: "Callable[..., Desk]") -> None:
    """Gates, worker or all of it die by SIGKILL again and again; in the end every acknowledged mail is one item, one report."""
    desk = make_desk()
    load, chance = Load(desk), random.Random(KILLS)  # noqa: S311
    try:
        for _ in range(KILLS):
            load.running = running = desk.start()
            victims = [chance.choice(["gates", "worker", "all"]) for _ in range(chance.randint(0, 1))]
            for victim in [*victims, "all"]:
                before = len(load.acknowledged)
                desk.wait_until(lambda before=before: len(load.acknowledged) > before, "mail that is acknowledged")  # type: ignore[misc]
                time.sleep(chance.random() * 0.3)
                pid = running.child(victim)
                if pid is None:
                    break
                os.kill(pid, signal.SIGKILL)
                if victim == "gates":
                    break  # it comes back on another port
            load.running = None
            running.kill()
    finally:
        load.end()
    desk.start()
    desk.wait_until_worked_off(120)
    assert len(load.acknowledged) > KILLS
    rows = [str(row[0]) for row in desk.ask("comity.db", "SELECT message_id FROM report")]
    stored = [row.strip("<>").removeprefix("m-").partition("@")[0] for row in rows]
    assert len(set(stored)) == len(stored), "counted twice"
    assert load.acknowledged <= set(stored), "acknowledged and lost"
    assert desk.count("comity.db", "SELECT count(*) FROM item") == len(stored)
    assert desk.count("comity.db", 'SELECT sum("count") FROM rollup') == len(stored)
    assert desk.count("comity.db", "SELECT sum(reports) FROM abuse_case") == len(stored)
    assert desk.count("comity.db", "SELECT count(*) FROM shunt") == 0
    print(f"{KILLS} kills, {load.attempts} deliveries, {len(load.acknowledged)} acknowledged, {len(stored)} stored")
