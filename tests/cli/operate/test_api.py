"""The API of the real program: from ``comity token add`` to a case and a report that waits, as the page tells it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from comity.bootstrap import settings_for
from comity.bootstrap.first_run import first_run
from comity.bootstrap.gates import api_complaints
from comity.cli import main
from comity.outlets.private_key import KeySort

ROOT = Path(__file__).parents[3]
AGREEMENTS = '[[agreement]]\npeer = "east"\naddress = "fbl@east.example"\nnetworks = ["198.51.100.0/24"]\ntier = "T2"\n'
GIVEN = {
    "identity.domain": "west.example",
    "identity.address": "feedback@west.example",
    "own.domains": ["west.example"],
    "own.networks": ["192.0.2.0/24"],
    "complain.agreements": "agreements.toml",
    "reading.trusted_hosts": ["mx.west.example"],
    "sending.wait_seconds": 0,
    "gates.reserve_mib": 1,
    "api.listen": ["127.0.0.1:0"],
}
COMPLAINT = (
    b"Received: from h.shop.example (h.shop.example [198.51.100.7]) by mx.west.example with ESMTP id 4A; "
    b"Sun, 1 Mar 2026 08:05:09 +0000\r\nFrom: a@shop.example\r\nTo: ann@west.example\r\nSubject: hello\r\n"
    b"Message-ID: <1@shop.example>\r\nDate: Sun, 1 Mar 2026 08:05:09 +0000\r\n\r\nbuy\r\n"
)
REPORT = (
    b"From: <fbl@east.example>\r\nTo: <fbl@west.example>\r\nSubject: complaint\r\nMessage-ID: <r-1@east.example>\r\n"
    b"Date: Wed, 01 Jul 2026 08:00:00 +0000\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain\r\n\r\nA complaint.\r\n"
    b"--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: East/1\r\nVersion: 1\r\n"
    b"Source-IP: 192.0.2.7\r\nOriginal-Mail-From: <news@west.example>\r\nOriginal-Rcpt-To: <b@east.example>\r\n"
    b"Arrival-Date: Wed, 01 Jul 2026 07:00:00 +0000\r\n"
    b"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: <news@west.example>\r\nTo: <b@east.example>\r\nSubject: News\r\n"
    b"Message-ID: <m-1@west.example>\r\nDate: Wed, 01 Jul 2026 07:00:00 +0000\r\n\r\nNews.\r\n--b--\r\n"
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A network with agreements and keys, as ``comity init`` makes it."""
    (tmp_path / "agreements.toml").write_text(AGREEMENTS, encoding="utf-8")
    first_run(tmp_path, GIVEN, KeySort.ED25519)
    return tmp_path


@contextmanager
def serving(folder: Path, role: str = "all") -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program, and where its API is."""
    command = [
        sys.executable,
        "-m",
        "comity",
        "serve",
        "--json",
        "--role",
        role,
        "--config",
        str(folder / "comity.toml"),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            said = json.loads(process.stdout.readline())
            listening = next(each for each in said["listening"] if each.startswith("api="))
            yield process, f"http://{listening.removeprefix('api=')}"
            process.send_signal(signal.SIGTERM)
            assert process.wait(120) == 0
        finally:
            process.kill()


def until(look: Callable[[], Any]) -> Any:
    """What is found when there is something."""
    deadline = time.monotonic() + 120
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def token(folder: Path, capsys: pytest.CaptureFixture[str], *scopes: str) -> str:
    options = [each for scope in scopes for each in ("--scope", scope)]
    assert main(["token", "add", "desk", *options, "--config", str(folder / "comity.toml")]) == 0
    return capsys.readouterr().out.strip()


def test_what_is_handed_over_is_worked_off(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Feedback becomes a case, a complaint a report that is held for the peer; who handed it over is told so."""
    bearer = {"authorization": f"Bearer {token(place, capsys, 'complaints:write', 'feedback:write')}"}
    mail = {"content-type": "message/rfc822", "comity-mailbox": "ann@west.example", "idempotency-key": "1"}
    with serving(place) as (_, url), httpx.Client(base_url=url, headers=bearer, trust_env=False, timeout=120) as client:

        def done(answer: httpx.Response) -> Any:
            assert answer.status_code == 202, answer.text

            def look() -> Any:
                said = client.get(answer.headers["location"]).json()
                return said if said["state"] == "done" else None

            return until(look)

        fed = done(client.post("/v1/feedback", content=REPORT, headers={"content-type": "message/rfc822"}))
        assert (fed["fate"], fed["kind"], fed["reports"], len(fed["cases"])) == ("case", "arf", 1, 1)
        again = done(client.post("/v1/feedback", content=REPORT, headers={"content-type": "message/rfc822"}))
        assert again["fate"] == "again"
        complained = done(client.post("/v1/complaints", content=COMPLAINT, headers=mail))
        assert complained["fate"] == "complaint"

        def told() -> Any:
            (found,) = client.get(f"/v1/submissions/{complained['submission']}").json()["complaints"]
            return found if found["state"] == "decided" else None

        assert until(told)["reports"] == [{"party": "east", "state": "held", "outcome": None}]
        repeated = client.post("/v1/complaints", content=COMPLAINT, headers=mail)
        assert (repeated.status_code, repeated.json()["state"]) == (202, "done")


