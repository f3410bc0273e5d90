"""A folder on an IMAP server is read as it is; a server that misbehaves costs the run, with its reason, and no more."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from comity.model.mailbox import Condition, Item
from comity.model.outcomes import ComityError
from comity.outlets.mailboxes import Opening, open_source

Answers = Callable[[str], str]
BODIES = "UID FETCH 3,5 (UID BODY.PEEK[])"


def plain(command: str) -> str:
    """What an ordinary server says; each answer ends with its status."""
    if command == "CAPABILITY":
        return "* CAPABILITY IMAP4rev1\nOK"
    if command.startswith("EXAMINE"):
        return "* 2 EXISTS\n* OK [UIDVALIDITY 9] x\nOK [READ-ONLY] done"
    if "INTERNALDATE" in command:
        return (
            '* 2 FETCH (UID 5 RFC822.SIZE 3 INTERNALDATE " 5-Jan-2026 10:00:00 +0800")\n'
            "* 1 FETCH (FLAGS (\\Seen) UID 3)\n* 1 FETCH (RFC822.SIZE 4 UID 3)\nOK"
        )
    return '* 1 FETCH (BODY[] {4}\nabcd UID 3)\n* 2 FETCH (UID 5 BODY[] "a\\"b")\nOK' if command == BODIES else "OK"


@contextmanager
def serving(answer: Answers) -> Iterator[tuple[str, list[str]]]:
    """A server for one conversation; gives its address, and what it was asked."""
    heard: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, answer, heard))
        thread.start()
        yield f"imap://desk@127.0.0.1:{listener.getsockname()[1]}/INBOX", heard
        thread.join(timeout=120)
        assert not thread.is_alive()


def _serve(listener: socket.socket, answer: Answers, heard: list[str]) -> None:
    connection, _ = listener.accept()
    with connection, connection.makefile("rwb") as lines:
        lines.write(b"* OK ready\r\n")
        lines.flush()
        try:
            while line := lines.readline().decode().rstrip():
                tag, _, command = line.partition(" ")
                heard.append(command)
                *said, status = answer(command).split("\n")
                lines.write("".join(f"{each}\r\n" for each in [*said, f"{tag} {status}"]).encode())
                lines.flush()
        except OSError:
            pass  # the other side hung up, as it should


def read(address: str, **opening: object) -> list[Item]:
    return list(open_source(address, Opening(password=lambda _: "secret", **opening)))  # type: ignore[arg-type]


def test_answers_of_all_forms_are_understood() -> None:
    """UID before or behind the literal, a quoted string, and remarks that nobody asked for."""
    with serving(plain) as (address, heard):
        items = read(address)
    assert [(each.position, each.data, each.condition) for each in items] == [
        ("9/3", b"abcd", Condition.WHOLE),
        ("9/5", b'a"b', Condition.WHOLE),
    ]
    assert not any(re.match("SELECT|STORE|.*BODY\\[", each) for each in heard), heard


def test_when_a_mail_arrived_is_read() -> None:
    """In the time of the server; a mail that is too old is not fetched."""
    with serving(plain) as (address, heard):
        items = read(address, since=datetime(2026, 1, 5, 3, tzinfo=UTC))
    assert {each.position: each.condition for each in items} == {"9/3": Condition.CLOSED, "9/5": Condition.OLDER}
    assert "UID FETCH 3 (UID BODY.PEEK[])" in heard


@pytest.mark.parametrize("status", ["OK", "NO gone", "BAD what"])
def test_a_mail_that_is_not_given_is_an_item_that_says_so(status: str) -> None:
    """It was deleted between the list and the fetch, or the server cannot read it; the run goes on."""
    with serving(lambda command: status if command == BODIES else plain(command)) as (address, _):
        items = read(address)
    assert [each.condition for each in items] == [Condition.CLOSED] * 2


@pytest.mark.parametrize(
    ("asked", "said", "code"),
    [
        ("LOGIN", "NO [AUTHENTICATIONFAILED] no", "imap-refused"),
        ("LOGIN", "NO [UNAVAILABLE] later", "imap-lost"),
        ("EXAMINE", "NO there is none", "imap-folder"),
        ("EXAMINE", "* OK [UIDVALIDITY 9] x\nOK [READ-WRITE] done", "imap-writable"),
        ("EXAMINE", "OK", "imap-lost"),
        ("UID FETCH 1:*", "* BYE restarting\nOK", "imap-lost"),
        (BODIES, "* 1 FETCH (UID 3 BODY[] {9999999}\nx\nOK", "imap-lost"),
        (BODIES, "* 1 FETCH (UID 3 " + "x" * 200_000 + ")\nOK", "imap-lost"),
    ],
)
def test_what_goes_wrong_has_a_name(asked: str, said: str, code: str) -> None:
    """Among it a server that announces far more than it listed: nothing of that is kept."""
    with serving(lambda command: said if command.startswith(asked) else plain(command)) as (address, _):
        with pytest.raises(ComityError) as caught:
            read(address)
        assert caught.value.code == code
