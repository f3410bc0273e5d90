"""Join the mailboxes at which our own people complain to what takes complaints in.

Answers:    ``mailboxes_of(settings)`` says what arrives where; ``people_of(settings)`` finds out, in a reader, what is complained
            about; ``complaints_of(settings)`` takes it in. Both are None where no such mailbox is named.
"""

from typing import TYPE_CHECKING

from comity.model.mailbox_kind import Mailboxes, MailboxKind
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.services.complain.complaint import Complaints
    from comity.services.receive.own_people import OwnPeople


def mailboxes_of(settings: Settings) -> Mailboxes:
    """All our mailboxes, each with its kind."""
    gates = settings.gates
    return Mailboxes.of(
        {
            MailboxKind.FEEDBACK: gates.mailboxes,
            MailboxKind.SPAM: gates.spam,
            MailboxKind.NOT_SPAM: gates.not_spam,
            MailboxKind.MOVED_TO_JUNK: gates.moved_to_junk,
            MailboxKind.MOVED_FROM_JUNK: gates.moved_from_junk,
            MailboxKind.LEARN_SPAM: gates.learn_spam,
            MailboxKind.LEARN_LEGITIMATE: gates.learn_legitimate,
        }
    )


def people_of(settings: Settings) -> "OwnPeople | None":
    """Who finds out what is complained about."""
    mailboxes = mailboxes_of(settings)
    if not mailboxes.has_complaints:
        return None
    from comity.bootstrap import agreed, line_between, provider_of, reader_for
    from comity.bootstrap.desk import COMPLAINER_KEY, beside
    from comity.services.receive.own_people import OwnPeople

    path, agreements, settings = agreed(settings)
    key_file = beside(settings, settings.complain.key_file, COMPLAINER_KEY)
    line = line_between(settings, agreements, path=path, key_file=key_file, keys=None)
    provider = provider_of(settings, path)
    domains = frozenset((provider.domain, *provider.own_domains))
    return OwnPeople(mailboxes, domains, identify=line.identify, read=reader_for(settings))


def complaints_of(settings: Settings) -> "Complaints | None":
    """Who takes complaints in."""
    if not mailboxes_of(settings).has_complaints:
        return None
    from comity.bootstrap.sending import provider_side

    return provider_side(settings).complaints
