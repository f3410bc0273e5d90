"""Kafka: a consumer group whose offsets move after what lies before them is on the disk.

Standards:  Kafka's own protocol, by aiokafka; ``acks=all`` for what is published.
Answers:    ``bus(place)``.
Limits:     the topic must be there. A group that never committed begins with the first message that is kept.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from aiokafka.errors import (
    AuthenticationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from faststream import AckPolicy
from faststream.exceptions import IncorrectState
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaMessage

from comity.outlets.bus import AT_ONCE, SECONDS, Bus, BusPlace, Handed, Take
from comity.outlets.bus.security import security_of

if TYPE_CHECKING:
    from faststream.kafka.subscriber.usecase import BatchSubscriber

TROUBLE: Final = (KafkaError, IncorrectState)
_REFUSED: Final = (
    AuthenticationFailedError,
    SaslAuthenticationFailed,
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
)
_MOST_BYTES: Final = 32 << 20


async def _itself(message: KafkaMessage) -> KafkaMessage:
    """The handler gets the messages as they are: nothing of them is decoded."""
    return message


class KafkaBus:
    """One topic."""

    def __init__(self, place: BusPlace) -> None:
        self._place = place
        self._broker = KafkaBroker(
            list(place.hosts),
            security=security_of(place),
            client_id="comity",
            acks="all",
            request_timeout_ms=int(SECONDS * 1000),
            allow_auto_create_topics=False,
            graceful_timeout=SECONDS,
            apply_types=False,
            logger=None,
        )
        self._reading: BatchSubscriber | None = None

    async def begin(self, take: Take | None) -> None:
        await self._broker.connect()
        if take is not None:
            self._consume(take)
        await self._broker.start()
        await self.look()

    def _consume(self, take: Take) -> None:
        async def handle(message: Any) -> None:
            await take([_handed(each) for each in message.raw_message])
            await message.ack()

        self._reading = self._broker.subscriber(
            self._place.topic,
            batch=True,
            group_id=self._place.group,
            auto_offset_reset="earliest",
            max_records=AT_ONCE,
            batch_timeout_ms=200,
            max_partition_fetch_bytes=_MOST_BYTES,
            ack_policy=AckPolicy.MANUAL,
            decoder=_itself,
        )
        self._reading(handle)

    async def look(self) -> None:
        if not await self._broker.ping(SECONDS):
            raise ConnectionResetError("the connection was lost")
        described = await self._broker.config.admin_client.describe_topics([self._place.topic])
        if any(each.get("error_code") for each in described):
            raise UnknownTopicOrPartitionError(self._place.topic)
        if self._reading is not None and not self._reading.running:
            raise ConnectionResetError("nothing is read any more")

    async def publish(self, data: bytes, fields: Mapping[str, str]) -> None:
        await self._broker.publish(data, self._place.topic, headers={**fields})

    async def end(self) -> None:
        await self._broker.stop()


def _handed(record: Any) -> Handed:
    moment = datetime.fromtimestamp(record.timestamp / 1000, UTC) if record.timestamp > 0 else None
    return Handed(data=record.value or b"", arrived=moment)


def is_refused(error: BaseException) -> bool:
    """Whether it does not let us in, or not there."""
    return isinstance(error, _REFUSED)


def is_nowhere(error: BaseException) -> bool:
    """Whether there is no such topic."""
    return isinstance(error, UnknownTopicOrPartitionError)


def bus(place: BusPlace) -> Bus:
    """Kafka at this place."""
    return KafkaBus(place)
