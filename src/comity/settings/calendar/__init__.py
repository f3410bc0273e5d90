"""What values name times of the calendar: hours, days, zones.

Answers:    kinds as in ``comity.settings.kinds``; a value that does not fit raises ``RefusedError``.
Limits:     zones are those of this machine's time-zone database.
"""

import re
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Final, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from comity.model.message import Message
from comity.settings.kinds import RefusedError

_HOURS: Final = re.compile(r"(\d\d):(\d\d) ?[-\u2013] ?(\d\d):(\d\d)")


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of the day, from and until; over midnight where the second is the earlier."""

    @property
    def wants(self) -> Message:
        return Message("wants.hours")

    def take(self, value: object, folder: Path) -> tuple[time, time]:
        match = _HOURS.fullmatch(value.strip()) if isinstance(value, str) else None
        try:
            return (time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))) if match else _refuse()
        except ValueError:
            raise RefusedError from None


@dataclass(frozen=True, slots=True)
class Day:
    """A day, as a date of TOML or in quotes."""

    @property
    def wants(self) -> Message:
        return Message("wants.day")

    def take(self, value: object, folder: Path) -> date:
        if type(value) is date:
            return value
        try:
            return date.fromisoformat(value) if isinstance(value, str) else _refuse()
        except ValueError:
            raise RefusedError from None


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone by its name."""

    @property
    def wants(self) -> Message:
        return Message("wants.zone")

    def take(self, value: object, folder: Path) -> ZoneInfo:
        try:
            return ZoneInfo(value) if isinstance(value, str) and value else _refuse()
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise RefusedError from None


def _refuse() -> NoReturn:
    raise RefusedError
