"""One mail as evidence: how it came, what was found in it, every field and part as written and as read.

Trust:      everything in it is a stranger's: text alone is shown, links lead nowhere, and HTML stands in a frame that may do
            nothing. Who sees it is written down before it is shown.
Standards:  CSP level 3 (``sandbox``), HTML (``iframe sandbox``), Fetch metadata: a rendering is given to a frame of ours alone.
Answers:    ``routes(door)``: GET /items/{item}, /items/{item}/raw, /items/{item}/parts/{part}/rendering. An item is a number, or
            that of a mail that was put aside with an "s" before it.
Limits:     those of ``comity.services.public.evidence``; one part is rendered at a time.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.formats.item_facts import from_line
from comity.model.account import Permit
from comity.model.case import ItemFacts
from comity.services.public.evidence import Dissected, Rendered
from comity.services.receive.conversation.arriving import NAMES_CASE
from comity.services.receive.conversation.joining import KINDS, is_free
from comity.services.receive.prepare import unpack
from comity.web.desk.door import Door
from comity.web.desk.work import Visit
from comity.web.waiting import Refused

_NUMBER: Final = re.compile(r"s?[1-9][0-9]{0,17}")
_PUT_ASIDE: Final = "s"
_REPORTS: Final = 50
# Nothing is loaded, run, sent or followed; the look of things is in the page itself.
QUIET: Final = "sandbox; default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
_FRAME: Final = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>-</title><style>html{color-scheme:light;background:#fff;color:#111}'
    "body{font:15px/1.45 system-ui,sans-serif;margin:12px;overflow-wrap:anywhere}table{max-width:100%}"
    ".picture{color:#555;border:1px dashed #888;padding:0 4px;font-size:12px}u{text-decoration-style:dotted}</style></head><body>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """How a mail came, and what of it is there."""

    name: str  # in addresses of pages
    item: str
    gate: str
    arrived: datetime
    size: int
    digest: str
    is_kept: bool
    kept_until: datetime | None
    repeats: int = 0
    kind: str | None = None  # None: it was not read
    why: str | None = None
    reason: str | None = None  # why it was put aside
    detail: str | None = None
    envelope_from: str | None = None
    case_id: str | None = None  # of a letter
    is_free: bool = False  # a letter that a person may put into a case
    is_in_case: bool = False  # a letter that stands in one, and can be answered there
    facts: ItemFacts | None = None
    reports: Sequence[Any] = ()
    packed: tuple[bytes, int] | None = None


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        came = await _came(door, visit)
        found: Dissected | None = None
        if came.packed is not None:
            data = unpack(*came.packed)
            found = await door.inside(lambda: door.work.take_apart(data))
        title = visit.words.say("desk-item.title", n=came.name)
        return door.page(visit, "item", title=title, came=came, mail=found, framed=_framed(visit, found), kinds=KINDS)

    async def raw(visit: Visit) -> Response:
        came = await _came(door, visit)
        if came.packed is None:
            raise Refused("gone", 410)
        headers = {
            **door.rendering.headers,
            "content-disposition": f'attachment; filename="item-{came.name}.eml"',
            "content-security-policy": "sandbox; default-src 'none'",
        }
        return Response(unpack(*came.packed), 200, headers, "application/octet-stream")

    async def rendered(visit: Visit) -> Response:
        if visit.request.headers.get("sec-fetch-dest", "iframe") != "iframe":
            raise Refused("frame", 403)  # alone in a window it could be taken for a page of ours
        number = str(visit.request.path_params["part"])
        if not (number.isascii() and number.isdigit() and len(number) < 5):
            raise Refused("missing", 404)
        came = await _came(door, visit)
        if came.packed is None:
            raise Refused("gone", 410)
        data = unpack(*came.packed)
        found: Rendered | None = await door.inside(lambda: door.work.take_apart(data, int(number)))
        if found is None or found.markup is None:
            raise Refused("missing", 404)
        headers = {**door.rendering.headers, "content-security-policy": QUIET, "x-dns-prefetch-control": "off"}
        return Response(f"{_FRAME}{found.markup}", 200, headers, "text/html; charset=utf-8")

    return [
        door.route("/items/{item}", page, Permit.PERSONAL_SEE),
        door.route("/items/{item}/raw", raw, Permit.PERSONAL_SEE),
        door.route("/items/{item}/parts/{part}/rendering", rendered, Permit.PERSONAL_SEE),
    ]


def _framed(visit: Visit, found: Dissected | None) -> int | None:
    """The part that is asked for as it was laid out."""
    asked = visit.asked("rendered", 5)
    known = () if found is None else [str(each.number) for each in found.pieces if each.is_markup]
    return int(asked) if asked in known else None


async def _came(door: Door, visit: Visit) -> Came:
    """The mail that is asked for; that somebody sees it is written down first."""
    name = str(visit.request.path_params["item"])
    if not _NUMBER.fullmatch(name):
        raise Refused("missing", 404)
    found = await door.read(lambda records: _found(records, name))
    if found is None:
        raise Refused("missing", 404)
    await door.saw(visit, "item", name)
    return found


def _found(records: Any, name: str) -> Came | None:
    if name.startswith(_PUT_ASIDE):
        row = records.intake.shunted_mail(int(name[1:]))
        made = None if row is None else _put_aside(name, row)
    else:
        row = records.intake.item(int(name))
        made = None if row is None else _read(records, name, row)
    return None if made is None else replace(made, packed=records.intake.bytes_of(row.raw_id))


def _put_aside(name: str, row: Any) -> Came:
    return replace(
        _as_it_came(name, row, row.first), reason=row.reason, detail=row.detail, envelope_from=row.envelope_from
    )


def _read(records: Any, name: str, row: Any) -> Came:
    return replace(
        _as_it_came(name, row, row.arrived),
        repeats=row.repeats,
        kind=row.kind,
        why=row.why,
        case_id=row.case_id,
        is_free=is_free(row),
        is_in_case=row.case_id is not None and row.why != NAMES_CASE,
        facts=from_line(row.reading),
        reports=records.intake.reports_in(row.id, _REPORTS),
    )


def _as_it_came(name: str, row: Any, arrived: datetime) -> Came:
    """What both kinds of row say."""
    return Came(
        name=name,
        item=row.name,
        gate=row.gate,
        arrived=arrived,
        size=row.size,
        digest=bytes(row.digest).hex(),
        is_kept=bool(row.is_kept),
        kept_until=row.kept_until,
    )
