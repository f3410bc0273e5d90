"""Colleagues on one desk: who has a case, who is called to it, and who is not."""

from typing import TYPE_CHECKING

import pytest

from comity.model.account import Account, Role
from comity.model.desk import Act, CaseState

if TYPE_CHECKING:
    from comity.model.desk import DeskCase

    from .conftest import DeskScene

HOSTILE = "<img src=x onerror=fired()>\u202e\nsecond line @bob."


@pytest.fixture
def case(desk: "DeskScene") -> "DeskCase":
    """A case, and colleagues of ann's."""
    with desk.store.write() as records:
        for name, role in (
            ("ann", Role.ADMINISTRATOR),
            ("bob", Role.DESK),
            ("li.ming", Role.POSTMASTER),
            ("eve", Role.AUDITOR),
            ("gone", Role.DESK),
        ):
            records.accounts.add(Account(name=name, role=role, created=desk.clock[0]), "-")
        kept = records.accounts.find("gone")
        assert kept is not None
        records.accounts.end(kept.account_id, desk.clock[0])
    return desk.put("Bakery")


def calls(desk: "DeskScene", account: str) -> list[tuple[str, str]]:
    """What calls somebody."""
    with desk.store.read() as records:
        return [(each.kind.value, each.case_id) for each in records.teamwork.calls(account, 50)]


def owner(desk: "DeskScene", case: "DeskCase") -> tuple[str, str] | None:
    """Who has a case, and from whom."""
    with desk.store.read() as records:
        found = records.teamwork.owners([case.case_id]).get(case.case_id)
    return None if found is None else (found.account, found.by)


def test_a_case_is_given_to_a_colleague(desk: "DeskScene", case: "DeskCase") -> None:
    """It is open then, theirs, and stands on their first page until they act on it or say that they have seen it."""
    answer = desk.post(f"/cases/{case.case_id}", act="give", colleague="bob", note="please call them")
    assert answer.status_code == 303
    assert desk.case(case.case_id).state is CaseState.OPEN
    assert owner(desk, case) == ("bob", "ann")
    assert calls(desk, "bob") == [("given", case.case_id)]
    assert calls(desk, "ann") == []
    text = desk.client.get(f"/cases/{case.case_id}").text
    assert "handed over" in text
    assert "bob: please call them" in text
    again = desk.post(f"/cases/{case.case_id}", act="give", colleague="li.ming")
    assert again.status_code == 303
    assert owner(desk, case) == ("li.ming", "ann")


def test_whoever_takes_it_has_it(desk: "DeskScene", case: "DeskCase") -> None:
    """By the button, and from the queue."""
    desk.post("/cases", act="take", case=case.case_id)
    assert owner(desk, case) == ("ann", "ann")
    assert desk.case(case.case_id).state is CaseState.OPEN


@pytest.mark.parametrize("name", ["eve", "gone", "nobody", "", "bob'; --", "@"])
def test_nobody_else_is_given_anything(desk: "DeskScene", case: "DeskCase", name: str) -> None:
    """An account that has ended or may not act on cases, or none: nothing changes."""
    answer = desk.post(f"/cases/{case.case_id}", act="give", colleague=name)
    assert answer.status_code in (400, 404)
    assert owner(desk, case) is None
    assert desk.case(case.case_id).state is CaseState.NEW


def test_what_is_over_is_given_to_nobody(desk: "DeskScene", case: "DeskCase") -> None:
    """A closed case is opened first."""
    desk.post(f"/cases/{case.case_id}", act="close")
    assert desk.post(f"/cases/{case.case_id}", act="give", colleague="bob").status_code == 409
    assert owner(desk, case) is None


