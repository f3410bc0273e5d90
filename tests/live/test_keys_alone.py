"""Days of work without a mouse, in Chromium: the queue, a case, a statement, an enrolment; and Escape does what people expect."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from comity.services.operate.desk_bench.furnishing import case_name

from ..web.portal.conftest import a_portal
from .test_by_keys_and_ear import CASE, ORDER, check, desk, opened

__all__ = ["desk"]
pytestmark = pytest.mark.live
CODES: Final = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "/": 191, "?": 191, "Home": 36, "End": 35}
HERE: Final = "document.activeElement"
AT: Final = "[...document.querySelectorAll('[data-row]')].findIndex(e => e.classList.contains('at'))"


def press(chromium: Any, *keys: str, shift: bool = False) -> None:
    """Keys one after the other, as a person presses them."""
    for key in keys:
        code = CODES.get(key, ord(key[0].upper()))
        text = "\r" if key == "Enter" else key if len(key) == 1 else ""
        held = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        chromium.call("Input.dispatchKeyEvent", type="keyDown", text=text, **held)
        chromium.call("Input.dispatchKeyEvent", type="keyUp", **held)


def write(chromium: Any, text: str) -> None:
    """Text into whatever has the focus; it goes another way than keys, and must be there before the next one is pressed."""
    chromium.call("Input.insertText", text=text)
    wait_for(chromium, f"{HERE}.value.endsWith({json.dumps(text)})")


def wait_for(chromium: Any, expression: str) -> None:
    """Until it holds on the page."""
    for _ in range(2000):
        if chromium.value(f"document.readyState === 'complete' && !!({expression})"):
            return
    raise AssertionError((expression, chromium.value("location.href + ' ' + document.title")))


def tab_to(chromium: Any, fits: str, most: int = 200) -> None:
    """Tab until what has the focus fits."""
    for _ in range(most):
        press(chromium, "Tab")
        if chromium.value(f"(e => {fits})({HERE})"):
            return
    raise AssertionError(fits)


def test_the_queue_is_worked_by_keys(chromium: Any, desk: str) -> None:
    """Down and up the list, two chosen, one let go with Escape, one opened; then several are taken at once."""
    opened(chromium, f"{desk}/cases")
    press(chromium, "j", "j", "k")
    assert chromium.value(AT) == 0
    press(chromium, "x", "j", "x")
    assert chromium.value("document.querySelectorAll('tbody input:checked').length") == 2
    press(chromium, "Escape")
    assert chromium.value(AT) == -1
    assert chromium.value("document.querySelectorAll('tbody input:checked').length") == 2  # what was chosen stays
    tab_to(chromium, "e.name === 'act' && e.value === 'take'")
    press(chromium, "Enter")
    wait_for(chromium, "document.querySelector('.said') && !document.querySelector('tbody input:checked')")
    press(chromium, "j", "o")
    wait_for(chromium, "location.pathname.startsWith('/cases/')")
    assert chromium.complaints == []


def test_a_case_is_worked_by_keys(chromium: Any, desk: str) -> None:
    """A note is begun, put away with Escape without being lost, written, and kept; the case is taken with one key."""
    opened(chromium, f"{desk}{CASE}")
    tab_to(chromium, "e.tagName === 'SUMMARY' && !!e.parentElement.querySelector('textarea')")
    press(chromium, "Enter", "Tab")
    write(chromium, "called the customer")
    press(chromium, "Escape")
    assert chromium.value("document.querySelectorAll('details.more[open]').length") == 0
    assert chromium.value(f"{HERE}.tagName") == "SUMMARY"
    press(chromium, "Enter", "Tab")
    assert chromium.value(f"{HERE}.value") == "called the customer"
    tab_to(chromium, "e.dataset.act === 'note'", 3)
    press(chromium, "Enter")
    wait_for(
        chromium, "[...document.querySelectorAll('.line .note')].some(e => e.textContent === 'called the customer')"
    )
    opened(chromium, f"{desk}/cases/{case_name(ORDER, next(_new(chromium, desk)))}")
    press(chromium, "t")
    wait_for(chromium, "document.querySelector('.said') && document.querySelector('.state.open')")
    assert chromium.complaints == []


def _new(chromium: Any, desk: str) -> Any:
    """Numbers of cases that nobody has taken."""
    names = {case_name(ORDER, number): number for number in range(ORDER.cases)}
    opened(chromium, f"{desk}/cases?state=new")
    for path in json.loads(
        chromium.value("JSON.stringify([...document.querySelectorAll('tbody th a')].map(e => e.pathname))")
    ):
        yield names[path.removeprefix("/cases/")]


def test_escape_closes_the_innermost_first(chromium: Any, desk: str) -> None:
    """The help over the page; what was typed into the field for searching, then the field; on a phone the menu."""
    opened(chromium, f"{desk}/cases")
    press(chromium, "?", shift=True)
    assert chromium.value("document.getElementById('keys').open")
    press(chromium, "j", "x")  # nothing happens behind it
    assert chromium.value(AT) == -1
    press(chromium, "Escape")
    assert not chromium.value("document.getElementById('keys').open")
    press(chromium, "?", shift=True)
    press(chromium, "?", shift=True)
    assert not chromium.value("document.getElementById('keys').open")
    press(chromium, "/")
    write(chromium, "茶叶")
    press(chromium, "Escape")
    assert chromium.value(f"[{HERE}.id, {HERE}.value].join()") == "seek,"
    press(chromium, "Escape")
    assert chromium.value(f"{HERE} === document.body")
    opened(chromium, f"{desk}/cases", width=390)
    tab_to(chromium, "e.matches('.menu summary')")
    press(chromium, "Enter", "Tab")
    assert chromium.value("document.querySelector('.menu details').open")
    press(chromium, "Escape")
    assert not chromium.value("document.querySelector('.menu details').open")
    assert chromium.value(f"{HERE}.matches('.menu summary')")
    assert chromium.complaints == []


def test_whoever_chooses_chinese_signs_keeps_what_was_written(chromium: Any, desk: str) -> None:
    """Escape in the middle of choosing signs ends the choosing, and nothing of the page."""
    opened(chromium, f"{desk}/cases")
    press(chromium, "/")
    write(chromium, "茶")
    composing = "new KeyboardEvent('keydown', {key: 'Escape', isComposing: true, bubbles: true})"
    chromium.value(f"{HERE}.dispatchEvent({composing})")
    assert chromium.value(f"[{HERE}.id, {HERE}.value].join()") == "seek,茶"


def test_the_keys_lead_to_statements(chromium: Any, desk: str) -> None:
    """Everything on the page is reached and seen, and what is asked for is refused in words beside it, by keys."""
    check(chromium, f"{desk}/statements")
    check(chromium, f"{desk}/statements", width=390)
    opened(chromium, f"{desk}/cases")
    tab_to(chromium, "e.matches('.menu a[href=\"/statements\"]')")
    press(chromium, "Enter")
    wait_for(chromium, "location.pathname === '/statements'")
    press(chromium, "g", "c")
    wait_for(chromium, "location.pathname === '/cases'")


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_a_network_enrols_by_keys(chromium: Any, tmp_path: Path, language: str) -> None:
    """From the front of the portal to the page with the records for the DNS, without a mouse."""
    with a_portal(tmp_path) as portal:
        base = f"http://127.0.0.1:{portal.port}/{language}"
        opened(chromium, f"{base}/network")
        tab_to(chromium, "e.matches('a[href$=\"/enrol\"]')")
        press(chromium, "Enter")
        wait_for(chromium, "document.getElementById('mailbox')")
        check(chromium, f"{base}/enrol", width=390)
        opened(chromium, f"{base}/enrol")
        for field, text in (("mailbox", "fbl@east.example"), ("domains", "east.example")):
            tab_to(chromium, f"e.id === '{field}'")
            write(chromium, text)
        tab_to(chromium, "e.name === 'agreed'")
        press(chromium, " ")
        tab_to(chromium, "e.type === 'submit'", 3)
        press(chromium, "Enter")
        wait_for(chromium, "location.pathname.includes('/enrol/')")
        assert chromium.value("document.querySelectorAll('main code').length") >= 3
        check(chromium, chromium.value("location.href"))
