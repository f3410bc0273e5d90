"""What the bench of leaving mail measures really happens, and a wrong number is seen."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from comity.bootstrap.benches.provider import bench_provider, measured
from comity.cli import main
from comity.formats import dkim
from comity.formats.mime import scan
from comity.services.operate.bench_complain import Arrived, Stopwatch, fill, sample_load, wrong, wrong_reports
from comity.services.operate.sample_complaints import PARTIES, SELECTOR

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def test_every_number_agrees(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A hundred complaints become a hundred signed reports at a mail host of its own, in a store that holds others, too; nothing is
    wrong, and nothing is left.
    """
    assert main(["bench", "complain", "--count", "100", "--grow", "600", "--folder", str(tmp_path), "--json"]) == 0
    told = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert (told["complaints"], told["wrong"]) == (100, [])
    assert [each["rows"] for each in told["growth"]] == [60, 600]
    assert all(number > 0 for number in told["microseconds_each"].values())
    assert told["peak_rss_mib"]["looker"] < 200  # the writer is this test, with all that it has imported
    assert list(tmp_path.iterdir()) == []


def test_a_filled_store_agrees_with_its_ledger(tmp_path: Path) -> None:
    """What only makes a store large is in its ledger and its roll-ups like anything else: a report a leaf."""
    settings = bench_provider(tmp_path, KEY, port=1, readers=1)
    with measured(settings, Stopwatch(time.thread_time)) as ready:
        fill(1100, ready.side.store.write, ready.exchange, now=datetime.now(UTC))
        with ready.side.store.read() as rows:
            channels = [(each.size, *rows.ledger.exchanged(each.channel_id)) for each in rows.ledger.channels()]
            assert channels == [(275, 275, 275)] * len(PARTIES)
            assert rows.sending.complaint_counts() == {"decided": 1100}
            assert rows.sending.due(datetime.now(UTC), 10, room=1000) == []


def test_samples_hold_what_they_say() -> None:
    """Four networks, half of the mails signed so that the signature holds, the same from the same seed."""
    load = sample_load(32, size=2000, seed=1, key=KEY)
    assert {each.party for each in load.complaints} == set(PARTIES)
    records = {f"{SELECTOR}._domainkey.{each.domain}": dkim.public_record(KEY) for each in PARTIES}
    for each in load.complaints:
        checks = dkim.verify(scan(each.data), records, now=datetime(2026, 3, 1, tzinfo=UTC))
        assert [check.result.value for check in checks] == ["pass"] * each.is_signed
    again = sample_load(32, size=2000, seed=1, key=KEY)
    assert [each.recipient for each in again.complaints] == [each.recipient for each in load.complaints]
    assert sum(each.is_signed for each in load.complaints) == 16


def test_a_wrong_number_is_named() -> None:
    """A mail too few, an envelope address used twice, a mail for the wrong network, one that is not signed."""
    load = sample_load(8, size=2000, seed=1, key=KEY)
    right = Arrived(count=8, reports=8, envelopes=8, by_address={each.address: 2 for each in PARTIES}, kept=(), cpu=0.0)
    assert wrong(load, right, {"leaves": 8}) == []
    assert wrong(load, replace(right, envelopes=7), {"leaves": 9}) == ["leaves 9 / 8", "envelopes 7 / 8"]
    assert wrong(load, replace(right, by_address={**right.by_address, "fbl@far.example": 3}), {}) == [
        "fbl@far.example 3 / 2"
    ]
    plain = replace(right, kept=(("fbl@far.example", load.complaints[0].data),))
    assert wrong_reports(load, plain, {}, now=datetime(2026, 3, 1, tzinfo=UTC)) == [
        "report 0: signature",
        "report 0: facts",
    ]
