"""The settings of what is ours.

Answers:    ``OwnSettings``.
"""

from dataclasses import dataclass, field
from pathlib import Path

from comity.settings.kinds import Domain, File, Many, Network, Prefix, about


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSettings:
    """What is ours: feedback about it is ours to work off, and mail to it went to our own people."""

    domains: tuple[str, ...] = field(
        default=(),
        metadata=about(Many(Domain()), "Domains of our mailboxes, and those we sign with.", example='["west.example"]'),
    )
    networks: tuple[Network, ...] = field(
        default=(),
        metadata=about(Many(Prefix()), "Networks of our own.", example='["192.0.2.0/24", "2001:db8::/32"]'),
    )
    files: tuple[Path, ...] = field(
        default=(),
        metadata=about(
            Many(File()), "Files with more of both, as `comity triage --own` takes them.", example='["prefixes.csv"]'
        ),
    )
