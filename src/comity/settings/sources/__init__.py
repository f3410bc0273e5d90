"""Settings of where feedback comes from: the loops that were joined elsewhere, and when a feed alarms somebody.

Answers:    ``SourcesSettings`` with its ``LoopEntry`` tables; ``loop_mistakes(rooms)`` gives what does not fit together.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any

from comity.settings.calendar import Day, Zone
from comity.settings.kinds import Domain, Entries, File, Mailbox, Many, Name, Number, Prefix, Switch, Text, about
from comity.settings.watch import Mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopEntry:
    """One loop that we joined at a provider, as it was joined."""

    name: str = field(metadata=about(Name(), "What it is called here.", example='"jmrp"'))
    domains: tuple[str, ...] = field(
        metadata=about(
            Many(Domain()),
            "The domains that its reports are signed by (DKIM), in line with From:. Their keys are looked up.",
            example='["west.example"]',
        )
    )
    reports_from: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Mailbox()),
            "The mailboxes that its reports are from. Name them where those domains sign the mail of its users too: what another "
            "mailbox says is then a user's word, and proves nothing. Without any, each mail that they sign counts.",
            example='["staff@west.example"]',
        ),
    )
    selectors: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Text()), "The selectors of its keys, where you want to be told of another one.", example='["s2026"]'
        ),
    )
    ranges: tuple[IPv4Network | IPv6Network, ...] = field(
        default=(),
        metadata=about(
            Many(Prefix()),
            "The networks of ours that it was joined with; a report on another address of ours is named.",
            example='["192.0.2.0/24"]',
        ),
    )
    mailbox: str | None = field(
        default=None,
        metadata=about(Mailbox(), "The mailbox of ours that it reports to.", example='"fbl@east.example"'),
    )
    expires: date | None = field(
        default=None,
        metadata=about(
            Day(),
            "The day on which it must be joined again; from thirty days before you are told.",
            example="2027-03-01",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesSettings:
    """Where feedback comes from, and when a feed alarms somebody."""

    loops: tuple[LoopEntry, ...] = field(
        default=(),
        metadata=about(
            Entries(LoopEntry),
            "The loops that you joined elsewhere, a table `[[sources.loops]]` each; what arrives is held against them.",
            example='[{ name = "jmrp", domains = ["west.example"] }]',
        ),
    )
    alarm_to: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Mailbox()),
            "To which mailboxes of your own an alarm about a feed is mailed; without this it stands in `comity source alarms`, in "
            "`comity doctor` and in the log.",
            example='["desk@west.example"]',
        ),
    )
    unmatched_percent: int = field(
        default=30,
        metadata=about(
            Number(1, 99),
            "The share of reports that match nobody, or cannot be read, from which on a feed alarms; by the lower bound of its "
            "95 % interval. For a feed that never matched well its own share is the line.",
            example="50",
        ),
    )
    unmatched_least: int = field(
        default=10,
        metadata=about(Number(5, 100_000), "On at least so many reports within the window.", example="50"),
    )
    window_hours: int = field(default=24, metadata=about(Number(1, 720), "The window, in hours.", example="6"))
    silence_pauses: int = field(
        default=30,
        metadata=about(
            Number(10, 10_000),
            "How many pauses of a feed must be known before its silence can alarm. After n pauses one that is longer than all of "
            "them comes about by chance once in n + 1 times.",
            example="100",
        ),
    )
    silence_hours: int = field(
        default=6,
        metadata=about(Number(1, 720), "No silence shorter than this alarms, in hours.", example="24"),
    )
    trace: bool = field(
        default=False,
        metadata=about(
            Switch(),
            "Whether the milter puts a sealed trace (`X-Comity-Trace`) on mail that one of our own people hands in with a login: a "
            "report about it says whose it was, also when everything else was taken out.",
            example="true",
        ),
    )
    trace_keys: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "The keys that seal traces and open them, a line each, the first one seals; without this, `trace.keys` beside this "
            "file.",
            example='"/etc/comity/trace.keys"',
        ),
    )
    mail_log_key: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "The key by which mails of our own logs are kept as hashes; without this, `maillog.key` beside this file.",
            example='"/etc/comity/maillog.key"',
        ),
    )
    mail_log_days: int = field(
        default=30,
        metadata=about(
            Number(1, 3650),
            "How many days it is kept which login handed in which mail; the law of your country may name a least and a most.",
            example="14",
        ),
    )
    own_logs: tuple[Path, ...] = field(
        default=(),
        metadata=about(
            Many(File()),
            "Logs of our own Postfix or Exim that say what lines of ours send: an hour that is unlike the line's own past is a "
            "sighting of a bot, which tells nobody alone. Read every few minutes, as counters.",
            example='["/var/log/mail.log"]',
        ),
    )
    own_log_zone: tzinfo | None = field(
        default=None,
        metadata=about(
            Zone(),
            "By whose clock they are written, where they say no offset; UTC without it.",
            example='"Asia/Shanghai"',
        ),
    )
    own_log_trusted: bool = field(
        default=False,
        metadata=about(
            Switch(),
            "Whether an unusual hour is enough alone to open a case; look at what came of it first (`comity effect show`).",
            example="true",
        ),
    )
    history_days: int = field(
        default=90,
        metadata=about(Number(7, 1000), "How many days it is kept what came from a feed hour by hour.", example="180"),
    )


def loop_mistakes(rooms: Mapping[str, Any]) -> Iterator[Mistake]:
    """A name, and a domain, mean one loop."""
    found: SourcesSettings = rooms.get("sources", SourcesSettings())
    names = [each.name for each in found.loops]
    for at, each in enumerate(found.loops):
        if each.name in names[:at]:
            yield "loop-twice", ("sources", "loops", at, "name"), {"name": each.name}
        if not each.domains:
            yield "loop-domains", ("sources", "loops", at), {"name": each.name}
