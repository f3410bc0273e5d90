"""Public keys out of a file, for mail whose domains have changed theirs since.

Answers:    ``KeyFile.read(path)``; ``find(names)`` gives the record of each name that the file has. What it does not have was
            not looked up: the signature stays unchecked, it does not fail.
Limits:     1 MiB; a line that is no key record is an error that names it.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Self

from comity.formats.key_zone import read_zone
from comity.model.outcomes import ComityError, Outcome

_LIMIT: Final = 1 << 20


class KeyFile:
    """The keys of one file."""

    def __init__(self, records: Mapping[str, str]) -> None:
        self._records = records

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file once."""
        with path.open("rb") as file:
            text = file.read(_LIMIT).decode("utf-8", "replace")
        zone = read_zone(text)
        if zone.mistakes:
            raise ComityError(
                "key-file-line",
                "this is no DKIM key record",
                outcome=Outcome.CONFIGURATION,
                place=f"{path}:{zone.mistakes[0]}",
            )
        return cls(zone.records)

    def find(self, names: Iterable[str]) -> Mapping[str, str | None]:
        """The records of those names that the file has."""
        return {name: self._records[name] for name in names if name in self._records}

    def is_silent(self, _: str) -> bool:
        """Whether a name should be asked for again later: a file says the same then."""
        return False
