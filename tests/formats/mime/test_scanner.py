"""Bytes in, structure out: where parts stand, what is passed over with a word, and what no input can do."""

import sys
from base64 import encodebytes
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.mime import DEPTH_LIMIT, PART_LIMIT, Part, scan, scan_again
from comity.services.operate.sample_reports import DIALECTS, make

LETTER = b"""\
From: Lin <lin@west.example>
Subject: photos
Content-Type: multipart/mixed; boundary="outer"

This is for programs that know no MIME.
--outer
Content-Type: multipart/alternative; boundary="inner"

--inner
Content-Type: text/plain; charset=utf-8

hello
--inner
Content-Type: text/html; charset=utf-8

<p>hello</p>
--inner--
--outer
Content-Type: message/rfc822
Content-Disposition: attachment; filename="spam.eml"

Subject: buy
From: a@east.example

cheap
--outer--
Sent from a list.
"""
ENDS = {"LF": b"\n", "CRLF": b"\r\n", "CR": b"\r"}


def _types(message: Part) -> list[str]:
    return [part.content_type for part in message.walk()]


def _codes(message: Part) -> list[str]:
    return [note.code for note in message.all_findings()]


def _calls(work: Callable[[], object]) -> int:
    """How many functions are called, ours and those of Python: a clock that every machine agrees on."""
    count = 0

    def one_more(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(one_more)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


# -- where things stand


@pytest.mark.parametrize("ends", ENDS)
def test_every_line_end_gives_the_same_structure(ends: str) -> None:
    """LF, CRLF and the bare CR of old files: the same parts, names, addresses and texts."""
    message = scan(LETTER.replace(b"\n", ENDS[ends]))
    assert _types(message) == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "message/rfc822", "text/plain",
    ]  # fmt: skip
    attached = message.children[1]
    assert attached.filename == "spam.eml"
    assert attached.disposition == "attachment"
    assert attached.children[0].headers.first("subject") == "buy"
    assert attached.children[0].is_message
    assert [part.text().strip() for part in message.walk() if not part.children] == ["hello", "<p>hello</p>", "cheap"]
    assert message.children[0].charset is None
    assert message.children[0].children[0].charset == "utf-8"


@pytest.mark.parametrize("ends", ENDS)
def test_a_part_is_an_exact_slice_of_the_input(ends: str) -> None:
    """Evidence is never re-made: header and body of every part are the bytes that arrived, at the offsets named."""
    data = LETTER.replace(b"\n", ENDS[ends])
    message = scan(data)
    assert message.raw == data
    for part in message.walk():
        assert part.data is data
        assert part.raw == data[part.start : part.end]
        assert part.body == data[part.body_start : part.end]
        assert data[part.start : part.body_start] + part.body == part.raw
        for child in part.children:
            assert part.body_start <= child.start <= child.end <= part.end


def test_what_stands_around_the_parts_is_no_part() -> None:
    """The text before the first boundary and behind the last one belongs to nobody's content."""
    texts = b"".join(part.body for part in scan(LETTER).walk() if not part.children)
    assert b"no MIME" not in texts
    assert b"Sent from" not in texts


def test_the_line_end_before_a_boundary_belongs_to_the_boundary() -> None:
    """RFC 2046 section 5.1.1; a part may even be empty, or its delimiters may share a line end."""
    message = scan(
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n\r\n--b\r\n\r\n--b\r\n--b--\r\n"
    )
    assert [part.body for part in message.children] == [b"one\r\n", b"", b""]


