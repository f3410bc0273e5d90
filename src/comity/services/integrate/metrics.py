"""The figures of a desk for whoever watches over machines: what waits, what leaves, what was counted.

Trust:      labels are words of ours alone: no peer, no customer, no address, no domain is named; machines of ours are, and their
            spools.
Answers:    ``figures(records, now)``; ``of_replica(replica)`` what this process knows of the copy that it asks.
Limits:     read when asked, out of the store, within a tenth of a second at 100,000 cases; what a gate holds in memory is not here.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from comity import __version__
from comity.formats.exposition import Figure
from comity.model.learning import SampleState
from comity.model.playbook import ActionKind
from comity.model.sending import OutboxState
from comity.services.prove.leaves.relayed import handed_on, refused
from comity.services.public.today import course_of_days, needs

_DAY: Final = timedelta(days=1)


class Copy(Protocol):
    """A copy of the store."""

    @property
    def trouble(self) -> str | None:
        """Why it is not asked."""

    @property
    def age(self) -> float:
        """How many seconds it was behind."""


def figures(records: Any, now: datetime) -> Iterator[Figure]:
    """All of them."""
    yield Figure(name="comity_build_info", about="The version that answers.", value=1, labels={"version": __version__})
    yield from _work(records, now)
    yield from _leaving(records, now)
    yield from _filter(records, now)
    yield from _remedy(records, now)
    yield from _relaying(records, now)
    yield from _machines(records, now)


def of_replica(replica: Copy | None) -> Iterator[Figure]:
    """How the copy of the store is doing that this process asks; nothing where there is none."""
    if replica is not None:
        about = "Whether pages ask the replica of the store (1), or the primary alone because it cannot be asked (0)."
        yield Figure(name="comity_replica_in_use", about=about, value=int(replica.trouble is None))
        about = "How many seconds the replica was behind at most when it was asked last."
        yield Figure(name="comity_replica_age_seconds", about=about, value=replica.age)


def _work(records: Any, now: datetime) -> Iterator[Figure]:
    for state, n in sorted(records.places.counts().items()):
        yield Figure(name="comity_cases", about="Cases by state.", value=n, labels={"state": state.value})
    for each in needs(records, now):
        labels = {"what": each.name}
        yield Figure(name="comity_waiting", about="What waits for a person.", value=each.n, labels=labels)
        if each.oldest is not None:
            about = "For how long the oldest of it has waited, or until when it is due (below zero)."
            age = (now - each.oldest).total_seconds()
            yield Figure(name="comity_waiting_oldest_seconds", about=about, value=age, labels=labels)
    days = course_of_days(records, now, 2)
    yield Figure(name="comity_reports_today", about="Reports counted today (UTC).", value=days[-1][1])
    yield Figure(name="comity_reports_yesterday", about="Reports counted yesterday (UTC).", value=days[0][1])


def _leaving(records: Any, now: datetime) -> Iterator[Figure]:
    by_state, oldest = Counter[str](), dict[str, datetime]()
    for each in records.sending.standing():
        by_state[each.state.value] += each.count
        if each.oldest is not None:
            oldest[each.state.value] = min(oldest.get(each.state.value, each.oldest), each.oldest)
    for state, n in sorted(by_state.items()):
        yield Figure(name="comity_outbox", about="Mails in the outbox by state.", value=n, labels={"state": state})
    if OutboxState.WAITING in oldest:
        about = "For how long the oldest mail that may leave has waited."
        yield Figure(
            name="comity_outbox_oldest_seconds", about=about, value=(now - oldest[OutboxState.WAITING]).total_seconds()
        )


def _filter(records: Any, now: datetime) -> Iterator[Figure]:
    states = Counter[str]()
    for (state, _), n in records.learning.counts().items():
        states[state] += n
    for known in SampleState:
        about = "What people said that the filter may learn, by state."
        yield Figure(name="comity_samples", about=about, value=states[known.value], labels={"state": known.value})
    current = records.learning.current()
    if current is not None:
        yield Figure(name="comity_model_version", about="The model that serves.", value=current.version)
        age = (now - current.at).total_seconds()
        yield Figure(name="comity_model_age_seconds", about="For how long it has served.", value=age)
    today = records.claimed.by_day(now.date(), now.date()).get(now.date())
    mails, spam = (0, 0) if today is None else (today.mails, today.spam)
    about = "Mails judged at delivery today (UTC), by what they were called."
    yield Figure(name="comity_judged_today", about=about, value=spam, labels={"verdict": "spam"})
    yield Figure(name="comity_judged_today", about=about, value=mails - spam, labels={"verdict": "other"})


def _remedy(records: Any, now: datetime) -> Iterator[Figure]:
    inside = len(records.consequences.in_force(now, (ActionKind.GARDEN,)))
    yield Figure(name="comity_garden_lines", about="Lines in the walled garden.", value=inside)
    for kind, state, n in records.consequences.counts(now - _DAY, now):
        about = "What playbooks decided in the last 24 hours, by kind and state."
        labels = {"kind": kind.value, "state": state.value}
        yield Figure(name="comity_decided", about=about, value=n, labels=labels)


def _machines(records: Any, now: datetime) -> Iterator[Figure]:
    """Those of ours that work on this store, as each last said; named as their hosts are."""
    for each in records.nodes.all():
        labels = {"node": each.name, "spool": each.spool}
        about = "How many seconds ago a machine last said how it stands."
        seconds = (now - each.seen).total_seconds()
        yield Figure(name="comity_node_seen_seconds", about=about, value=seconds, labels=labels)
        about = "Whether a machine was stopped in good order (1)."
        yield Figure(name="comity_node_ended", about=about, value=int(each.ended is not None), labels=labels)
        about = "Mails that a machine acknowledged and has not worked off."
        yield Figure(name="comity_node_spool", about=about, value=each.waiting, labels=labels)
        about = "For how long the oldest of them has waited."
        waited = 0.0 if each.oldest is None else (now - each.oldest).total_seconds()
        yield Figure(name="comity_node_spool_oldest_seconds", about=about, value=waited, labels=labels)
        about = "Free room on the disk of its spool, in MiB."
        yield Figure(name="comity_node_free_mib", about=about, value=each.free_mib, labels=labels)
        for condition, is_wrong in (("wrong", True), ("odd", False)):
            about = "What it found of itself that is not as it should be (comity doctor says it in words)."
            n = sum(one.is_wrong == is_wrong for one in each.findings)
            yield Figure(name="comity_node_findings", about=about, value=n, labels={**labels, "condition": condition})


def _relaying(records: Any, now: datetime) -> Iterator[Figure]:
    """Nothing where we are no hub."""
    day = now.date().isoformat()
    about = "Messages of other networks for members of ours today (UTC), by what became of them."
    for label, n in (("handed-on", handed_on(records.keys, day)), ("refused", refused(records.keys, day))):
        if n:
            yield Figure(name="comity_relayed_today", about=about, value=n, labels={"what": label})
