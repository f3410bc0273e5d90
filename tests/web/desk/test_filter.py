"""The pages about the filter: what is shown, why a mail is what it is, what a person decides about what people said."""

import csv
import io
import re
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from comity.model.account import Role
from comity.model.learning import SampleState
from comity.services.judge.learning.rows import NewSample

if TYPE_CHECKING:
    from conftest import DeskScene

HOSTILE = "<script>alert(1)</script>" + chr(0x202E)
MAIL = f"From: a@west.example\r\nSubject: lucky winner {HOSTILE}\r\n\r\nYou are the lucky winner of a casino prize.\r\n"


def sample(desk: "DeskScene", *, spam: bool = True, days: int = 0, packed: bytes | None = b"x") -> int:
    """One more thing that somebody said; its number."""
    at = desk.work.now() - timedelta(days=days)
    row = NewSample(
        key=secrets.token_bytes(16),
        complaint=secrets.token_bytes(16),
        spam=spam,
        digest=secrets.token_bytes(32),
        packed=packed,
        size=1,
        gate="imap",
        reporter="r1",
        cohort="c1",
        peer="",
        campaign="run-of-mail",
        delivered=True,
        vetted=False,
        by_operator=False,
        facts={},
        arrived=at,
        eligible_at=at + timedelta(hours=24),
        kept_until=None,
    )
    with desk.store.write() as records:
        return records.learning.add(row)


def states(desk: "DeskScene") -> dict[str, int]:
    """How many samples are in each state."""
    with desk.store.read() as records:
        return {state: n for (state, _), n in records.learning.counts().items()}


def test_what_people_said_is_drawn_and_can_be_taken_away(filter_desk: "DeskScene") -> None:
    """The table and the CSV hold what was counted; the SVG stands alone, is well-formed and has no script."""
    for days, spam in ((0, True), (0, True), (1, False), (40, True)):
        sample(filter_desk, spam=spam, days=days)
    page = filter_desk.client.get("/filter").text
    assert (
        'aria-label="What people said about mail, 2026-02-19 to 2026-03-20: this is spam 2, this is not spam 1"' in page
    )
    rows = list(csv.reader(io.StringIO(filter_desk.client.get("/filter/said.csv").text)))
    assert rows[0] == ["day", "this is spam", "this is not spam"]
    assert rows[-2:] == [["2026-03-19", "0", "1"], ["2026-03-20", "2", "0"]]
    file = filter_desk.client.get("/filter/said.svg")
    assert "attachment" in file.headers["content-disposition"]
    assert not [each for each in ET.fromstring(file.content).iter() if each.tag.endswith("script")]  # noqa: S314 - our own
    assert filter_desk.client.get("/filter/nothing.svg").status_code == 404


def test_the_days_before_are_compared(filter_desk: "DeskScene") -> None:
    """As many days, beside the others; what somebody writes into the address is taken as days or left out."""
    sample(filter_desk, days=2)
    sample(filter_desk, days=3)
    query = {"from": "2026-03-18", "until": "2026-03-19", "compare": "yes"}
    text = filter_desk.client.get("/filter/said.csv", params=query).text
    assert list(csv.reader(io.StringIO(text)))[1:] == [
        ["2026-03-18", "1", "0", "0", "0"],
        ["2026-03-19", "0", "1", "0", "0"],
    ]
    for bad in ("0001-01-01", "9999-12-31", HOSTILE, "2026-02-30"):
        assert filter_desk.client.get("/filter", params={"from": bad, "until": bad}).status_code == 200


def test_why_a_mail_is_what_it_is(filter_desk: "DeskScene") -> None:
    """In words, in the reader's language; the mail's own words do nothing."""
    said = filter_desk.post("/filter/why", mail=MAIL).text
    assert re.search(r"% likely spam", said)
    assert said.count("speaks for spam") + said.count("speaks against spam") > 0
    assert "<script>alert" not in said
    assert "[desk-" not in said
    filter_desk.client.cookies.set("comity-language", "zh-Hans")
    assert "垃圾邮件概率" in filter_desk.post("/filter/why", mail=MAIL).text
    assert 'aria-describedby="refused' in filter_desk.post("/filter/why", mail="").text
    assert filter_desk.post("/filter/why", mail="", file="no base64!").status_code == 400


