"""Bytes to text: every charset that spam claims, has, or lies about."""

import codecs
from encodings.aliases import aliases

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.mime.charsets import codec_for, decode

CHINESE = "垃圾邮件投诉，请处理"
TRADITIONAL = "垃圾郵件投訴，請處理"


@pytest.mark.parametrize(
    ("codec", "claimed"),
    [
        ("utf-8", "UTF-8"), ("utf-8", "utf8"), ("utf-8", "us-ascii"), ("gb18030", "gb2312"), ("gb18030", "GBK"),
        ("gb18030", "GB_2312-80"), ("gb18030", "x-gbk"), ("gb18030", "cn-gb"), ("gb18030", "gb18030"), ("hz", "hz-gb-2312"),
        ("hz", "HZ"), ("utf-16", "utf-16"), ("utf-16-le", "utf-16le"), ("utf-16-be", "UTF-16BE"), ("utf-7", "utf-7"),
        ("utf-16", "unicode"), ("utf-32", "utf-32"),
    ],
)  # fmt: skip
def test_chinese_is_read_in_every_charset_it_is_sent_in(codec: str, claimed: str) -> None:
    """GB 2312 is read as GB 18030, the superset that programs really write under that name."""
    assert decode(CHINESE.encode(codec), claimed) == (CHINESE, None)


def test_gb2312_with_characters_that_gb2312_has_not_is_read() -> None:
    """The rare character of a name, the euro sign: under the old name, by the new table, without a finding."""
    assert decode("镕朱€".encode("gb18030"), "gb2312") == ("镕朱€", None)


@pytest.mark.parametrize("claimed", ["big5", "Big5", "cn-big5", "x-x-big5", "big5-hkscs"])
def test_traditional_chinese_is_read_with_the_hong_kong_characters(claimed: str) -> None:
    """Big5 means what programs in Hong Kong write, too."""
    text = TRADITIONAL + "啲"
    assert decode(text.encode("big5hkscs"), claimed) == (text, None)


@pytest.mark.parametrize("claimed", ["iso-2022-cn", "ISO-2022-CN-EXT"])
def test_iso_2022_cn_is_read_although_python_has_no_codec(claimed: str) -> None:
    """RFC 1922: a designation, shift out, seven-bit pairs, shift in."""
    raw = b"\x1b$)A\x0e" + bytes(each & 0x7F for each in "投诉".encode("gb2312")) + b"\x0f ok\r\n"
    assert decode(raw, claimed) == ("投诉 ok\r\n", None)
    assert decode(raw, None)[0] == "投诉 ok\r\n"


@pytest.mark.parametrize(
    ("codec", "claimed", "text"),
    [
        ("shift_jis", "Shift_JIS", "迷惑メール"), ("cp932", "x-sjis", "迷惑メール①"), ("iso2022_jp", "iso-2022-jp", "迷惑メール"),
        ("euc_jp", "euc-jp", "迷惑メール"), ("cp949", "ks_c_5601-1987", "스팸 메일"), ("euc_kr", "euc-kr", "스팸"),
        ("koi8_r", "KOI8-R", "спам"), ("cp1251", "windows-1251", "спам"), ("iso8859_15", "iso-8859-15", "10 €"),
        ("cp1252", "iso-8859-1", "10 € “net”"), ("mac_roman", "x-mac-roman", "café"),
    ],
)  # fmt: skip
def test_other_scripts_are_read(codec: str, claimed: str, text: str) -> None:
    """Each name as mail programs write it; ISO 8859-1 as the Windows table that is meant."""
    assert decode(text.encode(codec), claimed) == (text, None)


@pytest.mark.parametrize(
    "claimed",
    ["zip", "hex", "rot13", "rot_13", "bz2", "zlib", "quopri", "uu", "base64", "idna", "punycode", "x-none",
     "unicode_escape", "mbcs", "oem"],
)  # fmt: skip
def test_what_is_no_charset_is_never_looked_up(claimed: str) -> None:
    """Python has codecs that unpack and transform: a stranger does not choose one of those."""
    assert codec_for(claimed) is None
    assert decode(b"abc", claimed) == ("abc", "charset-unknown")
    assert decode(CHINESE.encode("gb18030"), claimed) == (CHINESE, "charset-unknown")


@pytest.mark.parametrize("claimed", [None, "", "unknown-8bit", "x-unknown", "default_charset", "8bit"])
@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "utf-16", "hz"])
def test_without_a_claim_it_is_what_it_looks_like(codec: str, claimed: str | None) -> None:
    """UTF-8 before GB 18030 before Windows-1252; a byte order mark and shift sequences decide at once."""
    assert decode(CHINESE.encode(codec), claimed) == (CHINESE, None)


@pytest.mark.parametrize(("raw", "text"), [(b"caf\xe9", "café"), (b"\x93net\x94", "“net”"), (b"plain", "plain")])
def test_few_high_bytes_are_western(raw: bytes, text: str) -> None:
    """A word with an accent is no Chinese."""
    assert decode(raw, None) == (text, None)


def test_a_lying_charset_is_believed_only_as_far_as_it_fits() -> None:
    """One broken character keeps the claim; a claim that fits nothing is replaced by the likeness."""
    almost = CHINESE.encode("utf-8") * 20 + b"\xff"
    assert decode(almost, "utf-8") == (CHINESE * 20 + "\ufffd", "charset-damaged")
    assert decode(CHINESE.encode("gb18030"), "utf-8") == (CHINESE, "charset-damaged")


def test_every_codec_that_can_be_named_decodes_text() -> None:
    """Whatever alias a mail claims leads to a codec that gives text and takes any bytes."""
    for name in sorted({*aliases, *aliases.values()}):
        codec = codec_for(name)
        if codec and codec != "iso_2022_cn":
            assert codecs.lookup(codec)._is_text_encoding
        assert isinstance(decode(b"\x00\x80\xffa=+", name)[0], str)


@given(st.binary(max_size=300), st.one_of(st.none(), st.sampled_from(sorted(aliases)), st.text(max_size=20)))
def test_any_bytes_under_any_name_give_text(data: bytes, claimed: str | None) -> None:
    """Nothing is raised, and plain ASCII stays what it is unless the charset shifts it."""
    text, code = decode(data, claimed)
    assert isinstance(text, str)
    assert code in {None, "charset-unknown", "charset-damaged"}


@given(st.text(max_size=200))
def test_utf8_is_read_back(text: str) -> None:
    """With and without the claim."""
    raw = text.encode("utf-8", "replace")
    assert decode(raw, "utf-8")[0] == raw.decode("utf-8")
