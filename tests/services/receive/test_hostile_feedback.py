"""Feedback that is replayed, contradicts itself, or comes back to whoever wrote it: counted once, and nothing is set off."""

from base64 import b64encode
from datetime import timedelta
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from comity.model.case import EvidenceClass
from comity.model.desk import Act, CaseState
from comity.services.receive.desk import Desk
from comity.services.receive.grave.urgent import standing
from comity.store.engine import Store

from ..stores import store
from .intake import NOW, arf, cases, counts, fates, ingest

__all__ = ["store"]

WEST = "customer:West Hosting"


def test_a_report_that_is_replayed_wakes_no_closed_case(store: Store) -> None:
    """Months later, in other wrapping: the case that was closed stays closed, and no second one is opened."""
    ingest(store, arf(1, report_id="r-1"))
    with store.write() as records:
        desk = Desk(records, actor="li", now=NOW)
        desk.act(desk.find(WEST), Act.CLOSE)
    done = ingest(
        store, *[arf(1, report_id="r-1", carrier=f"again{n}@west.example") for n in range(20)], now=NOW + timedelta(90)
    )
    assert set(fates(done)) == {"repeat"}
    assert list(cases(store)) == [WEST]
    assert (cases(store)[WEST].state, cases(store)[WEST].reports) == (CaseState.CLOSED, 1)
    assert counts(store)["counted"] == 1


ODD_SIGNS = ("\0", "\x1b", "\x85", "\u202e", "\uffff", "a\0b")


@pytest.mark.parametrize("sign", ODD_SIGNS, ids=ascii)
def test_a_domain_that_no_store_keeps_as_it_is_is_known_again(store: Store, sign: str) -> None:
    """Mail of it comes twice: the second one is no fault of ours."""
    mails = [
        f"From: <eve@shop.example{sign}>\r\nTo: <abuse@west.example>\r\nMessage-ID: <{n}@shop.example>\r\n\r\nhello {n}\r\n"
        for n in range(3)
    ]
    assert [fates(ingest(store, each.encode())) for each in mails] == [["stored"]] * 3


def _zipped(name: str, data: bytes) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return packed.getvalue()


FEED = b"timestamp,ip,port,infection\n" + b"2026-03-20 10:00:00,192.0.2.7,4455,mirai\n"
BOMB = FEED + bytes(50_000_000)
NESTED = _zipped("a.zip", _zipped("b.zip", _zipped("2026-03-20-event4_sinkhole.csv", FEED)))


@pytest.mark.parametrize(
    ("archive", "fate"),
    [
        (_zipped("2026-03-20-event4_sinkhole.csv", FEED), "case"),
        (_zipped("2026-03-20-event4_sinkhole.csv", FEED)[:-30], "shunted"),
        (_zipped("2026-03-20-event4_sinkhole.csv", BOMB), "shunted"),
        (NESTED, "shunted"),
        (_zipped("cat.txt", b"a cat"), "stored"),
    ],
)
def test_a_feed_that_cannot_be_unpacked_is_seen(store: Store, archive: bytes, fate: str) -> None:
    """Broken off, too large, packed too deep: it is kept, and a person finds it among what could not be read."""
    mail = (
        b"From: feeds@north.example\nSubject: feed\nMessage-ID: <f@north.example>\nMIME-Version: 1.0\n"
        b'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nreport\n--b\n'
        b'Content-Type: application/zip; name="feed.zip"\nContent-Transfer-Encoding: base64\n\n'
        + b64encode(archive)
        + b"\n--b--\n"
    )
    assert fates(ingest(store, mail)) == [fate]


def test_spam_and_not_spam_about_one_mail_are_two_statements(store: Store) -> None:
    """One person says both: each is counted under its own name, in one case, by one complainer."""
    ingest(store, arf(1), arf(1, kind="not-spam", carrier="n1@west.example"))
    case = cases(store)[WEST]
    assert case.classes[EvidenceClass.COMPLAINT] == 1
    assert case.classes.get(EvidenceClass.FRAUD) is None
    assert case.complainers == 1


def test_the_same_fraud_replayed_calls_nobody_twice(store: Store) -> None:
    """After somebody has seen it, the very same statement is no news, however often it comes."""
    ingest(store, arf(1, kind="fraud"))
    with store.write() as records:
        (found,) = standing(records.urgent)
        records.urgent.mark_seen(found.urgent_id, by="li", why=None, at=NOW)
    ingest(store, *[arf(1, kind="fraud", carrier=f"c{n}@west.example") for n in range(20)], now=NOW + timedelta(1))
    with store.read() as records:
        assert standing(records.urgent) == []
