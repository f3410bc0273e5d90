"""The settings of what subscribers read: notices, the help site, the page of a captive portal.

Answers:    ``HelpSettings``, ``NameEntry``; ``help_mistakes`` finds what would let a page be read on its way.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import Any

from comity.model.listener import Listener
from comity.settings.calendar import Zone
from comity.settings.kinds import Entries, File, Many, Number, Place, Switch, Text, about
from comity.settings.watch import Mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class NameEntry:
    """Our name in one language of notices."""

    language: str = field(metadata=about(Text(), "The language, as in its folder of texts.", example='"zh-Hans"'))
    provider: str = field(metadata=about(Text(), "Our name in it, as it stands on the bill.", example='"东方宽带"'))
    sms: str | None = field(
        default=None,
        metadata=about(
            Text(),
            "The same in a text message, which holds 160 Latin signs, or 70 where one of them is not Latin.",
            example='"东方宽带"',
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpSettings:
    """What subscribers with an infected device read, and where. Without a place to listen there is no site."""

    listen: tuple[Listener, ...] = field(
        default=(),
        metadata=about(
            Many(Place()),
            "Where to listen for subscribers: the help site, their own pages, and the API of a captive portal.",
            example='["127.0.0.1:8480"]',
        ),
    )
    certificate: Path | None = field(
        default=None,
        metadata=about(
            File(), "Its TLS certificate with the chain (PEM); without this it speaks HTTP.", example='"tls/help.pem"'
        ),
    )
    certificate_key: Path | None = field(
        default=None, metadata=about(File(), "The private key of the certificate.", example='"tls/help.key"')
    )
    behind_proxy: bool = field(
        default=False,
        metadata=about(
            Switch(),
            "A proxy of ours speaks TLS in front of it, and nobody else reaches it: the last address in X-Forwarded-For is then "
            "the subscriber's.",
            example="true",
        ),
    )
    provider: str | None = field(
        default=None,
        metadata=about(
            Text(),
            "Our name, as it stands on the bill; without this, `identity.organisation`.",
            example='"East Broadband"',
        ),
    )
    names: tuple[NameEntry, ...] = field(
        default=(),
        metadata=about(
            Entries(NameEntry),
            "Our name in other languages, a table `[[help.names]]` each; `help.provider` in those that are not here.",
            example='[{ language = "zh-Hans", provider = "东方宽带" }]',
        ),
    )
    portal: str | None = field(
        default=None,
        metadata=about(
            Text(),
            "The address of our own site that subscribers type, as notices show it: without https://.",
            example='"help.east.example"',
        ),
    )
    help_line: str | None = field(
        default=None, metadata=about(Text(), "The number of our help line, as notices show it.", example='"10000"')
    )
    templates: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "A folder with texts of our own, a folder a language in it; what stands there goes before the coalition's and what "
            "comes with Comity.",
            example='"help-texts"',
        ),
    )
    coalition_templates: Path | None = field(
        default=None,
        metadata=about(
            File(), "A folder with texts that the coalition agreed on, in the same form.", example='"coalition-texts"'
        ),
    )
    time_zone: tzinfo | None = field(
        default=None,
        metadata=about(Zone(), "By whose clock times are shown; UTC without it.", example='"Asia/Shanghai"'),
    )
    key_file: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "The secret that references, words and pages of subscribers are made with; without this, `notice.key` beside this "
            "file. It is made where there is none. With another one, notices given out before can no longer be checked.",
            example='"keys/notice.key"',
        ),
    )
    page_hours: int = field(
        default=24,
        metadata=about(
            Number(1, 336), "For how many hours a subscriber's page can be opened again by its address.", example="48"
        ),
    )
    tries_per_minute: int = field(
        default=20,
        metadata=about(
            Number(1, 600), "How often a minute one address may check a reference or open a page.", example="10"
        ),
    )
    notice_days: int = field(
        default=396,
        metadata=about(
            Number(30, 3660),
            "For how many days a notice that was given out can be checked; then it goes, with what was said about it.",
            example="180",
        ),
    )
    out: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "The folder that text messages, letters and the call list are written into; without this, `notices` beside this file.",
            example='"/var/spool/comity/notices"',
        ),
    )


def help_mistakes(rooms: Mapping[str, Any]) -> Iterator[Mistake]:
    """What a subscriber reads is nobody else's."""
    found = rooms.get("help", HelpSettings())
    if (found.certificate is None) != (found.certificate_key is None):
        there, missing = ("certificate", "certificate_key") if found.certificate else ("certificate_key", "certificate")
        yield "api-certificate", ("help", there), {"name": f"help.{there}", "other": f"help.{missing}"}
    for each in found.listen:
        if found.certificate is None and not found.behind_proxy and not each.is_local:
            yield "help-clear", ("help", "listen"), {"listener": str(each)}
