"""When a copy of the store is asked: by its position, its age and whose it is. Where the servers are is told by stand-ins."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from comity.model.log_events import EVENTS
from comity.model.outcomes import ComityError, Outcome
from comity.store import replica as replicas
from comity.store.dialects.sqlite import SqliteDatabase
from comity.store.dialects.standing import Standing
from comity.store.engine import Store, open_store
from comity.store.metadata import meta
from comity.store.records import Records
from comity.store.replica import Replica

from ..engines import ONLY_SQLITE

pytestmark = ONLY_SQLITE
OURS = (1, 2, "public")


class Scene:
    """A primary and its copy, two files; a clock; where each of them is."""

    def __init__(self, folder: Path) -> None:
        self.now, self.events = 1000.0, list[str]()
        self.standing = {"primary": Standing(store=OURS, position=100, is_standby=False)}
        self.standing["copy"] = Standing(store=OURS, position=100, is_standby=True)
        for name in self.standing:
            store = open_store(folder / f"{name}.db")
            store.create()
            with store.write() as records:
                records.connection.execute(insert(meta).values(name="who", value=name))
            store.close()
        self.fault: ComityError | None = None
        self.replica = Replica(SqliteDatabase(folder / "copy.db"), self.log, monotonic=lambda: self.now)
        self.store: Store = open_store(folder / "primary.db", self.replica)

    def log(self, event: str, /, **details: object) -> None:
        assert event in EVENTS
        self.events.append(f"{event} {details.get('reason', '')}".strip())

    def of(self, connection: Connection) -> Standing:
        name = "primary" if connection.engine is self.store._reader else "copy"
        if name == "copy" and self.fault is not None:
            raise self.fault
        return self.standing[name]

    def at(self, name: str, position: int, **more: Any) -> None:
        old = self.standing[name]
        given = {"store": old.store, "is_standby": old.is_standby, **more}
        self.standing[name] = Standing(position=position, **given)

    def asked(self, after: int = 0) -> str:
        """Who answers."""
        return self.store.look(_who, after=after).found

    def age(self) -> float:
        return self.store.look(_who).age

    def each_second(self, seconds: int) -> None:
        """Somebody looks all the time, and the primary is written to."""
        for _ in range(seconds):
            self.now += 1
            self.at("primary", self.standing["primary"].position + 10)
            self.asked()


def _who(records: Records) -> str:
    return str(records.connection.scalar(select(meta.c.value).where(meta.c.name == "who")))


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Both have everything."""
    made = Scene(tmp_path)
    monkeypatch.setattr(replicas, "standing_of", made.of)
    yield made
    made.store.close()
    made.replica.close()


def test_whoever_looks_asks_the_copy(scene: Scene) -> None:
    """It is as old as the last time at which the primary had no more; nobody has to write for it to be new."""
    assert scene.asked() == "copy"
    assert scene.age() == 0
    scene.now += 3600
    assert (scene.asked(), scene.age()) == ("copy", 0)
    scene.each_second(7)
    assert (scene.asked(), scene.age()) == ("copy", 7)
    scene.at("copy", 150)
    assert (scene.asked(), scene.age()) == ("copy", 2)
    assert scene.events == []


def test_what_was_done_shows(scene: Scene) -> None:
    """Who wrote, here or on another machine, is shown the primary until the copy has it."""
    scene.asked()
    scene.at("primary", 200)
    assert scene.asked(after=200) == "primary"
    assert scene.asked() == "copy"
    assert scene.store.wrote() == 200
    assert scene.asked() == "primary"
    scene.at("copy", 200)
    assert (scene.asked(), scene.asked(after=201)) == ("copy", "primary")
    assert scene.events == []


