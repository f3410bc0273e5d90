"""What the bench of intake measures really happens, and it says where the time goes."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from comity.bootstrap.benches.desk import bench_desk
from comity.bootstrap.desk import desk_store
from comity.cli import main
from comity.cli.capacity.lmtp_host import MAILBOX, over_lmtp, percentile
from comity.services.operate.bench_ingest import sample_mails

WHOLE = ("read", "write", "hand_over")


def test_every_number_agrees(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A thousand reports are counted once, and the stages that make up the whole make up all of it; nothing is left."""
    assert main(["bench", "ingest", "--count", "1000", "--size", "2000", "--folder", str(tmp_path), "--json"]) == 0
    told = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert (told["wrong"], told["fates"]["case"], told["growth_factor"], told["lmtp"]) == ([], 1000, None, None)
    stages = told["stages"]
    assert stages.keys() == {*WHOLE, "parse_alone", "verify_alone", "pack_alone"}
    assert sum(stages[name]["share_percent"] for name in WHOLE) == pytest.approx(100, abs=0.2)
    assert all(each["microseconds_each"] > 0 for each in stages.values())
    assert list(tmp_path.iterdir()) == []


def test_the_running_program_is_measured_over_lmtp(tmp_path: Path) -> None:
    """Each mail has its wait until it is acknowledged, and all of them are in the store when the flood is over."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    settings = bench_desk(tmp_path, key, readers=1, mailbox=MAILBOX)
    steady, flood = (sample_mails(20, size=2000, seed=seed, key=key) for seed in (1, 2))
    told = over_lmtp(settings, steady.mails, flood.mails)
    assert (len(told.steady), len(told.flood), told.refused) == (len(steady.mails), len(flood.mails), 0)
    assert 0 < told.acknowledged <= told.worked_off
    assert told.cpu > 0
    assert percentile(told.steady, 50) <= percentile(told.steady, 99)
    store = desk_store(settings)
    with store.read() as records:
        cases = records.cases.in_states(list(records.cases.count_by_state()))
        assert sum(case.reports for case in cases) + sum(records.intake.unmatched().values()) == 40
    store.close()
