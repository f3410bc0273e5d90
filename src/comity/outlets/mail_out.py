"""Hand mail to our mail host over SMTP.

Trust:      the mail host is ours; what it answers may quote a stranger's host: it is kept as text, and only its code
            is acted on.
            A password goes to it only over TLS whose certificate was checked.
Standards:  RFC 5321 section 4.2.1 (4xx: try again, 5xx: never), RFC 3207 (STARTTLS), RFC 6152 (8BITMIME), RFC 4954 (AUTH),
            RFC 4616 (PLAIN).
Answers:    ``MailHost.send(mail)`` gives an ``Answer``; nothing is raised. The connection is kept for the next mail.
Limits:     one thread for one ``MailHost``. A login (PLAIN or LOGIN) that is refused counts as a host that cannot be reached:
            mail waits. Mail with eight bits goes also to a host that does not say that it takes them.
"""

import base64
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from comity.model.outcomes import ComityError
from comity.services.complain.sending import Answer, Envelope, Reply

_TEXT: Final = 300
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
    timeout: float = 60
    our_name: str | None = None  # in EHLO
    login: Login | None = None


class MailHost:
    """One connection to the mail host, opened when it is first needed."""

    def __init__(self, terms: HostTerms) -> None:
        self._terms = terms
        self._session: smtplib.SMTP | None = None

    def send(self, mail: Envelope) -> Reply:
        """Hand over one mail."""
        try:
            session = self._opened()
        except (OSError, smtplib.SMTPException, ComityError) as error:
            self.close()
            return Reply(answer=Answer.UNREACHABLE, text=_said(error))
        try:
            return self._hand_over(session, mail)
        except smtplib.SMTPResponseException as error:
            return Reply(answer=_by_code(error.smtp_code), text=_said(error))
        except (OSError, smtplib.SMTPException) as error:
            self.close()  # the mail may have been taken: it is sent again, under the same id
            return Reply(answer=Answer.LATER, text=_said(error))

    def greet(self) -> None:
        """Connect and log in, no more; what is wrong is raised."""
        self._opened()

    def close(self) -> None:
        """End the connection."""
        session, self._session = self._session, None
        if session is not None:
            with suppress(OSError, smtplib.SMTPException):
                session.quit()

    def _opened(self) -> smtplib.SMTP:
        if self._session is not None:
            try:
                if self._session.noop()[0] == 250:
                    return self._session
            except (OSError, smtplib.SMTPException):
                pass
            self.close()
        terms = self._terms
        where = (terms.host, terms.port, terms.our_name)
        session: smtplib.SMTP
        if terms.tls == "wrapped":
            session = smtplib.SMTP_SSL(*where, timeout=terms.timeout, context=_context(verify=True))
        else:
            session = smtplib.SMTP(*where, timeout=terms.timeout)
        self._session = session
        session.ehlo_or_helo_if_needed()
        if terms.tls == "always" or (terms.tls == "when-offered" and session.has_extn("starttls")):
            session.starttls(context=_context(verify=terms.tls == "always"))
            session.ehlo()
        if terms.login is not None:
            _log_in(session, terms.login, is_checked=terms.tls in CHECKED)
        return session

    def _hand_over(self, session: smtplib.SMTP, mail: Envelope) -> Reply:
        options = ["BODY=8BITMIME"] if session.has_extn("8bitmime") and not mail.data.isascii() else []
        code, text = session.mail(mail.envelope_from, options)
        if code != 250:
            self._reset(session)
            return Reply(
                answer=Answer.LATER, text=_text(code, text)
            )  # our own address is refused: nothing of the peer's
        code, text = session.rcpt(mail.to)
        if code not in (250, 251):
            self._reset(session)
            return Reply(answer=_by_code(code), text=_text(code, text))
        code, text = session.data(mail.data)
        if code != 250:
            self._reset(session)
            return Reply(answer=_by_code(code), text=_text(code, text))
        return Reply(answer=Answer.ACCEPTED, text=_text(code, text))

    def _reset(self, session: smtplib.SMTP) -> None:
        try:
            session.rset()
        except (OSError, smtplib.SMTPException):
            self.close()


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
