"""``comity practices``: voluntary practices, what is claimed of them, and what is measured.

Trust:      the catalogue is ours; claims and lists are the operator's, or the other side's through him: shown made plain.
Answers:    lines, or ``--json`` objects, in the reader's language; the JSON has both languages.
Limits:     none of the themes claims to be one of the 46 of the joint report of 2011, whose text was not at hand.
"""

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.prove import guidance
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.outcomes import ComityError, Outcome
from comity.model.practice import Standing

if TYPE_CHECKING:
    from comity.model.guidance import KeptVersion
    from comity.model.practice import Claim, Listed, Measured, Practice
    from comity.store.records import Records

command = typer.Typer(add_completion=False, no_args_is_help=True)
command.add_typer(guidance.command, name="guidance")

AsJson = Annotated[bool, typer.Option("--json")]


def _store(*, writes: bool = False) -> "AbstractContextManager[Records]":
    from comity.bootstrap.desk import desk_read, desk_write

    return (desk_write if writes else desk_read)(settings())


@command.command("list")
def show_all(
    addressee: Annotated[str | None, typer.Option("--addressee", metavar="WHO")] = None, as_json: AsJson = False
) -> None:
    """Every theme, with the newest claims beside what is measured."""
    from comity.accord.practices import ADDRESSEES
    from comity.bootstrap.trust.guidance import catalogue

    if addressee is not None and addressee not in ADDRESSEES:
        known = ", ".join(ADDRESSEES)
        raise ComityError("practice-addressee", known, outcome=Outcome.USAGE, place=addressee, details={"known": known})
    claims, listed, figures, versions = _known()
    for practice in catalogue().values():
        if addressee is not None and addressee not in practice.addressees:
            continue
        figure = figures.get(practice.measure or "")
        if as_json:
            print(json.dumps(_object(practice, claims, listed, versions) | {"measured": _figure(figure)}))
            continue
        say = speaker().say
        title = practice.title[_language()]
        claimed = ", ".join(
            f"{plain(each.network)} {say(f'practice.standing.{each.standing.value}')}"
            for each in claims
            if each.practice_id == practice.practice_id
        )
        measured = "" if figure is None else _measured(figure)
        put(
            say("practice.line", id=practice.practice_id, title=title, mode=say(f"practice.mode.{practice.mode.value}"))
        )
        if claimed or measured:
            put(f"    {' · '.join(each for each in (claimed, measured) if each)}")


@command.command("show")
def show(practice: Annotated[str, typer.Argument(metavar="ID")], as_json: AsJson = False) -> None:
    """One theme, with its text, its provenance, and all that is claimed of it."""
    found = _practice(practice)
    claims, listed, figures, versions = _known()
    figure = figures.get(found.measure or "")
    if as_json:
        print(json.dumps(_object(found, claims, listed, versions) | {"measured": _figure(figure)}))
        return
    say, language = speaker().say, _language()
    put(f"{found.practice_id}  {found.title[language]}")
    put(f"    {found.text[language]}")
    for name in found.addressees:
        put(f"    {say(f'practice.for.{name}')}")
    put(f"    {say(f'practice.provenance.{found.provenance.value}', source=plain(found.source))}")
    put(f"    {say(f'practice.mode.{found.mode.value}')}")
    if figure is not None:
        put(f"    {_measured(figure)}")
    for each in claims:
        if each.practice_id == found.practice_id:
            put(f"    {_claimed(each, versions)}")
    for entry in listed:
        if entry.practice_id == found.practice_id:
            put(f"    {say('practice.listed', source=plain(entry.source), number=plain(entry.number))}")


def _measured(figure: "Measured") -> str:
    """A figure with what it is a figure of; where there was nothing to count, that it was so."""
    say = speaker().say
    name = say(f"practice.measure.{figure.name}")
    if not figure.whole:
        return say("practice.figure.none", name=name)
    return f"{say('practice.figure', part=figure.part, whole=figure.whole)} ({name})"


