"""Block lists: what stands in them about our own addresses."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from comity.cases.own_side import OwnSide
from comity.cli import main
from comity.formats import tables
from comity.formats.own_side import read_own
from comity.services.receive.sources.listing import as_table, our_part

OWN = b"cidr,customer\n192.0.2.0/25,West\n192.0.2.128/25,South\n2001:db8:1::/48,West\n"
LIST = """\
$SOA 3600 list.example admin.list.example 0 600 300 86400 300
# a comment
:127.0.0.3:Dynamic
192.0.2.9
198.51.100.0/24 ; not ours
192.0.2.120-130
!192.0.2.9
203.0.113.7 :127.0.0.2:not ours
this is no address
2001:db8::/32 ; SBL7
192.0.2.40 :127.0.0.2:seen in a trap
"""


def _own() -> OwnSide:
    return OwnSide(read_own(OWN, "own.csv").holdings)


def test_only_our_part_is_kept() -> None:
    """A range over two customers is two; what the list excepts is not listed; a bad line is named and the rest is read."""
    part = our_part(LIST.splitlines(), _own())
    assert [(each.stretch, each.customer, each.note) for each in part.found] == [
        ("192.0.2.120 - 192.0.2.127", "West", "127.0.0.3 Dynamic"),
        ("192.0.2.128 - 192.0.2.130", "South", "127.0.0.3 Dynamic"),
        ("2001:db8:1:: - 2001:db8:1:ffff:ffff:ffff:ffff:ffff", "West", "SBL7"),
        ("192.0.2.40", "West", "127.0.0.2 seen in a trap"),
    ]
    assert (part.mistaken, part.mistakes) == (1, [(9, "this is no address")])


def test_intake_reads_what_it_makes() -> None:
    """The table is one as any other, of the class of the list."""
    part = our_part(LIST.splitlines(), _own())
    reading = tables.read(as_table(part.found, "droplist", datetime(2026, 3, 1, 8, tzinfo=UTC)), "droplist.csv")
    assert {each.reported_class for each in reading.reports} == {"listed/droplist"}
    assert [each.source_ip for each in reading.reports][-1] == "192.0.2.40"
    assert {each.arrival_date for each in reading.reports} == {datetime(2026, 3, 1, 8, tzinfo=UTC)}


def test_from_files_to_cases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """SNDS and a block list become reports in the cases of the customers, over the command line."""
    assert main(["init", str(tmp_path)]) == 0
    config = tmp_path / "comity.toml"
    (tmp_path / "own.csv").write_bytes(OWN)
    config.write_text('[own]\nfiles = ["own.csv"]\n', encoding="utf-8")
    (tmp_path / "list.txt").write_text(LIST.replace("this is no address\n", ""), encoding="utf-8")
    row = "192.0.2.200,3/1/2026 1:00 AM,3/1/2026 11:00 PM,9,9,9,RED,0.6%,,,3,,,\n"
    (tmp_path / "snds.csv").write_text(row, encoding="utf-8")
    capsys.readouterr()
    words = ["source", "listed", "droplist", str(tmp_path / "list.txt"), "--ingest", "--json", "--config", str(config)]
    assert main(words) == 0
    assert len([json.loads(line) for line in capsys.readouterr().out.splitlines()]) == 4
    # The next hour's list has an entry more: of that day, what was known is counted once.
    with (tmp_path / "list.txt").open("a", encoding="utf-8") as there:
        there.write("192.0.2.41\n")
    assert main(words) == 0
    capsys.readouterr()
    assert main(["ingest", str(tmp_path / "snds.csv"), "--config", str(config)]) == 0
    capsys.readouterr()
    assert main(["case", "list", "--json", "--config", str(config)]) == 0
    cases = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {each["label"]: (each["reports"], each["repeats"]) for each in cases} == {"South": (2, 1), "West": (4, 3)}
