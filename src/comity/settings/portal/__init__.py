"""The settings of the pages for other networks: who we are, enrolment, their own figures, recourse.

Answers:    ``PortalSettings``; ``portal_mistakes`` finds what would let a link be read on its way, or lead nowhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from comity.model.listener import Listener
from comity.model.message import Message
from comity.settings.kinds import (
    Domain,
    Entries,
    File,
    Mailbox,
    Many,
    Number,
    Place,
    RefusedError,
    Switch,
    Text,
    about,
)
from comity.settings.watch import Mistake

_SCHEMES: Final = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class Site:
    """The address of a site: scheme, host and port, nothing behind."""

    @property
    def wants(self) -> Message:
        return Message("wants.site")

    def take(self, value: object, folder: Path) -> str:
        text = value.removesuffix("/") if isinstance(value, str) else ""
        scheme = next((each for each in _SCHEMES if text.startswith(each)), None)
        if scheme is None:
            raise RefusedError
        host, _, port = text.removeprefix(scheme).partition(":")
        if port and not (port.isascii() and port.isdigit()):
            raise RefusedError
        name = Domain().take(host, folder)
        return f"{scheme}{name}:{port}" if port else f"{scheme}{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactEntry:
    """Whom another network reaches, in which languages and when."""

    name: str = field(metadata=about(Text(), "What the desk is called.", example='"Abuse desk"'))
    address: str = field(metadata=about(Mailbox(), "Its mailbox.", example='"abuse@west.example"'))
    languages: tuple[str, ...] = field(
        default=("en",),
        metadata=about(Many(Text()), "The languages that are understood there.", example='["en", "zh"]'),
    )
    hours: str | None = field(
        default=None,
        metadata=about(Text(), "When somebody is there, with the time zone.", example='"Mon-Fri 09:00-18:00 UTC+8"'),
    )
    telephone: str | None = field(
        default=None, metadata=about(Text(), "Its telephone, for what cannot wait.", example='"+86 10 5555 0100"')
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalSettings:
    """What other networks find of us in a browser: about us, enrolment, their figures, recourse. Without a place no pages."""

    listen: tuple[Listener, ...] = field(
        default=(),
        metadata=about(
            Many(Place()),
            "Where to listen for other networks: a socket, this machine alone, or with a certificate any address.",
            example='["127.0.0.1:8490"]',
        ),
    )
    certificate: Path | None = field(
        default=None,
        metadata=about(
            File(), "Its TLS certificate with the chain (PEM); without this it speaks HTTP.", example='"tls/portal.pem"'
        ),
    )
    certificate_key: Path | None = field(
        default=None, metadata=about(File(), "The private key of the certificate.", example='"tls/portal.key"')
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
    address: str | None = field(
        default=None,
        metadata=about(
            Site(),
            "The address of these pages as others type it; links in our mail begin with it. Without it no link is mailed, so that "
            "nobody signs in.",
            example='"https://feedback.west.example"',
        ),
    )
    contacts: tuple[ContactEntry, ...] = field(
        default=(),
        metadata=about(
            Entries(ContactEntry),
            "Whom other networks reach, a table `[[portal.contacts]]` each.",
            example='[{ name = "Abuse desk", address = "abuse@west.example" }]',
        ),
    )
    policy: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "A folder with our policy in words of our own, `en.txt` and `zh_Hans.txt`: paragraphs with an empty line between; it "
            "stands before the rules that follow from these settings.",
            example='"policy"',
        ),
    )
    applications_per_day: int = field(
        default=50,
        metadata=about(
            Number(0, 10_000),
            "The most applications for feedback that are taken here a day, from everybody; 0: none, people write to us.",
            example="20",
        ),
    )
    complaints: bool = field(
        default=True,
        metadata=about(
            Switch(),
            "Whether anybody may complain in a form; what is written goes the way of mail to us, and a person reads it.",
            example="false",
        ),
    )


def portal_mistakes(rooms: Mapping[str, Any]) -> Iterator[Mistake]:
    """Nobody reads a link, or what it opens, on its way."""
    found = rooms.get("portal", PortalSettings())
    if (found.certificate is None) != (found.certificate_key is None):
        there, missing = ("certificate", "certificate_key") if found.certificate else ("certificate_key", "certificate")
        yield "api-certificate", ("portal", there), {"name": f"portal.{there}", "other": f"portal.{missing}"}
    for each in found.listen:
        if found.certificate is None and not found.behind_proxy and not each.is_local:
            yield "portal-clear", ("portal", "listen"), {"listener": str(each)}
