"""Agreements as lines and as objects of the command line.

Trust:      names and texts of the other side are shown made plain.
Answers:    ``lines_of`` and ``described`` for one version, ``whole`` for its text, ``chosen`` for which one is meant, ``not_taken``
            for a note that was refused.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from comity.accord.agreement import life, wording
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import wrapped
from comity.locale import LANGUAGES, catalogue
from comity.model.agreement_document import AgreementEvent, AgreementPaper
from comity.model.message import Message
from comity.model.outcomes import ComityError, Outcome
from comity.services.prove.agreement.taking import Taken

_SHORT = 16
Papers = Sequence[AgreementPaper]


def lines_of(paper: AgreementPaper, papers: Papers, now: datetime) -> Iterator[str]:
    """One version: where it stands, and what happened to it."""
    say = speaker().say
    state = life.standing(paper, papers, now)
    begins, ends = life.begins_at(paper), life.ends_at(paper)
    yield say(
        "agreement.line",
        peer=plain(paper.peer),
        version=paper.document.version,
        state=say(f"agreement.state.{state.value}"),
        digest=paper.digest[:_SHORT],
    )
    if begins is not None:
        until = say("agreement.open-end") if ends is None else f"{ends:%Y-%m-%d}"
        yield "    " + say("agreement.holds", begins=f"{begins:%Y-%m-%d}", ends=until, n=paper.sent)
    for event in paper.events:
        for line in wrapped(_event(event), 74):
            yield f"    {line}"


def _event(event: AgreementEvent) -> str:
    say = speaker().say
    said = [f"{event.at:%Y-%m-%d %H:%M}", say(f"agreement.act.{event.act.value}"), plain(event.by)]
    if event.effective is not None:
        said.append(say("agreement.effective", day=f"{event.effective:%Y-%m-%d}"))
    if event.reason is not None:
        said.append(say(f"agreement.reason.{event.reason}"))
    if event.text is not None:
        said.append(plain(event.text))
    return "  ".join(said)


def whole(paper: AgreementPaper, papers: Papers, now: datetime, *, both: bool) -> Iterator[str]:
    """The document in words."""
    yield from lines_of(paper, papers, now)
    sections = wording.sections(paper.document, paper.digest)
    mine = speaker()
    words = [mine, *(catalogue(each) for each in LANGUAGES if each != mine.language)] if both else [mine]
    for each in words:
        for line in wording.text(sections, each.tell, wrapped):
            yield plain(line)


def described(paper: AgreementPaper, papers: Papers, now: datetime) -> dict[str, object]:
    """One version as an object."""
    begins, ends = life.begins_at(paper), life.ends_at(paper)
    return {
        "peer": paper.peer,
        "version": paper.document.version,
        "state": life.standing(paper, papers, now).value,
        "sha256": paper.digest,
        "previous": paper.document.previous,
        "proposed_by": paper.document.proposed_by,
        "answer_by": life.moment(paper.document.answer_by).isoformat(),
        "begins": begins and begins.isoformat(),
        "ends": ends and ends.isoformat(),
        "sent": paper.sent,
        "signed_by": sorted({line.split(" ")[1] for line in paper.note.rpartition("\n\n")[2].splitlines()}),
        "events": [
            {
                "act": each.act.value,
                "at": each.at.isoformat(),
                "by": each.by,
                "reason": each.reason,
                "text": each.text,
                "effective": each.effective and each.effective.isoformat(),
            }
            for each in paper.events
        ],
    }


def chosen(papers: Papers, peer: str, *, digest: str | None, at: datetime, is_asked: bool) -> AgreementPaper:
    """The version that is meant: by its hash, at a moment, or the one that matters most now."""
    if digest is not None:
        found = [each for each in papers if each.digest.startswith(digest)]
    else:
        held = life.in_force(papers, at)
        found = [held] if held is not None else []
        if not found and not is_asked:
            found = list(papers[-1:])
    if len(found) != 1:
        code = "agreement-none-then" if is_asked else "agreement-none-shown"
        raise ComityError(code, code, outcome=Outcome.BAD_INPUT, place=peer, details={"peer": peer})
    return found[0]


def not_taken(taken: Taken, file: str) -> ComityError:
    """The error of a note that was refused."""
    fault = taken.fault
    reason: object = Message(f"agreement.refused.{taken.refused}", {"peer": plain(taken.peer)})
    if fault is not None:
        wants: object = ""
        if fault.wants is not None:
            wants = Message(
                f"agreement.wants.{fault.wants.name}", {"least": fault.wants.least, "most": fault.wants.most}
            )
        reason = Message(
            "agreement.fault-at",
            {"fault": Message(f"agreement.fault.{fault.code}"), "where": plain(fault.where, 120), "wants": wants},
        )
    return ComityError(
        "agreement-not-taken",
        f"{taken.refused} {taken.where or ''}",
        outcome=Outcome.BAD_INPUT,
        place=file,
        details={"reason": reason, "code": taken.refused, "where": plain(taken.where or "-", 120)},
    )
