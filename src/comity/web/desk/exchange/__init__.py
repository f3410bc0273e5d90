"""The pages about other networks: who reports to us, what leaves, who gets it, and what both sides can show of it.

Answers:    ``routes(door)``: the routes of all of them.
"""

from typing import Final

from starlette.routing import BaseRoute

from comity.web.desk.door import Door
from comity.web.desk.exchange import (
    audit,
    consumers,
    held_outcomes,
    ledger,
    outbox,
    peers,
    recourse,
    settings,
    sources,
    statements,
    switching,
    webhooks,
    whys,
)

_PAGES: Final = (
    sources,
    outbox,
    held_outcomes,
    switching,
    whys,
    consumers,
    peers,
    recourse,
    ledger,
    statements,
    settings,
    webhooks,
    audit,
)


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""
    return [route for page in _PAGES for route in page.routes(door)]
