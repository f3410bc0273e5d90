"""Who sees personal data is written down before it is shown.

Answers:    ``stands(rows, seen)``: whether it stands there already; ``not_yet(rows, seen)``: which of several do not.
Limits:     the same account and the same thing stand there once an hour; numbers and names of cases, never what was seen.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from comity.model.account import Seen
from comity.services.operate.accounts.rows import AccountRows

AGAIN: Final = timedelta(hours=1)


def stands(rows: AccountRows, seen: Seen) -> bool:
    """Whether it stands there already, of the last hour."""
    found = rows.seen(1, account=seen.account, about=seen.about)
    return any(each.what == seen.what and seen.at - each.at < AGAIN for each in found)


def not_yet(rows: AccountRows, several: Sequence[Seen]) -> list[Seen]:
    """Those of one account and one sort, seen at one moment, that do not stand there yet."""
    if not several:
        return []
    known = rows.seen_since(several[0].at - AGAIN, several)
    return [each for each in several if each.about not in known]
