"""Join the gates that look at each mail at delivery with what they need.

Answers:    ``milter_work(settings, log)``.
"""

import time
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.gates.delivery.opinion import Opinions
    from comity.gates.milter.connection import MilterWork
    from comity.model.log_events import LogEvent
    from comity.settings import Settings


def milter_work(found: "Settings", log: "LogEvent", opinions: "Opinions | None") -> "MilterWork":
    """What marks, checks and judges mail at delivery."""
    from comity.bootstrap.delivery import declared_bulk, dns_answers
    from comity.bootstrap.milter import mailbox_domains, marking_keys
    from comity.gates.delivery.work import Declared, DeliveryWork
    from comity.gates.milter.connection import MilterWork
    from comity.gates.milter.marking import Marker, MarkTerms

    domains = mailbox_domains(found)
    if not domains:
        raise missing("own.domains", found)
    terms = MarkTerms(
        keys=marking_keys(found),
        own_domains=domains,
        trusted_hosts=frozenset(found.reading.trusted_hosts),
        trusted_networks=found.reading.trusted_networks,
        authserv_id=found.delivery.authserv_id,
    )
    names, networks = declared_bulk(found)
    work = DeliveryWork(
        marker=Marker(terms, lambda: datetime.now(UTC)),
        opinions=opinions if found.delivery.judge else None,
        dns=dns_answers(found),
        dns_seconds=found.delivery.dns_seconds,
        declared=Declared(names=names, networks=networks),
    )
    wants_content = work.opinions is not None or work.dns is not None
    return MilterWork(work.marker, work.decide, log, wants_content=wants_content)


def opinions_of(found: "Settings", log: "LogEvent") -> "Opinions":
    """The filter that serves; what it has learnt must be readable when it starts."""
    from comity.bootstrap.delivery import judging_child
    from comity.bootstrap.judging import kept_filter, model_stamp
    from comity.gates.delivery.live_filter import LiveFilter
    from comity.gates.delivery.opinion import Opinions

    live = LiveFilter(partial(kept_filter, found), partial(model_stamp, found), clock=time.monotonic, log=log)
    child = judging_child(found, log)
    return Opinions(live=live, child=child, inline=found.delivery.inline_kib << 10)


def missing(name: str, found: "Settings") -> ComityError:
    """The error for a setting without which nothing can be served."""
    return ComityError(
        "serve-setting",
        f"to serve, the setting {name} is needed",
        outcome=Outcome.CONFIGURATION,
        place=str(found.file) if found.file else None,
        details={"name": name},
    )
