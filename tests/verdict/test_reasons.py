"""Reasons: what moved the verdict is named, in words of either language."""

from collections import Counter

import pytest

from comity.locale import LANGUAGES, catalogue
from comity.model.verdict import MARKS, WHYS
from comity.services.judge.filtering import Filter
from comity.verdict.grams import Hashing
from comity.verdict.reasons import _times

SPAM = "From: win@shop.example\nSubject: 代开发票 %d\nX-Mailer: Blast 2\n\n尊敬的经理，本公司代开各类发票，优惠 %d 元\n"
LEGITIMATE = "From: desk@west.example\nSubject: 会议纪要 %d\n\n附件是我们小组第 %d 次会议的纪要，请查收\n"


def taught() -> Filter:
    """A filter that has seen forty mails of each kind."""
    judge = Filter.new()
    for number in range(40):
        judge.learn((SPAM % (number, number)).encode("gb18030"), True)
        judge.learn((LEGITIMATE % (number, number)).encode("gb18030"), False)
    return judge


def test_the_piece_that_gives_spam_away_is_named() -> None:
    """A reader sees the words that spam had and legitimate mail had not, heaviest first."""
    said = taught().judge((SPAM % (99, 99)).encode("gb18030"), reasons=True)
    assert said.reasons
    assert any("发票" in each.arguments.get("piece", "") and each.weight > 0 for each in said.reasons)
    assert [abs(each.weight) for each in said.reasons] == sorted(
        (abs(each.weight) for each in said.reasons), reverse=True
    )


def test_reasons_change_nothing() -> None:
    """Asking why gives the same verdict."""
    judge, data = taught(), (LEGITIMATE % (99, 99)).encode("gb18030")
    assert judge.judge(data).score == judge.judge(bytes(data), reasons=True).score


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mark_and_every_why_has_words(language: str) -> None:
    """Nobody reads a bare code."""
    words = catalogue(language)
    assert [mark for mark in MARKS if f"reason.{mark}" not in words] == []
    assert [why for why in WHYS if f"unsure.{why}" not in words] == []


def test_every_reason_that_is_given_has_a_mark() -> None:
    """The registry of marks is whole."""
    said = taught().judge((SPAM % (99, 99)).encode("gb18030"), reasons=True)
    assert {each.mark for each in said.reasons} <= MARKS


def test_what_stands_often_is_shared_among_its_places() -> None:
    """Of a piece that stands a hundred times each weighs a hundredth: together it counts once, as in the verdict."""
    numbers = Hashing().positions((b"prize now, " * 400)[:4000])
    counted = Counter(numbers.tolist())
    assert _times(numbers).tolist() == [counted[each] for each in numbers.tolist()]
    assert max(counted.values()) > 300
