"""Reach an IMAP server: read its address, connect so that no password goes over a line in clear, log in.

Trust:      the server's own answers decide nothing but whether it is spoken to. The password comes from a function, never from
            the address, and leaves only through TLS or to this very machine.
Standards:  RFC 3501 section 6.2, RFC 4616 (PLAIN), RFC 8314 (TLS from the first byte).
Answers:    ``read_address(spec)``; ``logged_in(address, opening)`` gives a conversation; what the operator can mend raises
            ``ComityError``, what breaks the connection ``WireError``, ``ImapNo`` or ``TimeoutError``.
Limits:     no OAuth: give an application password.
"""

import asyncio
import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from comity.model.outcomes import ComityError, Outcome
from comity.outlets.imap.client import SECONDS, ImapClient, ImapNo
from comity.outlets.imap.wire import open_wire
from comity.outlets.mailboxes.opening import Opening


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


async def logged_in(address: Address, opening: Opening) -> ImapClient:
    """A conversation in which we are logged in; a password went over TLS, or to this very machine."""
    context = ssl.create_default_context()
    async with asyncio.timeout(SECONDS):
        wire = await open_wire(address.host, address.port, context if address.tls else None)
    client = ImapClient(wire)
    try:
        await client.greet()
        if not address.tls and not _is_here(address.host):
            if "STARTTLS" not in client.able:
                raise wrong(
                    "imap-without-tls",
                    "the server offers no TLS, and a password would go over the line in clear",
                    place=address.host,
                    remedy="Use imaps://.",
                )
            await client.start_tls(context, address.host)
        await _log_in(client, address, opening)
    except BaseException:
        wire.close()
        raise
    return client


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _log_in(client: ImapClient, address: Address, opening: Opening) -> None:
    who = f"{address.account} at {address.host}"
    secret = opening.password(who) if opening.password else ""
    try:
        await client.log_in(address.account, secret)
    except ImapNo as error:
        if "[UNAVAILABLE]" in str(error).upper():
            raise  # the server cannot say now whether the password is right (RFC 5530)
        remedy = "Check account and password; many providers want an application password here."
        raise wrong("imap-refused", "the server refused the log-in", place=who, remedy=remedy) from error


def wrong(code: str, message: str, *, place: str, remedy: str) -> ComityError:
    """An error that the operator can mend."""
    return ComityError(code, message, outcome=Outcome.BAD_INPUT, place=place, remedy=remedy)
