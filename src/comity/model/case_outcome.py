"""What was done about a report, in the words that two networks share.

Answers:    ``CaseOutcome``; the sentence for people is ``outcome.WORD`` in the catalogue.
Limits:     a claim of whoever acted; whether it helped is measured by the other side.
"""

from enum import StrEnum


class CaseOutcome(StrEnum):
    """What was done."""

    SUPPRESSED = "suppressed"  # no more mail to this recipient
    WARNED = "warned"  # the customer was told
    STOPPED = "stopped"  # the account or the mailing was stopped
    CLEANED = "cleaned"  # an infected or misused machine was cleaned
    NO_FAULT = "no-fault"  # looked at, nothing was wrong
    NOT_OURS = "not-ours"  # neither the address nor the domain is ours
