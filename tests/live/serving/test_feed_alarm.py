"""A feed in the form of Microsoft's JMRP changes its shape overnight: the running program says so."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.cli import main
from comity.formats import dkim

if TYPE_CHECKING:
    from conftest import Desk

pytestmark = pytest.mark.live
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SETTINGS = """
[identity]
domain = "west.example"
address = "feedback@west.example"
[worker]
dkim_keys = "loop.zone"
[sources]
alarm_to = ["desk@west.example"]
[[sources.loops]]
name = "jmrp"
domains = ["hotmail.example"]
"""


def _jmrp(number: int, *, is_old: bool) -> bytes:
    """The old form: the message itself, with a field that names the recipient. The new one: no form that anybody knows."""
    mail = (
        f"Received: from out.west.example (192.0.2.7) by mx.hotmail.example; Sat, 28 Nov 2026 08:05:09 +0000\r\n"
        f"X-HmXmrOriginalRecipient: reader{number}@hotmail.example\r\nFrom: <news@west.example>\r\n"
        f"To: <reader{number}@hotmail.example>\r\nSubject: Sale {number}\r\nMessage-ID: <{number}@west.example>\r\n\r\nbuy\r\n"
    )
    inner = (
        f"--b\r\nContent-Type: message/rfc822\r\n\r\n{mail}\r\n--b--\r\n"
        if is_old
        else f"--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: M/2\r\nVersion: 1\r\n"
        f"\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: Sale {number}\r\n\r\n--b--\r\n"
    )
    kind = "multipart/mixed" if is_old else "multipart/report; report-type=feedback-report"
    subject = "complaint about message from 192.0.2.7" if is_old else "complaint"
    head = (
        f"From: <staff@hotmail.example>\r\nTo: <fbl@west.example>\r\nSubject: {subject}\r\n"
        f"Message-ID: <r{number}@hotmail.example>\r\nDate: Sat, 28 Nov 2026 08:05:09 +0000\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: {kind}; boundary="b"\r\n\r\n'
    )
    data = (head + inner).encode()
    return dkim.sign(data, domain="hotmail.example", selector="s1", key=KEY) + data


def test_a_feed_that_changes_overnight_alarms(
    make_desk: "Callable[..., Desk]", capsys: pytest.CaptureFixture[str]
) -> None:
    """Twenty reports match a customer; then twelve of a new form match nobody: log, ``doctor``, the list and a mail say it."""
    desk = make_desk()
    path = desk.folder / "comity.toml"
    path.write_text(path.read_text() + SETTINGS)
    (desk.folder / "loop.zone").write_text(f's1._domainkey.hotmail.example. IN TXT "{dkim.public_record(KEY)}"\n')

    def says(*words: str) -> list[dict[str, object]]:
        main([*words, "--json", "--config", str(path)])
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    running = desk.start()
    lmtp = running.connect()
    for number in range(20):
        assert lmtp.deliver("staff", _jmrp(number, is_old=True)).startswith(b"250 ")
    lmtp.close()
    desk.wait_until_worked_off()
    assert says("source", "alarms", "--look") == []
    lmtp = running.connect()
    for number in range(20, 46):
        assert lmtp.deliver("staff", _jmrp(number, is_old=False)).startswith(b"250 ")
    lmtp.close()
    desk.wait_until_worked_off()
    (loop,) = [each for each in says("source", "list") if each["name"] == "loop:jmrp"]
    assert [loop[each] for each in ("proof", "trust", "items", "unmatched")] == ["loop", "trial", 46, 26], loop
    assert running.end() == 0
    desk.start()  # the turn that comes each ten minutes comes when it starts, too
    desk.wait_until(lambda: bool(desk.events("feed-alarm")), "an alarm in the log")
    assert [each["kind"] for each in desk.events("feed-alarm")] == ["unmatched"]
    (alarm,) = says("source", "alarms")
    assert (alarm["source"], alarm["kind"]) == ("loop:jmrp", "unmatched")
    assert "source-unmatched" in {each["finding"] for each in says("doctor")}
    assert desk.count("comity.db", "SELECT count(*) FROM outbox WHERE address = 'desk@west.example'") == 1
