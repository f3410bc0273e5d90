"""The desk in a browser's terms: who comes in, what is shown, what a form does."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from comity.model.account import PERMITS, Permit, Role
from comity.model.desk import CaseState

if TYPE_CHECKING:
    from conftest import DeskScene

HOSTILE = "<script>alert(1)</script>" + chr(0x202E) + "gnp.exe"


def test_nobody_comes_in_without_a_session(desk: "DeskScene") -> None:
    """A page leads to the sign-in, and says where to go on to; a form leads there too and changes nothing."""
    case = desk.put("Bakery")
    desk.client.cookies.clear()
    asked = desk.client.get("/cases?state=new")
    assert asked.status_code == 303
    assert asked.headers["location"] == "/sign-in?next=%2Fcases%3Fstate%3Dnew"
    assert desk.post(f"/cases/{case.case_id}", act="take").status_code == 303
    assert desk.case(case.case_id).state is CaseState.NEW


@pytest.mark.parametrize("headers", [{"origin": "https://east.example"}, {"sec-fetch-site": "cross-site"}])
def test_a_form_from_another_place_is_refused(desk: "DeskScene", headers: dict[str, str]) -> None:
    """By what the browser says of where the form stood, although the word of the page is right."""
    case = desk.put("Bakery")
    desk.client.headers.update(headers)
    assert desk.post(f"/cases/{case.case_id}", act="take").status_code == 403
    assert desk.case(case.case_id).state is CaseState.NEW


def test_a_form_without_the_word_of_its_page_is_refused(desk: "DeskScene") -> None:
    """A wrong word, none, and another kind of body."""
    case = desk.put("Bakery")
    path = f"/cases/{case.case_id}"
    assert desk.post(path, csrf="another", act="take").status_code == 403
    assert desk.client.post(path, data={"act": "take"}).status_code == 403
    assert desk.client.post(path, json={"act": "take"}).status_code == 415
    assert desk.client.post(path, data={"csrf": "x" * 300_000}).status_code == 413
    assert desk.case(case.case_id).state is CaseState.NEW


def test_a_role_sees_and_does_what_it_may(desk: "DeskScene") -> None:
    """Whoever may not act is offered nothing, and refused when asked all the same."""
    case = desk.put("Bakery")
    desk.roles[:] = [Role.AUDITOR]
    shown = desk.client.get(f"/cases/{case.case_id}")
    assert shown.status_code == 200
    assert 'value="take"' not in shown.text
    assert desk.post(f"/cases/{case.case_id}", act="take").status_code == 403
    assert desk.case(case.case_id).state is CaseState.NEW


def test_roles_differ_by_what_they_may() -> None:
    """An auditor changes nothing and sees nobody's mail; an administrator may do everything."""
    assert not [each for each in PERMITS[Role.AUDITOR] if each.value.endswith(("-act", "-retry"))]
    assert Permit.PERSONAL_SEE not in PERMITS[Role.AUDITOR]
    assert PERMITS[Role.ADMINISTRATOR] == frozenset(Permit)


def test_one_case_is_worked_on(desk: "DeskScene") -> None:
    """Taken, noted, closed with an answer to its reporters, opened again; each stands in its history under the account."""
    case = desk.put("Bakery")
    path = f"/cases/{case.case_id}"
    assert desk.post(path, act="take").headers["location"] == f"{path}?said=done"
    desk.post(path, act="note", note="called them")
    desk.post(path, act="close", outcome="warned")
    assert desk.told == [([case.case_id], "warned")]
    assert desk.case(case.case_id).state is CaseState.CLOSED
    desk.post(path, act="reopen")
    with desk.store.read() as records:
        done = [(each.act, each.actor, each.note) for each in records.cases.events_of(case.case_id)]
    assert done == [
        ("take", "ann", None),
        ("note", "ann", "called them"),
        ("close", "ann", None),
        ("reopen", "ann", None),
    ]


