"""Reach a folder on an IMAP server, logged in.

Trust:      the certificate of the server is checked; without TLS a password goes to this very machine only.
Answers:    ``logged_in(place)`` gives an ``ImapClient``, or raises ``ComityError``: "imap-refused", or "imap-away", which
            ``away(...)`` makes.
Limits:     a password is asked for at each log-in, so that a new one needs no restart.
"""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from comity.model.outcomes import ComityError, Outcome
from comity.outlets.imap.client import ImapClient, ImapNo
from comity.outlets.imap.wire import WireError, open_wire

_CONNECT: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapPlace:
    """Where it is, and who logs in."""

    host: str
    port: int
    tls: str  # "wrapped", "starttls", "never"
    account: str
    password: Callable[[], str] = field(repr=False)
    folder: str

    def __str__(self) -> str:
        return f"{self.account}@{self.host}:{self.port}/{self.folder}"


async def logged_in(place: ImapPlace) -> ImapClient:
    """A conversation in which we are logged in."""
    context = None if place.tls == "never" else ssl.create_default_context()
    try:
        async with asyncio.timeout(_CONNECT):
            wire = await open_wire(place.host, place.port, context if place.tls == "wrapped" else None)
    except (WireError, TimeoutError) as error:
        raise away(place, error) from error
    client = ImapClient(wire)
    try:
        await client.greet()
        if place.tls == "starttls" and context is not None:
            await client.start_tls(context, place.host)
        await _log_in(client, place)
    except (WireError, TimeoutError, ImapNo) as error:
        wire.close()
        raise away(place, error) from error
    except BaseException:
        wire.close()
        raise
    return client


async def _log_in(client: ImapClient, place: ImapPlace) -> None:
    try:
        await client.log_in(place.account, place.password())
    except ImapNo as error:
        if "[UNAVAILABLE]" in str(error).upper():
            raise  # the server cannot say now whether the password is right (RFC 5530)
        raise ComityError(
            "imap-refused", f"the server refused the log-in: {error}", outcome=Outcome.CONFIGURATION, place=str(place)
        ) from error


def away(place: ImapPlace, error: Exception) -> ComityError:
    """A folder that cannot be used now."""
    reason = str(error) or "it does not answer"
    message = f"the server cannot be used now: {reason}"
    return ComityError("imap-away", message, outcome=Outcome.TRY_AGAIN, place=str(place), details={"reason": reason})
