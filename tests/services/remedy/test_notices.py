"""Giving notices out: once, in the store with their mail, and as files that gateways and printers take."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zlib import decompress

import pytest

from comity.bootstrap.help import packs_of, style
from comity.cases.matching import Claim
from comity.cases.opening import opened
from comity.model.case import SubjectKind
from comity.model.notice import Certainty, NoticeKind, SelfServiceAct
from comity.model.outcomes import ComityError
from comity.model.retention import KeptClass
from comity.outlets.files.notice_folder import NoticeFolder
from comity.remediation.notice.reference import read, shown
from comity.services.remedy.notices import House, Notices, Order, SpokenName
from comity.services.remedy.rows import ActOfSubscriber
from comity.settings import Settings
from comity.store.engine import Store, open_store
from comity.store.tables.sending import outbox

from ...retention import erase_class

NOW = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
PACKS = packs_of(Settings())
HOUSE = House(
    provider="East Broadband",
    portal="help.east.example",
    help_line="10000",
    zone=UTC,
    domain="east.example",
    address="desk@east.example",
    style=style(),
)
CASE = opened(Claim(kind=SubjectKind.SUBSCRIBER, label="=line-7", contact="wang@mail.example", rule="lease"), NOW)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with one case."""
    made = open_store(tmp_path / "comity.db")
    made.create()
    with made.write() as records:
        records.cases.add([CASE])
    yield made
    made.close()


def notices(**more: Any) -> Notices:
    names = iter(range(100))
    return Notices(PACKS, replace(HOUSE, **more), b"key", new_token=lambda: f"t{next(names)}")


def order(kind: NoticeKind, **more: Any) -> Order:
    said: dict[str, Any] = {
        "kind": kind,
        "language": "zh-CN",
        "certainty": Certainty.LIKELY,
        "family": "mirai",
        "guide": "camera",
        "seen_first": NOW - timedelta(days=1),
        "seen_last": NOW,
    }
    return Order(**(said | more))


def test_a_mail_and_its_notice_are_one_transaction(store: Store) -> None:
    """The mail is in the outbox with the row; it says the same in text and HTML, and has nothing to click or to open."""
    with store.write() as records:
        given = notices().give(records, CASE, order(NoticeKind.MAIL), actor="Ann", now=NOW)
        (row,) = records.connection.execute(outbox.select()).all()
    data = decompress(row.data)
    assert row.address == "wang@mail.example"
    assert b"multipart/alternative" in data
    assert b"Auto-Submitted: auto-generated" in data
    assert data.count(b"Content-Type: text/") == 2
    assert b"attachment" not in data.lower()
    assert read(given.notice.reference) == given.notice.reference
    with store.read() as records:
        assert records.notices.find(given.notice.reference) == given.notice
        assert [event.note for event in records.cases.events_of(CASE.case_id)][
            -1
        ] == f"mail {shown(given.notice.reference)}"


def test_the_same_is_given_out_once(store: Store) -> None:
    """Asked again within the hour, it is the notice that there is, and no second mail; later it is another."""
    giving, wanted = notices(), order(NoticeKind.MAIL)
    with store.write() as records:
        first = giving.give(records, CASE, wanted, actor="Ann", now=NOW)
        again = giving.give(records, CASE, wanted, actor="Ann", now=NOW + timedelta(minutes=59))
        later = giving.give(records, CASE, wanted, actor="Ann", now=NOW + timedelta(minutes=60))
        assert len(records.connection.execute(outbox.select()).all()) == 2
    assert (first.is_new, again.is_new, later.is_new) == (True, False, True)
    assert first.notice.reference == again.notice.reference != later.notice.reference


@pytest.mark.parametrize(
    ("house", "contact", "code"),
    [({"domain": None}, "a@b.example", "notice-no-identity"), ({}, "no address", "notice-no-contact")],
)
def test_a_mail_that_cannot_leave_is_no_notice(store: Store, house: Any, contact: str, code: str) -> None:
    """It is said why, and nothing is noted."""
    with pytest.raises(ComityError) as caught, store.write() as records:
        notices(**house).give(records, CASE, order(NoticeKind.MAIL, contact=contact), actor="Ann", now=NOW)
    assert caught.value.code == code
    with store.read() as records:
        assert records.notices.of_case(CASE.case_id) == []


