"""Join the gates that look at each mail at delivery with what they need.

Answers:    ``opinions_of``, ``delivery_work``, ``milter_work``, ``proxy_work``, ``spamd_work``; ``missing`` for
            a setting that is needed.
"""

import time
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from comity.cli.speech import plain, speaker
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from comity.gates.delivery.opinion import Opinions
    from comity.gates.delivery.work import DeliveryWork
    from comity.gates.milter.connection import MilterWork
    from comity.gates.proxy.conversation import ProxyWork
    from comity.gates.spamd.serving import SpamdWork
    from comity.model.arrival import Arrival
    from comity.model.log_events import LogEvent
    from comity.model.verdict import Judgement
    from comity.settings import Settings


def delivery_work(found: "Settings", log: "LogEvent", opinions: "Opinions | None") -> "DeliveryWork | None":
    """What marks, checks and judges mail at delivery; None where nobody asks for it."""
    if not (found.gates.milter or found.delivery.lmtp):
        return None
    from comity.bootstrap.gates.delivery import declared_bulk, dns_answers, keep_counts
    from comity.bootstrap.gates.milter import mailbox_domains, marking_keys
    from comity.bootstrap.sources.tracing import tracer
    from comity.gates.delivery.tally import Tally
    from comity.gates.delivery.work import Declared, DeliveryWork
    from comity.gates.milter.marking import Marker, MarkTerms
    from comity.services.complain.cards.judged import Whose

    domains = mailbox_domains(found)
    if not domains:
        raise missing("own.domains", found)
    terms = MarkTerms(
        keys=marking_keys(found),
        own_domains=domains,
        trusted_hosts=frozenset(found.reading.trusted_hosts),
        trusted_networks=found.reading.trusted_networks,
        authserv_id=found.delivery.authserv_id,
        trace=tracer(found) if found.sources.trace else None,
    )
    names, networks = declared_bulk(found)
    whose = Whose()
    keep = keep_counts(found, whose)
    return DeliveryWork(
        marker=Marker(terms, lambda: datetime.now(UTC)),
        opinions=opinions if found.delivery.judge else None,
        dns=dns_answers(found),
        dns_seconds=found.delivery.dns_seconds,
        declared=Declared(names=names, networks=networks),
        tally=None if keep is None else Tally(keep, now=lambda: datetime.now(UTC), log=log),
        counts_inboxes=found.delivery.count_inboxes,
        whose=whose,
    )


def milter_work(work: "DeliveryWork", log: "LogEvent") -> "MilterWork":
    """What answers a mail host that asks."""
    from comity.gates.milter.connection import MilterWork

    wants_content = work.opinions is not None or work.dns is not None
    return MilterWork(work.marker, work.decide, log, wants_content=wants_content)


def proxy_work(found: "Settings", work: "DeliveryWork", log: "LogEvent") -> "ProxyWork":
    """What stands between a mail host and the server that keeps the mail."""
    from comity.bootstrap.gates import gate_name
    from comity.gates.listening import HELD_BYTES
    from comity.gates.proxy.conversation import ProxyWork
    from comity.gates.proxy.message import OwnSide
    from comity.model.byte_budget import Budget

    if found.delivery.next is None:
        raise missing("delivery.next", found)
    return ProxyWork(
        name=gate_name(found),
        next=found.delivery.next,
        own=OwnSide(hosts=frozenset(found.reading.trusted_hosts), networks=found.reading.trusted_networks),
        decide=work.decide,
        counts=work.marker.counts,
        log=log,
        budget=Budget(HELD_BYTES),
        connections=found.gates.connections,
        seconds=found.gates.timeout_seconds,
    )


def opinions_of(found: "Settings", log: "LogEvent") -> "Opinions":
    """The filter that serves; the one before it where what it has learnt cannot be read."""
    from comity.bootstrap.gates.delivery import judging_child
    from comity.bootstrap.judging import filter_before, kept_filter, model_path, model_stamp
    from comity.gates.delivery.live_filter import LiveFilter
    from comity.gates.delivery.live_junk import LiveJunk
    from comity.gates.delivery.opinion import Opinions
    from comity.outlets.files.stamp import stamp
    from comity.outlets.models.junk_list import junk_path, read_junk

    live = LiveFilter(
        partial(kept_filter, found),
        partial(model_stamp, found),
        otherwise=partial(filter_before, found),
        clock=time.monotonic,
        log=log,
    )
    child = judging_child(found, log)
    listed = junk_path(model_path(found))
    junk = LiveJunk(
        partial(read_junk, listed), partial(stamp, listed), clock=time.monotonic, now=lambda: datetime.now(UTC)
    )
    return Opinions(live=live, child=child, inline=found.delivery.inline_kib << 10, junk=junk)


def spamd_work(
    found: "Settings", log: "LogEvent", *, opinions: "Opinions", put: "Callable[[Arrival], Future[int]]"
) -> "SpamdWork":
    """What answers as spamd does."""
    from comity.gates.spamd.serving import Lessons, SpamdWork

    gates = found.gates
    lessons = Lessons(
        learn_spam=next(iter(gates.learn_spam), None),
        learn_legitimate=next(iter(gates.learn_legitimate), None),
        forget=next(iter(gates.forget), None),
        complain=next(iter(gates.moved_to_junk), None),
        take_back=next(iter(gates.moved_from_junk), None),
        domain=found.identity.domain,
    )
    return SpamdWork(
        opinions=opinions,
        put=put,
        now=lambda: datetime.now(UTC),
        explain=explained,
        log=log,
        lessons=lessons,
        size=gates.size_mib << 20,
        seconds=gates.timeout_seconds,
        connections=gates.connections,
    )


def explained(said: "Judgement") -> list[str]:
    """A judgement in words, a line each."""
    say = speaker().say
    head = say(
        "judge.line", name="Comity", verdict=say(f"verdict.{said.verdict}"), percent=f"{100 * said.probability:.1f}"
    )
    head += f" ({say(f'unsure.{said.why}')})" if said.why else ""
    return [
        head,
        *(
            f"    {each.weight:+.2f}  {plain(say(f'reason.{each.mark}', **each.arguments), 160)}"
            for each in said.reasons
        ),
    ]


def missing(name: str, found: "Settings") -> ComityError:
    """The error for a setting without which nothing can be served."""
    return ComityError(
        "serve-setting",
        f"to serve, the setting {name} is needed",
        outcome=Outcome.CONFIGURATION,
        place=str(found.file) if found.file else None,
        details={"name": name},
    )
