"""Carry the tables of a store to the version of this program, a step at a time.

Trust:      the store is our own, and somebody asked for it; a step that changes what a ledger says is undone.
Answers:    ``pending(database)`` are the steps to come; ``upgrade(database, told=...)`` does them and gives those that were done;
            ``make(database, number)`` makes empty tables of an earlier version; ``heads(connection)`` are size and root of every
            ledger, whatever the version of the tables.
Limits:     each step is one transaction under the writer's turn, with its number: whoever is interrupted has the store of before
            the step or after it, and goes on by asking again. Of the tables of ledgers, ``channel`` and ``node`` keep the
            columns that stand here for ever.
"""

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import Connection, Engine, text

from comity.ledger import tree
from comity.model.outcomes import ComityError, Outcome
from comity.store.dialects import Database
from comity.store.dialects.sqlite import absent
from comity.store.ledger import Ledger
from comity.store.migrations import adopting, version
from comity.store.migrations.steps import Step, Steps
from comity.store.trouble import told as worded

_CHANNELS: Final = text("SELECT id, origin, size FROM channel ORDER BY origin")
Heads = Mapping[str, tuple[int, bytes]]


def heads(connection: Connection) -> Heads:
    """Each ledger by its name."""
    ledger, found = Ledger(connection), connection.execute(_CHANNELS).all()
    return {
        origin: (size, tree.root(size, lambda node, of=channel_id: ledger.node(of, node)))  # type: ignore[misc]
        for channel_id, origin, size in found
    }


def pending(database: Database, steps: Steps | None = None) -> tuple[Step, ...]:
    """What would be done; a store that nobody has made, or that a newer program has changed, is refused."""
    engine = database.engine(read_only=True)
    try:
        with worded(database.place), engine.begin() as connection:
            return _pending(connection, database.place, steps or Steps())
    finally:
        engine.dispose()


def _pending(connection: Connection, place: str, steps: Steps) -> tuple[Step, ...]:
    number = version.found(connection)
    if number is None:
        raise absent(place)
    if number > steps.last:
        version.refuse(connection, place)
    return tuple(steps.after(number))


def upgrade(
    database: Database, steps: Steps | None = None, *, told: Callable[[Step], None] = lambda _: None
) -> tuple[Step, ...]:
    """Do every step that is to come; ``told`` hears of each when it is on the disk."""
    known, done = steps or Steps(), list[Step]()
    engine = database.changing()
    try:
        while (step := _next(database, engine, known)) is not None:
            done.append(step)
            told(step)
    finally:
        engine.dispose()
    return tuple(done)


def make(database: Database, number: int, steps: Steps | None = None) -> None:
    """The tables of that version, without rows, where nothing is: for what an older program has kept."""
    known, engine = steps or Steps(), database.changing()
    database.make()
    try:
        with worded(database.place), engine.begin() as connection:
            database.fits(connection)
            for step in known.after(0):
                if step.number <= number:
                    known.run(connection, step)
        database.kept()
    finally:
        engine.dispose()


def _next(database: Database, engine: Engine, steps: Steps) -> Step | None:
    """One step, in one transaction: which one is asked within it, so that two who upgrade at once do each step once."""
    with worded(database.place), engine.begin() as connection:
        waiting = _pending(connection, database.place, steps)
        if not waiting:
            return None
        step = waiting[0]
        if not step.is_rolling and (others := database.others(connection)):
            raise ComityError(
                "upgrade-others",
                f"{others} connections of this program are open, and may not go on while this is changed",
                outcome=Outcome.TRY_AGAIN,
                place=database.place,
                details={"n": others, "step": step.words},
            )
        before = heads(connection) if version.found(connection) != version.EARLY else {}
        if version.found(connection) == version.EARLY:
            before = adopting.adopt(connection, database, heads)
        else:
            steps.run(connection, step)
        database.changed(connection)
        _compare(before, heads(connection), database.place)
        return step


def _compare(before: Heads, after: Heads, place: str) -> None:
    if wrong := sorted(name for name in {*before, *after} if before.get(name) != after.get(name)):
        raise ComityError(
            "upgrade-ledger",
            "a ledger would say something else",
            outcome=Outcome.FAULT,
            place=place,
            details={"channels": ", ".join(wrong)},
        )
