"""``comity search find|index``: find what is there by a few words; keep the index that makes it quick.

Trust:      what is found holds strangers' words: control characters are made visible, JSON is escaped.
Answers:    a line for each thing that was found, or one JSON object; how far the index is.
Limits:     whoever has this command has the store: nothing is hidden from him.
"""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from comity.cli.configuration import settings
from comity.cli.progress import progress
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.model.account import Permit
from comity.model.outcomes import Outcome
from comity.model.searched import Group, Hit, Sort
from comity.services.public.times import instant

if TYPE_CHECKING:
    from comity.store.engine import Store

command = typer.Typer(add_completion=False, no_args_is_help=True)

_JSON = Annotated[bool, typer.Option("--json")]
_AT_ONCE = 20_000


@command.callback()
def _group() -> None:
    """Find by words."""


@command.command("find")
def find(
    words: Annotated[list[str], typer.Argument(metavar="WORDS...")],
    *,
    sort: Annotated[Sort | None, typer.Option("--sort")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000)] = 20,
    as_json: _JSON = False,
) -> Outcome:
    """Find cases, reports, notes, consumers ..."""
    from comity.bootstrap.desk import desk_store
    from comity.services.search.finding import find as found_by

    store = desk_store(settings())
    with store.write():
        pass  # a store of before gets the tables
    with store.read() as records:
        groups = found_by(records, " ".join(words), frozenset(Permit), only=sort, most=limit)
    store.close()
    for line in _lines(groups, as_json=as_json):
        print(line)
    return Outcome.DONE


@command.command("index")
def index(
    *,
    anew: Annotated[bool, typer.Option("--rebuild")] = False,
    shows: Annotated[bool, typer.Option("--show")] = False,
    as_json: _JSON = False,
) -> None:
    """Bring the index up to date."""
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.search import indexing_of
    from comity.services.search.indexing import standing

    store = desk_store(settings())
    keeper = indexing_of(store)
    with store.write():
        pass
    if anew:
        keeper.anew()
    if not shows:
        with store.read() as records:
            behind = sum(each.behind for each in standing(records))
        with progress(speaker().say("search.progress"), behind) as line:
            while done := keeper.lot(_AT_ONCE):
                line.advance(done)
    _tell(store, as_json=as_json)
    store.close()


def _tell(store: "Store", *, as_json: bool) -> None:
    from comity.services.search.indexing import standing

    words = speaker()
    with store.read() as records:
        found, (postings, size) = standing(records), records.search.size()
    for each in found:
        name = each.kind.name.lower()
        if as_json:
            said = {"kind": name, "indexed_up_to": each.upto, "newest": each.last, "at": instant(each.at)}
            print(json.dumps(said))
        else:
            put(words.say("search.indexed", kind=words.say(f"desk-sort.{name}"), upto=each.upto, behind=each.behind))
    if as_json:
        print(json.dumps({"postings": postings, "bytes": size}))
    else:
        put(words.say("search.size", n=f"{postings:,}", mib=f"{size / (1 << 20):.1f}"))


def _lines(groups: list[Group], *, as_json: bool) -> list[str]:
    words = speaker()
    if as_json:
        return [json.dumps(_object(hit), ensure_ascii=True) for group in groups for hit in group.hits]
    lines = []
    for group in groups:
        lines.append(words.say(f"desk-sort.{group.sort.value}"))
        for hit in group.hits:
            said = words.say(hit.said, **hit.arguments) if hit.said else ""
            parts = (plain(hit.title, 100), *(plain(each, 60) for each in hit.under), said, hit.path)
            lines.append("  " + " · ".join(each for each in parts if each))
        if group.is_more or group.is_cut:
            lines.append("  " + words.say("desk-search.more"))
    return lines or [words.say("desk-search.nothing")]


def _object(hit: Hit) -> dict[str, Any]:
    return {
        "sort": hit.sort.value,
        "title": hit.title,
        "under": list(hit.under),
        "path": hit.path,
        "when": instant(hit.when),
    }
