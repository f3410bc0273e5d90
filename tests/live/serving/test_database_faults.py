"""What surrounds a desk on PostgreSQL fails: a line is cut while a commit is on its way, the disk of the server is full, somebody
holds the lock, every connection is taken, the server is restarted in good order.

Each time mail is taken meanwhile, and in the end each acknowledged report is there once: in the rows and in the sums.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from comity.store.bulk import Bulk
from comity.store.engine import open_store
from comity.store.tables.intake import raw

from .test_faults import REPORTS, Load, Server, server

if TYPE_CHECKING:
    from conftest import Desk

__all__ = ["server"]

pytestmark = pytest.mark.live
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
COPYING = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY \"raw\"%' AND state = 'active'"
SUMS = "SELECT coalesce(sum(count), 0)::bigint FROM rollup"
CASES = "SELECT coalesce(sum(reports), 0)::bigint FROM abuse_case"


class Line:
    """A line to a server that is cut at each third commit of reports: before the server hears it, or before we hear that it did."""

    def __init__(self, port: int) -> None:
        self._server, self.cuts, self._commits = port, {"before": 0, "after": 0}, 0
        self.is_cutting = True
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                ours, _ = self._listener.accept()
                theirs = socket.create_connection(("127.0.0.1", self._server))
            except OSError:
                return
            heard = threading.Event()  # from now on nothing that the server says goes on
            threading.Thread(target=self._up, args=(ours, theirs, heard), daemon=True).start()
            threading.Thread(target=self._down, args=(ours, theirs, heard), daemon=True).start()

    def _up(self, ours: socket.socket, theirs: socket.socket, heard: threading.Event) -> None:
        with suppress(OSError):
            brings = False  # whether reports are on their way in this transaction
            while data := ours.recv(1 << 16):
                brings |= b"INSERT INTO report " in data or b'COPY "report"' in data
                if b"COMMIT\0" not in data or not (self.is_cutting and brings):
                    theirs.sendall(data)
                    continue
                brings = False
                self._commits += 1
                if self._commits % 3:
                    theirs.sendall(data)
                    continue
                how = "after" if self._commits % 2 else "before"
                self.cuts[how] += 1
                if how == "after":
                    heard.set()
                    theirs.sendall(data)
                    return  # the other thread hangs up when the server has answered
                break
        _hang_up(ours, theirs)

    def _down(self, ours: socket.socket, theirs: socket.socket, heard: threading.Event) -> None:
        with suppress(OSError):
            while data := theirs.recv(1 << 16):
                if heard.is_set():
                    break
                ours.sendall(data)
        _hang_up(ours, theirs)


def _hang_up(*both: socket.socket) -> None:
    for each in both:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()


def lie_in(desk: "Desk", server: Server, url: str | None = None) -> None:
    """The store of this desk is the server's from now on."""
    desk.wait_until(server.answers, "PostgreSQL")
    settings = desk.folder / "comity.toml"
    text = re.sub(r'database = "[^"]*"', f'database = "{url or server.url}"', settings.read_text())
    settings.write_text(text)
    store = open_store(server.url)
    store.create()
    store.close()


def assert_once(desk: "Desk", server: Server, load: Load) -> None:
    """Every acknowledged report, none of them twice."""
    desk.wait_until_worked_off()
    assert server.ask(REPORTS) == len(load.acknowledged)
    assert server.ask(SUMS) == server.ask(CASES) == len(load.acknowledged)


def test_a_line_that_is_cut_while_a_commit_is_on_its_way(make_desk: "Callable[..., Desk]", server: Server) -> None:
    """Whether the server committed nobody can know: what was written is known again, what was not is written."""
    desk, line = make_desk(), Line(server.port)
    lie_in(desk, server, server.url.replace(str(server.port), str(line.port)))
    running = desk.start()
    with Load(desk, running, "cut") as load:
        desk.wait_until(lambda: min(line.cuts.values()) >= 3, "lines are cut in both ways")
        line.is_cutting = False
    assert_once(desk, server, load)
    assert desk.events("worker-waits")
    assert not desk.events("item-shunted") + desk.events("worker-fault")
    line.close()


