"""An archive judged by many hands: whoever judges, what is said is the same, byte for byte."""

import os
import random
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from comity.cli import main
from comity.model.mailbox import Condition, Item
from comity.model.outcomes import ComityError, Outcome
from comity.services.judge.filtering import Filter
from comity.services.judge.spread import Alone, Answer, judge_lot, judged

NEEDS_DASK = pytest.mark.skipif(find_spec("distributed") is None, reason='the extra "dask" is not installed')
WORDS = [
    "invoice",
    "minutes",
    "meeting",
    "cheap",
    "pills",
    "winner",
    "发票",
    "会议",
    "优惠",
    "中奖",
    "report",
    "click",
    "free",
]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An mbox of some hundred mails in both languages, and one that is no mail at all."""
    rng = random.Random(5)  # noqa: S311 - mails, not secrets
    (tmp_path / "comity.toml").write_text("")
    mails = (
        f"From x@example.org Mon Mar  2 12:00:00 2026\nFrom: <{number}@example.org>\nSubject: {rng.choice(WORDS)}\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{' '.join(rng.choices(WORDS, k=rng.randrange(1, 60)))}\n\n"
        for number in range(300)
    )
    path = tmp_path / "archive.mbox"
    path.write_text("".join(mails) + "From nobody\n\n\n", encoding="utf-8")
    return path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    status = main(["judge", *words])
    return status, capsys.readouterr().out


def test_several_processes_say_what_one_says(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every line, every reason and every digit, in the order of the archive."""
    alone = said(capsys, str(archive), "--json")
    assert alone[1].count("\n") >= 300
    assert said(capsys, str(archive), "--json", "--processes", "2") == alone


HOLDS = """
import sys
from comity.outlets.fanning.processes import processes
from comity.services.judge.filtering import Filter

if __name__ == "__main__":
    with processes(Filter.new(0.001), 1) as hands:
        hands.send([b"Subject: one"])()
        print(*hands._pool._processes, flush=True)
        sys.stdin.read()
        print(len(hands.send([b"Subject: two"])()), flush=True)
"""