@pytest.mark.parametrize(
    ("line", "count"),
    [(b"--b", 2), (b"--b  \t", 2), (b"--bb", 1), (b"--b-", 1), (b" --b", 1), (b"--B", 1)],
)
def test_only_the_boundary_itself_divides(line: bytes, count: int) -> None:
    """Blanks may follow it; a longer, indented or other boundary is text."""
    message = scan(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n" + line + b"\n\ntwo\n--b--\n")
    assert len(message.children) == count


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("like", [b"--bb", b"--b-", b"--b x", b"--b--x", b"--b\rx"])
def test_many_lines_that_begin_like_a_boundary_hide_none(like: bytes, line_end: bytes) -> None:
    """Of a thousand no one divides; the boundaries between and behind them do, however they end."""
    likes = (like + line_end) * 1000
    text = b"--b\n\none\n%b--b \t\n\ntwo\n%b--b\n--b\n\nthree\n%b--b--\n%b" % (likes, likes, likes, likes)
    message = scan(b"Content-Type: multipart/mixed; boundary=b\n\n" + text)
    assert [part.body.count(like) for part in message.children] == [1000, 1000, 0, 1000]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_many_ends_of_nothing_hide_no_part(line_end: bytes) -> None:
    """A million bytes of last delimiters are passed over; what begins behind them is a part, and ends where it ends."""
    lines = [
        *[b"--b--"] * 150_000,
        b"--b",
        b"",
        b"one",
        *[b"--b--"] * 300,
        b"--b \t",
        b"",
        b"two",
        b"--b--x",
        b"--b--",
        b"",
    ]
    message = scan(b"Content-Type: multipart/mixed; boundary=b" + 2 * line_end + line_end.join(lines))
    assert [each.text().rstrip() for each in message.children] == ["one", f"two{line_end.decode()}--b--x"]


def test_a_digest_holds_messages() -> None:
    """RFC 2046 section 5.1.5: a part without a type is a message there, and text everywhere else."""
    parts = b"--b\n\nSubject: one\n\nfirst\n--b\n\nSubject: two\n\nsecond\n--b--\n"
    digest = scan(b"Content-Type: multipart/digest; boundary=b\n\n" + parts)
    assert [part.children[0].headers.first("subject") for part in digest.children] == ["one", "two"]
    mixed = scan(b"Content-Type: multipart/mixed; boundary=b\n\n" + parts)
    assert [part.content_type for part in mixed.children] == ["text/plain", "text/plain"]


def test_a_message_that_somebody_encoded_is_read_all_the_same() -> None:
    """RFC 2046 section 5.2.1 forbids base64 around a message; it happens, and the message inside is found."""
    inner = b"Subject: buy\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\ncheap\n--i--\n"
    message = scan(b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + encodebytes(inner))
    (nested,) = message.children
    assert nested.raw == inner
    assert nested.data == inner
    assert nested.children[0].body == b"cheap"


@pytest.mark.parametrize(
    "before", [b"", b"\n", b"\r\n \t\r\n", b"From lin@west.example Mon Jan  5 10:00:00 2026\n", b"\n>From x\n"]
)
def test_a_message_may_follow_empty_lines_and_a_mailbox_line(before: bytes) -> None:
    """What a mailbox file or a careless program puts before the first field is passed over."""
    message = scan(before + b"Subject: hello\n\nsee you")
    assert message.headers.first("subject") == "hello"
    assert message.body == b"see you"
    assert message.start == len(before)


# -- what real mail gets wrong


@pytest.mark.parametrize(
    ("data", "code", "types"),
    [
        (b"Content-Type: multipart/mixed\n\n--b\nContent-Type: text/html\n\nx\n--b--\n", "no-boundary", ["text/html"]),
        (b'Content-Type: multipart/mixed; boundary="c"\n\n--b\nContent-type: text/html\n\nx\n--b--\n', "boundary-missing",
         ["text/html"]),
        (b"Content-Type: multipart/mixed; boundary=c\n\nno part here", "boundary-missing", []),
        (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo", "boundary-unclosed", ["text/plain"] * 2),
        (b"Subject: x\nthis is no field\nContent-Type: text/html\n\n<p>", "header-malformed", None),
        (b"Subject: x\rTo: y\r\rtext", "bare-cr", None),
        (b"Subject: a\0b\n\ntext", "header-nul", None),
        (b"Content-Transfer-Encoding: rot13\n\nuryyb", "encoding-unknown", None),
        (b"Content-Transfer-Encoding: base64\n\naGVs*bG8=", "encoding-damaged", None),
    ],
)  # fmt: skip
def test_a_deviation_is_said_and_the_rest_is_read(data: bytes, code: str, types: list[str] | None) -> None:
    """Nothing is refused: what can be read is read, and the finding names the byte."""
    message = scan(data)
    assert code in _codes(message)
    assert all(note.where and note.where.startswith("byte ") for note in message.findings)
    if types is not None:
        assert [part.content_type for part in message.children] == types


def test_a_line_among_the_fields_that_is_none_does_not_end_them() -> None:
    """A wrapped line without its blank, a mail gateway's remark: the fields behind it still count."""
    message = scan(b"Subject: x\nX-Long: a\nb c d\nContent-Type: text/html\n\n<p>")
    assert message.content_type == "text/html"
    assert message.body == b"<p>"
    assert [note.where for note in message.findings] == ["byte 21"]


def test_a_body_without_its_empty_line_is_a_body() -> None:
    """Text that follows the fields at once is not taken for more fields, and none of it is lost."""
    message = scan(b"Subject: x\nhello you\nthere are three lines\nof text here: none\nis a field\n")
    assert message.headers.first("subject") == "x"
    assert message.body.startswith(b"hello you")


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        (b"", "text/plain"),
        (b"Content-Type: TEXT/HTML; charset=x\n", "text/html"),
        (b"Content-Type: text\n", "text/plain"),
        (b"Content-Type: pictures\n", "application/octet-stream"),
        (b"Content-Type: \n", "text/plain"),
        (b"Content-Type:\n text/html;\n\tcharset=x\n", "text/html"),
        (b"content-type : text/html\n", "text/html"),
        (b"Content-Type: text/html\nContent-Type: text/css\n", "text/html"),
    ],
)
def test_the_type_of_a_part_however_it_is_written(field: bytes, kind: str) -> None:
    """The first field counts, in any case; where there is none it is text, and nonsense is bytes."""
    assert scan(b"Subject: x\n" + field + b"\nbody").content_type == kind


