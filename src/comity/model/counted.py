"""The numbers of a whole direction that a day-close proves and a statement shows, in the order in which people read them.

Limits:     what is broken down (by class, network, country, outcome) is not here: it has a key for whatever came.
"""

from collections.abc import Mapping
from typing import Final

# The number of different keys that begin so.
DIFFERENT: Final[Mapping[str, str]] = {"report/networks": "report/network/"}
# What became of the other side's reports by the days of the agreement: answers that were given, and what is open at the end.
GIVEN: Final = ("answers/in-time", "answers/late", "answers/undated")
OPEN: Final = ("open/not-due", "open/overdue", "open/undated")
# How often a person answered an objection, and how many whole hours whoever objected waited for it, all together.
WAITED: Final = ("recourse/answered", "recourse/hours")
ANSWERS: Final = (*GIVEN, *OPEN, *WAITED)
# By a number of hours that the close names.
BY_HOURS: Final = ("answered/in-time", "answered/late")
_OTHERS: Final = (
    "report",
    "report/networks",
    "not-spam",
    "retract",
    "dispute",
    "outcome",
)
_STEPS: Final = (
    "recourse/asked",
    "recourse/granted",
    "recourse/refused",
    "recourse/escalated",
    "recourse/overdue",
    "signal/proposed",
    "signal/adopted",
    "signal/withdrawn",
)
# Always shown, however small: where answers are counted by hours, and by the days of the agreement.
WHOLE: Final = (*_OTHERS, *BY_HOURS, *_STEPS)
WHOLE_BY_AGREEMENT: Final = (*_OTHERS, *GIVEN, *OPEN, *_STEPS, *WAITED)
# Always counted, so that a nought is proved like any other number.
FIXED: Final = tuple(key for key in WHOLE if key not in DIFFERENT)
