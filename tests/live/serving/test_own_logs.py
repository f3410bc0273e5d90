"""A real Postfix writes what a line of ours sends; its log is counted, also over a turn, and what is unusual is a sighting."""

import json
import shutil
import smtplib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from comity.bootstrap.desk import desk_store
from comity.bootstrap.remedy.own_logs import count_own_logs
from comity.cli import main
from comity.settings.reader import read_settings

if TYPE_CHECKING:
    from conftest import Postfix

pytestmark = pytest.mark.live
MORE = """
relay_domains = far.example
relay_recipient_maps =
transport_maps = inline:{ far.example=discard: }
smtpd_client_port_logging = yes
smtpd_recipient_restrictions = check_recipient_access inline:{ nobody@far.example=REJECT }, permit_mynetworks, reject
"""
MAIL = b"From: <a@pc.example>\r\nTo: <b@far.example>\r\nSubject: x\r\n\r\nx\r\n"


def test_a_real_log_is_counted_over_a_turn(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    make_postfix: "Callable[[str], Postfix]",
) -> None:
    """600 recipients in an hour from a line without a past; every recipient once, whatever became of the file meanwhile."""
    monkeypatch.chdir(tmp_path)
    assert main(["init", ".", "--language", "en"]) == 0
    place = tmp_path / "comity.toml"
    text = place.read_text(encoding="utf-8").replace("\n[own]\n", '\n[own]\nnetworks = ["127.0.0.0/8"]\n', 1)
    place.write_text(text, encoding="utf-8")
    now = datetime.now(UTC)
    began, ended = (now - timedelta(days=2)).isoformat(), (now + timedelta(days=2)).isoformat()
    (tmp_path / "leases.csv").write_text(f"address,ports,subscriber,began,ended\n127.0.0.1,,line-1,{began},{ended}\n")
    assert main(["lease", "import", "leases.csv"]) == 0
    postfix = make_postfix(MORE)
    log = postfix.folder / "log"
    capsys.readouterr()
    for half in range(2):
        for number in range(6):
            at = 50 * (6 * half + number)
            postfix.send([f"r{each}@far.example" for each in range(at, at + 50)], MAIL)
        with smtplib.SMTP("127.0.0.1", postfix.port, local_hostname=f"name{half}", timeout=60) as client:
            client.ehlo()
            client.mail("a@pc.example")
            assert client.rcpt("nobody@far.example")[0] == 554
        postfix.control("flush")
        _delivered(postfix, 300 * (half + 1), log)
        if half == 0:
            assert main(["maillog", "count", str(log), "--json"]) == 0
            read, closed = (json.loads(line) for line in capsys.readouterr().out.splitlines())
            assert read["counted"] >= 300
            assert closed["opened"] == 0
            shutil.copyfile(log, log.with_name("log.1"))  # as logrotate's copytruncate
            log.write_bytes(b"")
    settings = read_settings(place)
    _, done = count_own_logs(settings, [log], now=datetime.now(UTC) + timedelta(hours=2))
    store = desk_store(settings)
    with store.read() as records:
        rows = [
            row
            for hours in records.own_logs.past(["subscriber:line-1"], now - timedelta(days=1)).values()
            for row in hours
        ]
        seen = records.bots.of({"subscriber:line-1": now - timedelta(days=1)})
    store.close()
    assert sum(row.mails for row in rows) == 12
    assert sum(row.refused for row in rows) == 2
    # Half a thousand and more within an hour is unusual; where the hour ended in between, neither half was.
    if len(rows) == 1:
        assert abs(rows[0].recipients - 601) <= 60
        assert rows[0].helos == 2
        assert (done.unusual, [each.source for each in seen["subscriber:line-1"]]) == (1, ["own-log"])
    else:
        assert abs(sum(row.recipients for row in rows) - 602) <= 60


def _delivered(postfix: "Postfix", n: int, log: Path) -> None:
    """Wait until so many recipients were delivered to, in this log and the one before."""
    import time

    until = time.monotonic() + 300
    old = log.with_name("log.1")
    while True:
        text = postfix.log() + (old.read_text() if old.exists() else "")
        if text.count("status=sent") >= n:
            return
        assert time.monotonic() < until, text[-2000:]
        time.sleep(0.2)