def test_an_act_that_does_not_fit_changes_nothing(desk: "DeskScene") -> None:
    """It is told in words, with what would fit."""
    case = desk.put("Bakery")
    answer = desk.post(f"/cases/{case.case_id}", act="reopen")
    assert answer.status_code == 409
    assert "Bakery" not in answer.text
    assert desk.post(f"/cases/{case.case_id}", act="merge").status_code == 400
    assert desk.post(f"/cases/{case.case_id}", act="wait", until="soon").status_code == 400
    assert desk.post("/cases/nothing", act="take").status_code == 404
    assert desk.case(case.case_id).state is CaseState.NEW


def test_several_cases_at_once(desk: "DeskScene") -> None:
    """What fits is done; what does not is left as it was, and that is said."""
    one, two, closed = desk.put("One"), desk.put("Two"), desk.put("Three", state=CaseState.CLOSED)
    answer = desk.post("/cases", act="take", case=[one.case_id, two.case_id, closed.case_id])
    assert answer.headers["location"] == "/cases?said=some-unfit"
    assert [desk.case(each.case_id).state for each in (one, two, closed)] == [
        CaseState.OPEN,
        CaseState.OPEN,
        CaseState.CLOSED,
    ]
    assert "choose cases first" in desk.post("/cases", act="take").text


def test_what_is_late_comes_first(desk: "DeskScene") -> None:
    """Then the worst, by what it weighs."""
    now = desk.work.now()
    desk.put("Mild")
    with desk.store.write() as records:
        bad = replace(next(iter(records.cases.in_states([CaseState.NEW]))), complainers=500)
        records.cases.change([bad])
    desk.put("Plain")
    desk.put("Late", state=CaseState.WAITING, due=now - timedelta(days=2))
    desk.put("Later", state=CaseState.WAITING, due=now - timedelta(days=1))
    desk.put("Ahead", state=CaseState.WAITING, due=now + timedelta(days=1))
    names = re.findall(r'<a href="/cases/\w+\?at=\d+"><bdi>(\w+)</bdi>', desk.client.get("/cases").text)
    assert names[:3] == ["Late", "Later", "Mild"]
    assert set(names[3:]) == {"Plain", "Ahead"}


@pytest.mark.parametrize("words", ["bäck", "茶叶", "shop@", "100%", "a_b"])
def test_words_are_found_inside_labels(desk: "DeskScene", words: str) -> None:
    """Two Chinese characters are enough; signs that mean something to the database mean nothing here."""
    desk.put(f"The {words} company")
    desk.put("Another")
    text = desk.client.get("/cases", params={"words": words}).text
    assert "Another" not in text
    assert "company" in text


def test_a_strangers_text_is_shown_and_does_nothing(desk: "DeskScene") -> None:
    """On the queue, on the page of the case, in what was searched for, in an error."""
    case = desk.put(HOSTILE)
    for path in ("/cases", f"/cases/{case.case_id}", f"/cases?words={HOSTILE}", f"/cases/{HOSTILE}"):
        text = desk.client.get(path).text
        assert "<script>alert" not in text
        assert chr(0x202E) not in re.sub(r"<title>.*?</title>|value=\".*?\"|aria-label=\".*?\"", "", text)
    assert "script-src 'self'" in desk.client.get("/cases").headers["content-security-policy"]


def test_the_first_page_says_what_waits(desk: "DeskScene") -> None:
    """New and undecided cases, and those whose day comes; nothing where nothing waits."""
    assert "Nothing waits for a person." in desk.client.get("/").text
    desk.put("One")
    desk.put("Two", state=CaseState.UNDECIDED)
    text = desk.client.get("/").text
    assert "case that nobody has looked at" in text
    assert "case to say whose it is" in text


def test_pages_speak_the_language_that_was_chosen(desk: "DeskScene") -> None:
    """By the account, else by a choice made here, which leads back to the page it was made on and nowhere else."""
    assert '<html lang="en">' in desk.client.get("/").text
    chosen = desk.client.get("/language/zh-Hans", params={"next": "/cases"})
    assert chosen.headers["location"] == "/cases"
    assert '<html lang="zh-Hans">' in desk.client.get("/").text
    assert desk.client.get("/language/en", params={"next": "//east.example/"}).headers["location"] == "/"
    assert desk.client.get("/language/fr").status_code == 404


