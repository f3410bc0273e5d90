"""``comity source list|show|trust|past|alarms|end``: who reports to us, how often that was right, and how far it is believed.

Trust:      names of sources without proof are strangers' words and pass ``plain``.
Answers:    lines or ``--json``. What a person decides is written down with who and why; every decision can be taken back.
"""

import json
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.configuration import settings
from comity.cli.desk.account import account, whom
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import ComityError, Outcome
from comity.services.public.sources import YEAR, alarm_object, by_month, months_object, precision_of, source_object

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from comity.model.source import Alarm
    from comity.services.receive.playbook.catching_up import Missed
    from comity.services.receive.sources.alarming import State
    from comity.services.receive.sources.deciding import Decision
    from comity.services.receive.sources.listing import ListedHere
    from comity.store.records import Records

command = typer.Typer(add_completion=False, no_args_is_help=True)

_BY = Annotated[str | None, typer.Option("--by", metavar="NAME")]
_WHY = Annotated[str | None, typer.Option("--why", metavar="TEXT")]
_JSON = Annotated[bool, typer.Option("--json")]


@command.command("list")
def list_sources(limit: Annotated[int, typer.Option("--limit", min=1)] = 50, as_json: _JSON = False) -> None:
    """Show all of them, the busiest first."""
    states, verdicts, _ = _look()
    if as_json:
        for each in states:
            print(json.dumps(source_object(each, verdicts.get(each.source.name, {})), ensure_ascii=True))
        return
    words = speaker()
    if not states:
        put(words.say("source.none"))
    for each in states[:limit]:
        put(_line(each, verdicts.get(each.source.name, {})))
    if len(states) > limit:
        put(words.say("source.more", n=len(states) - limit))


@command.command()
def show(name: Annotated[str, typer.Argument(metavar="NAME")], as_json: _JSON = False) -> None:
    """Show all that is known of one."""
    states, verdicts, alarms = _look()
    months = _months(name)
    found = next((each for each in states if each.source.name == name), None)
    if found is None:
        raise ComityError("source-unknown", f"no source {name}", outcome=Outcome.USAGE, details={"text": name})
    mine = [each for each in alarms if each.source == name]
    if as_json:
        told = source_object(found, verdicts.get(name, {}))
        told |= {"precision_by_month": months_object(months), "alarms": [alarm_object(each) for each in mine]}
        print(json.dumps(told, ensure_ascii=True))
        return
    put(*_whole(found, verdicts.get(name, {})), *_by_month(months), *(_alarm_line(each) for each in mine))


@command.command()
def trust(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    word: Annotated[str, typer.Argument(metavar="trial|trusted|barred")],
    *,
    why: _WHY = None,
    by: _BY = None,
    as_json: _JSON = False,
) -> None:
    """Say how far a source is believed."""
    from comity.services.receive.sources import deciding

    with _deciding(by, why) as (records, decision):
        joined = [each.name for each in settings().sources.loops]
        found = deciding.trust(records.sources, name, word, decision=decision, joined=joined)
    if as_json:
        print(json.dumps({"name": name, "trust": found.trust.value, "acts": found.acts}, ensure_ascii=True))
        return
    put(speaker().say(f"source.now.{found.trust.value}", name=plain(name)))
    if found.acts and found.reports and settings().playbook.use is not None:
        put(speaker().say("source.past-stands", name=plain(name)))


@command.command("past")
def past(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    *,
    suppress: Annotated[bool, typer.Option("--suppress")] = False,
    by: _BY = None,
    limit: Annotated[int, typer.Option("--limit", min=0)] = 20,
    as_json: _JSON = False,
) -> None:
    """Say whom a source would have had suppressed before it was trusted, and do it."""
    from comity.bootstrap.playbook.past import make_up_for, missed_of

    found = missed_of(settings(), name)
    known = [each for each in found if each.mark is not None]
    if suppress:
        make_up_for(settings(), found, by=by or account())
    if as_json:
        for each in found:
            print(json.dumps(_missed_object(each, is_done=suppress), ensure_ascii=True))
        return
    words = speaker()
    for each in known[:limit]:
        target = plain(each.mark.value if each.mark else "", 60)
        put(f"{target}  {words.say('desk-case.until-day')} {each.until:%Y-%m-%d}  {plain(each.case_id)}")
    n = len({each.mark for each in known})
    put(
        words.say("source.past-done" if suppress else "source.past" if n else "source.past-none", n=n, name=plain(name))
    )
    if len(found) > len(known):
        put(words.say("source.past-unknown", n=len(found) - len(known)))