def test_a_server_that_is_restarted_in_good_order(make_desk: "Callable[..., Desk]", server: Server) -> None:
    """It ends our transactions and says so; nothing waits longer than it is away, and no process of ours ends."""
    desk = make_desk()
    lie_in(desk, server)
    running = desk.start()
    worker = running.child("worker")
    with Load(desk, running, "again") as load:
        for _ in range(3):
            before = server.ask(REPORTS)
            desk.wait_until(lambda before=before: server.ask(REPORTS) >= before + 10, "reports come in")
            server.restart()
            desk.wait_until(server.answers, "PostgreSQL again")
        before = server.ask(REPORTS)
        desk.wait_until(lambda: server.ask(REPORTS) >= before + 10, "reports come in again")
    assert_once(desk, server, load)
    assert running.child("worker") == worker
    assert not desk.events("item-shunted") + desk.events("worker-fault")


def test_somebody_holds_the_lock(make_desk: "Callable[..., Desk]", server: Server) -> None:
    """A migration, a backup, a person: the worker waits, in words, and goes on."""
    desk = make_desk()
    lie_in(desk, server)
    running = desk.start()
    with Load(desk, running, "lock") as load:
        desk.wait_until(lambda: len(load.acknowledged) >= 10, "load")
        with psycopg.connect(server.url) as holder:
            holder.execute("SELECT pg_advisory_xact_lock(%s, hashtext(coalesce(current_schema(), '')))", (0x636F6D69,))
            desk.wait_until(lambda: len(desk.events("worker-waits")) >= 1, "the worker says that it waits")
            before = len(load.acknowledged)
            desk.wait_until(lambda: len(load.acknowledged) >= before + 10, "mail is taken meanwhile")
        before = server.ask(REPORTS)
        desk.wait_until(lambda: server.ask(REPORTS) >= before + 10, "reports come in again")
    assert {each["code"] for each in desk.events("worker-waits")} == {"store-busy"}
    assert_once(desk, server, load)


EXHAUSTS = """
CREATE FUNCTION exhausts() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'out of memory' USING ERRCODE = '53200'; END $$;
CREATE TRIGGER exhausts BEFORE INSERT ON report FOR EACH ROW WHEN (NEW.message_id LIKE '%much-7@%') EXECUTE FUNCTION exhausts()
"""


def test_one_report_that_exhausts_the_server(make_desk: "Callable[..., Desk]", server: Server) -> None:
    """It waits by itself while all others are written; when the server has the memory it is written, too, and was never shunted."""
    desk = make_desk()
    lie_in(desk, server)
    with psycopg.connect(server.url, autocommit=True) as ours:
        ours.execute(EXHAUSTS)
        running = desk.start()
        with Load(desk, running, "much") as load:
            desk.wait_until(lambda: bool(desk.events("item-unwritten")), "it is found out which one it is")
            before = server.ask(REPORTS)
            desk.wait_until(lambda: server.ask(REPORTS) >= before + 30, "the others go on")
        assert server.ask("SELECT count(*) FROM report WHERE message_id LIKE '%much-7@%'") == 0
        ours.execute("DROP TRIGGER exhausts ON report")
    assert_once(desk, server, load)
    assert not desk.events("item-shunted") + desk.events("worker-fault")


