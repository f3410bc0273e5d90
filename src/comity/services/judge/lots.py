"""Many mails one after the other, put together in lots: read together they cost much less than one by one.

Answers:    ``in_lots(items)`` gives all items in their order, some at a time. Where the source of them breaks off, what came before
            is given first, and then the error is raised.
Limits:     ``LOT`` items, or as many as have ``ROOM`` bytes together: large mails are not heaped up in memory.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from comity.model.mailbox import Item
from comity.model.outcomes import ComityError
from comity.verdict.grams import LOT

ROOM: Final = 4 << 20


def in_lots(items: Iterable[Item]) -> Iterator[list[Item]]:
    """All items, some at a time.

    >>> [[each.name for each in lot] for lot in in_lots(Item(name=str(n), position=".", size=0) for n in range(162))][1]
    ['160', '161']
    """
    lot, room = list[Item](), ROOM
    broken: ComityError | OSError | None = None
    try:
        for item in items:
            lot.append(item)
            room -= len(item.data)
            if len(lot) == LOT or room < 0:
                yield lot
                lot, room = [], ROOM
    except (ComityError, OSError) as error:
        broken = error
    if lot:
        yield lot
    if broken is not None:
        raise broken
