"""What a notice to a subscriber says, before it has a language and a form.

Answers:    ``NoticeFacts``, all that a template may be filled with; ``NoticeKind``, the forms; ``Certainty``, how sure we are,
            which sets the wording; ``SelfServiceAct``, what a subscriber can say back.
Limits:     no name, address or login of the subscriber is in it: a notice that is lost tells nobody whose it was.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class NoticeKind(StrEnum):
    """The forms of a notice."""

    PAGE = "page"  # shown in the walled garden
    MAIL = "mail"
    SMS = "sms"
    CALL = "call"  # what the help line says
    LETTER = "letter"


class Certainty(StrEnum):
    """How sure we are that a device is infected."""

    SUSPECTED = "suspected"
    LIKELY = "likely"
    CONFIRMED = "confirmed"


class SelfServiceAct(StrEnum):
    """What a subscriber says on the page; the case's playbook hears of it as an event of this name."""

    NOT_ME = "self-not-me"
    DONE = "self-done"
    HELP = "self-help"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFacts:
    """All that a notice may say."""

    reference: str  # twelve digits, see ``comity.remediation.notice.reference``
    word_pair: str  # in the language of the notice
    family: str  # the name of a family note, "unknown" where no family is known
    guide: str  # the name of a device guide
    seen_first: datetime
    seen_last: datetime
    provider_name: str
    portal: str  # where the reader finds the provider's own site, without "https://"
    help_line: str
    tier: Certainty
    deadline: datetime | None = None  # when access is restricted, where that is decided
