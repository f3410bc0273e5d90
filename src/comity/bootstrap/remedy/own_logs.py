"""Join the logs of our own mail hosts to what counts lines of ours, and to what takes in sightings.

Answers:    ``count_own_logs(settings, files, ...)`` counts what is new and closes hours that are over; ``watch_own_logs`` is what
            the running program does every few minutes with the logs that the settings name.
Limits:     a log that is not there is passed over by the running program, and logged; the command says so.
"""

import secrets
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from comity.bootstrap.data import whose_of
from comity.bootstrap.desk import desk_store, own_side
from comity.bootstrap.remedy import importing
from comity.bootstrap.sources.tracing import mail_log_key
from comity.model.log_events import LogEvent
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.services.remedy.own_logs.counting import LogCounted
    from comity.services.remedy.own_logs.judging import Closed

_KNOWN = 100_000


def count_own_logs(
    settings: Settings, files: Sequence[Path], *, zone: tzinfo | None = None, now: datetime | None = None
) -> "tuple[tuple[LogCounted, ...], Closed]":
    """What is new in these logs, and what came of the hours that are over."""
    from comity.outlets.files.growing import TurnedFile
    from comity.services.remedy.own_logs.counting import Counting, Keys
    from comity.services.remedy.own_logs.judging import close

    own, now = own_side(settings), now or datetime.now(UTC)

    @lru_cache(maxsize=_KNOWN)
    def is_ours(address: str) -> bool:
        return own.by_address(address) is not None

    keys = Keys(key=mail_log_key(settings, make=True) or b"", new_salt=secrets.token_bytes, is_ours=is_ours)
    with closing(desk_store(settings)) as store:
        whose = whose_of(settings)
        zone = zone or settings.sources.own_log_zone or UTC
        read = Counting(store.write, whose, keys, zone=zone).take([TurnedFile(each) for each in files], now)
        trusted = ["own-log"] if settings.sources.own_log_trusted else []
        with importing(settings, source=None, trusted=trusted, release=False, now=now) as takes:
            closed = close(store.write, takes, now=now)
    return read, closed


def watch_own_logs(settings: Settings, *, log: LogEvent, now: datetime) -> None:
    """Count what is new in the logs that the settings name."""
    there = [each for each in settings.sources.own_logs if each.is_file()]
    missing = len(settings.sources.own_logs) - len(there)
    if missing:
        log("own-log-missing", n=missing)
    if there:
        _, closed = count_own_logs(settings, there, now=now)
        if closed.unusual:
            log("own-log-unusual", lines=closed.unusual, opened=closed.opened)