def test_parts_with_the_same_header_are_kept_apart() -> None:
    """What is remembered of a usual header never makes one part's content another's."""
    header = b"Content-Type: text/plain; charset=big5\nContent-Transfer-Encoding: base64\n\n"
    one, other = scan(header + b"b25l"), scan(header + b"dHdv")
    assert (one.text(), other.text()) == ("one", "two")
    assert one.params == other.params == {"charset": "big5"}
    assert (one.encoding, other.charset) == ("base64", "big5")


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        (b"Content-Disposition: attachment; filename*=UTF-8''%E6%8A%95.eml\n", "投.eml"),
        (b'Content-Disposition: attachment; filename="=?gb2312?B?zbbL3w==?=.eml"\n', "投诉.eml"),
        (b'Content-Type: text/plain; name="a.txt"\n', "a.txt"),
        (b"Content-Disposition: attachment; filename=a\nContent-Type: text/plain; name=b\n", "a"),
        (b"Content-Disposition: inline\n", None),
    ],
)
def test_the_name_of_a_part_however_it_is_coded(fields: bytes, name: str | None) -> None:
    """RFC 2231 as written, RFC 2047 as many programs write it; the disposition before the type."""
    assert scan(fields + b"\n").filename == name


def test_a_multipart_is_never_decoded() -> None:
    """RFC 2045 section 6.4: an encoding that a multipart claims is a mistake; its parts are where they are."""
    message = scan(
        b"Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\n\nhello\n--b--\n"
    )
    assert message.children[0].text() == "hello"
    assert message.content() == message.body


# -- caps


def test_two_thousand_levels_end_at_the_hundredth() -> None:
    """Deep nesting costs no recursion: the bytes below the cap stay whole, and a finding says so."""
    nested = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(2000))
    for data in (nested + b"\nx", b"Content-Type: message/rfc822\n\n" * 2000 + b"Subject: x\n\nx"):
        message = scan(data)
        parts = list(message.walk())
        assert max(part.depth for part in parts) == DEPTH_LIMIT
        assert parts[-1].end == len(data)
        assert "depth-limit" in _codes(message)


