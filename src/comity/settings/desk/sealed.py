"""Settings of what nobody may look at: known pictures of child abuse and the like.

Answers:    ``SealedSettings``; ``sealed_mistakes(rooms)`` gives what does not fit together.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from comity.settings.kinds import Days, File, Many, Text, about
from comity.settings.watch import Mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedSettings:
    """Mail that is sealed before anybody sees it (`comity sealed`)."""

    hashes: tuple[Path, ...] = field(
        default=(),
        metadata=about(
            Many(File()),
            "Files with the SHA-256 of what must not be looked at, in hexadecimal, one a line: the list of your hotline or police.",
            example='["/etc/comity/known.sha256"]',
        ),
    )
    command: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Text()),
            "A program of your own that is given each attachment and picture on its standard input: status 0 says that it must be "
            "sealed, 1 that it need not; any other, or more than five seconds, puts the mail aside unseen (`comity shunt list`).",
            example='["/usr/local/bin/known-picture"]',
        ),
    )
    key: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "The public key that closes boxes; without this, `sealed.pub` beside this file. `comity sealed key` makes it, and the "
            "private one, which belongs on a medium of its own.",
            example='"/etc/comity/sealed.pub"',
        ),
    )
    holders: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Text()),
            "The named role: who may hold, hand off, release and destroy what is sealed, by the name that `--by` or the "
            "account gives.",
            example='["li.na", "trust-lead"]',
        ),
    )
    keep_days: int = field(
        default=365,
        metadata=about(
            Days(1, 3650),
            "How long what is sealed is kept where nobody puts it on hold; the law of your country may name a least.",
            example="90",
        ),
    )


def sealed_mistakes(rooms: Mapping[str, Any]) -> Iterator[Mistake]:
    """What is sealed needs somebody who may decide on it."""
    found: SealedSettings = rooms.get("sealed", SealedSettings())
    if (found.hashes or found.command) and not found.holders:
        yield "sealed-holders", ("sealed",), {}
