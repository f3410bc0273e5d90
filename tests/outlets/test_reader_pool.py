"""Readers in processes of their own: whatever a mail does to its reader, the next mail is read."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from comity.formats import reading
from comity.outlets.readers.pool import BadAnswerError, Prepare, ReaderLimits, ReaderPool, _several
from comity.services.receive.prepare import Delivery, Prepared, prepare
from comity.services.receive.working_off import LostReader

DELIVERY = Delivery(gate="lmtp", name="fbl@west.example/1.eml", arrived=datetime(2026, 7, 1, tzinfo=UTC))


def fragile() -> Prepare:
    """A reader that does what the mail says: dies, sleeps, takes memory."""

    def fragile_prepare(data: bytes, delivery: Delivery) -> Prepared:
        if data == b"die":
            os.kill(os.getpid(), signal.SIGKILL)
        if data == b"sleep":
            time.sleep(600)
        if data == b"eat":
            return prepare(data, delivery, lambda *_: bytes(1 << 30))  # type: ignore[arg-type,return-value]
        return prepare(data, delivery, lambda found, name: reading.read(found, name=name))

    return fragile_prepare


@contextmanager
def pool(
    make: Callable[[], Prepare] = fragile,
    *,
    readers: int = 2,
    seconds: float = 60,
    begins_here: bool = False,
    is_late: bool = False,
) -> Iterator[ReaderPool]:
    events: list[str] = []
    opened = ReaderPool(
        make,
        readers=readers,
        log=lambda event, /, **_: events.append(event),
        limits=ReaderLimits(seconds=seconds),
        begins_here=begins_here,
        is_late=is_late,
    )
    try:
        yield opened
    finally:
        opened.close()


MAIL = b"Subject: x\r\n\r\nx\r\n"


def read(opened: ReaderPool, *mails: bytes) -> list[str | None]:
    """What came of each mail, in short."""
    opened.send([(mail, DELIVERY) for mail in mails])
    return [each.reason if isinstance(each, LostReader) else each.trouble for each in opened.receive()]


def test_answers_come_in_order() -> None:
    """Two readers share a batch, and the answers stand in the order of the mails."""
    with pool() as opened:
        mails = [f"Subject: {number}\r\n\r\nx\r\n".encode() for number in range(200)]
        opened.send([(mail, DELIVERY) for mail in mails])
        found = opened.receive()
    assert [
        len(each.packed) > 0 and each.facts and each.facts.subject for each in found if isinstance(each, Prepared)
    ] == [str(number) for number in range(200)]


def test_what_kills_its_reader_costs_one_mail() -> None:
    """A reader that dies is replaced; the mails behind the deadly one are read."""
    with pool(readers=1) as opened:
        assert read(opened, MAIL, b"die", MAIL, b"die", MAIL) == [None, "reader-died", None, "reader-died", None]
        assert read(opened, b"die") == ["reader-died"]
        many = [MAIL] * 33 + [b"die"] + [MAIL] * 33  # whose answers travel together
        assert read(opened, *many) == [None] * 33 + ["reader-died"] + [None] * 33
        assert read(opened, MAIL) == [None]


def test_a_reader_that_hangs_is_ended() -> None:
    """After its time is up a reader is killed, and the next mail is read by another."""
    with pool(readers=1, seconds=3) as opened:
        assert read(opened, MAIL) == [None]
        assert read(opened, MAIL, b"sleep", MAIL) == [None, "reader-late", None]


def test_memory_is_bounded() -> None:
    """A mail that wants a gigabyte does not get it; it is put aside, and the reader goes on."""
    with pool(readers=1) as opened:
        assert read(opened, MAIL, b"eat", MAIL) == [None, "fault", None]


def test_a_reader_that_dies_in_its_sleep_costs_no_mail() -> None:
    """Between two batches nobody waits for it: the next batch is read all the same, every mail of it, by others."""
    with pool(readers=2) as opened:
        assert read(opened, MAIL, MAIL) == [None, None]
        for each in opened._readers:
            each.process.kill()
            each.process.join()
        assert read(opened, *[MAIL] * 60) == [None] * 60
        assert read(opened, *[MAIL] * 60) == [None] * 60


@pytest.mark.parametrize("signals", [(), (signal.SIGSTOP,)], ids=["at-once", "with-mails-before-it"])
def test_a_reader_that_dies_before_it_begins_costs_no_mail(signals: tuple[signal.Signals, ...]) -> None:
    """Killed while it starts, or while what it is to read lies before it: nothing of that is to blame."""
    with pool(readers=1) as opened:
        if signals:
            assert read(opened, MAIL) == [None]
        for each in signals:
            os.kill(opened._readers[0].process.pid or 0, each)
        first = opened._readers[0].process
        opened.send([(MAIL, DELIVERY)] * 20)
        first.kill()
        found = opened.receive()
        assert [each.trouble for each in found if isinstance(each, Prepared)] == [None] * 20
        assert opened._readers[0].process is not first


def test_what_kills_its_reader_is_not_forgiven_because_one_slept() -> None:
    """The next batch begins with a deadly mail, and its reader is dead already: a fresh one dies of it, and it alone is lost."""
    with pool(readers=1) as opened:
        assert read(opened, MAIL) == [None]
        opened._readers[0].process.kill()
        opened._readers[0].process.join()
        assert read(opened, b"die", MAIL) == ["reader-died", None]


class Deadly:
    """Whoever unpickles it ends."""

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (1,)


def test_what_kills_its_reader_before_it_is_read_is_lost() -> None:
    """A reader that dies of being handed something never says that it began: the second time it is what was handed to it."""
    with pool(readers=1) as opened:
        opened.send([(MAIL, DELIVERY)])
        assert not isinstance(opened.receive()[0], LostReader)
        opened.send([(Deadly(), DELIVERY)])
        assert [isinstance(each, LostReader) and each.reason for each in opened.receive()] == ["reader-died"]
        assert read(opened, MAIL) == [None]


_BEGINS = """
import json, os, sys
from pathlib import Path
from test_reader_pool import MAIL, pool, read
held = os.open(sys.executable, os.O_RDONLY)
with pool(readers=2, begins_here=True) as opened:
    came = read(opened, MAIL, b"eat", MAIL)
    first = [each.process.pid for each in opened._readers]
    kept = [sorted(os.readlink(f"/proc/{pid}/fd/{each}").partition(":")[0] for each in os.listdir(f"/proc/{pid}/fd"))
        for pid in first]
    words = [Path(f"/proc/{pid}/cmdline").read_text() for pid in first]
    print(json.dumps([first, came, kept, [each == Path("/proc/self/cmdline").read_text() for each in words]]), flush=True)
    came = read(opened, b"die", *[MAIL] * 40)
    second = [each.process.pid for each in opened._readers if each.process.pid not in first]
    words = ["spawn_main" in Path(f"/proc/{pid}/cmdline").read_text() for pid in second]
    print(json.dumps([second, sorted(map(str, came)), words]), flush=True)
    sys.stdin.read()
