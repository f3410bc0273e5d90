"""Encoded words and parameters: RFC 2047 and RFC 2231, and what programs write instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.mime import decode_words, parameters


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("plain", "plain"),
        ("", ""),
        # RFC 2047 section 8
        ("(=?ISO-8859-1?Q?a?=)", "(a)"),
        ("(=?ISO-8859-1?Q?a?= b)", "(a b)"),
        ("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"),
        ("(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)"),
        ("(=?ISO-8859-1?Q?a_b?=)", "(a b)"),
        ("(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"),
        # charsets and encodings in any case, a language behind the charset (RFC 2231 section 5)
        ("=?UTF-8?b?5oqV6K+J?=", "投诉"),
        ("=?gb2312?B?zbbL3w==?=", "投诉"),
        ("=?US-ASCII*en?Q?Keith?=", "Keith"),
        ("=?big5?Q?=A7=EB?=", "投"),
        # a character cut in two between words, as many programs do
        ("=?utf-8?B?5oo=?= =?utf-8?B?lQ==?=", "投"),
        ("=?utf-8?B?5oo=?=\t=?UTF-8?Q?=95?= x =?utf-8?Q?y?=", "投 x y"),
        # blanks inside, padding forgotten, nothing inside
        ("=?utf-8?Q?two words?=", "two words"),
        ("=?utf-8?B?5oqV?", "=?utf-8?B?5oqV?"),
        ("=?utf-8?B?YWI?=", "ab"),
        ("=?utf-8?B??=x", "x"),
        # a charset that is none, and one that is no charset
        ("=?x-none?Q?caf=C3=A9?=", "café"),
        ("=?zip?Q?abc?=", "abc"),
        # no encoded words at all
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        ("a =? b ?= c", "a =? b ?= c"),
    ],
)
def test_an_encoded_word_is_read(text: str, read: str) -> None:
    """Words of one charset that stand side by side are joined before decoding; text between words stays."""
    assert decode_words(text) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("text/plain", {}),
        ("text/plain;", {}),
        ('multipart/report; report-type=feedback-report; boundary="a b"',
         {"report-type": "feedback-report", "boundary": "a b"}),
        ("text/plain; CHARSET=Big5", {"charset": "Big5"}),
        ('x/y; a="1;2\\"3"; b=4', {"a": '1;2"3', "b": "4"}),
        ("x/y; a=1; a=2", {"a": "1"}),
        ("x/y;a=1;b=2 ;c= 3", {"a": "1", "b": "2", "c": "3"}),
        ("x/y; charset=utf-8 (a comment)", {"charset": "utf-8"}),
        ("x/y; charset='utf-8'", {"charset": "utf-8"}),
        ('x/y; charset="utf-8', {"charset": "utf-8"}),
        ('x/y; a=""; b=c', {"a": "", "b": "c"}),
        ("x/y; name=two words.txt", {"name": "two words.txt"}),
        # RFC 2231 sections 3 and 4
        ("x/y; url*0=ftp://; url*1=west.example", {"url": "ftp://west.example"}),
        ("x/y; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun", {"title": "This is ***fun"}),
        ("x/y; title*0*=us-ascii'en'This%20is%20even%20more%20; title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"",
         {"title": "This is even more ***fun*** isn't it!"}),
        ("x/y; a*1=b; a*0=a", {"a": "ab"}),
        ("x/y; name*=gb2312''%CD%B6%CB%DF", {"name": "投诉"}),
        ("x/y; name=plain; name*=utf-8''%E6%8A%95", {"name": "投"}),
        ("x/y; name*=%E6%8A%95", {"name": "投"}),
        ("x/y; name*=zip''abc", {"name": "abc"}),
    ],
)  # fmt: skip
def test_parameters_are_read(value: str, read: dict[str, str]) -> None:
    """Quoted or not, continued or not, in the charset they name; the first of two equal names counts."""
    assert dict(parameters(value)) == read


def test_a_thousand_parameters_are_enough() -> None:
    """The cap keeps a header of nothing but parameters from becoming a large dictionary."""
    assert len(parameters("x/y" + "".join(f"; a{number}=b" for number in range(5000)))) == 1000


@given(st.text(max_size=300))
def test_any_text_can_be_decoded(text: str) -> None:
    """A stranger's subject never raises, and text without words in it stays as it is."""
    decoded = decode_words(text)
    assert "=?" in text or decoded == text
    assert isinstance(dict(parameters(text)), dict)


PIECES = st.sampled_from(
    [
        "=?",
        "?=",
        "?",
        "utf-8",
        "gb2312",
        "b",
        "q",
        "5oqV",
        "=E6",
        " ",
        ";",
        "a",
        "*",
        "0",
        "=",
        '"',
        "\\",
        "'",
        "''",
        "%E6",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_pieces_of_words_and_parameters_in_any_order_never_raise(text: str) -> None:
    """The same for text that is made of the marks of both grammars."""
    assert isinstance(decode_words(text), str)
    for name, value in parameters(f"x/y; {text}").items():
        assert name == name.lower()
        assert isinstance(value, str)


@given(st.text(max_size=60), st.sampled_from(["utf-8", "gb18030"]))
def test_what_is_encoded_as_the_rfc_says_is_read_back(text: str, charset: str) -> None:
    """A value in base64 words, cut anywhere, is the same again."""
    from base64 import b64encode

    raw = text.encode(charset, "replace")
    words = [f"=?{charset}?B?{b64encode(raw[at : at + 7]).decode()}?=" for at in range(0, len(raw), 7)]
    assert decode_words(" ".join(words)) == raw.decode(charset)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("=?utf-8?B?5oqV6K+J?=", "投诉"),
        ("=?UTF-8?b?5oqV6K+J?=", "投诉"),
        ("=?utf-8?B??=", ""),
        ("=?utf-8?B?5oqV!6K+J?=", "投诉"),  # damaged
        ("=?utf-8?B?zbbL38Csu/jTyrz+?=", "投诉垃圾邮件"),  # the charset is a lie: it is GB 18030
        ("=?utf-8?B?5oqV?= =?utf-8?B?6K+J?=", "投诉"),  # two words
        ("=?utf-8?B?5oqV?6K+J?=", "=?utf-8?B?5oqV?6K+J?="),  # no word
    ],
)
def test_a_lone_word_in_utf_8_is_read_like_any_other(text: str, read: str) -> None:
    """The usual Subject of today has a way of its own, and the answer of the general one."""
    assert decode_words(text) == read
