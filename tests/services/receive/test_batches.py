"""What is acknowledged is on the disk, whenever the program is killed; and nothing is counted twice when it runs again."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from comity.services.receive.batches import Bench, Here, batches, work_off
from comity.services.receive.ingest import Ingest
from comity.services.receive.planning import Terms
from comity.services.receive.prepare import Delivery, Prepared, prepare
from comity.services.receive.working_off import LostReader, Task
from comity.store.engine import Store, open_store

from .intake import NOW, OWN, arf, cases, counts, reads

MAILS = 40


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A desk on the disk."""
    opened = open_store(tmp_path / "comity.db")
    opened.create()
    yield opened
    opened.close()


def _tasks(count: int = MAILS) -> list[Task]:
    mails = [arf(number, recipient=f"reader{number % 7}@mail.example") for number in range(count)]
    return [(mail, Delivery(gate="file", name=f"{number}.eml", arrived=NOW)) for number, mail in enumerate(mails)]


def _read(data: bytes, delivery: Delivery) -> Prepared:
    return prepare(data, delivery, reads)


def _bench(store: Store, readers: object = None, items: int = 7) -> Bench:
    service = Ingest(Terms(own=OWN))
    return Bench(readers=readers or Here(_read), service=service, write=store.write, now=lambda: NOW, items=items)  # type: ignore[arg-type]


def test_an_answer_comes_after_its_transaction(store: Store) -> None:
    """P1: at the moment an item is named, another process can see it."""
    seen = []
    for done in work_off(_tasks(), _bench(store)):
        other = open_store(store.path or store.place)
        with other.read() as records:
            seen.append((done.name, records.intake.next_ids()[1] - 1))
        other.close()
    assert [name for name, _ in seen] == [f"{number}.eml" for number in range(MAILS)]
    assert all(there > number for number, (_, there) in enumerate(seen))


def test_lots_are_bounded_by_number_and_size() -> None:
    """A transaction holds five hundred items or eight megabytes, and never nothing."""
    small, large = (b"x", _tasks(1)[0][1]), (b"x" * 100, _tasks(1)[0][1])
    assert [len(lot) for lot in batches([small] * 12, items=5, most=1000)] == [5, 5, 2]
    assert [len(lot) for lot in batches([large] * 5, items=5, most=150)] == [2, 2, 1]
    assert list(batches([])) == []


class _Lossy:
    """Loses its reader on certain items, so many times."""

    def __init__(self, losses: dict[str, int]) -> None:
        self.losses = losses
        self._batch: Sequence[Task] = ()

    def send(self, batch: Sequence[Task]) -> None:
        """Begin."""
        self._batch = batch

    def receive(self) -> list[Prepared | LostReader]:
        """Answer."""
        return [self._one(*task) for task in self._batch]

    def _one(self, data: bytes, delivery: Delivery) -> Prepared | LostReader:
        if self.losses.get(delivery.name, 0):
            self.losses[delivery.name] -= 1
            return LostReader(reason="reader-died")
        return _read(data, delivery)


def test_what_kills_its_reader_twice_is_shunted(store: Store) -> None:
    """P5: once may be bad luck; twice it is put aside, and everything else is worked off."""
    done = list(work_off(_tasks(), _bench(store, _Lossy({"3.eml": 1, "20.eml": 2}))))
    assert [each.name for each in done] == [f"{number}.eml" for number in range(MAILS)]
    assert [(each.name, each.reason) for each in done if each.fate.value == "shunted"] == [("20.eml", "reader-died")]
    assert counts(store)["counted"] == MAILS - 1


def test_what_could_not_be_asked_about_is_shunted(store: Store) -> None:
    """A command does not wait for name servers: what a peer may have signed is put aside, and not counted as a stranger's."""

    class _Unasked(Here):
        def receive(self) -> list[Prepared | LostReader]:
            return [
                replace(each, unasked=("east.example",))
                if isinstance(each, Prepared) and each.delivery.name == "20.eml"
                else each
                for each in super().receive()
            ]

    done = list(work_off(_tasks(), _bench(store, _Unasked(_read))))
    assert [(each.name, each.reason) for each in done if each.fate.value == "shunted"] == [("20.eml", "keys-silent")]
    assert counts(store)["counted"] == MAILS - 1


# One process has imported everything; each run is a child of it that works everything off and is killed before a statement.
PROGRAM = """
import json, os, signal, sys
sys.path.insert(0, sys.argv[1])
from sqlalchemy import Engine, event
from comity.services.receive.batches import work_off
from comity.store.engine import open_store
from tests_receive.test_batches import _bench, _tasks

left = [0]

@event.listens_for(Engine, "before_cursor_execute")
def count(*_):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)

def run(path, statement, said):
    left[0] = statement
    with open(said, "w") as named:
        for done in work_off(_tasks(), _bench(open_store(path))):
            print(done.name, file=named, flush=True)
    print(-left[0], flush=True)

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        run(*json.loads(line))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Runs:
    """Runs in other processes."""

    def __init__(self, folder: Path) -> None:
        (folder / "tests_receive").symlink_to(Path(__file__).parent)
        self._said = folder / "said"
        command = [sys.executable, "-c", PROGRAM, str(folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def killed(self, database: Path | str, statement: int) -> list[str]:
        """What a run acknowledged that was killed before this statement."""
        self._begin(database, statement)
        assert self._answer() == -signal.SIGKILL
        return self._said.read_text().split()

    def whole(self, database: Path | str) -> int:
        """How many statements a run takes when nobody kills it."""
        self._begin(database, 0)
        statements, status = self._answer(), self._answer()
        assert status == 0
        return statements

    def _begin(self, database: Path | str, statement: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([str(database), statement, str(self._said)]) + "\n")
        self.process.stdin.flush()

    def _answer(self) -> int:
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    made = Runs(tmp_path_factory.mktemp("runs"))
    with made.process:
        yield made
        assert made.process.stdin is not None
        made.process.stdin.close()


@pytest.fixture(scope="module")
def statements(runs: Runs, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many statements it takes when nobody kills it."""
    path = tmp_path_factory.mktemp("whole") / "comity.db"
    open_store(path).create()
    return runs.whole(path)


@pytest.mark.parametrize(
    "share", [0, 0.02, 0.05, 0.09, 0.14, 0.15, 0.16, 0.17, 0.18, 0.19, 0.2, 0.33, 0.5, 0.7, 0.9, 1]
)
def test_killed_anywhere_nothing_acknowledged_is_lost(store: Store, runs: Runs, statements: int, share: float) -> None:
    """P1, P2: killed before any statement, what was named is there; run again, everything is there once."""
    acknowledged = runs.killed(store.path or store.place, max(round(statements * share), 1))
    found = counts(store)
    assert found["items"] >= len(acknowledged)
    assert found["items"] == found["reports"] == found["counted"]
    assert sum(case.reports for case in cases(store).values()) == found["counted"]
    done = list(work_off(_tasks(), _bench(store)))
    assert sum(each.fate.value == "again" for each in done) == found["items"]
    assert set(acknowledged) <= {each.name for each in done if each.fate.value == "again"}
    (case,) = cases(store).values()
    assert (case.reports, case.complainers, counts(store)["counted"]) == (MAILS, 7, MAILS)
