"""``comity outbox``: what would leave, or leaves, for whom and why.

Trust:      parties, rules and what other hosts said may be strangers' words: shown through ``plain``. With ``--show`` the bytes
            of a report are shown in words, through ``plain``; with ``--raw`` they are printed as they are stored, on a terminal
            through ``plain`` as well.
Answers:    ``list`` counts, ``preview [PEER]`` shows each mail that has not left, ``--show`` its text. ``sent [PEER]`` shows what
            left and what the other side did about it, ``not-sent`` the complaints that somebody is not told about, and why;
            ``why COMPLAINT|REPORT`` each step of one, its yes or no and the reason.
            ``outcomes [PEER]`` what was found out and not told (``comity.cli.outgoing.outcomes``);
            ``confirm ID...`` lets reports out to networks that did not ask, ``decline ID...`` ends them.
"""

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.configuration import settings
from comity.cli.outgoing.outcomes import outcomes
from comity.cli.outgoing.step_lines import step_line
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put, wrapped
from comity.model.case_outcome import CaseOutcome
from comity.model.decisions import noes_in, step_shown
from comity.model.outcomes import ComityError, Outcome
from comity.model.sending import PASSING, ComplaintState, OutboxState
from comity.services.public.outbox import bytes_of, mail_format, outbox_count, outbox_mail, sent_mail
from comity.services.public.readable import readable

if TYPE_CHECKING:
    from sqlalchemy import Row

command = typer.Typer(add_completion=False, no_args_is_help=True)
command.command("outcomes")(outcomes)

AsJson = Annotated[bool, typer.Option("--json")]
_ENDED = {
    ComplaintState.TAKEN_BACK.value: "complaint.taken-back",
    ComplaintState.RETRACTED.value: "complaint.retracted",
    ComplaintState.SHUNTED.value: "complaint-state.shunted",
}
_WIDTH = 74  # of a text that was decoded: its lines may be whole paragraphs
_NOT_LEFT = (OutboxState.HELD, OutboxState.WAITING)


@command.command("list")
def count(as_json: AsJson = False) -> None:
    """How much there is for each peer, in which state, and why."""
    from comity.bootstrap.desk import desk_read

    words = speaker()
    with desk_read(settings()) as rows:
        counts = rows.sending.counts()
        complaints = rows.sending.complaint_counts()
    if as_json:
        print(json.dumps({"complaints": complaints}))
        for each in counts:
            print(json.dumps(outbox_count(each)))
        return
    for state, n in sorted(complaints.items()):
        put(words.say("outbox.complaints", n=n, state=words.say(f"complaint-state.{state}", n=n)))
    for each in counts:
        put(
            words.say(
                "outbox.count",
                n=each.count,
                party=plain(each.party),
                state=words.say(f"outbox-state.{each.state.value}"),
                why=_in_brackets(each.reason),
            )
        )


@command.command()
def preview(
    peer: Annotated[str | None, typer.Argument(metavar="[PEER]")] = None,
    *,
    most: Annotated[int, typer.Option("--most", min=1, max=10_000)] = 50,
    show: Annotated[bool, typer.Option("--show")] = False,
    raw: Annotated[bool, typer.Option("--raw")] = False,
    as_json: AsJson = False,
) -> None:
    """Every mail that has not left: to whom, why, and by which rule."""
    from comity.bootstrap.desk import desk_read

    with desk_read(settings()) as rows:
        listed = rows.sending.listed(peer, _NOT_LEFT, most)
        waiting = _waiting(rows) if peer is None else 0
    for row in listed:
        if as_json:
            print(json.dumps(outbox_mail(row) | (_shown(bytes_of(row)) if show or raw else {})))
            continue
        put(*_lines(row))
        if raw:
            _print_bytes(bytes_of(row))
        elif show:
            _print_text(bytes_of(row))
    _end(len(listed), most, empty="outbox.empty", as_json=as_json)
    if waiting and not as_json:
        put(speaker().say("outbox.still-waiting", n=waiting))


