"""A clock of our own, for the edges of the program that read the machine's.

Answers:    ``Clock(at)``: ``now()``, ``go(to)``; ``in_place(clock)`` puts it in the place of the machine's while a block runs.
Limits:     services take a clock, and get this one. What joins them, and the command line, read the machine's themselves: there,
            and nowhere else, the name ``datetime`` means something that asks this one. Stopwatches go on as they do.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

import pytest

import comity

_EDGES: Final = ("comity.bootstrap", "comity.cli", "comity.store.dialects.shared_clock", "comity.gates")
_APART: Final = ("comity.cli.demo",)


class Clock:
    """It goes only where it is told to."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self, zone: tzinfo | None = UTC) -> datetime:
        """What it says."""
        return self._at.astimezone(zone)

    def go(self, to: datetime) -> None:
        """Set it; back, too."""
        self._at = to


def edges() -> list[Any]:
    """Every module that may read the machine's clock, loaded."""
    names = [each.name for each in pkgutil.walk_packages(comity.__path__, "comity.")]
    wanted = [each for each in names if each.startswith(_EDGES) and not each.startswith(_APART)]
    return [importlib.import_module(each) for each in wanted if not each.endswith("__main__")]


@contextmanager
def in_place(clock: Clock) -> Iterator[pytest.MonkeyPatch]:
    """Ask this clock instead of the machine's; what else is put in the place of something is undone with it."""

    class Asks(type):
        def __call__(cls, *values: Any, **named: Any) -> datetime:
            return datetime(*values, **named)  # noqa: DTZ001 - as it was called

        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, datetime)

        def __getattr__(cls, name: str) -> Any:
            return getattr(datetime, name)

    class Virtual(metaclass=Asks):
        @staticmethod
        def now(zone: tzinfo | None = None) -> datetime:
            return clock.now(zone)

    with pytest.MonkeyPatch.context() as patched:
        for module in edges():
            if getattr(module, "datetime", None) is datetime:
                patched.setattr(module, "datetime", Virtual)
        yield patched