"""


def test_the_first_readers_may_be_forks() -> None:
    """They have nothing open but the log and their pipes, the same bounds, and end when whoever began them is gone; whoever
    takes the place of a dead one begins anew.
    """
    paths = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(Path(__file__).parent), *map(str, filter(None, sys.path)))),
    }
    command = [sys.executable, "-c", _BEGINS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=paths) as process:
        assert process.stdout is not None
        first, came, kept, are_forks = json.loads(process.stdout.readline())
        assert (came, are_forks) == ([None, "fault", None], [True, True])
        # Their two pipes, ours at the standard input, and nothing at the output.
        assert [(each.count("socket"), each.count("pipe"), each.count("/dev/null")) for each in kept] == [(1, 2, 2)] * 2
        assert [len(each) for each in kept] == [6, 6]  # with the log
        second, came, are_new = json.loads(process.stdout.readline())
        assert (came, are_new) == (["None"] * 40 + ["reader-died"], [True])
        process.kill()
    deadline = time.monotonic() + 60
    for pid in (*first, *second):
        while _lives(pid):
            assert time.monotonic() < deadline
            time.sleep(0.02)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


_IS_MADE = """
import sys
from functools import partial
from pathlib import Path
from test_reader_pool import MAIL, leaving, pool, read, wait_for
begins, asked = (Path(each) for each in sys.argv[1:])
with pool(partial(leaving, asked), readers=1, begins_here=True, is_late=True) as late:
    with pool(partial(leaving, begins), readers=1, begins_here=True) as opened:
        wait_for(begins)
        assert not asked.exists()
        # It is there: nobody could be made by it now.
        assert read(opened, MAIL) == [None] == read(late, MAIL)
        assert asked.exists()