@command.command()
def sent(
    peer: Annotated[str | None, typer.Argument(metavar="[PEER]")] = None,
    most: Annotated[int, typer.Option("--most", min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Every mail that left: to whom, why, and what was done about it."""
    from comity.bootstrap.desk import desk_read

    with desk_read(settings()) as rows:
        listed = rows.sending.listed(peer, (OutboxState.SENT,), most)
    for row in listed:
        if as_json:
            print(json.dumps(sent_mail(row)))
            continue
        put(*_lines(row))
        if row.outcome is not None:
            put(f"    {_outcome(row.outcome)}")
    _end(len(listed), most, empty="outbox.none-sent", as_json=as_json)


@command.command("not-sent")
def not_sent(
    most: Annotated[int, typer.Option("--most", min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Every complaint that somebody is not told about, and why."""
    from comity.bootstrap.desk import desk_read

    words = speaker()
    with desk_read(settings()) as rows:
        listed, waiting = rows.sending.told_nobody(most), _waiting(rows)
        counts = [each for each in rows.sending.counts() if each.state is OutboxState.HELD]
    held = sum(each.count for each in counts if each.reason not in PASSING)
    by_itself = sum(each.count for each in counts if each.reason in PASSING)
    for row in listed:
        noes = noes_in(row.refusals)
        if as_json:
            found = {"path": row.name, "complaint": row.id, "state": row.state, "refusals": noes}
            print(json.dumps(found | {"arrived": row.arrived.isoformat()}))
            continue
        reasons = [words.say(_ENDED[row.state])] if row.state in _ENDED else []
        aside = row.state == ComplaintState.SHUNTED.value
        reasons += [words.say(f"triage.why.{each['reason']}") if aside else _no(each) for each in noes]
        put(f"{plain(row.name, 120)}: {'; '.join(reasons)}")
    _end(
        len(listed),
        most,
        empty="outbox.none-untold" if waiting or held or by_itself else "outbox.all-told",
        as_json=as_json,
    )
    if as_json:
        return
    if held:
        put(words.say("outbox.still-held", n=held))
    if by_itself:
        put(words.say("outbox.held-for-now", n=by_itself))
    if waiting:
        put(words.say("outbox.still-waiting", n=waiting))


@command.command("why")
def why(name: Annotated[str, typer.Argument(metavar="COMPLAINT|REPORT")], as_json: AsJson = False) -> None:
    """Every question that was asked about one complaint, its answer, and why."""
    from comity.bootstrap.desk import desk_read

    with desk_read(settings()) as rows:
        number = rows.submissions.complaint_of(name)
        found = rows.submissions.complaints_now([] if number is None else [number])
    if not found:
        details = {"text": name}
        raise ComityError("outbox-no-complaint", f"no complaint {name}", outcome=Outcome.UNKNOWN, details=details)
    words, (each,) = speaker(), found
    told = [{"party": party, "state": state, "outcome": did} for party, state, did in each.reports]
    if as_json:
        noes = [{"reason": no.get("reason"), "party": no.get("party")} for no in each.refusals]
        steps = [step_shown(step) for step in each.steps]
        whole = {"complaint": each.complaint_id, "state": each.state, "steps": steps, "refusals": noes, "reports": told}
        print(json.dumps(whole))
        return
    print(words.say("outbox.why", number=each.complaint_id, state=words.say(f"complaint-state.{each.state}", n=1)))
    for step in each.steps:
        line = step_line(step["rule"], held=step["held"], reason=step.get("reason"), about=step.get("about"))
        put(line)
    if each.state == ComplaintState.WAITING.value:
        put(f"    {words.say('outbox.not-decided', due=f'{each.due.astimezone(UTC):%Y-%m-%d %H:%M}')}")
    elif not each.steps:
        put(f"    {words.say('outbox.no-steps')}")
    for one in told:
        print(f"    {plain(one['party'] or '', 80)}: {words.say('outbox-state.' + (one['state'] or ''))}")


@command.command("confirm")
def confirm(
    names: Annotated[list[str], typer.Argument(metavar="ID...")],
    by: Annotated[str, typer.Option("--by", metavar="NAME")] = "operator",
    as_json: AsJson = False,
) -> None:
    """Let these unsolicited reports out."""
    _decide(names, by, leaves=True, as_json=as_json)


@command.command("decline")
def decline(
    names: Annotated[list[str], typer.Argument(metavar="ID...")],
    by: Annotated[str, typer.Option("--by", metavar="NAME")] = "operator",
    as_json: AsJson = False,
) -> None:
    """Say that these unsolicited reports do not leave."""
    _decide(names, by, leaves=False, as_json=as_json)


def _waiting(rows: Any) -> int:
    """Complaints that can still be taken back: nothing is known yet of whom they concern."""
    return int(rows.sending.complaint_counts().get(ComplaintState.WAITING.value, 0))


def _decide(names: list[str], by: str, *, leaves: bool, as_json: bool) -> None:
    from comity.bootstrap.sending import provider_side

    confirming, now = provider_side(settings()).confirming, datetime.now(UTC)
    for name in names:
        act = confirming.confirm if leaves else confirming.decline
        state = act(name, actor=by, now=now)
        if as_json:
            print(json.dumps({"report_id": name, "state": state.value}))
        else:
            put(speaker().say("outbox.decided", name=plain(name), state=speaker().say(f"outbox-state.{state.value}")))


def _in_brackets(reason: str | None) -> str:
    return "" if reason is None else speaker().say("outbox.why-so", why=speaker().say(f"sending.{reason}"))


def _no(refusal: dict[str, str | None]) -> str:
    why = speaker().say(f"no-report.{refusal['reason']}")
    party = refusal.get("party")
    return f"{plain(party, 80)}: {why}" if party else why


def _outcome(word: str) -> str:
    """What the other side says that it did; a word of its own is shown as it stands."""
    known = word in [each.value for each in CaseOutcome]
    return speaker().say(f"outcome.{word}") if known else plain(word, 80)


def _end(listed: int, most: int, *, empty: str, as_json: bool) -> None:
    if not as_json and not listed:
        put(speaker().say(empty))
    if not as_json and listed == most:
        put(speaker().say("outbox.more", n=most))


def _lines(row: "Row[Any]") -> list[str]:
    words = speaker()
    role = "" if row.role is None else words.say(f"role.{row.role}")
    line = words.say(
        "outbox.line",
        party=plain(row.party),
        address=plain(row.address),
        kind=words.say(f"outbox-kind.{row.kind}"),
        state=words.say(f"outbox-state.{row.state}"),
        why=_in_brackets(row.reason),
        role=role,
        rule=plain(row.rule or "", 120),
        tier=row.tier or "",
        format=(mail_format(row) or "").upper(),
    )
    more = [row.name or "", "" if row.last_error is None else plain(row.last_error, 120)]
    return [" ".join(line.split()), *(f"    {each}" for each in more if each)]


def _shown(data: bytes) -> dict[str, object]:
    """The bytes, and what a person reads of them."""
    text = [
        {
            "undone": each.undone,
            "content_type": each.content_type,
            "octets": each.octets,
            "is_cut": each.is_cut,
            "lines": list(each.lines),
        }
        for each in readable(data)
    ]
    return {"data": data.decode("utf-8", "replace"), "text": text}


def _print_text(data: bytes) -> None:
    """What a person reads: what was decoded stands behind a line, under the name of what was undone."""
    say = speaker().say
    for each in readable(data):
        if each.undone is None:
            for line in each.lines:
                put(f"    {plain(line.expandtabs(4))}".rstrip())
        elif each.content_type is None:
            for line in each.lines:
                put(f"    {plain(line.expandtabs(4))}  [{say('outbox.decoded')}]")
        else:
            way = "outbox.left-out" if each.octets else "outbox.decoded-part"
            put(f"    [{say(way, kind=plain(each.content_type, 60), way=each.undone, octets=each.octets)}]")
            for line in each.lines:
                for piece in wrapped(plain(line.expandtabs(4)), _WIDTH):
                    put(f"    | {piece}".rstrip())
        if each.is_cut:
            put(f"    [{say('outbox.cut')}]")


def _print_bytes(data: bytes) -> None:
    if sys.stdout.isatty():
        for line in data.decode("utf-8", "replace").splitlines():
            put(f"    {plain(line)}")
        return
    print(data.decode("utf-8", "replace"))
