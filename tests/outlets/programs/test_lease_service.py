"""A program that knows who held an address is asked over real HTTP; what it does wrong is named."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from comity.cli import main
from comity.model.lease import Asked, Window
from comity.outlets.programs.lease_service import LeaseService
from comity.outlets.programs.posting import Place

from .test_webhooks import serving

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
ASKED = [Asked(address="192.0.2.7", port=None, window=Window(first=NOW, last=NOW))]
LEASES = {"leases": [{"address": "192.0.2.7", "subscriber": "line-7", "began": "2026-03-20T10:00:00Z"}]}


def service(url: str, **place: Any) -> LeaseService:
    return LeaseService(Place(url=url, **place), seconds=5)


def test_it_is_asked_and_answers() -> None:
    """With what it lets us in by."""
    with serving(json.dumps(LEASES)) as server:
        (found,) = service(server.url, authorization="Bearer 7")(ASKED, NOW)
    assert getattr(found, "subscriber", None) == "line-7"
    ((fields, body),) = server.heard
    assert fields["authorization"] == "Bearer 7"
    assert json.loads(body)["questions"][0]["address"] == "192.0.2.7"


def test_what_it_does_wrong_has_a_name() -> None:
    """A status, a redirect, no end, nonsense, nobody there."""
    with serving(503, 302, "endless", "nonsense") as server:
        said = [service(server.url)(ASKED, NOW) for _ in range(4)]
    assert said == ["status-503", "status-302", "answer-size", "answer-json"]
    assert service(server.url)(ASKED, NOW) == "away"


def test_from_the_setting_to_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An operator names it, and asks by hand; then a report is a subscriber's case."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMITY_CONFIG", raising=False)
    Path("own.csv").write_text("192.0.2.0/24\n")
    arguments = ["--domain", "east.example", "--address", "feedback@east.example", "--own", "own.csv"]
    assert main(["init", *arguments]) == 0
    began = (datetime.now(UTC) - timedelta(hours=9)).isoformat()
    leases = json.dumps({"leases": [{"address": "192.0.2.7", "subscriber": "line-7", "began": began}]})
    at = datetime.now(UTC) - timedelta(hours=1)
    with serving(leases, leases, 500, 500) as server:
        settings = Path("comity.toml")
        settings.write_text(settings.read_text().replace("[data]", f'[data]\nlease_url = "{server.url}"', 1))
        capsys.readouterr()
        assert main(["lease", "whose", "192.0.2.7", "--at", at.isoformat(), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["subscriber"] == "line-7"
        for number, address in enumerate(("192.0.2.7", "192.0.2.8")):
            report = Path(f"{number}.json")
            report.write_text(json.dumps(_xarf(address, at)))
            assert main(["ingest", str(report)]) == 0
    capsys.readouterr()
    assert main(["case", "list", "--json", "--language", "en"]) == 0
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {each["label"]: each["question"] and each["question"]["code"] for each in shown} == {
        "line-7": None,
        "192.0.2.8": "lease-service-silent",
    }


def _xarf(address: str, at: datetime) -> dict[str, Any]:
    moment = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    who = {"org": "West", "contact": "abuse@west.example", "domain": "west.example"}
    return {
        "xarf_version": "4.0.0",
        "report_id": "550e8400-e29b-41d4-a716-44665544000" + address[-1],
        "timestamp": moment,
        "reporter": who,
        "sender": who,
        "source_identifier": address,
        "category": "connection",
        "type": "login_attack",
        "evidence_source": "honeypot",
        "protocol": "tcp",
        "source_port": 40000,
        "destination_port": 22,
        "first_seen": moment,
    }
