"""What of a message is looked at: the quick way for ordinary headers finds what the scanner finds."""

from concurrent.futures import ThreadPoolExecutor

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
    b"Subject: =?utf-8?B?5Y+R56Wo?=\n\ntext\n",
    b"From: =?gb2312?Q?=B7=A2?= <a@west.example>\nSubject: =?utf-8?q?a?=\n =?utf-8?q?b_c?= d\n\ntext\n",
    b"From a@west.example Mon Jan  1 00:00:00 2024\nSubject: from a mailbox\n\ntext\n",
    b"From a@west.example Mon Jan  1 00:00:00 2024\nSubject: =?gb2312?Q?=B7=A2?=\n\nencoded\n",
    b"Subject: =?x\nX-Mailer: what?\n\nno encoded word\n",
    b"Subject: \xb7\xa2\xc6\xb1\nX-Mailer: \xff\n\ntext\n",
    b'Content-Type: multipart/alternative; boundary="Aa"\n\nnobody reads this\n'
    b"--Aa\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n=E5=8F=91\n"
    b"--Aa\nContent-Type: text/html; charset=gb2312\n\n<p>\xb7\xa2\n--Aa--\nnor this\n",
    b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\nContent-Type: image/png\n\nx\n" * 30 + b"--a--\n",
)
ODD = (
    b"",
    b"\n\nno header\n",
    b"no header at all",
    b"From a@west.example Mon Jan  1 00:00:00 2024\n\nSubject: no header\n\ntext\n",
    b"From a@west.example Mon Jan  1 00:00:00 2024\n>From b Mon\nSubject: two such lines\n\ntext\n",
    b"From a@west.example Mon Jan  1 00:00:00 2024",
    b"From : a@west.example\n folded\nSubject: none\n\ntext\n",
    b"Subject: one\nno field\nX-Mailer: two\n\ntext\n",
    b"Subject: \xb7\xa2 =?utf-8?B?5Y+R56Wo?=\n\ntext\n",
    b"Subject: =?utf-8?q?one\nX-Mailer: two?=\n\na word over two lines\n",
    b"Subject: =?utf-8?q?one?=\n=?utf-8?q?two?=: three\n\na name that is a word\n",
    b"Subject: =?utf-8?q?one=0AX-Mailer:_two=0D=0A_three?=\n\na word that has lines\n",
    b"Subject: =?utf-8?q?one?=\nX-Mailer: two\r\n\nline ends of both kinds\n",
    b"Subject: " + b"=?utf-8?q?=E5=8F=91?= x " * 130 + b"\n\nlonger than it looks\n",
    b"Content-Type: text/html; name=\xb7\xa2\n\n<p>\n",
    b"Content-Type: multipart/digest; boundary=a\n\n--a\n\nSubject: one\n\nx\n--a--\n",
    b"Content-Type: multipart/mixed; boundary=a\n\n--a\nno field\n\nx\n--a\nContent-Type: text/html\n\n<p>\n--a--\n",
    b"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=b\n\n"
    b"--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n--b--\n--a\n\nthree\n--a--\n",
    b"Content-Type: multipart/mixed; boundary=a\n\n--aa\n\nno part\n--a-\n",
    b"Content-Type: multipart/mixed; boundary=a\n\n--b\nContent-Type: text/html\n\nanother boundary\n--b--\n",
    b"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/html\n--a\n\nno empty line\n--a--\n",
    b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\nx\n" * 12_000 + b"--a--\n",
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
            st.integers(0, 300),
            st.sampled_from([b"\n", b"\r", b" ", b"\t", b":", b"\0", b"=?", b"?=", b"\xff", b"a", b""]),
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


def test_what_is_remembered_of_mails_is_the_same_for_every_thread() -> None:
    """More lines, names, domains and types than are remembered, from four threads at once: each mail is read as it is alone."""
    mails = [
        b"Received: from a ([198.51.%d.7]) by west.example\nX-Number-%d: a %d b\nFrom: a@d%d.example\n"
        b"Content-Type: text/x-%d\n\nx\n" % (number % 250, number % 5000, number % 4500, number % 4400, number % 300)
        for number in range(9000)
    ]
    alone = [passages(each) for each in mails]
    assert alone[8999].facts[:2] == (b"hop 198.51.249", b"hop 198.51")
    with ThreadPoolExecutor(4) as threads:
        for found in threads.map(lambda part: [passages(each) for each in part], [mails, mails[::-1], mails, mails]):
            assert sorted(found) == sorted(alone)


def test_types_that_somebody_invented_are_not_kept() -> None:
    """A type may be 60,000 bytes long: it is told of its mail, and forgotten."""
    for number in range(1000):
        kind = b"x%d/" % number + b"y" * 60_000
        assert b"kind " + kind in passages(b"Content-Type: " + kind + b"\n\ntext").facts
        assert b"kind x/y%d" % number in passages(b"Content-Type: x/y%d\n\ntext" % number).facts
    assert len(module._KINDS) <= 256
    assert max(map(len, module._KINDS)) <= 80
