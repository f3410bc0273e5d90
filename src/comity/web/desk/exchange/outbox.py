"""What leaves: what waits, what is held and why, what was sent and what failed, party by party; one mail as it would leave.

Trust:      a mail holds strangers' words and is shown as text, line by line; who sees one is written down. A link or
            a code in a mail lets its reader act in another's name: the text of those is for accounts alone that may act there
            anyway. Whether mail leaves is said in ``comity.web.desk.exchange.switching``.
Answers:    ``routes(door)``: GET /outbox, /outbox/mail; POST /outbox/mail.
Limits:     fifty mails on a page; of one mail the first 40,000 characters, in words, or as they are (``raw``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import BaseRoute

from comity.model.account import Permit
from comity.model.case_outcome import CaseOutcome
from comity.model.consumer import Consumer
from comity.model.outcomes import ComityError, Outcome
from comity.model.sending import APPLICANTS, OURS, OWN_CUSTOMERS, REGISTERED, OutboxKind, OutboxState, Peer
from comity.services.public.outbox import bytes_of, mail_format
from comity.services.public.readable import Passage, readable
from comity.web.desk.door import Door
from comity.web.desk.exchange.whys import Why, why_of
from comity.web.desk.work import Visit
from comity.web.waiting import Refused

SHOWN: Final = 50
_TEXT: Final = 40_000
# To whom mails go in which a link or a code may stand, by which their reader signs in, proves a claim or speaks for a line.
_OPENS: Final[Mapping[str, Permit]] = {
    APPLICANTS: Permit.CONSUMERS_ACT,
    REGISTERED: Permit.CONSUMERS_ACT,
    OWN_CUSTOMERS: Permit.REMEDY_ACT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """What there is for one party."""

    name: str
    peer: Peer | None
    counts: dict[str, int]
    held_for: Sequence[tuple[str, int]]
    oldest: datetime | None  # of what has not left

    @property
    def is_ours(self) -> bool:
        """Whether it stands for many mailboxes, and is no network."""
        return self.name in OURS


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What the page shows."""

    parties: Sequence[Party]
    stopped: Mapping[str, Consumer]  # who gets nothing, whatever is said of its mail here
    outcomes: Mapping[str, int]  # how many outcomes of cases each was not told
    complaints: Sequence[tuple[str, int]]
    mails: Sequence[Any]
    party: str
    state: str
    after: str  # where the next leaf begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail."""

    row: Any
    format: str | None
    passages: Sequence[Passage]
    is_raw: bool
    is_cut: bool
    is_seen: bool  # whether its text may be shown
    opens: bool  # it is not, because it may let its reader act
    is_unasked: bool  # waits for a person to let it out
    why: Why | None  # how the complaint was decided that it reports


def routes(door: Door) -> list[BaseRoute]:
    """The routes."""

    async def page(visit: Visit) -> Response:
        counted, _ = await door.counted(visit, ("outbox",), lambda records: (parties_of(records), _complaints(records)))
        view = await door.seen(visit, lambda records: _look(door, records, visit, counted=counted))
        title = visit.words.say("desk-menu.outbox")
        return door.page(visit, "exchange/outbox", title=title, view=view, states=list(OutboxState))

    async def mail(visit: Visit) -> Response:
        row, why = await door.seen(visit, lambda records: _with_why(records, visit))
        opens = not visit.may(_OPENS.get(row.party, Permit.PERSONAL_SEE))
        is_seen = visit.may(Permit.PERSONAL_SEE) and row.data is not None and not opens
        if is_seen:
            await door.saw(visit, "outbox", row.id)
        outcomes = [each.value for each in CaseOutcome]
        title = visit.words.say("desk-mail.title")
        return door.page(
            visit,
            "exchange/mail",
            title=title,
            view=replace(_mail(row, is_seen, opens, is_raw=visit.asked("raw", 3) == "yes"), why=why),
            outcomes=outcomes,
        )

    async def decide(visit: Visit) -> Response:
        word, name = visit.said("act", 20), visit.said("report", 200)
        if word not in ("confirm", "decline"):
            raise Refused("form", 400)
        decided = door.work.dealings.let_out if word == "confirm" else door.work.dealings.hold_back
        await door.inside(lambda: decided(door.work.store, name, actor=visit.signed.account, now=visit.now))
        return door.away("/outbox", "done")

    return [
        door.route("/outbox", page, Permit.OUTBOX_SEE),
        door.route("/outbox/mail", mail, Permit.OUTBOX_SEE),
        door.route("/outbox/mail", decide, Permit.CONSUMERS_ACT, method="POST"),
    ]


