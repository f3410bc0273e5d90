"""What arrives at which of our mailboxes: feedback of others, or complaints of our own end users.

Answers:    ``MailboxKind``; ``Mailboxes(kinds).kind_of(address)``, None where the address is none of these. ``ApiPlace`` is what
            stands in the place of a mailbox for what programs hand over.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class MailboxKind(StrEnum):
    """What a mail at this mailbox is."""

    FEEDBACK = "feedback"  # of others, for us
    SPAM = "spam"  # an end user of ours forwards mail to it, as an attachment: this is spam
    FRAUD = "fraud"  # the same: this is fraud, a person must look at it within the hour
    NOT_SPAM = "not-spam"  # the same: this is not
    MOVED_TO_JUNK = "moved-to-junk"  # our mail store pipes the very mail that an end user moved there
    MOVED_FROM_JUNK = "moved-from-junk"
    LEARN_SPAM = "learn-spam"  # the filter learns from what arrives here, and nobody is told
    LEARN_LEGITIMATE = "learn-legitimate"
    FORGET = "forget"  # what the same mailbox taught about it is taken out

    @property
    def is_own(self) -> bool:
        """Whether only our own hosts may hand over what arrives here."""
        return self is not MailboxKind.FEEDBACK

    @property
    def is_complaint(self) -> bool:
        """Whether our own end users speak here."""
        return self.is_own and not self.teaches

    @property
    def teaches(self) -> bool:
        """Whether what arrives is for the filter alone."""
        return self in (MailboxKind.LEARN_SPAM, MailboxKind.LEARN_LEGITIMATE, MailboxKind.FORGET)

    @property
    def says_not_spam(self) -> bool:
        """Whether what arrives takes a complaint back."""
        return self in (MailboxKind.NOT_SPAM, MailboxKind.MOVED_FROM_JUNK)

    @property
    def is_moved(self) -> bool:
        """Whether the mail itself is what is complained about."""
        return self in (MailboxKind.MOVED_TO_JUNK, MailboxKind.MOVED_FROM_JUNK)


class ApiPlace(StrEnum):
    """Where programs hand something over."""

    FEEDBACK = "api/feedback"
    SPAM = "api/spam"  # the very mail that one of our people calls spam
    FRAUD = "api/fraud"  # one that they call fraud
    NOT_SPAM = "api/not-spam"


@dataclass(frozen=True, slots=True)
class Mailboxes:
    """Our mailboxes in lower case, each with its kind; ``@domain`` means all of a domain."""

    kinds: Mapping[str, MailboxKind]

    @classmethod
    def of(cls, addresses: Mapping[MailboxKind, Iterable[str]]) -> "Mailboxes":
        """Out of lists, one for each kind."""
        return cls({each.lower(): kind for kind, those in addresses.items() for each in those})

    @property
    def has_complaints(self) -> bool:
        """Whether our own people complain at one of them."""
        return any(each.is_complaint for each in self.kinds.values())

    @property
    def has_own(self) -> bool:
        """Whether anything but feedback arrives at one of them."""
        return any(each.is_own for each in self.kinds.values())

    def kind_of(self, address: str) -> MailboxKind | None:
        """What arrives there; ``box+anything@domain`` arrives in ``box@domain``, and a whole domain counts last.

        >>> found = Mailboxes.of({MailboxKind.FEEDBACK: ["fbl@west.example", "@abuse.west.example"],
        ...                       MailboxKind.SPAM: ["spam@abuse.west.example"]})
        >>> [str(found.kind_of(each)) for each in ("FBL+7@West.Example", "x@abuse.west.example", "spam@abuse.west.example")]
        ['feedback', 'feedback', 'spam']
        >>> found.kind_of("x@west.example")
        """
        local, _, domain = address.lower().rpartition("@")
        box = local.partition("+")[0]
        named = (f"{local}@{domain}", f"{box}@{domain}", f"@{domain}")
        return next((self.kinds[each] for each in named if each in self.kinds), None)
