"""Join the gates: what arrives where, and where it waits.

Answers:    ``mailboxes_of(settings)`` all our mailboxes, ``takes_complaints(settings)`` whether our own people can complain;
            ``spool_path``, ``group_commit``, ``gate_name``, ``machine_at`` for what takes mail in.
Limits:     paths that the settings leave out lie beside the settings file.
"""

import platform
from pathlib import Path
from typing import TYPE_CHECKING

from comity.bootstrap.desk import COMPLAINER_KEY, DKIM_KEY, LEDGER_KEY, beside
from comity.model.mailbox_kind import Mailboxes, MailboxKind
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.store.group_commit import GroupCommit

SPOOL = "spool.db"
MIB = 1 << 20


def mailboxes_of(settings: Settings) -> Mailboxes:
    """All our mailboxes, each with its kind."""
    gates = settings.gates
    return Mailboxes.of(
        {
            MailboxKind.FEEDBACK: gates.mailboxes,
            MailboxKind.SPAM: gates.spam,
            MailboxKind.FRAUD: gates.fraud,
            MailboxKind.NOT_SPAM: gates.not_spam,
            MailboxKind.MOVED_TO_JUNK: gates.moved_to_junk,
            MailboxKind.MOVED_FROM_JUNK: gates.moved_from_junk,
            MailboxKind.LEARN_SPAM: gates.learn_spam,
            MailboxKind.LEARN_LEGITIMATE: gates.learn_legitimate,
            MailboxKind.FORGET: gates.forget,
        }
    )


def takes_complaints(settings: Settings) -> bool:
    """Whether our own people can complain: at a mailbox, or through a program that speaks to the API."""
    return mailboxes_of(settings).has_complaints or api_complaints(settings)


def api_complaints(settings: Settings) -> bool:
    """Whether programs may hand complaints over: they are listened to, and there is somebody who tells.

    Whom to tell may be found later: networks enrol while the program runs, and an address can stand in the mail itself. Whoever
    has no keys, and names nobody to tell, speaks to programs about what arrives, and goes on doing so.
    """
    identity = settings.identity
    is_meant = settings.complain.agreements is not None or mailboxes_of(settings).has_complaints
    return bool(settings.api.listen and identity.domain and identity.address and (is_meant or _has_keys(settings)))


def _has_keys(settings: Settings) -> bool:
    """All that reports are signed and readers are told apart with, as the first run makes them."""
    ours, readers = settings.identity, settings.complain.key_file
    keys = ((ours.ledger_key, LEDGER_KEY), (ours.dkim_key, DKIM_KEY), (readers, COMPLAINER_KEY))
    return all(beside(settings, path, name).is_file() for path, name in keys)


def spool_path(settings: Settings) -> Path:
    """Where acknowledged mail lies."""
    return beside(settings, settings.gates.spool, SPOOL)


def machine_at(spool: Path) -> tuple[str, str]:
    """What this machine is called, and its spool: by both it is known to the others on one store."""
    return platform.node() or "localhost", str(spool.absolute())


def gate_name(settings: Settings) -> str:
    """How the gates greet."""
    return settings.gates.name or settings.identity.reporting_mta or settings.identity.domain or "localhost"


def group_commit(settings: Settings) -> "GroupCommit":
    """The way into the spool."""
    from comity.store.group_commit import GroupCommit, Limits
    from comity.store.spool import Spool

    spool = Spool(spool_path(settings), durable=True)
    spool.counts()  # what is wrong with the file is said before anybody is let in
    return GroupCommit(spool, Limits(reserve=settings.gates.reserve_mib * MIB))
