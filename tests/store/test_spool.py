"""The spool: what was acknowledged lies there until it was worked off."""

import os
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comity.formats import reading
from comity.formats.dialects.context import Context
from comity.model.arrival import Arrival
from comity.model.outcomes import ComityError, Outcome
from comity.services.receive.prepare import pack, prepare
from comity.services.receive.working_off import task_of
from comity.store.spool import Spool

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def arrival(number: int = 0, data: bytes = b"Subject: x\r\n\r\nx\r\n") -> Arrival:
    return Arrival(
        gate="lmtp",
        envelope_from="fbl@east.example",
        recipients=("fbl@west.example", "abuse@west.example"),
        peer="192.0.2.1",
        tls=True,
        arrived=NOON + timedelta(microseconds=number),
        data=data,
    )


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool.db", durable=True)


def test_what_goes_in_comes_out(spool: Spool) -> None:
    """Bytes, envelope and time come back as they were, in order."""
    given = [arrival(0), arrival(1, b""), arrival(2, bytes(range(256)) * 50)]
    numbers = spool.add(given)
    found = spool.claim(0, items=10, data_bytes=10**6)
    assert [each.arrival for each in found] == given
    assert [each.spool_id for each in found] == numbers


def test_what_waits_is_packed_as_it_is_kept_later(spool: Spool) -> None:
    """The bytes that the store keeps are the very bytes of the spool: nobody packs them a second time, whoever reads them."""
    given = [arrival(0), arrival(1, b""), arrival(2, bytes(range(256)) * 50)]
    spool.add(given)
    for each in spool.claim(0, items=10, data_bytes=10**6):
        assert each.packed == pack(each.arrival.data)
        data, delivery = task_of(each)
        kept = prepare(data, delivery, lambda read, name: reading.read(read, Context(), name=name))
        assert (kept.packed is each.packed, kept.size) == (True, len(each.arrival.data))


def test_an_envelope_of_no_text_is_kept(spool: Spool) -> None:
    """Half a character in an address loses that character, not the mail."""
    strange = Arrival(gate="smtp", envelope_from="a\udcff", recipients=("b\udc80@x",), arrived=NOON, data=b"x")
    spool.add([strange])
    assert spool.claim(0, items=1, data_bytes=1)[0].arrival.envelope_from == "a?"


def test_a_claim_has_bounds(spool: Spool) -> None:
    """A batch holds so many items and so many bytes, but never nothing while something waits."""
    spool.add([arrival(n, b"x" * 100) for n in range(10)])
    assert len(spool.claim(0, items=4, data_bytes=10**6)) == 4
    assert len(spool.claim(0, items=10, data_bytes=250)) == 2
    assert len(spool.claim(0, items=10, data_bytes=1)) == 1
    assert [each.spool_id for each in spool.claim(7, items=10, data_bytes=10**6)] == [8, 9, 10]


def test_numbers_are_never_given_twice(spool: Spool) -> None:
    """After everything was worked off the next item has a higher number, so that a claim "after 3" finds it."""
    numbers = spool.add([arrival(n) for n in range(3)])
    spool.done(numbers)
    assert spool.counts().items == 0
    assert spool.add([arrival()]) == [4]


def test_a_second_connection_sees_it(spool: Spool, tmp_path: Path) -> None:
    """The worker, in another process, sees what the gates added and notices that there is something new."""
    worker = Spool(tmp_path / "spool.db", durable=False)
    before = worker.mark()
    spool.add([arrival()])
    assert worker.mark() != before
    worker.count_try(1)
    assert worker.claim(0, items=1, data_bytes=1)[0].tries == 1
    worker.done([1])
    assert spool.counts().oldest is None


def test_only_its_owner_reads_it(spool: Spool, tmp_path: Path) -> None:
    """Nobody else on the machine can read complaints."""
    spool.add([arrival()])
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}


def test_another_version_is_refused(spool: Spool, tmp_path: Path) -> None:
    """A spool of a later program is not touched."""
    with sqlite3.connect(tmp_path / "spool.db") as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(ComityError) as caught:
        spool.add([arrival()])
    assert (caught.value.code, caught.value.outcome) == ("store-version", Outcome.CONFIGURATION)


def test_a_full_disk_keeps_nothing_and_passes(spool: Spool, tmp_path: Path) -> None:
    """When the file cannot grow, the whole batch is refused with "try again", and the next one is kept when there is room again."""
    spool.add([arrival()])
    spool._open().execute("PRAGMA max_page_count=8")
    with pytest.raises(ComityError) as caught:
        spool.add([arrival(1), arrival(2, os.urandom(100_000))])
    assert (caught.value.code, caught.value.outcome) == ("store-full", Outcome.FULL)
    assert spool.counts().items == 1
    assert spool.add([arrival(3, os.urandom(100_000))]) == [2]


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    """A file that is no database is named as such, and left alone."""
    (tmp_path / "spool.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(ComityError) as caught:
        Spool(tmp_path / "spool.db", durable=True).add([arrival()])
    assert caught.value.code == "store-damaged"
