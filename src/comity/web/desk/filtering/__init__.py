"""Pages about the filter: what it does, what waits to be learnt, why a mail is what it is, and the models on the shelf.

Answers:    ``routes(door)``: all of them.
"""

from starlette.routing import BaseRoute

from comity.web.desk.door import Door
from comity.web.desk.filtering import models, overview, waiting, why
from comity.web.desk.filtering.doing import Held


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""
    held = Held(door)
    return [*overview.routes(door, held), *waiting.routes(door), *why.routes(door), *models.routes(door, held)]