def test_two_hundred_thousand_parts_end_at_the_cap() -> None:
    """The cap counts the parts of the whole input, not of one multipart."""
    flood = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 200_000 + b"--b--"
    message = scan(flood)
    assert len(list(message.walk())) == PART_LIMIT
    assert "part-limit" in _codes(message)
    half = b"--b\n\nx\n" * (PART_LIMIT // 2)
    inner = b"Content-Type: multipart/mixed; boundary=c\n\n" + half.replace(b"--b", b"--c") + b"--c--\n"
    both = scan(b"Content-Type: multipart/mixed; boundary=b\n\n" + half + b"--b\n" + inner + b"--b--")
    assert len(list(both.walk())) == PART_LIMIT


def test_a_mebibyte_of_fields_is_enough() -> None:
    """Fields beyond it are not looked at; the body is still where it is."""
    message = scan(b"a: b\n" * 300_000 + b"Subject: late\n\nbody")
    assert message.headers.first("subject") is None
    assert message.body == b"body"
    assert "header-limit" in _codes(message)


def test_a_thousand_lines_that_are_no_fields_begin_the_body() -> None:
    """Text that looks like a field now and then is not searched to its end."""
    message = scan(b"no field\nA: b\n" * 5000 + b"\nbody")
    assert len(message.findings) == 1000
    assert message.end - message.body_start > 50_000


GROWING: dict[str, Callable[[int], bytes]] = {
    "parts": lambda n: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * n + b"--b--",
    "almost boundaries": lambda n: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--bx\n" * n,
    "fields": lambda n: b"a: b\n" * n + b"\nx",
    "folded lines": lambda n: b"a: b\n" + b" c\n" * n + b"\nx",
    "lines that are no fields": lambda n: b"a: b\n" + b"no\nA: b\n" * n + b"\nx",
    "parameters": lambda n: b"Content-Type: text/plain" + b"; a=b" * n + b"\n\nx",
    "sections of a parameter": lambda n: (
        b"Content-Type: x/y; " + b"".join(b"a*%d=b; " % i for i in range(n)) + b"\n\nx"
    ),
    "encoded words": lambda n: b"Subject: " + b"=?utf-8?q?a?= " * n + b"\n\nx",
    "quoted-printable": lambda n: b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=3D=\n" * n,
    "damaged base64": lambda n: b"Content-Transfer-Encoding: base64\n\n" + b"QU=!\nFB" * n,
    "uuencode": lambda n: b"Content-Transfer-Encoding: x-uue\n\nbegin 644 x\n" + b"#86)C\n" * n,
    "nested messages": lambda n: b"Content-Type: message/rfc822\n\n" * n + b"Subject: x\n\nx",
}


@pytest.mark.parametrize("shape", GROWING)
def test_twice_the_input_is_at_most_twice_the_work(shape: str) -> None:
    """No input makes the reader's effort grow faster than its size."""

    def work(size: int) -> Callable[[], object]:
        data = GROWING[shape](size)

        def read() -> None:
            message = scan(data)
            for part in message.walk():
                part.headers.decoded("subject")
                part.headers.all("a")
                part.text()

        return read

    small, large = _calls(work(400)), _calls(work(800))
    assert large <= 2.2 * small + 100


def test_a_body_that_nobody_asks_for_is_not_read() -> None:
    """A report with three megabytes of reported text costs as many steps as one with three kilobytes."""

    def work(size: int) -> Callable[[], object]:
        data = make(Random(1), "strict", size)[0]  # noqa: S311 - a sample, no secret
        return lambda: [part.content_type for part in scan(data).children]

    work(3000)()  # so that usual headers are known
    assert _calls(work(3_000_000)) == _calls(work(30_000))


# -- any input at all


def _use(data: bytes) -> None:
    message = scan(data)
    for count, part in enumerate(message.walk()):
        assert 0 <= part.start <= part.body_start <= part.end <= len(part.data)
        assert part.raw == part.data[part.start : part.end]
        for header in part.headers.items():
            name = header.name.encode()
            assert part.data[header.offset : header.offset + len(name)] == name
            assert header.raw in part.headers.raw
            assert header.name.lower() in part.headers
            assert part.headers.first(header.name.lower()) is not None
        assert isinstance(part.text(), str)
        assert (part.content_type.count("/"), part.content_type) == (1, part.content_type.lower())
        _ = (part.params, part.charset, part.encoding, part.disposition, part.filename, part.headers.decoded("subject"))
        if count > 200:
            break
    message.all_findings()


@given(st.binary(max_size=2000))
def test_random_bytes_never_raise(data: bytes) -> None:
    """Whatever arrives has a structure, and offsets that lie within it."""
    _use(data)


SCRAPS = st.sampled_from(
    [
        b"\n", b"\r\n", b"\r", b"\n\n", b" ", b"\t", b":", b";", b'"', b"\\", b"--", b"--b", b"--b--", b"\n--b\n", b"=?", b"?=",
        b"\0", b"\xff", b"\x1b$)A", b"~{", b"From x\n", b"Subject : x\n", b"A:b\n",
        b"Content-Type: multipart/mixed; boundary=b\n", b"Content-Type: multipart/digest; boundary=\"b\"\n",
        b"Content-Type: message/rfc822\n", b"Content-Type: text/plain; charset=gb2312\n", b"Content-Type: x\n",
        b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: x-uuencode\n", b"begin 644 x\n", b"QUJD=",
        b"Subject: =?gb2312?b?zbbL3w?=\n", b"Content-Disposition: a; filename*0*=x''%E6; filename*1=%\n",
    ]
)  # fmt: skip


@given(st.lists(SCRAPS, max_size=40).map(b"".join))
def test_scraps_of_mail_in_any_order_never_raise(data: bytes) -> None:
    """The same for bytes that look like mail all the way."""
    _use(data)


@given(st.sampled_from(DIALECTS), st.data())
def test_mangled_reports_never_raise(dialect: str, data: st.DataObject) -> None:
    """Real mail with pieces cut out, doubled and overwritten."""
    mail = bytearray(make(Random(7), dialect, 2500)[0])  # noqa: S311 - a sample, no secret
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(mail)))
        until = min(len(mail), at + data.draw(st.integers(0, 300)))
        mail[at:until] = data.draw(st.one_of(SCRAPS, st.just(bytes(mail[at:until]) * 2), st.just(b"")))
    _use(bytes(mail))