@command.command("claim")
def claim(  # noqa: PLR0913, PLR0917 - the options of a command line
    practice: Annotated[str, typer.Argument(metavar="ID")],
    standing: Annotated[Standing, typer.Option("--standing")],
    evidence: Annotated[str, typer.Option("--evidence", metavar="TEXT")],
    network: Annotated[str | None, typer.Option("--network", metavar="DOMAIN")] = None,
    reviewer: Annotated[str | None, typer.Option("--reviewer", metavar="NAME")] = None,
    ask: Annotated[str | None, typer.Option("--ask", metavar="PEER")] = None,
    evidence_zh: Annotated[str | None, typer.Option("--evidence-zh", metavar="TEXT")] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME")] = None,
    as_json: AsJson = False,
) -> None:
    """Write down what a network says of a practice, with its evidence; and ask somebody of the other side to look at it."""
    from comity.model.practice import Claim

    known = _practice(practice)
    if ask is not None and (evidence_zh is None or by is None or reviewer is not None or network is not None):
        raise ComityError("practice-ask", practice, outcome=Outcome.USAGE, place=practice)
    made = Claim(
        practice_id=known.practice_id,
        network=network or settings().identity.domain or "-",
        standing=standing,
        evidence=evidence,
        reviewer=reviewer,
        at=datetime.now(UTC),
    )
    with _store(writes=True) as records:
        records.practices.claim(made)
        if ask is not None:
            _put(records, known, made, evidence_zh or "", peer=ask.lower(), by=by or "")
        versions = records.guidance.all()
    print(json.dumps(_claim_object(made, versions)) if as_json else _claimed(made, versions))


def _put(records: "Records", known: "Practice", made: "Claim", evidence_zh: str, *, peer: str, by: str) -> None:  # noqa: PLR0917
    """Put our claim before a peer: a person of theirs signs it, or says what is wrong with it."""
    from comity.accord.practices import title_of
    from comity.bootstrap.trust.guidance import guidance_desk
    from comity.locale import catalogue as words
    from comity.services.prove.guidance import Draft

    standing = words("zh").say(f"practice.standing.{made.standing.value}")
    title = {"en": title_of(known.practice_id, made.standing), "zh": f"{known.title['zh']}：{standing}"}
    text = {"en": made.evidence, "zh": evidence_zh}
    desk = guidance_desk(settings(), records, actor=by, now=made.at)
    desk.propose(peer, Draft(title=title, text=text, practices=(known.practice_id,)))


@command.command("measure")
def measure(as_json: AsJson = False) -> None:
    """Every figure that can be measured here."""
    for figure in _figures().values():
        if as_json:
            print(json.dumps({"measure": figure.name, "part": figure.part, "whole": figure.whole}))
        else:
            put(f"{figure.name:<22}{_measured(figure)}")


@command.command("import")
def take_list(
    path: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)],
    source: Annotated[str, typer.Option("--source", metavar="NAME")],
    as_json: AsJson = False,
) -> None:
    """Take an official list in: a CSV with number, text, text_zh and the theme that an entry is about."""
    from comity.accord.practices import listed_of
    from comity.bootstrap.trust.guidance import catalogue

    text = path.read_bytes().decode("utf-8-sig", "replace")
    found, mistakes = listed_of(text, source, catalogue().keys())
    if mistakes:
        line, code = mistakes[0]
        reason = speaker().say(f"practice.mistake.{code}")
        raise ComityError(
            "practice-list",
            reason,
            outcome=Outcome.BAD_INPUT,
            place=f"{path}:{line}",
            details={"reason": reason, "n": len(mistakes)},
        )
    with _store(writes=True) as records:
        records.practices.take_list(source, found)
    told = {
        "source": source,
        "entries": len(found),
        "about_themes": sum(each.practice_id is not None for each in found),
    }
    print(json.dumps(told) if as_json else speaker().say("practice.imported", n=len(found), source=plain(source)))