def test_what_was_acknowledged_survives(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """P1: the gates are killed right after their 202, and what they took is worked off by the next ones."""
    bearer = {"authorization": f"Bearer {token(place, capsys, 'feedback:write')}", "content-type": "message/rfc822"}
    with serving(place, "pages") as (process, url):
        location = httpx.post(
            f"{url}/v1/feedback", content=REPORT, headers=bearer, trust_env=False, timeout=120
        ).headers["location"]
        process.kill()
        process.wait(120)
        process.send_signal = lambda _: None  # type: ignore[method-assign]  # it is dead
        process.wait = lambda _=None: 0  # type: ignore[method-assign]
    with serving(place) as (_, url):
        until(
            lambda: (
                httpx.get(f"{url}{location}", headers=bearer, trust_env=False, timeout=120).json()["state"] == "done"
            )
        )


def test_doctor_knows_the_api(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says who answers, that there is no token yet, and that a place beyond this machine is in clear."""
    with serving(place) as (_, url):
        config = place / "comity.toml"
        text = config.read_text(encoding="utf-8").replace("127.0.0.1:0", url.removeprefix("http://"))
        other = text.replace("# behind_proxy = false", "behind_proxy = true").replace("127.0.0.1:", "0.0.0.0:")
        found = {}
        for name, lines in (("doctor.toml", text), ("open.toml", other)):
            (place / name).write_text(lines, encoding="utf-8")
            main(["doctor", "--json", "--config", str(place / name)])
            said = map(json.loads, capsys.readouterr().out.splitlines())
            found[name] = [(each["finding"], each["condition"]) for each in said if each["about"] == "api"]
    assert found["doctor.toml"] == [("gate", "right"), ("api-tokens-none", "odd")]
    assert ("api-clear", "odd") in found["open.toml"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_page_is_true(place: Path) -> None:
    """Every command of docs/how-to/api.md runs as it stands there, one after the other."""
    text = (ROOT / "docs/how-to/api.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    assert len(blocks) >= 6
    (place / "complaint.eml").write_bytes(COMPLAINT)
    (place / "report.eml").write_bytes(REPORT)
    (place / "comity").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m comity "$@"\n', encoding="utf-8")
    (place / "comity").chmod(0o755)
    environment = {**os.environ, "PATH": f"{place}:{os.environ['PATH']}", "no_proxy": "*"}
    with serving(place) as (_, url):
        script = "set -eu\n" + "\n".join(blocks).replace("http://127.0.0.1:8471", url)
        done = subprocess.run(
            ["sh", "-c", script], cwd=place, env=environment, capture_output=True, text=True, timeout=600, check=False
        )
    assert done.returncode == 0, done.stderr
    assert '"submission"' in done.stdout
    assert "令牌" in done.stdout
    assert (place / "api.token").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ('listen = ["0.0.0.0:8471"]', "api.listen"),
        ('listen = ["127.0.0.1:8471"]\ncertificate = "a.pem"', "api.certificate_key"),
    ],
)
def test_tokens_do_not_travel_in_clear(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: str, code: str
) -> None:
    """A place that others reach needs a certificate, whole; the error says what to do."""
    (tmp_path / "comity.toml").write_text(f"[api]\n{lines}\n", encoding="utf-8")
    assert main(["serve", "--config", str(tmp_path / "comity.toml")]) == 78
    said = capsys.readouterr().err
    assert "api." in said
    assert code.rpartition(".")[2] in said or "clear" in said


def test_programs_complain_where_there_are_keys(tmp_path: Path) -> None:
    """With nobody named to tell, too: networks enrol later. Whoever has no keys only speaks of what arrives, and is not stopped."""
    given: dict[str, Any] = {key: GIVEN[key] for key in ("identity.domain", "identity.address")}
    first_run(tmp_path, given | {"api.listen": ["127.0.0.1:8471"]}, KeySort.ED25519)
    found = settings_for(str(tmp_path / "comity.toml"), {}, tmp_path)
    assert api_complaints(found)
    for name in ("ledger.key", "dkim.key", "comity.key"):
        (tmp_path / name).rename(tmp_path / "away")
        assert not api_complaints(found)
        (tmp_path / "away").rename(tmp_path / name)
