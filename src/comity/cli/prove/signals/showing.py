"""``comity signal list|show|rules``: what signals there are, and what became of each.

Trust:      reasons, contacts and names of peers are theirs: shown made plain.
Answers:    lines of at most 80 columns, or ``--json`` objects; the JSON has the reasons in both languages.
"""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from comity.accord.signals import rules as bounds
from comity.cli.configuration import settings
from comity.cli.prove.signals.desk import AsJson, SignalId, one
from comity.cli.speech import plain, refusal, speaker
from comity.cli.wrapping import put, wrapped

if TYPE_CHECKING:
    from comity.model.document import Outgoing
    from comity.model.signal import AdoptionRule, Kept

_COLUMNS = 80


def show_all(
    everything: Annotated[bool, typer.Option("--all")] = False,
    as_json: AsJson = False,
) -> None:
    """Signals that are not over."""
    from comity.bootstrap.desk import desk_read

    now = datetime.now(UTC)
    with desk_read(settings()) as records:
        found = records.signals.all() if everything else records.signals.all(after=now)
    for kept in found:
        if as_json:
            print(json.dumps(object_of(kept, now)))
        else:
            _short(kept, now)
    if not found and not as_json:
        put(speaker().say("signal.none"))


def show(signal: SignalId, as_json: AsJson = False) -> None:
    """One signal, with its evidence, what became of it, and who was given it."""
    from comity.bootstrap.desk import desk_read

    now = datetime.now(UTC)
    with desk_read(settings()) as records:
        kept = one(records, signal)
        sent = records.documents.about(f"signal {kept.signal.signal_id}") if kept.is_ours else []
    tell(kept, now, as_json=as_json, sent=sent)


def rules(as_json: AsJson = False) -> None:
    """By which rules signals are adopted."""
    from comity.bootstrap.desk import desk_read

    now = datetime.now(UTC)
    with desk_read(settings()) as records:
        found = records.signals.rules()
    for each in found:
        told_rule(each, now, as_json=as_json)
    if not found and not as_json:
        put(speaker().say("signal.no-rules"))


def tell(kept: "Kept", now: datetime, *, as_json: bool, sent: "list[Outgoing] | None" = None) -> None:
    """One signal in full."""
    if as_json:
        print(
            json.dumps(object_of(kept, now) | {"note": kept.note, "sent": [_sent_object(each) for each in sent or []]})
        )
        return
    _short(kept, now)
    say, signal, adoption = speaker().say, kept.signal, kept.adoption
    language = "zh" if speaker().language.startswith("zh") else "en"
    classes = ", ".join(f"{name} {number}" for name, number in sorted(signal.classes.items()))
    first, last = f"{signal.first_seen:%Y-%m-%d}", f"{signal.last_seen:%Y-%m-%d}"
    lines = [
        say("signal.reason", reason=plain(signal.reason[language], 500)),
        say("signal.evidence", classes=classes, first=first, last=last),
        say(
            "signal.ask",
            reference=adoption.reference if adoption and adoption.reference else signal.reference,
            contact=plain(signal.contact),
        ),
    ]
    if adoption is not None:
        by = plain(adoption.by) if adoption.rule_id is None else say("signal.by-rule", n=adoption.rule_id)
        lines.append(
            say(
                "signal.adopted",
                day=f"{adoption.adopted:%Y-%m-%d}",
                by=by,
                why=plain(adoption.why, 200),
                until=f"{adoption.until:%Y-%m-%d %H:%M}",
            )
        )
    if kept.withdrawn_reason is not None:
        lines.append(say("signal.withdrawn-because", reason=plain(kept.withdrawn_reason[language], 500)))
    for each in sent or []:
        state = "refused" if each.refused else "given" if each.given else "waiting"
        lines.append(say(f"signal.sent-{state}", peer=plain(each.peer), reason=refusal(each.refused or "-")))
    _print(lines)


