"""``comity serve``, from its command line to its end."""

import json
import os
import re
import signal
import smtplib
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from comity.cli import main
from comity.model.exchange_site import ExchangeSite
from comity.outlets.peers.client import PeerClient
from comity.outlets.programs.this_process import PREFIX
from comity.store.engine import open_store


def settings(folder: Path, **gates: object) -> Path:
    lines = {"mailboxes": ["fbl@west.example"], "lmtp": ["127.0.0.1:0"], "reserve_mib": 1, **gates}
    path = folder / "comity.toml"
    path.write_text("[gates]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in lines.items()))
    return path


@contextmanager
def serving(
    path: Path, role: str = "all", environment: Mapping[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The program, and the port of its LMTP."""
    command = [sys.executable, "-m", "comity", "serve", "--json", "--role", role, "--config", str(path)]
    env = {**os.environ, **(environment or {})}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env) as process:
        assert process.stdout is not None
        try:
            said = json.loads(process.stdout.readline())
            place = next((each for each in said["listening"] if each.startswith("lmtp=")), "lmtp=:0")
            yield process, int(place.rpartition(":")[2])
        finally:
            process.kill()


def wait_for(path: Path, query: str, wanted: int) -> None:
    """Until the database says so."""
    deadline = time.monotonic() + 120
    while True:
        with sqlite3.connect(path) as connection:
            found = connection.execute(query).fetchone()[0]
        if found == wanted:
            return
        assert time.monotonic() < deadline, (query, found, wanted)
        time.sleep(0.05)


def test_what_is_delivered_is_worked_off(tmp_path: Path) -> None:
    """A mail that was acknowledged over LMTP becomes an item of the desk and leaves the spool; SIGTERM ends everything in order."""
    path = settings(tmp_path)
    open_store(tmp_path / "comity.db").create()
    with serving(path) as (process, port):
        with smtplib.LMTP("127.0.0.1", port, timeout=120) as client:
            assert client.sendmail("a@east.example", ["fbl@west.example"], b"Subject: x\r\n\r\nhello\r\n") == {}
        wait_for(tmp_path / "comity.db", "SELECT count(*) FROM item WHERE gate = 'lmtp'", 1)
        wait_for(tmp_path / "spool.db", "SELECT count(*) FROM waiting", 0)
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 0


def test_gates_take_mail_while_nobody_works(tmp_path: Path) -> None:
    """The gates alone, without any store, acknowledge; what they took waits for a worker."""
    path = settings(tmp_path)
    with serving(path, "gates") as (process, port):
        with smtplib.LMTP("127.0.0.1", port, timeout=120) as client:
            client.sendmail("a@east.example", ["fbl@west.example"], b"Subject: x\r\n\r\nhello\r\n")
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 0
    wait_for(tmp_path / "spool.db", "SELECT count(*) FROM waiting", 1)


@pytest.mark.parametrize(
    ("given", "named"),
    [({"mailboxes": []}, "gates.mailboxes"), ({"lmtp": []}, "gates.lmtp")],
)
def test_what_cannot_serve_says_why(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], given: dict[str, object], named: str
) -> None:
    """Without a mailbox or a place to listen the program does not start, and names the setting."""
    assert main(["serve", "--config", str(settings(tmp_path, **given))]) == 78
    assert named in capfd.readouterr().err


def test_a_worker_without_store_says_so(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Before ``comity init`` there is nothing to work into: status 78 and the remedy; the spool is not touched."""
    assert main(["serve", "--role", "worker", "--config", str(settings(tmp_path))]) == 78
    assert "comity init" in capfd.readouterr().err
    assert not (tmp_path / "spool.db").exists()


def test_the_program_does_not_run_with_a_port_in_use(tmp_path: Path) -> None:
    """When the gates cannot listen, everything ends with status 78."""
    open_store(tmp_path / "comity.db").create()
    path = settings(tmp_path, lmtp=["unix:" + str(tmp_path / "comity.toml")])
    command = [sys.executable, "-m", "comity", "serve", "--config", str(path)]
    done = subprocess.run(command, capture_output=True, timeout=300, check=False, text=True, env=os.environ)
    assert done.returncode == 78
    assert "cannot listen" in done.stderr


def test_a_desk_whose_port_is_taken_costs_no_mail(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Somebody else holds the port of the pages: mail is taken and worked off, doctor says what is wrong, SIGTERM ends it."""
    open_store(tmp_path / "comity.db").create()
    with socket.create_server(("127.0.0.1", 0)) as holder:
        path = settings(tmp_path)
        with path.open("a", encoding="utf-8") as file:
            file.write(f'[pages]\nlisten = ["127.0.0.1:{holder.getsockname()[1]}"]\n')
        with serving(path) as (process, port):
            with smtplib.LMTP("127.0.0.1", port, timeout=120) as client:
                client.sendmail("a@east.example", ["fbl@west.example"], b"Subject: x\r\n\r\nhello\r\n")
            wait_for(tmp_path / "comity.db", "SELECT count(*) FROM item WHERE gate = 'lmtp'", 1)
            assert main(["doctor", "--json", "--config", str(path)]) == 78
            rows = list(map(json.loads, capfd.readouterr().out.splitlines()))
            found = {row["about"]: row["finding"] for row in rows if row["condition"] == "wrong"}
            assert found["desk"] == "gate-other"
            process.send_signal(signal.SIGTERM)
            assert process.wait(120) == 0


def test_the_service_manager_is_told_once_everything_listens(tmp_path: Path) -> None:
    """READY comes from the first process alone, and not before mail can be handed over."""
    path = settings(tmp_path)
    open_store(tmp_path / "comity.db").create()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "manager"))
        manager.settimeout(300)
        with serving(path, environment={"NOTIFY_SOCKET": str(tmp_path / "manager")}) as (process, port):
            assert manager.recv(100) == b"READY=1"
            with smtplib.LMTP("127.0.0.1", port, timeout=120) as client:
                assert client.noop()[0] == 250
            process.send_signal(signal.SIGTERM)
            assert process.wait(120) == 0
        manager.setblocking(False)
        with pytest.raises(BlockingIOError):
            manager.recv(100)


def _pids(process: subprocess.Popen[str]) -> dict[str, int]:
    """The processes that it keeps, by role."""
    below = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    names = {int(pid): Path(f"/proc/{pid}/comm").read_text().strip() for pid in below}
    return {name.removeprefix(PREFIX): pid for pid, name in names.items() if name.startswith(PREFIX)}


def test_pages_are_served_by_a_process_of_their_own(tmp_path: Path) -> None:
    """It dies, and is started again; the gates do not notice, and take mail meanwhile."""
    open_store(tmp_path / "comity.db").create()
    path = settings(tmp_path)
    with path.open("a") as file:
        file.write('[pages]\nlisten = ["127.0.0.1:0"]\n')
    with serving(path) as (process, port):
        before = _pids(process)
        assert before.keys() == {"gates", "pages", "worker"}
        os.kill(before["pages"], signal.SIGKILL)
        with smtplib.LMTP("127.0.0.1", port, timeout=120) as client:
            client.sendmail("a@east.example", ["fbl@west.example"], b"Subject: x\r\n\r\nhello\r\n")
        until = time.monotonic() + 120
        while (after := _pids(process)).get("pages") in (None, before["pages"]):
            assert time.monotonic() < until
            time.sleep(0.05)
        assert {**after, "pages": 0} == {**before, "pages": 0}
        wait_for(tmp_path / "spool.db", "SELECT count(*) FROM waiting", 0)
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 0


def test_what_several_processes_need_is_loaded_once(tmp_path: Path) -> None:
    """No module of ours, and none of the larger libraries, is loaded by two of the processes that are begun."""
    open_store(tmp_path / "comity.db").create()
    path = settings(tmp_path, milter=["127.0.0.1:0"])
    with path.open("a") as file:
        file.write('[own]\ndomains = ["west.example"]\n[pages]\nlisten = ["127.0.0.1:0"]\n')
    command = [sys.executable, "-v", "-m", "comity", "serve", "--json", "--config", str(path)]
    loaded = tmp_path / "loaded"
    with loaded.open("w") as file, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=file, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline()
            process.send_signal(signal.SIGTERM)
            assert process.wait(120) == 0
        finally:
            process.kill()
    said = re.findall(
        r"^import '((?:comity|sqlalchemy|pydantic|cryptography)[\w.]*)'", loaded.read_text(), re.MULTILINE
    )
    names = Counter(said)
    assert len(names) > 1000
    assert [name for name, times in names.items() if times > 1] == []


def test_without_pages_there_is_no_process_for_them(tmp_path: Path) -> None:
    """And whoever asks for one is told which setting is missing; a desk without mail has no gates."""
    open_store(tmp_path / "comity.db").create()
    path = settings(tmp_path)
    with serving(path) as (process, _):
        assert _pids(process).keys() == {"gates", "worker"}
    path.write_text('[pages]\nlisten = ["127.0.0.1:0"]\n')
    with serving(path) as (process, _):
        assert _pids(process).keys() == {"pages", "worker"}


def test_a_hub_counts_up_to_its_end(tmp_path: Path) -> None:
    """What was counted since the last minute is written when the process for pages ends."""
    assert main(["init", str(tmp_path), "--domain", "west.example", "--address", "fbl@west.example"]) == 0
    path = settings(tmp_path, lmtp=[])
    hub = '[exchange]\nlisten = ["127.0.0.1:0"]\nrelay_to = ["south.example https://127.0.0.1:1"]\n'
    path.write_text(f'[identity]\ndomain = "west.example"\n{path.read_text()}{hub}')
    command = [sys.executable, "-m", "comity", "serve", "--json", "--role", "pages", "--config", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            (place,) = json.loads(process.stdout.readline())["listening"]
            url = f"https://127.0.0.1:{place.rpartition(':')[2]}"
            client = PeerClient(ExchangeSite(peer="south.example", url=url, trusted=str(tmp_path / "peers.pem")))
            for _ in range(3):  # the first is written at once, the others wait for their minute
                assert client.post(b"for south") == (502, {"error": "peer-unreachable"})
            client.close()
            process.send_signal(signal.SIGTERM)
            assert process.wait(120) == 0
        finally:
            process.kill()
    store = open_store(tmp_path / "comity.db")
    with store.read() as records:
        assert sum(n for _, _, n in records.keys.counted(datetime.now(UTC).date().isoformat(), "relay")) == 3
    store.close()


@pytest.mark.parametrize(
    ("role", "text", "named"),
    [("pages", "", "pages.listen"), ("gates", '[pages]\nlisten = ["127.0.0.1:0"]\n', "gates.lmtp")],
)
def test_a_role_with_nothing_to_do_says_so(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], role: str, text: str, named: str
) -> None:
    """Status 78, and the setting that would give it something."""
    path = settings(tmp_path, lmtp=[])
    path.write_text(path.read_text() + text)
    assert main(["serve", "--role", role, "--config", str(path)]) == 78
    assert named in capfd.readouterr().err
