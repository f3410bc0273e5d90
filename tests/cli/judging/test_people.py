"""``comity learn status|retract|lift`` and ``comity model list|rollback``, with a store."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from comity.bootstrap.complaining import intake
from comity.bootstrap.first_run import first_run
from comity.bootstrap.learning import classroom_of
from comity.bootstrap.serving import make_prepare
from comity.cli import main
from comity.formats.delivery_memory import Facts, anchor_of, mark
from comity.outlets.key_ring import keys_at
from comity.outlets.private_key import KeySort
from comity.services.receive.prepare import Delivery
from comity.settings import read_settings

AGREEMENTS = '[[agreement]]\npeer = "east"\naddress = "fbl@east.example"\nnetworks = ["203.0.113.0/24"]\ntier = "T1"\n'
LONG_AGO = datetime.now(UTC) - timedelta(days=3)
GIVEN = {
    "identity.domain": "west.example",
    "identity.address": "feedback@west.example",
    "complain.agreements": "agreements.toml",
    "reading.trusted_hosts": ["mx.west.example"],
    "gates.mailboxes": ["fbl@west.example"],
    "gates.moved_to_junk": ["junk@west.example"],
    "gates.moved_from_junk": ["not-junk@west.example"],
    "gates.learn_spam": ["learn@west.example"],
    "gates.milter": ["unix:run/milter"],
    "judging.starter": "none",
    "learning.operators": ["desk@west.example"],
}
MAIL = b"From: win@shop.example\nSubject: your prize\n\nYou have won a prize, claim it now at once, before it is gone\n"


class West:
    """A desk that people teach."""

    def __init__(self, folder: Path) -> None:
        (folder / "agreements.toml").write_text(AGREEMENTS, encoding="ascii")
        first_run(folder, GIVEN, KeySort.ED25519)
        self.settings = read_settings(folder / "comity.toml")
        self.keys = keys_at(folder / "delivery.keys")
        self.desk, self.prepare = intake(self.settings), make_prepare(self.settings)

    def arrives(self, box: str, who: str, data: bytes) -> str:
        """A host of ours hands something over; what became of it."""
        delivery = Delivery(
            gate="lmtp", name=f"{box}@west.example/1.eml", arrived=LONG_AGO, envelope_from=f"{who}@west.example"
        )
        with self.desk.store.write() as rows:
            (done,) = self.desk.service.apply([self.prepare(data, delivery)], rows, LONG_AGO)
        return done.fate.value

    def mail(self, who: str) -> bytes:
        """One that was delivered to somebody."""
        own = [(b"from", b" win@shop.example"), (b"message-id", f" <{who}@shop.example>".encode())]
        facts = Facts(delivered=LONG_AGO, client_ip="198.51.100.7", queue_id="4A", mailboxes=[f"{who}@west.example"])
        value = str(mark(facts, anchor_of(own), self.keys))
        line = (
            "Received: from h.example (h.example [198.51.100.7]) by mx.west.example (Postfix) with ESMTP id 4A\n"
            f"\tfor <{who}@west.example>; {format_datetime(LONG_AGO)}\nComity-Delivery: {value}\n"
            f"Message-ID: <{who}@shop.example>\n"
        )
        return line.encode() + MAIL

    def learn(self) -> None:
        classroom_of(self.settings, self.desk.store).round(datetime.now(UTC))


@pytest.fixture
def west(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> West:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.eml").write_bytes(MAIL.replace(b"prize", b"lottery"))
    return West(tmp_path)


def said(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    """What a command says."""
    assert main(arguments) == status
    return capsys.readouterr().out


def row(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> dict[str, object]:
    """What it says in JSON."""
    found: dict[str, object] = json.loads(said(capsys, *arguments, "--json", status=status))
    return found


def test_what_people_teach_is_shown_taken_out_and_rolled_back(west: West, capsys: pytest.CaptureFixture[str]) -> None:
    """Two complain, one is not believed; the model learns, forgets one mailbox, and goes back."""
    assert [west.arrives("junk", who, west.mail(who)) for who in ("ann", "bob")] == ["complaint", "complaint"]
    west.arrives("junk", "eve", west.mail("ann"))
    found = row(capsys, "learn", "status")
    assert (found["waiting"], found["refused"], found["serving"]) == (2, {"not-delivered": 1}, None)
    west.learn()
    found = row(capsys, "learn", "status")
    assert (found["waiting"], found["trained"], found["mailboxes"], found["campaigns"]) == (0, 2, 2, 1)
    assert row(capsys, "learn", "spam", "mine.eml")["learnt"] == 1
    assert row(capsys, "model", "show")["spam"] == 3
    done = row(capsys, "learn", "retract", "--mailbox", "ann@west.example")
    assert (done["retracted"], done["taken_out_of_the_model"]) == (1, 1)
    assert row(capsys, "model", "show")["spam"] == 2
    versions = [json.loads(line) for line in said(capsys, "model", "list", "--json").splitlines()]
    assert [each["kind"] for each in versions] == ["retracted", "operator", "people", "first"]
    assert row(capsys, "model", "rollback", "2")["spam"] == 1  # Bob's alone: Ann's stays retracted, ours came later
    assert row(capsys, "model", "rollback")["spam"] == 2
    assert main(["model", "rollback", "77"]) == 65


def test_a_complaint_is_retracted_by_its_number(west: West, capsys: pytest.CaptureFixture[str]) -> None:
    """As ``comity learn retract --complaint`` has it; where nothing is meant, that is said."""
    west.arrives("junk", "ann", west.mail("ann"))
    assert row(capsys, "learn", "retract", "--complaint", "1")["retracted"] == 1
    assert row(capsys, "learn", "retract", "--complaint", "1", status=65)["retracted"] == 0
    assert main(["learn", "retract"]) == 64


def test_a_complaint_on_the_command_line_teaches_as_any_other(
    west: West, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``comity complain`` on behalf of Ann: it waits, and her "not spam" takes it back."""
    (tmp_path / "hers.eml").write_bytes(west.mail("ann"))
    said(capsys, "complain", "hers.eml", "--recipient", "ann@west.example", "--json")
    assert row(capsys, "learn", "status")["waiting"] == 1
    said(capsys, "complain", "hers.eml", "--recipient", "ann@west.example", "--not-spam", "--json")
    found = row(capsys, "learn", "status")
    assert (found["waiting"], found["retracted"]) == (0, {"taken-back": 1})


