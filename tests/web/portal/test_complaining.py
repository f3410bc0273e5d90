"""The form for abuse: taken when it is safe, read like mail, bounded, and doing nothing by itself."""

from concurrent.futures import Future
from pathlib import Path

import pytest

from comity.formats.mime import scan
from comity.formats.plain_text import readable
from comity.model.arrival import Arrival

from .conftest import a_portal

NASTY = "<script>alert(1)</script>\r\nBcc: victim@x.example\r\n\r\n\u202egnp.exe \u0000 中文"


def taker(taken: list[Arrival]) -> object:
    """A spool that keeps at once."""

    def put(arrival: Arrival) -> "Future[int]":
        taken.append(arrival)
        safe: Future[int] = Future()
        safe.set_result(len(taken))
        return safe

    return put


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_what_is_written_goes_the_way_of_mail(tmp_path: Path, language: str) -> None:
    """One mail with every word in it and no header of the stranger's; the reference on the page stands in it."""
    taken: list[Arrival] = []
    with a_portal(tmp_path, put=taker(taken)) as scene:
        fields = {"sort": "fraud", "about": NASTY, "text": NASTY, "mailbox": "a@b.example\r\nBcc: c@d.example"}
        page = scene.post(f"/{language}/complain", **fields)
        assert page.status_code == 200
        (arrival,) = taken
        message = scan(arrival.data)
        assert message.headers.first("bcc") is None
        assert message.headers.first("from") == "<web-form@west.example>"
        reference = (arrival.name or "").removesuffix(".eml")
        assert reference.startswith("W-")
        assert reference in page.text
        assert "中文" in readable(message)
        assert scene.mails() == []


def test_nothing_is_said_to_be_taken_before_it_is(tmp_path: Path) -> None:
    """P1: a spool that cannot keep it is an error, not a reference."""

    def full(_: Arrival) -> "Future[int]":
        failed: Future[int] = Future()
        failed.set_exception(OSError("disk full"))
        return failed

    with a_portal(tmp_path, put=full) as scene:
        answer = scene.post("/en/complain", sort="spam", text="x")
        assert answer.status_code >= 500
        assert "W-" not in answer.text


def test_it_is_bounded(tmp_path: Path) -> None:
    """Ten at once from a household, then one a minute; what is empty, of no sort, or by a program is not taken."""
    taken: list[Arrival] = []
    with a_portal(tmp_path, put=taker(taken)) as scene:
        assert scene.post("/en/complain", sort="spam", text=" ").status_code == 422
        assert scene.post("/en/complain", sort="x", text="x").status_code == 422
        assert scene.post("/en/complain", sort="spam", text="x", website="http://x").status_code == 400
        assert taken == []
        codes = [scene.post("/en/complain", sort="spam", text="x" * 20_000).status_code for _ in range(14)]
        assert codes[:10] == [200] * 10
        assert codes[-1] == 429
        assert max(len(each.data) for each in taken) < 64 << 10


def test_where_it_is_off_there_is_none(tmp_path: Path) -> None:
    """No form, no place in the menu."""
    with a_portal(tmp_path, put=None) as scene:
        assert scene.client.get("/en/complain").status_code == 404
        assert scene.post("/en/complain", sort="spam", text="x").status_code == 404
        assert "/en/complain" not in scene.client.get("/en/network").text
