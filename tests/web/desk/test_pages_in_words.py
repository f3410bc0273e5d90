"""What a page says in words where a program keeps a code, in both languages."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from comity.bootstrap.playbook import playbook_named
from comity.cli.desk.account import account
from comity.gates.web import WebPlace
from comity.locale import catalogue
from comity.model.account import WITHOUT_ACCOUNT, Account, Role
from comity.model.desk import Act
from comity.model.listener import Listener
from comity.model.message import Message
from comity.model.outcomes import ComityError
from comity.services.public.course import rule_in_words
from comity.services.public.pages.playbook_words import event_of, in_words, rule_of
from comity.web.bilingual import say
from comity.web.desk.app import desk_app

from ..on_loopback import on_loopback
from .conftest import NOW
from .test_evidence import MAIL, put

if TYPE_CHECKING:
    from .conftest import DeskScene


def page(desk: "DeskScene", path: str, language: str) -> str:
    """A page in one language."""
    desk.client.cookies.set("comity-language", language)
    answer = desk.client.get(path)
    assert answer.status_code == 200
    return answer.text


def test_a_filter_without_a_model_says_so(filter_desk: "DeskScene") -> None:
    """No dash stands where a number would: nobody has taught the filter, and the page says that in a sentence of its own."""
    assert "初始模型" in page(filter_desk, "/filter", "zh-Hans")
    assert "号模型正在使用" not in page(filter_desk, "/filter", "zh-Hans")
    assert "as it came" in page(filter_desk, "/filter", "en")


@pytest.mark.parametrize(("language", "said"), [("en", "told again"), ("zh-Hans", "已再次通知")])
def test_a_playbook_is_shown_in_words(remedy_desk: "DeskScene", language: str, said: str) -> None:
    """Its states stand in the reader's words: at their rules, in the picture and its table; nothing is drawn with a hyphen."""
    text = page(remedy_desk, "/playbook", language)
    assert text.count(said) >= 3
    assert "told-again" not in text
    assert "-&gt;" not in text


def test_a_command_names_a_state_as_the_file_does() -> None:
    """Whoever reads the lines beside the file finds the same names in both."""
    playbook = playbook_named("ladder", Path())
    words = catalogue("zh_Hans")
    rule = next(each for each in playbook.states["watched"] if each.to == "told")
    assert rule_of(words, 1, rule).endswith("→ told")
    assert rule_of(words, 1, rule, called=in_words(words)).endswith("→ 已通知")


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
@pytest.mark.parametrize("name", ["hoster", "esp", "access", "ladder"])
def test_what_a_rule_waits_for_is_said_in_words(name: str, language: str) -> None:
    """Of the playbooks that come with the program, whoever says the word: a person, a subscriber, or a part of ours."""
    words = catalogue(language)
    rules = [each for state in playbook_named(name, Path()).states.values() for each in state if each.word is not None]
    codes = [rule.word for rule in rules if f"[{rule.word}]" in event_of(words, rule, called=in_words(words))]
    assert rules
    assert codes == []


def test_a_rule_is_named_by_its_state() -> None:
    """A rule in words; what a person wrote, and a state that nobody knows, stay as they are."""
    words = catalogue("zh_Hans")
    assert rule_in_words(words, "watched/1") == "观察中/1"
    assert rule_in_words(words, "mine/1") == "mine/1"
    assert rule_in_words(words, "called, see watched/1") == "called, see watched/1"


def test_what_the_search_lacks_is_a_sentence() -> None:
    """How far the index is behind, with the marks of the language."""
    words = catalogue("zh_Hans")
    assert words.say("desk-search.behind", n=1388, ago="刚刚").startswith("索引还差 1,388 行")
    assert catalogue("en").say("desk-filter.budget-note", n=1).startswith("The last legitimate mail,")
    assert words.say("desk-search.behind", n=2, ago="刚刚").endswith("刚刚。")


def test_by_which_way_a_mail_came_is_said(desk: "DeskScene") -> None:
    """A file, in the reader's language; a way that nobody knows stands as it was noted."""
    for gate, chinese in (("file", "文件"), ("pigeon", "pigeon")):
        number = put(desk, MAIL + gate.encode(), gate=gate)
        assert re.search(rf"<dd>(?:<[^>]+>)?{chinese}<", page(desk, f"/items/{number}", "zh-Hans"))


def test_a_language_is_named_in_the_language_of_the_page() -> None:
    """Not by its tag: also where the sentence is made as markup, for a page."""
    said = say("zh_Hans", "doctor.sms-long", language=Message("doctor.language.en"), found="129 > 70")
    assert "英文短信" in said
    assert "129 &gt; 70" in said


@pytest.mark.parametrize("name", sorted(WITHOUT_ACCOUNT))
def test_nobody_is_called_as_who_has_no_account(desk: "DeskScene", name: str) -> None:
    """Else a person would be taken for the program, or for a stranger; a command run by such a user of the system says so, too."""
    with desk.store.write() as records, pytest.raises(ComityError) as refused:
        desk.work.keeping(records, NOW).make(name, Role.ADMINISTRATOR, "three quiet rivers")
    assert refused.value.code == "account-name"


@pytest.mark.parametrize(
    ("language", "said"), [("en", "account web, or whoever it is about"), ("zh-Hans", "账号 web，或当事方")]
)
def test_an_older_account_of_such_a_name_is_named_beside(desk: "DeskScene", language: str, said: str) -> None:
    """Before the rule somebody may have been called so: what stands under the name may be that account's act."""
    case = desk.put("garden-road")
    with desk.store.write() as records:
        desk.work.person(records, actor="web", now=NOW).act(case, Act.NOTE, note="seen")
    assert said not in re.sub("<[^>]+>", "", page(desk, f"/cases/{case.case_id}", language))
    with desk.store.write() as records:
        records.accounts.add(Account(name="web", role=Role.DESK, created=NOW), "!")
    with on_loopback(WebPlace(name="desk", app=desk_app(desk.work), listener=Listener(port=0))) as port:
        cookies = {**desk.client.cookies, "comity-language": language}
        again = httpx.get(f"http://127.0.0.1:{port}/cases/{case.case_id}", cookies=cookies, trust_env=False)
    assert said in re.sub("<[^>]+>", "", again.text)


def test_a_command_of_the_service_is_no_act_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package runs as a user of the system that is called as the program is."""
    for user, said in (("comity", "operator"), ("ann", "ann")):
        monkeypatch.setenv("LOGNAME", user)
        assert account() == said


@pytest.mark.parametrize(("language", "audit"), [("en", "Nobody has done"), ("zh-Hans", "尚无任何操作")])
def test_what_is_empty_says_so(desk: "DeskScene", language: str, audit: str) -> None:
    """Not that nothing fits what nobody asked for, and not how to read a picture that is not there."""
    assert audit in page(desk, "/audit", language)
    assert audit not in page(desk, "/audit?actor=ann", language)
    assert page(desk, "/flows", language).count(catalogue(language.replace("-", "_")).say("desk-picture.empty")) == 2


def test_large_numbers_are_grouped() -> None:
    """On pages for other networks, and in what is said of a statement."""
    for language in ("en", "zh_Hans"):
        words = catalogue(language)
        assert "1,000" in words.say("portal.rule.trial", n=50, per_day=1000)
        assert "35,000" in words.say("statement.change.traps", before=35000, now=15000, low=1, high=2)
        assert "4,000" in words.say("statement.spam.share", spam=478, judged=4000, share=1.0, low=1.0, high=1.0)
