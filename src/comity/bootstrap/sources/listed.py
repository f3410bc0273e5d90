"""Join what looks for our own addresses in somebody's block list.

Answers:    ``listed_here(settings, path)`` what a list says of us; ``take_listed(settings, found, name)`` hands that to intake,
            as a table like any other, and gives how many reports became of it.
Limits:     one report a day and entry, however often a list is taken in on that day.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from comity.bootstrap.desk import own_side
from comity.services.receive.sources.listing import ListedHere, OurPart, as_table, our_part
from comity.settings import Settings


def listed_here(settings: Settings, path: Path) -> OurPart:
    """Go through one list."""
    from comity.outlets.table_files import TableFile

    return our_part(TableFile(path).lines(), own_side(settings))


def take_listed(settings: Settings, found: Sequence[ListedHere], name: str) -> int:
    """Take it in; how many reports that were."""
    from comity.bootstrap.working import bench
    from comity.services.receive.batches import work_off
    from comity.services.receive.prepare import Delivery

    now = datetime.now(UTC)
    table = as_table(found, name, now)
    delivery = Delivery(gate="file", name=f"{name}.csv", arrived=now)
    with bench(settings) as place:
        return sum(each.reports for each in work_off(iter([(table, delivery)]), place))
