"""What colleagues tell each other on the desk: who is called to which case, until he says that he has seen it.

Trust:      an account sees and ends its own calls alone; what notes say passes ``visible``.
Answers:    ``calls_of(records, visit)`` what calls whoever is looking; ``routes(door)``: POST /account/calls.
Limits:     the newest twenty.
"""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Permit
from comity.model.teamwork import Mention
from comity.web.desk.door import Door, own_path
from comity.web.desk.together import views
from comity.web.desk.work import Visit

_SHOWN: Final = 20
_AT_ONCE: Final = 100


def calls_of(records: Any, visit: Visit, case_id: str | None = None) -> list[Mention]:
    """What calls whoever is looking, to any case or to this one."""
    if not visit.may(Permit.CASES_SEE):
        return []
    found: list[Mention] = records.teamwork.calls(visit.signed.account, _SHOWN, case_id)
    return found


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def seen(visit: Visit) -> Response:
        numbers = [int(each) for each in visit.form.get("call", ())[:_AT_ONCE] if each.isascii() and each.isdecimal()]
        numbers = [each for each in numbers if each < 1 << 62]
        await door.write(lambda records: records.teamwork.see(visit.signed.account, visit.now, mentions=numbers))
        return door.away(own_path(visit.said("next", 200) or "/"), "done")

    return [door.route("/account/calls", seen, method="POST"), *views.routes(door)]
