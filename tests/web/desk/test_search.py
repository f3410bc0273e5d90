"""The search in a browser's eyes: who finds what, who is written down, and what strangers' words do there."""

from typing import TYPE_CHECKING

import pytest

from comity.formats.item_facts import evidence_to_line
from comity.model.account import PERMITS, Permit, Role
from comity.model.case import Evidence, EvidenceClass
from comity.model.desk import CaseEvent, CaseState
from comity.services.receive.rows import ItemRow, RawRow, ReportRow

if TYPE_CHECKING:
    from comity.model.desk import DeskCase

    from .conftest import DeskScene

HOSTILE = "<script>fired()</script>\u202egnp 特价优惠"


def put_report(desk: "DeskScene", case: "DeskCase", subject: str) -> None:
    """A report about a case, and a note."""
    evidence = Evidence(
        evidence_class=EvidenceClass.COMPLAINT,
        source_ip="198.51.100.7",
        subject=subject,
        message_id="1@shop.example",
        dkim_domain=("shop.example",),
    )
    now = desk.clock[0]
    with desk.store.write() as records:
        raw_id, item_id, report_id = records.intake.next_ids()
        raw = RawRow(raw_id=raw_id, digest=bytes([raw_id]) * 32, data=b"", size=0, arrived=now, kept_until=None)
        item = ItemRow(
            item_id=item_id,
            raw_id=raw_id,
            gate="file",
            name="1.eml",
            arrived=now,
            kind="arf",
            why="why.text",
            carrier_message_id=None,
            case_id=None,
            reading="{}",
        )
        made = ReportRow(
            report_id=report_id,
            item_id=item_id,
            report_key=bytes([report_id]) * 16,
            complaint_key=None,
            evidence=evidence,
            line=evidence_to_line(evidence),
            feedback_type="abuse",
            is_complaint=True,
            definition="complaint",
            precision="second",
            case_id=case.case_id,
            no_case=None,
            duplicate_of=None,
            exchange=None,
        )
        records.intake.add([raw], [item], [made])
        said = f"{subject}\nsecond line"
        events = [
            CaseEvent(case_id=case.case_id, at=now, actor="ann", act=act, note=note, to_state=CaseState.NEW)
            for act, note in (("open", None), ("note", said))
        ]
        records.cases.record(events)


def seen(desk: "DeskScene") -> list[tuple[str, str]]:
    """Who was written down to have seen what."""
    with desk.store.read() as records:
        return sorted((each.what, each.about) for each in records.accounts.seen(100))


@pytest.mark.parametrize("role", list(Role))
def test_what_is_shown_of_people_is_written_down(desk: "DeskScene", role: Role) -> None:
    """Each mail and case that was found, once; whoever may not see personal data finds none, and is not written down."""
    case = desk.put("Bakery")
    put_report(desk, case, "Summer gifts")
    desk.roles[:] = [role]
    for _ in range(2):
        text = desk.client.get("/search", params={"words": "summer"}).text
    may = Permit.PERSONAL_SEE in PERMITS[role]
    assert ("198.51.100.7" in text) is may
    assert ("second line" in text) is may
    assert ("/items/1" in text) is may
    assert seen(desk) == ([("found", "1"), ("found", case.case_id)] if may else [])
    by_domain = desk.client.get("/search", params={"words": "shop.example"}).text
    assert f"/cases/{case.case_id}" in by_domain or "/items/1" in by_domain
    assert ("Summer" in by_domain) is may


def test_strangers_words_stay_words(desk: "DeskScene") -> None:
    """What is asked and what is found neither acts nor turns the line around."""
    case = desk.put(HOSTILE)
    put_report(desk, case, HOSTILE)
    for words in (
        HOSTILE,
        "特价",
        "gnp",
        "优惠",
        "%",
        "'\" OR 1=1",
        "\\",
        "a" * 5000,
        "* ( ) NEAR AND",
        "\x00x",
        "198.51.0.0/999",
    ):
        answer = desk.client.get("/search", params={"words": words})
        assert answer.status_code == 200, words
        assert "<script>fired" not in answer.text
        assert "\u202e" not in answer.text
    assert "U+202E" in desk.client.get("/search", params={"words": "特价"}).text


def test_the_field_stands_on_every_page_and_leads_on(desk: "DeskScene") -> None:
    """It keeps what was typed; of one sort more are shown; a sort that nobody knows is none."""
    cases = [desk.put(f"Bakery {number}") for number in range(12)]
    with desk.store.write() as records:
        records.cases.record(
            [
                CaseEvent(case_id=each.case_id, at=desk.clock[0], actor="comity", act="open", to_state=CaseState.NEW)
                for each in cases
            ]
        )
    assert 'action="/search"' in desk.client.get("/").text
    first = desk.client.get("/search", params={"words": "bakery"}).text
    assert 'value="bakery"' in first
    assert first.count("data-row") == 8
    assert "/search?words=bakery&amp;sort=case" in first
    assert desk.client.get("/search", params={"words": "bakery", "sort": "case"}).text.count("data-row") == 12
    assert desk.client.get("/search", params={"words": "bakery", "sort": "<b>"}).text.count("data-row") == 8
    assert "Nothing was found" in desk.client.get("/search", params={"words": "baker shop"}).text


def test_how_far_the_index_is_is_said(desk: "DeskScene") -> None:
    """As long as something waits to be indexed, and no longer."""
    from comity.services.search.indexing import Indexing

    put_report(desk, desk.put("Bakery"), "gift")
    assert "rows behind" in desk.client.get("/search").text
    Indexing(desk.store.read, desk.store.write, lambda: desk.clock[0]).lot()
    assert "rows behind" not in desk.client.get("/search").text
