"""How much of one reported message a consumer may see.

Trust:      fixed in the agreement with the peer; never raised by anything that stands in mail.
Standards:  RFC 6590 (redaction), RFC 6449 (what a consumer of a loop needs to see).
Limits:     an order only: T0 shows least. What each tier carries is decided in docs/decisions/0011-redaction-tiers.md.
"""

from enum import StrEnum


class Tier(StrEnum):
    """The four redaction tiers, least first."""

    T0 = "T0"  # counts only: nothing about one message leaves
    T1 = "T1"  # campaign-level evidence by allow-list: nothing that differs per recipient
    T2 = "T2"  # the originator's own opaque identifiers; the recipient is a keyed token
    T3 = "T3"  # the recipient in clear
