"""The example program against the real server: a complaint filed, a case followed, a webhook proved."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from comity.bootstrap.first_run import first_run
from comity.outlets.private_key import KeySort

from ...mail_host import free_port

if TYPE_CHECKING:
    from .conftest import Desk

pytestmark = pytest.mark.live
EXAMPLES = Path(__file__).parents[3] / "examples/python"
SCOPES = ("complaints:write", "feedback:write", "cases:read", "cases:act")
PLAYBOOK = """
name = "mine"
start = "watched"
[[state]]
name = "watched"
[[state.on]]
event = "person"
word = "take"
do = [{ action = "webhook", to = "helpdesk" }]
[[state.on]]
event = "time"
quiet = "30 days"
to = "closed"
"""
SPAM = (
    b"Received: from mail.shop.example (mail.shop.example [198.51.100.7]) by mx.west.example; Wed, 01 Jul 2026 07:00:00 +0000\r\n"
    b"From: <a@shop.example>\r\nTo: <ann@west.example>\r\nSubject: lucky\r\nMessage-ID: <1@shop.example>\r\n"
    b"Date: Wed, 01 Jul 2026 07:00:00 +0000\r\n\r\nbuy\r\n"
)


def told(url: str, body: bytes) -> int:
    """What a listener answers to somebody who has no secret."""
    fields = {"webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
    return httpx.post(url, content=body, headers=fields, timeout=60, trust_env=False).status_code


def test_a_program_works_with_the_client(
    make_provider: "Callable[[str], Desk]", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the button files is decided on; what is done about a case is printed as it is done; a forged webhook is refused."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    from comity_client import Comity, ProblemError, pages  # type: ignore[import-not-found]  # lies beside the project

    desk, port = make_provider('[gates]\nmailboxes = ["fbl@west.example"]\nlmtp = ["127.0.0.1:2424"]\n'), free_port()
    (tmp_path / "mine.toml").write_text(PLAYBOOK)
    secret = tmp_path / "webhook.secret"
    secret.touch(0o600)
    secret.write_text("07" * 32)
    text = (tmp_path / "comity.toml").read_text()
    text = text.replace("[own]\n", '[own]\nnetworks = ["192.0.2.0/24"]\n')
    text = text.replace("[api]\n", '[api]\nlisten = ["127.0.0.1:0"]\n')
    text = text.replace("[playbook]\n", '[playbook]\nuse = "mine.toml"\nlive = ["webhook"]\n')
    text += f'[[playbook.webhooks]]\nname = "helpdesk"\nurl = "http://127.0.0.1:{port}/"\nprivate = true\n'
    (tmp_path / "comity.toml").write_text(f'{text}secret_file = "{secret}"\n')
    config = str(tmp_path / "comity.toml")
    scopes = [part for each in SCOPES for part in ("--scope", each)]
    token = subprocess.run(
        [sys.executable, "-m", "comity", "token", "add", "button", *scopes, "--per-minute", "6000", "--config", config],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    ).stdout.strip()
    (tmp_path / "api.token").write_text(token)
    (tmp_path / "spam.eml").write_bytes(SPAM)
    running = desk.start()
    place = next(each.removeprefix("api=") for each in running.places if each.startswith("api="))
    address = f"http://{place.removeprefix('http://')}"
    surroundings = {**os.environ, "COMITY_ADDRESS": address, "COMITY_TOKEN_FILE": str(tmp_path / "api.token")}
    program = [sys.executable, str(EXAMPLES / "abuse_button.py")]

    def start(*words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen([*program, *words], stdout=subprocess.PIPE, text=True, env=surroundings)

    listener = start("listen", str(port), "--secret", str(secret))
    programs = [listener]
    try:
        assert listener.stdout is not None
        assert "listening at" in listener.stdout.readline()
        for _ in range(2):  # pressed twice, it is one complaint
            filed = start("file", str(tmp_path / "spam.eml"), "--mailbox", "ann@west.example", "--seconds", "120")
            said = filed.communicate(timeout=180)[0]
            assert filed.returncode == 0, said
            assert "complaint 1:" in said
        comity = Comity(address, token)
        comity.hand_over_feedback(desk.feedback("a"))
        desk.wait_until(lambda: bool(comity.list_cases()["cases"]), "a case")
        (case,) = pages(lambda cursor: comity.list_cases(cursor=cursor), "cases")
        follower = start("follow", case["case"], "--seconds", "120")
        programs.append(follower)
        assert follower.stdout is not None
        assert " open by " in follower.stdout.readline()
        comity.act_on_case(case["case"], {"act": "take"})
        heard = json.loads(listener.stdout.readline())
        assert heard["case"] == case["case"]
        comity.act_on_case(case["case"], {"act": "close", "outcome": "stopped", "note": "server cleaned"})
        assert "server cleaned" in follower.stdout.read()
        assert follower.wait(120) == 0
        assert told(f"http://127.0.0.1:{port}/", b"{}") == 401
        with pytest.raises(ProblemError) as caught:
            comity.show_case("0" * 16)
        assert (caught.value.status, caught.value.code, caught.value.again) == (404, "case-unknown", False)
    finally:
        for each in programs:
            each.kill()
            each.wait(120)


def test_a_button_works_where_networks_enrol_and_nobody_signed(
    make_desk: "Callable[..., Desk]", tmp_path: Path
) -> None:
    """Without a file of agreements and without a mailbox for complaints: it is taken, and waits to be decided like any other."""
    first_run(
        tmp_path, {"identity.domain": "west.example", "identity.address": "feedback@west.example"}, KeySort.ED25519
    )
    text = (tmp_path / "comity.toml").read_text()
    desk = make_desk()
    text = text.replace(
        "[gates]\n", '[gates]\nlmtp = ["127.0.0.1:0"]\nmailboxes = ["fbl@west.example"]\nreserve_mib = 1\n'
    )
    (tmp_path / "comity.toml").write_text(text.replace("[api]\n", '[api]\nlisten = ["127.0.0.1:0"]\n'))
    config = str(tmp_path / "comity.toml")
    program = [
        sys.executable,
        "-m",
        "comity",
        "token",
        "add",
        "button",
        "--scope",
        "complaints:write",
        "--config",
        config,
    ]
    token = subprocess.run(program, check=True, capture_output=True, text=True, timeout=120).stdout.strip()
    place = next(each.removeprefix("api=") for each in desk.start().places if each.startswith("api="))
    address = f"http://{place.removeprefix('http://')}/v1"
    fields = {
        "authorization": f"Bearer {token}",
        "content-type": "message/rfc822",
        "comity-mailbox": "ann@west.example",
    }
    with httpx.Client(headers=fields, timeout=60, trust_env=False) as client:
        given = client.post(f"{address}/complaints", content=SPAM)
        assert given.status_code == 202, given.text
        asked = f"{address}/submissions/{given.json()['submission']}"
        desk.wait_until(lambda: bool(client.get(asked).json()["complaints"]), "a complaint")
        (complaint,) = client.get(asked).json()["complaints"]
    assert (complaint["state"], complaint["reports"]) == ("waiting", [])  # it can be taken back for a while
