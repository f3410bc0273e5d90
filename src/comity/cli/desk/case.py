"""``comity case list|show|act|merge|close``: the desk on the command line.

Trust:      labels, subjects and notes hold strangers' words: control characters are made visible, JSON is escaped.
Answers:    a table or ``--json`` lines, worst case first. A case is named by its short name, the first letters of it, or its key.
Limits:     who acts is written down with each act: ``--by``, else the name of the account.
"""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli import days
from comity.cli.configuration import settings
from comity.cli.desk import case_lines
from comity.cli.desk.account import account
from comity.cli.desk.writing import write
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.case_outcome import CaseOutcome
from comity.model.desk import Act, CaseState, DeskCase
from comity.model.outcomes import ComityError, Outcome
from comity.model.playbook import Happening
from comity.services.public import cases as forms
from comity.services.public.pages.actor_words import namesakes_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from comity.services.receive.answering import Answered
    from comity.services.receive.desk import Desk
    from comity.store.records import Records

command = typer.Typer(add_completion=False)

_HEARD = (Happening.REPLY, Happening.BOUNCE, Happening.OUTCOME, Happening.API)  # what no mail told us
_CASE = Annotated[str, typer.Argument(metavar="CASE")]
_NOTE = Annotated[str | None, typer.Option("--note", metavar="TEXT")]
_BY = Annotated[str | None, typer.Option("--by", metavar="NAME")]
_JSON = Annotated[bool, typer.Option("--json")]


@command.callback()
def _group() -> None:
    """One command for each thing that is done at a desk."""


@command.command("list")
def list_cases(
    state: Annotated[list[str] | None, typer.Option("--state", metavar="STATE")] = None,
    *,
    everything: Annotated[bool, typer.Option("--all")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1)] = 50,
    as_json: _JSON = False,
) -> None:
    """Show cases, worst first."""
    from comity.bootstrap.desk import desk_read
    from comity.cases.weighing import in_order

    now = datetime.now(UTC)
    wanted = _states(state, everything=everything)
    with desk_read(settings()) as records:
        found = in_order(records.cases.in_states(wanted), now)
        counts = records.cases.count_by_state()
        unmatched, shunted = records.intake.unmatched(), len(records.intake.shunted())
        letters = records.arrived.in_all()[0]
        overdue = len(records.case_letters.overdue(now))
    if as_json:
        for case, weighed in found:
            print(json.dumps(forms.listed(case, weighed), ensure_ascii=True))
        return
    for line in case_lines.table(found[:limit], now):
        print(line)
    if len(found) > limit:
        put(speaker().say("case.more", n=len(found) - limit))
    for line in case_lines.foot(counts, unmatched, shunted, letters=letters):
        print(line)
    if overdue:
        put(speaker().say("case.foot-overdue", n=overdue))


@command.command("show")
def show(
    case: _CASE,
    limit: Annotated[int, typer.Option("--limit", min=1)] = 20,
    as_json: _JSON = False,
) -> None:
    """Show one case: numbers, what was done, the newest reports."""
    from comity.bootstrap.desk import desk_read
    from comity.cli.desk.course_lines import course_of
    from comity.services.receive.desk import Desk

    now = datetime.now(UTC)
    with desk_read(settings()) as records:
        found = Desk(records, actor="", now=now).find(case)
        whole = forms.whole(records, found, limit, now=now, course=course_of(records, found))
        namesakes = namesakes_in(records.accounts)
    if as_json:
        print(json.dumps(forms.whole_object(whole), ensure_ascii=True))
        return
    for line in case_lines.page(whole, namesakes):
        print(line)


@command.command("act")
def act(  # noqa: PLR0913, PLR0917  # the options of a command line
    case: _CASE,
    what: Annotated[str, typer.Argument(metavar="ACT")],
    until: Annotated[str | None, typer.Option("--until", metavar="DAY")] = None,
    customer: Annotated[str | None, typer.Option("--customer", metavar="NAME")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="ACCOUNT")] = None,
    note: _NOTE = None,
    by: _BY = None,
    as_json: _JSON = False,
) -> None:
    """Take, give, wait, reopen, unmerge, note, assign."""
    from comity.cases.lifecycle import PLAIN_ACTS
    from comity.services.receive.teamwork import GIVE

    if what == Act.ASSIGN.value:
        if not customer:
            raise _usage("case-customer", "--customer")
        name = customer
        _done(lambda desk, _: desk.assign(desk.find(case), name, note=note), by, as_json=as_json)
        return
    if what == GIVE:
        if not to:
            raise _usage("case-to", "--to")
        name = to
        _done(lambda desk, _: desk.give(desk.find(case), name, note=note), by, as_json=as_json)
        return
    if what not in [each.value for each in PLAIN_ACTS]:
        _decide(case, what, note=note, by=by, as_json=as_json)
        return
    if what == Act.NOTE.value and not note:
        raise _usage("case-note", "--note")
    due = days.ahead(until, datetime.now(UTC)) if until else None
    _done(lambda desk, _: desk.act(desk.find(case), Act(what), note=note, due=due), by, as_json=as_json)


