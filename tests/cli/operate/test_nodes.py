"""``comity doctor`` on one machine says how all machines stand that work on its store."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO, TextIOWrapper
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from comity.bootstrap.gates import machine_at
from comity.bootstrap.house import house_beside
from comity.bootstrap.house.standing import Standing
from comity.cli import main
from comity.model.arrival import Arrival
from comity.model.cluster_node import ClusterNode, NodeFinding
from comity.services.operate.rounds import Step
from comity.settings import read_settings
from comity.store.engine import Store, open_store
from comity.store.spool import Spool


@pytest.fixture
def now() -> datetime:
    """Whoever asks goes by the clock of the machine."""
    return datetime.now(UTC)


@pytest.fixture
def other(now: datetime) -> ClusterNode:
    """A machine that has just said how it stands."""
    return ClusterNode(
        name="node-b",
        spool="/var/spool/comity/spool.db",
        version="0.9.0",
        seen=now,
        waiting=3,
        oldest=now,
        free_mib=5000,
        model="0123456789ab",
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """That of a desk whose settings lie beside it."""
    with closing(open_store(tmp_path / "comity.db")) as opened:
        opened.create()
        (tmp_path / "comity.toml").write_text('[own]\ndomains = ["west.example"]\n[gates]\nreserve_mib = 1\n')
        yield opened


def doctor(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[dict[str, object]]]:
    status = main(["doctor", "--json", "--config", str(folder / "comity.toml")])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return status, [{**row["details"], **row} for row in rows if row["about"] == "nodes" or row["node"]]


def note(store: Store, *nodes: ClusterNode) -> None:
    with store.write() as records:
        for each in nodes:
            records.nodes.put(each)


def test_what_a_machine_says_is_read_as_it_was_said(store: Store, other: ClusterNode) -> None:
    """The row is the record; said again it takes the place of what was said before; two spools are two."""
    found = NodeFinding(
        about="room", is_wrong=True, message="doctor.room-none", place=None, details={"free": 3, "folder": "/x"}
    )
    said = replace(other, findings=(found,))
    note(store, other, replace(other, spool="/else"), said)
    with store.read() as records:
        assert records.nodes.all() == [replace(other, spool="/else"), said]


def test_all_machines_are_named(
    store: Store, other: ClusterNode, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With how much waits there, and what they found wrong of themselves in the words of whoever asks."""
    found = (
        NodeFinding(
            about="certificates",
            is_wrong=True,
            message="doctor.certificate-over",
            place=None,
            details={"file": "/etc/c.pem", "day": "2026-11-01"},
        ),
        NodeFinding(about="desk", is_wrong=False, message="error.password-open", place="/etc/p", details={}),
    )
    note(store, replace(other, findings=found))
    status, rows = doctor(tmp_path, capsys)
    assert status == 78
    assert [(row["finding"], row["condition"], row["node"]) for row in rows] == [
        ("node", "right", None),
        ("certificate-over", "wrong", "node-b"),
        ("password-open", "odd", "node-b"),
    ]
    assert (rows[0]["name"], rows[0]["n"], rows[0]["free"]) == ("node-b", 3, 5000)
    for language, words in (("en", "node-b: /etc/p: others can read"), ("zh", "机器 node-b：版本 0.9.0")):
        main(["doctor", "--language", language, "--config", str(tmp_path / "comity.toml")])
        assert words in capsys.readouterr().out


