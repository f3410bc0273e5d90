"""The desk that the commands of ``comity signal`` act at, and what they share: ids as people type them, days."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.configuration import settings
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.model.signal import Kept
    from comity.services.prove.signals.deciding import SignalDesk
    from comity.store.records import Records

AsJson = Annotated[bool, typer.Option("--json")]
By = Annotated[str, typer.Option("--by", metavar="NAME")]
SignalId = Annotated[str, typer.Argument(metavar="SIGNAL")]
_FEWEST = 5


@contextmanager
def signal_desk(actor: str, now: datetime) -> "Iterator[tuple[Records, SignalDesk]]":
    """The store and the desk, in one transaction that writes."""
    from comity.bootstrap.desk import desk_write
    from comity.bootstrap.trust import signals

    with desk_write(settings()) as records:
        yield records, signals.signal_desk(settings(), records, actor=actor, now=now)


def one(records: "Records", typed: str) -> "Kept":
    """The signal whose id begins as it was typed."""
    text = typed.strip().upper()
    found = records.signals.beginning_with(text) if len(text) >= _FEWEST else []
    if len(found) != 1:
        raise wrong("signal-unknown", typed, Outcome.BAD_INPUT)
    return found[0]


def wrong(code: str, place: str, outcome: Outcome = Outcome.USAGE, **details: object) -> ComityError:
    """An error with a name."""
    return ComityError(code, code, outcome=outcome, place=place, details=details)
