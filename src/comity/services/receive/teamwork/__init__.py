"""Working on cases together: who has a case, and who is called to one by his name in a note.

Trust:      accounts are the operator's; a note is our own people's words, and calls nobody but accounts that are there.
Answers:    ``receiver(rows, name)`` is the account that a case may be given to; ``colleagues(rows)`` all of them;
            ``called_in(note, names)`` who a note calls; ``TeamworkRows`` what is needed of the store.
Limits:     twenty names of a note. A name ends where no sign of a name stands, so that it may be followed by a full stop.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from comity.model.account import PERMITS, Account, Permit
from comity.model.outcomes import ComityError, Outcome
from comity.model.teamwork import CaseOwner, MentionKind

GIVE: Final = "give"  # the act, as it stands in the history of a case
_CALLED: Final = 20
# What stands before the sign must be no part of an address.
_CALL: Final = re.compile(r"(?<![A-Za-z0-9._@-])@([A-Za-z0-9][A-Za-z0-9._@-]{0,63})")


class TeamworkRows(Protocol):
    """The rows of whoever works together."""

    def own(self, owner: CaseOwner) -> None:
        """From now on somebody has a case."""

    def owners(self, case_ids: Sequence[str]) -> Mapping[str, CaseOwner]:
        """Who has these cases."""

    def call(self, case_id: str, called: Mapping[str, MentionKind], *, by: str, at: datetime) -> None:
        """Accounts are called to a case, by what was written about it last."""

    def see(self, account: str, at: datetime, *, mentions: Collection[int] = (), case_id: str | None = None) -> int:
        """An account has seen some of what calls it, or all about a case."""


def colleagues(rows: Any) -> list[Account]:
    """Accounts to which a case may be given."""
    return [each for each in rows.all() if each.ended is None and Permit.CASES_ACT in PERMITS[each.role]]


def receiver(rows: Any, name: str) -> str:
    """The name of the account that a case is given to; whoever may not act on cases gets none."""
    wanted = name.strip().lower().removeprefix("@")
    if wanted not in {each.name for each in colleagues(rows)}:
        raise ComityError("case-give-unknown", wanted, outcome=Outcome.UNKNOWN, details={"name": wanted})
    return wanted


def readers(rows: Any) -> set[str]:
    """Names of accounts that may see cases."""
    return {each.name for each in rows.all() if each.ended is None and Permit.CASES_SEE in PERMITS[each.role]}


def called_in(note: str, names: Collection[str]) -> list[str]:
    """Who of these a note calls, in its order.

    >>> called_in("请@Ann看一下, cc @li.ming. Not a@bob.example, nor @nobody", {"ann", "li.ming", "bob", "bob.example"})
    ['ann', 'li.ming']
    """
    found: dict[str, None] = {}
    for count, match in enumerate(_CALL.finditer(note)):
        if count >= _CALLED:
            break
        name = match.group(1).lower()
        while name and name not in names:
            name = name[:-1].rstrip("._@-") if name[-1] in "._@-" else ""
        if name:
            found[name] = None
    return list(found)
