"""One LMTP or SMTP conversation: who may write to us, how much, and an answer that is a promise.

Trust:      everything the other side says is a stranger's. Mail is taken for our own mailboxes only; nothing is relayed. What our
            own end users complain about is taken over LMTP only, which our own hosts speak.
Standards:  RFC 5321 (SMTP), RFC 2033 (LMTP: one answer for each recipient), RFC 2920 (commands may come together), RFC 6531.
Answers:    ``SmtpSession`` and ``LmtpSession``: aiosmtpd's protocol with our own reading of addresses and content.
            A 250 after the content means: the bytes are on the disk. Overload and a full disk answer 452, a fault of ours 451.
Limits:     those of ``GateTerms``; the content of one mail is bounded, and that of all connections together is (``Budget``).
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from comity.gates.content import read_content
from comity.gates.terms import GateTerms
from comity.model.arrival import Arrival
from comity.model.byte_budget import Budget
from comity.model.log_events import LogEvent
from comity.model.outcomes import Answer, ComityError, Outcome

_COMMAND_MAX: Final = 2048
_ADDRESS_MAX: Final = 320
# How often a command may come in one connection; mail hosts keep one open for thousands of mails.
_CALLS: Final = {"HELO": 20, "EHLO": 20, "LHLO": 20, "VRFY": 20, "HELP": 20, "AUTH": 5, "NOOP": 1000, "*": 1_000_000}
_PATH: Final = re.compile(r'\s*<(?:@[^\s<>:"]*+:)?((?>"(?>[^"\\]|\\.)*+"|[^\s<>"])*+)>')


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What all conversations share."""

    terms: GateTerms
    put: Callable[[Arrival], Future[int]]
    now: Callable[[], datetime]
    log: LogEvent
    budget: Budget
    open: set["SmtpSession"]


class SmtpSession(SMTP):
    """SMTP."""

    line_length_limit = 1 << 16  # of what is read at once; content may have lines of any length
    gate = "smtp"

    def __init__(self, intake: Intake) -> None:
        # Of this conversation, where aiosmtpd keeps one table for all, which grows with each greeting.
        self.command_size_limits = defaultdict(lambda: _COMMAND_MAX)
        self.command_size_limit = _COMMAND_MAX
        self.intake = intake
        self.is_busy = False  # mail is being taken: it is not cut off when the program ends
        terms = intake.terms
        super().__init__(
            _Rules(intake),
            data_size_limit=terms.size,
            enable_SMTPUTF8=True,
            hostname=terms.name,
            ident="Comity",
            timeout=terms.timeout,
            command_call_limit=_CALLS,
            loop=asyncio.get_running_loop(),
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, or say that there are enough."""
        self.intake.open.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """It ended."""
        self.intake.open.discard(self)
        super().connection_lost(error)

    async def smtp_DATA(self, arg: str | None) -> None:
        """Take the content of one mail."""
        envelope, session = self.envelope, self.session
        if envelope is None or session is None or await self.check_helo_needed():
            return
        if not envelope.rcpt_tos:
            await self.push("503 5.5.1 need RCPT command")
        elif arg:
            await self.push("501 5.5.4 DATA takes nothing")
        else:
            self.is_busy = True
            try:
                outcome = await self._take(envelope, session)
                self.envelope = self._create_envelope()
                await self.push(self._answers(outcome, envelope))
            finally:
                self.is_busy = False

    async def _take(self, envelope: Envelope, session: Session) -> Outcome:
        await self.push("354 end with <CRLF>.<CRLF>")
        intake, held, refusal = self.intake, 0, Outcome.DONE

        def hold(size: int) -> bool:
            nonlocal held, refusal
            if held + size > intake.terms.size + 5:
                refusal = Outcome.TOO_LARGE
            elif not intake.budget.take(size):
                refusal = Outcome.FULL
            else:
                held += size
                return True
            return False

        try:
            data = await read_content(self._reader, hold)
            if data is None:
                event = "gate-too-large" if refusal is Outcome.TOO_LARGE else "gate-no-room"
                intake.log(event, gate=self.gate)
                return refusal
            return await self._keep(envelope, session, data)
        finally:
            intake.budget.give(held)

    async def _keep(self, envelope: Envelope, session: Session, data: bytes) -> Outcome:
        """Hand it to the spool and wait until it is on the disk."""
        self._reset_timeout()
        arrival = Arrival(
            gate=self.gate,
            envelope_from="" if envelope.mail_from in (None, "<>") else str(envelope.mail_from),
            recipients=tuple(envelope.rcpt_tos),
            peer=session.peer[0] if isinstance(session.peer, tuple) else None,
            tls=session.ssl is not None,
            arrived=self.intake.now(),
            data=data,
        )
        try:
            await asyncio.wrap_future(self.intake.put(arrival))
        except ComityError as error:
            event = "gate-no-room" if error.outcome is Outcome.FULL else "spool-trouble"
            self.intake.log(event, gate=self.gate, code=error.code)
            return error.outcome
        return Outcome.DONE

    def _answers(self, outcome: Outcome, envelope: Envelope) -> str:
        return line(outcome)

    async def leave(self) -> None:
        """Say that the program ends, and hang up; mail that is being taken is waited for."""
        while self.is_busy:
            await asyncio.sleep(0.02)
        if self.transport is not None:
            await self.push(line(Outcome.BUSY))
            self.transport.close()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """The address in angle brackets and what follows it; ``<>`` for the null one, None where there is none."""
        found = _PATH.match(arg)
        if found is None or len(found[1]) > _ADDRESS_MAX:
            return None, None
        return found[1] or "<>", arg[found.end() :]


class LmtpSession(SmtpSession, LMTP):
    """LMTP: the same, with an answer for each recipient."""

    gate = "lmtp"

    def _answers(self, outcome: Outcome, envelope: Envelope) -> str:
        return "\r\n".join([line(outcome)] * len(envelope.rcpt_tos))

    async def smtp_HELO(self, arg: str) -> None:
        """Not in LMTP."""
        await LMTP.smtp_HELO(self, arg)

    async def smtp_EHLO(self, arg: str) -> None:
        """Not in LMTP."""
        await LMTP.smtp_EHLO(self, arg)

    async def smtp_LHLO(self, arg: str) -> None:
        """The greeting."""
        await SMTP.smtp_EHLO(self, arg)


class _Rules:
    """What aiosmtpd asks us."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    async def handle_EHLO(  # the shape that aiosmtpd calls
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, answers: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*answers[:-1], "250 PIPELINING"]

    async def handle_MAIL(  # the shape that aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 ok"

    async def handle_RCPT(  # the shape that aiosmtpd calls
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        terms = self._intake.terms
        kind = terms.mailboxes.kind_of(address)
        if kind is None or (kind.is_own and not isinstance(server, LmtpSession)):
            return line(Outcome.NO_MAILBOX)
        others = envelope.rcpt_tos
        # One mail is one thing: whoever also has a mailbox of another kind in mind hands it over once more.
        if len(others) >= terms.recipients or (others and terms.mailboxes.kind_of(others[0]) is not kind):
            return line(Outcome.TOO_MANY)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_VRFY(self, *_: Any) -> str:
        return "252 2.5.0 write and see"

    async def handle_exception(self, error: Exception) -> str:
        self._intake.log("gate-fault", kind=type(error).__name__)
        return line(Outcome.FAULT)


def line(outcome: Outcome) -> str:
    """How an outcome is told.

    >>> line(Outcome.FULL)
    '452 4.3.1 no room now, try again later'
    """
    answer: Answer = outcome.value
    return f"{answer.smtp_code} {answer.enhanced} {answer.bland}"
