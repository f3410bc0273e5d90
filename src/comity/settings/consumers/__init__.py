"""Settings of those who get reports from us without an agreement that both signed.

Answers:    ``ConsumersSettings``.
"""

from dataclasses import dataclass, field

from comity.settings.kinds import Choice, Mailbox, Many, Number, about


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumersSettings:
    """How networks enrol for feedback (`comity consumer`)."""

    trial_per_day: int = field(
        default=50, metadata=about(Number(1, 10**6), "The most reports a day for a consumer on trial.", example="20")
    )
    per_day: int = field(
        default=1000,
        metadata=about(Number(1, 10**7), "The most reports a day for a consumer that is enrolled.", example="5000"),
    )
    proof_days: int = field(
        default=180, metadata=about(Number(7, 1000), "For how many days a proof holds.", example="90")
    )
    period_minutes: int = field(
        default=60,
        metadata=about(
            Number(0, 10080),
            "A consumer that sees nothing that differs per recipient is told once in this time about one campaign.",
            example="240",
        ),
    )
    quiet_hours: int = field(
        default=72,
        metadata=about(
            Number(0, 2160),
            "A campaign about which nobody complains for so long is over; 0: every complaint is reported.",
            example="24",
        ),
    )
    relapse_minutes: int = field(
        default=60,
        metadata=about(
            Number(0, 10080),
            "Mail that arrives so soon after a campaign was answered as stopped was on its way already, and is not reported.",
            example="120",
        ),
    )
    delay_seconds: int = field(
        default=0,
        metadata=about(
            Number(0, 86400),
            "A report waits at random up to so long, so that its time does not say when somebody read his mail.",
            example="600",
        ),
    )
    cards: str = field(
        default="off",
        metadata=about(
            Choice(("off", "daily", "weekly")),
            "How often report cards are mailed: to consumers that are live, and the one of all together to `cards_to`.",
            example='"weekly"',
        ),
    )
    cards_to: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Mailbox()), "Who of ours gets the report card of all together.", example='["postmaster@west.example"]'
        ),
    )
