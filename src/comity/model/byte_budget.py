"""So many bytes that several share.

Answers:    ``Budget(limit)``: ``take(size)`` and ``give(size)``.
Limits:     asked from one thread, as gates and sites do.
"""


class Budget:
    """How many bytes all connections together may hold."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    def take(self, size: int) -> bool:
        """Take so many, or none and False."""
        if size > self._left:
            return False
        self._left -= size
        return True

    def give(self, size: int) -> None:
        """Give so many back."""
        self._left += size
