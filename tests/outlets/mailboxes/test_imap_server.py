"""An IMAP address is read so that no password shows and nothing can be smuggled into a command."""

import doctest

import pytest

from comity.model.outcomes import ComityError
from comity.outlets.mailboxes import imap, imap_server
from comity.outlets.mailboxes.imap_server import mutf7, quote, read_address


def test_an_address_has_four_parts() -> None:
    """Account with its own @, host, port and folder."""
    address = read_address("imaps://desk@east.example@imap.east.example/INBOX/Abuse%20box")
    assert (address.account, address.host, address.port) == ("desk@east.example", "imap.east.example", 993)
    assert (address.folder, address.tls) == ("INBOX/Abuse box", True)
    assert read_address("imap://desk@localhost:1143").folder == "INBOX"


@pytest.mark.parametrize(
    "spec", ["imaps://", "imaps://host/INBOX", "imaps://a@h:port/x", "imaps://a%0D%0ALOGOUT@h/x", "imaps://a@h/x%0Ay"]
)
def test_a_bad_address_is_an_error(spec: str) -> None:
    """Among them one that would end a command early."""
    with pytest.raises(ComityError) as caught:
        read_address(spec)
    assert caught.value.code == "imap-address"


def test_a_password_on_the_command_line_is_refused_and_not_repeated() -> None:
    """Every process can see it there; the error does not show it again."""
    with pytest.raises(ComityError) as caught:
        read_address("imaps://desk:secret@imap.east.example/INBOX")
    assert caught.value.code == "imap-password-shown"
    assert "secret" not in str(caught.value)


def test_names_are_quoted() -> None:
    """Quotes and backslashes in a folder name stay in it."""
    assert quote('a"b\\c') == '"a\\"b\\\\c"'
    assert [mutf7(name) for name in ("INBOX", "a & b")] == ["INBOX", "a &- b"]
    assert mutf7("~peter/mail/台北/日本語") == "~peter/mail/&U,BTFw-/&ZeVnLIqe-"  # the example of RFC 3501
    assert doctest.testmod(imap_server).failed == 0


def test_answers_of_all_forms_are_understood() -> None:
    """UID before or behind the literal, a quoted string, and remarks that nobody asked for."""
    assert imap._body((b"1 (UID 7 BODY[] {3}", b"abc"), b")") == (7, b"abc")
    assert imap._body((b"1 (BODY[] {3}", b"abc"), b" UID 8)") == (8, b"abc")
    assert imap._body(b'1 (UID 9 BODY[] "a\\"b")', b"") == (9, b'a"b')
    assert imap._body(b"4 (FLAGS (\\Seen) UID 3)", b"") is None
    listed = imap._listed(b'3 (UID 5 RFC822.SIZE 99 INTERNALDATE " 5-Jan-2026 10:00:00 +0800")')
    assert listed is not None
    assert listed.arrived is not None
    assert (listed.uid, listed.size, listed.arrived.isoformat()) == (5, 99, "2026-01-05T02:00:00+00:00")
