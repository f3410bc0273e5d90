"""Settings of what is sent to networks that did not ask for it.

Answers:    ``UnsolicitedSettings``.
"""

from dataclasses import dataclass, field

from comity.settings.kinds import Number, Switch, about


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsolicitedSettings:
    """Reports to networks without an agreement, at the contact that a registry names (RFC 6650). Off, unless you say otherwise."""

    enabled: bool = field(
        default=False,
        metadata=about(
            Switch(),
            "Where nobody else is told, a report is made for the contact of the network; it leaves when a person confirms it "
            "(`comity outbox confirm`).",
            example="true",
        ),
    )
    per_network_per_day: int = field(
        default=1, metadata=about(Number(1, 10), "The most such reports for one contact in a day.", example="2")
    )
    per_day: int = field(
        default=10, metadata=about(Number(1, 100), "The most such reports in a day, for all together.", example="20")
    )
    probe: bool = field(
        default=False,
        metadata=about(
            Switch(),
            "Contacts that a person confirmed are asked by mail once a month whether they are the right ones (`comity contact`).",
            example="true",
        ),
    )
