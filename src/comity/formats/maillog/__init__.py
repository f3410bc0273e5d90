"""Read the logs in which our own mail servers write who handed in which mail: the login behind a queue id and a Message-ID.

Trust:      files of our own servers; a login and a Message-ID in them are still any text, and are cut.
Standards:  see ``postfix``, ``exim``.
Answers:    ``LogReader(zone, now).read(line)`` gives ``Handed`` or None; ``shape`` says whose log it is, by its looks.
Limits:     one log a reader. A line that says nothing of a login or a Message-ID is passed over: most lines do.
            Times of syslog have no year: it is the latest in which they are not ahead of ``now``.
"""

from datetime import datetime, tzinfo
from enum import StrEnum

from comity.formats.maillog import exim, postfix
from comity.formats.maillog.terms import Handed

__all__ = ["Handed", "LogReader", "LogShape"]


class LogShape(StrEnum):
    """Whose log it is."""

    POSTFIX = "postfix"
    EXIM = "exim"


class LogReader:
    """One log, line by line.

    >>> from datetime import UTC
    >>> reader = LogReader(UTC, datetime(2026, 11, 28, 9, tzinfo=UTC))
    >>> reader.read("Nov 28 08:00:01 mx postfix/submission/smtpd[7]: 4AB: client=a[192.0.2.7], sasl_username=ann").login
    'ann'
    >>> reader.shape.value
    'postfix'
    """

    def __init__(self, zone: tzinfo, now: datetime) -> None:
        self._zone, self._now = zone, now
        self.shape: LogShape | None = None

    def read(self, line: str) -> Handed | None:
        """What a line says of a mail."""
        if self.shape is not LogShape.EXIM and "postfix" in line:
            found = postfix.read(line, self._zone, self._now)
            self.shape = self.shape or (LogShape.POSTFIX if found else None)
            return found
        if self.shape is not LogShape.POSTFIX and " <= " in line:
            found = exim.read(line, self._zone)
            self.shape = self.shape or (LogShape.EXIM if found else None)
            return found
        return None
