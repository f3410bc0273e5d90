"""The models on the shelf: what each learnt from, how it did on the locked examples; an earlier one put back.

Answers:    ``routes(door)``: GET and POST /filter/models.
Limits:     thirty, the newest. A roll-back is asked twice: the form holds the number that its page was about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Permit
from comity.services.judge.learning.rows import VersionRow
from comity.verdict.language import LANGUAGES
from comity.web.desk.door import Door
from comity.web.desk.filtering.doing import Held, doing_of
from comity.web.desk.work import Visit
from comity.web.waiting import Refused

_SHOWN: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsPage:
    """What the page shows; ``asked`` is the one that is to be put back, before it is confirmed."""

    serving: VersionRow | None
    versions: Sequence[VersionRow]
    card: Mapping[str, Any]
    asked: VersionRow | None = None
    writings: tuple[str, ...] = LANGUAGES  # what of the card has a name; a model from elsewhere may say anything


def routes(door: Door, held: Held) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        serving = await door.inside(held.serving)
        view = await door.seen(visit, lambda records: _look(records, serving.facts, visit.asked("back", 18)))
        return door.page(visit, "filter/models", title=visit.words.say("desk-filter.models"), view=view)

    async def back(visit: Visit) -> Response:
        number = visit.said("version", 18)
        if not _is_number(number):
            raise Refused("form", 400)
        was_put = await door.inside(lambda: doing_of(door).roll_back(int(number)))
        return door.away("/filter/models", "done" if was_put else "no-such-model")

    return [
        door.route("/filter/models", page, Permit.FILTER_SEE),
        door.route("/filter/models", back, Permit.FILTER_ACT, method="POST"),
    ]


def _look(records: Any, card: Mapping[str, Any], asked: str) -> ModelsPage:
    found = records.learning.version(int(asked)) if _is_number(asked) else None
    return ModelsPage(
        serving=records.learning.current(),
        versions=records.learning.versions(_SHOWN),
        card=card,
        asked=found if found is not None and found.serves else None,
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
