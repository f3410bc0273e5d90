"""From the page of a letter that stands in no case one opens a case, or puts it into one, and answers it there."""

import re
from typing import TYPE_CHECKING

import pytest

from comity.model.account import Role

from ...services.receive.intake import ingest
from .conftest import CSRF, state_of
from .test_writing import draft_of, mails

if TYPE_CHECKING:
    from .conftest import DeskScene

PLAIN = (
    b"From: Chen Wei <chen@mail.example>\nTo: abuse@east.example\nSubject: Is this you?\nMessage-ID: <q@mail.example>\n\n"
    b"Somebody called about my line.\n"
)


def test_a_letter_is_answered_in_a_case_that_is_opened_for_it(letter_desk: "DeskScene") -> None:
    """One step opens the case and leads to the answer, with its text beside; the answer goes on with the letter's thread."""
    ingest(letter_desk.store, PLAIN)
    away = letter_desk.post("/items/1/case", act="open", about="letter", then="answer")
    assert away.status_code == 303
    page = letter_desk.client.get(away.headers["location"]).text
    assert "Somebody called about my line." in page
    assert 'value="Re: Is this you?"' in page
    fields = {"to": "reporter chen@mail.example", "subject": "Re: Is this you?", "text": "Yes.", "item": "1"}
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen is not None
    path = away.headers["location"].partition("?")[0]
    shown = letter_desk.post(path, act="preview", seen=seen[1], **fields).text
    assert letter_desk.post(path, act="send", **draft_of(shown)).status_code == 303
    (mail,) = mails(letter_desk)
    assert (mail["To"], mail["In-Reply-To"]) == ("chen@mail.example", "<q@mail.example>")
    assert "/unmatched?reason=letters" not in letter_desk.client.get("/").text


def test_what_is_not_in_the_list_is_said_beside_the_field(letter_desk: "DeskScene") -> None:
    """A misspelt customer opens nothing: the page comes back with what was typed, and the name that is near it."""
    ingest(letter_desk.store, PLAIN)
    before = state_of(letter_desk)
    form = {"csrf": CSRF, "act": "open", "about": "customer", "label": "West Hostin"}
    page = str(letter_desk.client.base_url.join("/items/1"))
    answer = letter_desk.client.post("/items/1/case", data=form, headers={"referer": page})
    assert answer.status_code == 422
    assert "West Hosting" in answer.text
    assert 'id="refused"' in answer.text
    assert state_of(letter_desk) == before
    away = letter_desk.post("/items/1/case", act="open", about="address", label="192.0.2.9")
    assert away.status_code == 303
    assert "West Hosting" in letter_desk.client.get(away.headers["location"]).text


def test_it_is_put_into_a_case_that_is_there(letter_desk: "DeskScene") -> None:
    """By the beginning of its short name; somebody who was slower is told where it stands."""
    case, other = letter_desk.put("West Hosting"), letter_desk.put("Shop")
    ingest(letter_desk.store, PLAIN)
    assert letter_desk.post("/items/1/case", act="attach", case="feedfeed").status_code == 422
    assert letter_desk.post("/items/1/case", act="attach", case=case.case_id[:6]).status_code == 303
    late = letter_desk.post("/items/1/case", act="attach", case=other.case_id)
    assert late.status_code == 409
    assert case.case_id in late.text
    page = letter_desk.client.get("/items/1").text
    assert f"/cases/{case.case_id}/write?item=1" in page


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.PRIVACY])
def test_who_only_looks_puts_nothing_anywhere(letter_desk: "DeskScene", role: Role) -> None:
    """Neither the form nor the act is theirs."""
    ingest(letter_desk.store, PLAIN)
    letter_desk.roles[:] = [role]
    assert "/items/1/case" not in letter_desk.client.get("/items/1").text
    assert letter_desk.post("/items/1/case", act="open", about="letter").status_code == 403
    letter_desk.roles[:] = [Role.DESK]
    assert letter_desk.post("/items/1/case", csrf="other", act="open", about="letter").status_code == 403
    assert letter_desk.post("/items/1/case", act="open", about="peer").status_code == 400
