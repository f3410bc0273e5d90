"""What every site has of the server below it."""

import re
import socket

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from comity.gates.web import WebPlace
from comity.model.listener import Listener

from ..web.on_loopback import on_loopback

SECOND = b"GET /second HTTP/1.1\r\nHost: x\r\n\r\n"


def answers(framing: bytes) -> list[bytes]:
    """How often somebody is answered who sends one request, framed so, with another one behind it."""

    async def one(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"{len(await request.body())}")

    app = Starlette(routes=[Route("/{name}", one, methods=["GET", "POST"])])
    with (
        on_loopback(WebPlace(name="site", app=app, listener=Listener(port=0))) as port,
        socket.create_connection(("127.0.0.1", port), 20) as connection,
    ):
        connection.sendall(b"POST /first HTTP/1.1\r\nHost: x\r\n" + framing + SECOND)
        connection.shutdown(socket.SHUT_WR)
        said = b"".join(iter(lambda: connection.recv(65536), b""))
    return re.findall(rb"HTTP/1\.1 \d+", said)


def test_nothing_is_heard_behind_a_request_of_two_lengths() -> None:
    """Whoever stands before us may take the second one for the body of the first: on no site it is answered."""
    assert answers(b"Content-Length: 41\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == [b"HTTP/1.1 200"]
    assert answers(b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n") == [b"HTTP/1.1 200"]


def test_requests_of_one_length_follow_each_other() -> None:
    """A connection serves on."""
    assert answers(b"Content-Length: 3\r\n\r\nabc") == [b"HTTP/1.1 200"] * 2
    assert answers(b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == [b"HTTP/1.1 200"] * 2
