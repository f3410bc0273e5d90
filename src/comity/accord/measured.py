"""What one side measured by itself and puts beside the numbers of the ledger: complaints for each mail that reached an inbox,
infestations, the effect of telling; spam and traps are those of ``comity.accord.spam_share``.

Trust:      no ledger proves it: counters of delivered mail and sightings are not exchanged. The side that measured it signs for
            it, and the page names that side.
Standards:  shares and their intervals as ``comity.formats.intervals`` says.
Answers:    ``block(...)`` and ``rate(...)`` make a side's part; ``is_sound(measured, parties)`` whether such parts can be what
            they say; ``not_measured(measured)`` what nobody measured.
Limits:     whole providers are counted, never below ``SMALL`` lines; differences are in per mille points, with the bounds of their
            95 % interval rounded outwards; complaints are in a million mails, because a tenth of a per cent is the line.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import ceil, floor
from typing import Any, Final

from comity.accord.spam_share import SPAM, is_part
from comity.accord.suppression import SMALL
from comity.formats.intervals import bounds, share

COMPLAINTS: Final = "complaints-per-delivered-mail"
INFESTATIONS: Final = "infestations"
EFFECT: Final = "effect-against-control"
# What no side measured is named rather than invented.
_PARTS: Final = (SPAM, COMPLAINTS, INFESTATIONS, EFFECT)
_RATED: Final = {"complaints", "inbox", "per_million", "low", "high", "method"}
_FOUND: Final = {"found", "clean", "per_mille", "low", "high", "method"}
_COMPARED: Final = {"usual", "new", "within_days", "per_mille", "low", "high"}
_ALL: Final = 1000
_MILLION: Final = 1_000_000
_DUST: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedShares:
    """How many more are clean in the new way, as a share with its bounds."""

    usual: int
    new: int
    within_days: int
    share: float
    low: float
    high: float


def block(found: int, clean: int, compared: ComparedShares | None = None) -> dict[str, dict[str, Any]]:
    """The part of one side; empty where there is too little.

    >>> block(100, 90)["infestations"]["low"], block(9, 9)
    (825, {})
    """
    made: dict[str, dict[str, Any]] = {}
    found_share = share(clean, found)
    if found >= SMALL and found_share is not None:
        made[INFESTATIONS] = {
            "found": found,
            "clean": clean,
            "per_mille": found_share.per_mille,
            "low": found_share.low,
            "high": found_share.high,
            "method": found_share.method,
        }
    if compared is not None and min(compared.usual, compared.new) >= SMALL:
        made[EFFECT] = {
            "usual": compared.usual,
            "new": compared.new,
            "within_days": compared.within_days,
            "per_mille": round(_ALL * compared.share),
            "low": floor(_ALL * compared.low),
            "high": ceil(_ALL * compared.high),
        }
    return made


def rate(complaints: int, inbox: int) -> dict[str, dict[str, Any]]:
    """How many of a million mails that reached an inbox were complained about; empty where there is too little.

    >>> rate(12, 40_000)["complaints-per-delivered-mail"]["per_million"], rate(9, 40_000), rate(12, 0)
    (300, {}, {})
    """
    if complaints < SMALL or complaints > inbox:
        return {}
    method, low, high = bounds(complaints, inbox)
    return {
        COMPLAINTS: {
            "complaints": complaints,
            "inbox": inbox,
            "per_million": round(_MILLION * complaints / inbox),
            "low": floor(_MILLION * low + _DUST),
            "high": ceil(_MILLION * high - _DUST),
            "method": method,
        }
    }


def not_measured(measured: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What no side measured.

    >>> not_measured({"west.example": block(100, 90)})
    ['spam-share-and-traps', 'complaints-per-delivered-mail', 'effect-against-control']
    """
    there = {name for each in measured.values() for name in each}
    return [name for name in _PARTS if name not in there]


def is_sound(measured: Mapping[str, Mapping[str, Any]], parties: Collection[str]) -> bool:
    """Whether these parts have the form, and their shares are those of their counts."""
    if not set(measured) <= set(parties):
        return False
    return all(
        set(each) <= set(_PARTS)
        and (SPAM not in each or is_part(each[SPAM]))
        and (COMPLAINTS not in each or _is_rate(each[COMPLAINTS]))
        and (INFESTATIONS not in each or _is_found(each[INFESTATIONS]))
        and (EFFECT not in each or _is_compared(each[EFFECT]))
        for each in measured.values()
    )


def _is_rate(part: Mapping[str, Any]) -> bool:
    return set(part) == _RATED and part == rate(int(part["complaints"]), int(part["inbox"])).get(COMPLAINTS)


def _is_found(part: Mapping[str, Any]) -> bool:
    return set(part) == _FOUND and part == block(int(part["found"]), int(part["clean"])).get(INFESTATIONS)


def _is_compared(part: Mapping[str, Any]) -> bool:
    if set(part) != _COMPARED or not all(type(each) is int for each in part.values()):
        return False
    is_ordered = -_ALL <= part["low"] <= part["per_mille"] <= part["high"] <= _ALL
    return bool(is_ordered and min(part["usual"], part["new"]) >= SMALL and part["within_days"] > 0)
