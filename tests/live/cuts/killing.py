"""Kill the process that writes, again and again, while mail comes in: ``killing.py FOLDER TIMES [DATABASE]``.

Each writer is a fork of this process, which has imported everything: a life and its end take a tenth of a second, where a program
that is started anew takes three. It reads its mail itself, so that no other process dies with it. What was acknowledged is what the
spool took, from a process that nobody kills. One line of JSON says what came of it.
"""

import json
import mmap
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import NoReturn

from cryptography.hazmat.primitives.asymmetric import rsa

from comity.bootstrap.benches.desk import bench_desk
from comity.bootstrap.complaining import intake
from comity.bootstrap.desk import desk_store
from comity.bootstrap.gates import spool_path
from comity.bootstrap.serving import make_prepare
from comity.model.arrival import Arrival, Waiting
from comity.services.operate.bench_ingest import Load, sample_mails
from comity.services.receive.batches import Here
from comity.services.receive.prepare import Delivery, Prepared
from comity.services.receive.rows import Transaction
from comity.services.receive.working_off import WorkingOff, Workplace
from comity.settings import Settings
from comity.store.spool import Spool

MAILBOX = "fbl@east.example"
LIFE = 0.15  # seconds of a writer after its start, at most
BACKLOG = 400  # mails that wait, at most: so many a writer does not work off in its life
SIP = 10  # mails that a writer claims at once
LOT = 200  # mails that are made at once
# What a writer was doing when it died.
STAGES = ("starting", "reading", "writing", "between")

Reads = Callable[[bytes, Delivery], Prepared]


class Sips(Spool):
    """A spool of which only a little is claimed at once, so that a short life is not all reading."""

    def claim(self, after: int, *, items: int, data_bytes: int) -> list[Waiting]:
        """A few of the oldest."""
        return super().claim(after, items=min(items, SIP), data_bytes=data_bytes)


class Shared:
    """What several processes see: the stage of the writer, and what the gate has been told to have taken."""

    def __init__(self) -> None:
        self._bytes = mmap.mmap(-1, 4096)

    @property
    def stage(self) -> int:
        return self._bytes[0]

    @stage.setter
    def stage(self, number: int) -> None:
        self._bytes[0] = number

    @property
    def taken(self) -> tuple[int, int, int]:
        """Mails, reports, and reports that are signed, that were acknowledged."""
        return tuple(int.from_bytes(self._bytes[at : at + 8], "big") for at in (8, 16, 24))  # type: ignore[return-value]

    def take(self, load: Load) -> None:
        for at, more in ((8, len(load.mails)), (16, load.reports), (24, load.signed)):
            was = int.from_bytes(self._bytes[at : at + 8], "big")
            self._bytes[at : at + 8] = (was + more).to_bytes(8, "big")


def _forked(work: Callable[[], object]) -> int:
    """A process that does this and ends; its number."""
    number = os.fork()
    if number == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            sys.stderr.flush()
            os._exit(status)
    return number


def _gate(settings: Settings, key: rsa.RSAPrivateKey, shared: Shared) -> NoReturn:
    """Take mail in for ever, and never more than a writer has to do; told to end, it ends when a lot is whole."""
    is_over = list[bool]()
    signal.signal(signal.SIGTERM, lambda *_: is_over.append(True))
    spool = Spool(spool_path(settings), durable=True)
    seed = 0
    while not is_over:
        load = sample_mails(LOT, size=1500, seed=(seed := seed + 1), key=key)
        chance, mails = Random(seed), list(load.mails)  # noqa: S311 - faults, not secrets
        while mails:
            some = [mails.pop() for _ in range(min(len(mails), chance.randrange(1, 40)))]
            spool.add([
                Arrival(gate="lmtp", envelope_from="", recipients=(MAILBOX,), arrived=datetime.now(UTC), data=each)
                for each in some
            ])  # fmt: skip
        shared.take(load)
        while not is_over and spool.counts().items > BACKLOG:
            time.sleep(0.01)
    spool.close()
    os._exit(0)


