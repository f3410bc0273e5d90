"""A real rbldnsd and a real BIND on loopback, each with a folder of its own, asked with dig."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ...mail_host import free_port

LISTS = (
    "bl:ip4set",
    "bl6:ip6trie",
    "bl-domains:dnset",
    "bl-campaigns:dnset",
    "wl:ip4set",
    "wl6:ip6trie",
    "wl-domains:dnset",
)
ZONE = "lists.west.example"
RBLDNSD, NAMED = shutil.which("rbldnsd", path="/usr/sbin"), shutil.which("named", path="/usr/sbin")


@dataclass(frozen=True)
class Server:
    """One name server: its port."""

    port: int

    def ask(self, name: str, sort: str = "A") -> list[str]:
        """What dig says of a name; an empty list where there is nothing, NXDOMAIN or not."""
        command = ["dig", "@127.0.0.1", "-p", str(self.port), "+short", "+tries=2", "+time=5", f"{name}.{ZONE}", sort]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        return sorted(ran.stdout.splitlines())

    def status(self, name: str) -> str:
        """``NOERROR`` or ``NXDOMAIN``."""
        command = ["dig", "@127.0.0.1", "-p", str(self.port), "+tries=2", "+time=5", f"{name}.{ZONE}", "A"]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        return ran.stdout.partition("status: ")[2].partition(",")[0]


@contextmanager
def _running(command: list[str], folder: Path, port: int, log: Path) -> Iterator[Server]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.STDOUT)
    server = Server(port)
    try:
        until = time.monotonic() + 60
        while not _answers(server):
            assert process.poll() is None and time.monotonic() < until, log.read_text(errors="replace")
        yield server
    finally:
        process.terminate()
        process.wait(120)


def _answers(server: Server) -> bool:
    command = ["dig", "@127.0.0.1", "-p", str(server.port), "+short", "+tries=1", "+time=1", f"bl.{ZONE}", "SOA"]
    return subprocess.run(command, capture_output=True, timeout=120, check=False).stdout.startswith(
        b"ns."
    )  # not ";; ..."


@contextmanager
def rbldnsd(folder: Path) -> Iterator[Server]:
    port = free_port()
    sets = [f"{each.partition(':')[0]}.{ZONE}:{each.partition(':')[2]}:{each.replace(':', '.')}" for each in LISTS]
    folder.chmod(0o755)
    place = ["-r", str(folder), "-u", "nobody"] if os.geteuid() == 0 else ["-w", str(folder)]  # it does not run as root
    command = [str(RBLDNSD), "-n", "-b", f"127.0.0.1/{port}", *place, *sets]
    with _running(command, folder, port, folder.parent / "rbldnsd.log") as server:
        yield server


@contextmanager
def named(folder: Path) -> Iterator[Server]:
    port, home = free_port(), folder.parent / "named"
    home.mkdir(exist_ok=True)
    zones = "\n".join(
        f'zone "{name}.{ZONE}" {{ type primary; file "{folder}/{name}.zone"; }};'
        for name in (each.partition(":")[0] for each in LISTS)
    )
    (home / "named.conf").write_text(
        f'options {{ directory "{home}"; pid-file "{home}/pid"; session-keyfile "{home}/session.key"; listen-on port {port} '
        "{ 127.0.0.1; }; listen-on-v6 { none; }; recursion no; dnssec-validation no; };\n"
        f"controls {{ }};\n{zones}\n"
    )
    command = [str(NAMED), "-g", "-c", str(home / "named.conf"), "-p", str(port), "-n", "1"]
    with _running(command, home, port, folder.parent / "named.log") as server:
        yield server


Serve = Callable[[Path], "Iterator[Server]"]


@pytest.fixture(params=["rbldnsd", "named"])
def serve(request: pytest.FixtureRequest) -> Serve:
    """One of the two servers, over a folder of lists."""
    if shutil.which("dig") is None or (RBLDNSD if request.param == "rbldnsd" else NAMED) is None:
        pytest.skip(f"no {request.param}, or no dig")
    return rbldnsd if request.param == "rbldnsd" else named  # type: ignore[return-value]
