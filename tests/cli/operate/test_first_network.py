"""A program that was started before there was anybody to report to."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from comity.bootstrap import sending
from comity.bootstrap.complaining import complaints_of, intake, people_of
from comity.bootstrap.desk import DKIM_KEY, LEDGER_KEY, beside, desk_store
from comity.bootstrap.first_run import first_run
from comity.bootstrap.sending import sending_beside
from comity.cli import main
from comity.model.case_outcome import CaseOutcome
from comity.model.consumer import Claim, ClaimKind, Consumer, ConsumerState, ProofWay
from comity.model.outcomes import ComityError
from comity.model.sending import Peer, PeerState
from comity.outlets.private_key import KeySort
from comity.services.receive.answering import Answering
from comity.settings import Settings, read_settings

from ...mail_host import mail_host

MAIL = """\
Received: from h.example (h.example [198.51.100.7]) by mx.west.example (Postfix) with ESMTP id 4ABC
\tfor <ann@west.example>; Sun, 01 Mar 2026 08:05:09 +0000
From: Shop <news@shop.example>
To: ann@west.example
Subject: shoes
Message-ID: <1@shop.example>

buy
"""


class Host:
    """Takes everything."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Answer to a mail."""
        self.taken += envelope.rcpt_tos
        return "250 ok"


def west(folder: Path, port: int, *, spam: tuple[str, ...] = ("spam@west.example",)) -> Settings:
    given: dict[str, Any] = {
        "identity.domain": "west.example",
        "identity.address": "feedback@west.example",
        "reading.trusted_hosts": ["mx.west.example"],
        "sending.host": "127.0.0.1",
        "sending.port": port,
        "sending.wait_seconds": 0,
        "gates.mailboxes": ["feedback@west.example"],
        "gates.spam": list(spam),
    }
    first_run(folder, given, KeySort.ED25519)
    return read_settings(folder / "comity.toml")


def accept_east(settings: Settings) -> None:
    """As our operator accepts somebody, while the program runs."""
    now = datetime.now(UTC)
    made = Consumer(
        name="east", address="fbl@east.example", state=ConsumerState.TRIAL, since=now, applied=now, quota=50
    )
    claims = ((ClaimKind.MAILBOX, "fbl@east.example"), (ClaimKind.NETWORK, "198.51.100.0/24"))
    store = desk_store(settings)
    try:
        with store.write() as rows:
            rows.consumers.put(made)
            for kind, subject in claims:
                held = Claim(
                    consumer="east",
                    kind=kind,
                    subject=subject,
                    code=f"P-{subject}",
                    way=ProofWay.MAIL,
                    proved=now,
                    expires=now + timedelta(days=180),
                )
                rows.consumers.put_claim(held)
            rows.peers.put(Peer(name="east", address=made.address, state=PeerState.LIVE, since=now))
    finally:
        store.close()


def test_our_own_people_may_complain_before_anybody_is_told(tmp_path: Path) -> None:
    """With a mailbox for spam the program starts: else nobody could enrol, who does so with the program that runs."""
    settings = west(tmp_path, 25)
    assert people_of(settings) is not None
    assert complaints_of(settings) is not None
    assert intake(settings) is not None


def test_reporters_are_answered_as_soon_as_there_are_any(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk and the programs that use it know of the first network without a restart; without a key their mail waits."""
    settings = west(tmp_path, 25)
    dkim_key, ledger_key = (beside(settings, None, name) for name in (DKIM_KEY, LEDGER_KEY))
    asked = list[str]()
    monkeypatch.setattr(sending, "note_down", lambda *_, **__: asked.append("noted down"))
    monkeypatch.setattr(Answering, "tell", lambda *_, **__: asked.append("told"))
    told = sending.tells(settings)
    for prepare in (lambda: None, lambda: accept_east(settings), dkim_key.unlink):
        prepare()
        with desk_store(settings).write() as records:
            told(records, [], CaseOutcome.WARNED, now=datetime.now(UTC))
    assert asked == ["noted down", "told", "told"]
    ledger_key.unlink()
    with pytest.raises(ComityError) as no, desk_store(settings).write() as records:
        told(records, [], CaseOutcome.WARNED, now=datetime.now(UTC))
    assert no.value.code == "ledger-key-missing"


def test_reports_leave_when_the_first_network_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a restart; and the program ends at once when nobody ever came."""
    monkeypatch.chdir(tmp_path)
    host = Host()
    with mail_host(host) as port:
        settings = west(tmp_path, port, spam=())
        with sending_beside(settings, lambda *_, **__: None) as has_ended:
            assert not has_ended()
        with sending_beside(settings, lambda *_, **__: None) as has_ended:
            accept_east(settings)
            (tmp_path / "1.eml").write_text(MAIL, encoding="utf-8")
            assert main(["complain", "1.eml"]) == 0
            deadline = time.monotonic() + 120
            while not host.taken:
                assert not has_ended()
                assert time.monotonic() < deadline, "no report left"
                time.sleep(0.05)
    assert host.taken == ["fbl@east.example"]


def test_a_key_that_cannot_be_read_ends_those_who_send(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By an error that is told, and not by a program that never ends."""
    monkeypatch.setattr(sending, "_LOOK_EVERY", 0.01)
    settings = west(tmp_path, 25, spam=())
    with pytest.raises(ComityError), sending_beside(settings, lambda *_, **__: None) as has_ended:
        (tmp_path / "ledger.key").write_text("no key", encoding="ascii")
        accept_east(settings)
        deadline = time.monotonic() + 60
        while not has_ended():
            assert time.monotonic() < deadline, "it goes on"
            time.sleep(0.01)


def test_what_told_nobody_is_counted_before_anybody_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The program decides on complaints although nobody has an agreement, so that the first network can be invited by counts."""
    settings = west(tmp_path, 25)
    mails = [tmp_path / f"{name}.eml" for name in ("ann", "bob", "eve", "joe", "sue")]
    for each in mails:
        each.write_text(MAIL.replace("ann@", f"{each.stem}@").replace("<1@", f"<{each.stem}@"), encoding="utf-8")
    config = ["--config", str(tmp_path / "comity.toml")]
    assert main([*config, "complain", *map(str, mails)]) == 0
    deadline = time.monotonic() + 120
    with sending_beside(settings, lambda *_, **__: None) as has_ended:
        while main([*config, "invite", "198.51.100.0/24", "--out", str(tmp_path / "letters")]):
            assert not has_ended()
            assert time.monotonic() < deadline, "they wait for ever"
            time.sleep(0.05)
    assert "5 complaints of 5 different people" in (tmp_path / "letters" / "invitation-198.51.100.0-24.txt").read_text(
        "utf-8"
    )
    capsys.readouterr()
    main([*config, "doctor"])
    assert "complain.agreements" not in capsys.readouterr().out


def test_a_network_that_is_counted_with_others_is_not_said_to_be_silent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever asks about a part of a /24 hears by which networks complaints are counted, not that few people complained."""
    west(tmp_path, 25)
    assert main(["--config", str(tmp_path / "comity.toml"), "invite", "198.51.100.64/26"]) == 64
    assert "198.51.100.0/24" in capsys.readouterr().err
