"""A person decides how far a source is believed, or that an alarm is none.

Trust:      names come from the command line or the API; a source without proof cannot be trusted, whoever wants it.
Answers:    ``trust(rows, name, word, decision=...)`` gives the source; ``supposed(rows, names)`` those that a dry run takes as
            trusted; ``acting(rows, name)`` one that is trusted; ``end(rows, alarm_id, decision)`` ends an alarm. Refusals:
            ``source-unknown``, ``source-unproven``, ``source-not-trusted``, ``source-trust``, ``alarm-unknown``.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from comity.model.outcomes import ComityError, Outcome
from comity.model.source import Alarm, Proof, Source, Trust
from comity.services.receive.sources.rows import SourceRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who says so, why and when."""

    by: str
    why: str | None
    at: datetime


def trust(rows: SourceRows, name: str, word: str, *, decision: Decision, joined: Iterable[str] = ()) -> Source:
    """How far it is believed from now on; a loop of the register (``joined``) can be trusted before it said anything."""
    now = decision.at
    if name in {f"loop:{each}" for each in joined} and not rows.of([name]):
        rows.add([Source(name=name, proof=Proof.LOOP, trust=Trust.TRIAL, first=now, last=now)])
    source = _known(rows, name)
    if word not in list(Trust):
        known = ", ".join(each.value for each in Trust)
        raise ComityError(
            "source-trust", f"no such trust: {word}", outcome=Outcome.USAGE, details={"text": word, "known": known}
        )
    if word == Trust.TRUSTED:
        _proven(source)
    rows.set_trust(name, Trust(word), by=decision.by, why=decision.why, at=now)
    return replace(source, trust=Trust(word), changed=now, changed_by=decision.by, why=decision.why)


def supposed(rows: SourceRows, names: Iterable[str]) -> frozenset[str]:
    """These sources, as if a person trusted them; those that nobody can trust are refused as in earnest."""
    return frozenset(_proven(_known(rows, each)).name for each in names)


def acting(rows: SourceRows, name: str) -> Source:
    """This source, where a playbook may act on what it says."""
    source = _proven(_known(rows, name))
    if source.acts:
        return source
    raise ComityError(
        "source-not-trusted", f"{name} is not trusted", outcome=Outcome.USAGE, details={"text": name, "name": name}
    )


def _known(rows: SourceRows, name: str) -> Source:
    source = rows.of([name]).get(name)
    if source is None:
        raise ComityError("source-unknown", f"no source {name}", outcome=Outcome.USAGE, details={"text": name})
    return source


def _proven(source: Source) -> Source:
    if source.proof is Proof.NONE:
        raise ComityError(
            "source-unproven",
            f"{source.name} never proved who it is",
            outcome=Outcome.BAD_INPUT,
            details={"text": source.name},
        )
    return source


def end(rows: SourceRows, alarm_id: int, decision: Decision) -> Alarm:
    """That is how it is: what the alarm showed is the habit of this source from now on."""
    found = next((each for each in rows.alarms() if each.alarm_id == alarm_id), None)
    if found is None:
        raise ComityError(
            "alarm-unknown", f"no alarm {alarm_id} is open", outcome=Outcome.USAGE, details={"text": str(alarm_id)}
        )
    rows.end_alarm(alarm_id, by=decision.by, why=decision.why, at=decision.at)
    return replace(found, ended=decision.at, ended_by=decision.by, why=decision.why)
