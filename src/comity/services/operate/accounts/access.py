"""Who sees personal data is written down before it is shown.

Answers:    ``stands(rows, seen)``: whether it stands there already.
Limits:     the same account and the same thing stand there once an hour; numbers and names of cases, never what was seen.
"""

from datetime import timedelta
from typing import Final

from comity.model.account import Seen
from comity.services.operate.accounts.rows import AccountRows

AGAIN: Final = timedelta(hours=1)


def stands(rows: AccountRows, seen: Seen) -> bool:
    """Whether it stands there already, of the last hour."""
    found = rows.seen(1, account=seen.account, about=seen.about)
    return any(each.what == seen.what and seen.at - each.at < AGAIN for each in found)
