"""The running program, as a mail host that delivers over LMTP finds it: how soon it answers, and how much it works off.

Trust:      the program is our own, started for this alone; generated mails.
Standards:  RFC 2033 (LMTP), RFC 2920 (PIPELINING).
Answers:    ``over_lmtp(settings, steady, flood)`` gives ``OverLmtp``: answers at a steady rate, then as many mails as it takes.
Limits:     some connections on loopback, on the same cores. At a steady rate a mail is due at its moment, whether the one before it
            was answered or not: a wait for the program counts as the program's.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.settings import Settings

MAILBOX: Final = "fbl@east.example"
PER_SECOND: Final = 200
_CONNECTIONS: Final = 16
_WAIT: Final = 120.0
_NAP: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class OverLmtp:
    """Waits in seconds, from the moment at which a mail was due to its 250."""

    per_second: int  # the steady rate
    steady: tuple[float, ...]
    mails: int  # of the flood
    flood: tuple[float, ...]
    acknowledged: float  # seconds until all of it had its 250
    worked_off: float  # and until all of it was a case
    cpu: float  # of the program in that time, all its processes
    refused: int  # mails that got another answer


def over_lmtp(settings: "Settings", steady: Sequence[bytes], flood: Sequence[bytes]) -> OverLmtp:
    """Deliver both; what was told to try again is delivered again."""
    with _running(settings) as (process, port):
        hosts = [_Host(port) for _ in range(_CONNECTIONS)]
        _deliver(hosts, steady[: 4 * _CONNECTIONS])
        _until_worked_off(settings)
        told = _deliver(hosts, steady, per_second=PER_SECOND)
        _until_worked_off(settings)
        began, used = time.perf_counter(), _cpu(process.pid)
        flooded = _deliver(hosts, flood)
        acknowledged = time.perf_counter() - began
        _until_worked_off(settings)
        worked_off, cpu = time.perf_counter() - began, _cpu(process.pid) - used
        for each in hosts:
            each.close()
    return OverLmtp(
        per_second=PER_SECOND,
        steady=tuple(each.seconds for each in told),
        mails=len(flood),
        flood=tuple(each.seconds for each in flooded),
        acknowledged=acknowledged,
        worked_off=worked_off,
        cpu=cpu,
        refused=sum(each.refusals for each in (*told, *flooded)),
    )


def percentile(waits: Sequence[float], percent: float) -> float:
    """The wait that so many percent do not exceed.

    >>> percentile([0.3, 0.1, 0.2, 0.4], 50), percentile([0.3, 0.1, 0.2, 0.4], 99)
    (0.2, 0.4)
    """
    ordered = sorted(waits)
    return ordered[max(0, -int(-len(ordered) * percent // 100) - 1)]


@contextmanager
def _running(settings: "Settings") -> "Iterator[tuple[subprocess.Popen[str], int]]":
    command = [sys.executable, "-m", "comity", "serve", "--json", "--config", str(settings.file)]
    with subprocess.Popen(  # noqa: S603 - ourselves
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield process, _port(process)
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate()


def _port(process: "subprocess.Popen[str]") -> int:
    line = process.stdout.readline() if process.stdout is not None else ""
    try:
        places = json.loads(line)["listening"]
        return next(int(each.rpartition(":")[2]) for each in places if each.startswith("lmtp="))
    except (ValueError, KeyError, StopIteration, TypeError) as error:
        raise ComityError("capacity-gate", "the program did not start", outcome=Outcome.TRY_AGAIN) from error


def _cpu(process: int) -> float:
    """What a process and all below it have used so far."""
    used, below = 0.0, [process]
    for each in below:
        try:
            fields = Path(f"/proc/{each}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            tasks = list(Path(f"/proc/{each}/task").iterdir())
            below += [int(child) for task in tasks for child in (task / "children").read_text(encoding="ascii").split()]
        except OSError:
            continue
        used += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def _until_worked_off(settings: "Settings") -> None:
    """Wait until nothing lies in the spool."""
    from comity.bootstrap.gates import spool_path
    from comity.store.spool import Spool

    spool = Spool(spool_path(settings), durable=False)
    try:
        until = time.monotonic() + _WAIT
        while spool.counts().items:
            if time.monotonic() > until:
                raise ComityError("capacity-gate", "the program works nothing off", outcome=Outcome.TRY_AGAIN)
            time.sleep(_NAP)
    finally:
        spool.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    seconds: float
    refusals: int


def _deliver(hosts: "Sequence[_Host]", mails: Sequence[bytes], per_second: int | None = None) -> list[_Told]:
    """Hand over all of them by whichever host is free: each at its moment, or as soon as there is one."""
    began, numbers = time.perf_counter(), iter(range(len(mails)))

    def run(host: "_Host") -> list[_Told]:
        told = []
        for number in numbers:  # one iterator for all: each takes the next
            moment = time.perf_counter() if per_second is None else began + number / per_second
            time.sleep(max(0.0, moment - time.perf_counter()))
            refusals = host.hand_over(mails[number])
            told.append(_Told(seconds=time.perf_counter() - moment, refusals=refusals))
        return told

    with ThreadPoolExecutor(len(hosts)) as pool:
        return [each for told in pool.map(run, hosts) for each in told]


class _Host:
    """One connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_WAIT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")
        self._answer()
        self._say(b"LHLO h.west.example\r\n", 1)

    def close(self) -> None:
        self._socket.close()

    def hand_over(self, mail: bytes) -> int:
        """One mail, until it is taken; how often it was to be tried again."""
        envelope = f"MAIL FROM:<feedback@west.example>\r\nRCPT TO:<{MAILBOX}>\r\nDATA\r\n".encode()
        content = mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n").replace(b"\r\n.", b"\r\n..")
        end = b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n"
        for refusals in range(int(_WAIT / _NAP)):
            self._say(envelope, 3)
            if self._say(content + end, 1).startswith(b"250"):
                return refusals
            time.sleep(_NAP)
        raise ComityError("capacity-gate", "the gate takes nothing", outcome=Outcome.TRY_AGAIN)

    def _say(self, said: bytes, answers: int) -> bytes:
        self._socket.sendall(said)
        return [self._answer() for _ in range(answers)][-1]

    def _answer(self) -> bytes:
        while True:
            line = self._file.readline()
            if not line:
                raise ComityError("capacity-gate", "the gate hung up", outcome=Outcome.TRY_AGAIN)
            if line[3:4] != b"-":
                return bytes(line)
