"""NATS JetStream: a durable consumer that pulls.

Standards:  JetStream's explicit acknowledgement: what is not acknowledged within a minute is delivered again.
Answers:    ``bus(place)``.
Limits:     the stream is found by its subject and must be there. When a bus goes away, whoever watches begins anew.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

import nats
import nats.errors
import nats.js.errors
from faststream import AckPolicy
from faststream.exceptions import IncorrectState
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from nats.js.api import AckPolicy as Acknowledged
from nats.js.api import ConsumerConfig

from comity.formats.webhook import ID
from comity.outlets.bus import AT_ONCE, LET_GO, SECONDS, Bus, BusPlace, Handed, Take
from comity.outlets.bus.security import context_of, security_of

if TYPE_CHECKING:
    from faststream.nats.subscriber.usecases import PullStreamSubscriber
    from nats.js import JetStreamContext

    PullSubscription = JetStreamContext.PullSubscription

TROUBLE: Final = (nats.errors.Error, IncorrectState)


async def _silent(_: Exception) -> None:
    """What goes wrong is seen when the bus is looked at."""


async def _itself(message: NatsMessage) -> NatsMessage:
    """The handler gets the message as it is: nothing of it is decoded."""
    return message


class NatsBus:
    """One subject in a stream."""

    def __init__(self, place: BusPlace) -> None:
        self._place = place
        self._servers = [f"{'tls' if place.tls else 'nats'}://{each}" for each in place.hosts]
        self._broker = NatsBroker(
            self._servers,
            error_cb=_silent,
            security=security_of(place),
            max_reconnect_attempts=-1,  # a connection that is given up is closed, and FastStream asks a closed one without a pause
            connect_timeout=int(SECONDS),
            graceful_timeout=SECONDS,
            apply_types=False,
            logger=None,
        )
        self._stream: JetStreamContext | None = None
        self._name = ""
        self._takes = False

    async def begin(self, take: Take | None) -> None:
        self._name = await self._visit()
        self._stream = (await self._broker.connect()).jetstream(timeout=SECONDS)
        reading = None if take is None else self._consume(take)
        await self._broker.start()
        if reading is not None and reading.subscription is not None:
            _calm(reading.subscription)

    async def _visit(self) -> str:
        """Connect for a moment: a connection that shall last waits for ever where it is not let in. The name of the stream."""
        place = self._place
        login = {} if place.password is None else {"user": place.account, "password": place.password()}
        client = await nats.connect(
            self._servers,
            tls=context_of(place),
            allow_reconnect=False,
            max_reconnect_attempts=1,
            connect_timeout=int(SECONDS),
            error_cb=_silent,
            **login,
        )
        try:
            return await client.jetstream(timeout=SECONDS).find_stream_name_by_subject(place.topic)
        finally:
            await client.close()

    def _consume(self, take: Take) -> "PullStreamSubscriber":
        subscriber = self._broker.subscriber(
            self._place.topic,
            stream=JStream(self._name, declare=False),
            durable=self._place.group,
            pull_sub=PullSub(batch_size=AT_ONCE, timeout=SECONDS / 2),
            config=ConsumerConfig(
                ack_policy=Acknowledged.EXPLICIT, ack_wait=LET_GO, max_deliver=-1, max_ack_pending=10 * AT_ONCE
            ),
            ack_policy=AckPolicy.MANUAL,
            decoder=_itself,
        )

        async def handle(message: NatsMessage) -> None:
            raw = message.raw_message
            await take([Handed(data=raw.data, arrived=raw.metadata.timestamp.astimezone(UTC))])
            await message.ack()

        subscriber(handle)
        self._takes = True
        return subscriber

    async def look(self) -> None:
        if not await self._broker.ping(SECONDS) or self._stream is None:
            raise nats.errors.ConnectionClosedError
        if self._takes:
            await self._stream.consumer_info(self._name, self._place.group)
        else:
            await self._stream.stream_info(self._name)

    async def publish(self, data: bytes, fields: Mapping[str, str]) -> None:
        known = {"Nats-Msg-Id": fields[ID]} if ID in fields else {}  # JetStream keeps one of those that have the same
        headers = {**fields, **known}
        await self._broker.publish(data, self._place.topic, headers=headers, stream=self._name, timeout=SECONDS)

    async def end(self) -> None:
        with suppress(nats.errors.Error):  # it cannot say good-bye to a bus that is not there
            await self._broker.stop()


def _calm(subscription: "PullSubscription") -> None:
    """Let nobody ask a closed connection for messages without a pause: the loop would do nothing else."""
    fetch = subscription.fetch

    async def calm(*given: Any, **named: Any) -> Any:
        try:
            return await fetch(*given, **named)
        except nats.errors.ConnectionClosedError:
            await asyncio.sleep(1)
            raise

    subscription.fetch = calm  # type: ignore[method-assign]


def is_refused(error: BaseException) -> bool:
    """Whether it does not let us in: the library says so by a name of its own only where it was refused twice."""
    return isinstance(error, nats.errors.AuthorizationError) or "Authorization Violation" in str(error)


def is_nowhere(error: BaseException) -> bool:
    """Whether no stream has this subject."""
    return isinstance(error, nats.js.errors.NotFoundError)


def bus(place: BusPlace) -> Bus:
    """JetStream at this place."""
    return NatsBus(place)
