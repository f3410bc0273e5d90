"""A form that was refused comes back with what was typed, and the reason beside its field."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from comity.web.refilling import Sent, refilled

PAGE = """<main><form method="post" action="/other"><input name="word"></form>
<details><summary>more</summary><form method="post" action="/x?page=2" class="f">
<input type="hidden" name="csrf" value="new"><input type="hidden" name="case" value="a&amp;b">
<label><span>Word</span><input name="word" value="" aria-describedby="rule"></label><p id="rule">Short.</p>
<label for="t">Text</label><textarea id="t" name="text" rows="2"></textarea>
<select name="role"><option value="one" selected>1</option><option value="two">2</option></select>
<label><input type="checkbox" name="tick" value="yes" checked> Yes</label>
<label>Secret <input type="password" name="password" autofocus></label>
<button name="act" value="go">Go</button></form></details></main>
"""
FIELDS = {
    "csrf": ["old"],
    "case": ["a&b"],
    "word": ['<b>"'],
    "text": ["one\n</textarea>"],
    "role": ["two"],
    "password": ["hidden"],
    "act": ["go"],
}


def sent(*about: str, **fields: list[str]) -> Sent:
    """A form that was sent to ``/x``."""
    return Sent(path="/x", fields={**FIELDS, **fields}, reason=Markup("Not <b>so</b>."), about=about)


class Read(HTMLParser):
    """Tags with their attributes, and the text of the text area."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text, self._inside = "", False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One more."""
        self.tags.append((tag, dict(attrs)))
        self._inside = tag == "textarea"

    def handle_endtag(self, tag: str) -> None:
        """It ends."""
        self._inside = False

    def handle_data(self, data: str) -> None:
        """What stands in it."""
        self.text += data if self._inside else ""

    def one(self, **wanted: str) -> dict[str, str | None]:
        """The attributes of the one tag that has these."""
        (found,) = [each for _, each in self.tags if wanted.items() <= each.items()]
        return found


def test_what_was_typed_stands_there_again() -> None:
    """In every sort of field but a password's, and as text alone; the page's own word stays."""
    page = Read(refilled(PAGE, sent("word"), path="/x") or "")
    words = [each for tag, each in page.tags if tag == "input" and each.get("name") == "word"]
    assert [each.get("value") for each in words] == [None, '<b>"']
    assert page.text.lstrip("\n") == "one\n</textarea>"
    assert page.one(value="two")["selected"] in ("", None)
    assert "selected" not in page.one(value="one")
    assert "checked" not in page.one(name="tick")  # it was not ticked when it was sent
    assert page.one(name="csrf")["value"] == "new"
    assert page.one(name="password").get("value") is None


def test_the_reason_stands_beside_its_field() -> None:
    """The field points to it and has the focus, nothing else does; whatever hid it is opened."""
    text = refilled(PAGE, sent("none", "word", "text"), path="/x") or ""
    page = Read(text)
    word = [each for tag, each in page.tags if each.get("name") == "word"][1]
    assert word["aria-describedby"] == "refused rule"
    assert word["aria-invalid"] == "true"
    assert [each.get("name") for _, each in page.tags if "autofocus" in each] == ["word"]
    assert '</label><p class="refused" id="refused" role="alert">Not <b>so</b>.</p><p id="rule">' in text
    assert "<details open>" in text


def test_a_reason_about_no_field_stands_above_the_form() -> None:
    """And the focus is on the first field, which says it."""
    text = refilled(PAGE, sent(), path="/x") or ""
    assert re.search(r'class="f"><p class="refused" id="refused" role="alert">', text)
    assert "aria-invalid" not in text
    assert [each.get("name") for _, each in Read(text).tags if "autofocus" in each] == ["word"]


def test_another_form_is_not_taken_for_it() -> None:
    """Another address, another hidden field, another button, a field that it has not: then no form is filled."""
    assert refilled(PAGE, sent(case=["c"]), path="/x") is None
    assert refilled(PAGE, sent(act=["stop"]), path="/x") is None
    assert refilled(PAGE, sent(more=["y"]), path="/x") is None
    assert refilled(PAGE.replace("/x?page=2", "/y"), sent(), path="/x") is None


@given(st.text(), st.text())
def test_whatever_is_typed_opens_no_tag(word: str, text: str) -> None:
    """As many tags as before, and one more with the reason."""
    page = refilled(PAGE, sent("word", word=[word], text=[text]), path="/x") or ""
    assert len(Read(page).tags) == len(Read(PAGE).tags) + 2  # the reason, and the <b> in it


@pytest.mark.parametrize("sign", ["\u2028", "\x0c", "\x85", "\x1c", "\r"])
def test_signs_that_end_a_line_elsewhere_move_nothing(sign: str) -> None:
    """A label out of a mail stands above the form: what is written beside a field must not land in the middle of it."""
    above = f"<p>a{sign}b&lt;script&gt;{sign}</p>\n"
    form = '<form method="post" action="/x"><label>Name <input name="name" value=""></label></form>'
    sent = Sent(path="/x", fields={"name": ["Bakery"]}, reason=Markup("Too short."), about=("name",))
    assert refilled(above + form, sent, path="/x") == f"{above}{refilled(form, sent, path='/x')}"
