"""What left is counted by an index and named for its party alone; the rest as it stands; a long list is read in parts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comity.model.sending import OutboxKind, OutboxState
from comity.services.complain.rows import enter
from comity.store.engine import Store, open_store

NOW = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
PARTIES = ("east", "north", "west")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An outbox with mail of every state for three parties, some of it held for reasons."""
    opened = open_store(tmp_path / "comity.db")
    opened.create()
    states = [*OutboxState]
    rows = []
    for number in range(60):
        at = NOW - timedelta(hours=number)
        row = enter(
            OutboxKind.NOTICE,
            b"x",
            party=PARTIES[number % 3],
            address="a@b.example",
            bounce_token=f"{number:024}",
            now=at,
        )
        state = states[number % 7 % len(states)]
        reason = ("observe", "quota")[number % 2] if state is OutboxState.HELD else None
        rows.append(replace(row, state=state, reason=reason))
    with opened.write() as records:
        records.sending.add_outbox(rows)
    yield opened
    opened.close()


def test_what_stands_is_what_is_counted(store: Store) -> None:
    """Of what left only how long ago, and why, is not said."""
    with store.read() as records:
        every, standing = records.sending.counts(), records.sending.standing()
    assert {each.state for each in every} == {*OutboxState}
    here = [each for each in standing if each.state is not OutboxState.SENT]
    assert here == [each for each in every if each.state is not OutboxState.SENT]
    left = {each.party: each.count for each in standing if each.state is OutboxState.SENT}
    assert left == {each.party: each.count for each in every if each.state is OutboxState.SENT}
    assert all(each.oldest is None and each.reason is None for each in standing if each.state is OutboxState.SENT)


def test_a_long_list_is_read_part_by_part(store: Store) -> None:
    """Party by party, oldest first; each part begins behind the one before, and none is left out."""
    with store.read() as records:
        whole = [(each.party, each.id) for each in records.sending.listed(None, tuple(OutboxState), 100)]
        assert whole == sorted(whole)
        assert len(whole) == 60
        parts, after = [], None
        while part := records.sending.listed(None, tuple(OutboxState), 7, after=after):
            parts += [(each.party, each.id) for each in part]
            after = parts[-1]
        assert parts == whole
        held = records.sending.listed("east", (OutboxState.HELD,), 100)
    assert held
    assert {(each.party, each.state) for each in held} == {("east", "held")}
