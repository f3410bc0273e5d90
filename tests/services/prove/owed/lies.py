"""How east lies in a close, and what west finds."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from comity.ledger.leaf import LeafType
from comity.services.prove.closing import Closed
from comity.services.prove.leaves.objecting import disputes

from .a_pair import EAST, WEST, Pair

Facts = dict[str, Any]


def honest(pair: Pair, through: int) -> Closed:
    """One more day, closed by both."""
    pair.at(through + 1, 0)
    pair.close(pair.west, through)
    closed = pair.close(pair.east, through)
    pair.exchange()
    return closed


def lied(pair: Pair, through: int, facts: Facts, beside: Facts | None = None, *, name: str = "") -> Closed:
    """East closes one more day with other facts, and other things beside them, than its leaves give; ``name`` ends its id."""
    pair.at(through + 1, 0)
    write = pair.east.scribe.write

    def other(rows: Any, events: Any, now: datetime) -> Any:
        changed = []
        for each in events:
            if each.leaf_type is LeafType.DAY_CLOSE:
                record = json.loads(each.payload) | (beside or {})
                event_id = f"{each.event_id}{name}"
                data = json.dumps(record).encode()
                each = replace(each, event_id=event_id, facts={**each.facts, **facts}, payload=data)  # noqa: PLW2901
            changed.append(each)
        return write(rows, changed, now)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pair.east.scribe, "write", other)
        closed = pair.close(pair.east, through)
    pair.exchange()
    return closed


def named(pair: Pair, closed: Closed) -> set[str]:
    """What west finds in it."""
    return {name for name, _, _ in pair.found(closed)}


def disputed(pair: Pair) -> list[str]:
    """What west disputes."""
    with pair.west.store.read() as rows:
        return [str(each) for each in disputes(rows.closes, [(WEST, EAST)])]


def begun(pair: Pair) -> None:
    pair.at(0)
    pair.report(1, 2, 3)
    pair.exchange()
