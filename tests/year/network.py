"""One network of the year: made as ``comity init`` makes one, with everything that its worker does by the clock.

Answers:    ``Network(world, name, given)``: ``comity(...)`` runs a command as anybody would; ``turn()`` does once what each
            thread of the worker does again and again; ``take(...)`` is its gate; ``start()`` joins it anew, as a new process.
Limits:     threads take turns here, and readers are no processes of their own. What they do is joined as the program joins it.
"""

import io
import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from comity.bootstrap import learning, sending
from comity.bootstrap.complaining import intake
from comity.bootstrap.desk import desk_store
from comity.bootstrap.first_run import first_run
from comity.bootstrap.gates import group_commit, spool_path
from comity.bootstrap.house import _steps
from comity.bootstrap.house.standing import Standing
from comity.bootstrap.playbook.running import carrying_out
from comity.bootstrap.remedy.joining import from_complaints
from comity.bootstrap.search import indexing_of
from comity.bootstrap.serving import make_prepare
from comity.bootstrap.trust.documents import documents_door
from comity.bootstrap.trust.exchange import ExchangeRun, peers_doors
from comity.bootstrap.trust.statements import statements_door
from comity.cli import main
from comity.model.arrival import Arrival
from comity.outlets.models.junk_list import JunkList, junk_path
from comity.outlets.private_key import KeySort
from comity.services.complain.looking import AtHand
from comity.services.operate.rounds import Rounds, Step
from comity.services.receive.batches import Here
from comity.services.receive.subscribers.asking_readers import AskingReaders
from comity.services.receive.working_off import WorkingOff, Workplace
from comity.settings import Settings, read_settings
from comity.store.dialects.shared_clock import SharedClock
from comity.store.spool import Spool

if TYPE_CHECKING:
    from .world import World

_LOT = 500
Given = Mapping[str, str | int | bool | list[str]]


class RefusedError(Exception):
    """A command did not do what it should."""