def test_other_kinds_are_files(store: Store, tmp_path: Path) -> None:
    """One for each notice, and a line for the gateway, once, in which nothing is a formula; only our group reads them."""
    folder = NoticeFolder(tmp_path / "out")
    with store.write() as records:
        sms = notices().give(records, CASE, order(NoticeKind.SMS), actor="Ann", now=NOW)
        letter = notices().give(records, CASE, order(NoticeKind.LETTER), actor="Ann", now=NOW)
    for _ in range(2):
        folder.bring(sms, CASE.label)
        where = Path(folder.bring(letter, CASE.label))
    lines = (tmp_path / "out" / "sms.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1
    assert ",'=line-7," in lines[0]
    assert where.suffix == ".html"
    assert where.stat().st_mode & 0o777 == 0o640
    assert shown(letter.notice.reference) in where.with_suffix(".txt").read_text(encoding="utf-8")


def test_the_help_line_reads_what_each_column_is(store: Store, tmp_path: Path) -> None:
    """A table for people begins with its heading, once; one that a gateway sends from has none."""
    folder = NoticeFolder(tmp_path / "out")
    later = opened(Claim(kind=SubjectKind.SUBSCRIBER, label="line-8", contact=None, rule="lease"), NOW)
    with store.write() as records:
        records.cases.add([later])
        gives, kinds = notices(), (NoticeKind.CALL, NoticeKind.SMS)
        given = [
            gives.give(records, case, order(kind), actor="Ann", now=NOW) for kind in kinds for case in (CASE, later)
        ]
    for each, label in zip(given, ("=line-7", "line-8") * 2, strict=True):
        folder.bring(each, label)
    calls = list(csv.reader((tmp_path / "out" / "call.csv").open(encoding="utf-8", newline="")))
    assert calls[0] == ["reference", "case", "subscriber", "text", "telephone"]
    assert [each[2] for each in calls[1:]] == ["'=line-7", "line-8"]
    messages = list(csv.reader((tmp_path / "out" / "sms.csv").open(encoding="utf-8", newline="")))
    assert [each[2] for each in messages] == ["'=line-7", "line-8"]


def test_what_is_forgotten_is_gone(store: Store) -> None:
    """Notices of before a day go, and with the last one of a case what was said about it."""
    with store.write() as records:
        given = notices().give(records, CASE, order(NoticeKind.LETTER), actor="Ann", now=NOW)
        records.notices.mark(CASE.case_id, ("camera", "list"), NOW)
        act = ActOfSubscriber(case_id=CASE.case_id, reference=given.notice.reference, act=SelfServiceAct.HELP, at=NOW)
        records.notices.say(act)
        assert erase_class(records, KeptClass.NOTICE, NOW, part="notice") == 0
        assert records.notices.steps(CASE.case_id) == {("camera", "list")}
        assert records.notices.said(CASE.case_id) == [act]
        assert erase_class(records, KeptClass.NOTICE, NOW + timedelta(days=1), part="notice") == 1
        assert records.notices.steps(CASE.case_id) == set()
        assert records.notices.said(CASE.case_id) == []
        assert records.notices.find(given.notice.reference) is None


def test_a_reader_finds_the_name_of_the_bill(store: Store) -> None:
    """Each language has our name in it, a text message its short form; where none is given, the usual one stands."""
    names = {"zh-Hans": SpokenName(provider="东方宽带有限公司", sms="东方宽带")}
    made = notices(names=names)
    with store.write() as records:
        letter = made.give(records, CASE, order(NoticeKind.LETTER, language="zh-Hans"), actor="ann", now=NOW)
        sms = made.give(records, CASE, order(NoticeKind.SMS, language="zh-Hans"), actor="ann", now=NOW)
        call = made.give(records, CASE, order(NoticeKind.CALL, language="en"), actor="ann", now=NOW)
        mail = made.give(records, CASE, order(NoticeKind.MAIL, language="zh-Hans"), actor="ann", now=NOW)
    assert "东方宽带有限公司" in letter.rendered.text
    assert sms.rendered.text.startswith("【东方宽带】")
    assert "East Broadband" in call.rendered.text
    assert "东方宽带有限公司" in mail.rendered.text
