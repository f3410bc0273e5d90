"""The settings of the HTTP API.

Answers:    ``ApiSettings``; ``api_mistakes`` finds what would let a token be read on its way.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from comity.model.listener import Listener
from comity.settings.kinds import File, Many, Number, Place, Switch, about
from comity.settings.watch import Mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """Where programs reach us over HTTP, with tokens that `comity token add` makes. Without a place there is no API."""

    listen: tuple[Listener, ...] = field(
        default=(),
        metadata=about(
            Many(Place()),
            "Where to listen for the API: a socket, this machine alone, or with a certificate any address.",
            example='["127.0.0.1:8471"]',
        ),
    )
    certificate: Path | None = field(
        default=None,
        metadata=about(
            File(), "Its TLS certificate with the chain (PEM); without this it speaks HTTP.", example='"tls/api.pem"'
        ),
    )
    certificate_key: Path | None = field(
        default=None,
        metadata=about(File(), "The private key of the certificate.", example='"tls/api.key"'),
    )
    behind_proxy: bool = field(
        default=False,
        metadata=about(
            Switch(),
            "A proxy of ours speaks TLS in front of it, and nobody else reaches it: only then may it listen without a certificate "
            "elsewhere than on this machine.",
            example="true",
        ),
    )
    per_minute: int = field(
        default=600,
        metadata=about(
            Number(1, 10**6),
            "How many requests a minute a new token may make, where `comity token add` does not say.",
            example="60",
        ),
    )
    seconds: int = field(
        default=30,
        metadata=about(Number(1, 600), "How long the body of one request may take to arrive.", example="120"),
    )


def api_mistakes(rooms: Mapping[str, Any]) -> Iterator[Mistake]:
    """A token that others can read on its way is everybody's."""
    found = rooms.get("api", ApiSettings())
    if (found.certificate is None) != (found.certificate_key is None):
        there, missing = ("certificate", "certificate_key") if found.certificate else ("certificate_key", "certificate")
        yield "api-certificate", ("api", there), {"name": f"api.{there}", "other": f"api.{missing}"}
    for each in found.listen:
        if found.certificate is None and not found.behind_proxy and not each.is_local:
            yield "api-clear", ("api", "listen"), {"listener": str(each)}
