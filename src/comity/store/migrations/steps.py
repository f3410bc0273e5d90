"""The steps between two versions of the tables, in order.

Standards:  Alembic's scripts, in one line without branches: ``revision`` is the number, ``upgrade()`` changes the tables.
Answers:    ``Steps(*folders)``: ``after(number)`` are those that are to come, ``run(connection, step)`` does one; ``OURS`` is the
            folder of the program.
Limits:     no way back but a backup: what a step threw away is not made up again. Nothing is committed here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection

OURS: Final = Path(__file__).with_name("versions")
FOLDERS: Final = (OURS,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change: its number, what it does in a sentence, and whether programs of the version before may go on beside it."""

    number: int
    words: str
    is_rolling: bool


class Steps:
    """All of them."""

    def __init__(self, *folders: Path) -> None:
        """``folders`` are those of the program where none are named."""
        self._folders = folders or FOLDERS

    @cached_property
    def _directory(self) -> ScriptDirectory:
        return ScriptDirectory(str(OURS.parent), version_locations=[str(each) for each in self._folders])

    @cached_property
    def _scripts(self) -> dict[int, Script]:
        return {int(each.revision): each for each in self._directory.walk_revisions()}

    @property
    def last(self) -> int:
        """The version that the tables have after all of them."""
        return max(self._scripts)

    def after(self, number: int) -> Iterator[Step]:
        """Those that carry tables of this version to the last one."""
        for each in sorted(self._scripts):
            if each > number:
                yield self.step(each)

    def step(self, number: int) -> Step:
        """The one that makes this version."""
        script = self._scripts[number]
        first = script.longdoc.strip().split("\n")[0]
        return Step(number=number, words=first, is_rolling=bool(script.module.ROLLING))

    def run(self, connection: Connection, step: Step) -> None:
        """Change the tables, and write down that they were changed; in the transaction of the caller."""
        script = self._scripts[step.number]
        context = MigrationContext.configure(connection)
        change: Callable[[], Any] = script.module.upgrade
        with Operations.context(context):
            change()
        context.stamp(self._directory, script.revision)
