"""One exchange over HTTP within bounds that hold for the whole of it, whatever the other side does.

Trust:      the other side may be anybody: one that says an octet every few seconds, in its handshake, its headers or its body,
            is late like one that says nothing.
Answers:    ``Way(verify, seconds, most).ask(method, url, ...)`` gives ``Said``; nothing is raised. Status 0 where there was no
            answer; ``fault`` names why.
Limits:     ``seconds`` from the look-up of the name to the last octet; ``most`` octets of the body and a little more. No
            redirects, no proxies of the environment. One thread for one ``Way``, which has no loop of its own running.
"""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Any, Final

import httpx

AWAY, LATE, CERTIFICATE = "away", "late", "certificate"
# What OpenSSL says of a certificate (X509_verify_cert_error_string), where it is more than "nobody we trust signed it".
_CERTIFICATE: Final = {9: "early", 10: "expired", 62: "name", 64: "name"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was answered; ``is_cut`` where there was more than may be."""

    status: int
    data: bytes = b""
    is_cut: bool = False
    fault: str | None = None  # "away", "late", "certificate-expired", "certificate-name", ...; where there is no status
    kind: str | None = None  # and the name of what was raised


class Way:
    """The way to one place; the connection is kept for the next exchange."""

    def __init__(self, *, verify: ssl.SSLContext | bool, seconds: float, most: int) -> None:
        self._verify, self._seconds, self._most = verify, seconds, most
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: httpx.AsyncClient | None = None

    def ask(self, method: str, url: str | httpx.URL, **more: Any) -> Said:
        """Ask once; ``more`` is what ``httpx`` takes."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        return self._loop.run_until_complete(self._within(method, url, more))

    def close(self) -> None:
        """Let go of the connection."""
        loop, self._loop = self._loop, None
        if loop is None:
            return
        try:
            if self._client is not None:
                loop.run_until_complete(self._client.aclose())
            loop.run_until_complete(loop.shutdown_asyncgens())  # of a body that was cut, the rest is not read
        finally:
            self._client = None
            loop.close()  # a look-up of a name that nobody answers is not waited for

    def __enter__(self) -> "Way":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def _within(self, method: str, url: str | httpx.URL, more: dict[str, Any]) -> Said:
        try:
            async with asyncio.timeout(self._seconds):
                return await self._asked(method, url, more)
        except TimeoutError:
            return Said(status=0, fault=LATE, kind="TimeoutError")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            late = isinstance(error, httpx.TimeoutException)
            return Said(status=0, fault=LATE if late else _fault(error), kind=type(error).__name__)

    async def _asked(self, method: str, url: str | httpx.URL, more: dict[str, Any]) -> Said:
        if self._client is None:
            self._client = httpx.AsyncClient(
                verify=self._verify, timeout=self._seconds, follow_redirects=False, trust_env=False
            )
        found = bytearray()
        async with self._client.stream(method, url, **more) as answer:
            async for part in answer.aiter_bytes(16 << 10):
                found += part
                if len(found) > self._most:
                    return Said(status=answer.status_code, data=bytes(found), is_cut=True)
        return Said(status=answer.status_code, data=bytes(found))


def _fault(error: BaseException | None) -> str:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"{CERTIFICATE}-{_CERTIFICATE.get(error.verify_code, 'unknown')}"
        error = error.__cause__ or error.__context__
    return AWAY
