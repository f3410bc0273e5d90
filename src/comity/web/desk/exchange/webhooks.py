"""What other programs were told, what they answered, and telling it once more by hand.

Trust:      what a program answered is a stranger's, and shown as text; of addresses the host alone, of secrets nothing. Telling it
            again wants a reason, and stands in the list of what was done under the account.
Answers:    ``routes(door)``: GET and POST /webhooks.
Limits:     the newest two hundred; programs are named in the settings alone.
"""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Permit
from comity.services.public.pages.webhooks import again, may_be_told_again, told
from comity.web.desk.door import Door
from comity.web.desk.work import Visit
from comity.web.waiting import Refused, Unfilled

_SHOWN: Final = 200
_DIGITS: Final = 18


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        found = await door.seen(visit, lambda records: told(records, _SHOWN))
        programs = door.work.dealings.programs()
        title = visit.words.say("desk-menu.webhooks")
        known = {each.name for each in programs}
        may = [each.consequence_id for each in found if each.target in known and may_be_told_again(each, visit.now)]
        return door.page(
            visit, "exchange/webhooks", title=title, found=found, programs=programs, may_again=may, most=_SHOWN
        )

    async def act(visit: Visit) -> Response:
        number, why = visit.said("number", _DIGITS), visit.said("why", 400)
        if not number.isascii() or not number.isdigit():
            raise Refused("form", 400)
        if not why:
            raise Unfilled("desk-said.reason-needed", "why")
        await door.write(lambda records: _again(door, records, visit, number=int(number)))
        return door.away("/webhooks", "done")

    return [
        door.route("/webhooks", page, Permit.SETTINGS_SEE),
        door.route("/webhooks", act, Permit.FILTER_ACT, method="POST"),
    ]


def _again(door: Door, records: Any, visit: Visit, *, number: int) -> None:
    known = {each.name for each in door.work.dealings.programs()}
    again(records, number, known=known, by=visit.signed.account, why=visit.said("why", 400), now=visit.now)
