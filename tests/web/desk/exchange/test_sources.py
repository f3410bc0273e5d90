"""Sources of feedback on the desk: seen, decided on, their alarms ended."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from comity.model.account import Role
from comity.model.source import Alarm, AlarmKind, Hour, Proof, Source, Trust

from .conftest import NOW

if TYPE_CHECKING:
    from .conftest import DeskScene

HOSTILE = "mail:<img src=x onerror=alert(1)>" + chr(0x202E)
PEER = "peer:east.example"


@pytest.fixture
def sources(desk: "DeskScene") -> "DeskScene":
    """A peer, and a stranger who alarms."""
    first = NOW - timedelta(days=20)
    peer = Source(name=PEER, proof=Proof.PEER, trust=Trust.TRIAL, first=first, last=NOW)
    with desk.store.write() as records:
        records.sources.add([peer, replace(peer, name=HOSTILE, proof=Proof.NONE)])
        hour = Hour(at=NOW - timedelta(hours=30), items=40, reports=40, unmatched=3)
        records.sources.count({PEER: hour, HOSTILE: replace(hour, reports=9)}, NOW)
        facts = {"n": 9}
        alarm = Alarm(source=HOSTILE, kind=AlarmKind.NOT_JOINED, since=NOW, facts=facts)
        records.sources.raise_alarm(alarm)
    return desk


def trust_of(desk: "DeskScene", name: str) -> Source:
    """The source as it is now."""
    with desk.store.read() as records:
        return records.sources.of([name])[name]


def test_sources_are_listed_with_what_they_are_worth(sources: "DeskScene") -> None:
    """The busiest first, each with its days; a stranger's name does nothing."""
    text = sources.client.get("/sources").text
    assert text.index(PEER) < text.rindex("mail:&lt;img")
    assert "2026-03-19: 40" in text
    assert "<img" not in text
    assert "9 reports of a source that never proved who it is" in text


@pytest.mark.parametrize(("language", "said"), [("en", "files handed over here"), ("zh-Hans", "在此导入的文件")])
def test_what_was_handed_over_is_said_in_words(sources: "DeskScene", language: str, said: str) -> None:
    """Its name in commands stands beside; a stranger's source cannot be called so, as its name begins with where it is from."""
    first = NOW - timedelta(days=20)
    with sources.store.write() as records:
        records.sources.add([Source(name="hand", proof=Proof.NONE, trust=Trust.TRIAL, first=first, last=NOW)])
    sources.client.get(f"/language/{language}")
    assert f"{said} <code>hand</code>" in sources.client.get("/sources").text


def test_a_person_decides_how_far_a_source_is_believed(sources: "DeskScene") -> None:
    """With a reason, under the account; without one nothing changes, nor for a source that never proved who it is."""
    assert sources.post("/sources", act="trust", name=PEER, trust="trusted").status_code == 400
    assert trust_of(sources, PEER).trust is Trust.TRIAL
    assert sources.post("/sources", act="trust", name=HOSTILE, trust="trusted", why="x").status_code >= 400
    assert trust_of(sources, HOSTILE).trust is Trust.TRIAL
    assert sources.post("/sources", act="trust", name=PEER, trust="trusted", why="always right").status_code == 303
    found = trust_of(sources, PEER)
    assert (found.trust, found.changed_by, found.why) == (Trust.TRUSTED, "ann", "always right")
    assert "always right" in sources.client.get("/sources").text


def test_an_alarm_is_ended_with_a_reason(sources: "DeskScene") -> None:
    """It stands among those that are over, with who said what."""
    with sources.store.read() as records:
        number = records.sources.alarms()[0].alarm_id
    assert sources.post("/sources", act="seen", alarm=number).status_code == 400
    assert sources.post("/sources", act="seen", alarm="9999", why="x").status_code == 400
    assert sources.post("/sources", act="seen", alarm=number, why="a list we read ourselves").status_code == 303
    text = sources.client.get("/sources").text
    assert "No feed needs anybody." in text
    assert "a list we read ourselves" in text


def test_whoever_may_not_decide_is_refused(sources: "DeskScene") -> None:
    """And is offered nothing."""
    sources.roles[:] = [Role.AUDITOR]
    assert 'name="trust"' not in sources.client.get("/sources").text
    assert sources.post("/sources", act="trust", name=PEER, trust="barred", why="x").status_code == 403
    assert trust_of(sources, PEER).trust is Trust.TRIAL