def test_what_somebody_leaves_behind_is_found(desk: "DeskScene", case: "DeskCase") -> None:
    """Of whoever works here no more, or works on cases no more, the first page counts what is not over, and the queue shows it."""
    other, over = desk.put("Florist"), desk.put("Tailor")
    for each, name in ((case, "bob"), (other, "li.ming"), (over, "bob")):
        desk.post(f"/cases/{each.case_id}", act="give", colleague=name)
    desk.post(f"/cases/{over.case_id}", act="close")
    assert "do not work here any more" not in desk.client.get("/").text
    with desk.store.write() as records:
        for name in ("bob", "li.ming"):
            kept = records.accounts.find(name)
            assert kept is not None
            if name == "bob":
                records.accounts.end(kept.account_id, desk.clock[0])
            else:
                records.accounts.change(kept.account_id, role=Role.AUDITOR)
    assert "<b>2</b> <span>cases of people who do not work here any more" in desk.client.get("/").text
    found = desk.client.get("/cases?whose=*").text
    assert [each in found for each in ("Bakery", "Florist", "Tailor")] == [True, True, False]
    desk.post(f"/cases/{other.case_id}", act="give", colleague="ann")
    assert "Florist" not in desk.client.get("/cases?whose=*").text


def test_a_note_calls_by_name(desk: "DeskScene", case: "DeskCase") -> None:
    """Accounts that may see cases, each once; no address is a name, and nobody calls himself."""
    note = "请@Li.Ming看一下, @bob, @bob. and @eve; not x@bob, @nobody, @gone nor @ann"
    desk.post(f"/cases/{case.case_id}", act="note", note=note)
    assert calls(desk, "li.ming") == calls(desk, "bob") == calls(desk, "eve") == [("named", case.case_id)]
    assert calls(desk, "gone") == calls(desk, "ann") == calls(desk, "nobody") == []


def test_a_call_stands_on_the_first_page_until_it_was_seen(desk: "DeskScene", case: "DeskCase") -> None:
    """What was written is text, in its lines; to see it is written down; one's own calls alone are ended."""
    with desk.store.write() as records:
        person = desk.work.person(records, actor="bob", now=desk.clock[0])
        made = person.find(case.case_id)
        person.act(made, Act.NOTE, note="@ann " + HOSTILE)
        person.act(made, Act.NOTE, note="@li.ming too")
    text = desk.client.get("/").text
    assert "You are called" in text
    assert "<bdi>bob</bdi> calls you in a note" in text
    assert "<img src=x" not in text
    assert "\u202e" not in text
    assert "second line @bob." in text
    with desk.store.read() as records:
        assert [(each.what, each.about) for each in records.accounts.seen(9)] == [("case", case.case_id)]
        mine, others = (records.teamwork.calls(each, 9)[0].mention_id for each in ("ann", "li.ming"))
    desk.post("/account/calls", call=[str(others), "x", "9" * 30, "-1"], next="//east.example/")
    assert len(calls(desk, "li.ming")) == len(calls(desk, "ann")) == 1
    answer = desk.post("/account/calls", call=str(mine), next=f"/cases/{case.case_id}")
    assert answer.headers["location"] == f"/cases/{case.case_id}?said=done"
    assert calls(desk, "ann") == []
    assert "You are called" not in desk.client.get("/").text


def test_whoever_may_not_read_notes_is_called_without_the_words(desk: "DeskScene", case: "DeskCase") -> None:
    """The auditor sees that a note calls, and by whom."""
    with desk.store.write() as records:
        person = desk.work.person(records, actor="bob", now=desk.clock[0])
        person.act(person.find(case.case_id), Act.NOTE, note="@ann Li Ming has called")
    desk.roles[:] = [Role.AUDITOR]
    text = desk.client.get("/").text
    assert "<bdi>bob</bdi> calls you in a note" in text
    assert "Li Ming" not in text
    with desk.store.read() as records:
        assert not records.accounts.seen(9)


def test_whoever_acts_has_seen_it(desk: "DeskScene", case: "DeskCase") -> None:
    """An act on the case ends one's calls to it, and no others."""
    other = desk.put("Shop")
    with desk.store.write() as records:
        person = desk.work.person(records, actor="bob", now=desk.clock[0])
        for each in (case, other):
            person.act(each, Act.NOTE, note="@ann look")
    desk.post(f"/cases/{case.case_id}", act="take")
    assert calls(desk, "ann") == [("named", other.case_id)]