def _practice(text: str) -> "Practice":
    from comity.bootstrap.trust.guidance import catalogue

    found = catalogue().get(text)
    if found is None:
        import difflib

        near = ", ".join(difflib.get_close_matches(text, catalogue(), n=3))
        raise ComityError(
            "practice-unknown",
            text,
            outcome=Outcome.USAGE,
            place=text,
            details={"near": near or "comity practices list"},
        )
    return found


def _known() -> "tuple[list[Claim], list[Listed], Mapping[str, Measured], list[KeptVersion]]":
    """The newest claim of each network on each practice, entries of lists, figures, and what was signed.

    What a network signed itself goes before what was typed here in its name.
    """
    from comity.accord.practices import claimed_in

    newest: dict[tuple[str, str], Claim] = {}
    with _store() as records:
        versions = records.guidance.all()
        for each in (*claimed_in(versions, ours=settings().identity.domain or ""), *records.practices.claims()):
            newest.setdefault((each.practice_id, each.network), each)
        listed = list(records.practices.listed())
    return list(newest.values()), listed, _figures(), versions


def _figures() -> "Mapping[str, Measured]":
    from comity.bootstrap.proving import agreements_of
    from comity.services.prove.practices import measure as measured

    agreements = agreements_of(settings())
    with _store() as records:
        return measured(records, agreements, settings().identity.domain or "", now=datetime.now(UTC))


def _language() -> str:
    return "zh" if speaker().language.startswith("zh") else "en"


def _claimed(made: "Claim", versions: "list[KeptVersion]") -> str:
    from comity.accord.practices import reviewed

    say, review = speaker().say, reviewed(made, versions)
    told = say(
        "practice.claimed",
        day=f"{made.at:%Y-%m-%d}",
        network=plain(made.network),
        standing=say(f"practice.standing.{made.standing.value}"),
        evidence=plain(made.evidence, 200),
    )
    if review is not None:
        facts = {"name": plain(review.by or ""), "network": plain(review.network), "guidance": review.guidance_id}
        what = "practice.waits" if review.at is None else "practice.signed"
        return told + say(what, day="" if review.at is None else f"{review.at:%Y-%m-%d}", **facts)
    return told if made.reviewer is None else told + say("practice.reviewed", name=plain(made.reviewer))


def _figure(figure: "Measured | None") -> dict[str, int] | None:
    return None if figure is None else {"part": figure.part, "whole": figure.whole}


def _claim_object(made: "Claim", versions: "list[KeptVersion]") -> dict[str, object]:
    from comity.accord.practices import reviewed

    review = reviewed(made, versions)
    return {
        "practice": made.practice_id,
        "network": made.network,
        "standing": made.standing.value,
        "evidence": made.evidence,
        "reviewer": made.reviewer,
        "at": made.at.isoformat(),
        "signed_by": None
        if review is None
        else {
            "network": review.network,
            "name": review.by,
            "at": None if review.at is None else review.at.isoformat(),
            "guidance": review.guidance_id,
        },
    }


def _object(  # noqa: PLR0917
    practice: "Practice", claims: "list[Claim]", listed: "list[Listed]", versions: "list[KeptVersion]"
) -> dict[str, object]:
    return {
        "id": practice.practice_id,
        "area": practice.area,
        "addressees": list(practice.addressees),
        "provenance": practice.provenance.value,
        "source": practice.source,
        "mode": practice.mode.value,
        "measure": practice.measure,
        "title": dict(practice.title),
        "text": dict(practice.text),
        "claimed": [_claim_object(each, versions) for each in claims if each.practice_id == practice.practice_id],
        "listed": [
            {"source": each.source, "number": each.number, "text": each.text, "text_zh": each.text_zh}
            for each in listed
            if each.practice_id == practice.practice_id
        ],
    }
