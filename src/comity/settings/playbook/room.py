"""The settings of what is done about cases by itself.

Answers:    ``PlaybookSettings`` with its ``WebhookEntry`` tables; ``webhook_mistakes(rooms)`` gives what does not fit together.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from comity.model.action_kind import ActionKind
from comity.settings.bus import UrlOrBus, bus_address
from comity.settings.kinds import Choice, Entries, File, Many, Name, Number, Switch, Text, about
from comity.settings.watch import Mistake

LIVE: Final = (
    ActionKind.SUPPRESS,
    ActionKind.THROTTLE,
    ActionKind.HOLD,
    ActionKind.TELL,
    ActionKind.NOTICE,
    ActionKind.GARDEN,
    ActionKind.WEBHOOK,
    ActionKind.RAISE,
    ActionKind.WAIT,
    ActionKind.CLOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEntry:
    """One program that a playbook may tell something; nothing else is ever called."""

    name: str = field(metadata=about(Name(), "What playbooks call it.", example='"helpdesk"'))
    url: str = field(
        metadata=about(
            UrlOrBus(),
            "Where it listens; or a message bus, as in `[[watch.bus]]`, on which it is told the same.",
            example='"https://helpdesk.west.example/comity"',
        )
    )
    topic: str | None = field(
        default=None,
        metadata=about(
            Text(), "On a bus: the subject, queue, stream or topic, which must be there.", example='"comity.cases"'
        ),
    )
    account: str | None = field(default=None, metadata=about(Text(), "On a bus: who logs in.", example='"comity"'))
    password_file: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "With an account: a file whose first line is the password, readable for its owner only.",
            example='"bus.password"',
        ),
    )
    secret_file: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "A file with the secret that both sides know, readable for its owner only: what is sent is signed with it "
            "(HMAC-SHA256). It is made where there is none. Without this, it is signed with the ledger's Ed25519 key.",
            example='"helpdesk.secret"',
        ),
    )
    body: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "A JSON file that says in which form the program wants it, with holes such as `{case}`; contrib/webhooks has some for "
            "RT, Zammad and Jira. Without this, our own form.",
            example='"zammad.json"',
        ),
    )
    authorization_file: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "A file whose first line is the value of the field Authorization, readable for its owner only.",
            example='"helpdesk.token"',
        ),
    )
    certificate: Path | None = field(
        default=None,
        metadata=about(
            File(), "The certificate that is trusted, or its CA's; without this, the usual CAs.", example='"ca.pem"'
        ),
    )
    private: bool = field(
        default=False,
        metadata=about(
            Switch(),
            "Whether it may lie at an address that is not of the open internet, such as 127.0.0.1 or 10.0.0.7; otherwise such an "
            "address is not called, wherever the name of the URL leads. Message buses may lie anywhere.",
            example="true",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybookSettings:
    """What is done about cases by itself. Until actions are live, cases go through the playbook and nothing else happens."""

    use: str | None = field(
        default=None,
        metadata=about(
            Text(),
            "The playbook: `hoster`, `esp`, `access` or `ladder`, or a file of your own. Without it, nothing is done by itself.",
            example='"hoster"',
        ),
    )
    live: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Choice(LIVE)),
            "Which actions are really done; the others are written down as what would have been done.",
            example='["suppress", "tell", "raise"]',
        ),
    )
    export: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "The folder that whoever is suppressed, throttled or held is written into, as CSV, JSON and Postfix tables; without "
            "this, `consequences` beside this file.",
            example='"/etc/postfix/comity"',
        ),
    )
    throttle_with: str = field(
        default="FILTER slow:",
        metadata=about(
            Text(),
            "What Postfix does with mail of a customer that is throttled.",
            example='"FILTER slow:[127.0.0.1]:10025"',
        ),
    )
    garden_command: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Text()),
            "The program that puts a line into the walled garden and lets it out, with its arguments; `confine` or "
            "`release` is added, what it must know comes as JSON on its input. It is started without a shell.",
            example='["/usr/local/lib/comity/garden"]',
        ),
    )
    garden_webhook: str | None = field(
        default=None,
        metadata=about(
            Name(),
            "The webhook that does so instead of a command, by its name in `playbook.webhooks`.",
            example='"helpdesk"',
        ),
    )
    give_up_days: int = field(
        default=3, metadata=about(Number(1, 30), "For how many days a webhook is tried again.", example="7")
    )
    webhooks: tuple[WebhookEntry, ...] = field(
        default=(),
        metadata=about(
            Entries(WebhookEntry),
            "Programs that a playbook may tell, a table `[[playbook.webhooks]]` each.",
            example='[{ name = "helpdesk", url = "https://helpdesk.west.example/comity" }]',
        ),
    )


def webhook_mistakes(rooms: Mapping[str, Any]) -> Iterator[Mistake]:
    """A name means one webhook; no garden is live without a way into it."""
    found: PlaybookSettings = rooms.get("playbook", PlaybookSettings())
    names = [each.name for each in found.webhooks]
    for at, name in enumerate(names):
        if name in names[:at]:
            yield "playbook-twice", ("playbook", "webhooks", at, "name"), {"name": name}
        yield from _bus_mistakes(found.webhooks[at], ("playbook", "webhooks", at))
    if found.garden_webhook is not None and found.garden_webhook not in names:
        known = {"name": found.garden_webhook, "known": ", ".join(names) or "-"}
        yield "playbook-webhook", ("playbook", "garden_webhook"), known
    if ActionKind.GARDEN in found.live and found.garden_webhook is None and not found.garden_command:
        yield "playbook-no-garden", ("playbook", "live"), {}


def _bus_mistakes(entry: WebhookEntry, key: tuple[str | int, ...]) -> Iterator[Mistake]:
    """A bus has a topic and may have an account, whose password goes over no network in clear; nothing else has."""
    address = bus_address(entry.url)
    if (entry.topic is None) is (address is not None):
        yield "webhook-topic", (*key, "url" if entry.topic is None else "topic"), {"name": entry.name}
    if (entry.account is None) is not (entry.password_file is None) or (entry.account and address is None):
        yield "webhook-account", key, {"name": entry.name}
    if address is not None and entry.account is not None and not (address.tls or address.is_here):
        yield "bus-clear", (*key, "url"), {"host": ", ".join(address.hosts)}