class Network:
    """One network."""

    def __init__(self, world: "World", name: str, given: Given, more: str = "") -> None:
        """``more`` stands at the end of the settings file: tables."""
        self.world, self.name, self.folder = world, name, world.folder / name
        self.said: list[tuple[str, Mapping[str, object]]] = []  # what was logged
        self.seconds: dict[str, float] = {}  # what each piece of work took
        made = first_run(self.folder, given, KeySort.ED25519)
        if more:
            file = self.folder / "comity.toml"
            file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
        self.settings: Settings = read_settings(made.settings.file or self.folder / "comity.toml")

    def comity(self, *words: str, status: int = 0) -> list[dict[str, Any]]:
        """Run a command; what it says."""
        output, errors = io.StringIO(), io.StringIO()
        options = ("--json", "--config", str(self.folder / "comity.toml"))
        with redirect_stdout(output), redirect_stderr(errors):
            came = main([*words, *options])
        if came != status:
            raise RefusedError(f"{self.name}: comity {' '.join(words)}: {came}\n{output.getvalue()}{errors.getvalue()}")
        return [json.loads(line) for line in output.getvalue().splitlines() if line.startswith("{")]

    def file(self, name: str, text: str) -> str:
        """Put a file beside the settings."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    # -- the program

    def start(self) -> None:
        """Join everything, as a process that begins does."""
        self._ends = ExitStack()
        log = self._log
        self.store = desk_store(self.settings)
        self.house = Rounds(list(_steps(self.settings, self.store, log)), log)
        self._standing = Standing(self.settings, self.store)
        self._stands = Rounds([Step("standing", self._standing.note)], log)
        self._sender(log)
        self._worker(log)
        self._exchange()
        self._carrying, self._shared = carrying_out(self.settings, self.store), SharedClock(self.store)
        self._classroom = learning.classroom_of(self.settings, self.store)
        self._junk = JunkList(junk_path(self.folder / "judge.model"))
        self._indexing = indexing_of(self.store)

    def _sender(self, log: Callable[..., None]) -> None:
        settings = self.settings
        looks = AtHand(sending.make_look(settings))
        keys = settings.worker.dkim_keys
        side = sending.provider_side(settings, key_records=keys, looks=looks, seeing=from_complaints(settings, log))
        self._ends.callback(side.store.close)
        self._ends.callback(side.deciding.close)
        self.deciding, self.mailing, self.peering = side.deciding, side.mailing(), side.peering

    def _worker(self, log: Callable[..., None]) -> None:
        joined = intake(self.settings, log)
        self._ends.callback(joined.store.close)
        self.gate = group_commit(self.settings)
        spool = Spool(spool_path(self.settings), durable=False)
        self._ends.callback(spool.close)
        self._idle = False
        place = Workplace(
            queue=spool,
            readers=AskingReaders(Here(make_prepare(self.settings)), joined.fetch),
            ingest=joined.service,
            write=joined.store.write,
            now=self.world.clock.now,
            log=log,
            stop=lambda: self._idle,
            rest=self._rest,
        )
        self._working = WorkingOff(place)

    def _exchange(self) -> None:
        self.take_leaves, self.answer_question = peers_doors(self.settings)
        self.take_documents, self.take_statement = documents_door(self.settings), statements_door(self.settings)
        self._run = ExchangeRun(self.settings, self._ends, self.store)

    def _rest(self, _: float) -> None:
        self._idle = True

    def end(self) -> None:
        """The process ends."""
        self.gate.close()
        self._ends.close()
        self.store.close()

    def again(self) -> None:
        """It ends, and another begins."""
        self.end()
        self.start()

    # -- what it does by itself

    def turn(self) -> None:
        """Everything that is done again and again, once."""
        now = self.world.clock.now
        self._timed("work", self.work)
        self._timed("decide", lambda: self.decide(now()))
        self._timed("house", lambda: self.house.turn(now()))
        self._timed("playbook", lambda: self._carrying.turn(now(), self._shared) if self._carrying else None)
        self._timed("send", lambda: self.mailing.once(f"{self.name}/0"))
        self._timed("give", self._give)
        self._timed("learn", lambda: self._learn(now()))
        self._timed("index", self._index)
        self._timed("standing", lambda: self._stands.turn(now()))

    def work(self) -> None:
        """Work off what lies in the spool."""
        self._idle = False
        self._working.run()

    def decide(self, now: Any) -> None:
        """Decide on complaints that are due."""
        while self.deciding.run(now).complaints:
            pass
        self.deciding.sweep(now)

    def _give(self) -> None:
        for given in self._run.once():
            if given.reason:
                self._log("exchange-refused", reason=given.reason, where=given.where)
        for peer, handed in self._run.documents():
            if handed.refused or handed.reason:
                self._log("document-refused", peer=peer, reason=handed.reason, refused=handed.refused)
        for each in self._run.statements():
            if each.reason:
                self._log("statement-refused", reason=each.reason)

    def _learn(self, now: Any) -> None:
        learning._once(self._classroom, self.store, self._junk, log=self._log)
        with self.store.write() as rows:
            rows.learning.drop_old(now - learning.timedelta(days=self.settings.learning.keep_days))

    def _index(self) -> None:
        while self._indexing.lot(_LOT):
            pass

    def _timed(self, name: str, act: Callable[[], object]) -> None:
        began = perf_counter()
        act()
        self.seconds[name] = self.seconds.get(name, 0.0) + perf_counter() - began

    def _log(self, event: str, /, **facts: object) -> None:
        self.said.append((event, {"at": self.world.clock.now(), **facts}))
        if event in _BAD:
            self.world.wrong(f"{self.name} logged {event} {facts}")

    # -- what comes in

    def take(self, arrival: Arrival) -> None:
        """A mail arrives at a gate, and is on the disk."""
        waiting = self.gate.put(replace(arrival, arrived=self.world.clock.now()))
        waiting.result(timeout=60)


_BAD = frozenset({"house-step-failed", "house-waits", "worker-waits", "item-unwritten", "keys-given-up"})
