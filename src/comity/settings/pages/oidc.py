"""Settings of houses that know their people already: whoever signs in there comes in here with the role of one of his groups.

Answers:    ``OidcEntry``; ``oidc_mistakes`` finds what does not fit together.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from comity.model.account import Role
from comity.model.message import Message
from comity.settings.kinds import Domain, File, Many, Name, RefusedError, Text, about
from comity.settings.watch import Mistake

_SITE: Final = r"(?:https://(?:[a-z0-9-]+\.)*[a-z0-9-]+|http://(?:127\.0\.0\.1|localhost|\[::1\]))(?::[0-9]{1,5})?"
_ROLES: Final = ", ".join(each.value for each in Role)


@dataclass(frozen=True, slots=True)
class Site:
    """The https address of a house, or an http one on this machine, without a slash at its end."""

    has_path: bool = False

    @property
    def wants(self) -> Message:
        return Message("wants.house-address")

    def take(self, value: object, folder: Path) -> str:
        pattern = _SITE + (r"(?:/[A-Za-z0-9._~%:-]+)*/?" if self.has_path else "")
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise RefusedError
        return value


@dataclass(frozen=True, slots=True)
class GroupRole:
    """A group there and the role that it has here: ``GROUP = ROLE``."""

    @property
    def wants(self) -> Message:
        return Message("wants.group-role", {"roles": _ROLES})

    def take(self, value: object, folder: Path) -> tuple[str, Role]:
        group, equals, role = Text().take(value, folder).rpartition("=")
        if not equals or not group.strip() or role.strip() not in list(Role):
            raise RefusedError
        return group.strip(), Role(role.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcEntry:
    """One house whose word counts at the door of the pages (OpenID Connect); needs `comity[oidc]` and `pages.url`."""

    name: str = field(metadata=about(Name(), "What addresses of ours call it.", example='"staff"'))
    issuer: str = field(
        metadata=about(
            Site(has_path=True), "Its issuer, word for word as it says it.", example='"https://id.west.example"'
        )
    )
    client_id: str = field(metadata=about(Text(), "What it calls us.", example='"comity"'))
    roles: tuple[tuple[str, Role], ...] = field(
        metadata=about(
            Many(GroupRole()),
            "Which group of theirs has which role here; the first that fits. Whoever is in none of them has no account.",
            example='["abuse-desk = desk", "mail-admins = administrator"]',
        )
    )
    title: str | None = field(
        default=None, metadata=about(Text(), "What stands on its button; its name without this.", example='"West Mail"')
    )
    secret_file: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "A file whose first line is the secret that it gave us, readable for its owner only; none for a public client.",
            example='"oidc.secret"',
        ),
    )
    role_claim: str = field(
        default="groups",
        metadata=about(
            Text(),
            "The claim of the ID token that names the groups; dots lead into a claim.",
            example='"realm_access.roles"',
        ),
    )
    name_claim: str = field(
        default="preferred_username",
        metadata=about(
            Text(),
            "The claim that an account is named after when somebody comes in for the first time.",
            example='"email"',
        ),
    )
    domains: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Domain()),
            "Where verified addresses must be; without this it does not matter.",
            example='["west.example"]',
        ),
    )
    scopes: tuple[str, ...] = field(
        default=("profile", "email"),
        metadata=about(Many(Text()), "What is asked for beside `openid`.", example='["profile", "email", "groups"]'),
    )
    certificate: Path | None = field(
        default=None,
        metadata=about(
            File(), "The certificate that is trusted, or its CA's; without this, the usual CAs.", example='"ca.pem"'
        ),
    )


def oidc_mistakes(entries: tuple[OidcEntry, ...], url: str | None) -> Iterator[Mistake]:
    """Where browsers come back to must be known; no two houses have one name."""
    if entries and url is None:
        yield "oidc-url", ("pages", "oidc"), {}
    names: set[str] = set()
    for each in entries:
        if each.name in names:
            yield "setting-twice", ("pages", "oidc"), {"name": each.name}
        names.add(each.name)