"""


def leaving(mark: Path) -> Prepare:
    """A reader that leaves a mark when it is made."""
    mark.touch(exist_ok=False)
    return fragile()


def wait_for(mark: Path) -> None:
    """Until it is made."""
    deadline = time.monotonic() + 60
    while not mark.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_reader_that_begins_here_has_at_once_what_it_needs(tmp_path: Path) -> None:
    """It goes by the settings that the program began with: a file that is being changed when the first mail comes, weeks later,
    stops no reader. One that is late waits for its first task."""
    paths = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(Path(__file__).parent), *map(str, filter(None, sys.path)))),
    }
    command = [sys.executable, "-c", _IS_MADE, str(tmp_path / "begins"), str(tmp_path / "asked")]
    subprocess.run(command, check=True, env=paths, timeout=120)


def test_where_threads_run_no_reader_is_a_fork() -> None:
    """What a thread holds in the moment of a fork nobody lets go of afterwards."""
    with ThreadPoolExecutor(1) as threads:
        threads.submit(int).result()
        with pool(readers=1, begins_here=True) as opened:
            assert read(opened, MAIL) == [None]
            assert "spawn_main" in Path(f"/proc/{opened._readers[0].process.pid}/cmdline").read_text()


def sickly() -> Prepare:
    """A reader that cannot even start."""
    os._exit(1)


def test_a_reader_that_cannot_start_is_not_waited_for_without_end() -> None:
    """Each mail is tried with two of them, and given back as lost."""
    with pool(sickly, readers=1) as opened:
        assert read(opened, MAIL, MAIL) == ["reader-died"] * 2


def test_other_work_is_done_while_a_batch_is_read() -> None:
    """Whoever sent a batch does not wait for it before he asks."""
    with pool(readers=1, seconds=2) as opened:
        assert read(opened, MAIL) == [None]
        opened.send([(b"sleep", DELIVERY)])
        assert all(each.process.is_alive() for each in opened._readers)  # nobody was late yet
        assert [isinstance(each, LostReader) and each.reason for each in opened.receive()] == ["reader-late"]


def test_a_batch_that_nobody_asked_for_can_be_let_go() -> None:
    """Closing does not wait for what is being read."""
    with pool(readers=1, seconds=30) as opened:
        assert read(opened, MAIL) == [None]
        opened.send([(b"sleep", DELIVERY), (MAIL, DELIVERY)])
    assert not any(each.process.is_alive() for each in opened._readers)


class Calling:
    """Pickled, it is a call."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.getpid, ()


def taken_over() -> Prepare:
    """A reader that answers with a call where the mail says so."""
    honest = fragile()

    def taken_over_prepare(data: bytes, delivery: Delivery) -> Prepared:
        return Calling() if data == b"call" else honest(data, delivery)  # type: ignore[return-value]

    return taken_over_prepare


def test_an_answer_that_would_call_something_costs_its_reader() -> None:
    """A reader that answers anything but records is ended as if it had died, and the next mails are read."""
    with pool(taken_over, readers=1) as opened:
        assert read(opened, MAIL, b"call", MAIL) == [None, "reader-died", None]


def test_of_answers_that_travelled_together_one_is_refused() -> None:
    """One answer that may not be opened spoils those beside it: they are asked for again, alone, and only that one is lost."""
    with pool(taken_over, readers=1) as opened:
        many = [MAIL] * 9 + [b"call"] + [MAIL] * 30
        assert read(opened, *many) == [None] * 9 + ["reader-died"] + [None] * 30


@pytest.mark.parametrize("answers", [[], [None, None, None], (None,), None])
def test_answers_are_as_many_as_there_were_questions(answers: object) -> None:
    """A reader that answers with nothing, with more than it was asked, or with anything but a list is not believed."""
    with pytest.raises(BadAnswerError):
        _several(answers, 2)
