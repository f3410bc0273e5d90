"""How much is asked of a desk in a day, and what such networks are taken to be like.

Answers:    ``Load``; ``PRESETS``, by name.
Limits:     the presets are assumptions to start from, not figures of anybody's network: ``national`` is the load that this program
            is made for, the others have its ratios for each mailbox. Put in your own numbers.
"""

from dataclasses import dataclass
from typing import Final

DAY: Final = 86_400  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A day of one network, or of several that each have a desk of their own."""

    mailboxes: int
    mails: int  # judged at delivery a day
    complaints: int  # of our own people a day, each of which is reported to one network
    incoming: int  # reports of others a day
    keep_days: int  # how long the mails themselves are kept
    years: int  # how long rows and ledger have grown
    peak: float  # complaints and reports: the busiest second over the mean one
    mail_peak: float  # mails: the busiest hour over the mean one
    desks: int = 1  # stores, each with a writer of its own, over which all of it is spread evenly


# From the purpose of this program: 10^8 mailboxes, 2 million complaints a day with peaks of 350 a second (15 times the mean),
# 2 x 10^9 mails a day. Assumed: as many reports come in as go out, mail comes twice as fast in its busiest hour, mails are kept for
# 90 days (three times the default of store.keep_days), three years of rows.
PRESETS: Final[dict[str, Load]] = {
    "small-isp": Load(
        mailboxes=50_000,
        mails=1_000_000,
        complaints=1000,
        incoming=1000,
        keep_days=90,
        years=3,
        peak=15,
        mail_peak=2,
    ),
    "national": Load(
        mailboxes=100_000_000,
        mails=2_000_000_000,
        complaints=2_000_000,
        incoming=2_000_000,
        keep_days=90,
        years=3,
        peak=15,
        mail_peak=2,
    ),
    "coalition": Load(
        mailboxes=200_000_000,
        mails=4_000_000_000,
        complaints=4_000_000,
        incoming=4_000_000,
        keep_days=90,
        years=3,
        peak=15,
        mail_peak=2,
        desks=20,
    ),
}
