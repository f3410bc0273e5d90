"""Measure intake: mail to case, durable, counted once, half of it signed by a peer, in its ledger.

Trust:      generated reports only (``sample_reports``).
Answers:    ``sample_mails(count, ...)`` gives ``Load``; ``ingest(load, bench, ...)`` and ``peer(load, path, ...)`` give
            ``Rate``; ``fill(rows, write)`` makes the store large first; ``alone(load, ...)`` what parts of reading cost.
Limits:     loopback and one machine. The peer is what a short script does: the standard library's parser (compat32), SQLite with
            the same durability and lots of the same size, a unique Message-ID; no cases, no signatures, no ledger.
"""

import email
import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Final
from zlib import compress

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from comity.formats import dkim
from comity.formats.mime import scan
from comity.model.case import Evidence, EvidenceClass, SubjectKind
from comity.model.desk import CaseState, DeskCase
from comity.services.operate.sample_reports import DIALECTS, make
from comity.services.receive.batches import ITEMS, Bench, work_off
from comity.services.receive.planning import Ingested
from comity.services.receive.prepare import Delivery, pack
from comity.services.receive.rows import ItemRow, RawRow, ReportRow, Transaction
from comity.services.receive.triage import Reader

PEER: Final = "west.example"
SELECTOR: Final = "fbl"
_AGAIN: Final = 20  # every twentieth mail is delivered twice, every twentieth by a second way
_LOT: Final = 20_000
_FILLED: Final = "filled"

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Mails to work off, and what must come of them."""

    mails: tuple[bytes, ...] = field(repr=False)
    reports: int  # that say something new
    signed: int

    @property
    def size(self) -> int:
        """Bytes of one mail, on average."""
        return sum(map(len, self.mails)) // max(len(self.mails), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How long it took; ``fates`` says what became of the mails."""

    mails: int
    seconds: float
    cpu: float  # of this process
    fates: Counter[str] = field(default_factory=Counter)

    @property
    def per_second(self) -> float:
        """Mails a second, on the clock of the wall."""
        return self.mails / self.seconds


def sample_mails(count: int, *, size: int, seed: int, key: RSAPrivateKey) -> Load:
    """So many different reports, some of them more than once."""
    rng = Random(seed)  # noqa: S311 - samples, not secrets
    mails: list[bytes] = []
    signed = 0
    for number in range(count):
        mail, _ = make(rng, DIALECTS[number % len(DIALECTS)], size)
        if number % 2:
            mail = dkim.sign(mail, domain=PEER, selector=SELECTOR, key=key) + mail
            signed += 1
        mails.append(mail)
        if number % _AGAIN == 7:
            mails.append(mail)
        if number % _AGAIN == 11:
            mails.append(
                b"Received: from other.east.example by mx.east.example; Mon, 2 Mar 2026 08:00:00 +0000\n" + mail
            )
    return Load(mails=tuple(mails), reports=count, signed=signed)


def ingest(load: Load, bench: Bench, *, wall: Clock, cpu: Clock) -> Rate:
    """Work everything off as ``comity ingest`` does."""
    now = bench.now()
    tasks = ((mail, Delivery(gate="file", name=f"{number}.eml", arrived=now)) for number, mail in enumerate(load.mails))
    fates: Counter[str] = Counter()
    began, worked = wall(), cpu()
    for each in work_off(tasks, bench):
        fates[_word(each)] += 1
    return Rate(mails=len(load.mails), seconds=wall() - began, cpu=cpu() - worked, fates=fates)


