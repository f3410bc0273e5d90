"""``comity practices guidance``: write guidance together with one other network, in both languages, until both sign it.

Trust:      the other party's words are shown made plain. What is signed is the text as it stands, in both languages.
Answers:    lines of at most 80 columns, or ``--json`` objects. The note of an agreed version convinces a stranger with two keys.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.prove.signals import exchanging
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import wrapped
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.model.guidance import GuidanceComment, KeptVersion
    from comity.services.prove.guidance import Draft, GuidanceDesk
    from comity.store.records import Records

command = typer.Typer(add_completion=False, no_args_is_help=True)
command.command("give")(exchanging.give)
command.command("write")(exchanging.write)
command.command("take")(exchanging.take)

AsJson = Annotated[bool, typer.Option("--json")]
By = Annotated[str, typer.Option("--by", metavar="NAME")]
Guidance = Annotated[str, typer.Argument(metavar="GUIDANCE")]
Title = Annotated[str, typer.Option("--title", metavar="TEXT")]
TitleZh = Annotated[str, typer.Option("--title-zh", metavar="TEXT")]
NewTitle = Annotated[str | None, typer.Option("--title", metavar="TEXT")]
NewTitleZh = Annotated[str | None, typer.Option("--title-zh", metavar="TEXT")]
Words = Annotated[Path, typer.Option("--file", metavar="FILE", exists=True, dir_okay=False)]
WordsZh = Annotated[Path, typer.Option("--file-zh", metavar="FILE", exists=True, dir_okay=False)]
Themes = Annotated[list[str] | None, typer.Option("--practice", metavar="ID")]
_FEWEST, _LIMIT, _WIDTH = 5, 1 << 17, 76


@contextmanager
def _desk(actor: str, now: datetime) -> "Iterator[tuple[Records, GuidanceDesk]]":
    from comity.bootstrap.desk import desk_write
    from comity.bootstrap.trust.guidance import guidance_desk

    with desk_write(settings()) as records:
        yield records, guidance_desk(settings(), records, actor=actor, now=now)


@command.command("propose")
def propose(  # noqa: PLR0913, PLR0917 - the options of a command line
    peer: Annotated[str, typer.Argument(metavar="PEER")],
    title: Title,
    title_zh: TitleZh,
    file: Words,
    file_zh: WordsZh,
    by: By,
    practice: Themes = None,
    as_json: AsJson = False,
) -> None:
    """Put a first version before a peer."""
    with _desk(by, datetime.now(UTC)) as (_, desk):
        kept = desk.propose(peer.lower(), _draft((title, title_zh), (file, file_zh), practice))
    _tell(kept, [], as_json=as_json)


@command.command("revise")
def revise(  # noqa: PLR0913, PLR0917 - the options of a command line
    guidance: Guidance,
    file: Words,
    file_zh: WordsZh,
    by: By,
    title: NewTitle = None,
    title_zh: NewTitleZh = None,
    practice: Themes = None,
    as_json: AsJson = False,
) -> None:
    """Write the next version; title and themes are those of the one before where none are given."""
    with _desk(by, datetime.now(UTC)) as (records, desk):
        name = _one(records, guidance)
        before = desk.newest(name).said
        titles = (title or before.title["en"], title_zh or before.title["zh"])
        themes = list(before.practices) if practice is None else practice
        kept = desk.revise(name, _draft(titles, (file, file_zh), themes))
    _tell(kept, [], as_json=as_json)


@command.command("comment")
def comment(  # noqa: PLR0917 - the options of a command line
    guidance: Guidance,
    text: Annotated[str, typer.Option("--text", metavar="TEXT")],
    text_zh: Annotated[str, typer.Option("--text-zh", metavar="TEXT")],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Say something to the newest version, in both languages."""
    with _desk(by, datetime.now(UTC)) as (records, desk):
        said = desk.comment(_one(records, guidance), {"en": text, "zh": text_zh})
    if as_json:
        print(json.dumps(_comment_object(said)))
    else:
        _comment(said)


@command.command("agree")
def agree(guidance: Guidance, by: By, as_json: AsJson = False) -> None:
    """Sign the newest version: it is agreed."""
    with _desk(by, datetime.now(UTC)) as (records, desk):
        kept = desk.agree(_one(records, guidance))
    _tell(kept, [], as_json=as_json)


@command.command("list")
def show_all(as_json: AsJson = False) -> None:
    """Every guidance: its newest version, and the newest that is agreed."""
    from comity.bootstrap.desk import desk_read

    with desk_read(settings()) as records:
        found: dict[str, list[KeptVersion]] = {}
        for each in records.guidance.all():
            found.setdefault(each.said.guidance_id, []).append(each)
    for versions in found.values():
        agreed = [each.said.version for each in versions if each.agreed is not None]
        if as_json:
            print(json.dumps(_object(versions[-1]) | {"agreed_version": max(agreed, default=None)}))
        else:
            _head(versions[-1], max(agreed, default=None))
    if not found and not as_json:
        print(speaker().say("guidance.none"))


