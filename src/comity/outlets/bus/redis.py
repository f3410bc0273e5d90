"""Redis Streams: a consumer group that begins with the first entry.

Standards:  an entry's field ``data`` is the message, or its only field; one of another shape is handed over as JSON.
Answers:    ``bus(place)``.
Limits:     what a consumer took and did not acknowledge within a minute is taken over, whoever it was. A Redis that keeps nothing
            on disk forgets entries and group when it ends; the group is made anew, and begins with the first entry that is there.
"""

import json
import logging
import os
import socket
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from faststream import AckPolicy
from faststream.exceptions import IncorrectState
from faststream.redis import RedisBroker, StreamSub
from faststream.redis.message import RedisBatchStreamMessage
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError, ResponseError

from comity.outlets.bus import AT_ONCE, LET_GO, SECONDS, Bus, BusPlace, Handed, Take
from comity.outlets.bus.security import security_of

if TYPE_CHECKING:
    from faststream.redis.subscriber.usecases import StreamBatchSubscriber
    from redis.asyncio import Redis

TROUBLE: Final = (RedisError, IncorrectState)
_DATA: Final = b"data"
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SILENT: Final = logging.getLogger("comity.silent")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False
_EVERY: Final = 200  # milliseconds for which a read waits


class RedisBus:
    """One stream."""

    def __init__(self, place: BusPlace) -> None:
        self._place = place
        self._broker = RedisBroker(
            f"{'rediss' if place.tls else 'redis'}://{place.hosts[0]}/{place.within or 0}",
            security=security_of(place),
            socket_connect_timeout=SECONDS,
            socket_timeout=SECONDS,
            graceful_timeout=SECONDS,
            apply_types=False,
            logger=_SILENT,
        )
        self._client: Redis | None = None
        self._reading = list["StreamBatchSubscriber"]()

    async def begin(self, take: Take | None) -> None:
        self._client = client = await self._broker.connect()
        await client.ping()
        if take is not None:
            try:
                await client.xgroup_create(self._place.topic, self._place.group, id="0", mkstream=True)
            except ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise
            self._consume(client, take)
        await self._broker.start()

    def _consume(self, client: "Redis", take: Take) -> None:
        consumes: Any = client  # the two libraries' own types do not fit each other

        async def parsed(raw: Mapping[str, Any]) -> RedisBatchStreamMessage:
            return RedisBatchStreamMessage(raw_message=raw, body=b"", consumer=consumes, group=self._place.group)

        async def itself(message: RedisBatchStreamMessage) -> RedisBatchStreamMessage:
            return message

        async def handle(message: RedisBatchStreamMessage) -> None:
            await take(list(_handed(message.raw_message)))
            await message.ack()

        # One process more or less of ours reads as another consumer; what a lost one left is taken over by the second of these.
        consumer = f"{socket.gethostname()}-{os.getpid()}"
        for idle in (None, LET_GO * 1000):
            stream = StreamSub(
                self._place.topic,
                group=self._place.group,
                consumer=consumer,
                batch=True,
                max_records=AT_ONCE,
                polling_interval=_EVERY,
                min_idle_time=idle,
            )
            reading = self._broker.subscriber(stream=stream, ack_policy=AckPolicy.MANUAL, parser=parsed, decoder=itself)
            reading(handle)
            self._reading.append(reading)

    async def look(self) -> None:
        if self._client is None:
            raise ConnectionResetError("not connected")
        await self._client.ping()
        if not all(each.running for each in self._reading):
            raise ConnectionResetError("the consumer group is gone")

    async def publish(self, data: bytes, fields: Mapping[str, str]) -> None:
        if self._client is None:
            raise ConnectionResetError("not connected")
        entry: dict[Any, Any] = {"data": data, **fields}
        await self._client.xadd(self._place.topic, entry)

    async def end(self) -> None:
        await self._broker.stop()


def _handed(raw: Mapping[str, Any]) -> Iterator[Handed]:
    for number, entry in zip(raw["message_ids"], raw["data"], strict=True):
        milliseconds = number.partition(b"-")[0]
        arrived = _BEGINNING + timedelta(milliseconds=int(milliseconds)) if milliseconds.isdigit() else None
        yield Handed(data=message_of(entry), arrived=arrived)


def message_of(entry: Mapping[bytes, bytes] | None) -> bytes:
    """The message that an entry holds.

    >>> message_of({b"data": b"From: a", b"id": b"7"}), message_of({b"mail": b"From: b"}), message_of({b"a": b"1", b"b": b"\\xff"})
    (b'From: a', b'From: b', b'{"a": "1", "b": "\\\\\\\\xff"}')
    """
    if not entry:  # it was removed while it waited
        return b""
    if _DATA in entry:
        return entry[_DATA]
    if len(entry) == 1:
        return next(iter(entry.values()))
    shown = {_text(name): _text(value) for name, value in entry.items()}
    return json.dumps(shown, ensure_ascii=False).encode("utf-8")


def _text(value: bytes) -> str:
    return value.decode("utf-8", "backslashreplace")


def is_refused(error: BaseException) -> bool:
    """Whether it does not let us in, or not do that."""
    return isinstance(error, AuthenticationError | NoPermissionError)


def is_nowhere(_: BaseException) -> bool:
    """Never: a stream comes with its first entry."""
    return False


def bus(place: BusPlace) -> Bus:
    """Redis at this place."""
    return RedisBus(place)
