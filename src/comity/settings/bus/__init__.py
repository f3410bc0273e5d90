"""Settings of the message buses from which feedback is taken, and to which other programs are told things.

Answers:    ``BusEntry``; ``BusUrl`` is the kind of an address, ``BusAddress`` what it says; ``bus_mistakes(...)`` gives what does
            not fit together.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from comity.model.message import Message
from comity.settings.kinds import File, Mailbox, RefusedError, Secret, Text, Url, about

Mistake = tuple[str, tuple[str | int, ...], Mapping[str, object]]
HERE: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
# By the scheme: which bus it is, whether it speaks TLS, its usual port.
_SCHEMES: Final = {
    "nats": ("nats", False, 4222),
    "tls": ("nats", True, 4222),
    "amqp": ("amqp", False, 5672),
    "amqps": ("amqp", True, 5671),
    "redis": ("redis", False, 6379),
    "rediss": ("redis", True, 6379),
    "kafka": ("kafka", False, 9092),
    "kafka+ssl": ("kafka", True, 9093),
}
SCHEMES: Final = tuple(_SCHEMES)
_HOST: Final = r"(?:[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?"
_ADDRESS: Final = re.compile(rf"([a-z+]+)://({_HOST}(?:,{_HOST})*)(?:/([!-.0-~]*))?", re.IGNORECASE)
_MANY: Final = frozenset({"nats", "kafka"})


@dataclass(frozen=True, slots=True, kw_only=True)
class BusAddress:
    """What an address says."""

    sort: str
    tls: bool
    hosts: tuple[str, ...]  # each with its port
    within: str

    @property
    def is_here(self) -> bool:
        """Whether nothing leaves this machine on the way to it."""
        return all(each.rpartition(":")[0] in HERE for each in self.hosts)


def bus_address(value: str) -> BusAddress | None:
    """The address in parts; None where it is none.

    >>> bus_address("amqps://rabbit.west.example/abuse")
    BusAddress(sort='amqp', tls=True, hosts=('rabbit.west.example:5671',), within='abuse')
    >>> bus_address("nats://me:secret@bus.west.example"), bus_address("redis://a,b"), bus_address("kafka://a/b")
    (None, None, None)
    """
    found = _ADDRESS.fullmatch(value)
    if found is None or found[1].lower() not in _SCHEMES:
        return None
    sort, tls, port = _SCHEMES[found[1].lower()]
    hosts = tuple(
        each if re.search(r":\d+\Z", each) and not each.endswith("]") else f"{each}:{port}"
        for each in found[2].lower().split(",")
    )
    within = found[3] or ""
    if len(hosts) > 1 and sort not in _MANY:
        return None
    if within and (sort in _MANY or (sort == "redis" and not (within.isascii() and within.isdigit()))):
        return None
    return BusAddress(sort=sort, tls=tls, hosts=hosts, within=within)


@dataclass(frozen=True, slots=True)
class BusUrl:
    """The address of a bus, without account and password."""

    @property
    def wants(self) -> Message:
        """What fits."""
        return Message("wants.bus", {"schemes": ", ".join(f"{each}://" for each in SCHEMES)})

    def take(self, value: object, folder: Path) -> str:
        """The address."""
        if not isinstance(value, str) or bus_address(value) is None:
            raise RefusedError
        return value


@dataclass(frozen=True, slots=True)
class UrlOrBus:
    """Where a program listens, or the bus on which it does."""

    @property
    def wants(self) -> Message:
        """What fits."""
        return Message("wants.url-or-bus", {"schemes": ", ".join(f"{each}://" for each in SCHEMES)})

    def take(self, value: object, folder: Path) -> str:
        """The address."""
        return value if isinstance(value, str) and bus_address(value) is not None else Url().take(value, folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class BusEntry:
    """A queue, stream or topic of a message bus; a table of its own for each."""

    url: str = field(
        metadata=about(
            BusUrl(),
            "The bus: NATS JetStream, RabbitMQ, Redis Streams or Kafka. `tls`, `amqps`, `rediss` and `kafka+ssl` are encrypted, "
            "and the certificate is checked. Behind RabbitMQ's address stands the virtual host, behind that of Redis the number of "
            "the database.",
            example='"nats://bus.west.example:4222"',
        )
    )
    topic: str = field(
        metadata=about(
            Text(),
            "What is read: the subject of a stream, the queue, the stream, the topic. It must be there, but for Redis.",
            example='"abuse.reports"',
        )
    )
    mailbox: str = field(
        metadata=about(
            Mailbox(),
            "The address as whose mail it is taken. It stands in one of the lists of `[gates]` too, which says what its mail is.",
            example='"abuse@west.example"',
        )
    )
    group: str = field(
        default="comity",
        metadata=about(
            Text(),
            "As whom it is read: the durable consumer, or the group; several of our machines share one. RabbitMQ has none.",
            example='"comity-desk"',
        ),
    )
    account: str | None = field(default=None, metadata=about(Text(), "Who logs in.", example='"comity"'))
    password_file: Path | None = field(
        default=None,
        metadata=about(
            File(), "A file whose first line is the password, readable for its owner only.", example='"bus.password"'
        ),
    )
    password_variable: str | None = field(
        default=None,
        metadata=about(
            Text(), "Instead of it, the environment variable that holds the password.", example='"BUS_PASSWORD"'
        ),
    )
    password: str | None = field(
        default=None,
        repr=False,
        metadata=about(
            Secret(), "The password itself: only where this file is readable for its owner alone.", example='"..."'
        ),
    )
    certificate: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "The certificate that is trusted, or its authority's; without this, the usual authorities.",
            example='"ca.pem"',
        ),
    )


def bus_mistakes(entry: BusEntry, key: tuple[str | int, ...], *, is_open: bool) -> Iterator[Mistake]:
    """An account has one password, and neither goes over a network in clear; ``is_open``: others may read the settings."""
    given = [name for name in ("password_file", "password_variable", "password") if getattr(entry, name) is not None]
    if len(given) != (0 if entry.account is None else 1):
        yield "bus-password", key, {"n": len(given)}
    address = bus_address(entry.url)
    if entry.account is not None and address is not None and not (address.tls or address.is_here):
        yield "bus-clear", (*key, "url"), {"host": ", ".join(address.hosts)}
    if entry.password is not None and is_open:
        yield "secret-in-open-file", (*key, "password"), {"name": "watch.bus.password"}
