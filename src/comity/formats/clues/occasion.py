"""When and from which port: the time that stands on the same line as an address.

Behind address sharing only address, time and port together name a subscriber, so they are taken from one line.

Trust:      a stranger's text.
Answers:    ``of(text, address, clues, moments)``: (moment, port).
"""

from collections.abc import Sequence
from datetime import datetime

from comity.formats.clues.addresses import Address, Played
from comity.formats.clues.times import Time


def of(
    text: str, address: str, *, clues: Sequence[Address], moments: Sequence[Time]
) -> tuple[datetime | None, int | None]:
    """Give the first line that names the address as a source and a moment, else the only moment and the only port told.

    >>> from comity.formats.clues import addresses, times
    >>> text = "2026-11-23T06:00:00Z from 192.0.2.1 port 4711\\n2026-11-23T06:00:05Z from 192.0.2.1 port 4712"
    >>> of(text, "192.0.2.1", clues=addresses.find(text), moments=times.find(text, None))
    (datetime.datetime(2026, 11, 23, 6, 0, tzinfo=datetime.timezone.utc), 4711)
    """
    named = [clue for clue in clues if clue.address == address and clue.played in {Played.SOURCE, Played.UNTOLD}]
    ports = {clue.port for clue in named if clue.port is not None}
    only_port = ports.pop() if len(ports) == 1 else None
    zoned = [time for time in moments if time.moment is not None]
    for clue in named:
        start = text.rfind("\n", 0, clue.offset) + 1
        end = text.find("\n", clue.offset)
        for time in zoned:
            if start <= time.offset and (end < 0 or time.offset < end):
                return time.moment, clue.port if clue.port is not None else only_port
    only = {time.moment for time in zoned}
    return only.pop() if len(only) == 1 else None, only_port
