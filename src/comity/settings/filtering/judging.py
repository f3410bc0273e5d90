"""Settings about telling spam from legitimate mail.

Answers:    ``JudgingSettings``.
"""

from dataclasses import dataclass, field
from pathlib import Path

from comity.settings.kinds import Choice, File, Number, about


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgingSettings:
    """How mail is judged."""

    model: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "What the filter has learnt; without this, `judge.model` beside this file.",
            example='"/var/lib/comity/judge.model"',
        ),
    )
    promise: int = field(
        default=10,
        metadata=about(
            Number(1, 1000),
            "How many of 10,000 legitimate mails may be called spam; the filter keeps its threshold so that no more are.",
            example="5",
        ),
    )
    starter: str = field(
        default="bilingual",
        metadata=about(
            Choice(("bilingual", "english", "none")),
            "What the filter knows before it has learnt anything here: the starter model with its Chinese part, without it, or "
            "nothing (docs/model-card.md).",
            example='"english"',
        ),
    )
