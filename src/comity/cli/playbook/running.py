"""``comity playbook try`` and ``turn``: what a playbook would have done, and one turn of what is due.

Trust:      labels and targets are strangers' words and pass ``plain``.
Answers:    ``try`` writes nothing; ``--json`` gives one object for each thing that would have happened. ``turn`` does by hand what
            ``comity serve`` does by itself.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.model.playbook import Do, Move, NotDone
from comity.services.public.pages.playbook_words import action_of

if TYPE_CHECKING:
    from comity.services.receive.playbook.trying import Tried

AsJson = Annotated[bool, typer.Option("--json")]


def try_out(
    name: Annotated[str | None, typer.Argument(metavar="PLAYBOOK")] = None,
    *,
    trusting: Annotated[list[str] | None, typer.Option("--trusting", metavar="SOURCE")] = None,
    limit: Annotated[int, typer.Option("--limit", min=0)] = 20,
    as_json: AsJson = False,
) -> None:
    """Say what a playbook would have done with all that came."""
    from comity.bootstrap.desk import desk_read
    from comity.bootstrap.playbook import needed_playbook
    from comity.services.receive.playbook.trying import TryTerms, history_of, tried
    from comity.services.receive.sources.deciding import supposed

    found, now = settings(), datetime.now(UTC)
    playbook = needed_playbook(found, name)
    counted: Counter[str] = Counter()
    noes: Counter[tuple[str, str]] = Counter()
    shown, moves = list[str](), 0
    with desk_read(found) as records:
        reports, acts = history_of(records, now, trusting=supposed(records.sources, trusting or ()))
        terms = TryTerms(playbook=playbook, quiet=timedelta(days=found.desk.quiet_days), sent=records.past.sent())
        for each in tried(reports, acts, terms, now=now):
            if as_json:
                print(json.dumps(_object(each), ensure_ascii=True))
                continue
            if isinstance(each.decision, Move):
                moves += 1
            elif isinstance(each.decision, NotDone):
                noes[each.decision.kind.value, each.decision.reason] += 1
            elif each.is_new:
                counted[each.decision.kind.value] += 1
            if len(shown) < limit and each.is_new:
                shown.append(_line(each))
    if not as_json:
        print("\n".join([*shown, *_summary(counted, noes, moves)]))


def turn(as_json: AsJson = False) -> None:
    """Do what is due: timers, tables, notices, webhooks."""
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.playbook import needed_playbook
    from comity.bootstrap.playbook.running import carrying_out
    from comity.store.dialects.shared_clock import SharedClock

    found = settings()
    needed_playbook(found)
    with closing(desk_store(found)) as store:
        carrying = carrying_out(found, store)
        if carrying is None:
            return
        done = carrying.turn(datetime.now(UTC), SharedClock(store))
    counts: dict[str, Any] = {
        name: getattr(done, name) for name in ("timers", "written", "noticed", "informed", "gardens", "bounced", "told")
    } | {"failed": sum(done.failed.values())}
    print(json.dumps(counts) if as_json else speaker().say("playbook.turned", **counts))


def _line(each: "Tried") -> str:
    """One thing in a line of 80 columns."""
    decision = each.decision
    if isinstance(decision, Move):
        what = f"{decision.from_state} -> {decision.to_state}"
    elif isinstance(decision, Do):
        what = action_of(speaker(), decision.action)
    else:
        what = _not_done(decision.kind.value, decision.reason)
    return f"{each.at:%Y-%m-%d %H:%M}  {plain(each.case.label, 28)}  {what}"


def _not_done(kind: str, reason: str) -> str:
    words = speaker()
    action = words.say(f"playbook.action.{kind}")
    return words.say("playbook.not-done", action=action, why=words.say(f"playbook.no.{reason}"))


def _summary(counted: Counter[str], noes: Counter[tuple[str, str]], moves: int) -> Iterator[str]:
    words = speaker()
    yield ""
    yield words.say("playbook.tried" if counted or noes else "playbook.tried-moves", n=moves)
    for kind, n in counted.most_common():
        yield f"  {n:>9,}  {words.say(f'playbook.action.{kind}')}"
    for (kind, reason), n in noes.most_common():
        yield f"  {n:>9,}  {_not_done(kind, reason)}"
    if any(reason == "source-unproven" for _, reason in noes):
        yield words.say("playbook.tried-unproven")
    yield words.say("playbook.tried-only")


def _object(each: "Tried") -> dict[str, Any]:
    decision = each.decision
    said: dict[str, Any] = {
        "at": each.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "label": each.case.label,
        "number": each.case.number,
        "rule": decision.rule,
        "new": each.is_new,
    }
    if isinstance(decision, Move):
        return said | {"from": decision.from_state, "to": decision.to_state}
    if isinstance(decision, Do):
        until = decision.until and decision.until.strftime("%Y-%m-%dT%H:%M:%SZ")
        return said | {"action": decision.kind.value, "target_kind": decision.target_kind, "until": until}
    return said | {"action": decision.kind.value, "not_done": decision.reason}
