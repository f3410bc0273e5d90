"""The settings that are set, or all of them, each with what it means and its default; and how everything is found.

Trust:      the settings file is the operator's own; what may be a secret in it is never shown.
Answers:    ``routes(door)``: GET /settings.
Limits:     settings are changed in their file, and hold from the next start of the program; looking at everything takes seconds.
"""

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Permit
from comity.web.desk.door import Door
from comity.web.desk.work import Visit


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        dealings, everything = door.work.dealings, visit.asked("all", 3) == "yes"
        rooms = dealings.settings_shown(visit.words.language, everything=everything)
        checks = await door.inside(door.work.checks) if visit.asked("check", 3) == "yes" else None
        title = visit.words.say("desk-menu.settings")
        return door.page(
            visit,
            "exchange/settings",
            title=title,
            file=dealings.settings_file,
            rooms=rooms,
            everything=everything,
            checks=checks,
        )

    return [door.route("/settings", page, Permit.SETTINGS_SEE)]