def parties_of(records: Any) -> list[Party]:
    """Everybody for whom there is mail, or might be: whoever waits first."""
    peers = {each.name: each for each in records.peers.all()}
    counts: dict[str, list[Any]] = {name: [] for name in peers}
    for each in records.sending.standing():
        counts.setdefault(each.party, []).append(each)
    found = [_party(name, peers.get(name), rows) for name, rows in counts.items()]
    return sorted(found, key=lambda each: (each.oldest is None, each.is_ours, each.name))


def _party(name: str, peer: Peer | None, rows: Sequence[Any]) -> Party:
    counts, held = dict.fromkeys((each.value for each in OutboxState), 0), []
    for each in rows:
        counts[each.state.value] += each.count
        if each.state is OutboxState.HELD and each.reason is not None:
            held.append((each.reason, each.count))
    left = [each.oldest for each in rows if each.state in (OutboxState.HELD, OutboxState.WAITING) and each.oldest]
    return Party(name=name, peer=peer, counts=counts, held_for=held, oldest=min(left, default=None))


def one_of(records: Any, name: str) -> Party:
    """One by its name, also where there is nothing for it yet."""
    found = next((each for each in parties_of(records) if each.name == name), None)
    return found or _party(name, None, ())


def _complaints(records: Any) -> Sequence[tuple[str, int]]:
    return sorted(records.sending.complaint_counts().items())


def _look(
    door: Door, records: Any, visit: Visit, *, counted: tuple[Sequence[Party], Sequence[tuple[str, int]]]
) -> Listed:
    party, state = visit.asked("party", 255), visit.asked("state", 20)
    states: tuple[OutboxState, ...] = (OutboxState.HELD, OutboxState.WAITING, OutboxState.FAILED)
    if state in list(OutboxState):
        states = (OutboxState(state),)
    last, _, number = visit.asked("after", 300).rpartition(" ")
    after = (last, int(number)) if last and number.isdecimal() and len(number) < 19 else None
    rows = records.sending.listed(party or None, states, SHOWN + 1, after=after)
    outcomes = door.work.dealings.held_answers().counts(records, visit.now)
    known = {each.name for each in counted[0]}
    shown = rows[:SHOWN]
    return Listed(
        parties=[*counted[0], *(_party(name, None, ()) for name in outcomes if name not in known)],
        stopped=door.work.dealings.stopped(records, visit.now),
        outcomes=outcomes,
        complaints=counted[1],
        mails=shown,
        party=party,
        state=state if state in list(OutboxState) else "",
        after=f"{shown[-1].party} {shown[-1].id}" if len(rows) > SHOWN else "",
    )


def _with_why(records: Any, visit: Visit) -> tuple[Any, Why | None]:
    row = _found(records, visit.asked("party"), visit.asked("id", 18))
    return row, why_of(records, row.name or "") if row.kind == OutboxKind.REPORT.value else None


def _found(records: Any, party: str, number: str) -> Any:
    if number.isascii() and number.isdecimal():
        rows = records.sending.listed(party, tuple(OutboxState), 1, after=(party, int(number) - 1))
        if rows and rows[0].id == int(number):
            return rows[0]
    raise ComityError("desk-mail-unknown", number, outcome=Outcome.UNKNOWN)


def _mail(row: Any, is_seen: bool, opens: bool, *, is_raw: bool) -> Mail:
    passages, is_cut = _shown(bytes_of(row), is_raw=is_raw) if is_seen else ([], False)
    return Mail(
        row=row,
        format=mail_format(row),
        passages=passages,
        is_raw=is_raw,
        is_cut=is_cut,
        is_seen=is_seen,
        opens=opens,
        why=None,
        is_unasked=row.state == OutboxState.HELD.value and row.reason == "unconfirmed",
    )


def _shown(data: bytes, *, is_raw: bool) -> tuple[list[Passage], bool]:
    """As much of a mail as there is room for on a page, and whether that is not all."""
    if is_raw:
        text = data.decode("utf-8", "replace")
        return [Passage(lines=tuple(text[:_TEXT].splitlines()))], len(text) > _TEXT
    found: list[Passage] = []
    room = _TEXT
    for each in readable(data):
        lines: list[str] = []
        for line in each.lines:
            if room <= 0:
                return [*found, replace(each, lines=tuple(lines))], True
            lines.append(line[:room])
            room -= len(line) + 1
        found.append(replace(each, lines=tuple(lines)))
    return found, any(each.is_cut for each in found)
