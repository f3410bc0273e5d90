"""What would make a notice look like a trick is found, with its line."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from comity.model.notice import Certainty, NoticeFacts, NoticeKind
from comity.remediation.guides.pack import Packs
from comity.remediation.notice.linting import ADVICE, RULES, faults

Make = Callable[..., NoticeFacts]


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
@pytest.mark.parametrize("kind", NoticeKind)
def test_what_comes_with_comity_is_without_fault(packs: Packs, facts: Make, language: str, kind: NoticeKind) -> None:
    """Our own templates keep our own rules."""
    pack = packs.of(language)
    for certainty in Certainty:
        assert faults(pack.templates[kind], pack, facts(pack, certainty)) == []


@pytest.mark.parametrize(
    ("language", "line", "rule"),
    [
        ("en", "Open https://east.example/login now.", "link"),
        ("en", "Go to www.east.example and help us.", "link"),
        ("en", "Tap bit.ly/x7 to begin.", "link"),
        ("en", "Open 192.0.2.7 in your browser.", "link"),
        ("en", "See <b>below</b>.", "markup"),
        ("en", "Please enter your password.", "secret"),
        ("en", "Do not wait, confirm your card number.", "secret"),
        ("en", "See the attachment.", "attachment"),
        ("en", "Buy our safety pack at a special price.", "advertising"),
        ("en", "This is your fault.", "blame"),
        ("en", "These steps are guaranteed to work.", "promise"),
        ("en", "x" * 4001, "length"),
        ("en", "Notwithstanding " + "any considerable organisational responsibility " * 20 + ".", "reading"),
        ("zh_Hans", "请访问 http://east.example 处理。", "link"),
        ("zh_Hans", "请打开东方宽带.中国处理。", "link"),
        ("zh_Hans", "请输入您的密码。", "secret"),
        ("zh_Hans", "请回复短信验证码。", "secret"),
        ("zh_Hans", "详情见附件。", "attachment"),
        ("zh_Hans", "现在办理套餐享受优惠。", "advertising"),
        ("zh_Hans", "这是您的责任。", "blame"),
        ("zh_Hans", "我们保证彻底清除。", "promise"),
    ],
)
def test_each_rule_finds_its_own(packs: Packs, facts: Make, language: str, line: str, rule: str) -> None:
    """One bad line more, and the rule names it; all but the reading level keep the template from being used."""
    pack = packs.of(language)
    template = replace(pack.templates[NoticeKind.MAIL], is_shipped=False)
    bad = replace(template, text=f"{template.text}\n{line}")
    found = [each for each in faults(bad, pack, facts(pack)) if each.rule == rule]
    assert found
    assert all(each.is_advice == (rule in ADVICE) for each in found)
    if rule not in ("length", "reading"):
        last = template.lines["text"] + 1 + template.text.count("\n") + 1
        assert found[0].place == f"{template.place}:{last}"


def test_every_rule_has_a_case_above() -> None:
    """No rule is there that nothing breaks."""
    cases = {mark.args[1][at][2] for mark in test_each_rule_finds_its_own.pytestmark for at in range(len(mark.args[1]))}  # type: ignore[attr-defined]
    assert cases == set(RULES)


@pytest.mark.parametrize(
    "line", ["We never ask for a password.", "This mail has no attachment.", "We will not ask for your card number."]
)
def test_saying_that_we_do_not_is_no_fault(packs: Packs, facts: Make, line: str) -> None:
    """A notice may say what it never does."""
    pack = packs.of("en")
    template = pack.templates[NoticeKind.MAIL]
    assert faults(replace(template, text=f"{template.text}\n{line}"), pack, facts(pack)) == []


def test_a_text_message_that_is_too_long_is_a_fault(packs: Packs, facts: Make) -> None:
    """Measured as it is sent, with its holes filled."""
    pack = packs.of("zh")
    long = facts(pack, provider="东方宽带网络通信有限公司华北分公司")
    assert [each.rule for each in faults(pack.templates[NoticeKind.SMS], pack, long)] == ["length"]


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_a_text_message_is_measured_with_the_longest_words(packs: Packs, facts: Make, language: str) -> None:
    """No pair of words that a notice may have takes more room than that of the sample."""
    pack = packs.of(language)
    pairs = (f"{first} {second}" for first in pack.pair_words.first for second in pack.pair_words.second)
    assert max(map(len, pairs)) == len(facts(pack).word_pair)
