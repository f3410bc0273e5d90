"""Text made searchable, with the way back to where things stood."""

from hypothesis import given
from hypothesis import strategies as st

from comity.formats.clues.levelled import level


def test_full_width_signs_become_ascii_and_stay_in_place() -> None:
    """A Chinese keyboard's digits and colons are read as digits and colons."""
    seen = level("攻击源ＩＰ：１９２．０．２．１，端口：２２")
    assert seen.text == "攻击源IP:192.0.2.1,端口:22"
    assert seen.origin(seen.text.index("192")) == 6


def test_an_ideographic_stop_between_digits_is_a_dot() -> None:
    """Input methods put 。 where a dot was meant; at the end of a sentence it stays."""
    assert level("192。0。2。1。").text == "192.0.2.1。"


def test_defanged_addresses_and_links_are_made_whole() -> None:
    """The forms in which abuse desks write links that nobody is to click."""
    assert level("hxxps://bad[.]example/a").text == "https://bad.example/a"
    assert level("hXXp[:]//bad(.)example").text == "http://bad.example"
    assert level("hxxp[://]bad[dot]example").text == "http://bad.example"
    assert level("spam[at]bad[.]example, 192[.]0[.]2[.]1").text == "spam@bad.example, 192.0.2.1"


def test_brackets_of_ordinary_prose_stay() -> None:
    """Only what stands for a sign is replaced."""
    text = "we (at last) saw [1.] and f(x), a[i]"
    assert level(text).text == text


@given(st.text(alphabet="ab1.[](){}:@/hxptdo。．１ ", max_size=200))
def test_every_offset_leads_back_into_the_text(text: str) -> None:
    """No clue points outside of the text it was found in, and places never run backwards."""
    seen = level(text)
    origins = [seen.origin(offset) for offset in range(len(seen.text) + 1)]
    assert origins == sorted(origins)
    assert all(0 <= origin <= len(text) for origin in origins)
