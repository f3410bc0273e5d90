"""Forms of the desk that are refused: each comes back on its page, with what was typed and the reason beside the field."""

import re
from typing import TYPE_CHECKING

from .test_accounts import OTHER, PASSWORD, make, signed_in

if TYPE_CHECKING:
    import httpx

    from .conftest import DeskScene


def field(page: "httpx.Response", name: str) -> str:
    """The tag of the field that has the reason."""
    found = re.search(rf'<(?:input|textarea|select)[^>]*name="{name}"[^>]*aria-describedby="refused[^>]*>', page.text)
    assert found is not None, page.text.partition("<main")[2][:3000]
    return found.group()


def test_a_name_that_does_not_fit(desk: "DeskScene") -> None:
    """The name stands there again, marked as wrong, with the focus; the role that was chosen is chosen."""
    make(desk)
    csrf = signed_in(desk)
    page = desk.post("/accounts", csrf=csrf, act="add", name="Bob Smith!", role="auditor", password=PASSWORD)
    assert page.status_code == 400
    tag = field(page, "name")
    assert 'value="Bob Smith!"' in tag
    assert 'aria-invalid="true"' in tag
    assert "autofocus" in tag
    assert '<option value="auditor" selected>' in page.text.partition('id="add"')[2]
    assert PASSWORD not in page.text


def test_a_new_password_that_is_too_short(desk: "DeskScene") -> None:
    """Beside the field of the new one, and no password stands on the page."""
    make(desk)
    csrf = signed_in(desk)
    page = desk.post("/account", csrf=csrf, act="password", password=PASSWORD, new="short", again="short")
    assert page.status_code in (400, 422)
    field(page, "new")
    assert 'value="short"' not in page.text
    other = desk.post("/account", csrf=csrf, act="password", password=PASSWORD, new=OTHER, again=OTHER + "x")
    assert other.status_code in (400, 422)


def test_a_note_that_is_missing(desk: "DeskScene") -> None:
    """The cases that were chosen stay chosen."""
    one, two = desk.put("Bakery"), desk.put("Mill")
    page = desk.post("/cases", act="note", case=[one.case_id, two.case_id], until="2026-04-01")
    assert page.status_code == 422
    field(page, "note")
    ticked = re.findall(r'<input type="checkbox" name="case" value="([^"]*)"[^>]* checked>', page.text)
    assert {*ticked} == {one.case_id, two.case_id}
    assert 'value="2026-04-01"' in page.text


def test_it_stands_on_the_page_from_which_it_was_sent(desk: "DeskScene") -> None:
    """With its filter; a browser that names another site gets the page of the form's own address."""
    desk.put("Bakery")
    form = {"csrf": "a word of the page", "act": "note", "case": "x"}
    port = desk.client.base_url.port
    there = f"http://127.0.0.1:{port}/cases?state=new&said=done"
    page = desk.client.post("/cases?state=new", data=form, headers={"referer": there})
    assert page.status_code == 422
    assert 'action="/cases?state=new"' in page.text
    assert "said=done" not in page.text
    strange = desk.client.post("/cases", data=form, headers={"referer": "https://east.example/cases?state=closed"})
    assert 'action="/cases"' in strange.text


def test_what_stands_on_no_page_is_said_on_one_of_its_own(desk: "DeskScene") -> None:
    """A form that nobody was shown."""
    case = desk.put("Bakery")
    answer = desk.post(f"/cases/{case.case_id}", act="merge", into="nothing", strange="x")
    assert answer.status_code >= 400
    assert 'id="refused"' not in answer.text