def _missed_object(each: "Missed", *, is_done: bool) -> dict[str, Any]:
    return {
        "report": each.report_id,
        "case": each.case_id,
        "rule": each.rule,
        "target_kind": each.mark and each.mark.kind,
        "target": each.mark and each.mark.value,
        "until": f"{each.until:%Y-%m-%dT%H:%M:%SZ}",
        "suppressed": is_done and each.mark is not None,
    }


@command.command()
def alarms(
    ended: Annotated[bool, typer.Option("--ended")] = False,
    look: Annotated[bool, typer.Option("--look")] = False,
    as_json: _JSON = False,
) -> None:
    """Show what about a feed needs somebody."""
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.sources import feed_watch

    store = desk_store(settings())
    if look:
        with store.write() as records:
            feed_watch(settings()).look(records.sources, datetime.now(UTC))
    with store.read() as records:
        found = records.sources.alarms(is_open=not ended)
    for each in found:
        if as_json:
            print(json.dumps(alarm_object(each), ensure_ascii=True))
        else:
            put(_alarm_line(each))
    if not found and not as_json:
        put(speaker().say("source.alarms.none"))


@command.command()
def end(
    alarm: Annotated[int, typer.Argument(metavar="NUMBER")],
    *,
    why: _WHY = None,
    by: _BY = None,
    as_json: _JSON = False,
) -> None:
    """Say that an alarm is none."""
    from comity.services.receive.sources import deciding

    with _deciding(by, why) as (records, decision):
        found = deciding.end(records.sources, alarm, decision)
    print(
        json.dumps(alarm_object(found), ensure_ascii=True)
        if as_json
        else speaker().say("source.ended", n=alarm, name=plain(found.source))
    )


@command.command("listed")
def listed(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False)],
    *,
    ingest: Annotated[bool, typer.Option("--ingest")] = False,
    as_json: _JSON = False,
) -> Outcome:
    """Look for our own addresses in somebody's block list."""
    from comity.bootstrap.sources.listed import listed_here, take_listed

    found, mistaken = [], False
    for path in files:
        part = listed_here(settings(), path)
        found += part.found
        mistaken = mistaken or part.mistaken > 0
        for line, text in part.mistakes:
            told = speaker().say("source.listed.mistake", text=plain(text, 60))
            print(f"{plain(str(path), 200)}:{line}: {told}", file=sys.stderr)
        if not as_json:
            numbers = {"entries": f"{part.entries:,}", "n": f"{len(part.found):,}", "mistaken": part.mistaken}
            put(speaker().say("source.listed.read", name=plain(str(path), 80), **numbers))
    for each in found:
        if as_json:
            print(json.dumps(_listed_object(each, name), ensure_ascii=True))
        else:
            put(f"{each.stretch}  {plain(each.customer or each.holding, 40)}  {plain(each.note or '', 60)}".rstrip())
    if ingest and found:
        taken = take_listed(settings(), found, name)
        if not as_json:
            put(speaker().say("source.listed.taken", n=taken))
    return Outcome.BAD_INPUT if mistaken else Outcome.DONE


def _listed_object(each: "ListedHere", name: str) -> dict[str, Any]:
    return {
        "list": name,
        "address": each.address,
        "stretch": each.stretch,
        "holding": each.holding,
        "customer": each.customer,
        "note": each.note,
    }


