"""``comity complain``: what an operator types, and what lies in the folder afterwards."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.cli import main
from comity.formats import arf, dkim
from comity.formats.delivery_memory import Facts, anchor_of, mark
from comity.formats.mime import scan
from comity.outlets.key_ring import keys_at

AGREEMENTS = """\
[identity]
domain = "west.example"
address = "feedback@west.example"
organisation = "West Mail"

[own]
networks = ["192.0.2.0/24"]

[[agreement]]
peer = "east"
address = "fbl@east.example"
networks = ["198.51.100.0/24"]
tier = "T2"
"""
MAIL = """\
Delivered-To: ann.meyer@west.example
Received: from h.example (h.example [{address}]) by mx.west.example (Postfix) with ESMTP id 4ABC
\tfor <ann.meyer@west.example>; Sun, 01 Mar 2026 08:05:09 +0000
From: Shop <news@shop.example>
To: ann.meyer@west.example
Subject: Great news
Message-ID: <{number}@shop.example>

buy
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with agreements and three mails: two from the east, one from nobody we know."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMITY_CONFIG", raising=False)
    (tmp_path / "agreements.toml").write_text(AGREEMENTS, encoding="utf-8")
    (tmp_path / "junk").mkdir()
    for number, address in enumerate(("198.51.100.7", "198.51.100.8", "203.0.113.9")):
        mail = MAIL.format(address=address, number=number)
        (tmp_path / f"junk/{number}.eml").write_text(mail, encoding="utf-8")
    return tmp_path


def _run(*arguments: str) -> int:
    return main(["complain", *arguments, "--language", "en"])


def _reports(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.eml"))


def test_a_folder_of_complaints_becomes_a_folder_of_reports(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each mail and party, a table, and files that any reader of ARF understands."""
    assert _run("junk", "--agreements", "agreements.toml", "--out", "out") == 0
    files = _reports(place / "out")
    assert [path.parent.name for path in files] == ["east", "east"]
    for path in files:
        reading = arf.read(path.read_bytes())
        assert reading is not None
        assert reading.reports[0].report_id == path.stem
    shown = capsys.readouterr().out
    assert "to east <fbl@east.example> (network 198.51.100.0/24, T2)" in shown
    assert "nobody responsible has an agreement" in shown
    assert "Mails: 3; reports written: 2;" in shown
    assert "ann.meyer" not in shown


def test_run_again_it_adds_nothing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was reported is not reported twice, also by another path, and not written over."""
    assert _run("junk", "--agreements", "agreements.toml", "--out", "out") == 0
    before = {path: path.stat().st_mtime_ns for path in _reports(place / "out")}
    mbox = "".join(
        f"From x@y.example Sun Mar  1 08:05:09 2026\n{path.read_text(encoding='utf-8')}\n"
        for path in sorted((place / "junk").iterdir())
    )
    (place / "junk.mbox").write_text(mbox, encoding="utf-8")
    assert _run("junk", "junk.mbox", "--agreements", "agreements.toml", "--out", "out") == 0
    assert {path: path.stat().st_mtime_ns for path in _reports(place / "out")} == before
    assert "reports written: 0; there already: 4" in capsys.readouterr().out


def test_for_programs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--json: one object a mail, with its reports, its noes and every step; it names no complainer."""
    assert _run("junk", "--agreements", "agreements.toml", "--out", "out", "--json") == 0
    shown = capsys.readouterr().out
    found = {each["path"]: each for each in map(json.loads, shown.splitlines())}
    assert len(found) == 3
    first, *_, last = (found[path] for path in sorted(found))
    assert first["source_ip"] == "198.51.100.7"
    (written,) = first["reports"]
    assert (written["party"], written["role"], written["tier"], written["new"]) == ("east", "network", "T2", True)
    assert Path(written["file"]).exists()
    assert last["refusals"][0]["reason"] == "no-agreement-and-no-cfbl-address"
    assert {"rule": "network", "held": False, "reason": "no-agreement", "about": "203.0.113.9"} in last["steps"]
    assert "ann.meyer" not in shown


def test_the_steps_are_shown(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--steps: each question with its answer, the code of the rule beside its sentence."""
    assert _run("junk/2.eml", "--agreements", "agreements.toml", "--out", "out", "--steps") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "yes message: it is a mail that can be complained about" in said
    assert "no network: the network it came from is responsible 203.0.113.9 no agreement covers it" in said


def test_settings_may_say_it_all(place: Path) -> None:
    """With comity.toml the command needs only the mail."""
    identity, _, agreements = AGREEMENTS.partition("[[agreement]]")
    (place / "agreements.toml").write_text(f"[[agreement]]{agreements}", encoding="utf-8")
    (place / "comity.toml").write_text(
        identity + '[complain]\nagreements = "agreements.toml"\nout = "out"\nkey_file = "secret/key"\n',
        encoding="utf-8",
    )
    assert _run("junk") == 0
    assert len(_reports(place / "out")) == 2
    assert (place / "secret/key").stat().st_mode & 0o777 == 0o600


def test_the_key_is_made_beside_the_agreements(place: Path) -> None:
    """The first run makes the secret; the tokens stay the same in the next."""
    assert _run("junk/0.eml", "--agreements", "agreements.toml", "--out", "one") == 0
    assert _run("junk/0.eml", "--agreements", "agreements.toml", "--out", "two") == 0
    assert [path.name for path in _reports(place / "one")] == [path.name for path in _reports(place / "two")]
    assert (place / "comity.key").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["junk"], 78, "complain.agreements"),
        (["junk", "--agreements", "agreements.toml"], 78, "complain.out"),
        (["junk", "--agreements", "none.toml", "--out", "out"], 78, "none.toml"),
        (["none", "--agreements", "agreements.toml", "--out", "out"], 65, "none"),
        (["junk", "--agreements", "agreements.toml", "--out", "out", "--recipient", "ann"], 64, "--recipient"),
        (["junk", "--agreements", "wrong.toml", "--out", "out"], 78, "wrong.toml:1"),
        (["junk", "--agreements", "nobody.toml", "--out", "out"], 78, "identity.domain"),
        (["junk", "--agreements", "elsewhere.toml", "--out", "out"], 78, "north.example"),
        (["junk", "--agreements", "agreements.toml", "--out", "out", "--dkim-keys", "wrong.toml"], 78, "wrong.toml:1"),
        ([], 64, ""),
    ],
)
def test_what_is_wrong_is_said(
    place: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, said: str
) -> None:
    """The exit status is that of the table, the message names the file and what is missing; nothing is written."""
    (place / "wrong.toml").write_text("[[agreemnt]]\n", encoding="utf-8")
    (place / "nobody.toml").write_text("[[agreement]]" + AGREEMENTS.partition("[[agreement]]")[2], encoding="utf-8")
    elsewhere = AGREEMENTS.replace("feedback@west.example", "feedback@north.example")
    (place / "elsewhere.toml").write_text(elsewhere, encoding="utf-8")
    assert _run(*arguments) == status
    assert said in capsys.readouterr().err
    assert not _reports(place / "out")


