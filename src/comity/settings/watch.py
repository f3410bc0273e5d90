"""Settings of what is watched for new mail: Maildirs on this machine, folders on IMAP servers, message buses.

Answers:    ``WatchSettings``; ``watch_mistakes(rooms, path)`` gives what does not fit together.
"""

import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from comity.settings.bus import BusEntry, bus_mistakes
from comity.settings.kinds import Choice, Domain, Entries, File, Mailbox, Number, Secret, Text, about

Mistake = tuple[str, tuple[str | int, ...], Mapping[str, object]]  # code of the error, where, what fills its holes
AFTER: Final = ("leave", "seen", "delete")
_LISTS: Final = (
    "mailboxes",
    "spam",
    "fraud",
    "not_spam",
    "moved_to_junk",
    "moved_from_junk",
    "learn_spam",
    "learn_legitimate",
    "forget",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaildirEntry:
    """A Maildir on this machine; a table of its own for each."""

    path: Path = field(
        metadata=about(File(), "The Maildir: the folder with `new` and `cur`.", example='"/var/mail/abuse"')
    )
    mailbox: str = field(
        metadata=about(
            Mailbox(),
            "The address whose mail lies there. It stands in one of the lists of `[gates]` too, which says what its mail is.",
            example='"abuse@west.example"',
        )
    )
    after: str = field(
        default="seen",
        metadata=about(
            Choice(AFTER),
            "What is done with a mail that was taken: `leave`: nothing; `seen`: it moves to `cur`, as read; `delete`: it goes.",
            example='"leave"',
        ),
    )
    seconds: int = field(
        default=2, metadata=about(Number(1, 3600), "How often it is looked into, in seconds.", example="10")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapEntry:
    """A folder on an IMAP server; a table of its own for each."""

    host: str = field(metadata=about(Domain(), "The server.", example='"imap.west.example"'))
    account: str = field(metadata=about(Text(), "Who logs in.", example='"abuse@west.example"'))
    mailbox: str = field(
        metadata=about(
            Mailbox(),
            "The address whose mail lies there. It stands in one of the lists of `[gates]` too, which says what its mail is.",
            example='"abuse@west.example"',
        )
    )
    folder: str = field(
        default="INBOX", metadata=about(Text(), "The folder, as people write it.", example='"垃圾邮件"')
    )
    tls: str = field(
        default="wrapped",
        metadata=about(
            Choice(("wrapped", "starttls", "never")),
            "Encryption: from the first byte, or asked for then; the certificate is checked. `never` is for this very machine.",
            example='"starttls"',
        ),
    )
    port: int | None = field(
        default=None,
        metadata=about(Number(1, 65535), "Its port; without this, 993 when `wrapped`, else 143.", example="1143"),
    )
    password_file: Path | None = field(
        default=None,
        metadata=about(
            File(), "A file whose first line is the password, readable for its owner only.", example='"imap.password"'
        ),
    )
    password_variable: str | None = field(
        default=None,
        metadata=about(
            Text(), "Instead of it, the environment variable that holds the password.", example='"ABUSE_PASSWORD"'
        ),
    )
    password: str | None = field(
        default=None,
        repr=False,
        metadata=about(
            Secret(), "The password itself: only where this file is readable for its owner alone.", example='"..."'
        ),
    )
    after: str = field(
        default="seen",
        metadata=about(
            Choice(AFTER),
            "What is done with a mail that was taken: `leave`: nothing; `seen`: it is marked as read; `delete`: it goes.",
            example='"leave"',
        ),
    )
    seconds: int = field(
        default=60,
        metadata=about(
            Number(5, 86400),
            "How often it is asked, in seconds, where the server cannot tell by itself (IDLE).",
            example="300",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """Mailboxes that `comity serve` takes new mail out of. What lies there already is taken too, each mail once."""

    maildir: tuple[MaildirEntry, ...] = field(
        default=(),
        metadata=about(
            Entries(MaildirEntry),
            "Maildirs on this machine, a table `[[watch.maildir]]` each.",
            example='[{ path = "/var/mail/abuse", mailbox = "abuse@west.example" }]',
        ),
    )
    imap: tuple[ImapEntry, ...] = field(
        default=(),
        metadata=about(
            Entries(ImapEntry),
            "Folders on IMAP servers, a table `[[watch.imap]]` each.",
            example='[{ host = "imap.west.example", account = "abuse@west.example", mailbox = "abuse@west.example", '
            'password_file = "imap.password" }]',
        ),
    )
    bus: tuple[BusEntry, ...] = field(
        default=(),
        metadata=about(
            Entries(BusEntry),
            "Queues, streams and topics of message buses, a table `[[watch.bus]]` each.",
            example='[{ url = "nats://127.0.0.1:4222", topic = "abuse.reports", mailbox = "abuse@west.example" }]',
        ),
    )


def watch_mistakes(rooms: Mapping[str, Any], path: Path) -> Iterator[Mistake]:
    """What one setting alone cannot say: mailboxes have a kind, places are watched once, passwords are not shown."""
    found, gates = rooms.get("watch", WatchSettings()), rooms.get("gates")
    known = {each.lower() for name in _LISTS for each in (getattr(gates, name) if gates else ())}
    seen = set[object]()
    for sort, entries in (("maildir", found.maildir), ("imap", found.imap), ("bus", found.bus)):
        for number, entry in enumerate(entries):
            key = ("watch", sort, number)
            if not {entry.mailbox.lower(), f"@{entry.mailbox.rpartition('@')[2]}"} & known:
                yield "watch-mailbox", (*key, "mailbox"), {"mailbox": entry.mailbox}
            place = _place(entry)
            if place in seen:
                yield "watch-twice", key, {}
            seen.add(place)
            if sort == "imap":
                yield from _password_mistakes(entry, key, path)
            if sort == "bus":
                for code, where, holes in bus_mistakes(entry, key, is_open=is_open(path)):
                    yield code, where, {**holes, "file": path}


def _place(entry: MaildirEntry | ImapEntry | BusEntry) -> object:
    """What may be watched once."""
    if isinstance(entry, MaildirEntry):
        return entry.path
    if isinstance(entry, ImapEntry):
        return (entry.host, entry.account, entry.folder)
    return (entry.url, entry.topic, entry.group)


def _password_mistakes(entry: ImapEntry, key: tuple[str | int, ...], path: Path) -> Iterator[Mistake]:
    given = [name for name in ("password_file", "password_variable", "password") if getattr(entry, name) is not None]
    if len(given) != 1:
        yield "watch-password", key, {"n": len(given)}
    if entry.tls == "never" and entry.host not in ("localhost", "127.0.0.1"):
        yield "watch-clear", (*key, "tls"), {"host": entry.host}
    if entry.password is not None and is_open(path):
        yield "secret-in-open-file", (*key, "password"), {"name": "watch.imap.password", "file": path}


def is_open(path: Path) -> bool:
    """Whether others than its owner can read a file."""
    return path.exists() and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