@pytest.mark.parametrize("act, state", [("admit", SampleState.ADMITTED), ("refuse", SampleState.REFUSED)])
def test_a_person_decides_about_what_waits(filter_desk: "DeskScene", act: str, state: SampleState) -> None:
    """What waits is admitted or refused; the same form sent again finds nothing that waits."""
    number = sample(filter_desk)
    assert (
        filter_desk.post("/filter/waiting", act=act, sample=number).headers["location"] == "/filter/waiting?said=done"
    )
    assert states(filter_desk) == {state.value: 1}
    again = filter_desk.post("/filter/waiting", act=act, sample=number)
    assert again.headers["location"] == "/filter/waiting?said=some-unfit"
    assert filter_desk.post("/filter/waiting", act=act, sample="1 or 1").status_code == 400


def test_a_sample_without_its_mail_is_not_admitted(filter_desk: "DeskScene") -> None:
    """There is nothing to learn."""
    number = sample(filter_desk, packed=None)
    filter_desk.post("/filter/waiting", act="admit", sample=number)
    assert states(filter_desk) == {"waiting": 1}


def test_samples_are_taken_out(filter_desk: "DeskScene") -> None:
    """By number, or by the run of mail they are of."""
    one, _ = sample(filter_desk), sample(filter_desk)
    assert filter_desk.post("/filter/retract", samples=str(one)).headers["location"] == "/filter/waiting?said=done"
    assert states(filter_desk) == {"retracted": 1, "waiting": 1}
    filter_desk.post("/filter/retract", campaign="run-of-mail")
    assert states(filter_desk) == {"retracted": 2}
    assert filter_desk.post("/filter/retract", campaign="other").headers["location"].endswith("nothing-meant")


def test_an_earlier_model_is_put_back_after_it_was_confirmed(filter_desk: "DeskScene") -> None:
    """Asking shows a form and changes nothing; a model that is not there cannot be put back."""
    assert "Nobody has taught this filter yet" in filter_desk.client.get("/filter/models").text
    answer = filter_desk.post("/filter/models", version="7")
    assert answer.headers["location"] == "/filter/models?said=no-such-model"
    assert filter_desk.post("/filter/models", version="-1").status_code == 400


def test_what_a_model_learnt_in_is_named_in_the_readers_language(filter_desk: "DeskScene") -> None:
    """The starter model's card names Chinese so that whoever reads Chinese knows it."""
    filter_desk.client.cookies.set("comity-language", "zh-Hans")
    page = filter_desk.client.get("/filter/models").text
    assert re.search(r"中文 <b>[1-9]", page)
    assert "无文字" in page


def test_who_may_not_change_the_filter_is_offered_nothing(filter_desk: "DeskScene") -> None:
    """An auditor sees it; a person of the desk does not."""
    number = sample(filter_desk)
    filter_desk.roles[:] = [Role.AUDITOR]
    assert 'value="admit"' not in filter_desk.client.get("/filter/waiting").text
    for path, form in (
        ("waiting", {"act": "admit", "sample": number}),
        ("retract", {"samples": number}),
        ("models", {"version": 1}),
    ):
        assert filter_desk.post(f"/filter/{path}", **form).status_code == 403
    assert states(filter_desk) == {"waiting": 1}
    filter_desk.roles[:] = [Role.DESK]
    assert filter_desk.client.get("/filter").status_code == 403


def test_a_house_without_a_filter_has_no_such_pages(desk: "DeskScene") -> None:
    """Rather than pages that fail."""
    assert desk.client.get("/filter").status_code == 404
