"""Join what carries a desk's tables to the version of this program, with a backup before.

Answers:    ``standing(settings)`` says which version there is and what is to come; ``upgrade(settings, now, ...)`` gives
            ``Upgraded``; ``differences(settings)`` what is otherwise than this program would make it.
Limits:     of a store in a file, the lock of its worker is held meanwhile: stop ``comity serve`` before. On a server others go on
            writing where every step allows it; the database refuses a step that does not.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from comity.bootstrap.backing_up import make
from comity.bootstrap.desk import database_file, desk_store
from comity.bootstrap.gates import spool_path
from comity.outlets.lock_file import only_one
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.store.dialects import Database
    from comity.store.migrations.steps import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A store, its version, that of this program, and the steps between them."""

    place: str
    found: int
    known: int
    steps: "tuple[Step, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgraded:
    """What was done, and where the desk of before lies."""

    steps: "tuple[Step, ...]"
    backup: Path | None


@contextmanager
def _database(settings: Settings) -> "Iterator[Database]":
    with closing(desk_store(settings)) as store:
        yield store.database


def standing(settings: Settings) -> Standing:
    """Look; a store that is not there, or is newer than this program, is refused."""
    from comity.store.migrations.steps import Steps
    from comity.store.migrations.upgrading import pending

    steps = Steps()
    with _database(settings) as database:
        waiting = pending(database, steps)
    found = waiting[0].number - 1 if waiting else steps.last
    return Standing(place=database.place, found=found, known=steps.last, steps=waiting)


def upgrade(
    settings: Settings, now: datetime, *, backup: Path | None, told: "Callable[[Step], None]" = lambda _: None
) -> Upgraded:
    """Do what is to come; the backup first, in a folder below ``backup``, unless somebody else has made one."""
    from comity.store.migrations.upgrading import upgrade as carried_along

    if not standing(settings).steps:
        return Upgraded(steps=(), backup=None)
    with _at_rest(settings), _database(settings) as database:
        folder = None if backup is None else make(settings, backup, now)[0]
        return Upgraded(steps=carried_along(database, told=told), backup=folder)


@contextmanager
def _at_rest(settings: Settings) -> Iterator[None]:
    spool = spool_path(settings)
    if database_file(settings) is None or not spool.exists():
        yield
        return
    with only_one(spool.with_name(f"{spool.name}.worker")):
        yield


def differences(settings: Settings) -> list[str]:
    """Compare tables, columns, rules and indexes."""
    from comity.store.migrations.checking import check

    with _database(settings) as database:
        return check(database)