@command.command("show")
def show(  # noqa: PLR0917 - the options of a command line
    guidance: Guidance,
    version: Annotated[int | None, typer.Option("--version", min=1)] = None,
    note: Annotated[bool, typer.Option("--note")] = False,
    as_json: AsJson = False,
) -> None:
    """One version with what was said to it; or its note, with the signatures under it."""
    from comity.bootstrap.desk import desk_read

    with desk_read(settings()) as records:
        name = _one(records, guidance)
        versions = records.guidance.versions(name)
        comments = [said for said, _ in records.guidance.comments(name)]
    wanted = len(versions) if version is None else version
    if wanted > len(versions):
        raise _wrong("guidance-unknown", guidance)
    kept = versions[wanted - 1]
    if note:
        print(kept.note, end="")
        return
    _tell(kept, [each for each in comments if each.version == wanted], as_json=as_json)


def _draft(titles: tuple[str, str], files: tuple[Path, Path], themes: list[str] | None) -> "Draft":
    from comity.bootstrap.trust.guidance import catalogue
    from comity.services.prove.guidance import Draft

    known = catalogue()
    for each in themes or ():
        if each not in known:
            raise ComityError(
                "practice-unknown", each, outcome=Outcome.USAGE, place=each, details={"near": "comity practices list"}
            )
    english, chinese = (each.read_bytes()[:_LIMIT].decode("utf-8-sig", "replace").strip() for each in files)
    return Draft(
        title={"en": titles[0], "zh": titles[1]},
        text={"en": english.replace("\r\n", "\n"), "zh": chinese.replace("\r\n", "\n")},
        practices=tuple(dict.fromkeys(themes or ())),
    )


def _one(records: "Records", typed: str) -> str:
    text = typed.strip().upper()
    found = records.guidance.beginning_with(text) if len(text) >= _FEWEST else []
    if len(found) != 1:
        raise _wrong("guidance-unknown", typed)
    return found[0]


def _wrong(code: str, place: str) -> ComityError:
    return ComityError(code, code, outcome=Outcome.USAGE, place=place)


def _language() -> str:
    return "zh" if speaker().language.startswith("zh") else "en"


def _tell(kept: "KeptVersion", comments: "list[GuidanceComment]", *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_object(kept) | {"note": kept.note, "comments": [_comment_object(each) for each in comments]}))
        return
    _head(kept, kept.said.version if kept.agreed is not None else None)
    for line in kept.said.text[_language()].split("\n"):
        for part in wrapped(plain(line), _WIDTH):
            print(f"    {part}".rstrip())
    for each in comments:
        _comment(each)


def _head(kept: "KeptVersion", agreed: int | None) -> None:
    say, said = speaker().say, kept.said
    print(say("guidance.line", id=said.guidance_id, version=said.version, parties=" ".join(map(plain, said.parties))))
    lines = [
        plain(said.title[_language()], 200),
        say("guidance.by", issuer=plain(said.issuer), by=plain(said.by), day=f"{said.made:%Y-%m-%d}"),
        say("guidance.open") if agreed is None else say("guidance.agreed", version=agreed),
    ]
    if said.practices:
        lines.append(say("guidance.about", practices=", ".join(map(plain, said.practices))))
    for line in lines:
        for part in wrapped(line, _WIDTH):
            print(f"    {part}")


def _comment(said: "GuidanceComment") -> None:
    print(
        speaker().say(
            "guidance.comment",
            issuer=plain(said.issuer),
            by=plain(said.by),
            day=f"{said.made:%Y-%m-%d}",
            version=said.version,
        )
    )
    for line in said.text[_language()].split("\n"):
        for part in wrapped(plain(line), _WIDTH):
            print(f"    {part}".rstrip())


def _object(kept: "KeptVersion") -> dict[str, object]:
    said = kept.said
    return {
        "guidance": said.guidance_id,
        "version": said.version,
        "issuer": said.issuer,
        "parties": list(said.parties),
        "title": dict(said.title),
        "text": dict(said.text),
        "practices": list(said.practices),
        "by": said.by,
        "made": said.made.isoformat(),
        "agreed": kept.agreed and kept.agreed.isoformat(),
        "agreed_by": kept.agreed_by,
    }


def _comment_object(said: "GuidanceComment") -> dict[str, object]:
    return {
        "comment": said.comment_id,
        "guidance": said.guidance_id,
        "version": said.version,
        "issuer": said.issuer,
        "text": dict(said.text),
        "by": said.by,
        "made": said.made.isoformat(),
    }
