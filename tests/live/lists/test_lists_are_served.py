"""Lists that ``comity signal export`` wrote, served by a real rbldnsd and a real BIND, asked with dig: the same answers."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from comity.cli import main

pytestmark = pytest.mark.live
UNTIL = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
SHORT = (datetime.now(UTC) + timedelta(days=5)).date().isoformat()
WHY = ("--reason", 'trap hits; "now" $5', "--reason-zh", "命中陷阱地址", "--by", "Ann", "--severe")
CAMPAIGN = "0123456789abcdef" * 4
Run = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMITY_CONFIG", raising=False)
    assert main(["init", ".", "--domain", "west.example", "--address", "feedback@west.example"]) == 0
    config = tmp_path / "comity.toml"
    config.write_text(config.read_text().replace("[own]\n", '[own]\nnetworks = ["192.0.2.0/24", "2001:db8:77::/48"]\n'))

    def command(*words: str) -> tuple[int, list[dict[str, Any]]]:
        capsys.readouterr()
        status = main([*words, "--json"])
        return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return command


def propose(
    run: Run, subject: str, *evidence: str, kind: str = "listing", until: str = UNTIL, tlp: str = "TLP:CLEAR"
) -> str:
    words = [word for each in evidence for word in ("--evidence", each)]
    status, said = run("signal", "propose", subject, "--kind", kind, *WHY, "--until", until, "--tlp", tlp, *words)
    assert status == 0
    return str(said[0]["reference"])


def reversed_name(address: str, zone: str) -> str:
    return ".".join(ip_address(address).reverse_pointer.split(".")[:-2]) + f".{zone}"


def test_both_servers_give_the_same_answers(run: Run, tmp_path: Path, serve: Any) -> None:
    """Addresses, networks within networks, domains below domains, fingerprints, good ones; test entries; and nothing else."""
    one = propose(run, "198.51.100.7", "trap=3", "complaint=900")
    propose(run, "203.0.0.0/20", "bot=5")
    propose(run, "203.0.5.9", "virus=1", "filter=1")
    propose(run, "198.51.100.128/25", "filter=8")
    propose(run, "2001:db8:1::/49", "sinkhole=2")
    propose(run, "2001:db8:1:2::7", "law=1")
    propose(run, "east.example", "trap=1")
    propose(run, "deep.mail.east.example", "fraud=1", "bot=1")
    propose(run, f"campaign:{CAMPAIGN}", "trap=2", until=SHORT)
    propose(run, "192.0.2.0/25", kind="dynamic-range")
    propose(run, "2001:db8:77:1::/64", kind="bulk-sender")
    propose(run, "198.18.0.0/24".replace("198.18", "198.51"), kind="good-standing")
    propose(run, "198.51.99.1", "trap=1", tlp="TLP:GREEN")
    status, said = run("signal", "export", str(tmp_path / "lists"))
    assert (status, said[0]["audience"]) == (0, "public")
    with serve(tmp_path / "lists") as server:

        def answers(address: str, zone: str = "bl") -> list[str]:
            return server.ask(reversed_name(address, zone))

        assert answers("198.51.100.7") == ["127.0.0.3"]
        (text,) = server.ask(reversed_name("198.51.100.7", "bl"), "TXT")
        assert text == f'"trap hits; _now_ _5 (west.example); write to feedback@west.example and cite {one}"'
        assert answers("198.51.100.8") == []
        assert server.status(reversed_name("198.51.100.8", "bl")) == "NXDOMAIN"
        assert [answers(f"203.0.{each}") for each in ("0.1", "5.8", "5.9", "15.255", "16.0")] == [
            ["127.0.0.4"], ["127.0.0.4"], ["127.0.0.5"], ["127.0.0.4"], [],
        ]  # fmt: skip
        assert [answers(f"198.51.100.{each}") for each in (127, 128, 255)] == [[], ["127.0.0.6"], ["127.0.0.6"]]
        assert [answers(f"192.0.2.{each}") for each in (1, 127, 128)] == [["127.0.0.10"], ["127.0.0.10"], []]
        assert [answers(each, "bl6") for each in ("2001:db8:1::1", "2001:db8:1:2::7", "2001:db8:1:2::8", "2001:db8:1:8000::")] == [
            ["127.0.0.4"], ["127.0.0.7"], ["127.0.0.4"], [],
        ]  # fmt: skip
        names = ("east.example", "www.east.example", "mail.east.example", "x.mail.east.example", "deep.mail.east.example",
                 "a.deep.mail.east.example", "least.example", "example")  # fmt: skip
        assert [server.ask(f"{each}.bl-domains") for each in names] == [
            ["127.0.0.3"], ["127.0.0.3"], ["127.0.0.3"], ["127.0.0.3"], ["127.0.0.4"], ["127.0.0.4"], [], [],
        ]  # fmt: skip
        assert server.ask(f"{CAMPAIGN[:32]}.{CAMPAIGN[32:]}.bl-campaigns") == ["127.0.0.3"]
        assert [answers("198.51.0.9", "wl"), answers("2001:db8:77:1::9", "wl6"), answers("198.51.0.9")] == [
            ["127.0.0.11"], ["127.0.0.12"], [],
        ]  # fmt: skip
        assert answers("198.51.99.1") == []  # TLP:GREEN is not for the public


def test_an_empty_list_has_its_test_entries_and_nothing_else(run: Run, tmp_path: Path, serve: Any) -> None:
    """RFC 5782 section 5: 127.0.0.2, ::FFFF:7F00:2 and TEST are listed, 127.0.0.1, ::FFFF:7F00:1 and INVALID never."""
    assert run("signal", "export", str(tmp_path / "lists"))[0] == 0
    with serve(tmp_path / "lists") as server:
        for zone, mapped in (("bl", "bl6"), ("wl", "wl6")):
            assert server.ask(reversed_name("127.0.0.2", zone)) == ["127.0.0.2"]
            assert server.ask(reversed_name("127.0.0.1", zone)) == []
            assert server.ask(reversed_name("::ffff:7f00:2", mapped)) == ["127.0.0.2"]
            assert server.ask(reversed_name("::ffff:7f00:1", mapped)) == []
        for zone in ("bl-domains", "bl-campaigns", "wl-domains"):
            assert server.ask(f"test.{zone}") == ["127.0.0.2"]
            assert server.ask(f"invalid.{zone}") == []
        assert server.ask(reversed_name("127.0.0.10", "bl")) == ["127.0.0.10"]
        (soa,) = server.ask("bl", "SOA")
        assert soa.startswith("ns.lists.west.example. feedback.west.example. ")
        assert abs(int(soa.split()[2]) - datetime.now(UTC).timestamp()) < 600
        assert server.ask("bl", "NS") == ["ns.lists.west.example."]


def test_granted_recourse_takes_it_off_the_served_list(run: Run, tmp_path: Path, serve: Any) -> None:
    """The files that the settings name are right when the command has ended: the server that reads them says nobody is listed."""
    folder = tmp_path / "lists"
    config = tmp_path / "comity.toml"
    config.write_text(config.read_text().replace("[signals]\n", f'[signals]\nfolder = "{folder}"\n'))
    reference = propose(run, "198.51.100.7", "trap=3")
    with serve(folder) as server:
        assert server.ask(reversed_name("198.51.100.7", "bl")) == ["127.0.0.3"]
    assert run("recourse", "argue", reference, "--text", "Not us.")[0] == 0
    assert run("recourse", "answer", reference, "--grant", "--text", "Right.", "--by", "Bob")[0] == 0
    with serve(folder) as server:
        assert server.ask(reversed_name("198.51.100.7", "bl")) == []
