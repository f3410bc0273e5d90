"""Whom a source that is trusted now would have had suppressed, had it been trusted from the beginning.

Trust:      a person trusts the source, and a person asks for this: trust alone changes nothing of what was decided before.
Standards:  the same dry run as ``comity playbook try --trusting``; DESIGN.md section 5, P8: each has a why, an end, a way back.
Answers:    ``missed(records, source, terms, ...)`` gives ``Missed``; ``make_up(records, found, ...)`` writes down those whose
            recipient is known, as decided by whoever asks, and gives how many recipients that were.
Limits:     of an address only a token is kept: where the bytes of a report are gone, whom it named is not known any more. What
            would be over by now is left out; what a person lifted stays lifted.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

from comity.model.case_consequence import IN_FORCE
from comity.model.desk import DeskCase
from comity.model.playbook import ActionKind, Do, Mark
from comity.services.receive.playbook.marks import marks_of
from comity.services.receive.playbook.trying import Heard, TryTerms, history_of, tried
from comity.services.receive.playbook.writing_down import Decided, WritingDown
from comity.services.receive.prepare import Delivery, Prepared, unpack

_IN_CLEAR: Final = "address"
Again = Callable[[bytes, Delivery], Prepared]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """One recipient of one report; ``mark`` is None where nobody can say any more who it was."""

    report_id: int
    case_id: str
    rule: str
    until: datetime
    mark: Mark | None
    decision: Do


def missed(records: Any, source: str, terms: TryTerms, *, again: Again, now: datetime) -> list[Missed]:
    """All that would hold today, in the order in which it would have been decided; what is in force is left out."""
    found: list[Missed] = []
    reports, acts = history_of(records, now, trusting=[source])
    for each in tried(reports, acts, terms, now=now):
        do, heard = each.decision, each.heard
        if heard is None or heard.source != source or not isinstance(do, Do) or do.kind is not ActionKind.SUPPRESS:
            continue
        until = each.at + timedelta(days=do.action.days or 0)
        if until > now:
            found += _of_report(records, heard, replace(do, until=until), again=again)
    return _not_in_force(records, found, now)


def make_up(records: Any, found: Iterable[Missed], writing: WritingDown, *, by: str, now: datetime) -> int:
    """Write them down; how many recipients that were."""
    known = [each for each in found if each.mark is not None]
    cases = records.cases.by_id(list({each.case_id for each in known}))
    decided = [_decided(cases[each.case_id], each, each.mark) for each in known if each.mark is not None]
    writing.write(records, decided, actor=by, now=now)
    return len({each.mark for each in known})


def _decided(case: DeskCase, each: Missed, mark: Mark) -> Decided:
    words = f"past:{each.report_id}:{mark.kind}:{mark.value}".encode("utf-8", "surrogatepass")
    key = blake2b(words, digest_size=12).hexdigest()
    do = replace(each.decision, key=key, target=mark.value, target_kind=mark.kind, due=None)
    return Decided(case=case, decisions=(do,))


def _of_report(records: Any, heard: Heard, do: Do, *, again: Again) -> Sequence[Missed]:
    """Its recipients in clear."""
    marks: Sequence[Mark | None] = [Mark(kind=do.target_kind, value=do.target)]
    if do.target_kind == _IN_CLEAR:
        marks = _read_again(records, heard, again) or [None]
    return [
        Missed(
            report_id=heard.report_id,
            case_id=heard.case.case_id,
            rule=do.rule,
            until=do.until or heard.at,
            mark=mark,
            decision=do,
        )
        for mark in marks
    ]


def _read_again(records: Any, heard: Heard, again: Again) -> tuple[Mark, ...]:
    """Whom it names, out of its bytes; nobody where they are gone, or another release reads them as another report."""
    kept = records.past.carried(heard.report_id)
    if kept is None:
        return ()
    delivery = Delivery(gate=kept.gate, name=kept.name, arrived=kept.arrived)
    prepared = again(unpack(bytes(kept.data), kept.size), delivery)
    if prepared.facts is None:
        return ()
    for evidence, stated in zip(prepared.facts.evidence, prepared.reports, strict=True):
        if stated.key == bytes(kept.report_key):
            return marks_of(evidence, stated.recipients, stated.own_id)
    return ()


def _not_in_force(records: Any, found: Sequence[Missed], now: datetime) -> list[Missed]:
    """Without those that hold as long already, and those that a person lifted before their day."""
    targets = list({each.mark.value for each in found if each.mark is not None})
    held: dict[tuple[str, str], datetime | None] = {}
    for each in records.consequences.about(ActionKind.SUPPRESS, targets, now):
        is_lifted = each.lifted is not None
        if is_lifted or each.state in IN_FORCE:
            held[each.target_kind, each.target] = None if is_lifted else each.until
    left = []
    for each in found:
        sort = None if each.mark is None else (each.mark.kind, each.mark.value)
        if sort is None or sort not in held:
            left.append(each)
            continue
        before = held[sort]
        if before is not None and each.until > before:
            left.append(each)
    return left