def test_a_machine_that_is_silent_is_wrong(
    store: Store, other: ClusterNode, now: datetime, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it acknowledged is named with its place; what it once found is not repeated."""
    found = NodeFinding(about="x", is_wrong=True, message="doctor.file", place=None, details={})
    note(store, replace(other, seen=now - timedelta(minutes=30), findings=(found,)))
    status, rows = doctor(tmp_path, capsys)
    assert (status, [(row["finding"], row["n"], row["spool"]) for row in rows]) == (
        78,
        [("node-silent", 3, other.spool)],
    )
    assert main(["doctor", "--forget", "node-b", "--config", str(tmp_path / "comity.toml")]) == 0
    capsys.readouterr()
    assert doctor(tmp_path, capsys) == (0, [])
    assert main(["doctor", "--forget", "node-b", "--config", str(tmp_path / "comity.toml")]) == 65


@pytest.mark.parametrize(("waiting", "finding"), [(0, "node-ended"), (2, "node-ended-waiting")])
def test_one_that_was_stopped_is_not_silent(
    store: Store,
    other: ClusterNode,
    now: datetime,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    waiting: int,
    finding: str,
) -> None:
    """It matters only where acknowledged mail lies there."""
    note(store, replace(other, seen=now - timedelta(days=1), ended=now - timedelta(days=1), waiting=waiting))
    status, rows = doctor(tmp_path, capsys)
    assert (status, [row["finding"] for row in rows]) == (0, [finding])


def test_versions_and_models_that_differ_are_said(
    store: Store, other: ClusterNode, now: datetime, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of machines that are alive: one that was stopped may be as old as it likes."""
    old = replace(other, name="node-a", version="0.8.0", model="ba9876543210")
    note(store, other, replace(old, name="node-c", version="0.1.0", ended=now, waiting=0), old)
    findings = {str(row["finding"]): row for row in doctor(tmp_path, capsys)[1]}
    assert findings["nodes-versions"]["versions"] == "0.8.0, 0.9.0"
    assert findings["nodes-models"]["n"] == 2


def test_a_machine_says_how_it_stands(
    store: Store, now: datetime, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What waits in its spool, what is wrong with it; and that it was stopped."""
    spool = Spool(tmp_path / "spool.db", durable=True)
    spool.add([Arrival(gate="lmtp", envelope_from="", recipients=("fbl@west.example",), arrived=now, data=b"x")])
    spool.close()
    (tmp_path / "comity.key").write_text("x")
    (tmp_path / "comity.key").chmod(0o644)
    (tmp_path / "judge.model").write_bytes(b"a model")
    standing = Standing(read_settings(tmp_path / "comity.toml"), store)
    standing._looked -= 3600  # an hour ago
    standing.note(now)
    assert not standing.is_due()
    with store.read() as records:
        (said,) = records.nodes.all()
    assert (said.name, said.spool) == machine_at(tmp_path / "spool.db")
    assert (said.waiting, said.oldest, said.model) == (1, now, "97ff8a35544d")
    assert [each.message for each in said.findings if each.is_wrong] == ["doctor.rights-open", "error.model-foreign"]
    standing.end(now)
    assert [row["finding"] for row in doctor(tmp_path, capsys)[1]] == ["node-ended-waiting"]


def test_a_step_that_takes_long_makes_no_machine_silent(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the house is at one thing for ever, the machine says how it stands, and after a while what it is at."""
    monkeypatch.setattr("comity.bootstrap.house.standing._EVERY", 0.0)
    monkeypatch.setattr("comity.bootstrap.house.standing.LONG", timedelta(0))
    monkeypatch.setattr("comity.bootstrap.house._LOOK_SECONDS", 0.01)
    at_it, goes_on = Event(), Event()

    def for_ever(_: datetime) -> None:
        at_it.set()
        goes_on.wait(60)

    monkeypatch.setattr("comity.bootstrap.house._steps", lambda *_, **__: iter([Step("erase-on-time", for_ever)]))
    with house_beside(read_settings(tmp_path / "comity.toml"), lambda *_, **__: None):
        try:
            assert at_it.wait(30)
            began = datetime.now(UTC)
            until = monotonic() + 30
            seen = began
            while monotonic() < until and not seen > began:
                with store.read() as records:
                    seen = max((each.seen for each in records.nodes.all()), default=began)
            assert seen > began
            with store.read() as records:
                (said,) = records.nodes.all()
        finally:
            goes_on.set()
    (long,) = [each for each in said.findings if each.about == "house"]
    assert (long.message, long.details["step"]) == ("doctor.house-long", "erase-on-time")


def test_what_the_house_is_at_for_long_is_said_of_this_machine_too(
    store: Store, other: ClusterNode, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No other look sees it; what doctor looks at itself is not said twice."""
    name, place = machine_at(tmp_path / "spool.db")
    long = NodeFinding(
        about="house", is_wrong=False, message="doctor.house-long", place=None, details={"step": "feeds", "minutes": 41}
    )
    room = NodeFinding(about="room", is_wrong=True, message="doctor.room-none", place=None, details={})
    note(store, replace(other, name=name, spool=place, findings=(room, long)))
    assert [row["finding"] for row in doctor(tmp_path, capsys)[1]] == ["node", "house-long"]
    for language, words in (("en", "at feeds for 41 minutes"), ("zh", "feeds 已进行 41 分钟")):
        main(["doctor", "--language", language, "--config", str(tmp_path / "comity.toml")])
        assert words in capsys.readouterr().out


def test_a_machine_that_only_judges_is_heard(
    store: Store, now: datetime, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It knows no store and tells it through a pipe: its model, its version, what is wrong there; then its silence is an error."""
    judges = tmp_path / "judges"
    judges.mkdir()
    (judges / "comity.toml").write_text('[gates]\nspamd = ["127.0.0.1:0"]\nreserve_mib = 1048576\n')
    (judges / "judge.model").write_bytes(b"a model")
    assert main(["doctor", "--tell", "--config", str(judges / "comity.toml")]) == 0
    line = capsys.readouterr().out
    assert not (judges / "comity.db").exists()
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(line.encode())))
    assert main(["doctor", "--hear", "--config", str(tmp_path / "comity.toml")]) == 0
    status, rows = doctor(tmp_path, capsys)
    assert (status, rows[0]["finding"], rows[0]["spool"]) == (78, "node", machine_at(judges / "spool.db")[1])
    assert {"room-none", "model-foreign"} <= {str(row["finding"]) for row in rows if row["node"]}
    with store.read() as records:
        (said,) = records.nodes.all()
    assert said.model == "97ff8a35544d"
    note(store, replace(said, seen=now - timedelta(hours=1)))
    assert [row["finding"] for row in doctor(tmp_path, capsys)[1]] == ["node-silent"]


_TOLD = '{"name": "%s", "spool": "/s", "version": "1", "waiting": 0, "oldest": null, "free_mib": 1, "model": null, "findings": []}'


@pytest.mark.parametrize(
    "line", ["", "[]", "{}", '{"name": 1}', "x" * 70000, _TOLD % r"west\u0000", _TOLD % r"west\ud800"]
)
def test_what_no_machine_tells_is_refused(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """A pipe that broke, or something else in it: nothing is written."""
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(line.encode())))
    assert main(["doctor", "--hear", "--config", str(tmp_path / "comity.toml")]) == 65
    assert "doctor --tell" in capsys.readouterr().err
    with store.read() as records:
        assert records.nodes.all() == []
