"""An application on loopback, in a thread of its own, for as long as a block lasts."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from comity.gates.web import WebPlace, serve_web


@contextmanager
def on_loopback(place: WebPlace) -> Iterator[int]:
    """Serve it; its port. When the block has ended nobody listens and nothing is being answered any more.

    The library then takes a nap before it ends, and one to look whether it should: nobody waits for those.
    """
    ready, left, ports = threading.Event(), threading.Event(), list[int]()
    loop, ending = asyncio.new_event_loop(), asyncio.Event()

    async def run() -> None:
        web = await serve_web(place)
        ports.append(int(web.place.rpartition(":")[2]))
        ready.set()
        await ending.wait()
        for each in web.server.servers:
            each.close()
        for connection in [*web.server.server_state.connections]:
            connection.shutdown()
        while web.server.server_state.tasks:
            await asyncio.sleep(0.005)
        left.set()
        await web.end()

    def serve() -> None:
        loop.run_until_complete(run())
        loop.close()

    threading.Thread(target=serve).start()
    assert ready.wait(120)
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(ending.set)
        assert left.wait(120)


def hung_up(port: int, head: str) -> None:
    """Promise a body, send a part of it, and go."""
    data = f"{head}\r\nHost: a.example\r\nContent-Length: 99\r\n\r\na=1"
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        connection.sendall(data.encode())


def waited(condition: Callable[[], object]) -> None:
    """Until it is so, a minute at most."""
    ends = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.01)
