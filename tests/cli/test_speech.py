"""How the command line speaks, and how it shows what strangers wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.cli import speech
from comity.cli.speech import listed, plain


@pytest.mark.parametrize(
    ("asked", "environment", "language"),
    [
        ("zh", {"LANG": "en_US.UTF-8"}, "zh_Hans"),
        (None, {"LANG": "zh_CN.UTF-8"}, "zh_Hans"),
        (None, {"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        (None, {"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.GB18030"}, "zh_Hans"),
        (None, {"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh_Hans"),
        (None, {}, "en"),
    ],
)
def test_the_language_is_the_readers(asked: str | None, environment: dict[str, str], language: str) -> None:
    """What was asked for goes before LC_ALL, that before LC_MESSAGES, that before LANG."""
    assert speech.choose(asked, environment).language == language
    assert speech.speaker().language == language


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain words, 中文也一样", "plain words, 中文也一样"),
        ("a\nb\tc\0", "a\ufffdb\ufffdc\ufffd"),
        ("\x1b]0;title\x07", "\ufffd]0;title\ufffd"),
        ("invoice\u202efdp.exe", "invoice\ufffdfdp.exe"),
        ("pay\u200bpal", "pay\ufffdpal"),
        ("line\u2028break", "line\ufffdbreak"),
        ("\ud800", "\ufffd"),
        ("", ""),
    ],
)
def test_a_strangers_text_cannot_drive_the_terminal(text: str, shown: str) -> None:
    """Control, direction and invisible signs are replaced where one can see that something was there."""
    assert plain(text) == shown


@given(st.text(max_size=80), st.integers(1, 40))
def test_any_text_is_one_line_within_the_limit(text: str, limit: int) -> None:
    """Whatever comes in, one printable line of at most so many signs goes out, and it can be encoded."""
    shown = plain(text, limit)
    assert len(shown) <= limit
    assert len(shown.splitlines()) <= 1
    assert "\x1b" not in shown
    shown.encode("utf-8")


@pytest.mark.parametrize(("language", "shown"), [("en", "feed, own-log"), ("zh", "feed、own-log")])
def test_what_stands_in_a_row_is_parted_as_its_language_does(language: str, shown: str) -> None:
    """A Chinese sentence parts names with its own sign."""
    speech.choose(language, {})
    try:
        assert (listed(["feed", "own-log"]), listed([])) == (shown, "")
    finally:
        speech.choose("en", {})
