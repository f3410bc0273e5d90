"""Write events to the log: one line each, on standard error, plain or as JSON.

Trust:      a detail is a number, or a short word of ours; anything else is written as "?", so that no address, subject or text
            of a mail gets into a log by mistake.
Answers:    ``EventLog(stream, as_json=...)`` is a ``LogEvent``; an unknown event is a fault of ours.
"""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Final, TextIO

from comity.model.log_events import EVENTS, Weight

_WORD: Final = re.compile(r"[A-Za-z0-9_./:\[\]-]{1,100}")
_LEVELS: Final = {Weight.NOTE: logging.INFO, Weight.WARNING: logging.WARNING, Weight.ERROR: logging.ERROR}


class EventLog:
    """The log of one process."""

    def __init__(self, process: str, *, stream: TextIO | None = None, as_json: bool = False) -> None:
        self._process = process
        self._logger = logging.Logger(f"comity.{process}")
        handler = logging.StreamHandler(stream or sys.stderr)
        handler.setFormatter(_Lines(as_json=as_json))
        self._logger.addHandler(handler)

    def __call__(self, event: str, /, **details: object) -> None:
        """Write one event."""
        shown = {name: _shown(value) for name, value in details.items()}
        self._logger.log(_LEVELS[EVENTS[event]], event, extra={"details": {"process": self._process, **shown}})


def quiet_others() -> None:
    """Nothing but our own events: libraries log whom they talk to, and what was said."""
    for name in ("mail.log", "asyncio"):
        logging.getLogger(name).disabled = True


class _Lines(logging.Formatter):
    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        level, event, details = record.levelname.lower(), record.getMessage(), vars(record)["details"]
        if self._as_json:
            return json.dumps({"at": moment, "level": level, "event": event, **details})
        return " ".join((moment, level, event, *(f"{name}={value}" for name, value in details.items())))


def _shown(value: object) -> int | float | bool | str | None:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return round(value, 3)
    return value if isinstance(value, str) and _WORD.fullmatch(value) else "?"
