"""The settings of what leaves.

Answers:    ``SendingSettings``; ``sending_mistakes(rooms)`` gives what does not fit together.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from comity.settings.kinds import Choice, Domain, File, Mailbox, Number, Text, about
from comity.settings.watch import Mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingSettings:
    """How mail leaves. Until a peer is live (`comity peer live NAME`), nothing leaves for it."""

    host: str = field(
        default="localhost",
        metadata=about(Domain(), "The mail host that takes our mail and delivers it.", example='"mail.west.example"'),
    )
    port: int = field(default=25, metadata=about(Number(1, 65535), "Its port.", example="587"))
    tls: str = field(
        default="when-offered",
        metadata=about(
            Choice(("never", "when-offered", "always", "wrapped")),
            "Encryption on the way to it: with `always` and `wrapped` (from the first byte) its certificate is checked.",
            example='"always"',
        ),
    )
    account: str | None = field(
        default=None,
        metadata=about(
            Text(),
            "Who logs in there, where the mail host wants that. `tls` is then at least `always`.",
            example='"comity@west.example"',
        ),
    )
    password_file: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "A file whose first line is its password, readable for its owner only.",
            example='"mail-host.password"',
        ),
    )
    timeout_seconds: int = field(
        default=60,
        metadata=about(
            Number(1, 150),
            "How long an answer of it is waited for; one mail takes three times as long at most.",
            example="30",
        ),
    )
    threads: int = field(
        default=2, metadata=about(Number(1, 32), "How many mails are handed over at once.", example="4")
    )
    bounce_address: str | None = field(
        default=None,
        metadata=about(
            Mailbox(),
            "Where mail that could not be delivered comes back, `+` and a token added for each mail: list it in `gates.mailboxes`. "
            "Without this, `bounces@` at `identity.domain`.",
            example='"bounces@west.example"',
        ),
    )
    wait_seconds: int = field(
        default=900,
        metadata=about(Number(0, 86400), "How long a complaint waits, so that it can be taken back.", example="1800"),
    )
    per_day: int = field(
        default=1000,
        metadata=about(
            Number(1, 10**7), "The most reports a day for one peer, where its agreement does not say.", example="200"
        ),
    )
    hold_days: int = field(
        default=14, metadata=about(Number(1, 365), "What is held for longer is not sent any more.", example="7")
    )
    give_up_days: int = field(
        default=5, metadata=about(Number(1, 30), "For how many days it is tried again.", example="3")
    )
    suspend_after: int = field(
        default=5,
        metadata=about(Number(1, 1000), "A peer that refuses so many mails within a week gets no more.", example="10"),
    )


def sending_mistakes(rooms: Mapping[str, Any]) -> Iterator[Mistake]:
    """A login needs a password, and a connection that nobody else can read or answer."""
    found = rooms.get("sending", SendingSettings())
    if (found.account is None) != (found.password_file is None):
        there, missing = ("account", "password_file") if found.account else ("password_file", "account")
        yield "sending-login", ("sending", there), {"name": f"sending.{there}", "other": f"sending.{missing}"}
    elif found.account is not None and found.tls == "never":
        yield "sending-login-clear", ("sending", "tls"), {"host": found.host}
