"""Join what takes joint statements from peers, hands ours over, and fetches them.

Answers:    ``statements(settings)`` signs and takes; ``statements_door(settings)`` is what the server does with one;
            ``fetch(settings, store, peer, period)`` asks the peer where one stands, and keeps what both signed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from comity.bootstrap.desk import desk_store
from comity.bootstrap.parties import own_domain
from comity.bootstrap.proving import stating
from comity.bootstrap.trust.repair import asking
from comity.model.joint_statement import Disagreement, KeptStatement
from comity.model.outcomes import ComityError, Outcome
from comity.services.prove.stating.exchanging import NotTakenError, Statements
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.store.engine import Store


def statements(settings: Settings) -> Statements:
    """What our desk does about joint statements."""
    return Statements(own_domain(settings), stating(settings))


def statements_door(settings: Settings) -> Callable[[bytes], tuple[int, Mapping[str, object]]]:
    """What is done with a statement that somebody posts."""
    taking, store = statements(settings), desk_store(settings)

    def take(data: bytes) -> tuple[int, Mapping[str, object]]:
        answer = taking.take(store, data, now=datetime.now(UTC))
        return answer.status, answer.said

    return take


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """Where a statement stands at the other side, and what we have of it."""

    state: str
    kept: KeptStatement | None  # None: it is what we signed alone
    reason: str | None
    where: str | None
    numbers: tuple[Disagreement, ...]


def fetch(settings: Settings, store: "Store", *, peer: str, period: str) -> Fetched:
    """Ask the peer; keep what it signed."""
    with asking(settings, peer, period) as ask:
        said = ask("statement", ())
    text, state, numbers = said.get("statement"), said.get("state"), said.get("numbers")
    if not isinstance(text, str) or not isinstance(state, str):
        raise ComityError("statement-answer", f"{peer} gave no statement", outcome=Outcome.BAD_INPUT, place=peer)
    kept = None
    try:
        with store.write() as records:
            kept = statements(settings).taken(records, text.encode("utf-8", "replace"), now=datetime.now(UTC))
    except NotTakenError as no:
        if no.code != "statement-not-signed":
            raise ComityError(
                "statement-answer", f"{peer} gave no statement: {no.code}", outcome=Outcome.BAD_INPUT, place=peer
            ) from None
    reason, where = said.get("reason"), said.get("where")
    return Fetched(
        state=state[:40],
        kept=kept,
        reason=reason[:60] if isinstance(reason, str) else None,
        where=where[:200] if isinstance(where, str) else None,
        numbers=tuple(_numbers(numbers if isinstance(numbers, list) else [])),
    )


def _numbers(said: list[object]) -> list[Disagreement]:
    return [
        Disagreement(number=each[0][:200], values={str(side)[:80]: value for side, value in each[1].items()})
        for each in said[:200]
        if isinstance(each, list) and len(each) == 2 and isinstance(each[0], str) and isinstance(each[1], dict)
        if all(value is None or isinstance(value, int) for value in each[1].values())
    ]
