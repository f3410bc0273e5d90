"""One report of fraud reaches a person within the hour, whatever the counts."""

from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path
from zlib import decompress

import pytest
from sqlalchemy import select

from comity.bootstrap.grave import tell_what_is_urgent
from comity.formats.deception import Deception, DeceptionKind
from comity.model.desk import Act
from comity.model.outcomes import ComityError
from comity.model.urgent import Urgent
from comity.services.operate.rounds import EVERY as HOUSE_EVERY
from comity.services.receive.desk import Desk
from comity.services.receive.grave.urgent import Telling, note_looks, note_sealed, see, standing
from comity.settings import read_settings
from comity.store.engine import Store
from comity.store.tables.sending import outbox

from ..stores import store
from .intake import NOW, arf, cases, ingest
from .test_own_people import FORWARD, NOON, West

__all__ = ["store"]

HOUR = timedelta(hours=1)
FRAUD = FORWARD.replace("spam@west.example", "phish@west.example")


def stands(store: Store) -> list[Urgent]:
    """What nobody has seen."""
    with store.read() as records:
        return standing(records.urgent)


def test_one_report_is_enough_and_many_are_one(store: Store) -> None:
    """The first report of fraud about a customer stands; what comes while it stands is counted beside it."""
    ingest(store, arf(1, kind="fraud"), arf(2), now=NOW)
    (found,) = stands(store)
    assert (found.kind.value, found.about, found.more, found.entered) == ("case", "West Hosting", 0, NOW)
    ingest(store, arf(3, kind="fraud", recipient="bob@mail.example"), now=NOW + HOUR)
    assert [each.more for each in stands(store)] == [1]


def test_what_is_delivered_again_is_no_news(store: Store) -> None:
    """The same statement by another path is counted once, here too."""
    ingest(store, arf(1, kind="fraud"))
    ingest(store, arf(1, kind="fraud", carrier="other@west.example"))
    assert [each.more for each in stands(store)] == [0]


def test_spam_alone_calls_nobody(store: Store) -> None:
    """A thousand complaints of spam are a matter of the counts."""
    ingest(store, *[arf(number, recipient=f"p{number}@mail.example") for number in range(50)])
    assert stands(store) == []


def test_fraud_about_nobody_of_ours_is_shown(store: Store) -> None:
    """Perhaps the list of what is ours is incomplete: a person says."""
    ingest(store, arf(1, kind="fraud", source="8.8.8.8"))
    assert [each.kind.value for each in stands(store)] == ["unmatched"]


def test_a_person_who_acts_has_seen_it(store: Store) -> None:
    """An act of a person on the case settles it, at the time of the act; what the program does settles nothing."""
    ingest(store, arf(1, kind="fraud"))
    case = cases(store)["customer:West Hosting"]
    with store.write() as records:
        Desk(records, actor="comity", now=NOW).act(case, Act.NOTE, note="counted")
    assert len(stands(store)) == 1
    with store.write() as records:
        Desk(records, actor="li", now=NOW + HOUR).act(case, Act.TAKE)
    assert stands(store) == []
    with store.write() as records:
        assert Telling().due(records.urgent, NOW + HOUR) == []
    ingest(store, arf(9, kind="fraud", recipient="eve@mail.example"), now=NOW + 2 * HOUR)
    assert len(stands(store)) == 1  # what comes later is another one


def test_it_is_told_three_times_an_hour_apart(store: Store) -> None:
    """Nobody is written to for ever; nobody is spared the second mail."""
    ingest(store, arf(1, kind="fraud"))
    told = []
    for step in range(60):
        now = NOW + step * HOUSE_EVERY
        with store.write() as records:
            due = Telling().due(records.urgent, now)
            records.urgent.mark_told([each.urgent_id for each in due], now)
        told += [now for _ in due]
    assert told == [NOW, NOW + HOUR, NOW + 2 * HOUR]


def test_a_number_that_is_none_is_refused(store: Store) -> None:
    """What was seen cannot be seen again."""
    ingest(store, arf(1, kind="fraud"))
    with store.write() as records:
        see(records.urgent, 1, by="li", why=None, now=NOW)
        with pytest.raises(ComityError) as caught:
            see(records.urgent, 1, by="li", why=None, now=NOW)
    assert caught.value.code == "urgent-unknown"


def mails(west: West) -> list[Message]:
    """What stands in the outbox."""
    with west.desk.store.read() as records:
        rows = records.connection.execute(
            select(outbox.c.data, outbox.c.state, outbox.c.address).order_by(outbox.c.id)
        ).all()
    assert {row.state for row in rows} <= {"waiting"}
    return [message_from_bytes(decompress(row.data)) for row in rows]


