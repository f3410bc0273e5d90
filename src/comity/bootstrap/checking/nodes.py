"""Look at all machines that work on one store, as each last said how it stands.

Answers:    ``nodes(settings, now)``: a ``Check`` for each machine, those that it found wrong itself, and whether all run the same
            version and judge with the same model.
Limits:     those that have a worker, and those that only judge, know no store and are heard through ``comity doctor --hear``. A
            machine says how it stands once a minute, and looks at itself every ten; what it says is as old. Clocks of machines
            that differ by minutes make one look silent: that is as bad.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from comity.bootstrap.checking.check import Check, Condition, odd, right, wrong
from comity.bootstrap.desk import desk_read
from comity.bootstrap.gates import machine_at, spool_path
from comity.model.cluster_node import HOUSE
from comity.model.outcomes import ComityError, Outcome
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.model.cluster_node import ClusterNode

SILENT: Final = timedelta(minutes=5)


def nodes(settings: Settings, now: datetime) -> Iterator[Check]:
    """Each machine; of this one only what the rest does not say."""
    try:
        with desk_read(settings) as rows:
            found = rows.nodes.all()
    except ComityError:
        return  # what is wrong with the store stands there
    ours = machine_at(spool_path(settings))
    alive = [each for each in found if each.ended is None and now - each.seen < SILENT]
    for each in found:
        is_here = (each.name, each.spool) == ours
        yield _standing(each, now)
        if each in alive:
            yield from _said(each, only=HOUSE if is_here else None)
    versions, models = {each.version for each in alive}, {each.model for each in alive if each.model}
    if len(versions) > 1:
        yield odd("nodes", "nodes-versions", versions=", ".join(sorted(versions)))
    if len(models) > 1:
        yield odd("nodes", "nodes-models", n=len(models))


def _standing(node: "ClusterNode", now: datetime) -> Check:
    minutes = max(0, (now - node.seen) // timedelta(minutes=1))
    details = {"name": node.name, "spool": node.spool, "n": node.waiting, "minutes": minutes}
    if node.ended is not None:
        return (
            odd("nodes", "node-ended-waiting", **details) if node.waiting else right("nodes", "node-ended", **details)
        )
    if now - node.seen >= SILENT:
        return wrong("nodes", "node-silent", **details)
    return right("nodes", "node", **details, version=node.version, free=node.free_mib)


def _said(node: "ClusterNode", *, only: str | None) -> Iterator[Check]:
    """What it found of itself, in the words of whoever asks here; of this machine what nothing else here looks at."""
    for each in (one for one in node.findings if only in (None, one.about)):
        kind, _, code = each.message.partition(".")
        error = None
        if kind == "error":
            error = ComityError(code, code, outcome=Outcome.CONFIGURATION, place=each.place, details=each.details)
        condition = Condition.WRONG if each.is_wrong else Condition.ODD
        yield Check(
            about=each.about, condition=condition, finding=code, details=each.details, error=error, node=node.name
        )
