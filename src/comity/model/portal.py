"""What opens a page for another network: a link that was given or mailed, and a session.

Trust:      whoever holds the secret is believed to be whom it was given to; the store keeps its hash alone.
Answers:    ``KeyKind``, ``PortalKey``.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class KeyKind(StrEnum):
    """What a secret opens."""

    APPLICATION = "application"  # the page of one application, as long as it lasts
    LINK = "link"  # a session, once
    SESSION = "session"  # the pages of one network, in one browser
    ASKED = "asked"  # nothing: that somebody asked for a link, for whichever mailbox


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalKey:
    """One secret by its hash; ``consumer`` is None where it opens nothing."""

    digest: bytes
    kind: KeyKind
    consumer: str | None
    about: str  # a keyed hash of who asked, to count by
    made: datetime
    expires: datetime
