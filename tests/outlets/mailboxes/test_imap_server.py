"""An IMAP address is read so that no password shows and nothing can be smuggled into a command."""

import doctest

import pytest

from comity.model.outcomes import ComityError
from comity.outlets.imap import names
from comity.outlets.imap.names import mutf7, quote
from comity.outlets.mailboxes.imap_server import read_address


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
    assert doctest.testmod(names).failed == 0