def test_control_c_is_for_the_program_and_no_process_outlives_it(tmp_path: Path) -> None:
    """One that is interrupted goes on judging; when whoever gives it work is killed, it ends too."""
    program = tmp_path / "holds.py"
    program.write_text(HOLDS)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}
    command = [sys.executable, str(program)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as running:
        assert running.stdout is not None and running.stdin is not None
        os.kill(int(running.stdout.readline()), signal.SIGINT)
        running.stdin.close()
        assert running.stdout.readline() == "1\n"
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as running:
        assert running.stdout is not None
        handle = os.pidfd_open(int(running.stdout.readline()))
        running.kill()
    ended, _, _ = select.select([handle], [], [], 60)
    os.close(handle)
    assert ended


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """A cluster on this machine: a scheduler and two workers, each a program of its own."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}
    code = (
        "import sys, time; from distributed import LocalCluster\n"
        "if __name__ == '__main__':\n"
        "    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host='127.0.0.1') as cluster:\n"
        "        print(cluster.scheduler_address, flush=True); sys.stdin.read()\n"
    )
    program = tmp_path / "cluster.py"
    program.write_text(code)
    running = subprocess.Popen(
        [sys.executable, str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    assert running.stdout is not None and running.stdin is not None
    try:
        yield running.stdout.readline().strip()
    finally:
        running.stdin.close()
        running.wait(120)


@NEEDS_DASK
def test_a_cluster_says_what_one_says(archive: Path, scheduler: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Workers in processes of their own, which have the filter from us, give the same bytes."""
    alone = said(capsys, str(archive), "--json")
    assert said(capsys, str(archive), "--json", "--dask", scheduler) == alone


@pytest.mark.parametrize(
    ("address", "code", "status"),
    [
        ("nonsense", "dask-address", Outcome.USAGE),
        ("http://10.0.0.5:8786", "dask-address", Outcome.USAGE),
        ("tls://10.0.0.5", "dask-address", Outcome.USAGE),
        ("tls://[::1:8786", "dask-address", Outcome.USAGE),
        ("tcp://10.0.0.5:8786", "dask-open", Outcome.CONFIGURATION),
        ("tcp://scheduler.example:8786", "dask-open", Outcome.CONFIGURATION),
    ],
)
def test_mail_goes_nowhere_readable(
    address: str, code: str, status: Outcome, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is no address is refused, and so is another machine without TLS, before anybody is asked."""
    from comity.outlets.fanning.cluster import cluster

    with pytest.raises(ComityError) as raised, cluster(Filter.new(0.001), address):
        pass
    assert (raised.value.code, raised.value.outcome) == (code, status)
    assert main(["judge", "none.mbox", "--dask", address]) == status.value.exit_status
    said = capsys.readouterr().err
    assert f"{address}: " in said
    assert "{" not in said


class Workers:
    """A client of a scheduler on this machine, whose workers are where the test says."""

    def __init__(self, *addresses: str) -> None:
        self.addresses, self.given = list(addresses), list[object]()

    def nthreads(self) -> dict[str, int]:
        return dict.fromkeys(self.addresses, 1)

    def run(self, function: Callable[[], str], workers: list[str]) -> dict[str, str]:
        return {each: function() for each in workers}

    def scatter(self, data: object, broadcast: bool) -> object:
        self.given.append(data)
        return data

    def submit(self, *given: object, **_: object) -> None:
        self.given.append(given)

    def close(self) -> None:
        self.addresses = []


def with_workers(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> Workers:
    workers = Workers(*addresses)
    monkeypatch.setitem(sys.modules, "distributed", SimpleNamespace(Client=lambda *given, **more: workers))
    return workers


@pytest.mark.parametrize("worker", ["tcp://192.0.2.9:4000", "tcp://worker.example:4000", "ucx://192.0.2.9:4000", "x"])
def test_no_worker_elsewhere_gets_mail_readable(worker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scheduler is on this machine, a worker of it is not: it gets neither the filter nor a mail."""
    from comity.outlets.fanning.cluster import cluster

    workers = with_workers(monkeypatch, "tcp://127.0.0.1:4000", worker)
    with pytest.raises(ComityError) as raised, cluster(Filter.new(0.001), "tcp://127.0.0.1:8786"):
        pass
    assert (raised.value.code, raised.value.place) == ("dask-open", worker)
    assert workers.given == []


def test_a_worker_that_comes_later_is_looked_at_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those under TLS and on this machine are used; one that joins in plain from elsewhere ends the work before the next lot."""
    from comity.outlets.fanning.cluster import cluster

    workers = with_workers(monkeypatch, "tls://192.0.2.9:4000", "tcp://127.0.0.2:4000")
    with cluster(Filter.new(0.001), "tcp://127.0.0.1:8786") as hands:
        hands.send([b"Subject: one"])
        workers.addresses.append("tls://192.0.2.10:4000")
        hands.send([b"Subject: two"])
        workers.addresses.append("tcp://192.0.2.11:4000")
        sent = len(workers.given)
        with pytest.raises(ComityError) as raised:
            hands.send([b"Subject: three"])
        assert raised.value.code == "dask-open"
        assert len(workers.given) == sent == 3


def test_without_the_extra_it_says_what_to_install(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence, not a traceback."""
    from comity.outlets.fanning.cluster import cluster

    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ComityError) as raised, cluster(Filter.new(0.001), "tcp://127.0.0.1:8786"):
        pass
    assert raised.value.code == "dask-missing"
    assert main(["judge", str(archive), "--dask", "tcp://127.0.0.1:8786"]) == 78


@NEEDS_DASK
def test_a_scheduler_that_is_not_there_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens: try again later."""
    from comity.outlets.fanning import cluster as module

    monkeypatch.setattr(module, "_CONNECT_SECONDS", 1)
    with pytest.raises(ComityError) as raised, module.cluster(Filter.new(0.001), "tcp://127.0.0.1:9"):
        pass
    assert raised.value.code == "dask-away"


@NEEDS_DASK
def test_workers_with_another_version_are_not_used(scheduler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bytes are promised of the same program only."""
    from comity.outlets.fanning import cluster as module

    monkeypatch.setattr(module, "__version__", "0.0.1")
    with pytest.raises(ComityError) as raised, module.cluster(Filter.new(0.001), scheduler):
        pass
    assert raised.value.code == "dask-other-version"


def items(count: int, *, closed: int) -> list[Item]:
    return [
        Item(
            name=str(number),
            position=".",
            size=9,
            data=b"Subject: %d\n\nx" % number,
            condition=Condition.CLOSED if number == closed else Condition.WHOLE,
        )
        for number in range(count)
    ]


class Late:
    """Hands that answer when they are asked, however many lots are on their way."""

    room = 3

    def __init__(self) -> None:
        self.judge, self.waiting, self.most = Filter.new(0.001), 0, 0

    def send(self, lot: Sequence[bytes]) -> Answer:
        self.waiting += 1
        self.most = max(self.most, self.waiting)

        def answer() -> object:
            self.waiting -= 1
            return judge_lot(self.judge, lot)

        return answer  # type: ignore[return-value]


def test_items_come_in_their_order_and_what_breaks_off_is_said_last() -> None:
    """What cannot be opened keeps its place; what came before an archive broke off is given; no more is out than there is room."""

    def lots() -> Iterator[list[Item]]:
        whole = items(20, closed=7)
        for start in range(0, 20, 2):
            yield whole[start : start + 2]
        raise OSError("the disk is gone")

    hands, found = Late(), list[tuple[str, bool]]()
    with pytest.raises(OSError, match="gone"):
        for each, given in judged(lots(), hands):
            found.append((each.name, given is None))
    assert found == [(str(number), number == 7) for number in range(20)]
    assert hands.most == Late.room + 1
    here = list(judged([items(3, closed=9)], Alone(hands.judge)))
    assert [each.name for each, _ in here] == ["0", "1", "2"]