def told_rule(found: "AdoptionRule", now: datetime, *, as_json: bool) -> None:
    """One rule."""
    is_over = found.ended is not None or found.until <= now
    if as_json:
        print(
            json.dumps(
                {
                    "rule": found.rule_id,
                    "peer": found.peer,
                    "kinds": [each.value for each in found.kinds],
                    "evidence": list(found.classes),
                    "least": found.least_evidence,
                    "widest": found.widest_v4,
                    "widest_v6": found.widest_v6,
                    "days": found.days,
                    "per_day": found.per_day,
                    "by": found.by,
                    "why": found.why,
                    "made": found.made.isoformat(),
                    "until": found.until.isoformat(),
                    "ended": found.ended and found.ended.isoformat(),
                    "over": is_over,
                }
            )
        )
        return
    say = speaker().say
    kinds = ", ".join(say(f"signal.kind.{each.value}") for each in found.kinds)
    put(say("signal.rule", n=found.rule_id, peer=plain(found.peer), kinds=kinds))
    _print(
        [
            say(
                "signal.rule-bounds",
                classes=", ".join(found.classes) or "-",
                least=found.least_evidence,
                v4=found.widest_v4,
                v6=found.widest_v6,
                days=found.days,
                per_day=found.per_day,
            ),
            say(
                "signal.rule-over" if is_over else "signal.rule-by",
                by=plain(found.by),
                why=plain(found.why, 200),
                until=f"{(found.ended or found.until):%Y-%m-%d %H:%M}",
            ),
        ]
    )


def object_of(kept: "Kept", now: datetime) -> dict[str, object]:
    """A signal as JSON."""
    signal, adoption = kept.signal, kept.adoption
    reason = bounds.standing(kept, now)
    return {
        "signal": signal.signal_id,
        "issuer": signal.issuer,
        "ours": kept.is_ours,
        "kind": signal.kind.value,
        "subject": signal.subject,
        "classes": dict(signal.classes),
        "first_seen": signal.first_seen.isoformat(),
        "last_seen": signal.last_seen.isoformat(),
        "tlp": signal.tlp.value,
        "severe": signal.is_severe,
        "reason": dict(signal.reason),
        "reference": signal.reference,
        "contact": signal.contact,
        "made": signal.made.isoformat(),
        "begins": signal.begins.isoformat(),
        "ends": signal.ends.isoformat(),
        "listed": reason is None,
        "not_listed": reason,
        "answer": f"127.0.0.{bounds.code_of(signal)}",
        "withdrawn": kept.withdrawn and kept.withdrawn.isoformat(),
        "adoption": adoption
        and {
            "by": adoption.by,
            "why": adoption.why,
            "rule": adoption.rule_id,
            "adopted": adoption.adopted.isoformat(),
            "begins": adoption.begins.isoformat(),
            "until": adoption.until.isoformat(),
            "reference": adoption.reference,
            "ended": adoption.ended and adoption.ended.isoformat(),
            "ended_why": adoption.ended_why,
        },
    }


def _sent_object(each: "Outgoing") -> dict[str, object]:
    return {
        "peer": each.peer,
        "entered": each.entered.isoformat(),
        "given": each.given and each.given.isoformat(),
        "refused": each.refused,
    }


def _short(kept: "Kept", now: datetime) -> None:
    say, signal = speaker().say, kept.signal
    reason = bounds.standing(kept, now)
    subject = signal.subject if len(signal.subject) <= 42 else f"{signal.subject[:41]}…"
    put(say("signal.line", id=signal.signal_id, subject=plain(subject), tlp=signal.tlp.value))
    begins = max(signal.begins, kept.adoption.begins if kept.adoption else signal.begins)
    ends = min(signal.ends, kept.adoption.until if kept.adoption and not kept.adoption.ended else signal.ends)
    _print(
        [
            say(
                "signal.state.waits" if reason == "unwarned" else "signal.state",
                kind=say(f"signal.kind.{signal.kind.value}"),
                issuer=plain(signal.issuer),
                state=say(f"signal.standing.{reason or 'listed'}"),
                begins=f"{begins:%Y-%m-%d %H:%M}",
                ends=f"{ends:%Y-%m-%d %H:%M}",
            )
        ]
    )


def _print(lines: list[str]) -> None:
    for line in lines:
        for part in wrapped(line, _COLUMNS - 4):
            put(f"    {part}")
