"""Our own people complain by mail: by a forward, or by moving a mail to Junk and back."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from comity.bootstrap.complaining import intake
from comity.bootstrap.desk import desk_store
from comity.bootstrap.first_run import first_run
from comity.bootstrap.gates.milter import marking_keys
from comity.bootstrap.serving import make_prepare
from comity.bootstrap.straight_line import line_between
from comity.formats.delivery_memory import Facts, anchor_of, mark
from comity.formats.mime import scan
from comity.model.arrival import Arrival, Waiting
from comity.outlets.private_key import KeySort
from comity.services.complain.straight_line import Mail
from comity.services.receive.planning import Ingested
from comity.services.receive.prepare import Delivery, Prepared
from comity.services.receive.working_off import task_of
from comity.settings import read_settings
from comity.settings.first_file import Value
from comity.store.tables.intake import item, shunt
from comity.store.tables.sending import complaint

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
AGREEMENTS = '[[agreement]]\npeer = "east"\naddress = "fbl@east.example"\nnetworks = ["198.51.100.0/24"]\ntier = "T2"\n'
GIVEN = {
    "identity.domain": "west.example",
    "identity.address": "feedback@west.example",
    "complain.agreements": "agreements.toml",
    "reading.trusted_hosts": ["mx.west.example"],
    "gates.mailboxes": ["fbl@west.example"],
    "gates.spam": ["spam@west.example"],
    "gates.not_spam": ["not-spam@west.example"],
    "gates.moved_to_junk": ["junk@west.example"],
    "gates.moved_from_junk": ["not-junk@west.example"],
}
SPAM = (
    "Delivered-To: ann@west.example\n"
    "Received: from h.example (h.example [198.51.100.7]) by mx.west.example (Postfix) with ESMTP id 4ABC\n"
    "\tfor <ann@west.example>; Sun, 01 Mar 2026 08:05:09 +0000\n"
    "From: Shop <news@shop.example>\nTo: ann@west.example\nSubject: Great news\nMessage-ID: <1@shop.example>\n\nbuy\n"
)
HEAD = "From: Ann <ann@west.example>\nTo: spam@west.example\nSubject: Fwd: Great news\nMIME-Version: 1.0\n"
FORWARD = (
    HEAD + 'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nspam\n'
    f"--b\nContent-Type: message/rfc822\n\n{SPAM}\n--b--\n"
)
PASTED = (
    HEAD + "\nThis is spam.\n\n---------- Forwarded message ---------\nFrom: Shop <news@shop.example>\n"
    "Date: Sun, 1 Mar 2026 at 08:05\nSubject: Great news\nTo: <ann@west.example>\n\nbuy\n"
)


class West:
    """A desk as ``comity init`` leaves it, and what arrives at its gates."""

    def __init__(self, folder: Path, **given: Value) -> None:
        (folder / "agreements.toml").write_text(AGREEMENTS, encoding="utf-8")
        first_run(folder, {**GIVEN, **given}, KeySort.ED25519)
        self.settings = read_settings(folder / "comity.toml")
        self.desk, self.prepare = intake(self.settings), make_prepare(self.settings)
        self.number = 0

    def read(
        self, mailbox: str, text: str, *, said_by: str | None = "ann@west.example", gate: str = "lmtp"
    ) -> Prepared:
        """Something arrives; each mail a minute after the one before."""
        self.number += 1
        arrived = NOON + timedelta(minutes=self.number)
        name = f"{mailbox}/{self.number}.eml"
        return self.prepare(text.encode(), Delivery(gate=gate, name=name, arrived=arrived, envelope_from=said_by))

    def work_off(self, batch: Sequence[Prepared]) -> tuple[Ingested, ...]:
        with self.desk.store.write() as rows:
            return self.desk.service.apply(batch, rows, NOON + timedelta(hours=1))

    def complaints(self) -> list[tuple[bool, str, str | None]]:
        """Of each: not spam?, state, mailbox."""
        query = select(complaint.c.not_spam, complaint.c.state, complaint.c.mailbox).order_by(complaint.c.id)
        with desk_store(self.settings).read() as rows:
            return [(row.not_spam, row.state, row.mailbox) for row in rows.connection.execute(query)]

    def items(self) -> list[tuple[str, str]]:
        """Of each: kind, why."""
        with desk_store(self.settings).read() as rows:
            return [tuple(row) for row in rows.connection.execute(select(item.c.kind, item.c.why).order_by(item.c.id))]


@pytest.fixture
def west(tmp_path: Path) -> West:
    return West(tmp_path)


def test_moved_to_junk_and_back(west: West) -> None:
    """The mail that our store hands over is the one complained about; moved back, the complaint is taken back."""
    (done,) = west.work_off([west.read("junk@west.example", SPAM)])
    assert done.fate == "complaint"
    assert west.complaints() == [(False, "waiting", "ann@west.example")]
    west.work_off([west.read("not-junk@west.example", SPAM)])
    assert west.complaints() == [(False, "taken-back", None)]
    assert west.items() == []


def test_a_forward_is_unwrapped(west: West) -> None:
    """The attached mail is complained about, in the mailbox of who forwards it, and is the same as the one that was moved."""
    west.work_off([west.read("spam@west.example", FORWARD, said_by="ann+home@west.example")])
    west.work_off([west.read("junk@west.example", SPAM)])
    assert west.complaints() == [(False, "waiting", "ann+home@west.example")]
    west.work_off([west.read("not-spam@west.example", FORWARD)])
    assert west.complaints() == [(False, "taken-back", None)]


def test_a_mark_of_the_milter_is_believed_from_the_first_start_on(tmp_path: Path) -> None:
    """Who looks at complaints may start before the milter has made its keys; what it marks with them is believed all the same."""
    west = West(tmp_path, **{"gates.milter": ["unix:run/milter"]})
    line = line_between(west.settings, (), path=tmp_path / "comity.toml", key_file=tmp_path / "pepper", keys=None)
    at = SPAM.index("From:")
    ours, came = SPAM[:at], SPAM[at:]
    fields = [(each.name.lower().encode(), each.raw) for each in scan(came.encode()).headers.items()]
    facts = Facts(delivered=NOON, client_ip="198.51.100.7", queue_id="4ABC", mailboxes=["ann@west.example"])
    marked = f"{ours}Comity-Delivery: {mark(facts, anchor_of(fields), marking_keys(west.settings))}\n{came}"
    told = line.complain(Mail(path="1.eml", data=marked.encode()), NOON).origin
    assert (told.source_ip, told.source_ip_from) == ("198.51.100.7", "delivery-header:1")


def test_nobody_speaks_for_another_mailbox(west: West) -> None:
    """Who hands a mail in may have written all of it: a mailbox that it names is not asked back, and not complained for."""
    west.work_off([west.read("junk@west.example", SPAM)])
    west.work_off([west.read("not-spam@west.example", FORWARD, said_by="mallory@west.example")])
    assert west.complaints() == [(False, "waiting", "ann@west.example"), (True, "waiting", "mallory@west.example")]


def test_the_envelope_says_who_where_no_trace_does(west: West) -> None:
    """A mail on which no host noted its mailbox was in that of the one who complains."""
    bare = SPAM[SPAM.index("From:") :]
    west.work_off([west.read("junk@west.example", bare, said_by="bob@west.example")])
    assert west.complaints() == [(False, "waiting", "bob@west.example")]


def test_worked_off_twice_it_is_heard_once(west: West) -> None:
    """The program ends between commit and deletion, anywhere: what is worked off again changes nothing."""
    spam, back = west.read("junk@west.example", SPAM), west.read("not-junk@west.example", SPAM)
    west.work_off([spam])
    west.work_off([spam, back])
    before = west.complaints()
    for again in ([back], [spam], [spam, back], [back, spam]):
        west.work_off(again)
        assert west.complaints() == before == [(False, "taken-back", None)]
    west.work_off([west.read("junk@west.example", SPAM)])
    assert west.complaints() == [(False, "waiting", "ann@west.example")]


def test_what_is_not_attached_cannot_be_complained_about(west: West) -> None:
    """A mail pasted into the text is kept, with the reason, and is in no case."""
    (done,) = west.work_off([west.read("spam@west.example", PASTED)])
    assert (done.fate, done.cases) == ("stored", ())
    assert west.complaints() == []
    assert west.items() == [("mail", "why.complaint-not-attached")]


@pytest.mark.parametrize(
    ("said_by", "gate"), [("eve@east.example", "lmtp"), ("", "lmtp"), ("ann@west.example", "file")]
)
def test_a_stranger_does_not_complain(west: West, said_by: str, gate: str) -> None:
    """Neither another network's address, nor a bounce, nor a file that is called so is one of our own people: it is feedback."""
    west.work_off([west.read("spam@west.example", FORWARD, said_by=said_by, gate=gate)])
    assert west.complaints() == []
    assert [kind for kind, _ in west.items()] == ["forward"]


