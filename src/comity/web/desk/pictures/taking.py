"""A picture of a page as a file: its SVG, or its numbers as CSV.

Answers:    ``picture_routes(door, place, pictures, permit)``: GET PLACE/NAME.svg and PLACE/NAME.csv.
Limits:     the files are made anew of what the page shows, with the same query.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Permit
from comity.web.desk.door import Door
from comity.web.desk.pictures.picture import Picture, csv_file, svg_file
from comity.web.desk.work import Visit
from comity.web.waiting import Refused

Pictures = Callable[[Visit], Awaitable[Mapping[str, Picture]]]
_HEADERS: Final = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}


def picture_routes(door: Door, place: str, pictures: Pictures, *, permit: Permit) -> list[BaseRoute]:
    """The routes for the pictures of one page."""

    async def svg(visit: Visit) -> Response:
        return _file(svg_file(await _found(visit)), visit, ("svg", "image/svg+xml"))

    async def table(visit: Visit) -> Response:
        return _file(csv_file(await _found(visit)), visit, ("csv", "text/csv; charset=utf-8"))

    async def _found(visit: Visit) -> Picture:
        found = (await pictures(visit)).get(str(visit.request.path_params["picture"]))
        if found is None:
            raise Refused("missing", 404)
        return found

    return [
        door.route(f"{place}/{{picture}}.svg", svg, permit),
        door.route(f"{place}/{{picture}}.csv", table, permit),
    ]


def _file(data: bytes, visit: Visit, kind: tuple[str, str]) -> Response:
    ending, media = kind
    name = f"{visit.request.path_params['picture']}-{visit.now:%Y-%m-%d}.{ending}"
    headers = {**_HEADERS, "content-disposition": f'attachment; filename="{name}"'}
    return Response(data, 200, headers, media)
