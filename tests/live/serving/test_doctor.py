"""``comity doctor`` beside the running program and a real Dovecot: what answers is told from what does not."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from comity.cli import main

if TYPE_CHECKING:
    from conftest import Desk, Dovecot

pytestmark = pytest.mark.live
GATES = """[gates]
lmtp = ["127.0.0.1:2424"]
milter = ["unix:milter"]
spam = ["spam@west.example"]
mailboxes = ["fbl@west.example"]
"""
WATCH = """[[watch.imap]]
host = "localhost"
port = {port}
account = "desk@east.example"
mailbox = "fbl@west.example"
password_file = "imap.password"
"""


def test_all_ways_are_right(
    make_provider: "Callable[[str], Desk]",
    dovecot: "Dovecot",
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Milter, key, complaint mailboxes and a watched folder are found right, and looking at them leaves no trace in the log."""
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.certificate))
    desk = make_provider(GATES)
    path = desk.folder / "comity.toml"
    (desk.folder / "imap.password").touch(0o600)
    (desk.folder / "imap.password").write_text(dovecot.secret, encoding="utf-8")
    running = desk.start()
    text = path.read_text().replace("127.0.0.1:0", f"127.0.0.1:{running.port}")
    path.write_text(text.replace("[watch]\n", WATCH.format(port=dovecot.tls_port)))

    def findings() -> dict[str, str]:
        main(["doctor", "--json", "--config", str(path)])
        return {row["finding"]: row["condition"] for row in map(json.loads, capsys.readouterr().out.splitlines())}

    desk.wait_until(lambda: "watch-imap" in findings(), "Dovecot lets us in")
    found = findings()
    assert [found.get(each) for each in ("gate", "milter", "milter-key", "complaints")] == ["right"] * 4, found
    assert desk.events("gate-fault") == desk.events("milter-fault") == desk.events("milter-strange") == []
