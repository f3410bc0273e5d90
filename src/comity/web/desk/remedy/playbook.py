"""The playbook in use: its states with their rules in words, how many cases stand in each, and what of it is really done.

Trust:      a playbook is the operator's own file.
Answers:    ``routes(door)``: GET /playbook, and its picture.
Limits:     shows the file as it is now; the running program holds to the one it started with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.locale import Catalogue
from comity.model.account import Permit
from comity.model.playbook import CLOSED, Playbook
from comity.services.public.pages.playbook_words import Called, action_of, in_words, rule_of
from comity.web.desk.door import Door
from comity.web.desk.pictures.picture import Picture, Table
from comity.web.desk.pictures.states import SLIM, states
from comity.web.desk.pictures.taking import picture_routes
from comity.web.desk.remedy.doing import doing_of
from comity.web.desk.work import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRule:
    """One rule in words; ``actions`` are those of it, each with whether it is really done."""

    text: str
    actions: Sequence[tuple[str, bool]]
    to: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybookPage:
    """What the page shows."""

    playbook: Playbook
    about: str
    states: Sequence[tuple[str, Sequence[ShownRule]]]
    counts: Mapping[str, int]
    kinds: Sequence[tuple[str, bool]]  # what it would do, and whether that is live
    picture: Picture


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def look(visit: Visit) -> PlaybookPage | None:
        doing = doing_of(door)
        playbook = await door.inside(doing.playbook)
        if playbook is None:
            return None
        counts = await door.seen(visit, lambda records: records.positions.count_by_state(playbook.name))
        return _page(visit.words, playbook, counts, live=doing.live)

    async def page(visit: Visit) -> Response:
        view = await look(visit)
        return door.page(
            visit, "remedy/playbook", title=visit.words.say("desk-menu.playbook"), view=view, closed=CLOSED
        )

    async def pictures(visit: Visit) -> Mapping[str, Picture]:
        view = await look(visit)
        return {} if view is None else {view.picture.name: view.picture}

    return [
        door.route("/playbook", page, Permit.CASES_SEE),
        *picture_routes(door, "/playbook", pictures, permit=Permit.CASES_SEE),
    ]


def _page(words: Catalogue, playbook: Playbook, counts: Mapping[str, int], *, live: frozenset[str]) -> PlaybookPage:
    called = in_words(words)
    kinds = dict.fromkeys(action.kind.value for rule in playbook.rules() for action in rule.actions)
    return PlaybookPage(
        playbook=playbook,
        about=playbook.about.get(words.language[:2]) or playbook.about.get("en") or "",
        states=[
            (
                name,
                [
                    ShownRule(
                        text=rule_of(words, n, rule, called=called),
                        actions=[
                            (action_of(words, each, called=called), each.kind.value in live) for each in rule.actions
                        ],
                        to=rule.to,
                    )
                    for n, rule in enumerate(rules, 1)
                ],
            )
            for name, rules in playbook.states.items()
        ],
        counts=counts,
        kinds=[(words.say(f"playbook.action.{each}"), each in live) for each in kinds],
        picture=_picture(words, playbook, counts, called=called),
    )


def _picture(words: Catalogue, playbook: Playbook, counts: Mapping[str, int], *, called: Called) -> Picture:
    names = [*playbook.states, *([CLOSED] if CLOSED not in playbook.states else [])]
    ways: list[tuple[str, str]] = [
        (state, rule.to) for state, rules in playbook.states.items() for rule in rules if rule.to is not None
    ]
    state_in_words = partial(called, "playbook.state")
    drawing, high = states(names, counts, ways, start=playbook.start, called=state_in_words)
    title = words.say("desk-playbook.picture")
    rows: list[list[Any]] = [
        [
            state_in_words(name),
            counts.get(name, 0),
            ", ".join(dict.fromkeys(state_in_words(to) for one, to in ways if one == name and to != name)),
        ]
        for name in names
    ]
    return Picture(
        name="states",
        title=title,
        label=words.say("desk-playbook.label", n=len(names), cases=sum(counts.values())),
        high=high,
        wide=SLIM,
        drawing=drawing,
        table=Table(head=[words.say(f"desk-playbook.col.{each}") for each in ("state", "cases", "leads")], rows=rows),
    )
