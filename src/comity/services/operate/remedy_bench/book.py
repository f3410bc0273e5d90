"""A book of leases that is made as it is read.

Answers:    ``GeneratedBook(lines)``, as ``comity.services.operate.lease_import`` reads books.
"""

from collections.abc import Iterable, Iterator


class GeneratedBook:
    """One book, read once."""

    name = "generated.csv"

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = lines

    def lines(self) -> Iterator[str]:
        """Line after line."""
        return iter(self._lines)
