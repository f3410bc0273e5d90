"""A notice in every form: believed, kind, whole in itself."""

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest

from comity.model.notice import Certainty, NoticeFacts, NoticeKind
from comity.remediation.guides.level import is_plain, level_of
from comity.remediation.guides.pack import Packs
from comity.remediation.notice.linting import sms_room
from comity.remediation.notice.rendering import render

LANGUAGES = ("en", "zh_Hans")
Make = Callable[..., NoticeFacts]
STYLE = "p { margin: 0; }"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("certainty", Certainty)
def test_every_notice_can_be_checked(
    packs: Packs, facts: Make, language: str, kind: NoticeKind, certainty: Certainty
) -> None:
    """Reference, words, help line and our name stand on each; no hole is left open; nothing to follow, open or type in."""
    said = facts(packs.of(language), certainty)
    found = render(kind, said, language, packs=packs, style=STYLE)
    for needed in ("-".join((said.reference[:4], said.reference[4:8], said.reference[8:])), said.word_pair, "10000"):
        assert needed in found.text
        assert found.html is None or needed in re.sub("<[^>]+>", "", found.html)
    assert (found.html is None) == (kind in (NoticeKind.SMS, NoticeKind.CALL))
    for text in filter(None, (found.subject, found.text, found.html)):
        assert "{" not in text.replace(STYLE, "")
        assert "http:" not in text
        assert "https:" not in text
    assert is_plain(level_of(found.text)), level_of(found.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_sure_we_are_sets_the_words(packs: Packs, facts: Make, language: str) -> None:
    """Suspected, likely and confirmed read differently; only with a deadline does a notice name one."""
    pack = packs.of(language)
    texts = {each: render(NoticeKind.MAIL, facts(pack, each), language, packs=packs).text for each in Certainty}
    assert len(set(texts.values())) == 3
    alarm = {"en": "false alarm", "zh_Hans": "误报"}[language]
    assert alarm in texts[Certainty.SUSPECTED]
    assert alarm not in texts[Certainty.CONFIRMED]
    deadline = {"en": "26 March 2026", "zh_Hans": "2026年3月26日"}[language]
    assert deadline in texts[Certainty.CONFIRMED]
    assert deadline not in texts[Certainty.LIKELY]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("certainty", Certainty)
def test_a_text_message_is_one_message(packs: Packs, facts: Make, language: str, certainty: Certainty) -> None:
    """70 signs in Chinese, 160 of the GSM alphabet in English, on one line, also with a long help line."""
    said = facts(packs.of(language), certainty, help_line="400-8000-1234")
    text = render(NoticeKind.SMS, said, language, packs=packs).text
    used, most = sms_room(text)
    assert most == {"en": 160, "zh_Hans": 70}[language]
    assert used <= most, text
    assert "\n" not in text


def test_a_page_needs_nothing_else(packs: Packs, facts: Make) -> None:
    """Inside a walled garden it opens with all it has: no script, no address, and a policy that forbids both."""
    page = render(NoticeKind.PAGE, facts(packs.of("en")), "en", packs=packs, style=STYLE).html or ""
    assert not re.search(r"<(script|img|iframe|form|object|a)\b", page)
    assert re.findall(r'(?:src|href)="([^"]*)"', page) == ["data:,"]
    digest = b64encode(sha256(STYLE.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in page
    assert '<html lang="en">' in page
    assert page.count("<h1>") == 1


def test_values_stay_text(packs: Packs, facts: Make) -> None:
    """A provider's name with markup, braces or our private signs is shown as it is, and fills nothing."""
    evil = "<b>{reference}</b>\ue010&"
    said = replace(facts(packs.of("en")), provider_name=evil)
    found = render(NoticeKind.PAGE, said, "en", packs=packs)
    assert found.html is not None
    assert "<b>" not in found.html
    assert "&lt;b&gt;{reference}&lt;/b&gt;" in found.html
    assert found.html.count("<strong") == found.html.count("</strong>")


@pytest.mark.parametrize(
    ("wanted", "tag"),
    [("zh", "zh-Hans"), ("zh-CN", "zh-Hans"), ("zh_Hans", "zh-Hans"), ("en-GB", "en"), ("fr", "en"), ("", "en")],
)
def test_the_reader_gets_a_language_that_serves(packs: Packs, wanted: str, tag: str) -> None:
    """Whatever a customer database calls it; English where we have none."""
    assert packs.of(wanted).tag == tag


@pytest.mark.parametrize(
    ("said", "family"),
    [("Mirai", "mirai"), ("mirai.botnet", "mirai"), ("android.vo1d", "box"), ("qakbot-dns", "stealer"), ("", "unknown"),
     (None, "unknown"), ("never heard of", "unknown")],
)  # fmt: skip
def test_a_family_is_found_by_what_feeds_call_it(packs: Packs, said: str | None, family: str) -> None:
    """With variants behind it; an unknown one has plain words too."""
    assert packs.family_of(said) == family
    assert packs.of("zh").family(family).title


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [NoticeKind.MAIL, NoticeKind.LETTER, NoticeKind.CALL])
def test_what_was_seen_once_has_one_time(packs: Packs, facts: Make, language: str, kind: NoticeKind) -> None:
    """A single sighting was not "from" a moment "to" the same."""
    said = facts(packs.of(language), Certainty.LIKELY)
    between = {"en": " to ", "zh_Hans": "至"}[language]
    time = {"en": " at ", "zh_Hans": "日 "}[language]

    def told(given: NoticeFacts) -> str:
        text = render(kind, given, language, packs=packs).text
        return next(line for line in text.splitlines() if time in line and ("saw it" in line or "发现时间" in line))

    assert between in told(said)
    once = told(replace(said, seen_first=said.seen_last))
    assert once.count(time) == told(said).count(time) - 1
