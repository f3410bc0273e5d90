"""Values of strangers are remembered, so many and no longer than was said."""

from concurrent.futures import ThreadPoolExecutor

from comity.formats.dkim.keys import read_key
from comity.formats.domains import organisation_of
from comity.formats.mime import parse_date
from comity.formats.mime.charsets import codec_for
from comity.formats.remembered import Remembered

LONG = "x" * 60_000


def test_a_value_is_told_of_once() -> None:
    """Who asks again gets the same object, and nobody is asked."""
    asked: list[str] = []

    def tell(value: str) -> list[str]:
        asked.append(value)
        return [value]

    remembered = Remembered(tell, most=10, longest=10)
    assert remembered["a"] is remembered["a"]
    assert asked == ["a"]


def test_what_is_long_is_told_of_and_forgotten() -> None:
    """The length is that of the value, or what is said to be its size."""
    remembered = Remembered(str.upper, most=10, longest=3)
    assert (remembered["abc"], remembered["abcd"], list(remembered)) == ("ABC", "ABCD", ["abc"])
    pairs = Remembered[tuple[str, str], str]("".join, most=10, longest=3, size=lambda pair: len(pair[0]) + len(pair[1]))
    assert (pairs["a", "bc"], pairs["ab", "cd"], list(pairs)) == ("abc", "abcd", [("a", "bc")])


def test_there_are_never_more_than_was_said() -> None:
    """One more than the most, and all are forgotten but that one."""
    remembered = Remembered(str.upper, most=3, longest=3)
    for number in range(100):
        assert remembered[str(number)] == str(number)
        assert len(remembered) == number % 3 + 1


def test_an_answer_that_is_none_at_all_is_not_kept() -> None:
    """Most lines are no fields: they do not push out what is one. None is kept where it is not that answer."""
    fields = Remembered({"a": "A"}.get, most=10, longest=10, nothing=None)
    assert (fields["a"], fields["b"], list(fields)) == ("A", None, ["a"])
    every = Remembered({"a": "A"}.get, most=10, longest=10)
    assert (every["b"], list(every)) == (None, ["b"])


def test_threads_may_share_it() -> None:
    """Eight threads that ask for more than is remembered get what they would get alone."""
    remembered = Remembered(str.upper, most=50, longest=10)
    values = [f"a{number}" for number in range(2000)]
    with ThreadPoolExecutor(8) as threads:
        for told in threads.map(lambda part: [remembered[each] for each in part], [values, values[::-1]] * 4):
            assert sorted(told) == sorted(map(str.upper, values))
    assert len(remembered) <= 50 + 8


def test_long_charsets_dates_and_domains_are_not_kept() -> None:
    """Each may be as long as a header: they are read as they were, and hold no memory."""
    for number in range(100):
        assert codec_for(f"x{number}{LONG}") is None
        assert parse_date(f"Thu, {number % 28 + 1:02} Mar 2005 14:00:00 -0500 {LONG}") is not None
        assert organisation_of(f"a{number}{LONG}.example") is None
        assert read_key(f"v=DKIM1; n={number}{LONG}; p=") == "key-syntax"
    for each in (codec_for, parse_date, organisation_of):
        assert max(map(len, each.__self__), default=0) < 300
