"""Hand mail to our mail host over SMTP.

Trust:      the mail host is ours; what it answers may quote a stranger's host: it is kept as text, and only its code
            is acted on.
            A password goes to it only over TLS whose certificate was checked.
Standards:  RFC 5321 section 4.2.1 (4xx: try again, 5xx: never), RFC 2920 (PIPELINING), RFC 3207 (STARTTLS), RFC 4616 (PLAIN),
            RFC 4954 (AUTH), RFC 6152 (8BITMIME).
Answers:    ``MailHost.send(mail)`` gives an ``Answer``; nothing is raised. The connection is kept for the next mail; one
            that the host has ended meanwhile is opened again. A mail whose content was not answered may have been taken: it
            comes again under the same Message-ID, and ``UNANSWERED`` begins what is noted beside it.
Limits:     one thread for one ``MailHost``. One mail takes three times ``timeout`` at most, whatever the host does; a host that was
            late is left without a word. A login (PLAIN or LOGIN) that is refused counts as a host that cannot be reached: mail
            waits. Mail with eight bits goes also to a host that does not say that it takes them.
"""

import base64
import re
import smtplib
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from comity.model.outcomes import ComityError
from comity.outlets.programs.mail_session import Bound, opened
from comity.services.complain.sending import Answer, Envelope, Reply

UNANSWERED: Final = "unanswered"
_TEXT: Final = 300
_WAITS: Final = 3  # so often the longest wait for one mail
_FAREWELL: Final = 2.0  # seconds
_DONE, _GO_ON, _ENDING = 250, 354, 421
_GOOD: Final = (frozenset({_DONE}), frozenset({_DONE, 251}), frozenset({_GO_ON}))
_FRESH: Final = 5.0  # seconds after which a connection may have been ended by the other side
_LINE_END: Final = re.compile(rb"\r\n|\n|\r")
_FIRST_DOT: Final = re.compile(rb"^\.", re.MULTILINE)
CHECKED: Final = ("always", "wrapped")  # with these the certificate of the host is checked


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who logs in at the mail host; the password is asked for each time, so that a new one needs no restart."""

    account: str
    password: Callable[[], str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTerms:
    """Where the mail host is and how to talk to it; ``tls`` is "never", "when-offered", "always" or "wrapped"."""

    host: str
    port: int
    tls: str = "when-offered"
    timeout: float = 60  # seconds without a word
    our_name: str | None = None  # in EHLO
    login: Login | None = None


class MailHost:
    """One connection to the mail host, opened when it is first needed."""

    def __init__(self, terms: HostTerms) -> None:
        self._terms = terms
        self._session: smtplib.SMTP | None = None
        self._used = 0.0  # when it was last heard of
        self._bound = Bound(terms.timeout, _WAITS * terms.timeout)

    def send(self, mail: Envelope) -> Reply:
        """Hand over one mail."""
        if not all(each.isascii() and each.isprintable() for each in (mail.to, mail.envelope_from)):
            return Reply(answer=Answer.REFUSED, text="553 no address that goes into a command")
        self._bound.begin()
        return self._send(mail)

    def _send(self, mail: Envelope) -> Reply:
        was_open = self._session is not None
        try:
            session = self._opened()
        except (OSError, smtplib.SMTPException, ComityError) as error:
            self._leave()
            return Reply(answer=Answer.UNREACHABLE, text=_said(error))
        try:
            offered = self._offer(session, mail)
            if was_open and offered[0][0] == _ENDING:  # so many mails on one connection and no more
                self._leave()
                return self._send(mail)
            reply = self._hand_over(session, mail, offered)
        except _GoneError:
            self._leave()
            return self._send(mail) if was_open else Reply(answer=Answer.LATER, text="the connection was ended")
        except (OSError, smtplib.SMTPException) as error:
            self._leave()
            return Reply(answer=Answer.LATER, text=_said(error))
        self._used = time.monotonic()
        return reply

    def greet(self) -> None:
        """Connect and log in, no more; what is wrong is raised."""
        self._bound.begin()
        self._opened()

    def close(self) -> None:
        """End the connection."""
        session, self._session = self._session, None
        if session is not None:
            self._bound.begin(_FAREWELL)
            with suppress(OSError, smtplib.SMTPException):
                session.quit()
            session.close()

    def _leave(self) -> None:
        """End the connection without a word: whoever was late, or spoke out of turn, is not waited for again."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _opened(self) -> smtplib.SMTP:
        if self._session is not None:
            if time.monotonic() - self._used < _FRESH or self._is_there(self._session):
                return self._session
            self._leave()
        terms = self._terms
        context = _context(verify=True) if terms.tls == "wrapped" else None
        session = opened(self._bound, terms.host, terms.port, name=terms.our_name, context=context)
        self._session = session
        session.ehlo_or_helo_if_needed()
        if terms.tls == "always" or (terms.tls == "when-offered" and session.has_extn("starttls")):
            session.starttls(context=_context(verify=terms.tls == "always"))
            session.ehlo()
        if terms.login is not None:
            _log_in(session, terms.login, is_checked=terms.tls in CHECKED)
        self._used = time.monotonic()
        return session

    @staticmethod
    def _is_there(session: smtplib.SMTP) -> bool:
        try:
            return session.noop()[0] == _DONE
        except (OSError, smtplib.SMTPException):
            return False

    def _offer(self, session: smtplib.SMTP, mail: Envelope) -> list[tuple[int, bytes]]:
        """Sender, recipient, and the wish to send: in one packet, where the host takes that; the answers, up to the first no."""
        try:
            return self._offered(session, mail)
        except smtplib.SMTPServerDisconnected as error:
            if isinstance(error.__context__, TimeoutError):
                raise
            raise _GoneError from error

    @staticmethod
    def _offered(session: smtplib.SMTP, mail: Envelope) -> list[tuple[int, bytes]]:
        options = " BODY=8BITMIME" if session.has_extn("8bitmime") and not mail.data.isascii() else ""
        words = (f"MAIL FROM:<{mail.envelope_from}>{options}", f"RCPT TO:<{mail.to}>", "DATA")
        if session.has_extn("pipelining"):
            session.send("".join(f"{word}\r\n" for word in words))
            answers = [session.getreply()]
            # Once it ends the connection, there is nothing more to hear; else it answers to everything.
            return answers if answers[0][0] == _ENDING else [*answers, session.getreply(), session.getreply()]
        answers = []
        for word, good in zip(words, _GOOD, strict=True):
            session.send(f"{word}\r\n")
            answers.append(session.getreply())
            if answers[-1][0] not in good:
                break
        return answers

    def _hand_over(self, session: smtplib.SMTP, mail: Envelope, offered: list[tuple[int, bytes]]) -> Reply:
        """Send the content, where all was well so far."""
        refused = next((at for at, (code, _) in enumerate(offered) if code not in _GOOD[at]), None)
        if refused is None:
            session.send(_content(mail.data))
            try:
                code, text = session.getreply()
            except (OSError, smtplib.SMTPException) as error:
                self._leave()
                return Reply(answer=Answer.LATER, text=f"{UNANSWERED}: {_said(error)}"[:_TEXT])
            answer = Answer.ACCEPTED if code == _DONE else _by_code(code)
            return Reply(answer=answer, text=_text(code, text))
        code, text = offered[refused]
        if len(offered) == len(_GOOD) and offered[-1][0] == _GO_ON:  # it waits for a mail to nobody
            session.send(".\r\n")
            session.getreply()
        else:
            self._reset(session)
        # Where our own address is refused, that is nothing of the peer's.
        return Reply(answer=_by_code(code) if refused else Answer.LATER, text=_text(code, text))

    def _reset(self, session: smtplib.SMTP) -> None:
        """Begin anew on this connection; one on which answers and questions have come apart is left."""
        try:
            is_reset = session.rset()[0] == _DONE
        except (OSError, smtplib.SMTPException):
            is_reset = False
        if not is_reset:
            self._leave()


