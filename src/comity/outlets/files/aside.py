"""Leases of a book that is being read lie aside in a file, until it is known that the whole book is right.

Trust:      the file is ours alone: it has no name once it is open, and is gone when the program is.
Answers:    ``LeasesAside()`` is a context manager: ``put(lot)``, then ``lots()`` gives the lots again in order.
Limits:     about 70 bytes a lease. The folder for temporary files must have room.
"""

import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from struct import Struct
from types import TracebackType
from typing import Final, Self

from comity.model.lease import Lease

# Length of the network, the network, both ports, beginning, end, last news, flags, identity, length of the name.
_ROW: Final = Struct("<B17sHHqqqB8sH")
_LOT: Final = Struct("<II")
_ENDED, _SHARED = 1, 2
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class LeasesAside:
    """The leases of one book."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile("w+b", buffering=1 << 20)  # noqa: SIM115 - it is closed where the block ends

    def __enter__(self) -> Self:
        """From here on."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """They are gone."""
        self._file.close()

    def put(self, lot: Sequence[Lease]) -> None:
        """Lay these aside."""
        data = b"".join(map(_written, lot))
        self._file.write(_LOT.pack(len(lot), len(data)))
        self._file.write(data)

    def lots(self) -> Iterator[list[Lease]]:
        """All of them, lot by lot."""
        self._file.seek(0)
        while head := self._file.read(_LOT.size):
            count, size = _LOT.unpack(head)
            yield list(_read(self._file.read(size), count))


def _written(each: Lease) -> bytes:
    network = each.network.network_address.packed + bytes((each.network.prefixlen,))
    name = each.subscriber.encode("utf-8", "surrogatepass")
    flags = (_ENDED if each.ended is not None else 0) | (_SHARED if each.is_shared else 0)
    return (
        _ROW.pack(
            len(network),
            network,
            each.first_port,
            each.last_port,
            (each.began - _BEGINNING) // _MICROSECOND,
            (each.ended - _BEGINNING) // _MICROSECOND if each.ended is not None else 0,
            (each.known_until - _BEGINNING) // _MICROSECOND,
            flags,
            each.identity,
            len(name),
        )
        + name
    )


def _read(data: bytes, count: int) -> Iterator[Lease]:
    at = 0
    for _ in range(count):
        length, network, first, last, began, ended, known, flags, identity, named = _ROW.unpack_from(data, at)
        at += _ROW.size + named
        yield Lease(
            network=_network(network[:length]),
            first_port=first,
            last_port=last,
            began=_BEGINNING + timedelta(microseconds=began),
            ended=_BEGINNING + timedelta(microseconds=ended) if flags & _ENDED else None,
            known_until=_BEGINNING + timedelta(microseconds=known),
            subscriber=data[at - named : at].decode("utf-8", "surrogatepass"),
            is_shared=bool(flags & _SHARED),
            identity=identity,
        )


@lru_cache(maxsize=65536)
def _network(packed: bytes) -> IPv4Network | IPv6Network:
    kind = IPv4Network if len(packed) == 5 else IPv6Network
    return kind((packed[:-1], packed[-1]))
