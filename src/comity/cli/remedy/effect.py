"""``comity effect show|answers|close|group``: whether telling subscribers helped, and whose case silence ends.

Trust:      names of sources and families are strangers' words and pass ``plain``.
Answers:    every share with the interval of what could be chance, or ``--json``: one object.
Limits:     notices sent are no effect. A group of fewer than ``FEWEST`` lines is counted and not drawn.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli import days
from comity.cli.configuration import settings
from comity.cli.desk.account import account
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put

if TYPE_CHECKING:
    from comity.formats.intervals import Share
    from comity.services.remedy.effect.closing import Silent
    from comity.services.remedy.effect.measuring import Effect, Group, Point, SourceFigures

command = typer.Typer(add_completion=False, no_args_is_help=True)

FEWEST = 5
_AsJson = Annotated[bool, typer.Option("--json")]


@command.callback()
def _group() -> None:
    """Whether it helped."""


@command.command()
def show(
    period: Annotated[str | None, typer.Option("--period", metavar="PERIOD")] = None,
    *,
    as_json: _AsJson = False,
) -> None:
    """Show what helped."""
    from comity.bootstrap.desk import desk_write
    from comity.bootstrap.remedy.effect import measured
    from comity.services.public.effect import effect_object
    from comity.services.remedy.effect.learning import learn

    stretch = None if period is None else days.period(period)
    now = datetime.now(UTC)
    with desk_write(settings()) as records:
        learn(records.effects, now)
        found = measured(settings(), records, now=now, period=stretch)
    if as_json:
        print(json.dumps(effect_object(found), ensure_ascii=True))
        return
    for line in _lines(found):
        print(line)


@command.command()
def answers(
    period: Annotated[str | None, typer.Option("--period", metavar="PERIOD")] = None,
    *,
    as_json: _AsJson = False,
) -> None:
    """Show what readers answered."""
    from comity.bootstrap.desk import desk_read
    from comity.bootstrap.remedy.effect import answered
    from comity.services.public.effect import answers_object

    stretch = None if period is None else days.period(period)
    with desk_read(settings()) as records:
        found, texts = answered(settings(), records, period=stretch)
    if as_json:
        for each in answers_object(found):
            print(json.dumps(each, ensure_ascii=True))
        return
    say = speaker().say
    for one in found:
        put(texts[speaker().language].get(one.question, one.question))
        for name, phase in (("before", one.before), ("after", one.after)):
            share = phase.share
            if share is None:
                put("  " + say(f"effect.answers.{name}-none"))
            else:
                put("  " + say(f"effect.answers.{name}", share=_percent(share), n=phase.whole))
    put(say("effect.answers.limit"))


@command.command()
def close(
    *,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME")] = None,
    as_json: _AsJson = False,
) -> None:
    """Close what is silent."""
    from comity.bootstrap.desk import desk_write
    from comity.bootstrap.remedy.effect import close_silent_cases

    now = datetime.now(UTC)
    with desk_write(settings()) as records:
        closed = close_silent_cases(settings(), records, now=now, actor=by or account())
    for each in closed:
        print(json.dumps(_closed_object(each)) if as_json else _closed_line(each))
    if not as_json:
        put(speaker().say("effect.closed", n=len(closed)))


@command.command("group")
def group(case: Annotated[str, typer.Argument(metavar="CASE")], *, as_json: _AsJson = False) -> None:
    """Say which way a case goes."""
    from comity.bootstrap.desk import desk_read
    from comity.bootstrap.remedy.effect import way_of_case

    with desk_read(settings()) as records:
        found, way = way_of_case(settings(), records, case)
    word = None if way is None else way.value
    if as_json:
        print(json.dumps({"case": found.case_id, "comparison": settings().effect.comparison, "way": word}))
    else:
        put(speaker().say(f"effect.way.{word or 'none'}", case=found.case_id))


def _lines(found: "Effect") -> Iterator[str]:
    say = speaker().say
    yield say("effect.found", found=found.found, clean=found.clean, waiting=found.waiting, blind=found.blind)
    if found.share is not None:
        yield say("effect.share", share=_percent(found.share))
    if not found.found:
        return
    yield ""
    yield say("effect.head.sources")
    for source in found.sources:
        yield _source(source)
    for head, groups in (("channels", found.channels), ("families", found.families)):
        yield ""
        yield say(f"effect.head.{head}")
        yield from _groups(groups, is_channel=head == "channels")
    yield ""
    if found.relapse is None:
        yield say("effect.relapse-none")
    else:
        yield say("effect.relapse", share=_percent(found.relapse), part=found.relapses, whole=found.relapse_of)
    difference = found.comparison
    if difference is None:
        yield say("effect.comparison-none")
    elif difference.share is None or difference.low is None or difference.high is None:
        yield say("effect.comparison-early", usual=difference.usual, new=difference.new)
    else:
        share, low, high = (f"{100 * each:+.0f}" for each in (difference.share, difference.low, difference.high))
        yield say("effect.comparison", share=share, low=low, high=high, usual=difference.usual, new=difference.new)


def _source(each: "SourceFigures") -> str:
    say = speaker().say
    seen = say("effect.seen", share=f"{100 * each.seen / each.days:.0f}") if each.days else say("effect.seen-unknown")
    needed = say("effect.needed-none") if each.needed is None else say("effect.needed", n=each.needed)
    wrong = "" if each.wrong is None else "  " + say("effect.wrong", share=_percent(each.wrong))
    head = f"  {plain(each.source, 24):<24} {seen}"
    pause = each.pause
    late = "" if pause is None else f"\n  {'':<24} {say('effect.pause', days=pause[0], longest=pause[1])}"
    head += f", {needed}" if each.days else ""
    return f"{head}{late}\n  {'':<24} {say('effect.weight', weight=f'{each.weight:.2f}')}{wrong}"


def _groups(groups: "Sequence[Group]", *, is_channel: bool) -> Iterator[str]:
    say, few = speaker().say, 0
    for each in groups:
        if each.lines < FEWEST:
            few += each.lines
            continue
        name = say(f"effect.channel.{each.name}") if is_channel else plain(each.name, 24)
        yield f"  {name}  ({say('effect.lines', n=each.lines)})"
        yield from (f"    {_point(point)}" for point in each.points)
    if few:
        yield "  " + say("effect.few", n=few)
    if not groups:
        yield "  " + say("effect.too-early")


def _point(each: "Point") -> str:
    bar = "█" * round(20 * each.infected)
    bounds = "" if each.low is None or each.high is None else f" ({100 * each.low:.0f}-{100 * each.high:.0f} %)"
    head = speaker().say("effect.day", day=each.day)
    return f"{head}  {bar:░<20} {100 * each.infected:3.0f} %{bounds}"


def _percent(share: "Share") -> str:
    return f"{share.per_mille / 10:.0f} % ({share.low / 10:.0f}-{share.high / 10:.0f} %)"


def _closed_line(each: "Silent") -> str:
    return f"  {each.case.case_id}  {plain(each.case.label, 40)}  " + speaker().say(
        f"effect.silent.{each.silence.basis.value}", days=each.silence.days, needed=each.silence.needed
    )


def _closed_object(each: "Silent") -> dict[str, object]:
    silence = each.silence
    return {
        "case": each.case.case_id,
        "silent_days": silence.days,
        "needed": silence.needed,
        "basis": silence.basis.value,
        "doubt": round(silence.doubt, 4),
    }
