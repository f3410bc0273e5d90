"""Who did what: as a page and as a file that a spreadsheet may open."""

from typing import TYPE_CHECKING

import pytest

from comity.model.account import Role
from comity.model.consumer import Consumer, ConsumerEvent, ConsumerState
from comity.model.desk import CaseEvent, CaseState

from .conftest import NOW

if TYPE_CHECKING:
    from .conftest import DeskScene


def test_what_was_done_stands_in_one_list(desk: "DeskScene") -> None:
    """By whom and about what; narrowed by who, by what, by the day."""
    case = desk.put("Bakery")
    desk.post(f"/cases/{case.case_id}", act="take")
    desk.post(f"/cases/{case.case_id}", act="note", note="<b>called</b>")
    page = desk.client.get("/audit").text
    assert page.count(f'href="/cases/{case.case_id}"') == 2
    assert "&lt;b&gt;called" in page
    assert "/cases/" + case.case_id not in desk.client.get("/audit?actor=bob").text
    assert "/cases/" + case.case_id not in desk.client.get("/audit?kind=recourse").text
    assert "/cases/" + case.case_id not in desk.client.get("/audit?until=2026-03-19").text
    assert "/cases/" + case.case_id in desk.client.get("/audit?until=2026-03-20&actor=ann&kind=case").text
    assert desk.client.get("/audit?until=soon").status_code == 400


def test_what_a_playbook_did_is_said_in_words(desk: "DeskScene") -> None:
    """States are not named as its file names them; the file for programs keeps the names."""
    case = desk.put("line-7")
    event = CaseEvent(
        case_id=case.case_id,
        at=desk.clock[0],
        actor="comity",
        act="moved",
        note="told > garden-asked (told/7)",
        from_state=CaseState.NEW,
        to_state=CaseState.NEW,
    )
    with desk.store.write() as records:
        records.cases.record([event])
    page = desk.client.get("/audit").text
    assert "told → garden asked for (told/7)" in page
    assert "garden-asked" not in page
    assert "told > garden-asked (told/7)" in desk.client.get("/audit.csv").text


def test_a_file_holds_no_formula(desk: "DeskScene") -> None:
    """Whatever somebody wrote; and no note for whoever may not see people."""
    case = desk.put("Bakery")
    desk.post(f"/cases/{case.case_id}", act="note", note='=HYPERLINK("https://x.example")')
    got = desk.client.get("/audit.csv")
    assert got.headers["content-type"].startswith("text/csv")
    assert "HYPERLINK" in got.text
    assert not [each for line in got.text.splitlines() for each in line.split(",") if each.lstrip('"').startswith("=")]
    desk.roles[:] = [Role.AUDITOR]
    assert "HYPERLINK" not in desk.client.get("/audit.csv").text
    assert "HYPERLINK" not in desk.client.get("/audit").text
    desk.roles[:] = [Role.DESK]
    assert desk.client.get("/audit").status_code == 403
    assert desk.client.get("/audit.csv").status_code == 403


WHO = {
    "comity": ("Comity, by itself", "Comity 自动"),
    "operator": ("somebody at the command line", "命令行操作人员"),
    "web": ("whoever it is about, in a browser", "当事方（通过浏览器）"),
    "affected": ("whoever it affects", "受影响方"),
    "api:tickets": ("program <bdi>tickets</bdi>", "程序 <bdi>tickets</bdi>"),
    "playbook ladder": ("playbook <bdi>ladder</bdi>", "处置方案 <bdi>ladder</bdi>"),
    "ann": ("<bdi>ann</bdi>", "<bdi>ann</bdi>"),
}


@pytest.mark.parametrize("actor", WHO)
def test_who_acted_is_said_in_words(west: "DeskScene", actor: str) -> None:
    """In what was done by everybody, and in the history of a case and of a consumer; its link asks for the same by its name."""
    case = west.put("Bakery")
    event = CaseEvent(
        case_id=case.case_id, at=NOW, actor=actor, act="note", from_state=CaseState.NEW, to_state=CaseState.NEW
    )
    with west.store.write() as records:
        records.cases.record([event])
        records.consumers.put(
            Consumer(name="letters", address="fbl@letters.example", state=ConsumerState.LEFT, since=NOW, applied=NOW)
        )
        records.consumers.note(
            "letters", ConsumerEvent(at=NOW, actor=actor, act="leave", note=None, to_state=ConsumerState.LEFT)
        )
    for at, language in enumerate(("en", "zh-Hans")):
        west.client.get(f"/language/{language}")
        for path in ("/audit", f"/cases/{case.case_id}", "/consumers/letters"):
            text = west.client.get(path).text
            assert WHO[actor][at] in text, path
            assert actor == "ann" or f">{actor}<" not in text, path
    assert west.client.get("/audit", params={"actor": actor}).text.count("<tr data-row>") == 2
