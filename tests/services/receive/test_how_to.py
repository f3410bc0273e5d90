"""One of our own people pastes spam into a mail and is told how it is done right: once, and nobody else ever is."""

import json
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st
from sqlalchemy import select

from comity.bootstrap.complaining import intake
from comity.bootstrap.desk import desk_store
from comity.bootstrap.first_run import first_run
from comity.bootstrap.sending import provider_side
from comity.bootstrap.serving import make_prepare
from comity.cli import main
from comity.formats.mime import scan
from comity.model.sending import OWN_PEOPLE
from comity.outlets.private_key import KeySort
from comity.services.complain.sending import Answer, Envelope, Mailing, Persistence, Reply
from comity.services.receive.prepare import Delivery
from comity.settings import read_settings
from comity.store.tables.sending import outbox

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
AGREEMENTS = '[[agreement]]\npeer = "east"\naddress = "fbl@east.example"\nnetworks = ["198.51.100.0/24"]\ntier = "T2"\n'
GIVEN = {
    "identity.domain": "west.example",
    "identity.address": "feedback@west.example",
    "complain.agreements": "agreements.toml",
    "reading.trusted_hosts": ["mx.west.example"],
    "gates.mailboxes": ["fbl@west.example", "feedback@west.example"],
    "gates.spam": ["spam@west.example"],
}
LOGGED_IN = "Authentication-Results: mx.west.example; auth=pass smtp.auth=ann@west.example\n"
DMARC = "Authentication-Results: mx.west.example; dmarc=pass header.from=west.example\n"
TAKEN = (
    "Received: from pc.west.example (pc.west.example [192.0.2.50]) by mx.west.example (Postfix) with ESMTPSA id 4ABC\n"
    "\tfor <spam@west.example>; Mon, 02 Mar 2026 11:59:00 +0000\n"
)
HEAD = "From: Ann <ann@west.example>\nTo: spam@west.example\nSubject: Fwd: Great news\nMessage-ID: <{n}@west.example>\n"
PASTED = (
    "\nThis is spam.\n\n---------- Forwarded message ---------\nFrom: Shop <news@shop.example>\n"
    "Date: Sun, 1 Mar 2026 at 08:05\nSubject: Great news\nTo: <ann@west.example>\n\nbuy, do not reply\n"
)


class West:
    """A desk as ``comity init`` leaves it."""

    def __init__(self, folder: Path) -> None:
        (folder / "agreements.toml").write_text(AGREEMENTS, encoding="utf-8")
        first_run(folder, GIVEN, KeySort.ED25519)
        self.settings = read_settings(folder / "comity.toml")
        self.desk, self.prepare = intake(self.settings), make_prepare(self.settings)
        self.side = provider_side(self.settings)
        self.now, self.number = NOON, 0

    def take(
        self, text: str, *, said_by: str = "ann@west.example", box: str = "spam@west.example", gate: str = "lmtp"
    ) -> None:
        """Something arrives."""
        self.number += 1
        data = text.replace("{n}", str(self.number)).encode()
        delivery = Delivery(gate=gate, name=f"{box}/{self.number}.eml", arrived=self.now, envelope_from=said_by)
        prepared = self.prepare(data, delivery)
        with self.desk.store.write() as rows:
            self.desk.service.apply([prepared], rows, self.now)

    def answers(self) -> Sequence[tuple[str, str, str | None]]:
        """To whom, in which state, and why."""
        with self.desk.store.read() as rows:
            found = rows.connection.execute(
                select(outbox.c.address, outbox.c.state, outbox.c.reason).order_by(outbox.c.id)
            ).all()
        return [(row.address, row.state, row.reason) for row in found]

    def live(self) -> None:
        self.side.peering.live(OWN_PEOPLE, now=self.now)


@pytest.fixture
def west(tmp_path: Path) -> West:
    return West(tmp_path)


@pytest.mark.parametrize("proof", [LOGGED_IN, DMARC, LOGGED_IN.replace("ann@west.example", "ann")])
def test_it_is_held_first(west: West, proof: str) -> None:
    """Whoever logged in, or passed DMARC, is answered; it is held, and can be looked at, until the operator lets it go."""
    west.take(proof + TAKEN + HEAD + PASTED)
    assert west.answers() == [("ann@west.example", "held", "observe")]
    west.live()
    assert west.answers() == [("ann@west.example", "held", "observe")]  # it would come too late
    west.take(proof + TAKEN + HEAD + PASTED)
    assert west.answers()[1:] == [("ann@west.example", "waiting", None)]


