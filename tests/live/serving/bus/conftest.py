"""Real message buses on loopback, each with a folder and a port of its own, killed and started again by process id."""

import asyncio
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aio_pika
import nats
import pytest
import redis
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from ....mail_host import free_port

TOPIC = "abuse.reports"
SECRET = "a word between us"
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/lib/rabbitmq/bin"


@dataclass
class Broker:
    """One bus: the program, and what another program does on it, by the library that comes with it."""

    folder: Path
    secret: str | None = None
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    scheme = ""
    topic = TOPIC

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def command(self) -> Sequence[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return {}

    def start(self) -> "Broker":
        """Start it on its folder and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            environment = {**os.environ, "PATH": _PATH, **self.environment()}
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, env=environment, start_new_session=True, cwd=self.folder
            )
        deadline = time.monotonic() + 240
        while True:
            try:
                self.make()
            except Exception as error:
                assert time.monotonic() < deadline, f"{error!r} {(self.folder / 'log').read_text()[-2000:]}"
                assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
                time.sleep(0.1)
            else:
                return self

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(120)

    def pause(self, *, on: bool) -> None:
        """It stands still, and its connections with it."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGSTOP if on else signal.SIGCONT)

    def make(self) -> None:
        """Make what is read, where it is not there."""
        raise NotImplementedError

    def publish(self, messages: Sequence[bytes]) -> int:
        """Publish these one after the other; how many of them the bus said it has."""
        raise NotImplementedError

    def said(self) -> tuple[dict[str, str], bytes]:
        """The first message that lies there: its fields and its body."""
        raise NotImplementedError

    def left(self) -> int:
        """How many messages were not acknowledged, delivered or not."""
        raise NotImplementedError


class Nats(Broker):
    scheme = "nats"

    def command(self) -> Sequence[str]:
        login = f'authorization {{ user: desk, password: "{self.secret}" }}\n' if self.secret else ""
        settings = self.folder / "nats.conf"
        settings.write_text(
            f'listen: "127.0.0.1:{self.port}"\nmax_payload: 8MB\njetstream {{ store_dir: "{self.folder}" }}\n{login}'
        )
        return ["nats-server", "-c", str(settings)]

    async def _with(self, what: Callable[[Any, Any], Any]) -> Any:
        login = {"user": "desk", "password": self.secret} if self.secret else {}
        client = await nats.connect(self.url, allow_reconnect=False, connect_timeout=5, **login)
        try:
            return await what(client, client.jetstream(timeout=5))
        finally:
            await client.close()

    def make(self) -> None:
        asyncio.run(self._with(lambda _, stream: stream.add_stream(name="abuse", subjects=["abuse.>"])))

    def publish(self, messages: Sequence[bytes]) -> int:
        async def all_of_them(_: Any, stream: Any) -> int:
            done = 0
            for each in messages:
                try:
                    await stream.publish(TOPIC, each)
                except (nats.errors.Error, OSError):
                    break
                done += 1
            return done

        try:
            return int(asyncio.run(self._with(all_of_them)))
        except (nats.errors.Error, OSError):
            return 0

    def said(self) -> tuple[dict[str, str], bytes]:
        async def ask(_: Any, stream: Any) -> tuple[dict[str, str], bytes]:
            found = await stream.get_msg("abuse", 1)
            return {**found.headers}, found.data

        fields, body = asyncio.run(self._with(ask))
        return fields, body

    def left(self) -> int:
        async def ask(_: Any, stream: Any) -> int:
            try:
                found = await stream.consumer_info("abuse", "comity")
            except (
                nats.js.errors.NotFoundError
            ):  # nobody of ours has asked yet: the gate is ready before the bus is reached
                return int((await stream.stream_info("abuse")).state.messages)
            return int(found.num_pending + found.num_ack_pending)

        return int(asyncio.run(self._with(ask)))


class Redis(Broker):
    scheme = "redis"

    def command(self) -> Sequence[str]:
        login = ["--requirepass", self.secret] if self.secret else []
        words = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder), "--save", ""]
        return ["redis-server", *words, "--appendonly", "yes", "--appendfsync", "always", *login]

    def _client(self) -> Any:
        return redis.Redis(port=self.port, password=self.secret, socket_timeout=5)

    def make(self) -> None:
        self._client().ping()

    def publish(self, messages: Sequence[bytes]) -> int:
        client, done = self._client(), 0
        for each in messages:
            try:
                client.xadd(TOPIC, {"data": each})
            except redis.RedisError:
                break
            done += 1
        return done

    def said(self) -> tuple[dict[str, str], bytes]:
        entry = self._client().xrange(TOPIC)[0][1]
        return {name.decode(): value.decode() for name, value in entry.items() if name != b"data"}, entry[b"data"]

    def left(self) -> int:
        groups = self._client().xinfo_groups(TOPIC)
        if not groups:  # nobody has come to fetch anything so far
            return int(self._client().xlen(TOPIC))
        group = groups[0]
        assert group["lag"] is not None
        return int(group["pending"] + group["lag"])


