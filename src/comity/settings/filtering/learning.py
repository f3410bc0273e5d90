"""Settings of how the filter learns from what people say.

Answers:    ``LearningSettings``.
"""

from dataclasses import dataclass, field
from pathlib import Path

from comity.settings.kinds import File, Mailbox, Many, Number, Switch, about


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningSettings:
    """How the filter learns from complaints, moves and lessons of people (`comity learn status` shows it)."""

    people: bool = field(
        default=True,
        metadata=about(
            Switch(),
            "Whether what people say teaches the filter at all; without it complaints are passed on only.",
            example="false",
        ),
    )
    operators: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Mailbox(whole_domains=True)),
            "Mailboxes of our own staff: what they teach over `gates.learn_spam`, `gates.learn_legitimate` and spamd is learnt at "
            "once, without any of the rules below.",
            example='["postmaster@west.example"]',
        ),
    )
    wait_hours: int = field(
        default=24,
        metadata=about(
            Number(0, 720),
            "How long what a person said waits before it may teach; until then it can be taken back.",
            example="48",
        ),
    )
    every_minutes: int = field(
        default=10,
        metadata=about(Number(0, 1440), "How long at the least between two models that people taught.", example="60"),
    )
    keep_days: int = field(
        default=30,
        metadata=about(
            Number(1, 365),
            "How long what taught can be taken out of the model again; so long its mail and who said it, as a token, are kept.",
            example="14",
        ),
    )
    per_mailbox: int = field(
        default=5,
        metadata=about(
            Number(1, 1000),
            "How much of what one mailbox says in a day may teach; four times that in a month.",
            example="3",
        ),
    )
    per_cohort: int = field(
        default=15,
        metadata=about(
            Number(1, 10_000),
            "The same for mailboxes that belong together (`learning.cohorts`); four times that in a month.",
            example="20",
        ),
    )
    per_peer: int = field(
        default=500,
        metadata=about(
            Number(1, 1_000_000),
            "The same for all of one network, our own too; thirty times that in a month.",
            example="2000",
        ),
    )
    agreeing: int = field(
        default=2,
        metadata=about(
            Number(1, 100), "How many cohorts must say the same about a campaign before it teaches.", example="3"
        ),
    )
    cohorts: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "A file with a line `ADDRESS,COHORT` for each mailbox that came together with others: one household, one company, one "
            "day of registration. Each of the others stands alone.",
            example='"cohorts.csv"',
        ),
    )
    vetted: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Mailbox(whole_domains=True)),
            "Mailboxes of people you vouch for; others become vetted when what they said taught about three campaigns in the last "
            "30 days and nothing of it had to be taken out.",
            example='["ann@west.example"]',
        ),
    )
    fast_people: int = field(
        default=3,
        metadata=about(
            Number(0, 1000),
            "How many vetted people of different cohorts must complain about a campaign within an hour before it is junked at "
            "once; 0 is never.",
            example="5",
        ),
    )
    fast_hours: int = field(
        default=6, metadata=about(Number(1, 72), "How long such a campaign is junked.", example="12")
    )
    locked: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "Your own examples, a line each, `spam PATH` or `ham PATH` as for `comity evaluate`: what people say does not teach "
            "where the filter would get more of them wrong.",
            example='"examples/index"',
        ),
    )
    locked_budget: int = field(
        default=0,
        metadata=about(
            Number(0, 1000), "How many more of these, of each kind, may be wrong all the same.", example="1"
        ),
    )
