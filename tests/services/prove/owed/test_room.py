"""A close has room for what it must say."""

from dataclasses import replace
from datetime import timedelta

import pytest

from comity.ledger import day_close, leaf
from comity.ledger.day_close import Answers, WorkDays
from comity.services.prove import closing

from .a_pair import MONDAY


def test_long_names_and_many_terms_leave_room_for_the_close() -> None:
    """Sixty earlier days are named where there is room: what a close must say comes first."""
    name = "a" * 62 + ".example"
    answers = Answers(
        seen={f"{name}/to/{name}/202{n}q4": 10**6 for n in range(8)},
        terms=tuple((f"{n:064x}", n, 30) for n in range(12)),
        work_days=WorkDays(zone="Asia/Shanghai", work_days=(0, 1, 2, 3, 4), holidays=(MONDAY,) * 20, extra_days=()),
        cells=32,
        root=b"r" * 32,
    )
    said = day_close.DayClose(
        day=MONDAY, start=0, end=10**6, previous=f"{name}/to/{name}/2026q4#1000000", late={}, within_hours=72,
        countries="2026-11-01", cells=99, root=b"r" * 32, answers=answers,
    )  # fmt: skip
    late = {(MONDAY - timedelta(days=n)).isoformat(): 10 for n in range(1, 90)}
    event = f"{name}/to/{name}/2026q4.2026-11-23.close"
    found = closing._as_fits(said, late, event)
    frame = {"type": "day-close", "id": event, "observed": None, "submitted": 1 << 31, "payload_commit": "f" * 64}
    assert 0 < len(found) < 60
    assert leaf.canonical(frame | replace(said, late=found).facts())
    with pytest.raises(ValueError, match="bytes"):
        leaf.canonical(frame | replace(said, late=dict(list(late.items())[:60])).facts())
