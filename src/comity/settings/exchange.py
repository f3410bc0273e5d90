"""The settings of the exchange of ledgers between peers.

Answers:    ``ExchangeSettings``; ``Site`` is the kind of value that names a peer, its address and its certificate.
"""

from dataclasses import dataclass, field
from pathlib import Path

from comity.model.exchange_site import ExchangeSite
from comity.model.listener import Listener
from comity.model.message import Message
from comity.settings.kinds import Days, Domain, File, Many, Number, Place, RefusedError, about

_LOOPBACK = ("http://127.0.0.1:", "http://[::1]:", "http://localhost:")


@dataclass(frozen=True, slots=True)
class Site:
    """A peer's domain and the address of its exchange; a third word names the file with its certificate, or its CA's."""

    @property
    def wants(self) -> Message:
        """What fits."""
        return Message("wants.exchange-site")

    def take(self, value: object, folder: Path) -> ExchangeSite:
        """The site."""
        words = value.split() if isinstance(value, str) else []
        if len(words) not in (2, 3) or not words[1].startswith(("https://", *_LOOPBACK)):
            raise RefusedError
        return ExchangeSite(
            peer=Domain().take(words[0], folder),
            url=words[1].rstrip("/"),
            trusted=str(folder / words[2]) if len(words) == 3 else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeSettings:
    """How ledgers are exchanged with peers that were paired (`comity peer trust`)."""

    listen: tuple[Listener, ...] = field(
        default=(),
        metadata=about(Many(Place()), "Where peers reach us over HTTPS.", example='["0.0.0.0:8473"]'),
    )
    certificate: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "Our TLS certificate with its chain (PEM); without this, `peers.pem` beside this file, which is made, self-signed, "
            "where there is none: give it to your peers.",
            example='"tls/fullchain.pem"',
        ),
    )
    certificate_key: Path | None = field(
        default=None,
        metadata=about(
            File(), "Its private key; without this, `peers.key` beside this file.", example='"tls/privkey.pem"'
        ),
    )
    peers: tuple[ExchangeSite, ...] = field(
        default=(),
        metadata=about(
            Many(Site()),
            "Peers that exchange ledgers with us: domain, address, and the file with the certificate that is to be trusted, or "
            "with that of its CA; without a file the usual CAs are. A peer that is not listed speaks mail alone.",
            example='["east.example https://peers.east.example:8473 east.pem"]',
        ),
    )
    relay_to: tuple[ExchangeSite, ...] = field(
        default=(),
        metadata=about(
            Many(Site()),
            "Where we are a hub: members that we hand on to what other networks send them through us, written as in `peers`. What "
            "is signed stays signed by its sender; we add nothing and keep nothing. A member names the hub's address in its own "
            "`peers`, with the domain of the other network.",
            example='["east.example https://peers.east.example:8473 east.pem"]',
        ),
    )
    relay_per_minute: int = field(
        default=120,
        metadata=about(
            Number(1, 1_000_000),
            "As a hub, how many messages a minute we hand on of each sender, known by its address; a sixth of that, at least ten, "
            "may come at once. More are refused with `relay-quota` and come again later. `comity doctor` names who was refused "
            "today.",
            example="600",
        ),
    )
    window_hours: int = field(
        default=72,
        metadata=about(
            Number(1, 24 * 365),
            "For how long reports go on leaving for a peer that gives no receipts.",
            example="24",
        ),
    )
    window_mib: int = field(
        default=64,
        metadata=about(Number(1, 1 << 20), "And how much may be without a receipt, in MiB.", example="256"),
    )
    refused_hours: int = field(
        default=6,
        metadata=about(
            Number(0, 720),
            "For how long a leaf that a peer refuses holds up what follows it. Then that goes on; the leaf stays in the "
            "ledger, and the peer's dispute beside it.",
            example="24",
        ),
    )
    heads_by_mail_days: int = field(
        default=1,
        metadata=about(
            Days(0, 90),
            "How often a peer that was paired and is not listed in `peers` gets the newest signed head of our ledger by mail, "
            "where something was written since; 0: never. What it cosigns comes back by mail.",
            example="7",
        ),
    )
    per_day: int = field(
        default=100_000,
        metadata=about(
            Number(1, 10**9),
            "How many leaves a day are taken from one peer; more are refused for that day.",
            example="5000",
        ),
    )
    head_file: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "A file on another disk that keeps our newest heads: it shows when a restored backup lacks the end of the ledger. "
            "Without this, only our peers can show that.",
            example='"/mnt/other/comity.heads"',
        ),
    )
