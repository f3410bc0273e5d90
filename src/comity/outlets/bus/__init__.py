"""Message buses at the edge: NATS JetStream, RabbitMQ, Redis Streams, Kafka, all reached through FastStream.

Trust:      a bus is the operator's, and named in the settings; what lies on it is strangers'. It may hang, lie, or forget: it
            spoils its own watch alone.
Standards:  DESIGN.md P1 and P2: what is handed over is acknowledged to the bus after it is on the disk, never before; what the bus
            delivers again is counted once.
Answers:    ``BusPlace`` says where, ``bus_at(place)`` gives a ``Bus``: ``begin``, ``look``, ``publish``, ``end``; ``within(place)``
            gives what their libraries raise our own names.
Limits:     Comity makes no queue, stream or topic but that of Redis, where it comes with the first entry: how long and where things
            are kept is for whoever runs the bus. At most 50 messages are handed over at once.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol

from comity.model.outcomes import ComityError, Outcome

AT_ONCE: Final = 50  # messages that are on their way to the disk
SECONDS: Final = 10.0  # for one answer of a bus
LET_GO: Final = 60  # seconds after which what was handed over and not acknowledged is handed over again


@dataclass(frozen=True, slots=True, kw_only=True)
class BusPlace:
    """One queue, stream or topic of one bus, and as whom it is read."""

    sort: str  # "nats", "amqp", "redis", "kafka"
    hosts: tuple[str, ...]  # NAME:PORT; several for Kafka and NATS
    tls: bool = False
    within: str = ""  # RabbitMQ: the virtual host; Redis: the number of the database
    topic: str
    group: str = "comity"
    account: str | None = None
    password: Callable[[], str] | None = field(default=None, repr=False)
    certificate: Path | None = None

    def __str__(self) -> str:
        """As it is called in messages: without a secret.

        >>> str(BusPlace(sort="nats", hosts=("bus.west.example:4222",), topic="abuse.reports"))
        'nats://bus.west.example:4222 abuse.reports'
        """
        return f"{self.sort}://{','.join(self.hosts)}{'/' if self.within else ''}{self.within} {self.topic}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """One message; ``arrived`` is when the bus took it, None where it does not say."""

    data: bytes
    arrived: datetime | None


Take = Callable[[Sequence[Handed]], Awaitable[None]]  # when it returns, they are on the disk


class Bus(Protocol):
    """The way to one queue, stream or topic."""

    async def begin(self, take: Take | None) -> None:
        """Connect; where there is ``take``, hand over what lies there and what comes, and acknowledge what it took."""

    async def look(self) -> None:
        """Raise where the bus, or what is read on it, is not there any more."""

    async def publish(self, data: bytes, fields: Mapping[str, str]) -> None:
        """Put one message there; the bus has it when this returns."""

    async def end(self) -> None:
        """Hand nothing more over, and disconnect."""


_MODULES: Final = {"nats": "nats", "amqp": "rabbit", "redis": "redis", "kafka": "kafka"}


def bus_at(place: BusPlace) -> Bus:
    """The bus of this place; its libraries are loaded now."""
    try:
        module = import_module(f"{__name__}.{_MODULES[place.sort]}")
    except ImportError as error:
        raise ComityError(
            "bus-not-installed",
            f"this installation cannot speak to a bus: {error.name} is missing",
            outcome=Outcome.CONFIGURATION,
            place=str(place),
            details={"module": error.name},
        ) from None
    made: Bus = module.bus(place)
    return made


@asynccontextmanager
async def within(place: BusPlace) -> AsyncIterator[None]:
    """Give what goes wrong with a bus the names that we log."""
    module = import_module(f"{__name__}.{_MODULES[place.sort]}")
    try:
        yield
    except (*module.TROUBLE, OSError, TimeoutError) as error:
        if module.is_refused(error):
            raise _told("bus-refused", place, error, outcome=Outcome.CONFIGURATION) from error
        if module.is_nowhere(error):
            raise _told("bus-no-topic", place, error, outcome=Outcome.CONFIGURATION) from error
        raise _told("bus-away", place, error, outcome=Outcome.TRY_AGAIN) from error


def _told(code: str, place: BusPlace, error: BaseException, *, outcome: Outcome) -> ComityError:
    reason = f"{type(error).__name__}: {error}"[:200].rstrip(": ")
    return ComityError(
        code, f"{place}: {reason}", outcome=outcome, place=str(place), details={"reason": reason, "place": str(place)}
    )