def test_one_item_that_cannot_be_opened_costs_no_other(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The rest is reported; what is missing is named with the reason, and the exit status says that there is something."""
    (place / "junk/1.eml").unlink()
    (place / "junk/1.eml").symlink_to(place / "gone")
    assert _run("junk", "--agreements", "agreements.toml", "--out", "out") == 65
    assert len(_reports(place / "out")) == 1
    said = capsys.readouterr().out
    assert "1.eml: could not be opened: No such file or directory\n" in said
    assert "could not be read" in said
    assert _run("junk", "--agreements", "agreements.toml", "--out", "out", "--json") == 65
    refused = {row["path"]: row["refusals"] for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert refused["1.eml"][0]["reason"] == "cannot-open"


def test_the_other_side_reads_chinese(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command line speaks the operator's language; no sentence is missing."""
    assert main(["complain", "junk", "--agreements", "agreements.toml", "--out", "out", "--language", "zh"]) == 0
    shown = capsys.readouterr().out
    assert "共 3 封邮件" in shown
    assert "[no-report" not in shown


def test_a_strangers_name_does_not_reach_the_terminal(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Escape sequences in a file name or an address are shown as signs."""
    (place / "junk/\x1b[31mred.eml").write_text(MAIL.format(address="203.0.113.9", number=9), encoding="utf-8")
    assert _run("junk", "--agreements", "agreements.toml", "--out", "out", "--steps") == 0
    assert "\x1b" not in capsys.readouterr().out


def test_our_own_lists_say_what_is_ours(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The lists that triage takes count here too: mail from our own customers is our own case."""
    (place / "prefixes.csv").write_text(
        "prefix,customer\n203.0.113.0 - 203.0.113.127,Shop\nshop.example,Shop\n", encoding="utf-8"
    )
    text = AGREEMENTS.replace("[own]\n", '[own]\nfiles = ["prefixes.csv"]\n')
    (place / "agreements.toml").write_text(text, encoding="utf-8")
    assert _run("junk", "--agreements", "agreements.toml", "--out", "out") == 0
    assert "it came from our own network" in capsys.readouterr().out
    (place / "prefixes.csv").write_text("203.0.113.7/24,Shop\n", encoding="utf-8")
    assert _run("junk", "--agreements", "agreements.toml", "--out", "out") == 78
    assert "prefixes.csv:1" in capsys.readouterr().err


def test_keys_that_were_kept_prove_a_signature(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--dkim-keys: the originator that asked for complaints in signed mail is told; without the key it is not."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    mail = MAIL.format(address="203.0.113.9", number=7).replace(
        "From:", "CFBL-Address: fbl@shop.example; report=arf\nFrom:"
    )
    received, start, rest = mail.partition("CFBL-Address")
    signed = dkim.sign((start + rest).encode(), domain="shop.example", selector="s1", key=key)
    (place / "signed.eml").write_bytes(received.encode() + signed + (start + rest).encode())
    (place / "keys.txt").write_text(
        f's1._domainkey.shop.example. IN TXT "{dkim.public_record(key)}"\n', encoding="ascii"
    )
    order = ["signed.eml", "--agreements", "agreements.toml", "--out", "out"]
    assert _run(*order) == 0
    assert "no report to fbl@shop.example, because the DKIM signature" in capsys.readouterr().out
    assert _run(*order, "--dkim-keys", "keys.txt") == 0
    (path,) = _reports(place / "out")
    assert path.parent.name == "shop.example"
    assert "to shop.example <fbl@shop.example> (originator, cfbl:strict, T2)" in capsys.readouterr().out


def test_the_network_of_the_source_is_told(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where tables were imported, each mail says whose its source is, registered and used where, as of which day."""
    (place / "asn.csv").write_text("198.51.100.0,198.51.100.255,64501,East Net\n", encoding="utf-8")
    assert main(["data", "import", "asn.csv", "--date", "2026-02-03"]) == 0
    capsys.readouterr()
    assert _run("junk", "--agreements", "agreements.toml", "--out", "out", "--json") == 0
    networks = [json.loads(line)["source_network"] for line in capsys.readouterr().out.splitlines()]
    known = {
        "asn": 64501,
        "name": "East Net",
        "registrant_country": None,
        "location_country": None,
        "data_date": "2026-02-03",
    }
    assert networks == [known, known, None]
    assert _run("junk", "--agreements", "agreements.toml", "--out", "out", "--steps") == 0
    assert "network of the source 198.51.100.7: AS64501 East Net" in capsys.readouterr().out


def test_a_mail_that_was_marked_at_delivery_is_believed(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The milter's key lies beside the settings: without a trusted host named, the mark alone tells source and mailbox."""
    keys = keys_at(place / "delivery.keys")
    mail = (place / "junk/0.eml").read_text(encoding="utf-8").partition("From: ")
    came = f"{mail[1]}{mail[2]}"
    fields = [(each.name.lower().encode(), each.raw) for each in scan(came.encode()).headers.items()]
    facts = Facts(
        delivered=datetime(2026, 3, 1, 8, 5, tzinfo=UTC),
        client_ip="198.51.100.7",
        queue_id="4ABC",
        mailboxes=["ann.meyer@west.example"],
    )
    value = mark(facts, anchor_of(fields), keys)
    (place / "marked.eml").write_text(f"{mail[0]}Comity-Delivery: {value}\n{came}", encoding="utf-8")
    assert _run("marked.eml", "--agreements", "agreements.toml", "--out", "out", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["source_ip"], told["source_ip_from"], told["source_standing"]) == (
        "198.51.100.7",
        "delivery-header:1",
        "trusted",
    )
    (report,) = _reports(place / "out")
    assert b"comity-delivery" not in report.read_bytes().lower()


def test_what_is_no_mail_ends_as_read_ends(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty file: the mails beside it are worked off, and the exit status is that of ``comity read``."""
    (place / "junk/9.eml").write_bytes(b"")
    assert _run("junk", "--agreements", "agreements.toml", "--out", "out") == 65 == main(["read", "junk/9.eml"])
    assert "reports written: 2;" in capsys.readouterr().out