def alone(load: Load, most: int, read: Reader, *, records: Mapping[str, str], cpu: Clock) -> dict[str, float]:
    """Seconds of CPU for one mail of what readers do, each by itself: to take it apart, to verify it, to pack it.

    The first half only warms up.
    """
    mails = load.mails[: 2 * most]
    stages: dict[str, Callable[[bytes], object]] = {
        "parse-alone": lambda mail: read(mail, "mail.eml"),
        "verify-alone": lambda mail: dkim.verify(scan(mail), records, now=None),
        "pack-alone": lambda mail: (sha256(mail).digest(), pack(mail)),
    }
    spent = {}
    for name, stage in stages.items():
        began = 0.0
        for number, mail in enumerate(mails):
            if number == len(mails) // 2:
                began = cpu()
            stage(mail)
        spent[name] = (cpu() - began) / max(len(mails) - len(mails) // 2, 1)
    return spent


def _word(done: Ingested) -> str:
    return done.fate.value


def peer(load: Load, path: Path, *, wall: Clock, cpu: Clock) -> Rate:
    """The same mails through a short script."""
    began, worked = wall(), cpu()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE mail (digest BLOB UNIQUE, data BLOB)")
        connection.execute("CREATE TABLE report (message_id TEXT UNIQUE, kind TEXT, source TEXT, recipient TEXT)")
        for start in range(0, len(load.mails), ITEMS):
            connection.execute("BEGIN")
            for mail in load.mails[start : start + ITEMS]:
                _put(connection, mail)
            connection.execute("COMMIT")
    return Rate(mails=len(load.mails), seconds=wall() - began, cpu=cpu() - worked)


def _put(connection: sqlite3.Connection, mail: bytes) -> None:
    kept = (sha256(mail).digest(), compress(mail, 1))
    connection.execute("INSERT INTO mail VALUES (?, ?) ON CONFLICT DO NOTHING", kept)
    message = email.message_from_bytes(mail)
    fields: Message | None = None
    original: Message | None = None
    for part in message.walk():
        if part.get_content_type() == "message/feedback-report":
            inside: object = part.get_payload()
            fields = inside[0] if isinstance(inside, list) and inside else email.message_from_string(str(inside))
        elif part.get_content_type() == "message/rfc822":
            inside = part.get_payload()
            original = inside[0] if isinstance(inside, list) and inside else None
    said = [None if fields is None else fields[name] for name in ("Feedback-Type", "Source-IP", "Original-Rcpt-To")]
    about = original["Message-ID"] if original is not None else message["Message-ID"]
    row = [None if each is None else str(each) for each in (about, *said)]
    connection.execute("INSERT INTO report VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", row)


def fill(rows: int, write: Callable[[], AbstractContextManager[Transaction]], now: datetime) -> None:
    """Put so many reports of another year, each with a complainer of its own, into the store: its indexes are as large then."""
    with write() as records:
        if not records.cases.by_id([_FILLED]):
            records.cases.add([_case(now)])
    for start in range(0, rows, _LOT):
        with write() as records:
            raw_id, item_id, report_id = records.intake.next_ids()
            ranges = range(min(_LOT, rows - start))
            marks = (int.from_bytes(os.urandom(8), "big", signed=True) for _ in ranges)
            records.cases.add_marks(dict.fromkeys(marks, _FILLED))
            records.intake.add(
                [_raw(raw_id + each, now) for each in ranges],
                [_item(item_id + each, raw_id + each, now) for each in ranges],
                [_stored(report_id + each, item_id + each) for each in ranges],
            )


def _case(now: datetime) -> DeskCase:
    return DeskCase(
        case_id=_FILLED,
        key="customer:Filled",
        subject_kind=SubjectKind.CUSTOMER,
        label="Filled",
        number=1,
        state=CaseState.CLOSED,
        state_since=now,
        opened=now,
    )


def _raw(number: int, now: datetime) -> RawRow:
    return RawRow(raw_id=number, digest=os.urandom(32), data=b"", size=0, arrived=now, kept_until=None)


def _item(number: int, raw_id: int, now: datetime) -> ItemRow:
    return ItemRow(
        item_id=number,
        raw_id=raw_id,
        gate="file",
        name=f"{number}.eml",
        arrived=now,
        kind="arf",
        why="why.feedback-part",
        carrier_message_id=f"{number}@north.example",
        case_id=None,
        reading="{}",
    )


def _stored(number: int, item_id: int) -> ReportRow:
    evidence = Evidence(
        evidence_class=EvidenceClass.COMPLAINT, message_id=f"{os.urandom(12).hex()}@north.example", complainer="c"
    )
    return ReportRow(
        report_id=number,
        item_id=item_id,
        report_key=os.urandom(16),
        complaint_key=os.urandom(16),
        evidence=evidence,
        line="{}",
        feedback_type="abuse",
        is_complaint=True,
        definition="complaint",
        precision=None,
        case_id=None,
        no_case="not-ours",
        duplicate_of=None,
        exchange=None,
    )


def slowed(rates: Sequence[Rate]) -> float:
    """How many times longer one mail takes at the end than at the beginning."""
    return rates[0].per_second / rates[-1].per_second
