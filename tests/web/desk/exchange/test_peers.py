"""Peers on the desk: how they stand, and our own fingerprint in figures, words and as a picture."""

import re
from typing import TYPE_CHECKING

import pytest

from comity.accord.agreement.document import digest, written
from comity.accord.agreement.making import document_of
from comity.ledger import pairing
from comity.model.agreement_document import AgreementAct, AgreementEvent, AgreementPaper
from comity.model.sending import Peer, PeerState

from ....accord.agreement.terms_record import EAST, WEST
from ....accord.agreement.terms_record import record as terms
from .conftest import NOW

if TYPE_CHECKING:
    from .conftest import DeskScene


def test_a_fingerprint_can_be_read_out(west: "DeskScene") -> None:
    """In figures and in the words of both languages, of the very card that is handed over."""
    own = west.work.dealings.own_card()
    assert own is not None
    card = pairing.read_card(own.text)
    assert card is not None
    page = west.client.get("/peers").text
    assert pairing.figures(card.fingerprint()) in page
    assert len(own.words) == 2
    assert all(each in page for each in own.words)
    assert "<svg" in page


def test_peers_are_shown_without_harm(west: "DeskScene") -> None:
    """Whatever an address says; a desk without a key has no fingerprint."""
    with west.store.write() as records:
        records.peers.put(Peer(name="east", address="fbl@<b>east", state=PeerState.LIVE, since=NOW))
    page = west.client.get("/peers").text
    assert "&lt;b&gt;east" in page
    assert "<b>east" not in page
    assert west.client.get("/agreements/east.example").status_code == 404


def test_a_desk_without_keys_says_so(desk: "DeskScene") -> None:
    """No card and no peer: a page all the same."""
    page = desk.client.get("/peers").text
    assert "No other network is known yet." in page
    assert "<svg" not in page


@pytest.mark.parametrize(("language", "heads"), [("en", ["Agreement", "协议"]), ("zh-Hans", ["协议", "Agreement"])])
def test_an_agreement_is_read_in_the_readers_language_first(west: "DeskScene", language: str, heads: list[str]) -> None:
    """Both texts stand there, as both were signed; large numbers are grouped in either."""
    record = terms()
    record["directions"][WEST]["quota"] = 1_000_000
    data = written(record)
    event = AgreementEvent(act=AgreementAct.ACCEPT, at=NOW, by=EAST)
    paper = AgreementPaper(digest=digest(data), peer=EAST, document=document_of(record), note="", events=(event,))
    with west.store.write() as records:
        records.agreements.add(paper, data)
    west.client.get(f"/language/{language}")
    page = west.client.get(f"/agreements/{EAST}").text
    assert re.findall(r'<section class="sheet" lang="[^"]+"><h2><bdi>([^<]+)</bdi>', page) == heads
    assert page.count("1,000,000") == 2
