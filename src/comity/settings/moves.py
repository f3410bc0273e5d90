"""The settings of what a move into or out of Junk means.

Answers:    ``MovesSettings``.
"""

from dataclasses import dataclass, field

from comity.settings.kinds import Choice, Mailbox, Many, Number, about


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesSettings:
    """What it means when one of our people, or their mail program, moves a mail into or out of Junk (`gates.moved_to_junk`)."""

    oldest_days: int = field(
        default=14,
        metadata=about(
            Number(0, 3650), "A mail that came longer ago says nothing when it is moved; 0 is no limit.", example="30"
        ),
    )
    junk_keyword: str = field(
        default="learn",
        metadata=about(
            Choice(("complain", "learn", "nothing")),
            "What is made of a mail that has a keyword of its mail program's own junk filter (`$Junk`, `Junk`, `JunkRecorded`): "
            "nobody can tell whether a person pressed the button.",
            example='"complain"',
        ),
    )
    learn_only: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Mailbox(whole_domains=True)),
            "Mailboxes whose moves teach the filter, and nobody is told.",
            example='["ann@west.example", "@lists.west.example"]',
        ),
    )
    off: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Mailbox(whole_domains=True)),
            "Mailboxes whose moves mean nothing: shared ones, archives.",
            example='["archive@west.example"]',
        ),
    )
    burst: int = field(
        default=20,
        metadata=about(
            Number(1, 10000), "More moves than this by one mailbox within a minute are held as one batch.", example="50"
        ),
    )
    burst_hold_hours: int = field(
        default=24,
        metadata=about(
            Number(1, 720),
            "How long a batch is held, so that a slip, or a program that tidies up, can be taken back.",
            example="48",
        ),
    )
