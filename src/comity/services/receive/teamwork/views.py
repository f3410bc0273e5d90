"""Named views of the queue: what of it somebody wants to see again, for himself or for everybody at the desk.

Trust:      names are our own people's words; what is asked is looked at as any question to the queue is, when it is opened.
Answers:    ``keep(rows, view)`` keeps one, in the place of one's own of that name; ``drop(rows, ...)`` forgets one; ``ASKED`` are
            the parts of a question that are kept.
Limits:     thirty of an account; a name of sixty signs. A shared view is forgotten by whoever made it, or looks after accounts.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from comity.model.outcomes import ComityError, Outcome
from comity.model.teamwork import NamedView

ASKED: Final = ("words", "state", "about", "whose")
MOST: Final = 30
_NAME: Final = 60
_WORDS: Final = 200


def made(name: str, account: str, asked: Mapping[str, str], *, is_shared: bool) -> NamedView:
    """A view as it will be kept; what is empty is left out."""
    wanted = " ".join(name.split())[:_NAME]
    if not wanted:
        raise ComityError("view-name", "no name", outcome=Outcome.USAGE)
    kept = {key: value[:_WORDS] for key in ASKED if (value := asked.get(key, "").strip())}
    never = datetime.min.replace(tzinfo=UTC)
    return NamedView(view_id=0, name=wanted, account=account, is_shared=is_shared, asked=kept, made=never)


def keep(rows: Any, view: NamedView, now: datetime) -> None:
    """Keep it; one of this name that is one's own becomes this one."""
    own = [each for each in rows.views(view.account) if each.account == view.account]
    same = [each for each in own if each.name == view.name]
    if not same and len(own) >= MOST:
        raise ComityError("view-many", view.account, outcome=Outcome.USAGE, details={"most": MOST})
    for each in same:
        rows.drop_view(each.view_id)
    rows.add_view(replace(view, made=now))


def drop(rows: Any, view_id: int, account: str, *, may_all: bool) -> None:
    """Forget one; one that is another's is not there, unless it is shared and whoever asks looks after accounts."""
    found = next((each for each in rows.views(account) if each.view_id == view_id), None)
    if found is None or not (found.account == account or may_all):
        raise ComityError("view-unknown", str(view_id), outcome=Outcome.UNKNOWN)
    rows.drop_view(view_id)
