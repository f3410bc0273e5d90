"""Very many leases into a store that holds none: a bench's, whose books would take longer to read than what is measured.

Answers:    ``fill(write, leases)`` writes the very rows that ``Leases.put`` writes of the same leases, and says how many;
            ``unlike(sample, filled)`` how many rows of a store that was filled the usual way do not stand so in the other.
Limits:     the leases come in the order of their networks, each once: nothing is looked up, so that a second one with the same
            identity is refused by the table or stands there twice. The indexes are made when all rows are there: each of them is
            then sorted once, where every row would otherwise touch a page of its own. Whoever asks meanwhile waits long.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from itertools import islice
from typing import Final

from sqlalchemy import select

from comity.model.lease import Lease
from comity.store.chunks import chunks
from comity.store.records import Records
from comity.store.tables.leases import lease

LOT: Final = 100_000
_IDENTITY: Final = list(lease.c.keys()).index("identity")


def fill(
    write: Callable[[], AbstractContextManager[Records]],
    leases: Iterable[Lease],
    told: Callable[[int], None] = lambda count: None,
) -> int:
    """Write them all; how many they were."""
    with write() as records:
        if records.leases.any:
            raise ValueError("the store holds leases already")
        for index in lease.indexes:
            index.drop(records.connection)
    count, source = 0, iter(leases)
    while lot := list(islice(source, LOT)):
        with write() as records:
            records.leases.put_new(lot)
        count += len(lot)
        told(len(lot))
    with write() as records:
        for index in lease.indexes:
            index.create(records.connection)
    return count


def unlike(sample: Records, filled: Records) -> int:
    """How many rows of the sample are not in the other store exactly as they are."""
    mine = [tuple(row) for row in sample.connection.execute(select(lease))]
    missing = 0
    for part in chunks(mine):
        asked = select(lease).where(lease.c.identity.in_([row[_IDENTITY] for row in part]))
        missing += len(set(part) - {tuple(row) for row in filled.connection.execute(asked)})
    return missing
