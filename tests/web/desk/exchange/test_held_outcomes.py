"""A desk sees which outcomes a network was not told while its mail was held; it has them told, or drops them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from comity.bootstrap.pages.dealings import Dealings
from comity.bootstrap.sending import tells
from comity.cli import main
from comity.model.account import Role
from comity.model.desk import CaseState
from comity.model.sending import Peer, PeerState
from comity.settings import read_settings
from comity.store.owed.held_outcomes import HeldOutcomes
from comity.store.tables.intake import report_row
from comity.store.tables.sending import outbox, outcome_dropped, outcome_told

from ....services.receive.intake import NOW as ARRIVED
from ....services.receive.intake import arf, ingest
from .conftest import DeskScene, _served

AGREEMENTS = """
[[agreement]]
peer = "east"
address = "fbl@east.example"
dkim_domains = ["east.example"]
tier = "T2"
"""


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeskScene]:
    """The desk of west, to which east reported twice; both networks keep a channel."""
    monkeypatch.delenv("COMITY_CONFIG", raising=False)
    folder = tmp_path / "west"
    words = ["--domain", "west.example", "--address", "feedback@west.example", "--dkim", "ed25519"]
    assert main(["init", str(folder), *words]) == 0
    (folder / "agreements.toml").write_text(AGREEMENTS)
    file = folder / "comity.toml"
    file.write_text(file.read_text().replace("[complain]", '[complain]\nagreements = "agreements.toml"', 1))
    settings = read_settings(file)
    yield from _served(folder, lambda work: replace(work, dealings=Dealings(settings), tell=tells(settings)))


def case_of(desk: DeskScene) -> str:
    """A case with two reports of east."""
    ingest(desk.store, arf(1, report_id="r-1"), arf(2, report_id="r-2", recipient="bob@mail.example"))
    desk.clock[0] = ARRIVED + timedelta(minutes=1)
    with desk.store.write() as records:
        records.connection.execute(update(report_row).values(channel_id=1, peer="east.example"))
        return str(records.connection.scalars(select(report_row.c.case_id)).first())


def count(desk: DeskScene) -> tuple[int, int, int]:
    """Mails in the outbox, reports that are answered, reports that are dropped."""
    with desk.store.read() as records:
        told, dropped, mails = (
            len(records.connection.execute(select(each)).all()) for each in (outcome_told, outcome_dropped, outbox)
        )
    return mails, told, dropped


def test_closing_a_case_says_that_the_outcome_is_held(held: DeskScene) -> None:
    """Whoever closes it reads at once that nobody was told, and the outbox leads to it, before the network went live, too."""
    case_id = case_of(held)
    away = held.post(f"/cases/{case_id}", act="close", outcome="stopped")
    assert held.case(case_id).state is CaseState.CLOSED
    page = held.client.get(away.headers["location"]).text
    assert "the outcome waits in the outbox" in page
    assert "/outbox/outcomes?name=east" in held.client.get("/outbox").text
    page = held.client.get("/outbox/outcomes?name=east").text
    assert page.count(f"/cases/{case_id}") == 2
    assert 'value="tell"' not in page
    assert held.post("/outbox/outcomes", name="east", act="tell", report=["1"]).status_code == 409
    assert count(held) == (0, 0, 0)


def test_going_live_offers_them_and_tells_none_by_itself(held: DeskScene) -> None:
    """The step says how many there are; ticked, they leave; else they wait on the page, and on the first one."""
    case_id = case_of(held)
    held.post(f"/cases/{case_id}", act="close", outcome="stopped")
    assert "also tell the 2 outcomes" in held.client.get("/outbox/peer?name=east&act=live").text
    assert held.post("/outbox/peer", name="east", act="live").status_code == 303
    assert count(held) == (0, 0, 0)
    assert "that live networks were not told" in held.client.get("/").text
    held.post("/outbox/peer", name="east", act="observe")
    held.post("/outbox/peer", name="east", act="live", outcomes="tell")
    assert count(held) == (2, 2, 0)
    assert "was told everything" in held.client.get("/outbox/outcomes?name=east").text


def test_the_first_page_names_what_somebody_can_do(held: DeskScene, tmp_path: Path) -> None:
    """Where the agreement is gone, nobody can be told: the page that would offer it has nothing, and this one asks for nothing."""
    held.post(f"/cases/{case_of(held)}", act="close", outcome="stopped")
    held.post("/outbox/peer", name="east", act="live")
    (tmp_path / "west" / "agreements.toml").write_text("")
    assert "/outbox/outcomes?name=east" not in held.client.get("/outbox").text
    assert "that live networks were not told" not in held.client.get("/").text
    (tmp_path / "west" / "agreements.toml").write_text("[[agreement")
    assert held.client.get("/").status_code == 200


def test_the_first_page_counts_whom_somebody_can_tell(held: DeskScene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two networks that are live, the one with an agreement; the counting is done once."""
    case_id = case_of(held)
    held.post(f"/cases/{case_id}", act="close", outcome="stopped")
    held.post("/outbox/peer", name="east", act="live")
    with held.store.write() as records:
        since = held.clock[0]
        records.peers.put(Peer(name="north", address="fbl@north.example", state=PeerState.LIVE, since=since))
        first = select(report_row.c.id).limit(1).scalar_subquery()
        records.connection.execute(update(report_row).where(report_row.c.id == first).values(peer="north.example"))
    asked, counts = [], HeldOutcomes.counts
    monkeypatch.setattr(HeldOutcomes, "counts", lambda self: asked.append(1) or counts(self))
    assert "<b>1</b> <span>outcome" in held.client.get("/").text
    assert len(asked) == 1


def test_each_is_told_or_dropped(held: DeskScene) -> None:
    """One by one; nothing is told of what was dropped, and twice is once."""
    case_id = case_of(held)
    held.post(f"/cases/{case_id}", act="close", outcome="stopped")
    held.post("/outbox/peer", name="east", act="live")
    assert held.post("/outbox/outcomes", name="east", act="drop", report=["2"]).status_code == 303
    for _ in range(2):
        assert held.post("/outbox/outcomes", name="east", act="tell", report=["1", "2"]).status_code == 303
    assert count(held) == (1, 1, 1)
    assert held.post("/outbox/outcomes", name="east", act="tell").headers["location"].endswith("outcomes-none")
    assert held.post("/outbox/outcomes", name="east", act="tell", report=["x"]).status_code == 400
    assert held.client.get("/outbox/outcomes?name=nobody").status_code == 400


def test_a_name_leads_back_to_its_own_page(held: DeskScene) -> None:
    """Whatever signs are in it: it is one name, and begins no other part of the address."""
    away = held.post("/outbox/outcomes", name="east & west#1", act="tell").headers["location"]
    assert away == "/outbox/outcomes?name=east+%26+west%231&said=outcomes-none"


def test_whoever_may_only_look_tells_nobody(held: DeskScene) -> None:
    """It sees the list, without the buttons."""
    case_id = case_of(held)
    held.post(f"/cases/{case_id}", act="close", outcome="stopped")
    held.post("/outbox/peer", name="east", act="live")
    held.roles[:] = [Role.DESK]
    page = held.client.get("/outbox/outcomes?name=east").text
    assert (f"/cases/{case_id}" in page, 'value="drop"' in page) == (True, False)
    assert held.post("/outbox/outcomes", name="east", act="drop", report=["1"]).status_code == 403
    assert held.post("/outbox/outcomes", csrf="other", name="east", act="drop", report=["1"]).status_code == 403
    assert count(held) == (0, 0, 0)