class Rabbit(Broker):
    scheme = "amqp"

    def command(self) -> Sequence[str]:
        return ["/usr/lib/rabbitmq/bin/rabbitmq-server"]

    def environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.folder),
            "RABBITMQ_NODENAME": f"comity{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "logs"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "none"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
        }

    _distribution: int = 0

    def start(self) -> "Broker":
        self._distribution = self._distribution or free_port()
        return super().start()

    async def _with(self, what: Callable[[Any, Any], Any]) -> Any:
        connection = await aio_pika.connect(self.url, timeout=5)
        try:
            channel = await connection.channel()
            return await what(channel, await channel.declare_queue(TOPIC, durable=True))
        finally:
            await connection.close()

    def make(self) -> None:
        async def nothing(_: Any, __: Any) -> None:
            return None

        asyncio.run(self._with(nothing))

    def publish(self, messages: Sequence[bytes]) -> int:
        async def all_of_them(channel: Any, _: Any) -> int:
            done = 0
            for each in messages:
                message = aio_pika.Message(each, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
                try:
                    await channel.default_exchange.publish(message, TOPIC, timeout=5)
                except (aio_pika.exceptions.AMQPError, OSError):
                    break
                done += 1
            return done

        try:
            return int(asyncio.run(self._with(all_of_them)))
        except (aio_pika.exceptions.AMQPError, OSError):
            return 0

    def said(self) -> tuple[dict[str, str], bytes]:
        async def ask(_: Any, queue: Any) -> tuple[dict[str, str], bytes]:
            found = await queue.get(timeout=60)
            return {name: str(value) for name, value in found.headers.items()}, found.body

        fields, body = asyncio.run(self._with(ask))
        return fields, body

    def left(self) -> int:
        # What was delivered and not acknowledged is not counted over AMQP: the management does.
        names = {**os.environ, "PATH": _PATH, **self.environment()}
        said = subprocess.run(
            ["/usr/lib/rabbitmq/bin/rabbitmqctl", "-n", f"comity{self.port}@localhost", "-q", "list_queues", "messages"],
            env=names, capture_output=True, text=True, timeout=240, check=True,
        )  # fmt: skip
        return int(said.stdout.split()[-1])


class Kafka(Broker):
    """A Kafka that runs elsewhere on this machine: ``COMITY_KAFKA`` names it. It is not started or killed here."""

    scheme = "kafka"

    @property
    def topic(self) -> str:
        """One of its own for each test."""
        return f"{TOPIC}.{self.folder.parent.name}"

    def start(self) -> "Broker":
        self.port = int(os.environ["COMITY_KAFKA"].rpartition(":")[2])
        self.make()
        return self

    def kill(self) -> None:
        return None

    def make(self) -> None:
        async def create() -> None:
            admin = AIOKafkaAdminClient(bootstrap_servers=f"127.0.0.1:{self.port}")
            await admin.start()
            try:
                if self.topic not in await admin.list_topics():
                    await admin.create_topics([NewTopic(self.topic, num_partitions=1, replication_factor=1)])
            finally:
                await admin.close()

        asyncio.run(create())

    def publish(self, messages: Sequence[bytes]) -> int:
        async def send() -> int:
            producer = AIOKafkaProducer(
                bootstrap_servers=f"127.0.0.1:{self.port}", acks="all", max_request_size=8 << 20
            )
            await producer.start()
            try:
                for each in messages:
                    await producer.send_and_wait(self.topic, each)
            finally:
                await producer.stop()
            return len(messages)

        return asyncio.run(send())

    def said(self) -> tuple[dict[str, str], bytes]:
        async def ask() -> tuple[dict[str, str], bytes]:
            consumer = AIOKafkaConsumer(
                self.topic, bootstrap_servers=f"127.0.0.1:{self.port}", auto_offset_reset="latest"
            )
            await consumer.start()
            try:
                place = TopicPartition(self.topic, 0)
                consumer.seek(place, (await consumer.end_offsets([place]))[place] - 1)
                found = await consumer.getone()
                return {name: value.decode() for name, value in found.headers}, found.value
            finally:
                await consumer.stop()

        return asyncio.run(ask())

    def left(self) -> int:
        async def ask() -> int:
            consumer = AIOKafkaConsumer(bootstrap_servers=f"127.0.0.1:{self.port}", group_id="comity")
            await consumer.start()
            try:
                place = TopicPartition(self.topic, 0)
                end = (await consumer.end_offsets([place]))[place]
                return int(end - (await consumer.committed(place) or 0))
            finally:
                await consumer.stop()

        return asyncio.run(ask())


SORTS: dict[str, type[Broker]] = {"nats": Nats, "rabbit": Rabbit, "redis": Redis}
if os.environ.get("COMITY_KAFKA"):
    SORTS["kafka"] = Kafka


@pytest.fixture
def make_broker(tmp_path: Path) -> Iterator[Callable[..., Broker]]:
    """Make a bus; it ends with the test."""
    made: list[Broker] = []

    def make(sort: str, secret: str | None = None) -> Broker:
        folder = tmp_path / f"bus-{len(made)}"
        folder.mkdir()
        made.append(SORTS[sort](folder, secret))
        return made[-1].start()

    yield make
    for each in made:
        if each.process is not None and each.process.poll() is None:
            os.killpg(each.process.pid, signal.SIGCONT)
        each.kill()


def closed_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
