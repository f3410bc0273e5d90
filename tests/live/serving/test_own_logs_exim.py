"""A real Exim writes what a line of ours sends; its main log is counted as that of Postfix is."""

import json
import smtplib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comity.bootstrap.desk import desk_store
from comity.bootstrap.remedy.own_logs import count_own_logs
from comity.cli import main
from comity.settings.reader import read_settings

from .conftest import wait_until
from .test_exim import Exim, make_exim

__all__ = ["make_exim"]
pytestmark = pytest.mark.live
BLOCKS = {
    "main": "log_selector = +incoming_port +pid",
    "acl": "  deny recipients = nobody@far.example\n  accept domains = far.example",
    "router": "all:\n  driver = accept\n  domains = far.example\n  transport = nowhere",
    "transport": "nowhere:\n  driver = appendfile\n  file = /dev/null\n  user = nobody",
}
MAIL = b"From: <a@pc.example>\r\nTo: <b@far.example>\r\nSubject: x\r\n\r\nx\r\n"


def test_a_real_main_log_is_counted(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    make_exim: Callable[[dict[str, str]], Exim],
) -> None:
    """Three mails to five each, two of them by another name, and one recipient that is refused."""
    monkeypatch.chdir(tmp_path)
    assert main(["init", ".", "--language", "en"]) == 0
    place = tmp_path / "comity.toml"
    text = place.read_text(encoding="utf-8").replace("\n[own]\n", '\n[own]\nnetworks = ["127.0.0.0/8"]\n', 1)
    place.write_text(text, encoding="utf-8")
    now = datetime.now(UTC)
    began, ended = (now - timedelta(days=2)).isoformat(), (now + timedelta(days=2)).isoformat()
    (tmp_path / "leases.csv").write_text(f"address,ports,subscriber,began,ended\n127.0.0.1,,line-1,{began},{ended}\n")
    assert main(["lease", "import", "leases.csv"]) == 0
    exim = make_exim(BLOCKS)
    wait_until(exim.answers, "Exim listens")
    for number in range(3):
        with smtplib.SMTP("127.0.0.1", exim.port, local_hostname=f"name{number % 2}", timeout=120) as client:
            to = [f"r{number}-{at}@far.example" for at in range(5)]
            assert client.sendmail("a@pc.example", to, MAIL) == {}
            client.mail("a@pc.example")
            assert client.rcpt("nobody@far.example")[0] == 550
    wait_until(lambda: exim.log().count("Completed") == 3, "three mails are delivered")
    capsys.readouterr()
    (log,) = exim.folder.glob("log-main*")
    assert main(["maillog", "count", str(log), "--json"]) == 0
    read, _ = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert read["counted"] == 3 + 15 + 3, exim.log()
    count_own_logs(read_settings(place), [log], now=datetime.now(UTC) + timedelta(hours=2))
    store = desk_store(read_settings(place))
    with store.read() as records:
        past = records.own_logs.past(["subscriber:line-1"], now - timedelta(days=1))
    store.close()
    rows = [row for hours in past.values() for row in hours]
    assert (sum(row.mails for row in rows), sum(row.refused for row in rows)) == (3, 3)
    # And the one that was refused, in each hour; they are kept as bits, where two may fall on one.
    assert 14 + len(rows) <= sum(row.recipients for row in rows) <= 16 + len(rows)
    assert max(row.helos for row in rows) == 2
