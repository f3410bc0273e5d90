"""Let a year pass: ``python -m tests.year.running [--until DAY] [--zone ZONE] [--postgres ADDRESS] [--keep FOLDER]``.

Answers:    a line a month (rows of each table, bytes, seconds of each piece of work), then what did not hold; exit status 1 where
            anything did not.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..quickening import quicken
from .calendar import moment, plan
from .clock import Clock, in_place
from .oracles import at_the_end, each_day
from .world import EAST, START, WEST, World

_GROWN = 3  # months that are compared: the second to the fourth with the last ones


class Months:
    """What the stores looked like, month by month."""

    def __init__(self, world: World) -> None:
        self._world, self._last = world, (0, 0)
        self._rows: dict[str, list[dict[str, int]]] = {WEST: [], EAST: []}

    def look(self) -> None:
        """Once a month."""
        now = self._world.clock.now()
        if (now.year, now.month) == self._last:
            return
        self._last = now.year, now.month
        for network in self._world.networks.values():
            rows = self._world.rows(network.name)
            self._rows[network.name].append(rows)
            size = sum(each.stat().st_size for each in network.folder.glob("comity.db*"))
            took = {name: round(seconds) for name, seconds in network.seconds.items()}
            print(
                f"{now:%Y-%m-%d} {network.name}: {sum(rows.values())} rows, {size >> 10} KiB, seconds {took}",
                flush=True,
            )

    def show(self) -> None:
        """Each table, and whether it grows as fast at the end as at the beginning."""
        for name, months in self._rows.items():
            for table in months[-1]:
                counts = [each[table] for each in months]
                if not counts[-1]:
                    continue
                grew = [later - earlier for earlier, later in pairwise(counts)]
                early, late = sum(grew[1 : 1 + _GROWN]), sum(grew[-1 - _GROWN : -1])
                mark = "grows" if len(grew) > 2 * _GROWN and late > 0 and 2 * late >= early else ""
                print(f"{name:14} {table:24} {mark:6} {counts}")


@contextmanager
def databases(address: str | None) -> Iterator[Mapping[str, str]]:
    """Two schemas of a server, where one is named; else files."""
    if address is None:
        yield {}
        return
    from comity.store.dialects.schemas import schemas

    names = ("comity_year_west", "comity_year_east")
    with schemas(address, names, keep=False) as found:
        yield dict(zip((WEST, EAST), (found[each] for each in names), strict=True))


def run(folder: Path, until: Any, *, zone: str, lies: Mapping[str, str]) -> int:
    """One year; how many things did not hold."""
    quicken()
    clock = Clock(START)
    with in_place(clock) as patched:
        world = World(folder, clock, patched, zone=zone, databases=lies)
        plan(world, until)
        months = Months(world)
        while clock.now() < until:
            world.go(min(until, clock.now() + timedelta(days=1)))
            each_day(world)
            months.look()
        at_the_end(world)
        months.show()
        for each in world.problems:
            print(each)
        for network in world.networks.values():
            network.end()
    print(
        f"{len(world.mails)} mails, {sum(world.done.values())} acts of people and feeds, {len(world.problems)} did not hold"
    )
    return len(world.problems)


def main() -> int:
    """As it is called."""
    known = argparse.ArgumentParser()
    known.add_argument("--until", default="2029-01-12")
    known.add_argument("--zone", default="America/New_York")
    known.add_argument("--postgres")
    known.add_argument("--keep", type=Path)
    given = known.parse_args()
    with tempfile.TemporaryDirectory(prefix="comity-year-") as found, databases(given.postgres) as lies:
        folder = given.keep or Path(found)
        folder.mkdir(parents=True, exist_ok=True)
        return int(run(folder, moment(f"{given.until}T00:00"), zone=given.zone, lies=lies) > 0)


if __name__ == "__main__":
    sys.exit(main())
