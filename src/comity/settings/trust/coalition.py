"""Settings of the coalition of networks.

Answers:    ``CoalitionSettings``.
"""

from dataclasses import dataclass, field

from comity.settings.kinds import Choice, Mailbox, Many, about


@dataclass(frozen=True, slots=True, kw_only=True)
class CoalitionSettings:
    """Work with many peers: the digest (`comity coalition digest`)."""

    digest: str = field(
        default="never",
        metadata=about(
            Choice(("never", "daily", "weekly")),
            "How often the running program mails what changed with each peer, and who waits for whom.",
            example='"daily"',
        ),
    )
    digest_to: tuple[str, ...] = field(
        default=(),
        metadata=about(Many(Mailbox()), "To which mailboxes of your own.", example='["desk@west.example"]'),
    )
