"""The places of the desk, as its menu shows them.

Answers:    ``PLACES``: in groups, each place with its address, the word of the menu, and what one must be allowed to see there;
            ``REAL`` names those that the sample desk has not.
"""

from dataclasses import dataclass
from typing import Final

from comity.model.account import Permit


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One line of the menu; ``name`` is also the message ``desk-menu.NAME``."""

    name: str
    path: str
    permit: Permit | None = None
    key: str = ""  # pressed after "g"


REAL: Final = frozenset({"first-steps", "accounts"})
_EXCHANGE: Final = (
    Place(name="sources", path="/sources", permit=Permit.SOURCES_SEE, key="s"),
    Place(name="outbox", path="/outbox", permit=Permit.OUTBOX_SEE, key="o"),
    Place(name="consumers", path="/consumers", permit=Permit.CONSUMERS_SEE),
    Place(name="peers", path="/peers", permit=Permit.LEDGER_SEE, key="p"),
    Place(name="recourse", path="/recourse", permit=Permit.LEDGER_SEE, key="r"),
    Place(name="ledger", path="/ledger", permit=Permit.LEDGER_SEE, key="l"),
    Place(name="statements", path="/statements", permit=Permit.LEDGER_SEE),
    Place(name="webhooks", path="/webhooks", permit=Permit.SETTINGS_SEE),
    Place(name="settings", path="/settings", permit=Permit.SETTINGS_SEE),
    Place(name="audit", path="/audit", permit=Permit.AUDIT_SEE),
)

PLACES: Final[tuple[tuple[str, tuple[Place, ...]], ...]] = (
    (
        "work",
        (
            Place(name="today", path="/", key="h"),
            Place(name="cases", path="/cases", permit=Permit.CASES_SEE, key="c"),
            Place(name="urgent", path="/urgent", permit=Permit.CASES_SEE, key="u"),
            Place(name="unmatched", path="/unmatched", permit=Permit.PERSONAL_SEE),
            Place(name="shunt", path="/shunt", permit=Permit.MAIL_SEE, key="w"),
            Place(name="first-steps", path="/first-steps", permit=Permit.SETTINGS_SEE),
        ),
    ),
    ("exchange", _EXCHANGE),
    (
        "filter",
        (
            Place(name="filter", path="/filter", permit=Permit.FILTER_SEE, key="f"),
            Place(name="flows", path="/flows", permit=Permit.LEDGER_SEE),
        ),
    ),
    (
        "remedy",
        (
            Place(name="remedy", path="/remedy", permit=Permit.REMEDY_SEE, key="i"),
            Place(name="playbook", path="/playbook", permit=Permit.CASES_SEE),
        ),
    ),
    (
        "house",
        (
            Place(name="accounts", path="/accounts", permit=Permit.ACCOUNTS_ACT, key="a"),
            Place(name="access-log", path="/access-log", permit=Permit.AUDIT_SEE, key="v"),
        ),
    ),
)
