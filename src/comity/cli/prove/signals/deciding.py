"""``comity signal propose|adopt|drop|withdraw|rule|end-rule``: what a person decides about signals.

Trust:      the operator's own words; reasons are for the other side to read, in both languages.
Answers:    the signal as it is now. The lists that the running program keeps are right at once.
"""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from comity.accord.signals.rules import CLASSES, WIDEST
from comity.cli.configuration import settings
from comity.cli.days import beginning, end
from comity.cli.prove.signals.desk import AsJson, By, SignalId, one, signal_desk, wrong
from comity.cli.prove.signals.showing import tell, told_rule
from comity.cli.speech import speaker
from comity.model.signal import AdoptionRule, SignalKind
from comity.model.tlp import Tlp

Reason = Annotated[str, typer.Option("--reason", metavar="TEXT")]
ReasonZh = Annotated[str, typer.Option("--reason-zh", metavar="TEXT")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT")]


def propose(  # noqa: PLR0913, PLR0917 - the options of a command line
    subject: Annotated[str, typer.Argument(metavar="SUBJECT")],
    kind: Annotated[SignalKind, typer.Option("--kind")],
    reason: Reason,
    reason_zh: ReasonZh,
    until: Annotated[str, typer.Option("--until", metavar="DAY")],
    tlp: Annotated[Tlp, typer.Option("--tlp")],
    by: By,
    case: Annotated[str | None, typer.Option("--case", metavar="CASE")] = None,
    evidence: Annotated[list[str] | None, typer.Option("--evidence", metavar="CLASS=N")] = None,
    first: Annotated[str | None, typer.Option("--first", metavar="DAY")] = None,
    last: Annotated[str | None, typer.Option("--last", metavar="DAY")] = None,
    severe: Annotated[bool, typer.Option("--severe")] = False,
    to: Annotated[list[str] | None, typer.Option("--to", metavar="PEER")] = None,
    as_json: AsJson = False,
) -> None:
    """Say something about a network, a domain or a campaign, signed."""
    from comity.services.prove.signals.deciding import Proposal

    now = datetime.now(UTC)
    wanted = Proposal(
        subject=subject,
        kind=kind,
        reason={"en": reason, "zh": reason_zh},
        tlp=tlp,
        ends=end(until),
        case=case,
        evidence=_evidence(evidence or []),
        first_seen=None if first is None else beginning(first),
        last_seen=None if last is None else beginning(last),
        is_severe=severe,
    )
    with signal_desk(by, now) as (_, desk):
        kept = desk.propose(wanted, to or ())
    _republish()
    tell(kept, now, as_json=as_json)


def adopt(  # noqa: PLR0917 - the options of a command line
    signal: SignalId,
    by: By,
    why: Why,
    until: Annotated[str | None, typer.Option("--until", metavar="DAY")] = None,
    severe: Annotated[bool, typer.Option("--severe")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a peer's signal on our lists."""
    now = datetime.now(UTC)
    with signal_desk(by, now) as (records, desk):
        found = one(records, signal)
        ends = None if until is None else min(end(until), found.signal.ends)
        kept = desk.adopt(found, why=why, until=ends, is_severe=severe)
    _republish()
    tell(kept, now, as_json=as_json)


def drop(signal: SignalId, by: By, why: Why, as_json: AsJson = False) -> None:  # noqa: PLR0917
    """Take a peer's signal off our lists."""
    now = datetime.now(UTC)
    with signal_desk(by, now) as (records, desk):
        kept = desk.drop(one(records, signal), f"{by}: {why}")
    _republish()
    tell(kept, now, as_json=as_json)


def withdraw(  # noqa: PLR0917 - the options of a command line
    signal: SignalId, by: By, reason: Reason, reason_zh: ReasonZh, as_json: AsJson = False
) -> None:
    """Take a signal of ours back, everywhere."""
    now = datetime.now(UTC)
    with signal_desk(by, now) as (records, desk):
        kept = desk.withdraw(one(records, signal).signal.signal_id, {"en": reason, "zh": reason_zh})
    _republish()
    tell(kept, now, as_json=as_json)


def rule(  # noqa: PLR0913, PLR0917 - the options of a command line
    peer: Annotated[str, typer.Argument(metavar="PEER")],
    kind: Annotated[list[SignalKind], typer.Option("--kind")],
    by: By,
    why: Why,
    until: Annotated[str, typer.Option("--until", metavar="DAY")],
    evidence: Annotated[list[str] | None, typer.Option("--evidence", metavar="CLASS")] = None,
    least: Annotated[int, typer.Option("--least", min=1)] = 1,
    widest: Annotated[int, typer.Option("--widest", min=WIDEST[4], max=32)] = 24,
    widest_v6: Annotated[int, typer.Option("--widest-v6", min=WIDEST[6], max=128)] = 48,
    days: Annotated[int, typer.Option("--days", min=1, max=90)] = 14,
    per_day: Annotated[int, typer.Option("--per-day", min=1)] = 50,
    as_json: AsJson = False,
) -> None:
    """Declare that signals of a peer are adopted by themselves, within bounds."""
    from comity.bootstrap.desk import desk_write

    unknown = sorted({*(evidence or [])} - CLASSES)
    if unknown:
        raise wrong("signal-class", unknown[0], known=", ".join(sorted(CLASSES)))
    now = datetime.now(UTC)
    if end(until) <= now:
        raise wrong("signal-rule-until", until)
    made = AdoptionRule(
        rule_id=0,
        peer=peer.lower(),
        kinds=tuple(dict.fromkeys(kind)),
        classes=tuple(dict.fromkeys(evidence or ())),
        least_evidence=least,
        widest_v4=widest,
        widest_v6=widest_v6,
        days=days,
        per_day=per_day,
        by=by,
        why=why,
        made=now,
        until=end(until),
    )
    with desk_write(settings()) as records:
        number = records.signals.add_rule(made)
        (kept,) = [each for each in records.signals.rules() if each.rule_id == number]
    told_rule(kept, now, as_json=as_json)


def end_rule(
    number: Annotated[int, typer.Argument(metavar="RULE")],
    as_json: AsJson = False,
) -> None:
    """Have a rule adopt nothing more; what it adopted stays until its end."""
    from comity.bootstrap.desk import desk_write

    now = datetime.now(UTC)
    with desk_write(settings()) as records:
        if not records.signals.end_rule(number, now):
            raise wrong("signal-rule-unknown", str(number))
    print(
        json.dumps({"rule": number, "ended": now.isoformat()})
        if as_json
        else speaker().say("signal.rule-ended", n=number)
    )


def _evidence(words: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in words:
        name, _, number = each.partition("=")
        if name not in CLASSES or not number.isascii() or not number.isdigit() or not 0 < int(number[:10]) < 10**9:
            raise wrong("signal-class", each, known=", ".join(sorted(CLASSES)))
        found[name] = found.get(name, 0) + int(number)
    return found


def _republish() -> None:
    from comity.bootstrap.trust.signals import republish

    republish(settings())
