"""What of a message is looked at: the quick way for ordinary headers finds what the scanner finds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.verdict import passages as module
from comity.verdict.passages import Passages, passages

ORDINARY = (
    b"Subject: minutes\n\nDear Ann\n",
    b"From: a@west.example\nSubject: minutes\n\n",
    b"Received: from a (a [192.0.2.7])\n\tby west.example; Mon, 1 Jan 2024 00:00:00 +0000\nX-Mailer: Pen 4.5\n\ntext\n",
    b"Content-Type: text/html; charset=GB2312\nContent-Transfer-Encoding: base64\n\nt7XNurXEyrE=\n",
    b"CONTENT-TYPE: Text/Plain;\n CHARSET=utf-8\nContent-Transfer-Encoding: Quoted-Printable\n\n=E5=8F=91 x=\ny\n",
    b"Content-Type: text/plain\nContent-Type: text/html\n\n<p>the first counts\n",
    b'Content-Type: application/pdf; name="a.pdf"\nContent-Disposition: attachment\n\nno text\n',
    b'Subject: parts\nContent-Type: multipart/mixed; boundary="Aa"\n\n'
    b"--Aa\n\none\n--aa\n--Aa\nContent-Type: text/html\n\n<p>two\n--Aa--\n",
    b"Content-Type: message/rfc822\n\nSubject: inside\n\ntext\n",
)
ODD = (
    b"",
    b"\n\nno header\n",
    b"no header at all",
    b"From a@west.example Mon Jan  1 00:00:00 2024\nSubject: from a mailbox\n\ntext\n",
    b"Subject: one\nno field\nX-Mailer: two\n\ntext\n",
    b"Subject: =?utf-8?B?5Y+R56Wo?=\n\ntext\n",
    b"Subject: \xb7\xa2\xc6\xb1\n\ntext\n",
    b"Content-Type : text/html\nSubject: blank before the colon\n\n<p>\n",
    b"Content-Type-Of-Mine: text/html\nContent-Type: text/plain\n\nx\n",
    b"Subject: one\rX-Mailer: two\n\ntext\n",
    b"Subject: one\r\nX-Mailer: two\n\ntext\n",
    b"X-Long: " + b"x" * 4000 + b"\nContent-Type: text/html\n\n<p>\n",
    b"Subject: ends here",
)


def scanned(data: bytes) -> Passages:
    """What the scanner finds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_usual", lambda data: None)
        return passages(data)


@pytest.mark.parametrize("data", [*ORDINARY, *ODD])
def test_the_quick_way_finds_what_the_scanner_finds(data: bytes) -> None:
    """With line ends of either kind."""
    for each in (data, data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")):
        assert passages(each) == scanned(each)


@pytest.mark.parametrize("data", ORDINARY)
def test_ordinary_mail_is_not_scanned(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the test above would compare the scanner with itself."""
    found = passages(data)
    monkeypatch.setattr(module, "scan", None)
    assert passages(data) == found


@given(
    st.sampled_from(ORDINARY),
    st.lists(
        st.tuples(
            st.integers(0, 300), st.sampled_from([b"\n", b"\r", b" ", b"\t", b":", b"\0", b"=?", b"\xff", b"a", b""])
        )
    ),
)
def test_mangled_mail_is_read_alike(data: bytes, changes: list[tuple[int, bytes]]) -> None:
    """Whatever stands where in it."""
    mangled = data
    for at, sign in changes:
        place = at % (len(mangled) + 1)
        mangled = mangled[:place] + sign + mangled[place + 1 :]
    assert passages(mangled) == scanned(mangled)
