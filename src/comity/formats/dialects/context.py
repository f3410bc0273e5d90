"""What a dialect may know beside the message itself: values that come from outside, once per run.

Trust:      our own settings; nothing in here comes from a stranger.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known beside the bytes: which hosts write Received and Authentication-Results lines for us, and what time it is.

    ``now`` is aware UTC and serves dates without a year; None means that such dates stay unread.

    >>> Context().trusted_hosts
    frozenset()
    """

    trusted_hosts: frozenset[str] = frozenset()
    now: datetime | None = None