def test_feedback_and_complaints_in_one_batch(west: West) -> None:
    """Each finds its way, and the answers stand in order."""
    names = ["fbl@west.example", "junk@west.example", "fbl@west.example", "spam@west.example"]
    texts = ["Subject: a\n\nhello\n", SPAM, FORWARD, PASTED]
    done = west.work_off([west.read(*each) for each in zip(names, texts, strict=True)])
    assert [each.name for each in done] == [f"{name}/{number}.eml" for number, name in enumerate(names, 1)]
    assert [each.fate.value for each in done][1] == "complaint"
    assert len(west.items()) == 3


def test_one_that_cannot_be_written_is_put_aside(west: West, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault over one complaint shunts it, the next one is heard; tried again it is heard, too, and the shunt is empty: for
    the mailbox of whoever handed it over, which then is kept no longer."""
    from comity.services.complain.complaint import Complaints

    enter = Complaints.enter

    def faulty(*arguments: object, **named: object) -> object:
        if "Bad" in arguments[2].data.decode():  # type: ignore[attr-defined]
            raise ValueError
        return enter(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Complaints, "enter", faulty)
    bad = SPAM[SPAM.index("From:") :].replace("Great", "Bad").replace("<1@", "<2@")  # no trace says whose it was
    handed = west.read("junk@west.example", bad, said_by="bob@west.example")
    done = west.work_off([handed, west.read("junk@west.example", SPAM)])
    assert [each.fate.value for each in done] == ["shunted", "complaint"]
    monkeypatch.undo()
    with desk_store(west.settings).read() as rows:
        (row,) = rows.intake.shunted(())
    assert row.envelope_from == "bob@west.example"
    again = Arrival(
        gate=row.gate,
        envelope_from=row.envelope_from,
        recipients=("junk@west.example",),
        arrived=row.first,
        name=row.name,
        raw_id=row.raw_id,
        data=bad.encode(),
    )
    west.work_off([west.prepare(*task_of(Waiting(spool_id=1, tries=0, arrival=again)))])
    assert [(state, mailbox) for _, state, mailbox in west.complaints()] == [
        ("waiting", "ann@west.example"),
        ("waiting", "bob@west.example"),
    ]
    with desk_store(west.settings).read() as rows:
        kept, resolved = rows.connection.execute(select(shunt.c.envelope_from, shunt.c.resolved)).one()
    assert (kept, resolved is not None) == (None, True)


TAKEN = "Received: from a.west.example by mx.west.example; Sun, 01 Mar 2026 09:00:00 +0000\n"


@pytest.mark.parametrize("gate", ["maildir", "imap"])
def test_a_forward_out_of_a_mailbox_counts_for_its_return_path(west: West, gate: str) -> None:
    """The envelope address stands above the first Received; a stranger's own line, or none, makes no complaint."""
    ours, theirs = "Return-Path: <ann@west.example>\n", "Return-Path: <a@other.example>\n"
    for above, expected in ((ours + TAKEN, 1), (theirs + TAKEN + ours, 0), (TAKEN + ours, 0), (ours, 0), (TAKEN, 0)):
        prepared = west.read("spam@west.example", above + FORWARD, said_by="", gate=gate)
        assert len(prepared.complaints) == expected, above


def test_a_mail_moved_into_a_watched_folder_is_complained_about(west: West) -> None:
    """Who else than our own people moves mails there; whose mailbox it was, the mail says."""
    (complaint_mail,) = west.read("junk@west.example", SPAM, said_by="", gate="imap").complaints
    assert complaint_mail.identity.mailbox == "ann@west.example"
    assert not west.read("junk@west.example", SPAM, said_by="", gate="smtp").complaints
