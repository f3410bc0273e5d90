"""A gate that is asked as a mail host asks it, for measuring what one mail costs at delivery.

Answers:    ``at_delivery(mails, folder)`` gives ``Judged``: CPU time and memory of a gates' process of its own, which judges each
            mail by the filter that comes with the program, marks it and answers.
Limits:     one connection on loopback, one mail after the other; the DNS is not asked. That filter is sure of few of these mails,
            and gives its reasons for all others, which costs several times what a verdict does: more than real mail needs.
"""

import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

from comity.cli.operate.bench_ingest import peak_of
from comity.formats.mime import scan
from comity.model.outcomes import ComityError, Outcome
from comity.services.operate.capacity.measured import Judged

_WARM: Final = 20
_SECONDS: Final = 60.0
_CONFIG: Final = """\
[identity]
domain = "west.example"
[gates]
milter = ["127.0.0.1:0"]
reserve_mib = 1
[delivery]
judge = true
"""


def at_delivery(mails: Sequence[bytes], folder: Path) -> Judged:
    """Hand all of them over."""
    (folder / "comity.toml").write_text(_CONFIG, encoding="ascii")
    with as_file(files("comity").joinpath("starter", "bilingual.model")) as model:
        (folder / "judge.model").write_bytes(model.read_bytes())
    words = ("serve", "--json", "--role", "gates", "--config", str(folder / "comity.toml"))
    with subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", "comity", *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            host = _Host(_port(process), mails)
            for number in range(_WARM):
                host.hand_over(number % len(mails))
            before = _cpu(process.pid)
            for number in range(len(mails)):
                host.hand_over(number)
            used, peak = _cpu(process.pid) - before, peak_of(process.pid)
        finally:
            process.terminate()
            process.communicate()
    size = sum(map(len, mails)) // len(mails)
    return Judged(mails=len(mails), size=size, cpu=used / len(mails), gate_mib=peak)


def _port(process: "subprocess.Popen[str]") -> int:
    line = process.stdout.readline() if process.stdout is not None else ""
    try:
        return int(json.loads(line)["listening"][0].rpartition(":")[2])
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise ComityError("capacity-gate", "the gate did not start", outcome=Outcome.TRY_AGAIN) from error


def _cpu(process: int) -> float:
    """What a process has used so far."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class _Host:
    """The mail host's side of a milter conversation."""

    def __init__(self, port: int, mails: Sequence[bytes]) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")
        self._socket.sendall(_packet(b"O", struct.pack(">III", 6, 0x1FF, 0x1FFFFF)))
        self._answer()
        self._said = [_conversation(each) for each in mails]

    def _answer(self) -> bytes:
        head = self._file.read(4)
        size = struct.unpack(">I", head)[0] if len(head) == 4 else 0
        found = self._file.read(size)
        if not found:
            raise ComityError("capacity-gate", "the gate hung up", outcome=Outcome.TRY_AGAIN)
        return found

    def hand_over(self, number: int) -> None:
        """One mail, up to its verdict."""
        self._socket.sendall(self._said[number])
        while self._answer()[:1] not in (b"c", b"a"):
            pass


def _packet(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data) + 1) + kind + data


def _conversation(mail: bytes) -> bytes:
    """All that a host says of one mail."""
    message = scan(mail)
    said = [_packet(b"C", b"h.example\x004" + struct.pack(">H", 25) + b"198.51.100.7\0"), _packet(b"H", b"h.example\0")]
    said += [_packet(b"M", b"<news@north.example>\0"), _packet(b"R", b"<ann@west.example>\0")]
    for header in message.headers.items():
        value = header.raw.replace(b"\r\n", b"\n").removeprefix(b" ")
        said.append(_packet(b"L", header.name.encode("ascii") + b"\0" + value + b"\0"))
    body = mail[message.body_start :]
    said += [_packet(b"B", body[start : start + 65_535]) for start in range(0, len(body), 65_535)]
    return b"".join([*said, _packet(b"E")])
