"""Join what carries a desk's rows into another database.

Answers:    ``move(settings, source, target, told=...)`` gives ``Carried``; ``size(source)`` how many rows there are.
Limits:     while it runs, the desk of these settings must not: the lock of its worker is held, where they name one of the two.
"""

from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from comity.bootstrap.desk import database_of
from comity.bootstrap.gates import spool_path
from comity.model.outcomes import ComityError, Outcome
from comity.outlets.lock_file import only_one
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.store.dialects.moving import Carried
    from comity.store.engine import Store


def _opened(where: str) -> "closing[Store]":
    from comity.store.engine import open_store

    return closing(open_store(where))


def size(source: str) -> int:
    """For whoever shows how far it is."""
    from comity.store.dialects.moving import counted

    with _opened(source) as store:
        return counted(store)


def move(settings: Settings, source: str, target: str, *, told: Callable[[int], None]) -> "Carried":
    """Carry all rows, and compare them."""
    from comity.store.dialects.moving import carry

    with (
        _opened(source) as old,
        _opened(target) as new,
        _opened(str(database_of(settings))) as ours,
        ExitStack() as held,
    ):
        if old.same_as(new):
            raise ComityError("move-same", "both are the same", outcome=Outcome.USAGE, place=old.place)
        if new.database.is_alone:
            raise ComityError(
                "move-memory", "what lies in memory is gone when this command ends", outcome=Outcome.USAGE
            )
        spool = spool_path(settings)
        if (ours.same_as(old) or ours.same_as(new)) and spool.exists():
            held.enter_context(only_one(spool.with_name(f"{spool.name}.worker")))
        return carry(old, new, told)
