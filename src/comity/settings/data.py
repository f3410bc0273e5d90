"""Settings about data from elsewhere.

Answers:    ``DataSettings``.
"""

from dataclasses import dataclass, field
from pathlib import Path

from comity.settings.kinds import File, Many, Network, Number, Prefix, Url, about


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSettings:
    """Data from elsewhere, imported by the operator."""

    prefixes: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "Whose an address is: the index that `comity data import` writes; without this, `prefixes.index` beside this file.",
            example='"/var/lib/comity/prefixes.index"',
        ),
    )
    researchers: tuple[Network, ...] = field(
        default=(),
        metadata=about(
            Many(Prefix()),
            "Networks of those who look at sinkholes for a living, and of crawlers: what is seen at them is no infection.",
            example='["198.51.100.0/28"]',
        ),
    )
    lease_margin_seconds: int = field(
        default=120,
        metadata=about(
            Number(0, 3600),
            "How far the clock of a reporter and those of our address servers may be apart. Where an address changed hands within "
            "this time, nobody is told.",
            example="60",
        ),
    )
    lease_stale_hours: int = field(
        default=48,
        metadata=about(
            Number(1, 720),
            "How long a lease that nobody ended is believed after the last news of it.",
            example="24",
        ),
    )
    lease_url: str | None = field(
        default=None,
        metadata=about(
            Url(),
            "Where a program of yours listens that knows who held which address: it is asked about every report on an address of "
            "yours. While it does not answer, nobody is told.",
            example='"https://ipam.east.example/leases"',
        ),
    )
    lease_authorization_file: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "A file whose first line is the value of the field Authorization for it, readable for its owner only.",
            example='"ipam.token"',
        ),
    )
    lease_certificate: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "The certificate of that program that is trusted, or its CA's; without this, the usual CAs.",
            example='"ca.pem"',
        ),
    )
    lease_seconds: int = field(
        default=3,
        metadata=about(Number(1, 30), "How long it may take to answer, in seconds; it is asked twice.", example="10"),
    )
    lease_days: int = field(
        default=180,
        metadata=about(
            Number(1, 3650),
            "How many days it is kept who held which address; the law of your country may name a least and a most.",
            example="90",
        ),
    )
