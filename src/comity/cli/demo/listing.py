"""The step of the demonstration in which west lists an address, east takes that over, and a real name server answers for it.

Answers:    ``list_address(west, east, telling)``: proposed, given over HTTPS, adopted by a person, exported, served by rbldnsd or
            BIND on loopback and asked with dig; withdrawn, and off the list. Without such a program it is said what is left out.
Limits:     the server is stopped by its process id. rbldnsd does not run as root: there it runs as ``nobody``.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from comity.cli.demo.network import Network, wait_until
from comity.cli.demo.telling import Telling

_ADDRESS: Final = "203.0.113.200"  # of neither side
_OTHER: Final = "203.0.113.201"
_TRAPS: Final = "127.0.0.3"
_PLACES: Final = "/usr/sbin:/usr/local/sbin:/sbin:" + os.environ.get("PATH", "")
_ORDER: Final = ("rbldnsd", "named")
_SET: Final = "bl.ip4set"
_SECONDS: Final = 30.0


def list_address(west: Network, east: Network, story: Telling) -> None:
    """The whole way of one listing."""
    with story.step("listing", subject=_ADDRESS):
        until = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
        why = ("--reason", "mail to trap addresses", "--reason-zh", "向陷阱地址发信", "--by", "Ann", "--severe")
        words = ("signal", "propose", _ADDRESS, "--kind", "listing", *why, "--until", until, "--evidence", "trap=3")
        made = west.comity(*words, "--tlp", "TLP:GREEN", "--to", east.name).lines[0]
        given = west.comity("signal", "give").lines
        seen = east.comity("signal", "list").lines
        waits = [(each["signal"], each["listed"]) for each in seen] == [(made["signal"], False)]
        story.check("listing-waits", [each["given"] for each in given] == [1] and waits, subject=_ADDRESS)
        east.comity("signal", "adopt", made["signal"], "--by", "Bob", "--why", "seen here too", "--severe")
        _served(east, story, listed=True)
        back = ("--reason", "it was a mistake", "--reason-zh", "系误报")
        west.comity("signal", "withdraw", made["signal"], "--by", "Ann", *back)
        west.comity("signal", "give")
        _served(east, story, listed=False)


def _served(network: Network, story: Telling, *, listed: bool) -> None:
    """Export the lists, and ask a real server about them where there is one."""
    folder = network.folder / ("lists" if listed else "lists-after")
    (exported,) = network.comity("signal", "export", str(folder), "--for", "community").lines
    addresses = next(each for each in exported["lists"] if each["rbldnsd"] == _SET)
    holds = addresses["entries"] == int(listed)
    if listed:
        story.check("exported", holds, n=addresses["entries"])
    else:
        story.check("exported-after", holds)
    program = next((each for each in _ORDER if shutil.which(each, path=_PLACES)), None)
    if program is None or shutil.which("dig") is None:
        story.tell("no-server")
        return
    zone = str(addresses["zone"])
    with _running(program, folder, zone) as port:
        if port is None:  # confined, or without a free port: that is no fault of the lists
            story.tell("server-silent", program=program, log=f"{network.name}/{program}.log")
            return
        found, beside = (_asked(port, f"{_reversed(each)}.{zone}") for each in (_ADDRESS, _OTHER))
    expected: tuple[list[str], list[str]] = ([_TRAPS] if listed else [], [])
    holds = (found, beside) == expected
    if listed:
        story.check("served", holds, program=program, subject=_ADDRESS, answer=_TRAPS)
    else:
        story.check("served-after", holds, program=program, subject=_ADDRESS)


def _reversed(address: str) -> str:
    return ".".join(ip_address(address).reverse_pointer.split(".")[:-2])


@contextmanager
def _running(program: str, folder: Path, zone: str) -> Iterator[int | None]:
    """A name server over the exported files; its port, None where it does not answer in time."""
    port = _free_port()
    command = _rbldnsd(folder, zone, port) if program == "rbldnsd" else _named(folder, zone, port)
    with (folder.parent / f"{program}.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - the name server of this machine
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    try:
        is_up = wait_until(lambda: process.poll() is not None or bool(_asked(port, zone, "SOA")), _SECONDS)
        yield port if is_up and process.poll() is None else None
    finally:
        process.terminate()
        process.wait()


def _rbldnsd(folder: Path, zone: str, port: int) -> list[str]:
    is_root = os.geteuid() == 0
    if is_root:
        folder.chmod(0o755)
    place = ["-r", str(folder), "-u", "nobody"] if is_root else ["-w", str(folder)]
    return [_path("rbldnsd"), "-n", "-b", f"127.0.0.1/{port}", *place, f"{zone}:ip4set:{_SET}"]


def _named(folder: Path, zone: str, port: int) -> list[str]:
    settings = folder / "named.conf"
    settings.write_text(
        f'options {{ directory "{folder}"; pid-file "{folder}/named.pid"; session-keyfile "{folder}/session.key"; '
        f"listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; recursion no; dnssec-validation no; }};\n"
        f'controls {{ }};\nzone "{zone}" {{ type primary; file "{folder}/bl.zone"; }};\n',
        encoding="utf-8",
    )
    return [_path("named"), "-g", "-c", str(settings), "-p", str(port), "-n", "1"]


def _path(program: str) -> str:
    return shutil.which(program, path=_PLACES) or program


def _asked(port: int, name: str, sort: str = "A") -> list[str]:
    """What dig says of a name: nothing where there is nothing, or nobody answers."""
    command = [_path("dig"), "@127.0.0.1", "-p", str(port), "+short", "+tries=3", "+time=5", name, sort]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=2 * _SECONDS, check=False)  # noqa: S603 - dig
    return [line for line in ran.stdout.splitlines() if not line.startswith(";")]


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
