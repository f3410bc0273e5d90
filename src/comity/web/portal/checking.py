"""A stranger checks a joint statement in a browser: the file, the public keys of both, and a verdict in words.

Trust:      the file and the keys are a stranger's. Where no keys are given those are taken that stand on our page anyway, and
            the verdict says so: whoever does not believe us asks each network for its own, or another network's page.
Standards:  C2SP signed-note and tlog-checkpoint, RFC 6962 proofs, as ``comity.services.prove.stating.checking`` reads them.
Answers:    ``routes(door)``: GET and POST /statements/check. Nothing is kept.
Limits:     files of 8 MiB, read in a process with bounds: one that wants more is refused, and no other page waits for it; ten
            checks at once from one household, then two a minute; the first 500 numbers and 50 faults are shown.
"""

import time
from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.ledger import note
from comity.services.prove.stating.showing import Shown
from comity.web.api.pace import Pace
from comity.web.portal.door import UPLOAD_BYTES, Door
from comity.web.portal.work import Visit
from comity.web.waiting import Refused, Unfilled

PER_MINUTE: Final = 2


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""
    pace = Pace(time.monotonic)

    def page(visit: Visit, **more: Any) -> Response:
        title = visit.words.say("portal.verify.title")
        return door.page(visit, "verify", title=title, most=UPLOAD_BYTES >> 20, **more)

    async def form(visit: Visit) -> Response:
        return page(visit, checked=None)

    async def verdict(visit: Visit) -> Response:
        if not visit.sent_file.strip():
            raise Unfilled("portal.verify.no.file", "file")
        given = _keys(visit.said("keys", 8000).split())
        if visit.said("keys") and not given:
            raise Unfilled("portal.verify.no.keys", "keys")
        if pace.wait(door.client(visit.request), PER_MINUTE) is not None:
            raise Refused("often", 429)
        keys = given or _keys(await door.read(lambda records: _shown(door, records)))
        checked: Shown | None = await door.slowly(lambda: door.work.check(visit.sent_file, keys))
        if checked is None:
            raise Unfilled("portal.verify.no.end", "file")
        faults = len(checked.faults) + checked.more_faults
        door.work.log("portal-statement-checked", octets=len(visit.sent_file), faults=faults)
        return page(visit, checked=checked, is_given=bool(given))

    return [door.get("/statements/check", form), door.upload("/statements/check", verdict)]


def _keys(texts: Sequence[str]) -> list[note.Verifier]:
    """Public keys, however they stand among other words: a card holds such lines."""
    return [key for each in texts if (key := note.decoded(each)) is not None and "/" not in key.name]


def _shown(door: Door, records: Any) -> list[str]:
    """The keys that stand on the page of statements: ours, and those of whoever published one with us."""
    published = records.statements.published()
    peers = dict.fromkeys(each.peer for each in records.statements.listed(1000) if each.sha256 in published)
    return list(dict.fromkeys(key for peer in peers for key in door.work.keys_of(records, peer)))
