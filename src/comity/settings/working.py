"""The settings of the process that works off what came in.

Answers:    ``WorkerSettings``.
"""

from dataclasses import dataclass, field
from pathlib import Path

from comity.settings.kinds import File, Number, about


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """How feedback is worked off."""

    readers: int | None = field(
        default=None,
        metadata=about(
            Number(1, 64),
            "How many processes read mail, and as many look at complaints; without this one for each core, and four at most,"
            " because one thread writes down what they find.",
            example="4",
        ),
    )
    seconds: int = field(
        default=10,
        metadata=about(
            Number(1, 600),
            "How long one mail may be read, in seconds; one that takes longer twice is put aside for a person.",
            example="30",
        ),
    )
    memory_mib: int = field(
        default=256,
        metadata=about(Number(128, 4096), "How much memory a process that reads may take, in MiB.", example="512"),
    )
    dkim_keys: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "Public keys of the peers that report to us, as a zone file; without this, the DNS is asked for them, and for nobody "
            "else's.",
            example='"peers.zone"',
        ),
    )
