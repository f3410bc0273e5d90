"""The settings of what is done with each mail at delivery.

Answers:    ``DeliverySettings``.
"""

from dataclasses import dataclass, field

from comity.model.listener import Listener
from comity.settings.kinds import Domain, HostOrPrefix, Many, Number, Place, Switch, about


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """What is done with each mail at delivery, when our mail host asks (`gates.milter`, `gates.spamd`) or hands it on (`lmtp`)."""

    lmtp: tuple[Listener, ...] = field(
        default=(),
        metadata=about(
            Many(Place()),
            "Where our mail host hands each mail over by LMTP, to be marked and judged as the milter would, and handed on to "
            "`delivery.next`: for hosts that know no milter. Let nobody else reach it.",
            example='["127.0.0.1:2425"]',
        ),
    )
    next: Listener | None = field(
        default=None,
        metadata=about(
            Place(),
            "The LMTP server that keeps the mail. Its answer to each recipient is the answer; while it is not there, mail waits "
            "at our mail host.",
            example='"unix:/run/dovecot/lmtp"',
        ),
    )
    judge: bool = field(
        default=False,
        metadata=about(
            Switch(),
            "Whether the milter judges each mail and says in its header what it thinks (`X-Spam-Flag`, `X-Spam-Status`, "
            "`X-Comity-Reasons`). No mail is refused for it.",
            example="true",
        ),
    )
    count_inboxes: bool = field(
        default=False,
        metadata=about(
            Switch(),
            "Whether mail from elsewhere is counted at delivery for report cards (`comity consumer card`), by hour, domain of the "
            "envelope and network of the source: in Junk where the filter calls it spam, else in the inbox. For mail stores that "
            "file by `X-Spam-Flag`; where logs are taken in (`comity counters import`), leave it off.",
            example="true",
        ),
    )
    authenticate: bool = field(
        default=False,
        metadata=about(
            Switch(),
            "Whether the milter checks SPF, DKIM, ARC and DMARC itself, asking the DNS; without this, results of "
            "`reading.trusted_hosts` are taken.",
            example="true",
        ),
    )
    authserv_id: str | None = field(
        default=None,
        metadata=about(
            Domain(),
            "Under which name the milter writes Authentication-Results; without this it writes none. What comes in under this name "
            "is taken away, so let no other filter of this host write under it.",
            example='"mx.west.example"',
        ),
    )
    resolvers: tuple[Listener, ...] = field(
        default=(),
        metadata=about(
            Many(Place()),
            "The name servers to ask, each an address and a port; without this, those of the system.",
            example='["127.0.0.1:53"]',
        ),
    )
    dns_seconds: int = field(
        default=3,
        metadata=about(
            Number(1, 30),
            "How long all questions to the DNS about one mail may take; what is not answered by then is `temperror`.",
            example="5",
        ),
    )
    inline_kib: int = field(
        default=256,
        metadata=about(
            Number(16, 4096),
            "Up to which size a mail is judged at once; a larger one is judged by a process of its own.",
            example="512",
        ),
    )
    judge_seconds: int = field(
        default=2,
        metadata=about(
            Number(1, 30), "How long that may take; then the mail goes on unjudged, and says so.", example="5"
        ),
    )
    bulk: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(HostOrPrefix()),
            "Senders of bulk mail that declared themselves to us, as domains that sign or as networks: a fact for the filter, no "
            "exemption.",
            example='["news.east.example", "198.51.100.0/24"]',
        ),
    )
