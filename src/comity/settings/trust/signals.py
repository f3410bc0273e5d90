"""Settings of signals: how lists are published.

Answers:    ``SignalsSettings``.
"""

from dataclasses import dataclass, field
from pathlib import Path

from comity.settings.kinds import Choice, Domain, File, Mailbox, Many, Number, Text, about


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalsSettings:
    """How signals are taken from peers, and published as lists (`comity signal export`)."""

    zone: str | None = field(
        default=None,
        metadata=about(
            Domain(),
            "Below which name the lists are published: bl.ZONE, bl6.ZONE, bl-domains.ZONE, wl.ZONE and so on; without this, "
            "`lists.` before identity.domain.",
            example='"lists.west.example"',
        ),
    )
    servers: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Domain()),
            "The name servers of the lists; without this, `ns.` before the zone.",
            example='["ns1.west.example", "ns2.west.example"]',
        ),
    )
    hostmaster: str | None = field(
        default=None,
        metadata=about(
            Mailbox(),
            "The mailbox in the head of each zone; without this, identity.address.",
            example='"dns@west.example"',
        ),
    )
    why: str | None = field(
        default=None,
        metadata=about(
            Text(),
            "The address of a page where the listed learn why; the reference is put behind it. Without this, the text beside an "
            "answer says whom to write to.",
            example='"https://www.west.example/why?"',
        ),
    )
    ttl: int = field(
        default=300,
        metadata=about(
            Number(60, 86400),
            "For how many seconds an answer may be kept: so long a lifted entry may live on.",
            example="600",
        ),
    )
    folder: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "Where the running program keeps the files of the lists up to date; without this, only `comity signal export` "
            "writes them.",
            example='"/var/lib/comity/lists"',
        ),
    )
    audience: str = field(
        default="public",
        metadata=about(
            Choice(("public", "community", "clients", "organisation")),
            "Who can ask the lists in that folder: only what its TLP label allows them to see is in them.",
            example='"organisation"',
        ),
    )
    per_day: int = field(
        default=1000,
        metadata=about(
            Number(1, 100_000),
            "How many signed documents a day are taken from one peer; more are refused.",
            example="200",
        ),
    )
