"""The settings of the pages that people work with in a browser.

Answers:    ``PagesSettings``; ``pages_mistakes`` finds what would let a password be read on its way.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import Any

from comity.model.listener import Listener
from comity.settings.calendar import Zone
from comity.settings.kinds import Entries, File, Many, Place, Switch, about
from comity.settings.pages.oidc import OidcEntry, Site, oidc_mistakes
from comity.settings.watch import Mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesSettings:
    """Where people work with a browser, with accounts that `comity account add` makes. Without a place there are no pages."""

    listen: tuple[Listener, ...] = field(
        default=(),
        metadata=about(
            Many(Place()),
            "Where to listen for the desk: a socket, this machine alone, or with a certificate any address.",
            example='["127.0.0.1:8470"]',
        ),
    )
    certificate: Path | None = field(
        default=None,
        metadata=about(
            File(), "Its TLS certificate with the chain (PEM); without this it speaks HTTP.", example='"tls/desk.pem"'
        ),
    )
    certificate_key: Path | None = field(
        default=None, metadata=about(File(), "The private key of the certificate.", example='"tls/desk.key"')
    )
    url: str | None = field(
        default=None,
        metadata=about(
            Site(),
            "How browsers reach the desk, without a path: passkeys and signing in through another house need it.",
            example='"https://desk.west.example"',
        ),
    )
    oidc: tuple[OidcEntry, ...] = field(
        default=(),
        metadata=about(
            Entries(OidcEntry),
            "Houses that know our people already (OpenID Connect), a table `[[pages.oidc]]` each. Accounts with a password stay.",
            example='[{ name = "staff", issuer = "https://id.west.example", client_id = "comity", roles = ["desk = desk"] }]',
        ),
    )
    behind_proxy: bool = field(
        default=False,
        metadata=about(
            Switch(),
            "A proxy of ours speaks TLS in front of it, and nobody else reaches it: the last address in X-Forwarded-For is then "
            "the visitor's.",
            example="true",
        ),
    )
    time_zone: tzinfo | None = field(
        default=None,
        metadata=about(Zone(), "By whose clock the desk shows times; UTC without it.", example='"Asia/Shanghai"'),
    )


def pages_mistakes(rooms: Mapping[str, Any]) -> Iterator[Mistake]:
    """A password is read by nobody between the browser and us."""
    found = rooms.get("pages", PagesSettings())
    if (found.certificate is None) != (found.certificate_key is None):
        there, missing = ("certificate", "certificate_key") if found.certificate else ("certificate_key", "certificate")
        yield "api-certificate", ("pages", there), {"name": f"pages.{there}", "other": f"pages.{missing}"}
    yield from oidc_mistakes(found.oidc, found.url)
    for each in found.listen:
        if found.certificate is None and not found.behind_proxy and not each.is_local:
            yield "pages-clear", ("pages", "listen"), {"listener": str(each)}
