"""Triage a mailbox: every item is read once, remembered, and becomes facts that are grouped into cases.

Trust:      items are strangers' bytes; the reader answers and never raises, and should it raise all the same, that one item is
            listed as our fault and the next one is read.
Answers:    ``gather(items, read, memory)`` gives the facts of each item as it is read; what was remembered with the same bytes is
            not read again. ``comity.cases.grouping.group`` makes cases of them.
Limits:     one item is in memory at a time; of the others only their facts.
"""

from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from traceback import extract_tb
from typing import Final, Protocol

from comity.cases.facts import facts_of, facts_without_reading
from comity.model.case import ItemFacts
from comity.model.feedback import Kind, Reading
from comity.model.mailbox import Condition, Item

FAULT: Final = "triage.why.fault"


Reader = Callable[[bytes, str], Reading]  # the bytes of an item and what it is called


class Memory(Protocol):
    """What earlier runs have read."""

    def recall(self, position: str) -> ItemFacts | None:
        """The facts of the item that was at this position."""

    def remember(self, facts: ItemFacts) -> None:
        """Keep the facts of an item that has been read."""


class NoMemory:
    """Remembers nothing: every item is read."""

    def recall(self, position: str) -> ItemFacts | None:
        """Nothing."""
        return None

    def remember(self, facts: ItemFacts) -> None:
        """Let it go."""


def gather(items: Iterable[Item], read: Reader, memory: Memory) -> Iterator[tuple[Item, ItemFacts]]:
    """Give each item with its facts, in order."""
    for item in items:
        before = memory.recall(item.position)
        if item.condition is Condition.KNOWN and before is not None:
            yield item, before
            continue
        digest = blake2b(item.data, digest_size=16).hexdigest() if item.condition is Condition.WHOLE else ""
        if before is not None and digest and before.digest == digest and before.condition is item.condition:
            yield item, before
            continue
        facts = _read(item, read, digest)
        if item.condition is Condition.WHOLE and facts.why != FAULT:
            memory.remember(facts)
        yield item, facts


def _read(item: Item, read: Reader, digest: str) -> ItemFacts:
    if item.condition is not Condition.WHOLE:
        return facts_without_reading(item, digest)
    try:
        return facts_of(item, read(item.data, item.name), digest)
    except Exception as error:  # the edge of one item: a fault of ours must not cost the desk the other ten thousand
        return ItemFacts(
            name=item.name,
            position=item.position,
            size=item.size,
            digest=digest,
            kind=Kind.UNREADABLE,
            why=FAULT,
            detail=_where(error),
        )


def _where(error: Exception) -> str:
    """What went wrong and on which line of ours: nothing of the mail."""
    last = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {last.filename.rpartition('/comity/')[2]}:{last.lineno}"
