"""Joint statements: closes of days, what was proposed, what both signed; made, looked at, signed, checked, handed out.

Trust:      a file is the other side's words too: names and numbers pass ``visible``, a page of it runs nothing. Signing binds the
            house, so whoever signs types the password once more: a session that was taken over signs nothing.
Standards:  ``comity.services.prove.stating``: what is signed is counted again out of our own ledger first.
Answers:    ``routes(door)``: GET and POST /statements, GET and POST /statements/{digest}, GET /statements/{digest}/{form}.
Limits:     a hundred statements and forty closes; of one statement four hundred numbers, all of them are in the file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model import period as periods
from comity.model.account import Permit
from comity.model.joint_statement import KeptStatement, StatementState
from comity.model.outcomes import ComityError, Outcome
from comity.model.period import Period
from comity.services.prove.closing import Closed
from comity.services.prove.stating.checking import Checked
from comity.web.desk.door import Door
from comity.web.desk.knowing import asked_again
from comity.web.desk.work import Visit
from comity.web.pages.statement_compared import sentences
from comity.web.pages.statement_files import handed_out
from comity.web.waiting import Refused

SHOWN: Final = 100
CLOSES: Final = 40
NUMBERS: Final = 400
_OFFERED: Final = (StatementState.PROPOSED, StatementState.DIFFERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What the page of all shows."""

    statements: Sequence[KeptStatement]
    published: Mapping[str, datetime]
    closes: Sequence[Closed]
    peers: Sequence[str]


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""
    dealings = door.work.dealings

    async def page(visit: Visit) -> Response:
        view, _ = await door.counted(visit, ("statements",), lambda records: _look(door, records))
        return door.page(visit, "exchange/statements", title=visit.words.say("desk-menu.statements"), view=view)

    async def make(visit: Visit) -> Response:
        peer, period = await _about(door, visit)
        if visit.said("act", 20) == "sign":
            again = await _asked_again(door, visit, (peer, period))
            if again is not None:
                return again
            kept = await door.write(lambda records: dealings.propose(records, peer, period, now=visit.now))
            return door.away(f"/statements/{kept.sha256}", "statement-signed")
        data = await door.read(lambda records: dealings.draft(records, peer, period, now=visit.now))
        checked = await door.read(lambda records: dealings.checked(records, peer, data, signed=False))
        return _one(door, visit, checked, peer=peer, period=period.name, kept=None)

    async def one(visit: Visit) -> Response:
        kept, published = await _kept(door, visit)
        # A signature that is still to come is no fault: the state says whose.
        both = kept.state is StatementState.SIGNED
        checked = await door.read(lambda records: dealings.checked(records, kept.peer, kept.data, signed=both))
        return _one(door, visit, checked, peer=kept.peer, period=kept.period, kept=kept, published=published)

    async def act(visit: Visit) -> Response:
        (kept, _), word = await _kept(door, visit), visit.said("act", 20)
        period = periods.read(kept.period)
        if word == "sign" and period is not None:
            again = await _asked_again(door, visit, (kept.peer, period))
            if again is not None:
                return again
            differs = visit.said("with_differences", 3) == "yes"
            signed = await door.write(
                lambda records: dealings.accept(records, kept, period, now=visit.now, with_differences=differs)
            )
            return door.away(f"/statements/{signed.sha256}", "statement-signed")
        if word == "publish" and kept.state is StatementState.SIGNED:
            by = visit.signed.account
            await door.write(lambda records: records.statements.publish(kept.sha256, at=visit.now, by=by))
        elif word == "hide":
            await door.write(lambda records: records.statements.hide(kept.sha256))
        else:
            raise Refused("form", 400)
        return door.away(f"/statements/{kept.sha256}", "done")

    async def file(visit: Visit) -> Response:
        (kept, _), form = await _kept(door, visit), str(visit.request.path_params["form"])
        checked = await door.read(lambda records: dealings.checked(records, kept.peer, kept.data, signed=True))
        found = await door.inside(lambda: handed_out(kept, checked, form))
        if found is None:
            raise Refused("missing", 404)
        return found

    return [
        door.route("/statements", page, Permit.LEDGER_SEE),
        door.route("/statements", make, Permit.LEDGER_ACT, method="POST"),
        door.route("/statements/{digest}", one, Permit.LEDGER_SEE),
        door.route("/statements/{digest}", act, Permit.LEDGER_ACT, method="POST"),
        door.route("/statements/{digest}/{form}", file, Permit.LEDGER_SEE),
    ]


def _look(door: Door, records: Any) -> Listed:
    dealings = door.work.dealings
    paired = {each.peer for each in records.keys.all() if each.peer != dealings.domain}
    return Listed(
        statements=records.statements.listed(SHOWN),
        published=records.statements.published(),
        closes=dealings.closed_days(records, CLOSES),
        peers=sorted(paired),
    )


async def _about(door: Door, visit: Visit) -> tuple[str, Period]:
    """With whom, and about which days."""
    peer, text = visit.said("peer", 253), visit.said("period", 10)
    period = periods.read(text)
    if period is None:
        raise ComityError("period-malformed", text, outcome=Outcome.USAGE, place=text)
    known = await door.read(lambda records: {each.peer for each in records.keys.all()})
    if peer not in known or peer == door.work.dealings.domain:
        raise ComityError("statement-not-paired", peer, outcome=Outcome.USAGE, place=peer, details={"peer": peer})
    return peer, period


async def _kept(door: Door, visit: Visit) -> tuple[KeptStatement, datetime | None]:
    digest = str(visit.request.path_params["digest"])
    found, published = await door.read(
        lambda records: (records.statements.with_digest(digest), records.statements.published())
    )
    if found is None:
        raise Refused("missing", 404)
    return found, published.get(digest)


async def _asked_again(door: Door, visit: Visit, about: tuple[str, Period]) -> Response | None:
    """Whoever signs for the house knows the password, not only somebody's session."""
    return await asked_again(door, visit, visit.words.say("desk-again.sign", name=about[0], period=about[1].name))


def _signers(kept: KeptStatement, *, ours: str) -> tuple[str, ...]:
    """Who has signed it, as it stands here: nothing is kept that its signer did not sign."""
    if kept.state is StatementState.SIGNED:
        return tuple(sorted((ours, kept.peer)))
    return (kept.peer,) if kept.state in _OFFERED else (ours,)


def _beside(checked: Checked, visit: Visit) -> list[str]:
    """What was counted beside the ledgers, and compared, in the reader's language; nothing of a file that does not hold."""
    if checked.statement is None or checked.faults:
        return []
    return [each[visit.words.language.startswith("zh")] for each in sentences(checked.statement)]


def _one(
    door: Door,
    visit: Visit,
    checked: Checked,
    *,
    peer: str,
    period: str,
    kept: KeptStatement | None,
    published: datetime | None = None,
) -> Response:
    statement = checked.statement or {}
    return door.page(
        visit,
        "exchange/statement",
        title=f"{period} · {peer}",
        checked=checked,
        peer=peer,
        period=period,
        kept=kept,
        published=published,
        differences=statement.get("differences", [])[:NUMBERS],
        beside=_beside(checked, visit),
        numbers=checked.proved[:NUMBERS],
        more=max(len(checked.proved) - NUMBERS, 0),
        waits=kept is not None and kept.state in _OFFERED,
        signers=() if kept is None else _signers(kept, ours=door.work.dealings.domain),
    )
