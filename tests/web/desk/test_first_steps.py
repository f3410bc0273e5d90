"""The list of first steps ticks what was done, and nothing else."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from comity.model.desk import CaseState
from comity.model.sending import OURS, OutboxKind, OutboxState, Peer, PeerState
from comity.services.complain.rows import enter
from comity.store.desk.queue import Queue

from .test_evidence import put

if TYPE_CHECKING:
    from conftest import DeskScene


def _done(desk: "DeskScene") -> int:
    said = re.search(r"(\d+) of \d+ steps", desk.client.get("/first-steps").text)
    assert said
    return int(said[1])


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_own_people_are_no_peer(desk: "DeskScene", name: str) -> None:
    """Whom we write to by ourselves, at our own address, is not the first peer, nor one that went live."""
    before = _done(desk)
    _enter(desk, name)
    assert _done(desk) == before


def test_a_peer_that_is_live_is_two_steps(desk: "DeskScene") -> None:
    """It is there, and mail leaves for it."""
    before = _done(desk)
    _enter(desk, "east")
    assert _done(desk) == before + 2


def _enter(desk: "DeskScene", name: str) -> None:
    since = desk.clock[0] - timedelta(days=1)
    with desk.store.write() as records:
        records.peers.put(Peer(name=name, address="fbl@east.example", state=PeerState.LIVE, since=since))


def _state(desk: "DeskScene", step: str) -> str:
    page = desk.client.get("/first-steps").text
    found = re.search(rf"<b>{step}[^<]*</b> <span[^>]*>([^<]+)<", page)
    assert found, step
    return found[1]


def test_an_answer_to_a_report_of_ours_is_no_feedback(desk: "DeskScene") -> None:
    """What comes in without a report in it, as an answer of a peer does, ticks nothing; a case does, however it was opened."""
    put(desk)
    assert _state(desk, "The first feedback") == "to do"
    desk.put("198.51.100.7")
    assert _state(desk, "The first feedback") == "done"


def test_a_desk_for_complaints_alone_comes_to_its_end(desk: "DeskScene", monkeypatch: pytest.MonkeyPatch) -> None:
    """It need not receive anything: what is left is that the first report leaves."""
    _enter(desk, "east")
    monkeypatch.setattr(Queue, "has_complaints", lambda _: True)  # a complaint of one of our own people
    assert _state(desk, "The first feedback") == "when you need it"
    assert _state(desk, "The first case is closed") == "to do"
    with desk.store.write() as records:
        row = enter(
            OutboxKind.REPORT, b"x", party="east", address="f@east.example", bounce_token="t" * 24, now=desk.clock[0]
        )
        records.sending.add_outbox([replace(row, state=OutboxState.SENT)])
    assert _state(desk, "The first case is closed") == "done"


def test_a_desk_that_only_receives_comes_to_its_end(desk: "DeskScene") -> None:
    """It need neither complain nor have a peer; what need not be done is not counted."""
    before = desk.client.get("/first-steps").text
    assert "of 9 steps" in before
    desk.put("198.51.100.7", state=CaseState.CLOSED)
    assert _state(desk, "There is a peer") == "when you need it"
    assert "of 6 steps" in desk.client.get("/first-steps").text
    assert "of 6 steps" in desk.client.get("/").text


def test_an_empty_queue_says_how_cases_come(desk: "DeskScene") -> None:
    """Nobody is left before a page with nothing on it; once there are cases, a filter that fits none says so."""
    assert "There is no case yet" in desk.client.get("/cases").text
    desk.put("198.51.100.7")
    page = desk.client.get("/cases?words=nobody").text
    assert "No case fits." in page
    assert "There is no case yet" not in page