def _write_on(settings: Settings, read: Reads, shared: Shared, *, stop: Callable[[Spool], bool]) -> None:
    """One life of the writer; when it is told to stop, it ends what it has begun."""
    joined = intake(settings)
    spool = Sips(spool_path(settings), durable=False)

    def prepare(data: bytes, delivery: Delivery) -> Prepared:
        shared.stage = 1
        return read(data, delivery)

    @contextmanager
    def write() -> Iterator[Transaction]:
        shared.stage = 2
        with joined.store.write() as rows:
            yield rows
        shared.stage = 3

    place = Workplace(
        queue=spool, readers=Here(prepare), ingest=joined.service, write=write, now=lambda: datetime.now(UTC), log=_log,
        stop=lambda: stop(spool), rest=time.sleep,
    )  # fmt: skip
    WorkingOff(place).run()
    spool.close()
    joined.store.close()


def _is_empty(spool: Spool) -> bool:
    return spool.counts().items == 0


def _let_live(shared: Shared, chance: Random) -> None:
    """Until some moment; of ten writers nine die when their start is over."""
    is_started, latest = chance.random() < 0.9, time.monotonic() + 30
    while is_started and shared.stage == 0 and time.monotonic() < latest:
        time.sleep(0.001)
    time.sleep(chance.random() * LIFE)


def _log(event: str, /, **facts: object) -> None:
    print(event, facts, file=sys.stderr, flush=True)


def _stored(settings: Settings) -> dict[str, int]:
    """What the store has counted."""
    store = desk_store(settings)
    with store.read() as rows:
        cases = rows.cases.in_states(list(rows.cases.count_by_state()))
        channels = rows.ledger.channels()
        exchanged = [rows.ledger.exchanged(each.channel_id) for each in channels]
        found = {
            "reports": sum(each.reports for each in cases) + sum(rows.intake.unmatched().values()),
            "leaves": sum(each.size for each in channels),
            "rows": sum(each[0] for each in exchanged),
            "roll-ups": sum(each[1] for each in exchanged),
            "shunted": rows.intake.waiting_shunt()[0],
        }
    store.close()
    return found


def main() -> int:
    """Run."""
    folder, times, database = Path(sys.argv[1]), int(sys.argv[2]), next(iter(sys.argv[3:]), None)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    settings = bench_desk(folder, key, readers=1, mailbox=MAILBOX, database=database)
    read = make_prepare(settings)
    shared, chance, died = Shared(), Random(), Counter[str]()  # noqa: S311 - faults, not secrets
    gate = _forked(lambda: _gate(settings, key, shared))
    while not shared.taken[0]:
        time.sleep(0.01)
    _write_on(settings, read, shared, stop=lambda _: True)  # what is imported late, is
    began = time.monotonic()
    for _ in range(times):
        shared.stage = 0
        writer = _forked(lambda: _write_on(settings, read, shared, stop=lambda _: False))
        _let_live(shared, chance)
        os.kill(writer, signal.SIGKILL)
        _, status = os.waitpid(writer, 0)
        died["by itself" if status != signal.SIGKILL else STAGES[shared.stage]] += 1
    os.kill(gate, signal.SIGTERM)
    os.waitpid(gate, 0)
    _, status = os.waitpid(_forked(lambda: _write_on(settings, read, shared, stop=_is_empty)), 0)
    mails, reports, signed = shared.taken
    told = {
        "kills": times, "died": dict(died), "mails": mails, "seconds": round(time.monotonic() - began),
        "acknowledged": {"reports": reports, "leaves": signed, "rows": signed, "roll-ups": signed, "shunted": 0},
        "stored": _stored(settings),
    }  # fmt: skip
    print(json.dumps(told))
    return status


if __name__ == "__main__":
    sys.exit(main())
