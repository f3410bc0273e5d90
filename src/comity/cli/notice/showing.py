"""``comity notice preview`` and ``comity notice lint``: what a notice would look like, and what is wrong with its words.

Answers:    a file for each kind, language and certainty, the pages that the subscriber sees, and one that shows them all; one line
            for each fault.
"""

import json
from html import escape
from pathlib import Path
from typing import Annotated

import typer

from comity.cli.configuration import settings
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.notice import Certainty, NoticeKind
from comity.model.outcomes import Outcome


def preview(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    family: Annotated[str, typer.Option("--family")] = "mirai",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Write every notice there is, filled with a sample."""
    from comity.bootstrap.help import packs_of, sample_of, style
    from comity.cli.notice.previewing import sample_pages
    from comity.remediation.notice.rendering import render

    found = settings()
    packs, css = packs_of(found, lint=False), style()
    written = []
    for pack in packs.languages.values():
        for kind in NoticeKind:
            for certainty in Certainty:
                facts = sample_of(found, packs, pack, kind=kind, certainty=certainty, family=packs.family_of(family))
                rendered = render(kind, facts, pack.language, packs=packs, style=css)
                path = folder / pack.language / f"{kind.value}-{certainty.value}.txt"
                path.parent.mkdir(parents=True, exist_ok=True)
                subject = f"{rendered.subject}\n\n" if rendered.subject else ""
                path.write_text(f"{subject}{rendered.text.rstrip()}\n", encoding="utf-8")
                if rendered.html is not None:
                    path = path.with_suffix(".html")
                    path.write_text(rendered.html, encoding="utf-8")
                written.append(path)
        for name, text in sample_pages(found, packs, pack, family=packs.family_of(family)).items():
            path = folder / pack.language / name
            path.write_text(text, encoding="utf-8")
            written.append(path)
    index = folder / "index.html"
    index.write_text(_index([each.relative_to(folder) for each in written]), encoding="utf-8")
    if as_json:
        for path in written:
            print(json.dumps({"path": str(path)}, ensure_ascii=False))
        return
    put(speaker().say("notice.previewed", n=len(written), path=plain(str(index))))


def lint(as_json: Annotated[bool, typer.Option("--json")] = False) -> Outcome:
    """Look for what would make a notice look like a trick."""
    from comity.bootstrap.help import faults_of, packs_of

    found, words = settings(), speaker()
    packs = packs_of(found, lint=False)
    faults = list(faults_of(found, packs))
    for fault in faults:
        if as_json:
            said = {"rule": fault.rule, "place": fault.place, "found": fault.found, "advice": fault.is_advice}
            print(json.dumps(said, ensure_ascii=False))
        else:
            put(f"{plain(fault.place)}: {words.say(f'lint.{fault.rule}', found=plain(fault.found, 60))}")
    wrong = sum(not each.is_advice for each in faults)
    if not as_json:
        templates = sum(len(pack.templates) for pack in packs.languages.values())
        put(words.say("notice.linted", n=wrong, advice=len(faults) - wrong, templates=templates))
    return Outcome.BAD_INPUT if wrong else Outcome.DONE


def _index(paths: list[Path]) -> str:
    words = speaker()
    title = escape(words.say("notice.preview-title"))
    items = "".join(f'<li><a href="{escape(str(each))}">{escape(str(each))}</a></li>' for each in paths)
    return (
        f'<!DOCTYPE html><html lang="{words.html_language}"><meta charset="utf-8"><title>{title}</title>'
        f"<h1>{title}</h1><ul>{items}</ul></html>\n"
    )