def test_where_nobody_knows_how_far_the_primary_got(scene: Scene) -> None:
    """Somebody wrote, and the primary could not be asked afterwards: the copy is asked again when that is known."""
    away = ComityError("store-away", "away", outcome=Outcome.TRY_AGAIN)
    right, scene.standing["primary"] = scene.standing["primary"], None  # type: ignore[assignment]

    def broken(_: Connection) -> Standing:
        raise away

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(replicas, "standing_of", broken)
        scene.store.wrote()
    scene.standing["primary"] = right
    assert scene.asked() == "copy"
    scene.at("primary", 300)
    scene.store.wrote()
    assert scene.asked() == "primary"


def test_who_has_not_looked_for_a_while_trusts_no_age(scene: Scene) -> None:
    """After an hour in which nobody asked, a copy that lacks something is not asked until its age is known, and not blamed."""
    scene.asked()
    scene.now += 3600
    scene.at("primary", 900)
    assert scene.asked() == "primary"
    scene.at("copy", 900)
    assert scene.asked() == "copy"
    assert scene.events == []


def test_behind_the_bound_it_is_left(scene: Scene) -> None:
    """It is asked again after a while, by one; what it lacked is said once."""
    scene.asked()
    scene.each_second(30)
    assert scene.asked() == "copy"
    scene.each_second(5)
    assert scene.asked() == "primary"
    scene.at("copy", scene.standing["primary"].position)
    assert scene.asked() == "primary"
    scene.each_second(11)
    scene.at("copy", scene.standing["primary"].position)
    scene.now += 10
    assert scene.asked() == "copy"
    assert scene.events == ["replica-left behind", "replica-back"]


def test_it_comes_back_while_the_primary_is_written_to(scene: Scene) -> None:
    """A copy that is always a second or two behind is asked again after a trouble: nobody waits for it to have everything."""
    scene.asked()
    scene.each_second(40)
    assert scene.events == ["replica-left behind"]
    found = []
    for _ in range(30):
        scene.now += 1
        scene.at("copy", scene.standing["primary"].position - 5)
        scene.at("primary", scene.standing["primary"].position + 10)
        found.append(scene.asked())
    assert found[-10:] == ["copy"] * 10
    assert scene.events == ["replica-left behind", "replica-back"]


@pytest.mark.parametrize("more", [{"is_standby": False}, {"store": (9, 2, "public")}, {"store": (1, 2, "other")}])
def test_what_is_no_copy_of_this_store(scene: Scene, more: dict[str, Any]) -> None:
    """A server that was promoted, one of another cluster, another schema: nothing is shown out of it."""
    scene.at("copy", 100, **more)
    assert scene.asked() == "primary"
    assert scene.events == ["replica-left no-standby"]


def test_it_is_away(scene: Scene) -> None:
    """The primary is asked; what the database calls busy, a view that was broken off, is no trouble of the server."""
    scene.fault = ComityError("store-busy", "conflict with recovery", outcome=Outcome.TRY_AGAIN)
    assert (scene.asked(), scene.events) == ("primary", [])
    scene.fault = ComityError("store-away", "away", outcome=Outcome.TRY_AGAIN)
    assert scene.asked() == "primary"
    scene.fault = None
    assert scene.asked() == "primary"
    scene.now += 11
    assert scene.asked() == "copy"
    assert scene.events == ["replica-left store-away", "replica-back"]


def test_another_server_became_the_primary(scene: Scene) -> None:
    """It had not all of what the old one had written: nobody waits for positions that will not come."""
    scene.asked()
    scene.at("primary", 500)
    scene.store.wrote()
    scene.now += 1
    assert scene.asked() == "primary"
    scene.now += 1
    scene.at("primary", 120)
    scene.at("copy", 120)
    assert scene.asked() == "copy"


def test_what_is_not_found_there(scene: Scene) -> None:
    """What a look raises is asked of the primary, which may know more."""

    def found(records: Records) -> str:
        if _who(records) == "copy":
            raise ComityError("case-unknown", "no such case", outcome=Outcome.UNKNOWN)
        return "found"

    assert scene.store.look(found).found == "found"
    assert scene.asked() == "copy"
