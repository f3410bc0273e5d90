"""What of a mail says that it wants to deceive; newsletters and mistakes do not."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.deception import Deception, DeceptionKind, deceptions
from comity.formats.mime import scan

SIGNED = b"DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=a; b=x\n"


def found(markup: str, header: bytes = b"", *, encoded: bool = False) -> list[str]:
    """What is found in an HTML mail, in signs."""
    body = base64.encodebytes(markup.encode()) if encoded else markup.encode()
    how = b"Content-Transfer-Encoding: base64\n" if encoded else b""
    mail = header + b"From: Bank <no@bank.example>\nContent-Type: text/html; charset=utf-8\n" + how + b"\n" + body
    return [each.about for each in deceptions(scan(mail))]


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize(
    "link",
    [
        '<a href="http://evil.example/x">www.bank.example</a>',
        "<A CLASS=b HREF='https://evil.example:8443/x'> <b>https://www.bank.example/login?a=1</b>\n</A>",
        "<a href=http://user@evil.example/>WWW.Bank.Example",
        '<a href="http&#58;//evil.example/">www.<i>bank</i>.example</a>',
    ],
)
def test_a_link_that_shows_another_place(link: str, encoded: bool) -> None:
    """However it is written; the sender's own name excuses nothing, for it may be the one that is misused."""
    assert found(f"<p>{link}</p>{link}", encoded=encoded) == ["www.bank.example -> evil.example"]


@pytest.mark.parametrize(
    "link",
    [
        '<a href="http://login.bank.example/">www.bank.example</a>',  # one organisation
        '<a href="http://evil.example/">click here</a>',
        '<a href="http://evil.example/">Our shop.example news and more</a>',
        '<a href="mailto:a@evil.example">www.bank.example</a>',
        '<a href="/x">www.bank.example</a>',
        '<a href="http://[::1/">www.bank.example</a>',
        '<a href="http://evil.example/">readme.txt 3.5</a>',
        '<a name="x">www.bank.example</a>',
        "<p>www.bank.example</p><a href='http://evil.example/'></a>",
    ],
)
def test_what_shows_no_other_place(link: str) -> None:
    """Words, the own house, what leads nowhere on the web."""
    assert found(link) == []


def test_who_signed_may_lead_through_a_counter() -> None:
    """A newsletter shows its own name and leads to whoever sends it; another's name it may not show."""
    own, other = (f'<a href="http://click.esp.example/1">{name}.example</a>' for name in ("www.shop", "bank"))
    assert found(own) == ["www.shop.example -> click.esp.example"]
    assert found(own, SIGNED) == []
    assert found(other, SIGNED) == ["bank.example -> click.esp.example"]


def test_a_field_for_a_password() -> None:
    """A mail that asks for one by itself; a field for anything else does not."""
    form = '<form action="https://evil.example/take" method=post><input name=u><input size=9 type="password"></form>'
    assert found(form) == ["[password] -> evil.example"]
    assert found("<input type=PASSWORD>") == ["[password] -> ?"]
    assert found('<form action="https://a.example/"><input type=search name=q></form>') == []


def test_plain_text_shows_what_it_is() -> None:
    """No link of a plain text hides where it leads."""
    assert deceptions(scan(b'From: a@b.example\n\n<a href="http://evil.example/">www.bank.example</a>')) == ()


@given(st.text(alphabet="<a href='x\"=>/.inputpsword ", max_size=400))
def test_no_markup_breaks_it(markup: str) -> None:
    """Whatever it is."""
    mail = scan(b"Content-Type: text/html\n\n" + markup.encode())
    assert all(isinstance(each, Deception) and each.kind in DeceptionKind for each in deceptions(mail))


@pytest.mark.parametrize(
    "piece", ["<a ", "<a href=", '<a href="http://x.example">', "<input ", "<form ", "<a href=x>a.b"]
)
def test_repeated_beginnings_cost_little(piece: str) -> None:
    """Half a megabyte of what begins a link and never ends: looked at once, and done."""
    assert isinstance(found(piece * (500_000 // len(piece))), list)
