"""The list of first steps ticks what was done, and nothing else."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from comity.model.sending import OURS, Peer, PeerState

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


def test_an_empty_queue_says_how_cases_come(desk: "DeskScene") -> None:
    """Nobody is left before a page with nothing on it; once there are cases, a filter that fits none says so."""
    assert "There is no case yet" in desk.client.get("/cases").text
    desk.put("198.51.100.7")
    page = desk.client.get("/cases?words=nobody").text
    assert "No case fits." in page
    assert "There is no case yet" not in page