def test_every_connection_is_taken(make_desk: "Callable[..., Desk]", server: Server) -> None:
    """Others have used up what the server allows while ours were ended: we wait until there is one."""
    desk = make_desk()
    lie_in(desk, server)
    running = desk.start()
    with Load(desk, running, "many") as load:
        desk.wait_until(lambda: server.ask(REPORTS) >= 5, "load")
        with ExitStack() as others:
            ours = others.enter_context(psycopg.connect(server.url, autocommit=True))
            ours.execute("ALTER ROLE desk NOSUPERUSER")  # whoever may do everything is kept a place

            def is_kept_out() -> bool:
                """Whoever comes first has the place that is free: until the worker has lost, each is taken anew."""
                ours.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'comity'")
                with suppress(psycopg.OperationalError):
                    while True:
                        others.enter_context(psycopg.connect(server.url))
                return len(desk.events("worker-waits")) >= 2

            desk.wait_until(is_kept_out, "the worker says that it waits")
            before = len(load.acknowledged)
            desk.wait_until(lambda: len(load.acknowledged) >= before + 10, "mail is taken meanwhile")
        before = server.ask(REPORTS)
        desk.wait_until(lambda: server.ask(REPORTS) >= before + 10, "reports come in again")
    assert_once(desk, server, load)
    assert not desk.events("item-shunted") + desk.events("worker-fault")


@pytest.fixture
def full_server() -> Iterator[tuple[Server, Path]]:
    """A server whose disk has two hundred megabytes, and the file that fills it."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root can mount a small disk")
    folder = Path(tempfile.mkdtemp(prefix="comity-pg-full-"))
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", str(folder)], check=False).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        made = Server(folder)
        yield made, folder / "ballast"
        if made.process.poll() is None:
            made.kill()
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()


def test_the_disk_of_the_server_is_full(make_desk: "Callable[..., Desk]", full_server: tuple[Server, Path]) -> None:
    """What it cannot write waits in the spool of this machine; then it is written, also where the server fell over."""
    desk, (full, ballast) = make_desk(), full_server
    lie_in(desk, full)
    running = desk.start()
    with Load(desk, running, "full") as load:
        desk.wait_until(lambda: full.ask(REPORTS) >= 5, "load")
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        desk.wait_until(lambda: len(desk.events("worker-waits")) >= 2, "the worker says that it waits")
        before = len(load.acknowledged)
        desk.wait_until(lambda: len(load.acknowledged) >= before + 10, "mail is taken meanwhile")
        ballast.unlink()
        if full.process.poll() is not None:
            full.start()
        desk.wait_until(full.answers, "PostgreSQL")
        before = full.ask(REPORTS)
        desk.wait_until(lambda: full.ask(REPORTS) >= before + 10, "reports come in again")
    print("codes", {each["code"] for each in desk.events("worker-waits")})
    assert_once(desk, full, load)
    assert not desk.events("item-shunted") + desk.events("worker-fault")


def test_a_move_that_is_broken_off(make_desk: "Callable[..., Desk]", server: Server) -> None:
    """`comity db move` is killed while rows are on their way, then the server is: nothing arrived, and the next one brings all."""
    desk = make_desk()
    desk.wait_until(server.answers, "PostgreSQL")
    with open_store(desk.data / "comity.db").write() as records:
        rows = [(n, os.urandom(32), os.urandom(20_000), 20_000, NOW, None) for n in range(1, 4001)]
        Bulk(raw, "id", "digest", "data", "size", "arrived", "kept_until").put(records.connection, rows)
    words = [sys.executable, "-m", "comity", "db", "move", f"sqlite:{desk.data / 'comity.db'}", server.url, "--json"]
    for ends in ("we", "the server"):
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as moving:
            desk.wait_until(lambda: server.ask(COPYING) > 0, "rows are on their way")
            if ends == "we":
                moving.kill()
            else:
                server.kill()
            assert moving.wait(120) != 0
        if ends == "the server":
            server.start()
            desk.wait_until(server.answers, "PostgreSQL again")
        desk.wait_until(lambda: server.ask(COPYING) == 0, "the server has noticed")
        assert server.ask("SELECT count(*) FROM raw") == 0
    done = subprocess.run(words, capture_output=True, timeout=240, check=False, text=True)
    assert done.returncode == 0, done.stderr
    assert server.ask("SELECT count(*) FROM raw") == len(rows)
