"""What a case says of itself is said in the reader's words, and of whom it speaks."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from comity.locale import catalogue
from comity.model.case import EvidenceClass
from comity.model.desk import CaseEvent, CaseState
from comity.services.public.course import noted, tried

if TYPE_CHECKING:
    from .conftest import DeskScene

NOW = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("act", "note", "said"),
    [
        (
            "notice",
            "mail: no-mail, sms: no-phone",
            "mail: no mail address is known, text message: no telephone number is known",
        ),
        ("not-done", "tell: no-contact (open/2)", "tell the customer: nobody to tell: no contact in the list (open/2)"),
        ("moved", "told > by-hand (told/7)", "told → by hand (told/7)"),
        ("moved", "seen > by-hand (seen/1)", "seen → by hand (seen/1)"),  # a state of the operator's own playbook
        ("garden", "confine: garden-asked/1", "Confine: garden asked for/1"),
        ("garden", "release: end", "Release: its day has come"),
        ("garden", "release: a nurse lives there", "Release: a nurse lives there"),
        ("garden", "garden-failed: late", "not done: no answer in time"),
        ("garden", "garden-failed: exit status 75: no answer", "not done: exit status 75: no answer"),
        ("decided", "confine", "Confine"),
        ("decided", "inform: told by phone/2", "Inform: told by phone/2"),
        ("notice", "mail 1212-6324-5770", "mail 1212-6324-5770"),
        ("notice", "sms 1212-6324-5770", "text message 1212-6324-5770"),
        ("wait", "watched/2", "watched/2"),
        ("wait", "told-again/2", "told again/2"),
        ("wait", "customer asked for two days", "customer asked for two days"),
        ("open", "likely: trusted", "likely: a trusted source saw it"),
        ("return", "confirmed: two-classes", "confirmed: independent sources of two kinds saw it"),
        ("open", "likely: nobody", "likely: nobody"),
        ("note", "told > by-hand (told/7)", "told > by-hand (told/7)"),
        ("note", "mail: no-mail", "mail: no-mail"),  # a person wrote that
        ("notice", "nothing: of-that-kind", "nothing: of-that-kind"),
        ("notice", None, None),
    ],
)
def test_no_code_of_ours_stands_in_the_history(act: str, note: str | None, said: str | None) -> None:
    """Forms and reasons are words; what a person wrote stays."""
    event = CaseEvent(
        case_id="c", at=NOW, actor="comity", act=act, note=note, from_state=CaseState.NEW, to_state=CaseState.NEW
    )
    assert noted(catalogue("en"), event) == said


@pytest.mark.parametrize(
    ("act", "note", "said"),
    [
        ("notice", "page 9264-3423-7949", "页面 9264-3423-7949"),
        ("wait", "watched/2", "观察中/2"),
        ("open", "likely: trusted", "判断为很可能：一个可信来源看到了"),
        ("said", "self-done", "已经处理"),
        ("said", "something else", "something else"),
    ],
)
def test_nor_in_chinese(act: str, note: str, said: str) -> None:
    """The same in the other language."""
    event = CaseEvent(
        case_id="c", at=NOW, actor="comity", act=act, note=note, from_state=CaseState.NEW, to_state=CaseState.NEW
    )
    assert noted(catalogue("zh"), event) == said


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        ({EvidenceClass.BOT: 1}, "Who reported it"),
        ({EvidenceClass.BOT: 1, EvidenceClass.COMPLAINT: 1}, "People who complained"),
        ({EvidenceClass.FORWARD: 1}, "People who complained"),
    ],
)
def test_a_feed_is_no_person(desk: "DeskScene", classes: dict[EvidenceClass, int], said: str) -> None:
    """Where programs alone reported, nobody is said to have complained."""
    case = desk.put("line-7", classes=classes, complainers=1)
    page = desk.client.get(f"/cases/{case.case_id}").text
    assert {each for each in ("Who reported it", "People who complained") if each in page} == {said}


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("late", "未及时应答"),
        ("exit status 75: no answer from 192.0.2.1", "退出码 75: no answer from 192.0.2.1"),
        ("exit status 1", "退出码 1"),
        ("FileNotFoundError", "FileNotFoundError"),
    ],
)
def test_what_came_of_a_command_is_said_in_the_language_of_the_desk(error: str, said: str) -> None:
    """How it ended is ours to say; what it said itself stays in its own language."""
    assert tried(catalogue("zh"), error) == said
