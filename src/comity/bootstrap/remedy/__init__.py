"""Join the store and our books to what takes in sightings of bots.

Answers:    ``importing(settings, order, trusted)`` gives the import while its block runs; ``tell_of_held(settings, ...)`` raises an
            alarm about items that were held, and ends those about items that were released.
Limits:     times in feeds are believed as far as ``[data] lease_margin_seconds`` says. What a source weighs is learned anew from
            what people found out and subscribers said, before anything is taken in.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo

from comity.bootstrap.data import whose_of
from comity.bootstrap.desk import desk_store, desk_write
from comity.bootstrap.playbook.running import following_of
from comity.remediation.corroboration import Standing
from comity.services.remedy.effect.learning import learn
from comity.services.remedy.sightings.holding import tell_of
from comity.services.remedy.sightings.importing import Import, ImportOrder, Taken
from comity.settings import Settings


@contextmanager
def importing(
    settings: Settings,
    *,
    source: str | None,
    trusted: Collection[str],
    release: bool,
    zone: tzinfo | None = None,
    now: datetime | None = None,
) -> Iterator[Import]:
    """The import of this run; ``trusted`` are the sources whose word alone is enough."""
    store, now = desk_store(settings), now or datetime.now(UTC)
    try:
        with store.write() as records:
            learn(records.effects, now)
            outcomes = records.effects.outcomes()
        yield Import(
            store.write,
            whose_of(settings),
            standing=Standing(trusted=frozenset(trusted), outcomes=outcomes, researchers=settings.data.researchers),
            order=ImportOrder(
                now=now,
                quiet=timedelta(days=settings.desk.quiet_days),
                source=source,
                zone=zone,
                release=release,
            ),
            following=following_of(settings),
        )
    finally:
        store.close()


def tell_of_held(settings: Settings, takes: Sequence[Taken], source: str | None, *, released: bool) -> None:
    """A command that runs by the clock is read by nobody: what it held, or took in at last, is said at the desk."""
    told = [each for each in takes if each.is_held or released]
    if not told:
        return
    with desk_write(settings) as records:
        for each in told:
            tell_of(records.sources, each, source, released=released, now=datetime.now(UTC))