@command.command("happened")
def happened(
    case: _CASE,
    what: Annotated[str, typer.Argument(metavar="reply|bounce|outcome|api")],
    word: Annotated[str | None, typer.Option("--word", metavar="WORD")] = None,
    *,
    note: _NOTE = None,
    by: _BY = None,
    as_json: _JSON = False,
) -> None:
    """Tell the playbook what it cannot see: an answer by telephone, an outcome."""
    from comity.bootstrap.playbook import needed_playbook
    from comity.bootstrap.playbook.running import following_of

    if what not in (known := [each.value for each in _HEARD]):
        raise _usage("case-happened", what, known=", ".join(known))
    found = settings()
    needed_playbook(found)
    following = following_of(found)

    def hear(desk: "Desk", records: "Records") -> DeskCase:
        which = desk.find(case)
        said = f"{what} {word}" if word else what
        after = desk.act(which, Act.NOTE, note=f"{said}: {note}" if note else said)
        if following is not None:
            following.happen(records, after, Happening(what), word=word, now=datetime.now(UTC))
        return desk.find(which.case_id)

    _done(hear, by, as_json=as_json)


@command.command("merge")
def merge(
    case: _CASE,
    into: Annotated[str, typer.Argument(metavar="INTO")],
    *,
    note: _NOTE = None,
    by: _BY = None,
    as_json: _JSON = False,
) -> None:
    """Put one case into another."""
    _done(lambda desk, _: desk.merge(desk.find(case), desk.find(into), note=note), by, as_json=as_json)


command.command("write")(write)


@command.command("close")
def close(
    case: _CASE,
    *,
    outcome: Annotated[str | None, typer.Option("--outcome", metavar="WORD")] = None,
    note: _NOTE = None,
    by: _BY = None,
    as_json: _JSON = False,
) -> None:
    """Close a case, and tell the peers that reported what was done."""
    what = None if outcome is None else _outcome(outcome)
    _done(lambda desk, _: desk.act(desk.find(case), Act.CLOSE, note=note), by, as_json=as_json, outcome=what)


def _outcome(word: str) -> CaseOutcome:
    known = [each.value for each in CaseOutcome]
    if word not in known:
        raise _usage("case-outcome", word, known=", ".join(known))
    return CaseOutcome(word)


def _decide(case: str, word: str, *, note: str | None, by: str | None, as_json: bool) -> None:
    """Do what the playbook offers in this case beside the acts of the life cycle."""
    from comity.bootstrap.playbook.running import following_of
    from comity.cases.lifecycle import PLAIN_ACTS

    following = following_of(settings())
    plain_acts = [*(each.value for each in PLAIN_ACTS), Act.ASSIGN.value]

    def decide(desk: "Desk", records: "Records") -> DeskCase:
        found = desk.find(case)
        offered = () if following is None else following.offers(records, found)
        if following is None or word not in offered:
            raise _usage("case-act", word, known=", ".join([*plain_acts, *offered]))
        following.decide(records, found, word, note=note, actor=by or account(), now=datetime.now(UTC))
        return desk.find(found.case_id)

    _done(decide, by, as_json=as_json)


def _done(
    work: "Callable[[Desk, Records], DeskCase]", by: str | None, *, as_json: bool, outcome: CaseOutcome | None = None
) -> None:
    """Do one thing in a transaction of its own, and show the case as it is then."""
    from comity.bootstrap.desk import desk_write
    from comity.bootstrap.playbook.running import desk_of
    from comity.cases.weighing import weigh

    now = datetime.now(UTC)
    with desk_write(settings()) as records:
        after = work(desk_of(settings(), records, actor=by or account(), now=now), records)
        told = None if outcome is None else _tell(records, after, outcome, now=now)
    if as_json:
        answered = {} if told is None else {"told": told.told, "not_told": dict(told.not_told)}
        print(json.dumps(forms.listed(after, weigh(after, now)) | answered, ensure_ascii=True))
    else:
        words = speaker()
        state = words.say(f"case.state.{after.state.value}")
        put(words.say("case.done", case=after.case_id, label=plain(after.label, 40), state=state))
        if told is not None:
            put(words.say("case.told", n=told.told))
            for reason, n in told.not_told.items():
                put(words.say("case.not-told", n=n, why=words.say(f"sending.{reason}")))
            if told.waits:
                put(words.say("outcomes.wait"))


def _tell(records: "Records", case: DeskCase, outcome: CaseOutcome, *, now: datetime) -> "Answered":
    """Answer the reports of a case and of all that went into it."""
    from comity.bootstrap.sending import tells

    return tells(settings())(records, forms.family(records, case), outcome, now=now)


def _states(names: list[str] | None, *, everything: bool) -> list[CaseState]:
    known = [each.value for each in CaseState]
    for name in names or ():
        if name not in known:
            raise _usage("case-state", name, known=", ".join(known))
    if names:
        return [CaseState(name) for name in names]
    at_rest = (CaseState.CLOSED, CaseState.MERGED)
    return [each for each in CaseState if everything or each not in at_rest]


def _usage(code: str, text: str, **details: object) -> ComityError:
    return ComityError(code, f"{code}: {text}", outcome=Outcome.USAGE, details={"text": text, **details})
