"""What was done by whom: steps of cases, consequences, consumers, recourse, and of programs with tokens; as a page and as CSV.

Trust:      notes are people's words: shown to whoever may see personal data, as text; cells of the CSV are safe for spreadsheets.
Answers:    ``routes(door)``: GET /audit, /audit.csv.
Limits:     a hundred on a page, ten thousand in a file, the newest; what came before is reached by a day.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.formats.cells import csv_bytes
from comity.model.account import Permit
from comity.model.case_consequence import UNSAID
from comity.services.public.course import note_in_words, rule_in_words
from comity.store.desk.audit import KINDS, Done
from comity.web.desk.door import Door
from comity.web.desk.queue import day_of
from comity.web.desk.work import Visit

SHOWN: Final = 100
IN_FILE: Final = 10_000
_WORDS: Final = {
    "case": "case.act",
    "consequence": "playbook.action",
    "consumer": "consumer.act",
    "recourse": "recourse.act",
    "hold": "hold.act",
}
_HEAD: Final = ("at", "by", "kind", "about", "act", "note")


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        found = await door.seen(visit, lambda records: _found(records, visit, SHOWN + 1))
        title = visit.words.say("desk-menu.audit")
        asked = {name: visit.asked(name, 80) for name in ("kind", "actor", "until")}
        return door.page(
            visit,
            "exchange/audit",
            title=title,
            done=[(each, _said(visit, each), _noted(visit, each)) for each in found[:SHOWN]],
            is_more=len(found) > SHOWN,
            kinds=KINDS,
            asked=asked,
        )

    async def file(visit: Visit) -> Response:
        found = await door.read(lambda records: _found(records, visit, IN_FILE))
        sees = visit.may(Permit.PERSONAL_SEE)
        rows = [
            (
                each.at.isoformat(),
                each.actor if sees or "@" not in each.actor else "",  # an address is somebody's
                each.kind,
                each.about,
                each.act,
                (each.note or "") if sees else "",
            )
            for each in found
        ]
        headers = {
            "content-disposition": 'attachment; filename="audit.csv"',
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        }
        return Response(csv_bytes([_HEAD, *rows]), 200, headers, "text/csv; charset=utf-8")

    return [door.route("/audit", page, Permit.AUDIT_SEE), door.route("/audit.csv", file, Permit.AUDIT_SEE)]


def _found(records: Any, visit: Visit, most: int) -> list[Done]:
    kind, actor = visit.asked("kind", 20), visit.asked("actor", 80)
    day: datetime | None = day_of(visit.asked("until", 10))
    until = None if day is None else day + timedelta(days=1)
    kinds = (kind,) if kind in KINDS else KINDS
    found: list[Done] = records.audit.newest(most, kinds=kinds, actor=actor or None, until=until)
    return found


def _noted(visit: Visit, each: Done) -> str | None:
    """What was noted: of cases and of what was decided about them in words, where a program wrote codes down."""
    if each.kind == "consequence" and each.note is not None:
        return None if each.note == UNSAID else rule_in_words(visit.words, each.note)
    return note_in_words(visit.words, each.act, each.note) if each.kind == "case" else each.note


def _said(visit: Visit, each: Done) -> str:
    """What was done in words, where there are any."""
    return visit.words.called(f"{_WORDS.get(each.kind, '')}.{each.act}", each.act)