class _GoneError(Exception):
    """The host has ended the connection before it got any of the mail."""


def _content(data: bytes) -> bytes:
    """A mail as it goes over the wire: every line end CRLF, every dot that begins a line twice."""
    if data.count(b"\n") != data.count(b"\r\n") or data.count(b"\r") != data.count(b"\r\n"):
        data = _LINE_END.sub(b"\r\n", data)
    if b"\r\n." in data or data.startswith(b"."):
        data = _FIRST_DOT.sub(b"..", data)
    return data + (b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n")


def _log_in(session: smtplib.SMTP, login: Login, *, is_checked: bool) -> None:
    if not is_checked:
        raise smtplib.SMTPNotSupportedError("no login without TLS and a certificate that was checked")
    offered = session.esmtp_features.get("auth", "").upper().split()
    account, password = login.account.encode(), login.password().encode()
    if "PLAIN" in offered:
        secret = b"\0".join((b"", account, password))
        code, text = session.docmd("AUTH", f"PLAIN {_packed(secret)}")
    elif "LOGIN" in offered:
        code, text = session.docmd("AUTH", "LOGIN")
        for each in (account, password):
            if code == 334:
                code, text = session.docmd(_packed(each))
    else:
        raise smtplib.SMTPNotSupportedError("the mail host offers neither AUTH PLAIN nor AUTH LOGIN")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, text)


def _packed(secret: bytes) -> str:
    return base64.b64encode(secret).decode("ascii")


def _context(*, verify: bool) -> ssl.SSLContext:
    """Where TLS is only taken when offered, a certificate that nobody knows is better than none."""
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _by_code(code: int) -> Answer:
    return Answer.REFUSED if 500 <= code < 600 and code != 503 else Answer.LATER


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _text(error.smtp_code, error.smtp_error)
    return f"{type(error).__name__}: {error}"[:_TEXT]


def _text(code: int, text: bytes | str) -> str:
    shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(shown.split())}"[:_TEXT]
