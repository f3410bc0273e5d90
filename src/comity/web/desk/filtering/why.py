"""Why a mail is what it is: a mail is pasted or chosen, and every reason is said in words.

Trust:      the mail is a stranger's; it is judged and forgotten, nothing of it is kept or sent.
Answers:    ``routes(door)``: GET and POST /filter/why.
Limits:     mails of 180 KB; what was found out at delivery is unknown here, unless the mail still says it itself.
"""

import base64
import binascii
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Permit
from comity.web.desk.door import Door
from comity.web.desk.filtering.doing import doing_of
from comity.web.desk.work import Visit
from comity.web.waiting import Refused, Unfilled

_MOST: Final = 250_000  # characters of a form field


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        return door.page(visit, "filter/why", title=visit.words.say("desk-filter.why"), judged=None, mail="")

    async def judge(visit: Visit) -> Response:
        text = _field(visit, "mail")
        data = _mail(text, _field(visit, "file"))
        if not data.strip():
            raise Unfilled("desk-said.no-mail", "mail")
        doing = doing_of(door)
        judged = await door.inside(lambda: doing.judge(data, {}))
        return door.page(visit, "filter/why", title=visit.words.say("desk-filter.why"), judged=judged, mail=text)

    return [
        door.route("/filter/why", page, Permit.FILTER_SEE),
        door.route("/filter/why", judge, Permit.FILTER_SEE, method="POST"),
    ]


def _field(visit: Visit, name: str) -> str:
    """A field as it was sent: in a mail, blank lines mean something."""
    values = visit.form.get(name, ())
    return values[0][:_MOST] if values else ""


def _mail(text: str, file: str) -> bytes:
    """The mail that was chosen as a file, else the one that was pasted."""
    if not file:
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(file, validate=True)
    except binascii.Error:
        raise Refused("form", 400) from None
