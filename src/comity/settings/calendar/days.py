"""Read a list of days: those on which people do not work, and days at a weekend on which they do (in China 调休).

Trust:      the operator's own file; a line that cannot be read is an error that names it.
Answers:    ``read_days(path)`` gives ``(free, work)``. A day a line: ``2026-10-01 free`` or ``2026-10-10 work``, or 休 and 班;
            what stands behind is for people. Empty lines, and lines that begin with #, say nothing.
Limits:     10,000 lines; a day that stands twice with both words is an error.
"""

import re
from datetime import date
from pathlib import Path
from typing import Final

from comity.model.outcomes import ComityError, Outcome

_LINE: Final = re.compile(r"(\d{4}-\d{2}-\d{2})[\s,;]+(free|work|休|班)(?:[\s,;].*)?", re.IGNORECASE)
_FREE: Final = frozenset({"free", "休"})
_MOST: Final = 10_000
_SIZE: Final = 1 << 20


def read_days(path: Path | None) -> tuple[frozenset[date], frozenset[date]]:
    """The free days, and the working ones, of a file; none where there is no file."""
    if path is None:
        return frozenset(), frozenset()
    try:
        with path.open("rb") as file:
            text = file.read(_SIZE).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise _wrong("days-file", str(path), "") from None
    found: dict[date, bool] = {}
    for number, line in enumerate(text.splitlines()[:_MOST], start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        try:
            day = None if match is None else date.fromisoformat(match[1])
        except ValueError:
            day = None
        if match is None or day is None:
            raise _wrong("days-line", f"{path}:{number}", line)
        is_free = match[2].lower() in _FREE
        if found.setdefault(day, is_free) is not is_free:
            raise _wrong("days-both", f"{path}:{number}", line)
    return frozenset(day for day, free in found.items() if free), frozenset(
        day for day, free in found.items() if not free
    )


def _wrong(code: str, place: str, text: str) -> ComityError:
    details = {"text": text.strip()[:60]}
    return ComityError(code, f"{place}: {text[:60]}", outcome=Outcome.CONFIGURATION, place=place, details=details)