def test_the_answer_cannot_be_answered(west: West) -> None:
    """It leaves from the null address, marked as automatic, in both languages, and repeats nothing of the spam."""
    west.live()
    west.take(LOGGED_IN + TAKEN + HEAD + PASTED)
    sent: list[Envelope] = []

    class Host:
        def send(self, mail: Envelope) -> Reply:
            sent.append(mail)
            return Reply(answer=Answer.ACCEPTED, text="250 ok")

        def close(self) -> None:
            """Nothing to end."""

    persistence = Persistence(bounce_address="bounces@west.example")
    Mailing(west.side.store, Host, lambda data, _: data, persistence=persistence, clock=lambda: west.now).once("t")
    (mail,) = sent
    message = scan(mail.data)
    assert (mail.envelope_from, mail.to) == ("", "ann@west.example")
    assert message.headers.first("auto-submitted") == "auto-replied"
    assert message.headers.first("in-reply-to") == "<1@west.example>"
    text = message.content().decode()
    assert "as an attachment" in text and "作为附件" in text and "spam@west.example" in text
    assert "Great news" not in text + str(message.headers.decoded("subject"))


def test_once_in_a_week(west: West) -> None:
    """However often somebody tries: one answer in seven days; somebody else gets one of their own."""
    west.live()
    for _ in range(5):
        west.take(LOGGED_IN + TAKEN + HEAD + PASTED)
        west.now += timedelta(days=1)
    bob = (LOGGED_IN + TAKEN + HEAD + PASTED).replace("ann@", "bob@")
    west.take(bob, said_by="bob@west.example")
    assert [each[0] for each in west.answers()] == ["ann@west.example", "bob@west.example"]
    west.now += timedelta(days=2, minutes=1)
    west.take(LOGGED_IN + TAKEN + HEAD + PASTED)
    assert len(west.answers()) == 3


def test_the_same_mail_again_is_not_answered(west: West) -> None:
    """What is worked off twice after a crash is answered once, also after a week."""
    west.live()
    same = (LOGGED_IN + TAKEN + HEAD + PASTED).replace("{n}", "same")
    west.take(same)
    west.now += timedelta(days=8)
    west.take(same)
    assert len(west.answers()) == 1


