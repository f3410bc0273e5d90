"""What was told of a value, kept for the next one that is the same: the one bound of remembering strangers' values.

Trust:      the values are strangers': who invents new ones, or long ones, costs the time to tell of them, and no memory.
Answers:    ``Remembered(tell, most=..., longest=...)``, a dict: ``remembered[value]`` is what ``tell(value)`` gives.
Limits:     ``most`` values of at most ``longest`` each. When one more comes all are forgotten at once, which costs less than to
            know which one was used last. Threads may share it: at worst a value is told of twice, or one a thread too many is kept.

    >>> lower = Remembered(str.lower, most=100, longest=3, nothing="")
    >>> lower["Ab"], lower["Abcd"], lower[""], lower
    ('ab', 'abcd', '', {'Ab': 'ab'})

Where a value is known, which is nearly always, ``Remembered(...).__getitem__`` is the method of a dict.
"""

from collections.abc import Callable, Sized
from typing import Final, TypeVar

_K = TypeVar("_K", bound=Sized)
_V = TypeVar("_V")
_WORTHY: Final = object()  # nothing that is told is this


class Remembered(dict[_K, _V]):
    """What is told by value; ``nothing`` is an answer that is not worth keeping, ``size`` how long a value is."""

    __slots__ = ("_longest", "_most", "_nothing", "_size", "_tell")

    def __init__(
        self,
        tell: Callable[[_K], _V],
        *,
        most: int,
        longest: int,
        nothing: object = _WORTHY,
        size: Callable[[_K], int] = len,
    ) -> None:
        super().__init__()
        self._tell, self._most, self._longest = tell, most, longest
        self._nothing, self._size = nothing, size

    def __missing__(self, value: _K) -> _V:
        told = self._tell(value)
        if told is not self._nothing and self._size(value) <= self._longest:
            if len(self) >= self._most:
                self.clear()
            self[value] = told
        return told

    def keep(self, value: _K, told: _V) -> None:
        """Remember what was told of this value elsewhere, if it is not too long: its own call costs 1 % of judging a mail."""
        if self._size(value) <= self._longest:
            if len(self) >= self._most:
                self.clear()
            self[value] = told
