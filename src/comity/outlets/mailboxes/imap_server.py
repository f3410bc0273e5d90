"""Reach an IMAP server: read its address, connect so that no password goes over a line in clear, log in.

Trust:      the server's own answers decide nothing but whether it is spoken to. The password comes from a function, never from
            the address, and leaves only through TLS or to this very machine.
Standards:  RFC 3501 sections 6.2 and 5.1.3 (folder names), RFC 4616 (PLAIN), RFC 8314 (TLS from the first byte).
Answers:    ``read_address(spec)``, ``connect(address)``, ``log_in(...)``, ``leave(connection)``; what cannot be raises
            ``ComityError``.
Limits:     no OAuth: give an application password.
"""

import base64
import imaplib
import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import unquote, urlsplit

from comity.model.outcomes import ComityError, Outcome
from comity.outlets.mailboxes.opening import Opening

_TIMEOUT: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An IMAP folder: who, where, which, and whether the connection is TLS from its first byte."""

    account: str
    host: str
    port: int
    folder: str
    tls: bool


def read_address(spec: str) -> Address:
    """Take ``imaps://USER@HOST[:PORT]/FOLDER`` apart; an address that cannot be used raises ``ComityError``."""
    try:
        parts = urlsplit(spec)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
        parts = urlsplit("imaps:")
    if not host or not parts.username:
        raise wrong("imap-address", "this is no IMAP address", place=spec, remedy="Write imaps://USER@HOST/FOLDER.")
    account, folder = unquote(parts.username), unquote(parts.path.lstrip("/")) or "INBOX"
    if parts.password is not None:
        hidden = spec.replace(f":{parts.password}@", ":***@")
        remedy = "Leave it out; put it into COMITY_IMAP_PASSWORD or wait to be asked."
        raise wrong(
            "imap-password-shown", "a password does not belong on the command line", place=hidden, remedy=remedy
        )
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in account + folder):
        raise wrong(
            "imap-address", "the address holds control characters", place=spec, remedy="Write imaps://USER@HOST/FOLDER."
        )
    tls = parts.scheme.lower() == "imaps"
    return Address(account=account, host=host, port=port or (993 if tls else 143), folder=folder, tls=tls)


def connect(address: Address) -> imaplib.IMAP4:
    """A connection that a password may go over: TLS, or this very machine."""
    context = ssl.create_default_context()
    if address.tls:
        return imaplib.IMAP4_SSL(address.host, address.port, ssl_context=context, timeout=_TIMEOUT)
    connection = imaplib.IMAP4(address.host, address.port, timeout=_TIMEOUT)
    if "STARTTLS" in connection.capabilities:
        if not _is_here(address.host):
            connection.starttls(context)
    elif not _is_here(address.host):
        leave(connection)
        raise wrong(
            "imap-without-tls",
            "the server offers no TLS, and a password would go over the line in clear",
            place=address.host,
            remedy="Use imaps://.",
        )
    return connection


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def log_in(connection: imaplib.IMAP4, address: Address, opening: Opening) -> None:
    """Log in as the account of the address."""
    secret = opening.password(f"{address.account} at {address.host}") if opening.password else ""
    try:
        if "AUTH=PLAIN" in connection.capabilities:
            connection.authenticate("PLAIN", lambda _: b"\0" + address.account.encode() + b"\0" + secret.encode())
        else:
            connection.login(quote(address.account), secret)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, UnicodeEncodeError) as error:
        remedy = "Check account and password; many providers want an application password here."
        raise wrong(
            "imap-refused", "the server refused the log-in", place=f"{address.account} at {address.host}", remedy=remedy
        ) from error


def leave(connection: imaplib.IMAP4) -> None:
    """Log out, whatever state the connection is in."""
    try:
        connection.logout()  # not CLOSE, which removes deleted mails from a folder that is open for writing
    except (imaplib.IMAP4.error, OSError):
        connection.shutdown()


def quote(text: str) -> str:
    """A quoted string of IMAP."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def mutf7(name: str) -> str:
    """A folder name in modified UTF-7.

    >>> mutf7("垃圾邮件/a&b")
    '&V4NXPpCuTvY-/a&-b'
    """
    out: list[str] = []
    wide = ""
    for sign in [*name, ""]:
        if sign and not " " <= sign <= "~":
            wide += sign
            continue
        if wide:
            packed = base64.b64encode(wide.encode("utf-16-be", "surrogatepass")).rstrip(b"=").decode("ascii")
            out.append("&" + packed.replace("/", ",") + "-")
            wide = ""
        out.append("&-" if sign == "&" else sign)
    return "".join(out)


def wrong(code: str, message: str, *, place: str, remedy: str) -> ComityError:
    """An error that the operator can mend."""
    return ComityError(code, message, outcome=Outcome.BAD_INPUT, place=place, remedy=remedy)
