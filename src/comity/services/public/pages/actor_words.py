"""Who acted, in words: what commands and pages say where nobody with an account did.

Trust:      a name may be a stranger's: it stands in the message as it was noted, and whoever shows it escapes it or makes it plain.
Answers:    ``whom(actor, namesakes)`` gives a message of the catalogues, or the name as it is; ``namesakes_in(accounts)`` the
            accounts that are called as what has none.
Limits:     such an account may be older than the rule that nobody is called so: what was noted under its name may be its own act or
            that of whoever is meant otherwise, and both are named.
"""

from collections.abc import Collection, Iterable
from typing import Final, Protocol

from comity.model.account import WITHOUT_ACCOUNT, Account
from comity.model.message import Message
from comity.services.prove.recourse.mail import UNPROVED

_MARKS: Final = (
    ("playbook ", "desk-page.by-playbook"),
    ("api:", "desk-page.by-program"),
    (UNPROVED, "desk-page.by-unproved"),
)


class Accounts(Protocol):
    """The accounts of a desk."""

    def all(self) -> Iterable[Account]:
        """Every one, those that ended among them."""


def whom(actor: str, namesakes: Collection[str] = ()) -> Message | str:
    """Who that is. No account has a space or a colon in its name.

    >>> whom("playbook ladder").message_id, whom("ann"), whom("web").message_id, whom("web", {"web"}).message_id
    ('desk-page.by-playbook', 'ann', 'desk-page.by.web', 'desk-page.by-either')
    """
    for mark, said in _MARKS:
        if actor.startswith(mark) and actor != mark:
            return Message(said, {"name": actor.removeprefix(mark)})
    if actor not in WITHOUT_ACCOUNT:
        return actor
    nobody = Message(f"desk-page.by.{actor}")
    return Message("desk-page.by-either", {"name": actor, "other": nobody}) if actor in namesakes else nobody


def namesakes_in(accounts: Accounts) -> frozenset[str]:
    """The names that an account has, or had, and that stand for nobody with an account, too."""
    return frozenset(each.name for each in accounts.all() if each.name in WITHOUT_ACCOUNT)
