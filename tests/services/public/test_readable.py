"""A mail of ours in words: what is encoded is undone and says so, all else stands as it is, nothing is lost."""

from base64 import b64encode

from hypothesis import given
from hypothesis import strategies as st

from comity.services.public.readable import LINES, Passage, readable

HEAD = b"From: a@west.example\nMIME-Version: 1.0\n"


def lines(found: tuple[Passage, ...]) -> list[str]:
    """All of them."""
    return [line for each in found for line in each.lines]


def test_what_is_not_encoded_stands_as_it_is() -> None:
    """Line for line, in the order of the bytes, and nothing is called decoded."""
    mail = (
        HEAD + b"Content-Type: multipart/mixed; boundary=b\n\nfor others\n--b\n\none\n--b\n\ntwo =3D\n--b--\nbehind\n"
    )
    found = readable(mail)
    assert lines(found) == mail.decode().splitlines()
    assert [each.undone for each in found] == [None]


def test_each_part_is_decoded_in_its_own_charset() -> None:
    """Base64 of GB 18030 and quoted-printable of Latin-1 stand between the bytes around them; a picture is left out by its size."""
    mail = (
        HEAD + b'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain; charset=gb18030\n'
        b"Content-Transfer-Encoding: base64\n\n" + b64encode("投诉".encode("gb18030")) + b"\n--b\n"
        b"Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\ncaf=E9\n--b\n"
        b"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n" + b64encode(bytes(300)) + b"\n--b--\n"
    )
    found = readable(mail)
    undone = [(each.undone, each.content_type, each.lines, each.octets) for each in found if each.undone]
    assert undone == [
        ("base64", "text/plain", ("投诉",), 0),
        ("quoted-printable", "text/plain", ("café",), 0),
        ("base64", "image/png", (), 300),
    ]
    assert lines(found)[-1] == "--b--"


def test_the_fields_of_a_reported_mail_are_decoded_too() -> None:
    """A subject in encoded words inside the report is what a person wants to read, folded lines included."""
    mail = HEAD + b"Content-Type: message/rfc822\n\nSubject: =?utf-8?B?5oqV?=\n =?utf-8?Q?=E8=AF=89?=\n\nbuy\n"
    assert [each.lines for each in readable(mail) if each.undone] == [("Subject: 投", " 诉")]


def test_a_long_mail_is_cut_and_says_so() -> None:
    """Two thousand lines are enough for a person."""
    found = readable(HEAD + b"\n" + b"line\n" * (2 * LINES))
    assert len(lines(found)) == LINES
    assert [each.is_cut for each in found] == [True]


def test_what_a_part_calls_itself_is_cut() -> None:
    """A type as long as a book is no way past the bounds of a page."""
    mail = HEAD + b"Content-Type: text/" + b"a" * 100_000 + b"\nContent-Transfer-Encoding: base64\n\naGk=\n"
    found = [each for each in readable(mail) if each.undone]
    assert [(len(each.content_type or ""), each.lines) for each in found] == [(80, ("hi",))]


@given(st.binary(max_size=400), st.sampled_from([b"base64", b"quoted-printable", b"8bit", b"7bit", b"x"]))
def test_whatever_the_bytes_are(body: bytes, encoding: bytes) -> None:
    """Nothing is raised, and the lines hold no line ends."""
    found = readable(HEAD + b"Content-Transfer-Encoding: " + encoding + b"\n\n" + body)
    assert not any("\n" in line or "\r" in line for line in lines(found))
