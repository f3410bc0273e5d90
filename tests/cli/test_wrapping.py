"""Sentences in lines, in Chinese and in English."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from comity.cli.wrapping import COLUMNS, fitted, wrapped
from comity.locale import LANGUAGES, catalogue


def test_chinese_breaks_between_characters() -> None:
    """A line is filled up: no blank is needed to end it, and no line begins with a full stop."""
    text = "双方各有自己的设置、密钥和数据库，与 comity init 所建的一样。"
    for width in range(12, 60):
        lines = wrapped(text, width)
        assert all(cell_len(line) <= width for line in lines)
        assert not any(line.startswith(tuple("，。、")) for line in lines)
        assert all(cell_len(line) > width - 12 for line in lines[:-1])


@given(st.text(alphabet="ab 中文，。（）:.-—\n\"'", max_size=80), st.integers(min_value=1, max_value=40))
def test_nothing_is_lost(text: str, width: int) -> None:
    """Whatever the text, only blanks go."""
    assert "".join("".join(wrapped(text, width)).split()) == "".join(text.split())


@given(st.text(alphabet="ab 中文，。（）:.-—\"'", max_size=300), st.integers(min_value=0, max_value=12))
def test_a_line_goes_on_further_in(text: str, lead: int) -> None:
    """What does not fit stands below, behind more blanks than the line began with; nothing is lost, and no line is too wide."""
    line = " " * lead + text.strip()
    first, *rest = fitted(line)
    assert "".join((first + "".join(rest)).split()) == "".join(text.split())
    assert all(each.startswith(" " * (lead + 4)) for each in rest)
    if max((cell_len(word) for word in text.split()), default=0) <= 40:
        assert all(cell_len(each) <= COLUMNS for each in (first, *rest))


def test_the_story_fits_a_terminal() -> None:
    """Every sentence of the demonstration is told in lines of eighty columns."""
    for language in LANGUAGES:
        words = catalogue(language)
        for name in ("demo.observing.what", "demo.deciding.what", "demo.check.replay", "demo.check.letter"):
            holes = dict.fromkeys(("west", "east", "south", "subject"), "x")
            assert all(cell_len(line) <= 80 for line in wrapped(words.say(name, **holes), 80))
