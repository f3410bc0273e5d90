"""RabbitMQ: a queue that is there, read with acknowledgements.

Standards:  AMQP 0-9-1; publisher confirms.
Answers:    ``bus(place)``.
Limits:     the queue must be there. Of a message's time, what whoever published it says counts, where he does.
"""

from collections.abc import Mapping
from datetime import UTC
from typing import TYPE_CHECKING, Final

from aiormq.exceptions import (
    AMQPError,
    AuthenticationError,
    ChannelAccessRefused,
    ChannelNotFoundEntity,
    ProbableAuthenticationError,
)
from faststream import AckPolicy
from faststream.exceptions import IncorrectState
from faststream.rabbit import Channel, RabbitBroker, RabbitMessage, RabbitQueue

from comity.formats.webhook import ID
from comity.outlets.bus import AT_ONCE, SECONDS, Bus, BusPlace, Handed, Take
from comity.outlets.bus.security import security_of

if TYPE_CHECKING:
    from aio_pika import RobustConnection

TROUBLE: Final = (AMQPError, IncorrectState)


async def _itself(message: RabbitMessage) -> RabbitMessage:
    """The handler gets the message as it is: nothing of it is decoded."""
    return message


class RabbitBus:
    """One queue."""

    def __init__(self, place: BusPlace) -> None:
        self._place = place
        host, _, port = place.hosts[0].rpartition(":")
        self._broker = RabbitBroker(
            f"{'amqps' if place.tls else 'amqp'}://{host}:{port}/",
            virtualhost=place.within or "/",
            security=security_of(place),
            fail_fast=True,
            timeout=SECONDS,
            default_channel=Channel(prefetch_count=AT_ONCE),
            graceful_timeout=SECONDS,
            apply_types=False,
            logger=None,
        )
        self._connection: RobustConnection | None = None

    async def begin(self, take: Take | None) -> None:
        self._connection = await self._broker.connect()
        await self.look()
        if take is not None:
            self._consume(take)
        await self._broker.start()

    def _consume(self, take: Take) -> None:
        async def handle(message: RabbitMessage) -> None:
            raw = message.raw_message
            arrived = None if raw.timestamp is None else raw.timestamp.astimezone(UTC)
            await take([Handed(data=raw.body, arrived=arrived)])
            await message.ack()

        queue = RabbitQueue(self._place.topic, declare=False)
        self._broker.subscriber(queue, ack_policy=AckPolicy.MANUAL, decoder=_itself)(handle)

    async def look(self) -> None:
        if self._connection is None or not self._connection.connected.is_set():
            raise ConnectionResetError("the connection was lost")
        # On a channel of its own: asking for a queue that is not there ends the channel.
        channel = await self._connection.channel(publisher_confirms=False)
        try:
            await channel.declare_queue(self._place.topic, passive=True, timeout=SECONDS)
        finally:
            await channel.close()

    async def publish(self, data: bytes, fields: Mapping[str, str]) -> None:
        await self._broker.publish(
            data,
            self._place.topic,
            headers={**fields},
            content_type="application/json",
            message_id=fields.get(ID),
            persist=True,
            mandatory=True,
            timeout=SECONDS,
        )

    async def end(self) -> None:
        await self._broker.stop()


def is_refused(error: BaseException) -> bool:
    """Whether it does not let us in, or not there."""
    return isinstance(error, AuthenticationError | ProbableAuthenticationError | ChannelAccessRefused)


def is_nowhere(error: BaseException) -> bool:
    """Whether there is no such queue."""
    return isinstance(error, ChannelNotFoundEntity)


def bus(place: BusPlace) -> Bus:
    """RabbitMQ at this place."""
    return RabbitBus(place)
