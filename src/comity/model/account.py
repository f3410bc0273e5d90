"""Who works with the pages: accounts, what each role may do, and who is signed in.

Trust:      names are the operator's own. A session is known by the hash of its token; the token is the browser's alone.
Answers:    ``Role``, ``Permit`` and ``PERMITS``, which joins them; ``Account``; ``Passkey``;
            ``Session``; ``Signed``, a session that counts;
            ``Seen``, who saw what of whom.
Limits:     a role is a set of permits, and nothing else asks for a role: what an account may do is asked of its permits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

NO_PASSWORD: Final = "!"  # noqa: S105 - stands where the hash of a password would: nothing fits it

# Who acts where nobody with an account does: no account is called so.
AT_COMMAND: Final = "operator"  # nobody said who runs the command
WITHOUT_ACCOUNT: Final = frozenset({"comity", AT_COMMAND, "web", "affected"})


class Role(StrEnum):
    """What somebody is at the desk for."""

    DESK = "desk"  # works on cases
    POSTMASTER = "postmaster"  # and looks after filter, sources and consumers
    PRIVACY = "privacy"  # looks after what people are owed: who saw what of whom, erasure
    AUDITOR = "auditor"  # sees everything but personal data, and changes nothing
    ADMINISTRATOR = "administrator"  # everything, accounts among it


class Permit(StrEnum):
    """One thing that an account may do."""

    CASES_SEE = "cases-see"
    CASES_ACT = "cases-act"
    PERSONAL_SEE = "personal-see"  # the mails themselves, addresses of people
    MAIL_SEE = "mail-see"  # what could not be worked off
    MAIL_RETRY = "mail-retry"
    OUTBOX_SEE = "outbox-see"
    SOURCES_SEE = "sources-see"
    SOURCES_ACT = "sources-act"
    CONSUMERS_SEE = "consumers-see"
    CONSUMERS_ACT = "consumers-act"
    FILTER_SEE = "filter-see"
    FILTER_ACT = "filter-act"
    REMEDY_SEE = "remedy-see"
    REMEDY_ACT = "remedy-act"
    LEDGER_SEE = "ledger-see"
    LEDGER_ACT = "ledger-act"
    SETTINGS_SEE = "settings-see"
    ACCOUNTS_ACT = "accounts-act"
    AUDIT_SEE = "audit-see"


_SEES: Final = frozenset(each for each in Permit if each.value.endswith("-see"))
_DESK: Final = frozenset(
    {
        Permit.CASES_SEE,
        Permit.CASES_ACT,
        Permit.PERSONAL_SEE,
        Permit.MAIL_SEE,
        Permit.MAIL_RETRY,
        Permit.OUTBOX_SEE,
        Permit.SOURCES_SEE,
        Permit.CONSUMERS_SEE,
        Permit.REMEDY_SEE,
        Permit.REMEDY_ACT,
        Permit.LEDGER_SEE,
    }
)
PERMITS: Final[Mapping[Role, frozenset[Permit]]] = {
    Role.DESK: _DESK,
    Role.POSTMASTER: (_SEES - {Permit.AUDIT_SEE})
    | _DESK
    | {Permit.SOURCES_ACT, Permit.CONSUMERS_ACT, Permit.FILTER_ACT, Permit.LEDGER_ACT},
    Role.PRIVACY: _SEES,
    Role.AUDITOR: _SEES - {Permit.PERSONAL_SEE},
    Role.ADMINISTRATOR: frozenset(Permit),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account."""

    name: str
    role: Role
    created: datetime
    language: str | None = None
    has_code: bool = False  # a second factor is asked for
    has_passkey: bool = False  # it lets in alone, or is the second factor
    has_password: bool = True  # False: known through another house alone
    ended: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """One passkey of an account."""

    passkey_id: int
    credential: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    handle: bytes = field(repr=False)  # by which a device knows the account
    count: int  # of its signatures; many devices keep none
    name: str
    made: datetime
    used: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One session of an account, without its token."""

    digest: bytes = field(repr=False)
    account: str
    began: datetime
    seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Somebody saw personal data: which, by its number and never by what it says."""

    at: datetime
    account: str
    what: str  # "item", "case", "subscriber" ...
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """One session that counts now; ``csrf`` is the word that forms of its pages hold."""

    account: str
    role: Role
    permits: frozenset[Permit]
    csrf: str = field(repr=False)
    language: str | None
    session: bytes = field(repr=False)  # the SHA-256 of its token
    since: datetime
    seen: datetime  # when it was used last, as it is kept
    must_change: bool = False  # somebody else knows the password: nothing may be done before there is another
    has_password: bool = True  # False: known through another house alone

    def may(self, permit: Permit) -> bool:
        """Whether it may do that."""
        return permit in self.permits
