"""A person writes about a case; answers and bounces join it; what is overdue is seen on both sides."""

from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from hashlib import sha256
from zlib import decompress
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from comity.formats.letter_files import Attachment, attachment
from comity.formats.reply_address import case_of, written
from comity.locale import catalogue
from comity.model.case_letter import CaseLetter, Correspondent
from comity.model.desk import Act, CaseState
from comity.model.outcomes import ComityError
from comity.model.playbook import Calendar, Span
from comity.services.receive.conversation.writing import Conversation, Draft, Ours
from comity.services.receive.desk import Desk as Door
from comity.services.receive.ingest import Ingest
from comity.services.receive.planning import Terms
from comity.services.receive.prepare import Delivery, prepare
from comity.store.tables.sending import outbox

from .intake import NOW, OWN, arf, reads
from .playbook_scene import Scene
from .test_playbook import LADDER, WEST
from .test_replies import BASE, KEY, LETTER, VACATION

SHANGHAI = Calendar(zone=ZoneInfo("Asia/Shanghai"), holidays=frozenset({date(2026, 3, 23)}))


class Desk:
    """A case with a customer, and whoever writes to him."""

    def __init__(self) -> None:
        self.scene = Scene(LADDER)
        terms = Terms(own=OWN, follows=True, answered=lambda recipient: case_of(recipient, BASE, KEY))
        self.scene.ingest = Ingest(terms, following=self.scene.following)
        self.scene.arrives(arf(1))
        self.numbers = iter(range(100))
        ours = Ours(
            domain="east.example",
            address=BASE,
            organisation="East",
            words=(catalogue("en"), catalogue("zh")),
            reply_to=lambda case_id: written(BASE, case_id, KEY),
            new_token=lambda: f"t{next(self.numbers)}",
            calendars={"west.example": SHANGHAI},
            usual=Calendar(zone=UTC),
        )
        self.conversation = Conversation(ours, self.scene.following)

    def write(self, to: str = "noc@west.example", within: Span | None = None, now: datetime = NOW) -> CaseLetter:
        draft = Draft(
            who=Correspondent.CUSTOMER, to=to, subject="Your server", text="Please look.", by="li", answer_within=within
        )
        case = self.scene.case(WEST)
        with self.scene.store.write() as records:
            return self.conversation.write(records, case, draft, now=now)

    def send_along(self, *files: tuple[str, bytes]) -> CaseLetter:
        given = tuple(each for name, data in files if isinstance(each := attachment(name, data), Attachment))
        assert len(given) == len(files)
        draft = Draft(
            who=Correspondent.CUSTOMER, to="noc@west.example", subject="Log", text="Please look.", by="li", files=given
        )
        case = self.scene.case(WEST)
        with self.scene.store.write() as records:
            return self.conversation.write(records, case, draft, now=NOW)

    def comes(self, data: bytes) -> None:
        to = written(BASE, self.scene.case(WEST).case_id, KEY)
        delivery = Delivery(gate="lmtp", name=f"{to}/7.eml", arrived=self.scene.now)
        with self.scene.store.write() as records:
            self.scene.ingest.apply([prepare(data, delivery, reads)], records, self.scene.now)

    def keep(self, now: datetime) -> tuple[int, int]:
        with self.scene.store.write() as records:
            return self.conversation.keep(records, now)

    def thread(self) -> list[CaseLetter]:
        case = self.scene.case(WEST)
        with self.scene.store.read() as records:
            return records.case_letters.of([case.case_id])

    def mails(self) -> list[Message]:
        with self.scene.store.read() as records:
            rows = records.connection.execute(select(outbox.c.data).where(outbox.c.party == "correspondents"))
            return [message_from_bytes(decompress(row.data)) for row in rows]

    def acts(self) -> list[str]:
        return [each.act for each in self.scene.events(WEST)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def _text(mail: Message) -> str:
    data = mail.get_payload(decode=True)
    assert isinstance(data, bytes)
    return data.decode()


def test_a_letter_is_a_person_s_and_its_reply_address_is_the_case_s(desk: Desk) -> None:
    """No mark of a program on it, so that people and their programs answer it as they answer people."""
    desk.write()
    (mail,) = desk.mails()
    assert (mail["To"], mail["Auto-Submitted"]) == ("<noc@west.example>", None)
    assert case_of(mail["Reply-To"], BASE, KEY) == desk.scene.case(WEST).case_id
    assert "wrote" in desk.acts()


def test_the_second_letter_goes_on_with_the_thread(desk: Desk) -> None:
    """Mail programs show one conversation."""
    desk.write()
    desk.write()
    first, second = desk.mails()
    assert second["In-Reply-To"] == first["Message-ID"]


def test_a_deadline_counts_the_receiver_s_working_days(desk: Desk) -> None:
    """Friday evening in Shanghai; Monday is a holiday there: two working days later is Wednesday, in its own time."""
    letter = desk.write(within=Span(working_days=2))
    assert letter.answer_by == datetime(2026, 3, 25, 12, tzinfo=UTC)
    text = _text(desk.mails()[0])
    assert "Please answer by 2026-03-25 20:00 CST" in text
    assert "请于 2026-03-25 20:00 CST 前答复" in text
    other = desk.write(to="x@sub.elsewhere.example", within=Span(working_days=2))
    assert other.answer_by == datetime(2026, 3, 24, 12, tzinfo=UTC)


def test_an_answer_ends_the_waiting_an_automatic_one_does_not(desk: Desk) -> None:
    """Holiday notes answer nothing; a person's letter does, and it stands in the case."""
    letter = desk.write(within=Span(working_days=1))
    assert letter.answer_by is not None
    desk.comes(VACATION)
    assert desk.thread()[0].answered is None
    desk.comes(LETTER)
    assert desk.thread()[0].answered is not None
    assert desk.keep(letter.answer_by + timedelta(days=1)) == (0, 0)


def test_the_other_side_is_reminded_once(desk: Desk) -> None:
    """Overdue here is a mail there; a clock that comes by again writes no second one."""
    letter = desk.write(within=Span(working_days=1))
    assert letter.answer_by is not None
    assert desk.keep(letter.answer_by) == (0, 0)
    late = letter.answer_by + timedelta(minutes=1)
    assert [desk.keep(late), desk.keep(late + timedelta(days=9))] == [(0, 1), (0, 0)]
    reminder = desk.mails()[1]
    assert reminder["In-Reply-To"] == f"<{letter.message_id}>"
    assert reminder["Auto-Submitted"] == "auto-generated"
    assert "overdue" in desk.acts()
    assert desk.thread()[0].is_overdue(late)


def test_a_bounce_joins_the_case_and_nobody_is_reminded(desk: Desk) -> None:
    """What did not arrive is not overdue."""
    letter = desk.write(within=Span(working_days=1))
    with desk.scene.store.write() as records:
        records.connection.execute(update(outbox).where(outbox.c.id == letter.outbox_id).values(state="failed"))
    assert desk.keep(NOW + timedelta(days=30)) == (1, 0)
    assert "bounced" in desk.acts()
    assert not desk.thread()[0].is_overdue(NOW + timedelta(days=30))


def test_an_address_that_is_none_is_refused_and_nothing_is_written(desk: Desk) -> None:
    """A slip in the list of contacts is said, not sent."""
    with pytest.raises(ComityError) as caught:
        desk.write(to="noc at west")
    assert caught.value.code == "letter-address"
    assert desk.thread() == []
    assert desk.mails() == []


def test_an_answer_to_a_closed_case_is_seen(desk: Desk) -> None:
    """Whoever answers after the end is not left unheard: the case stands on the desk again, and a person may close it."""
    desk.write()
    case = desk.scene.case(WEST)
    with desk.scene.store.write() as records:
        door = Door(records, actor="li", now=NOW, following=desk.scene.following)
        door.act(door.find(case.case_id), Act.CLOSE)
    assert desk.scene.case(WEST).state is CaseState.CLOSED
    desk.comes(LETTER)
    assert desk.scene.case(WEST).state is CaseState.NEW
    assert desk.acts()[-2:] == ["return", "reply"]
    assert desk.scene.case(WEST).reports == case.reports


def test_an_answer_follows_its_case_into_another(desk: Desk) -> None:
    """Nobody looks at a case that went into another one."""
    letter = desk.write(within=Span(working_days=1))
    old = desk.scene.case(WEST)
    desk.scene.arrives(arf(70, source="192.0.2.200"))
    with desk.scene.store.write() as records:
        door = Door(records, actor="li", now=NOW, following=desk.scene.following)
        into = next(each for each in records.cases.in_states([CaseState.NEW]) if each.case_id != old.case_id)
        door.merge(door.find(old.case_id), into)
    delivery = Delivery(gate="lmtp", name=f"{written(BASE, old.case_id, KEY)}/7.eml", arrived=NOW)
    with desk.scene.store.write() as records:
        (done,) = desk.scene.ingest.apply([prepare(LETTER, delivery, reads)], records, NOW)
    assert done.cases == (into.case_id,)
    with desk.scene.store.read() as records:
        (kept,) = records.case_letters.of([old.case_id])
    assert (kept.message_id, kept.answered is not None) == (letter.message_id, True)


def test_files_go_along_and_stand_in_the_case(desk: Desk) -> None:
    """The mail carries them whole, under names of any script; the case says which, and the thread goes on."""
    log, picture = "17:02 连接\n".encode(), b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    desk.send_along(("日志 2026.txt", log), ("shot.png", picture))
    (mail,) = desk.mails()
    assert mail.get_content_type() == "multipart/mixed"
    text, first, second = mail.get_payload()  # type: ignore[misc]
    assert isinstance(text, Message) and isinstance(first, Message) and isinstance(second, Message)
    assert "Please look." in _text(text)
    assert (first.get_filename(), first.get_payload(decode=True)) == ("日志 2026.txt", log)
    assert (second.get_content_type(), second.get_payload(decode=True)) == ("image/png", picture)
    (letter,) = desk.thread()
    assert [(each.name, each.size, each.media_type) for each in letter.files] == [
        ("日志 2026.txt", len(log), "text/plain"),
        ("shot.png", len(picture), "image/png"),
    ]
    assert "日志 2026.txt" in (desk.scene.events(WEST)[-1].note or "")
    assert letter.files[1].digest == sha256(picture).hexdigest()


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("mail.eml", b"From: a@b.example\n\nhello", "kind"),
        ("run.exe", b"MZ", "kind"),
        ("page.pdf", b"<html>", "kind"),
        ("a.txt", b"\x00\x01", "kind"),
        ("a.txt", b"\xff\xfe", "kind"),
        ("../a.txt", b"x", "name"),
        ("a\nb.txt", b"x", "name"),
        ("文" * 100 + ".txt", b"x", "name"),
        ("a.txt", b"", "empty"),
        ("a.txt", b"x" * ((5 << 20) + 1), "large"),
    ],
)
def test_what_does_not_go_along(name: str, data: bytes, reason: str) -> None:
    """By its content, whatever it is called."""
    assert attachment(name, data) == reason
