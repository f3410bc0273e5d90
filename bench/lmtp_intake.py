"""How fast the LMTP gate takes mail in durably, beside aiosmtpd alone, which keeps nothing.

    python bench/lmtp_intake.py [--count 5000] [--seconds 10]

Starts `comity serve` on loopback in a folder of its own and delivers generated reports of about 12 kB: as fast as the answers come
(several connections, commands together as Postfix sends them), then 200 a second at even distances, whatever the answers take.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from comity.outlets.programs.this_process import PREFIX
from comity.services.operate.bench_read import samples
from comity.store.engine import open_store

MAILBOX = "fbl@west.example"
ENVELOPE = f"MAIL FROM:<fbl@east.example>\r\nRCPT TO:<{MAILBOX}>\r\nDATA\r\n".encode()


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> "Client":
        client = cls(*await asyncio.open_connection("127.0.0.1", port))
        await client._answers(1)
        client._writer.write(b"LHLO mail.east.example\r\n")
        await client._answers(1)
        return client

    async def deliver(self, data: bytes) -> float:
        """Seconds from the end of the mail to its answer."""
        self._writer.write(ENVELOPE)
        await self._answers(3)
        begun = time.perf_counter()
        self._writer.write(data)
        answer = await self._answers(1)
        assert answer.startswith(b"250"), answer
        return time.perf_counter() - begun

    async def _answers(self, count: int) -> bytes:
        line = b""
        for _ in range(count):
            line = await self._reader.readline()
            while line[3:4] == b"-":
                line = await self._reader.readline()
        return line


def on_the_wire(mails: list[bytes]) -> list[bytes]:
    """Line ends and dots as RFC 5321 wants them."""
    lines = (re.sub(rb"\r?\n", b"\r\n", mail).rstrip() + b"\r\n" for mail in mails)
    return [re.sub(rb"(?m)^\.", b"..", mail) + b".\r\n" for mail in lines]


async def saturate(port: int, mails: list[bytes], connections: int) -> float:
    """Mails a second when everybody sends as fast as answers come."""
    clients = [await Client.open(port) for _ in range(connections)]
    queue = iter(mails)

    async def work(client: Client) -> None:
        for mail in queue:
            await client.deliver(mail)

    begun = time.perf_counter()
    await asyncio.gather(*map(work, clients))
    return len(mails) / (time.perf_counter() - begun)


async def evenly(port: int, mails: list[bytes], *, rate: int, connections: int) -> list[float]:
    """Seconds to each answer when mails come at even distances."""
    free: asyncio.Queue[Client] = asyncio.Queue()
    for _ in range(connections):
        free.put_nowait(await Client.open(port))

    async def one(mail: bytes, due: float) -> float:
        client = await free.get()
        late = max(0.0, time.perf_counter() - due)  # waiting for a connection counts
        taken = await client.deliver(mail)
        free.put_nowait(client)
        return late + taken

    begun, tasks = time.perf_counter() + 0.1, []
    for number, mail in enumerate(mails):
        due = begun + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(one(mail, due)))
    return list(await asyncio.gather(*tasks))


def plain(port_of: "multiprocessing.SimpleQueue[int]") -> None:
    """The peer: aiosmtpd as it comes, which answers and keeps nothing."""
    import logging

    from aiosmtpd.handlers import Sink
    from aiosmtpd.lmtp import LMTP

    logging.getLogger("mail.log").disabled = True

    async def run() -> None:
        loop = asyncio.get_running_loop()
        make = lambda: LMTP(Sink(), hostname="peer", data_size_limit=10 << 20, loop=loop)  # noqa: E731
        server = await loop.create_server(make, "127.0.0.1", 0)
        port_of.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    LMTP.line_length_limit = 1 << 20
    asyncio.run(run())


def start(folder: Path, role: str) -> tuple["subprocess.Popen[str]", int]:
    (folder / "comity.toml").write_text(
        f'[own]\nnetworks = ["198.51.100.0/22"]\n[gates]\nmailboxes = ["{MAILBOX}"]\nlmtp = ["127.0.0.1:0"]\n'
    )
    open_store(folder / "comity.db").create()
    command = [
        sys.executable,
        "-m",
        "comity",
        "serve",
        "--json",
        "--role",
        role,
        "--config",
        str(folder / "comity.toml"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    places = json.loads(process.stdout.readline())["listening"]
    return process, int(places[0].rpartition(":")[2])


def peaks(pid: int) -> dict[str, float]:
    """Peak memory in MiB of a process and all below it, by what they are."""
    found: dict[str, float] = {}
    for child in [pid, *_below(pid)]:
        status = Path(f"/proc/{child}/status").read_text()
        named = Path(f"/proc/{child}/comm").read_text().strip()
        name = named.removeprefix(PREFIX) if named.startswith(PREFIX) else "keeper"
        peak = re.search(r"VmHWM:\s+(\d+)", status)
        found[name] = round(int(peak[1]) / 1024, 1) if peak else 0.0
    return found


def _below(pid: int) -> list[int]:
    children = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [found for child in children for found in (child, *_below(child))]


def show(**row: object) -> None:
    print(json.dumps(row), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rate", type=int, default=200)
    given = parser.parse_args()
    mails = on_the_wire(samples(given.count, 12_000, 1))
    steady = on_the_wire(samples(given.rate * given.seconds, 12_000, 2))
    with tempfile.TemporaryDirectory() as name:
        process, port = start(Path(name), "gates")
        rate = asyncio.run(saturate(port, mails, given.connections))
        show(what="gates alone, durable", mails_per_second=round(rate), peak_mib=peaks(process.pid))
        taken = sorted(asyncio.run(evenly(port, steady, rate=given.rate, connections=given.connections)))
        show(
            what=f"gates alone, {given.rate} a second",
            p50_ms=round(1000 * statistics.median(taken), 1),
            p99_ms=round(1000 * taken[int(0.99 * len(taken))], 1),
            longest_ms=round(1000 * taken[-1], 1),
        )
        process.terminate()
        process.wait()
    with tempfile.TemporaryDirectory() as name:
        process, port = start(Path(name), "all")
        begun = time.perf_counter()
        rate = asyncio.run(saturate(port, mails, given.connections))
        while True:
            with closing(sqlite3.connect(Path(name) / "spool.db", timeout=30)) as connection:
                if not connection.execute("SELECT count(*) FROM waiting").fetchone()[0]:
                    break
            time.sleep(0.05)
        off = given.count / (time.perf_counter() - begun)
        peak = peaks(process.pid)
        show(what="whole program", mails_per_second=round(rate), worked_off_per_second=round(off), peak_mib=peak)
        taken = sorted(asyncio.run(evenly(port, steady, rate=given.rate, connections=given.connections)))
        p50, p99 = (round(1000 * taken[int(share * len(taken))], 1) for share in (0.5, 0.99))
        show(what=f"whole program, {given.rate} a second", p50_ms=p50, p99_ms=p99)
        process.terminate()
        process.wait()
    context = multiprocessing.get_context("spawn")
    port_of = context.SimpleQueue()
    peer = context.Process(target=plain, args=(port_of,), daemon=True)
    peer.start()
    rate = asyncio.run(saturate(port_of.get(), mails, given.connections))
    show(what="aiosmtpd alone, keeps nothing", mails_per_second=round(rate))
    peer.kill()
    show(what="machine", cores=os.cpu_count(), load=round(os.getloadavg()[0], 1))


if __name__ == "__main__":
    main()
