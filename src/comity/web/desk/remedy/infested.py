"""Infected lines: how sure, of what, where each stands on the ladder and what comes next by itself.

Trust:      families are the sources' words and pass ``visible``.
Answers:    ``routes(door)``: GET /remedy.
Limits:     fifty a page; counts are of the lines that are looked at (``comity.services.public.pages.remedy.MOST``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Permit
from comity.model.notice import Certainty
from comity.services.public.pages.playbook_words import action_of, in_words
from comity.services.public.pages.remedy import MOST, InfestedLine, InfestedLines, lines_of
from comity.web.desk.door import Door
from comity.web.desk.remedy.doing import playbook_of
from comity.web.desk.work import Visit

_SHOWN: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RemedyPage:
    """What the page shows."""

    all: InfestedLines
    lines: Sequence[InfestedLine]
    found: int
    page: int
    pages: int
    certainty: str
    family: str
    step: str
    has_playbook: bool


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        await door.saw(visit, "list", "infested")
        playbook = await door.inside(lambda: playbook_of(door))
        name = None if playbook is None else playbook.name
        found, _ = await door.counted(visit, ("infested", name), lambda records: lines_of(records, playbook, visit.now))
        view = _chosen(found, visit, has_playbook=playbook is not None)
        return door.page(
            visit,
            "remedy/infested",
            title=visit.words.say("desk-menu.remedy"),
            view=view,
            certainties=[each.value for each in reversed(Certainty)],
            action_of=lambda action: action_of(visit.words, action, called=in_words(visit.words)),
            most=MOST,
        )

    return [door.route("/remedy", page, Permit.REMEDY_SEE)]


def _chosen(found: InfestedLines, visit: Visit, *, has_playbook: bool) -> RemedyPage:
    certainty, family, step = visit.asked("certainty", 20), visit.asked("family"), visit.asked("step", 80)
    lines = [
        each
        for each in found.lines
        if certainty in ("", each.known.certainty.value)
        and family in ("", each.known.family or "-")
        and step in ("", each.position.state if each.position else "-")
    ]
    pages = max(1, -(-len(lines) // _SHOWN))
    asked = visit.asked("page", 4)
    page = min(max(int(asked), 1), pages) if asked.isascii() and asked.isdigit() else 1
    return RemedyPage(
        all=found,
        lines=lines[(page - 1) * _SHOWN : page * _SHOWN],
        found=len(lines),
        page=page,
        pages=pages,
        certainty=certainty,
        family=family,
        step=step,
        has_playbook=has_playbook,
    )
