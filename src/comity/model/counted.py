"""The numbers of a whole direction that a day-close proves and a statement shows, in the order in which people read them.

Limits:     what is broken down (by class, network, country, outcome) is not here: it has a key for whatever came.
"""

from collections.abc import Mapping
from typing import Final

# The number of different keys that begin so.
DIFFERENT: Final[Mapping[str, str]] = {"report/networks": "report/network/"}
# Always shown, however small.
WHOLE: Final = (
    "report",
    "report/networks",
    "not-spam",
    "retract",
    "dispute",
    "outcome",
    "answered/in-time",
    "answered/late",
    "recourse/asked",
    "recourse/granted",
    "recourse/refused",
    "recourse/escalated",
    "recourse/overdue",
    "signal/proposed",
    "signal/adopted",
    "signal/withdrawn",
)
# Always counted, so that a nought is proved like any other number.
FIXED: Final = tuple(key for key in WHOLE if key not in DIFFERENT)
