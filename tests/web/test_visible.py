"""A stranger's text is shown as it is, and can do nothing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.web.bilingual import both, say
from comity.web.visible import visible, visible_domain

_HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("a\u202eb", "U+202E"),
        ("a\u2066b", "U+2066"),
        ("a\u200bb", "U+200B"),
        ("a\ufeffb", "U+FEFF"),
        ("a\x1bb", "U+001B"),
        ("a\x00b", "U+0000"),
        ("a\u3164b", "U+3164"),
        ("a\U000e0041b", "U+E0041"),
        ("a\u2028b", "U+2028"),
        ("a\u00adb", "U+00AD"),
    ],
)
def test_what_cannot_be_seen_is_shown_as_its_number(text: str, number: str) -> None:
    """Direction overrides, zero-width, tags, fillers, controls."""
    assert visible(text) == f'<bdi>a<span class="sign">{number}</span>b</bdi>'


def test_ordinary_text_is_left_alone() -> None:
    """In any script, with accents and emoji."""
    for text in ("Grüße, naïve café", "您的账户需要验证", "مرحبا", "नमस्ते", "🎉 sale"):
        assert visible(text) == f"<bdi>{text}</bdi>"


def test_stacked_marks_are_cut() -> None:
    """A letter with forty accents cannot cover the lines above it."""
    assert len(visible("Z" + "\u0301" * 40)) < 20


def test_markup_is_text() -> None:
    """In elements and in attributes."""
    assert visible("<script>\"'&") == "<bdi>&lt;script&gt;&#34;&#39;&amp;</bdi>"


def test_long_text_is_cut() -> None:
    """A Subject of a megabyte costs a line."""
    assert len(visible("x" * 10**6)) < 320


@pytest.mark.parametrize(
    "name", ["b\u0430nk.example", "xn--bnk-6cd.example", "\u4e2d.\u6587", "a" * 70 + "\u0430.x", "..\u0430", "\ud800"]
)
def test_a_look_alike_shows_its_wire_form(name: str) -> None:
    """A Cyrillic letter in a bank's name is seen; nothing raises."""
    shown = visible_domain(name)
    assert ("wire" in shown) == (not name.isascii())
    shown.encode("utf-8")


@given(st.text())
def test_nothing_harmful_passes(text: str) -> None:
    """Whatever comes, no control, direction or invisible sign and no tag but ours goes out, and it can be written as UTF-8."""
    for shown in (str(visible(text)), str(visible_domain(text)), str(both("triage.title", source=visible(text)))):
        assert _HARMFUL.search(shown) is None
        assert "<" not in re.sub(r'</?(?:bdi|span)(?: class="[a-z-]*")?(?: lang="[a-zA-Z-]*")?>', "", shown)
        shown.encode("utf-8")


@given(st.text())
def test_a_filling_cannot_be_another_hole(text: str) -> None:
    """Braces and private signs in a stranger's text stay text."""
    for filling in (text, "{source}", "\ue0000\ue001", "%s"):
        assert say("en", "triage.title", source=filling).unescape() == f"Triage of {filling}".replace("\r", "\r")


def test_both_languages_with_their_tags() -> None:
    """Each sentence says in which language it is."""
    assert (
        both("triage.cases") == '<span class="t-en" lang="en">Cases</span><span class="t-zh" lang="zh-Hans">案件</span>'
    )
