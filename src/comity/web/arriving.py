"""What sites for people share of a request: whose address it is, and the body of a form within bounds.

Trust:      whoever connects is a stranger; an address behind a proxy is believed where the settings say that the proxy is ours.
Standards:  RFC 9110; RFC 7239 is not spoken by most proxies, so X-Forwarded-For is read, its last entry alone.
Answers:    ``address_of(request, is_behind_proxy=...)``; ``is_ours(request)`` whether a page of ours sent it;
            ``body_of(request, most=..., seconds=...)`` raises ``BodyError`` with the status of the answer.
"""

import asyncio
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect, Request


class BodyError(Exception):
    """A body that is not taken: 413 where it is too long, 408 where it did not come in time or broke off."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def address_of(request: Request, *, is_behind_proxy: bool) -> str:
    """Whose address it is; empty where the connection has none."""
    address = request.client.host if request.client else ""
    if is_behind_proxy:
        said = request.headers.getlist("x-forwarded-for")
        return said[-1].rpartition(",")[2].strip() if said else address
    return address


def is_ours(request: Request) -> bool:
    """Whether the browser sent this from a page of ours; one that does not say where it stands is believed for its cookie."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")
    except ValueError:  # no address at all
        return False


async def body_of(request: Request, *, most: int, seconds: float) -> bytes:
    """The whole body."""
    kept = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                kept += part
                if len(kept) > most:
                    raise BodyError(413)
    except (TimeoutError, ClientDisconnect):
        raise BodyError(408) from None
    return bytes(kept)
