"""Readers whose batches are asked about, at another program that knows, before anybody writes.

Answers:    ``AskingReaders(readers, fetch)``: readers like those that it was given.
"""

from collections.abc import Callable, Iterable, Sequence

from comity.model.case import Evidence
from comity.services.receive.prepare import Prepared
from comity.services.receive.working_off import LostReader, Readers, Task


class AskingReaders:
    """Ask about every batch as soon as it was read."""

    def __init__(self, readers: Readers, fetch: Callable[[Iterable[Evidence]], None]) -> None:
        self._readers, self._fetch = readers, fetch

    def send(self, batch: Sequence[Task]) -> None:
        """Begin with a batch."""
        self._readers.send(batch)

    def receive(self) -> list[Prepared | LostReader]:
        """What came of it, in order; by now the answers are there, too."""
        read = self._readers.receive()
        facts = (each.facts for each in read if not isinstance(each, LostReader))
        self._fetch(one for each in facts if each is not None for one in each.evidence)
        return read
