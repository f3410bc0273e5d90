"""Queries about what came in.

Limits:     one connection, no commits.
"""

from sqlalchemy import Connection


class Intake:
    """Bytes, items, reports, and what could not be read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
