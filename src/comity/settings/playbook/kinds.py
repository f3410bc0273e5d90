"""What values a playbook takes: lengths of time, shares, prose.

Answers:    kinds as in ``comity.settings.kinds``; a value that does not fit raises ``RefusedError``.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from comity.model.message import Message
from comity.model.playbook import Span
from comity.settings.kinds import RefusedError

_SPAN: Final = re.compile(
    r"(\d{1,5}) ?(?:(min|minutes?|分钟)|(h|hours?|小时)|(d|days?|天)|(weeks?|周)|(working days?|工作日|个工作日))"
)
_UNITS: Final = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1))
_MOST: Final = timedelta(days=3660)
_SHARE: Final = re.compile(r"(\d{1,3}(?:\.\d{1,4})?) ?(%|‰)")


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time: minutes, hours, days, weeks; or working days, where they count."""

    working: bool = False

    @property
    def wants(self) -> Message:
        return Message("wants.span" if self.working else "wants.length")

    def take(self, value: object, folder: Path) -> Span:
        match = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None or (match[6] and not self.working):
            raise RefusedError
        number = int(match[1])
        if match[6]:
            if not 0 < number <= 1000:
                raise RefusedError
            return Span(working_days=number)
        unit = next(unit for unit, word in zip(_UNITS, match.groups()[1:5], strict=True) if word)
        if not timedelta(0) < unit * number <= _MOST:
            raise RefusedError
        return Span(elapsed=unit * number)


@dataclass(frozen=True, slots=True)
class PartOf:
    """A share in per cent or per mille, above nothing and below all."""

    @property
    def wants(self) -> Message:
        return Message("wants.share")

    def take(self, value: object, folder: Path) -> float:
        match = _SHARE.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None:
            raise RefusedError
        share = float(match[1]) / (100 if match[2] == "%" else 1000)
        if not 0 < share < 1:
            raise RefusedError
        return share


@dataclass(frozen=True, slots=True)
class Prose:
    """Text on one or several lines."""

    @property
    def wants(self) -> Message:
        return Message("wants.prose")

    def take(self, value: object, folder: Path) -> str:
        text = value if isinstance(value, str) else ""
        if not text.strip() or len(text) > 20_000 or not all(sign.isprintable() or sign == "\n" for sign in text):
            raise RefusedError
        return text