def test_files_beside_the_pages_may_be_kept(desk: "DeskScene") -> None:
    """Their addresses change with what is in them; pages themselves are never kept."""
    page = desk.client.get("/")
    assert page.headers["cache-control"] == "no-store"
    for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text):
        assert "immutable" in desk.client.get(path).headers["cache-control"]
        packed, plain = (desk.client.get(path, headers={"accept-encoding": each}) for each in ("br, gzip", "identity"))
        assert packed.headers["content-encoding"] == "gzip"
        assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) // 2
        assert packed.content == plain.content
        assert packed.headers["vary"] == plain.headers["vary"] == "accept-encoding"
    assert desk.client.get("/static/x/secrets.toml").status_code == 404
    assert desk.client.get("/nowhere").status_code == 404


def test_no_name_of_a_host_leads_elsewhere(desk: "DeskScene") -> None:
    """An address with a slash too many is no page; it does not lead to the host that the request names."""
    for path in ("/cases/", "/sign-in/", "/language/en/"):
        answer = desk.client.get(path, headers={"host": "other.example"})
        assert "other.example" not in answer.headers.get("location", "")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1999-12-31", "2026-02-31", "soon"])
def test_days_of_other_centuries_are_slips(desk: "DeskScene", day: str) -> None:
    """One such day in the store would keep a page from being written for everybody."""
    case = desk.put("Bakery")
    assert desk.post(f"/cases/{case.case_id}", act="wait", until=day).status_code == 400
    assert desk.post("/cases", act="wait", until=day, case=case.case_id).status_code == 400
    assert desk.client.get("/audit", params={"until": day}).status_code == 400
    assert desk.case(case.case_id).state is CaseState.NEW


def test_an_auditor_reads_no_notes_and_finds_nobody_by_contact(desk: "DeskScene") -> None:
    """Neither on the page of a case nor by searching piece by piece; whoever may see a contact finds by it."""
    case = desk.put("Bakery", contact="baker@west.example")
    desk.post(f"/cases/{case.case_id}", act="note", note="his mobile is 555-0100")
    found = "/cases?words=baker@west"
    assert case.case_id in desk.client.get(found).text
    assert "555-0100" in desk.client.get(f"/cases/{case.case_id}").text
    desk.roles[:] = [Role.AUDITOR]
    assert case.case_id not in desk.client.get(found).text
    assert "555-0100" not in desk.client.get(f"/cases/{case.case_id}").text


@pytest.mark.parametrize("origin", ["http://[", "null", "https://127.0.0.1.east.example"])
def test_an_origin_that_is_none_is_refused(desk: "DeskScene", origin: str) -> None:
    """Without a fault of ours."""
    answer = desk.client.post("/sign-in", data={"name": "ann"}, headers={"origin": origin})
    assert answer.status_code == 403


def test_a_language_with_strange_letters_is_kept_as_one_of_ours(desk: "DeskScene") -> None:
    """What an address says goes into no header as it stands."""
    answer = desk.client.get("/language/en-中")
    assert answer.status_code == 303
    assert "comity-language=en;" in answer.headers["set-cookie"]


def test_titles_and_labels_of_strangers_turn_nothing_around(desk: "DeskScene") -> None:
    """Where no element can stand, signs that act are replaced; a page says once what was said."""
    case = desk.put(HOSTILE)
    for path in ("/cases", f"/cases/{case.case_id}"):
        assert chr(0x202E) not in desk.client.get(path).text
    text = desk.client.get("/cases?said=done&state=new").text
    assert 'action="/cases?state=new"' in text
    again = desk.post("/cases?state=new&said=done", act="take")
    assert again.status_code == 422
    assert 'action="/cases?state=new"' in again.text


def test_a_day_long_ago_is_not_said_twice(desk: "DeskScene") -> None:
    """What happened years ago is dated; how long ago it was would be the same day once more."""
    case, long_ago = desk.put("Bakery"), desk.clock[0] - timedelta(days=900)
    assert "just now" in desk.client.get(f"/cases/{case.case_id}").text
    with desk.store.write() as records:
        records.cases.change([replace(desk.case(case.case_id), last_seen=long_ago)])
    shown = re.sub(r"<[^>]*>", "", desk.client.get(f"/cases/{case.case_id}").text)
    assert shown.count(f"{long_ago:%Y-%m-%d}") == 1
