"""What we and another network signed together and published: to read, to keep, and to check with nothing of ours.

Trust:      only what both signed, and a person of ours published. Whoever checks takes the other key from the other network: the
            page says so, because a page that lies would show a key that fits.
Standards:  C2SP signed-note and tlog-checkpoint, RFC 6962 proofs.
Answers:    ``routes(door)``: GET /statements, GET /statements/{digest}/{form}.
Limits:     a hundred statements.
"""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.joint_statement import KeptStatement, StatementState
from comity.web.pages.statement_files import handed_out
from comity.web.portal.door import Door
from comity.web.portal.work import Visit
from comity.web.waiting import Refused

SHOWN: Final = 100


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""
    work = door.work

    async def page(visit: Visit) -> Response:
        found = (await door.look(lambda records: _listed(door, records))).found
        return door.page(visit, "statements", title=visit.words.say("portal.menu.statements"), found=found)

    async def file(visit: Visit) -> Response:
        digest, form = visit.part("digest"), visit.part("form")

        def look(records: Any) -> tuple[KeptStatement, Any] | None:
            kept = records.statements.with_digest(digest) if digest in records.statements.published() else None
            if kept is None or kept.state is not StatementState.SIGNED or work.checked is None:
                return None
            return kept, work.checked(records, kept.peer, kept.data)

        found = await door.slowly(lambda: door.looked(look))
        answer = None if found is None or form == "pdf" else handed_out(*found, form)
        if answer is None:
            raise Refused("missing", 404)
        return answer

    return [door.get("/statements", page), door.get("/statements/{digest}/{form}", file)]


def _listed(door: Door, records: Any) -> list[tuple[KeptStatement, Any, tuple[str, ...]]]:
    """Each with when it was published, and the keys that check it."""
    shown = records.statements.published()
    return [
        (each, shown[each.sha256], tuple(door.work.keys_of(records, each.peer)))
        for each in records.statements.listed(10 * SHOWN)
        if each.sha256 in shown and each.state is StatementState.SIGNED
    ][:SHOWN]
