"""What a move into or out of Junk means."""

from datetime import UTC, datetime, timedelta

import pytest

from comity.feedback.moves import MovePolicy
from comity.formats.mime import scan
from comity.formats.moved import taken_off
from comity.model.move import Move, MoveFate

NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
TRACE = "Received: from h (h.example [192.0.2.7]) by mx.west.example; {} May 2026 10:00 +0000\r\n"
PLAIN = TRACE.format(19)


def _fate(
    fields: str = PLAIN,
    move: Move | None = None,
    *,
    into_junk: bool = True,
    policy: MovePolicy | None = None,
    mailbox: str = "ann@west.example",
) -> tuple[MoveFate, str | None]:
    message = scan(f"{fields}\r\n".encode())
    return (policy or MovePolicy()).fate(move, message, mailbox=mailbox, into_junk=into_junk, now=NOW)


@pytest.mark.parametrize(
    ("fields", "move", "into_junk", "fate", "reason"),
    [
        (PLAIN, None, True, "complain", None),
        (PLAIN, Move(target="INBOX"), False, "complain", None),
        (TRACE.format(1), None, True, "nothing", "too-old"),
        (TRACE.format(1), None, False, "nothing", "too-old"),
        ("", None, True, "complain", None),
        (PLAIN, Move(keywords=frozenset({"$junk"})), True, "learn", "junk-keyword"),
        (PLAIN, Move(keywords=frozenset({"$notjunk"})), False, "complain", None),
        (PLAIN + "X-Mozilla-Keys: $label1 Junk\r\n", None, True, "learn", "junk-keyword"),
        (PLAIN + "Message-ID: <17@imapsync>\r\n", None, True, "nothing", "imapsync"),
        (PLAIN, Move(target="Deleted Items"), False, "nothing", "to-trash"),
        (PLAIN, Move(target="INBOX/Trash"), False, "nothing", "to-trash"),
    ],
)
def test_who_really_said_it(fields: str, move: Move | None, into_junk: bool, fate: str, reason: str | None) -> None:
    """Only what a person did is a complaint; what a program did teaches at most."""
    assert _fate(fields, move, into_junk=into_junk) == (fate, reason)


def test_the_operator_decides() -> None:
    """Which mailboxes teach only or are off, how old a mail may be, and whether a keyword is believed to be a person's."""
    policy = MovePolicy(
        oldest=None,
        junk_keyword=MoveFate.COMPLAIN,
        learn_only=frozenset({"@lists.west.example"}),
        off=frozenset({"archive@west.example"}),
    )
    assert _fate(TRACE.format(1), Move(keywords=frozenset({"junk"})), policy=policy)[0] is MoveFate.COMPLAIN
    assert _fate(policy=policy, mailbox="A@Lists.West.Example") == (MoveFate.LEARN, "mailbox-learns")
    assert _fate(policy=policy, mailbox="archive@west.example") == (MoveFate.NOTHING, "mailbox-off")
    assert _fate(policy=MovePolicy(oldest=timedelta(hours=1)))[0] is MoveFate.NOTHING


def test_only_the_first_line_is_our_mail_stores() -> None:
    """A line that came with the mail stands below it, and stays in the mail."""
    forged = b"Comity-Moved: to=Trash; keywords=$Junk\r\nSubject: a\r\n\r\n"
    move, mail = taken_off(b"Comity-Moved: to=Junk; keywords=\r\n" + forged)
    assert (move, mail) == (Move(target="Junk"), forged)
    assert taken_off(b"Subject: a\r\n\r\nComity-Moved: to=Junk\r\n")[0] is None