def test_our_own_people_reach_a_person_within_the_hour(tmp_path: Path) -> None:
    """A forward to the address for fraud is a complaint as any other, and a mail to the postmaster at the next look."""
    west = West(tmp_path, **{"gates.fraud": ["phish@west.example"]})
    west.work_off([west.read("phish@west.example", FRAUD)])
    logged: list[str] = []
    assert HOUSE_EVERY < HOUR
    due = NOON + HOUR + HOUSE_EVERY
    told = tell_what_is_urgent(west.settings, west.desk.store, log=lambda event, **_: logged.append(event), now=due)
    assert (told, logged) == (1, ["urgent-mailed"])
    (mail,) = mails(west)
    assert mail["To"] == "<postmaster@west.example>"
    assert str(make_header(decode_header(mail["Subject"]))) == (
        "Fraud was reported: a person is needed now / 收到欺诈举报：1 项须立即由人查看"
    )
    text = mail.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert b"shop.example <1@shop.example>" in text
    assert b"ann@" not in text
    again = due + HOUSE_EVERY
    assert tell_what_is_urgent(west.settings, west.desk.store, log=lambda event, **_: None, now=again) == 0


@pytest.mark.parametrize(
    ("sealed", "fraud", "subject"),
    [(False, False, "Is this fraud?"), (True, False, "A mail was sealed:"), (True, True, "Fraud was reported:")],
)
def test_a_mail_says_no_more_than_was_said(tmp_path: Path, *, sealed: bool, fraud: bool, subject: str) -> None:
    """What only looks like fraud is a question, what was sealed is called so; fraud was reported where somebody did."""
    west = West(tmp_path, **{"gates.fraud": ["phish@west.example"]})
    with west.desk.store.write() as records:
        found = Deception(kind=DeceptionKind.LINK, shows="www.bank.example", leads="evil.example")
        note_looks(records.urgent, found, now=NOON)
        if sealed:
            note_sealed(records.urgent, 7, NOON)
    if fraud:
        west.work_off([west.read("phish@west.example", FRAUD)])
    assert tell_what_is_urgent(west.settings, west.desk.store, log=lambda event, **_: None, now=NOON + HOUR)
    (mail,) = mails(west)
    assert str(make_header(decode_header(mail["Subject"]))).startswith(subject)
    text = mail.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert (b"Somebody reported fraud" in text) == fraud


def test_the_mail_about_fraud_reports_no_fraud(tmp_path: Path) -> None:
    """Where our own mail comes back to the desk it does not call itself urgent: that would go on for ever."""
    west = West(tmp_path, **{"gates.fraud": ["phish@west.example"], "desk.urgent_to": ["fbl@west.example"]})
    west.work_off([west.read("phish@west.example", FRAUD)])
    tell_what_is_urgent(west.settings, west.desk.store, log=lambda event, **_: None, now=NOON + HOUR)
    (mail,) = mails(west)
    west.work_off([west.read("fbl@west.example", mail.as_string(), said_by="feedback@west.example")])
    with west.desk.store.read() as records:
        assert len(standing(records.urgent)) == 1
    assert read_settings(tmp_path / "comity.toml").desk.urgent_to == ("fbl@west.example",)


def phished(number: int, host: str = "evil.example", link: str = "www.bank.example") -> str:
    """A forward of a mail with one link."""
    old = "Subject: Great news\n"
    assert old in FORWARD
    body = f'<a href="http://{host}/{number}">{link}</a>'
    head, _, rest = FORWARD.rpartition(old)
    mail_id, _, end = rest.partition("\n\n")
    tail = end[end.index("\n--") :]
    mail_id = mail_id.replace("<1@shop.example>", f"<{number}@shop.example>")
    return f"{head}{old}Content-Type: text/html\n{mail_id}\n\n{body}{tail}"


def test_what_is_called_spam_and_looks_like_fraud_is_a_question(tmp_path: Path) -> None:
    """A complaint as any other, and one question for each place that is led to; seen, it rests for a week."""
    west = West(tmp_path)

    def complain(number: int, **how: str) -> None:
        done = west.work_off([west.read("spam@west.example", phished(number, **how))])
        assert [each.fate.value for each in done] == ["complaint"]

    complain(1)
    complain(2)
    complain(3, link="our news")
    complain(4, host="other.example")
    found = stands(west.desk.store)
    assert [(each.kind.value, each.about, each.more) for each in found] == [
        ("looks", "www.bank.example -> evil.example", 1),
        ("looks", "www.bank.example -> other.example", 0),
    ]
    with west.desk.store.write() as records:
        for each in found:
            see(records.urgent, each.urgent_id, by="ann", why="newsletter", now=NOON)
    complain(5)
    assert stands(west.desk.store) == []
    west.work_off([west.read("not-spam@west.example", phished(6, host="third.example"))])
    assert stands(west.desk.store) == []


def test_the_question_is_mailed_with_both_places(tmp_path: Path) -> None:
    """Within the hour, in both languages, and without whoever complained."""
    west = West(tmp_path)
    west.work_off([west.read("spam@west.example", phished(1))])
    assert tell_what_is_urgent(west.settings, west.desk.store, log=lambda event, **_: None, now=NOON + HOUR) == 1
    (mail,) = mails(west)
    text = mail.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert text.count(b"www.bank.example -> evil.example") == 2
    assert b"ann@" not in text