@given(st.lists(SCRAPS, max_size=30).map(b"".join), st.integers(0, 5))
def test_what_a_message_says_does_not_depend_on_how_deep_it_lies(inner: bytes, levels: int) -> None:
    """A message read alone and the same bytes attached to mail have the same parts."""
    inner = b"Subject: inner\n" + inner.replace(b"\r", b"")
    attached = scan(b"Content-Type: message/rfc822\n\n" * levels + inner)
    for _ in range(levels):
        (attached,) = attached.children
    assert _types(attached) == _types(scan(inner))
    assert [part.raw for part in attached.walk()] == [part.raw for part in scan(inner).walk()]


def test_what_was_scanned_latest_is_not_scanned_again() -> None:
    """Whoever reads a mail and whoever verifies its signature look at one structure; bytes that are only equal are scanned."""
    data = b"Subject: x\n\nbody"
    message = scan(data)
    assert scan_again(data) is message
    assert scan_again(bytes(bytearray(data))) is not message
    other = scan(b"Subject: y\n\nbody")
    assert scan_again(data) is not other
    assert scan_again(data).headers.first("subject") == "x"


@pytest.mark.parametrize(
    ("written", "params"),
    [
        ('multipart/report; report-type=a; boundary="b"', {"report-type": "a", "boundary": "b"}),
        ('multipart/report; report-type=a; boundary="c;d"', {"report-type": "a", "boundary": "c;d"}),
        ('multipart/mixed; name="x; boundary="b"', {"name": "x; boundary="}),
        ('multipart/mixed; xboundary="b"', {"xboundary": "b"}),
        ('multipart/mixed; boundary="b\\"c"', {"boundary": 'b"c'}),
        ('multipart/mixed; boundary=a; boundary="b"', {"boundary": "a"}),
        ('multipart/mixed; boundary=""', {"boundary": ""}),
    ],
)
def test_a_boundary_is_read_with_what_stands_before_it(written: str, params: dict[str, str]) -> None:
    """What programs repeat is read once, and never mixed up with the boundary, quoted or not."""
    for _ in range(2):
        assert dict(scan(f"Content-Type: {written}\n\n".encode()).params) == params


def test_children_are_found_when_they_are_asked_for() -> None:
    """Who looks at three parts of ten thousand pays for three; who asks for all then gets the same ones, and each counts once."""
    message = scan(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\na\n" * 50)
    some = message.each_child()
    first = [next(some) for _ in range(3)]
    again = message.each_child()
    assert next(again) is first[0]
    assert message.children[:3] == tuple(first)
    assert [*first, *some] == list(message.children) == list(message.each_child())
    assert [each.content() for each in message.children] == [b"a"] * 49 + [b"a\n"]
    assert list(scan(b"\n\nno parts").each_child()) == []
