"""Join what looks at each mail at delivery: the process that judges large mail, the name servers.

Answers:    ``judging_child(settings, log)``, ``dns_answers(settings)``, ``declared_bulk(settings)`` as names and
            networks; ``keep_counts(settings, whose)``, None where there is no store.
"""

import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import partial
from ipaddress import ip_network
from typing import TYPE_CHECKING

from comity.bootstrap.judging import has_store, make_judge
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError, Outcome
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.formats.received import Network
    from comity.gates.delivery.tally import Delivered, Keep
    from comity.outlets.delivery.dns_answers import DnsAnswers
    from comity.outlets.delivery.judging_child import JudgingChild
    from comity.services.complain.cards.claimed import Counts
    from comity.services.complain.cards.judged import Judged, Whose


def judging_child(settings: Settings, log: LogEvent) -> "JudgingChild":
    """The process for large mail."""
    from comity.outlets.delivery.judging_child import JudgingChild

    return JudgingChild(
        partial(make_judge, settings),
        seconds=settings.delivery.judge_seconds,
        memory=settings.worker.memory_mib << 20,
        log=log,
    )


def dns_answers(settings: Settings) -> "DnsAnswers | None":
    """The name servers, where they are to be asked."""
    import dns.resolver

    from comity.outlets.delivery.dns_answers import DnsAnswers

    if not settings.delivery.authenticate:
        return None
    try:
        return DnsAnswers(settings.delivery.resolvers, clock=time.monotonic)
    except dns.resolver.NoResolverConfiguration:
        message = "no name server is known to this system"
        raise ComityError("no-name-server", message, outcome=Outcome.CONFIGURATION) from None


def keep_counts(settings: Settings, whose: "Whose") -> "Keep | None":
    """How what was counted at delivery gets into the store; called from one thread at a time. ``whose`` learns what holds now."""
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.trust.agreements import holding

    if not has_store(settings):
        return None
    store = desk_store(settings)

    def keep(
        claimed: "Mapping[tuple[date, str], Counts]",
        judged: "Mapping[tuple[date, str], Judged]",
        delivered: "Delivered",
    ) -> None:
        if claimed or judged or delivered:
            with store.write() as records:
                records.cards.add_delivered(delivered)
                records.claimed.add(claimed)
                records.judged.add(judged)
        with (
            suppress(ComityError, OSError),
            store.read() as records,
        ):  # what was counted stands: it is not counted once more
            whose.now(holding(settings, records, datetime.now(UTC)))

    return keep


def declared_bulk(settings: Settings) -> "tuple[frozenset[str], tuple[Network, ...]]":
    """The names and the networks of those who declared themselves."""
    names: set[str] = set()
    networks: list[Network] = []
    for each in settings.delivery.bulk:
        try:
            networks.append(ip_network(each, strict=False))
        except ValueError:
            names |= {each, f".{each}"}
    return frozenset(names), tuple(networks)
