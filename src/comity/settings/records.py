"""Every setting: its sentence, what it takes, its default.

Answers:    ``Settings`` and one record a room; ``ROOMS`` names the tables of the file.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from comity.model.listener import Listener
from comity.settings.api import ApiSettings
from comity.settings.consumers import ConsumersSettings
from comity.settings.consumers.unsolicited import UnsolicitedSettings
from comity.settings.data import DataSettings
from comity.settings.delivery import DeliverySettings
from comity.settings.desk import DeskSettings
from comity.settings.desk.sealed import SealedSettings
from comity.settings.effect import EffectSettings
from comity.settings.exchange import ExchangeSettings
from comity.settings.filtering.judging import JudgingSettings
from comity.settings.filtering.learning import LearningSettings
from comity.settings.help import HelpSettings
from comity.settings.kinds import (
    Choice,
    Database,
    Days,
    Domain,
    File,
    HostOrPrefix,
    Mailbox,
    Many,
    Name,
    Network,
    Number,
    Place,
    Prefix,
    ServerDatabase,
    Text,
    about,
)
from comity.settings.moves import MovesSettings
from comity.settings.own import OwnSettings
from comity.settings.pages import PagesSettings
from comity.settings.playbook.room import PlaybookSettings
from comity.settings.portal import PortalSettings
from comity.settings.prove import ProveSettings
from comity.settings.retention import RetentionSettings
from comity.settings.sending import SendingSettings
from comity.settings.sources import SourcesSettings
from comity.settings.trust.coalition import CoalitionSettings
from comity.settings.trust.signals import SignalsSettings
from comity.settings.watch import WatchSettings
from comity.settings.working import WorkerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySettings:
    """Who we are, when we write to another network."""

    domain: str | None = field(
        default=None, metadata=about(Domain(), "Our domain: reports are signed with it.", example='"west.example"')
    )
    address: str | None = field(
        default=None,
        metadata=about(
            Mailbox(),
            "The mailbox our reports come from; answers, and the wish to get no more, arrive there.",
            example='"feedback@west.example"',
        ),
    )
    organisation: str | None = field(
        default=None, metadata=about(Text(), "Our name, as other networks know us.", example='"West Mail"')
    )
    reporting_mta: str | None = field(
        default=None,
        metadata=about(
            Domain(),
            "The mail host that received the reported mail (field Reporting-MTA).",
            example='"mx.west.example"',
        ),
    )
    dkim_key: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "The private key our mail is signed with (DKIM); without this, `dkim.key` beside this file, as `comity init` makes it.",
            example='"keys/dkim.pem"',
        ),
    )
    dkim_selector: str = field(
        default="comity",
        metadata=about(Name(), "The name under which the public half stands in the DNS.", example='"comity2"'),
    )
    ledger_key: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "The private key our side of the ledger is signed with; without this, `ledger.key` beside this file.",
            example='"keys/ledger.pem"',
        ),
    )
    language: str = field(
        default="en",
        metadata=about(
            Choice(("en", "zh")), "The language of what people read in our reports and pages.", example='"zh"'
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingSettings:
    """Whom to believe. Everything else in a mail was written by a stranger."""

    trusted_hosts: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Domain()),
            "Our own mail hosts, by the name they put at the start of Authentication-Results and after `by` in Received. "
            "Only their lines are believed.",
            example='["mx.west.example"]',
        ),
    )
    trusted_networks: tuple[Network, ...] = field(
        default=(),
        metadata=about(
            Many(Prefix()),
            "Addresses of our own relays: a mail handed over from one of them came from further away.",
            example='["192.0.2.0/28"]',
        ),
    )
    delivery_keys: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "The secrets of the header that our milter writes, a line each, `ID HEX`: the first one writes, all of them verify. "
            "Without this, `delivery.keys` beside this file; the milter makes it.",
            example='"keys/delivery.keys"',
        ),
    )
    forwarders: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(HostOrPrefix()),
            "Hosts that forward mail for our people: relays, not sources.",
            example='["forward.north.example"]',
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplainSettings:
    """How reports to other networks are written."""

    agreements: Path | None = field(
        default=None,
        metadata=about(File(), "The file of agreements with other networks.", example='"agreements.toml"'),
    )
    out: Path | None = field(
        default=None, metadata=about(File(), "The folder into which reports are written.", example='"reports"')
    )
    key_file: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "The secret that turns a complainer into a token. Whoever has it can find out who complained: keep it from others.",
            example='"comity.key"',
        ),
    )
    epoch: str = field(
        default="1", metadata=about(Text(), "Tokens change each quarter, and with this word.", example='"2026-07"')
    )
    max_age_days: int | None = field(
        default=None,
        metadata=about(
            Days(1, 3650), "Mail that arrived longer ago is not reported; without it age does not matter.", example="30"
        ),
    )
    traps: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Mailbox(whole_domains=True)),
            "Addresses without a person behind them, or whole domains: nothing about them leaves.",
            example='["old@west.example", "@trap.west.example"]',
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """Where the desk is kept, and for how long."""

    database: Path | str | None = field(
        default=None,
        metadata=about(
            Database(),
            "The database: a file of SQLite, or `postgresql://NAME@HOST/DATABASE` (docs/how-to/postgresql.md); without this, "
            "`comity.db` beside this file.",
            example='"/var/lib/comity/comity.db"',
        ),
    )
    replica: str | None = field(
        default=None,
        metadata=about(
            ServerDatabase(),
            "A hot standby of that database on PostgreSQL: pages of the desk and the portal, and the API, ask it where they only "
            "look, as long as it is less than 30 seconds behind (docs/how-to/postgresql.md); without this, everybody asks "
            "`database`.",
            example='"postgresql://comity@standby.example/comity"',
        ),
    )
    keep_days: int = field(
        default=30,
        metadata=about(
            Days(1, 3650),
            "How long the mails themselves are kept. What was found in them, and the ledger, stay; a mail that could not be read "
            "is kept until somebody has seen to it.",
            example="90",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GatesSettings:
    """Where feedback and complaints come in, and how much at once. Complaints are taken over LMTP, from addresses of ours."""

    mailboxes: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Mailbox(whole_domains=True)),
            "The addresses at which feedback arrives; mail for others is refused. `box+anything@domain` arrives in `box@domain`.",
            example='["abuse@west.example", "fbl@west.example"]',
        ),
    )
    spam: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Mailbox()),
            "The addresses to which our own people forward spam, as an attachment.",
            example='["spam@west.example"]',
        ),
    )
    fraud: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Mailbox()),
            "The addresses to which our own people forward, as an attachment, what is fraud: a complaint as any other, and a "
            "person is told within the hour (`desk.urgent_to`).",
            example='["phishing@west.example"]',
        ),
    )
    not_spam: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Mailbox()),
            "The addresses to which our own people forward, as an attachment, what is no spam: it takes a complaint back.",
            example='["not-spam@west.example"]',
        ),
    )
    moved_to_junk: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Mailbox()),
            "The addresses to which our mail store pipes a mail, as it is, when one of our people moves it to Junk.",
            example='["junk@comity.west.example"]',
        ),
    )
    moved_from_junk: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Mailbox()),
            "The addresses to which it pipes one that is moved out of Junk again: it takes a complaint back.",
            example='["not-junk@comity.west.example"]',
        ),
    )
    learn_spam: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Mailbox()),
            "The addresses to which our own hosts hand mail that the filter shall learn as spam; nobody else is told.",
            example='["learn-spam@comity.west.example"]',
        ),
    )
    forget: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Mailbox()),
            "The addresses to which they hand mail about which nothing shall have been said: what the same mailbox taught about it "
            "is taken out again.",
            example='["forget@comity.west.example"]',
        ),
    )
    learn_legitimate: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Mailbox()),
            "The same, for mail that is no spam.",
            example='["learn-legitimate@comity.west.example"]',
        ),
    )
    lmtp: tuple[Listener, ...] = field(
        default=(),
        metadata=about(Many(Place()), "Where to listen for LMTP from our own mail host.", example='["127.0.0.1:2424"]'),
    )
    smtp: tuple[Listener, ...] = field(
        default=(),
        metadata=about(Many(Place()), "Where to listen for SMTP.", example='["unix:run/smtp", "[2001:db8::25]:25"]'),
    )
    milter: tuple[Listener, ...] = field(
        default=(),
        metadata=about(
            Many(Place()),
            "Where our own mail host asks us to mark each mail at delivery, so that a later complaint about it can be verified; in "
            "Postfix `smtpd_milters`, with `milter_default_action = accept`.",
            example='["unix:run/milter"]',
        ),
    )
    spamd: tuple[Listener, ...] = field(
        default=(),
        metadata=about(
            Many(Place()),
            "Where to listen for programs that speak to SpamAssassin's spamd (`spamc`, rspamd, Exim); whoever reaches it may teach "
            "and complain, so let it be this machine alone.",
            example='["127.0.0.1:7830"]',
        ),
    )
    name: str | None = field(
        default=None,
        metadata=about(
            Domain(),
            "How we greet; without this, `identity.reporting_mta`, else `identity.domain`.",
            example='"feedback.west.example"',
        ),
    )
    size_mib: int = field(default=10, metadata=about(Number(1, 32), "How large one mail may be, in MiB.", example="20"))
    connections: int = field(
        default=100,
        metadata=about(Number(1, 1000), "How many connections there may be at once, at each moment.", example="50"),
    )
    timeout_seconds: int = field(
        default=300,
        metadata=about(
            Number(1, 3600), "How long a connection may be silent, and how long one mail may take.", example="120"
        ),
    )
    spool: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "Where mail lies from its acknowledgement until it was worked off; without this, `spool.db` beside this file.",
            example='"/var/spool/comity/spool.db"',
        ),
    )
    reserve_mib: int = field(
        default=200,
        metadata=about(
            Number(1, 1 << 20),
            "How much of the disk stays free, in MiB: with less, mail is told to come back later, so that what is there can still "
            "be worked off.",
            example="1000",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All of ``comity.toml``; ``file`` is where it was read."""

    identity: IdentitySettings = field(default_factory=IdentitySettings)
    own: OwnSettings = field(default_factory=OwnSettings)
    reading: ReadingSettings = field(default_factory=ReadingSettings)
    complain: ComplainSettings = field(default_factory=ComplainSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    desk: DeskSettings = field(default_factory=DeskSettings)
    sealed: SealedSettings = field(default_factory=SealedSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    gates: GatesSettings = field(default_factory=GatesSettings)
    watch: WatchSettings = field(default_factory=WatchSettings)
    worker: WorkerSettings = field(default_factory=WorkerSettings)
    sending: SendingSettings = field(default_factory=SendingSettings)
    prove: ProveSettings = field(default_factory=ProveSettings)
    consumers: ConsumersSettings = field(default_factory=ConsumersSettings)
    unsolicited: UnsolicitedSettings = field(default_factory=UnsolicitedSettings)
    data: DataSettings = field(default_factory=DataSettings)
    exchange: ExchangeSettings = field(default_factory=ExchangeSettings)
    signals: SignalsSettings = field(default_factory=SignalsSettings)
    api: ApiSettings = field(default_factory=ApiSettings)
    coalition: CoalitionSettings = field(default_factory=CoalitionSettings)
    judging: JudgingSettings = field(default_factory=JudgingSettings)
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    moves: MovesSettings = field(default_factory=MovesSettings)
    playbook: PlaybookSettings = field(default_factory=PlaybookSettings)
    learning: LearningSettings = field(default_factory=LearningSettings)
    sources: SourcesSettings = field(default_factory=SourcesSettings)
    help: HelpSettings = field(default_factory=HelpSettings)
    effect: EffectSettings = field(default_factory=EffectSettings)
    pages: PagesSettings = field(default_factory=PagesSettings)
    portal: PortalSettings = field(default_factory=PortalSettings)
    file: Path | None = None


ROOMS: Final[dict[str, type[Any]]] = {
    "identity": IdentitySettings,
    "own": OwnSettings,
    "reading": ReadingSettings,
    "complain": ComplainSettings,
    "store": StoreSettings,
    "desk": DeskSettings,
    "sealed": SealedSettings,
    "retention": RetentionSettings,
    "gates": GatesSettings,
    "watch": WatchSettings,
    "worker": WorkerSettings,
    "sending": SendingSettings,
    "prove": ProveSettings,
    "consumers": ConsumersSettings,
    "unsolicited": UnsolicitedSettings,
    "data": DataSettings,
    "exchange": ExchangeSettings,
    "signals": SignalsSettings,
    "api": ApiSettings,
    "coalition": CoalitionSettings,
    "judging": JudgingSettings,
    "delivery": DeliverySettings,
    "moves": MovesSettings,
    "playbook": PlaybookSettings,
    "learning": LearningSettings,
    "sources": SourcesSettings,
    "help": HelpSettings,
    "effect": EffectSettings,
    "pages": PagesSettings,
    "portal": PortalSettings,
}
