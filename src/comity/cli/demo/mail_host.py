"""The mail host between the networks of the demonstration, and the mailbox of the one that reads with its own eyes.

It stands where Postfix stands elsewhere: mail is relayed to the gate of the domain it is for, over SMTP, with the answer of that
gate; mail for a domain without a gate is put into a folder, a file each, where a person finds it.

Trust:      it listens on loopback, and relays what our own two networks hand over.
Answers:    ``MailHost(folder)`` is a context manager; ``port`` is where it listens, ``routes`` maps domains to gates, ``passed`` is
            all that was handed on, in order; ``hand_over(letter)`` hands one on again.
Limits:     nothing is queued: what cannot be handed on is told to come back, and comes back.
"""

import asyncio
import re
import smtplib
from dataclasses import dataclass, field, replace
from email.utils import formatdate, make_msgid
from pathlib import Path
from threading import Thread
from typing import Any, Self

from aiosmtpd.smtp import SMTP

from comity.formats.mime import first_address, scan
from comity.model.listener import Listener

_SECONDS = 60
_ANSWER = """\
Hello,

thank you for telling us about 192.0.2.40. We called the customer: the line is
closed until the computer has been cleaned.

Mei, abuse desk of South
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail on its way."""

    envelope_from: str
    to: str
    data: bytes = field(repr=False)

    @property
    def domain(self) -> str:
        """Whom it is for."""
        return self.to.rpartition("@")[2].lower()

    def by_another_way(self) -> "Letter":
        """The same mail with one trace line more: its bytes differ, what it says does not."""
        trace = f"Received: from localhost by backup.mail-host.example with ESMTP; {formatdate()}\r\n"
        return replace(self, data=trace.encode("ascii") + self.data)


def written_back(letter: Letter) -> Letter:
    """What the person who reads abuse@ answers with a mail program of their own."""
    headers = scan(letter.data).headers
    to = first_address(headers.first("from") or "") or ""
    lines = (
        f"From: Mei <{letter.to}>",
        f"To: {to}",
        f"Subject: Re: {headers.first('subject') or ''}",
        f"Date: {formatdate()}",
        f"Message-ID: {make_msgid(domain=letter.domain)}",
        f"In-Reply-To: {headers.first('message-id') or ''}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=us-ascii",
        "",
        *_ANSWER.splitlines(),
        "",
    )
    return Letter(envelope_from=letter.to, to=to, data="\r\n".join(lines).encode("ascii"))


class MailHost:
    """Takes mail of both networks and hands it on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="mail-host", daemon=True)
        self._server: asyncio.Server | None = None
        self.port = 0
        self.routes: dict[str, Listener] = {}
        self.passed: list[Letter] = []

    def __enter__(self) -> Self:
        self._thread.start()
        opening = self._loop.create_server(lambda: SMTP(self, hostname="mail-host.example"), "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(opening, self._loop).result(_SECONDS)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS)
        self._loop.close()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd finds it by its name
        """Hand one mail on, and answer what the next host answered."""
        answer = "250 2.0.0 ok"
        trace = f"Received: from localhost by mail-host.example with ESMTP; {formatdate()}\r\n".encode("ascii")
        for to in envelope.rcpt_tos:
            letter = Letter(envelope_from=envelope.mail_from or "", to=to, data=trace + envelope.content)
            answer = await asyncio.to_thread(self.hand_over, letter)
        return answer

    def hand_over(self, letter: Letter) -> str:
        """Give one mail to the gate of its domain, or put it into the folder."""
        gate = self.routes.get(letter.domain)
        if gate is None:
            self._put(letter)
        else:
            try:
                with smtplib.SMTP(gate.host, gate.port, timeout=_SECONDS) as session:
                    session.sendmail(letter.envelope_from, [letter.to], letter.data)
            except smtplib.SMTPRecipientsRefused as error:
                code, text = next(iter(error.recipients.values()))
                return f"{code} {text.decode('ascii', 'replace')}"
            except smtplib.SMTPResponseException as error:
                return f"{error.smtp_code} not taken"
            except (OSError, smtplib.SMTPException):
                return "451 4.4.1 come back later"
        self.passed.append(letter)
        return "250 2.0.0 ok"

    def _put(self, letter: Letter) -> None:
        folder = self.folder / re.sub(r"[^a-z0-9.-]", "_", letter.domain).strip(".") / "inbox"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{len(list(folder.iterdir())) + 1:03}.eml").write_bytes(letter.data)

    def for_domain(self, domain: str) -> list[Letter]:
        """What was handed on for one domain."""
        return [each for each in tuple(self.passed) if each.domain == domain]
