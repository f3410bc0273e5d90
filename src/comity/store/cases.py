"""Queries about cases.

Limits:     one connection, no commits.
"""

from sqlalchemy import Connection


class Cases:
    """Cases, and what was done about them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