ATTACKS = {
    "no proof": TAKEN + HEAD + PASTED,
    "a stranger's proof": TAKEN + LOGGED_IN + HEAD + PASTED,
    "no line of ours": LOGGED_IN + HEAD + PASTED,
    "another host's proof": LOGGED_IN.replace("mx.west.example", "mx.evil.example") + TAKEN + HEAD + PASTED,
    "somebody else logged in": LOGGED_IN.replace("ann@", "bob@") + TAKEN + HEAD + PASTED,
    "DMARC of another domain": DMARC.replace("header.from=west", "header.from=evil") + TAKEN + HEAD + PASTED,
    "DMARC failed": DMARC.replace("pass", "fail") + TAKEN + HEAD + PASTED,
    "proof in a comment": "Authentication-Results: mx.west.example; spf=none (auth=pass smtp.auth=ann)\n" + TAKEN + HEAD + PASTED,
    "another author": LOGGED_IN + TAKEN + HEAD.replace("<ann@", "<bob@") + PASTED,
    "two authors": LOGGED_IN + TAKEN + HEAD.replace("<ann@west.example>", "<ann@west.example>, b@evil.example") + PASTED,
    "two From": LOGGED_IN + TAKEN + "From: b@evil.example\n" + HEAD + PASTED,
    "an automatic answer": LOGGED_IN + TAKEN + "Auto-Submitted: auto-replied\n" + HEAD + PASTED,
    "an automatic mail": LOGGED_IN + TAKEN + "Auto-Submitted: auto-generated; x=y\n" + HEAD + PASTED,
    "a list": LOGGED_IN + TAKEN + "List-Id: <l.west.example>\n" + HEAD + PASTED,
    "an unusual list": LOGGED_IN + TAKEN + "List-Owner: <mailto:o@west.example>\n" + HEAD + PASTED,
    "bulk": LOGGED_IN + TAKEN + "Precedence: bulk\n" + HEAD + PASTED,
    "a vacation program": LOGGED_IN + TAKEN + "X-Autoreply: yes\n" + HEAD + PASTED,
    "suppressed": LOGGED_IN + TAKEN + "X-Auto-Response-Suppress: All\n" + HEAD + PASTED,
    "a bounce": LOGGED_IN + TAKEN + "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n" + HEAD + PASTED,
    "with the spam attached": LOGGED_IN + TAKEN + 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n' + HEAD
    + "\n--b\nContent-Type: message/rfc822\n\nReceived: from h ([198.51.100.7]) by mx.west.example; 1 Mar 2026 08:05 +0000\n"
    "From: a@shop.example\nMessage-ID: <1@shop.example>\n\nbuy\n--b--\n",
    "a question": LOGGED_IN + TAKEN + HEAD.replace("Fwd: Great news", "Where are you?") + "\nHello?\n",
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_who_is_never_answered(west: West, name: str) -> None:
    """Nobody unproved, no list, no program, no bounce; and nobody whose complaint was right."""
    west.live()
    west.take(ATTACKS[name])
    assert west.answers() == []


@pytest.mark.parametrize(
    "address",
    ["", "postmaster@west.example", "list-request@west.example", "owner-list@west.example", "no-reply@west.example",
     "MAILER-DAEMON@west.example", "bounces+1@west.example", "feedback@west.example", "spam@west.example", "fbl@west.example",
     "spam+x@west.example", "ann@evil.example", "ann@west.example.evil.example"],
)  # fmt: skip
def test_role_addresses_are_never_answered(west: West, address: str) -> None:
    """Programs, lists, our own mailboxes and strangers, even where a host of ours says that they logged in."""
    west.live()
    mail = (LOGGED_IN + DMARC + TAKEN + HEAD + PASTED).replace("ann@west.example", address or "x@west.example")
    west.take(mail, said_by=address)
    assert west.answers() == []


def test_only_at_a_mailbox_for_complaints_over_a_gate_of_ours(west: West) -> None:
    """What comes over SMTP, or to the desk, is feedback."""
    west.live()
    west.take(LOGGED_IN + TAKEN + HEAD + PASTED, gate="smtp")
    west.take(LOGGED_IN + TAKEN + HEAD + PASTED, box="fbl@west.example")
    assert west.answers() == []
    west.take("Return-Path: <ann@west.example>\n" + LOGGED_IN + TAKEN + HEAD + PASTED, said_by="", gate="maildir")
    assert len(west.answers()) == 1


def test_a_loop_ends_by_itself(west: West) -> None:
    """Ann's mailbox sends everything on to spam@, our answers among it, as its own or as they are: one answer in all."""
    west.live()
    west.take(LOGGED_IN + TAKEN + HEAD + PASTED)
    with west.desk.store.read() as rows:
        packed, size = rows.connection.execute(select(outbox.c.data, outbox.c.size)).one()
    answer = zlib.decompress(packed, bufsize=size).decode()
    west.now += timedelta(days=8)  # the week does not help
    sent_on = answer.replace("\r\n", "\n")
    head, _, body = sent_on.partition("\n\n")
    for mail in (
        sent_on,
        LOGGED_IN + TAKEN + sent_on,
        LOGGED_IN + TAKEN + head.replace("feedback@west.example", "ann@west.example") + "\n\n" + body,
        LOGGED_IN
        + TAKEN
        + "Auto-Submitted: auto-replied\n"
        + HEAD
        + "\n---------- Forwarded message ---------\n"
        + sent_on,
    ):
        for said_by in ("ann@west.example", "", "feedback@west.example"):
            west.take(mail, said_by=said_by)
    assert len(west.answers()) == 1


def test_there_is_an_end_to_a_day(west: West) -> None:
    """A flood of our own people gets two hundred answers a day, and no more."""
    west.live()
    for number in range(203):
        mail = (LOGGED_IN + TAKEN + HEAD + PASTED).replace("ann@", f"a{number}@")
        west.take(mail, said_by=f"a{number}@west.example")
    assert len(west.answers()) == 200


@bounds(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    head=st.text(max_size=80),
    body=st.text(max_size=200),
    said_by=st.sampled_from(["", "ann@west.example", "a\udcff@west.example"]),
)
def test_whatever_is_written_there(west: West, head: str, body: str, said_by: str) -> None:
    """Strange text makes neither an answer without proof, nor a fault."""
    text = (TAKEN + f"X-Head: {head}\n" + HEAD + PASTED + body).encode("utf-8", "replace").decode()
    west.take(text, said_by=said_by)
    assert west.answers() == []
    with desk_store(west.settings).read() as rows:
        assert [each.reason for each in rows.intake.shunted() if each.reason == "fault"] == []


def test_the_operator_sees_it_first(
    west: West, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """``outbox preview`` shows what would leave, ``peer live own_people`` lets it, ``peer list`` says how it stands."""
    monkeypatch.setenv("COMITY_CONFIG", str(west.settings.file))
    west.take(LOGGED_IN + TAKEN + HEAD + PASTED)
    assert main(["outbox", "preview", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["party"], row["kind"], row["reason"]) == ("own_people", "answer", "observe")
    for language in ("en", "zh"):
        assert main(["outbox", "preview", "--language", language, "--show"]) == 0
        assert "Auto-Submitted: auto-replied" in capsys.readouterr().out
    assert main(["peer", "live", "own_people", "--json"]) == 0
    capsys.readouterr()
    assert main(["peer", "list", "--json"]) == 0
    states = {each["name"]: each["state"] for each in map(json.loads, capsys.readouterr().out.splitlines())}
    assert states["own_people"] == "live"
