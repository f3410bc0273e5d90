"""The reference of a notice: hard to guess, hard to mishear."""

import tomllib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.remediation.notice.reference import WordLists, is_first_word, made, read, shown, word_pair

KEY = b"a key of ours"


def _lists(language: str) -> WordLists:
    text = files("comity").joinpath("guides", language, "words.toml").read_text(encoding="utf-8")
    return WordLists(**tomllib.loads(text))


def test_every_misheard_digit_is_noticed() -> None:
    """One digit that is wrong, or two neighbours that changed places, make no reference, wherever they stand."""
    reference = made("case 1", KEY)
    for at in range(len(reference)):
        for digit in "0123456789":
            if digit != reference[at]:
                assert read(reference[:at] + digit + reference[at + 1 :]) is None
    for at in range(len(reference) - 1):
        turned = reference[:at] + reference[at + 1] + reference[at] + reference[at + 2 :]
        assert turned == reference or read(turned) is None


@pytest.mark.parametrize("form", ["{}", " {} ", "{0:.4}-{0:.4}", "fullwidth", "chinese"])
def test_it_is_understood_as_people_type_it(form: str) -> None:
    """With blanks and dashes, in full-width or Chinese digits, as an input method leaves them."""
    reference = made("case 2", KEY)
    typed = {
        "fullwidth": reference.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
        "chinese": reference.translate(str.maketrans("0123456789", "零幺二三四五六七八九")),
        "{0:.4}-{0:.4}": " – ".join((reference[:4], reference[4:8], reference[8:])),
    }.get(form, form.format(reference))
    assert read(typed) == reference
    assert read(shown(reference)) == reference


@given(st.text(max_size=200))
def test_anything_may_be_typed(text: str) -> None:
    """No text makes the reader raise, and what it takes is twelve digits."""
    found = read(text)
    assert found is None or (len(found) == 12 and found.isascii() and found.isdigit())


def test_who_has_not_the_key_makes_none() -> None:
    """Another key gives other numbers and other words; equal seeds give equal ones, so that nothing is given out twice."""
    english = _lists("en")
    numbers = {made(f"case {number}", KEY) for number in range(20_000)}
    assert len(numbers) == 20_000
    assert made("case 1", KEY) == made("case 1", KEY) != made("case 1", b"another")
    pairs = {str(word_pair(f"{number:012}", KEY, english)) for number in range(20_000)}
    assert len(pairs) > 3_900  # of 4,096
    one = made("case 1", KEY)
    assert any(
        word_pair(made(f"case {n}", KEY), KEY, english) != word_pair(made(f"case {n}", KEY), b"another", english)
        for n in range(3)
    )
    assert read(one) == one


def test_the_first_word_counts_in_every_language() -> None:
    """A reader may answer in the language of the notice or in his own; the second word is no key."""
    reference, lists = made("case 3", KEY), [_lists("en"), _lists("zh_Hans")]
    for each in lists:
        pair = word_pair(reference, KEY, each)
        assert is_first_word(f" {pair.first.upper()} ", reference, KEY, lists=lists)
        assert not is_first_word(pair.second, reference, KEY, lists=lists)
    assert not is_first_word("", reference, KEY, lists=lists)


@pytest.mark.parametrize("language", ["en", "zh_Hans"])
def test_the_words_are_told_apart_by_ear(language: str) -> None:
    """As many as are promised, none twice, none the beginning of another, none written with two words."""
    words = _lists(language)
    every = [*words.first, *words.second]
    assert (len(words.first), len(words.second)) == (64, 64)
    assert len(set(every)) == 128
    assert [(a, b) for a in every for b in every if a != b and b.startswith(a)] == []
    assert not any(set(each) & set(" -") for each in every)