@contextmanager
def _deciding(by: str | None, why: str | None) -> "Iterator[tuple[Records, Decision]]":
    """One decision of a person, in a transaction of its own."""
    from comity.bootstrap.desk import desk_write
    from comity.services.receive.sources.deciding import Decision

    with desk_write(settings()) as records:
        yield records, Decision(by=by or account(), why=why, at=datetime.now(UTC))


def _look() -> "tuple[list[State], Mapping[str, Mapping[str, int]], list[Alarm]]":
    from comity.bootstrap.desk import desk_read
    from comity.bootstrap.sources import feed_watch

    with desk_read(settings()) as records:
        rows = records.sources
        return feed_watch(settings()).states(rows, datetime.now(UTC)), rows.verdicts(), list(rows.alarms())


def _months(name: str) -> "Mapping[date, Mapping[str, int]]":
    """What was found out about it in the last twelve months."""
    from comity.bootstrap.desk import desk_read

    with desk_read(settings()) as records:
        return records.sources.verdicts_by_month([name], datetime.now(UTC) - YEAR).get(name, {})


def _by_month(months: "Mapping[date, Mapping[str, int]]") -> "Iterator[str]":
    say = speaker().say
    for month, each in by_month(months):
        shares: dict[str, Any] = {
            "share": round(100 * (each.share or 0)),
            "low": int(100 * each.low),
            "n": each.decided,
        }
        yield f"  {month:%Y-%m}  {say('source.precision', **shares)}"


def _line(state: "State", verdicts: "Mapping[str, int]") -> str:
    words, source = speaker(), state.source
    return words.say(
        "source.line",
        name=plain(source.name, 40),
        proof=words.say(f"source.proof.{source.proof.value}"),
        trust=words.say(f"source.trust.{source.trust.value}"),
        n=source.reports,
        unmatched=source.unmatched,
        right=_right(verdicts),
    )


def _right(verdicts: "Mapping[str, int]") -> str:
    found = precision_of(verdicts)
    if found.share is None:
        return speaker().say("source.undecided")
    shares: dict[str, Any] = {"share": round(100 * found.share), "low": int(100 * found.low), "n": found.decided}
    return speaker().say("source.precision", **shares)


def _whole(state: "State", verdicts: "Mapping[str, int]") -> list[str]:
    words, source, silence = speaker(), state.source, state.silence
    found = precision_of(verdicts)
    lines = [
        _line(state, verdicts),
        words.say(
            "source.seen", first=f"{source.first:%Y-%m-%d}", last=f"{source.last:%Y-%m-%d %H:%M}", n=source.items
        ),
        words.say(
            "source.recent",
            bad=state.unmatched.bad,
            n=state.unmatched.whole,
            low=round(100 * state.unmatched.low),
            line=round(100 * state.unmatched.line),
        ),
        words.say(
            f"source.silence.{silence.state}",
            hours=round(silence.silent_for.total_seconds() / 3600),
            longest=round(silence.longest.total_seconds() / 3600),
            n=silence.pauses,
        ),
    ]
    if source.changed is not None:
        day, by = f"{source.changed:%Y-%m-%d}", whom(source.changed_by or "-")
        lines.append(words.say("source.changed", day=day, by=by, why=plain(source.why or "-")))
    if found.is_enough and not source.acts and source.proof.value != "unverified":
        lines.append(words.say("source.could-be-trusted", name=plain(source.name)))
    return lines


def _alarm_line(alarm: "Alarm") -> str:
    words = speaker()
    facts = {name: plain(value) if isinstance(value, str) else value for name, value in alarm.facts.items()}
    said = words.say(f"source.alarm.{alarm.kind.value}", **facts)
    line = f"{alarm.alarm_id:>5}  {alarm.since:%Y-%m-%d %H:%M} UTC  {plain(alarm.source, 40)}  {said}"
    if alarm.ended is None:
        return line
    by, why = whom(alarm.ended_by or "-"), plain(alarm.why or "-")
    return f"{line}  {words.say('source.alarm.over', day=f'{alarm.ended:%Y-%m-%d}', by=by, why=why)}"
