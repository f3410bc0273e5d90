"""Typing a reference: what the page says, and what it does not."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import httpx
import pytest

from comity.remediation.notice.reference import made, shown

from ..on_loopback import hung_up, waited
from .conftest import KEY, NOW, HelpScene, a_help_scene


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_a_genuine_notice_is_told_by_its_second_word(scene: HelpScene, language: str) -> None:
    """In the language of the notice, where it is compared; nothing of the subscriber, the case or the time is on the page."""
    answer = scene.post(f"/{language}/check", reference=shown(scene.notice.reference))
    assert answer.status_code == 200
    assert scene.words().second in answer.text
    assert scene.words().first not in answer.text
    for secret in ("line-7", "wang@", scene.case.case_id, "mirai", "2026年", "March"):
        assert secret not in answer.text.lower()


def test_a_false_one_is_told_too(scene: HelpScene) -> None:
    """A number that we never gave out, and one that is no number of ours at all, are two answers, and both say what to do."""
    unknown = scene.post("/en/check", reference=made("nobody", KEY)).text
    assert "we did not give out this reference" in unknown
    assert "10000" in unknown
    assert "not one of our numbers" in scene.post("/en/check", reference="1234").text
    assert "not one of our numbers" in scene.post("/en/check", reference="<script>" * 20).text
    assert "<script>" not in scene.post("/en/check", reference="<script>").text


def test_one_that_was_copied_is_noticed(scene: HelpScene) -> None:
    """Asked for fifty times, it answers with the help line: somebody may have put it onto false notices."""
    for _ in range(50):
        assert 'role="status"' in scene.post("/en/check", reference=scene.notice.reference).text
    said = scene.post("/en/check", reference=scene.notice.reference).text
    assert "asked for very often" in said
    assert scene.words().second not in said


def test_whoever_guesses_is_slowed_down(tmp_path: Path) -> None:
    """After a handful of tries an address waits; the answer is 429 and says nothing of the reference."""
    with a_help_scene(tmp_path, per_minute=6) as scene:
        codes = [scene.post("/en/check", reference=made(str(n), KEY)).status_code for n in range(14)]
        assert codes[:10] == [200] * 10
        assert set(codes[11:]) == {429}
        assert scene.post("/en/check", reference=scene.notice.reference).status_code == 429


def test_a_household_has_one_address(tmp_path: Path) -> None:
    """Whoever holds a /64 of IPv6 has as many addresses as it likes, and no more tries than others; the next line has its own."""
    with a_help_scene(tmp_path, per_minute=6, is_behind_proxy=True) as scene:

        def asks(address: str) -> int:
            said = {"reference": made(address, KEY)}
            return scene.client.post("/en/check", data=said, headers={"x-forwarded-for": address}).status_code

        codes = [asks(f"2001:db8:0:1::{n:x}") for n in range(1, 14)]
        assert codes[:10] == [200] * 10
        assert set(codes[11:]) == {429}
        assert asks("2001:db8:0:2::1") == 200


def test_the_first_word_opens_the_page(scene: HelpScene) -> None:
    """Reference and first word lead to a page of one's own, by a redirect to an address that nobody can guess."""
    answer = scene.post("/en/open", reference=scene.notice.reference, first=scene.words("en").first.upper())
    assert answer.status_code == 303
    token = re.fullmatch(r"my/([A-Za-z0-9_-]{34})", answer.headers["location"])
    assert token
    assert scene.client.get(f"/en/my/{token[1]}").status_code == 200
    assert scene.post("/zh_Hans/open", reference=scene.notice.reference, first=scene.words().first).status_code == 303


def test_words_cannot_be_tried_out(scene: HelpScene) -> None:
    """After eight wrong words in a day the right one opens nothing either; tomorrow it does."""
    for _ in range(8):
        wrong = scene.post("/en/open", reference=scene.notice.reference, first="nonsense")
        assert wrong.status_code == 200
        assert "do not belong together" in wrong.text
    right = {"reference": scene.notice.reference, "first": scene.words().first}
    assert scene.post("/en/open", **right).status_code == 429
    scene.clock[0] = NOW + timedelta(days=1)
    assert scene.post("/en/open", **right).status_code == 303


def test_words_cannot_be_tried_out_at_once(tmp_path: Path) -> None:
    """Forty households send a word each in the same moment: no more than eight of them are compared."""
    with a_help_scene(tmp_path, is_behind_proxy=True) as scene:
        together, url = Barrier(40), f"http://127.0.0.1:{scene.port}/en/open"

        def tries(number: int) -> int:
            said = {"reference": scene.notice.reference, "first": f"w{number}"}
            with httpx.Client(trust_env=False, timeout=30) as client:
                together.wait()
                return client.post(url, data=said, headers={"x-forwarded-for": f"198.51.100.{number}"}).status_code

        with ThreadPoolExecutor(40) as pool:
            codes = list(pool.map(tries, range(40)))
    assert 0 < codes.count(200) <= 8
    assert codes.count(429) == 40 - codes.count(200)


def test_made_up_numbers_do_not_wipe_out_what_was_tried(scene: HelpScene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only tries on a number of ours are counted: nobody can fill the memory of them with others."""
    monkeypatch.setattr("comity.web.help.tries._MOST_KNOWN", 3)
    for _ in range(8):
        scene.post("/en/open", reference=scene.notice.reference, first="nonsense")
    for number in range(6):
        scene.post("/en/open", reference=made(f"x{number}", KEY), first="nonsense")
    right = {"reference": scene.notice.reference, "first": scene.words().first}
    assert scene.post("/en/open", **right).status_code == 429


def test_the_second_word_is_no_key(scene: HelpScene) -> None:
    """What the check shows to anybody does not open the page."""
    assert scene.post("/en/open", reference=scene.notice.reference, first=scene.words().second).status_code == 200
    assert scene.post("/en/open", reference="", first="").status_code == 200


def test_the_log_has_no_reference(scene: HelpScene) -> None:
    """What is logged are outcomes."""
    scene.post("/en/check", reference=scene.notice.reference)
    scene.post("/en/open", reference=scene.notice.reference, first="x")
    assert scene.log
    assert not any(scene.notice.reference in str(said) or "x" in said.values() for _, said in scene.log)


def test_no_name_of_a_host_leads_elsewhere(scene: HelpScene) -> None:
    """Whatever host a request names, no answer leads to it."""
    for path in ("/en/check/", "/captive/", "/en/index.html/", "/en/", "//other.example/check", "/", "/captive"):
        answer = scene.client.get(path, headers={"host": "other.example", "x-forwarded-host": "other.example"})
        assert "other.example" not in answer.headers.get("location", "")
        assert "other.example" not in answer.text


def test_whoever_goes_in_the_middle_is_no_fault_of_ours(scene: HelpScene) -> None:
    """A form that breaks off is a no like others; no trace of it looks like a fault."""
    hung_up(scene.port, "POST /en/check HTTP/1.1")
    waited(lambda: scene.log)
    assert [(event, said["reason"]) for event, said in scene.log] == [("help-refused", "missing")]
