"""A signed document of ours on its way to a peer."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One document for one peer; ``about`` says what it belongs to."""

    document_id: int
    peer: str
    about: str
    note: str
    entered: datetime
    given: datetime | None
    refused: str | None  # why the peer does not take it, by name