def test_staff_teaches_by_mail_at_once(west: West, capsys: pytest.CaptureFixture[str]) -> None:
    """Others do so only by the rules."""
    assert west.arrives("learn", "desk", MAIL) == "learnt"
    assert west.arrives("learn", "eve", MAIL) == "learnt"
    west.learn()
    found = row(capsys, "learn", "status")
    assert (found["trained"], found["refused"]) == (1, {"not-delivered": 1})


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_line_fits_a_terminal(west: West, capsys: pytest.CaptureFixture[str], language: str) -> None:
    """Eighty columns, in both languages."""
    for who in ("ann", "bob"):
        west.arrives("junk", who, west.mail(who))
    west.arrives("junk", "eve", west.mail("ann"))
    west.learn()
    with west.desk.store.write() as rows:
        rows.learning.junk("f" * 24, since=LONG_AGO, until=datetime.now(UTC) + timedelta(hours=6), people=3)
    for command in (("learn", "status"), ("model", "list")):
        text = said(capsys, "--language", language, *command)
        assert max(sum(2 if ord(sign) > 0x2E80 else 1 for sign in line) for line in text.splitlines()) <= 80
    assert said(capsys, "learn", "lift", "f" * 24)
    assert main(["learn", "lift", "f" * 24]) == 65
