"""What one slow peer costs everybody else: how long an acknowledgement takes without it and with it, in turns in one run.

    python bench/slow_peer.py [--seconds 5] [--turns 3] [--rate 100] [--connections 50]

Starts `comity serve` on loopback and delivers reports at even distances. In every second turn one peer is there besides, on so many
connections: some say nothing, some an octet now and then, some stop in the middle of a mail, some ask and never read the answer.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
from pathlib import Path

from lmtp_intake import ENVELOPE, evenly, on_the_wire, show, start

from comity.services.operate.bench_read import samples

_WAYS = 4


async def ill(port: int, way: int) -> None:
    """One connection of the slow peer, until it is ended."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 10)
    try:
        if way == 0:
            await asyncio.Event().wait()
        if way == 1:
            while True:
                writer.write(b"x")
                await asyncio.sleep(0.2)
        await reader.readline()
        writer.write(b"LHLO slow.example\r\n")
        if way == 2:
            writer.write(ENVELOPE + b"Subject: half of a mail\r\n\r\n" + b"y" * 70)
            await asyncio.Event().wait()
        while True:
            writer.write(b"NOOP\r\n" * 100)
            await asyncio.wait_for(writer.drain(), 1)
            await asyncio.sleep(0.2)
    except (OSError, TimeoutError):
        await asyncio.Event().wait()
    finally:
        writer.close()


async def turn(port: int, mails: list[bytes], *, rate: int, slow: int) -> list[float]:
    """Seconds to each answer, with so many connections of the slow peer beside."""
    beside = [asyncio.create_task(ill(port, number % _WAYS)) for number in range(slow)]
    await asyncio.sleep(1.0 if slow else 0)
    taken = await evenly(port, mails, rate=rate, connections=16)
    for each in beside:
        each.cancel()
    await asyncio.gather(*beside, return_exceptions=True)
    return taken


def main() -> None:
    """Measure, in turns."""
    ask = argparse.ArgumentParser()
    ask.add_argument("--seconds", type=int, default=5)
    ask.add_argument("--turns", type=int, default=3)
    ask.add_argument("--rate", type=int, default=100)
    ask.add_argument("--connections", type=int, default=50)
    given = ask.parse_args()
    with tempfile.TemporaryDirectory() as name:
        process, port = start(Path(name), "all")
        taken: dict[int, list[float]] = {0: [], given.connections: []}
        try:
            warm = on_the_wire(samples(100, 3_000, 1))
            asyncio.run(turn(port, warm, rate=given.rate, slow=0))
            for number in range(given.turns):
                for slow, found in taken.items():
                    mails = on_the_wire(samples(given.rate * given.seconds, 3_000, 2 + 2 * number + bool(slow)))
                    found.extend(asyncio.run(turn(port, mails, rate=given.rate, slow=slow)))
        finally:
            process.terminate()
            process.wait()
    p99 = {slow: sorted(found)[int(0.99 * len(found))] for slow, found in taken.items()}
    for slow, found in taken.items():
        middle = round(1000 * statistics.median(found), 2)
        show(slow_connections=slow, mails=len(found), p50_ms=middle, p99_ms=round(1000 * p99[slow], 2))
    ratio = round(p99[given.connections] / p99[0], 2)
    print(json.dumps({"p99_ratio": ratio, "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}))


if __name__ == "__main__":
    main()
