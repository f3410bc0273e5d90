"""P1, seen from the system: a trace of system calls in which every 250 follows the sync of what it answers for."""

import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Desk

pytestmark = pytest.mark.live
CLIENTS, MAILS = 4, 25


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_every_answer_follows_its_sync(make_desk: "Callable[..., Desk]", tmp_path: Path) -> None:
    """For each of a hundred mails from four connections at once: written to the spool, then synced, then acknowledged."""
    desk, trace = make_desk(), tmp_path / "trace"
    strace = ["strace", "-f", "-y", "-qq", "-s", "5000", "-o", str(trace)]
    strace += ["-e", "trace=pwrite64,fsync,fdatasync,sendto,recvfrom"]
    running = desk.start("gates", before=strace)

    def deliver(client: int) -> None:
        lmtp = running.connect()
        for number in range(MAILS):
            name = f"t{client:02}{number:04}"
            assert lmtp.deliver(name, desk.feedback(name)).startswith(b"250 ")
        lmtp.close()

    threads = [threading.Thread(target=deliver, args=(client,)) for client in range(CLIENTS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    running.end()
    assert in_order(trace.read_text(errors="replace").splitlines()) == CLIENTS * MAILS


def in_order(lines: list[str]) -> int:
    """How many mails were acknowledged, each after its own write and a sync that began after that."""
    mail_of: dict[str, str] = {}  # connection -> the mail that is being taken
    wrote: dict[str, int] = {}  # mail -> line of its write to the log of the spool
    of_thread: dict[str, str] = {}  # thread -> the connection of its last call, which may end on a later line
    begun: dict[str, int] = {}  # thread -> line in which its sync began
    synced = -1  # begin of the last sync that ended
    right = 0
    for at, line in enumerate(lines):
        thread = line.split(" ", 1)[0]
        if re.search(r"(fsync|fdatasync)\(\d+<[^>]*spool\.db-wal>", line):
            begun[thread] = at
        if re.search(r"(fsync|fdatasync)(\(| resumed>).*= 0", line) and thread in begun:
            synced = max(synced, begun.pop(thread))
        if "pwrite64" in line and "spool.db-wal>" in line:
            for name in re.findall(r"(t\d{6})@east\.example", line):
                wrote.setdefault(name, at)
        if connection := re.search(r"(?:recvfrom|sendto)\((\d+<[^>]*>)", line):
            of_thread[thread] = connection[1]
        if ("recvfrom(" in line or "recvfrom resumed>" in line) and (found := re.search(r"MAIL FROM:<(t\d{6})@", line)):
            mail_of[of_thread[thread]] = found[1]
        if "sendto(" in line and "250 2.0.0 ok" in line:
            name = mail_of.pop(of_thread[thread])
            assert name in wrote, f"{name} was acknowledged and never written"
            assert wrote[name] < synced, f"{name} was acknowledged before its sync"
            right += 1
    return right


def test_the_reader_of_traces_can_fail() -> None:
    """A trace in which the answer comes before the sync is told from one that is right."""
    take = [
        '1 recvfrom(9<TCP:[1]>, "MAIL FROM:<t000001@east.example>"',
        '2 pwrite64(5</d/spool.db-wal>, "t000001@east.example"',
    ]
    sync, answer = ["2 fdatasync(5</d/spool.db-wal>) = 0"], ['1 sendto(9<TCP:[1]>, "250 2.0.0 ok"']
    assert in_order([*take, *sync, *answer]) == 1
    with pytest.raises(AssertionError, match="before its sync"):
        in_order([*take, *answer, *sync])
    with pytest.raises(AssertionError, match="before its sync"):
        in_order([*sync, *take, *answer])


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_a_sync_that_fails_is_no_promise(make_desk: "Callable[..., Desk]", tmp_path: Path) -> None:
    """When a sync fails, that mail is told to come back and the next ones are taken; none that was taken is lost."""
    desk = make_desk()
    strace = ["strace", "-f", "-qq", "-o", str(tmp_path / "trace"), "-e", "trace=fsync,fdatasync"]
    strace += ["-e", "inject=fsync,fdatasync:error=EIO:when=6+5"]
    running = desk.start("gates", before=strace)
    lmtp = running.connect()
    answers = {f"f{number}": lmtp.deliver(f"f{number}", desk.feedback(f"f{number}")) for number in range(60)}
    lmtp.close()
    running.end()
    taken = {f"{name}@east.example" for name, answer in answers.items() if answer.startswith(b"250 ")}
    refused = [answer for answer in answers.values() if not answer.startswith(b"250 ")]
    assert len(refused) >= 5
    assert {answer[:9] for answer in refused} == {b"451 4.3.0"}
    assert len(taken) >= 20
    kept = {str(row[0]) for row in desk.ask("spool.db", "SELECT envelope_from FROM waiting")}
    assert taken <= kept
