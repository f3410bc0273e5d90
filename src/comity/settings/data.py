"""Settings about data from elsewhere.

Answers:    ``DataSettings``.
"""

from dataclasses import dataclass, field
from pathlib import Path

from comity.settings.kinds import File, about


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
