"""An application on loopback, in a thread of its own, for as long as a block lasts."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from comity.gates.web import WebPlace, serve_web


@contextmanager
def on_loopback(place: WebPlace) -> Iterator[int]:
    """Serve it; its port."""
    ready, ports = threading.Event(), list[int]()
    loop, ending = asyncio.new_event_loop(), asyncio.Event()

    async def run() -> None:
        web = await serve_web(place)
        ports.append(int(web.place.rpartition(":")[2]))
        ready.set()
        await ending.wait()
        await web.end()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    assert ready.wait(30)
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join(30)
        loop.close()
