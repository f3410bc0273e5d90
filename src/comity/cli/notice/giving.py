"""``comity notice check|send|list``: whether a notice is ours, and giving one out.

Trust:      who calls the help line is a stranger: what is printed for staff says which part may be told.
Answers:    what became of a reference; a notice in the outbox or in the folder of notices. Mail leaves with ``comity serve``.
"""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.desk.account import account
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.notice import Certainty, NoticeKind
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.services.remedy.rows import GivenNotice

AsJson = Annotated[bool, typer.Option("--json")]


def check(reference: Annotated[str, typer.Argument(metavar="REFERENCE")], as_json: AsJson = False) -> Outcome:
    """Say whether a reference is ours, for the help line."""
    from comity.bootstrap.desk import desk_read
    from comity.bootstrap.help import checking_of, packs_of
    from comity.remediation.notice.reference import shown
    from comity.services.remedy.checking import CheckOutcome

    found, words = settings(), speaker()
    packs = packs_of(found)
    checking = checking_of(found, packs)
    with desk_read(found) as records:
        checked = checking.check(records.notices, reference, count=False)
    is_ours = checked.given is not None
    said: dict[str, object] = {"outcome": checked.outcome.value, "reference": checked.reference}
    if checked.given is not None:
        pack = packs.of(checked.given.language)
        pair = checking.words(checked.given.reference, pack.pair_words)
        said |= {**_object(checked.given), "words": str(pair), "second_word": pair.second}
    if as_json:
        print(json.dumps(said, ensure_ascii=False))
        return Outcome.DONE if is_ours else Outcome.UNKNOWN
    put(words.say(f"notice.check.{checked.outcome.value}"))
    if checked.given is not None:
        given = checked.given
        put(
            words.say(
                "notice.check.words", reference=shown(given.reference), words=said["words"], second=said["second_word"]
            )
        )
        put(words.say("notice.check.given", kind=words.say(f"notice.kind.{given.kind.value}"),
                        day=f"{given.given:%Y-%m-%d %H:%M} UTC", case=given.case_id, n=given.checks))  # fmt: skip
    return Outcome.DONE if is_ours or checked.outcome is CheckOutcome.OFTEN else Outcome.UNKNOWN


def send(  # noqa: PLR0913, PLR0917 - the options of a command line
    case: Annotated[str, typer.Argument(metavar="CASE")],
    kind: Annotated[NoticeKind, typer.Option("--kind")] = NoticeKind.MAIL,
    language: Annotated[str | None, typer.Option("--in")] = None,
    certainty: Annotated[Certainty | None, typer.Option("--certainty")] = None,
    family: Annotated[str | None, typer.Option("--family")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="ADDRESS")] = None,
    days: Annotated[int | None, typer.Option("--deadline-days", min=1, max=90)] = None,
    confined: Annotated[bool, typer.Option("--confined")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell the subscriber of a case, as a playbook would."""
    from comity.bootstrap.desk import desk_write
    from comity.bootstrap.help import ladder_of
    from comity.remediation.notice.reference import shown
    from comity.services.receive.desk import Desk
    from comity.services.receive.playbook.informing import by_hand
    from comity.services.remedy.ladder import Wanted

    found, now = settings(), datetime.now(UTC)
    ladder = ladder_of(found)
    wanted = Wanted(
        forms=(kind,), days=days, language=language, certainty=certainty, family=family, mail=to, is_confined=confined
    )  # fmt: skip
    with desk_write(found) as records:
        one = Desk(records, actor="", now=now).find(case)
        reached = by_hand(records, one, wanted, reaches=ladder, actor=account(), now=now)
    given = reached.given
    if given is None:
        raise ComityError(
            f"notice-{reached.reason}",
            f"notice-{reached.reason}: {one.case_id}",
            outcome=Outcome.CONFIGURATION,
            details={"case": one.case_id, "kind": kind.value},
        )
    path = ladder.bring(given, one.label)
    if as_json:
        print(json.dumps({**_object(given.notice), "new": given.is_new, "path": path}, ensure_ascii=False))
        return
    where = speaker().say("notice.in-outbox") if path is None else plain(path)
    said = "notice.given" if given.is_new else "notice.given-before"
    put(speaker().say(said, reference=shown(given.notice.reference), where=where))


def show(case: Annotated[str, typer.Argument(metavar="CASE")], as_json: AsJson = False) -> None:
    """What the subscriber of a case was told, and said."""
    from comity.bootstrap.desk import desk_read
    from comity.remediation.notice.reference import shown
    from comity.services.receive.desk import Desk

    words = speaker()
    with desk_read(settings()) as records:
        one = Desk(records, actor="", now=datetime.now(UTC)).find(case)
        given, said = records.notices.of_case(one.case_id), records.notices.said(one.case_id)
        steps = sorted(records.notices.steps(one.case_id))
    if as_json:
        for each in given:
            print(json.dumps(_object(each), ensure_ascii=False))
        for act in said:
            print(json.dumps({"act": act.act.value, "at": act.at.isoformat()}))
        return
    for each in given:
        kind = words.say(f"notice.kind.{each.kind.value}")
        language = words.called(f"doctor.language.{each.language.replace('_', '-')}", each.language)
        put(f"{each.given:%Y-%m-%d %H:%M} UTC  {shown(each.reference)}  {kind}  {language}")
    for act in said:
        put(f"{act.at:%Y-%m-%d %H:%M} UTC  {words.say(f'notice.act.{act.act.value}')}")
    if steps:
        put(words.say("notice.steps", steps=", ".join(f"{device}/{step}" for device, step in steps)))
    if not given:
        put(words.say("notice.none"))


def _object(given: "GivenNotice") -> dict[str, object]:
    return {
        "reference": given.reference,
        "case": given.case_id,
        "kind": given.kind.value,
        "language": given.language,
        "certainty": given.certainty.value,
        "family": given.family,
        "guide": given.guide,
        "given": given.given.isoformat(),
        "checks": given.checks,
    }
