"""Measure what leaves: complaints that are due, to signed reports that the mail host has taken, and where the time goes.

Trust:      generated complaints only (``sample_complaints``).
Answers:    ``sample_load(count, ...)``; ``Stopwatch`` adds up the time of each stage; ``wrong(...)`` names every number that does
            not fit; ``redact_each(load, ...)`` what redaction costs alone; ``peer(load, ...)`` the same mails through a
            short script; ``fill(rows, ...)`` makes a store as large as one that has told peers of so many complaints today.
Limits:     loopback and one machine. The peer is what a short script does: the standard library's parser (compat32) and writer,
            one SMTP connection, the address of the reader replaced where it stands in clear; no decision, store, ledger, signature.
"""

import email
import os
import smtplib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText
from random import Random
from threading import Lock
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from comity.feedback.redaction import Delivery, find_leaks, redact
from comity.formats import arf, dkim
from comity.formats.mime import scan
from comity.model.agreement import Definition
from comity.model.sending import OutboxKind, OutboxState
from comity.model.tier import Tier
from comity.model.tlp import Tlp
from comity.services.complain.exchanging import Exchange
from comity.services.complain.rows import NewComplaint, OutboxRow, Outgoing, Transaction
from comity.services.operate.sample_complaints import PARTIES, SampleComplaint, make_complaint

_NO_MESSAGE_ID: Final = frozenset({Tier.T0, Tier.T1})
_IN_CLEAR: Final = frozenset({Tier.T3})
_LOT: Final = 500
_KEY: Final = b"a key of the bench, 32 bytes long"
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Complaints, and the truth about them."""

    complaints: tuple[SampleComplaint, ...] = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes of one mail, on average."""
        return sum(len(each.data) for each in self.complaints) // max(len(self.complaints), 1)


def sample_load(count: int, *, size: int, seed: int, key: RSAPrivateKey) -> Load:
    """So many different complaints."""
    rng = Random(seed)  # noqa: S311 - samples, not secrets
    return Load(complaints=tuple(make_complaint(rng, number, size=size, key=key) for number in range(count)))


class Stopwatch:
    """Adds up the CPU time of stages, whatever thread they run in."""

    def __init__(self, cpu: Clock) -> None:
        """``cpu`` is the clock of one thread."""
        self._cpu, self._lock = cpu, Lock()
        self.spent: dict[str, float] = {}

    @contextmanager
    def on(self, stage: str) -> Iterator[None]:
        """Count the block for a stage."""
        began = self._cpu()
        try:
            yield
        finally:
            taken = self._cpu() - began
            with self._lock:
                self.spent[stage] = self.spent.get(stage, 0.0) + taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What the sink saw: ``kept`` are whole mails, a sample, each with its envelope."""

    count: int
    reports: int  # different report ids
    envelopes: int  # different envelope addresses
    by_address: Mapping[str, int]
    kept: tuple[tuple[str, bytes], ...] = field(repr=False)
    cpu: float


def wrong(load: Load, arrived: Arrived, counted: Mapping[str, int]) -> list[str]:
    """What must be equal and is not: numbers of the store, and of the sink."""
    count = len(load.complaints)
    numbers = {**counted, "sink": arrived.count, "ids": arrived.reports, "envelopes": arrived.envelopes}
    found = [f"{name} {number} / {count}" for name, number in numbers.items() if number != count]
    expected: dict[str, int] = {}
    for each in load.complaints:
        expected[each.party.address] = expected.get(each.party.address, 0) + 1
    return found + [
        f"{address} {arrived.by_address.get(address, 0)} / {number}"
        for address, number in expected.items()
        if arrived.by_address.get(address, 0) != number
    ]


def wrong_reports(load: Load, arrived: Arrived, keys: Mapping[str, str], *, now: datetime) -> list[str]:
    """Of the mails that the sink kept: those that are not signed, say something untrue, or name the complainer."""
    by_source: dict[tuple[str, str], list[SampleComplaint]] = {}
    for each in load.complaints:
        by_source.setdefault((each.party.address, each.source_ip), []).append(each)
    found = []
    for number, (address, data) in enumerate(arrived.kept):
        reading = arf.read(data)
        stated = reading.reports[0] if reading is not None and reading.reports else None
        told = by_source.get((address, stated.source_ip or "" if stated else ""), [])
        (check,) = dkim.verify(scan(data), keys, now=now) or (None,)
        if check is None or check.result.value != "pass":
            found.append(f"report {number}: signature")
        if stated is None or not told:
            found.append(f"report {number}: facts")
        elif not _fits(told, stated.message_id, data):
            found.append(f"report {number}: redaction")
    return found


def _fits(told: Sequence[SampleComplaint], message_id: str | None, data: bytes) -> bool:
    """Whether the report says of one of these mails what its tier allows, and nothing of its reader."""
    tier = told[0].party.tier
    if tier in _NO_MESSAGE_ID:
        return message_id is None and not any(find_leaks(data, [each.recipient]) for each in told)
    about = [each for each in told if each.message_id == message_id]
    return bool(about) and (tier in _IN_CLEAR or not find_leaks(data, [about[0].recipient]))


def redact_each(load: Load, most: int, cpu: Clock) -> float:
    """Seconds of CPU for the redaction of one mail, gate and all; the first half only warms up."""
    chosen = load.complaints[: 2 * most]
    half = len(chosen) // 2
    began = 0.0
    for number, each in enumerate(chosen):
        if number == half:
            began = cpu()
        redact(
            scan(each.data),
            tier=each.party.tier,
            recipients=(each.recipient,),
            key=_KEY,
            delivery=Delivery(own_domains=("west.example",)),
        )
    return (cpu() - began) / max(len(chosen) - half, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How long so many mails took."""

    mails: int
    seconds: float
    cpu: float

    @property
    def per_second(self) -> float:
        """Mails a second, on the clock of the wall."""
        return self.mails / self.seconds


def peer(load: Load, port: int, *, wall: Clock, cpu: Clock) -> Rate:
    """The same mails through a short script."""
    began, worked = wall(), cpu()
    with smtplib.SMTP("127.0.0.1", port) as session:
        for number, each in enumerate(load.complaints):
            written = _plain_report(each, number)
            session.sendmail("feedback@west.example", [each.party.address], written.as_bytes())
    return Rate(mails=len(load.complaints), seconds=wall() - began, cpu=cpu() - worked)


def _plain_report(complaint: SampleComplaint, number: int) -> Message:
    original = email.message_from_bytes(complaint.data)
    fields = "".join(f"{name}: {value}\n" for name, value in original.items() if name not in ("To", "Delivered-To"))
    shown = fields.replace(complaint.recipient, "redacted@west.example")
    whole = MIMEMultipart("report", report_type="feedback-report")
    whole["From"] = "feedback@west.example"
    whole["To"] = complaint.party.address
    whole["Subject"] = "FW: a complaint"
    whole["Message-ID"] = f"<{number}@west.example>"
    whole.attach(MIMEText("Somebody called this mail spam.\n"))
    about = MIMENonMultipart("message", "feedback-report")
    about.set_payload(f"Feedback-Type: abuse\nUser-Agent: script/1\nVersion: 1\nSource-IP: {complaint.source_ip}\n")
    whole.attach(about)
    headers = MIMENonMultipart("text", "rfc822-headers")
    headers.set_payload(shown.encode("ascii", "replace").decode("ascii"))
    whole.attach(headers)
    return whole


def fill(
    rows: int, write: Callable[[], AbstractContextManager[Transaction]], exchange: Exchange, *, now: datetime
) -> None:
    """Put so many complaints into the store, each with a report that left a moment ago: its indexes and its ledgers are as
    large then, and so is what was let out today.
    """
    for start in range(0, rows, _LOT):
        with write() as records:
            ids = [records.sending.add_complaint(_filled(now)) for _ in range(min(_LOT, rows - start))]
            records.sending.decided({each: [] for each in ids}, now)
            exchanged = exchange.exchange(records, [(_told(each, now), b"") for each in ids], now)
            numbers = records.sending.add_reports(exchanged)
            records.sending.add_outbox(
                [_left(each, number, now) for each, number in zip(exchanged, numbers, strict=True)]
            )


def _filled(now: datetime) -> NewComplaint:
    key, digest = os.urandom(16), os.urandom(32)
    return NewComplaint(
        key=key,
        not_spam=False,
        digest=digest,
        packed=b"",
        size=0,
        name=f"{key.hex()}.eml",
        mailbox=None,
        mailbox_token=key.hex(),
        arrived=now,
        due=now,
        kept_until=now,
    )


def _told(complaint_id: int, now: datetime) -> Outgoing:
    party, key = PARTIES[complaint_id % len(PARTIES)], os.urandom(16)
    tlp = Tlp.AMBER.value
    return Outgoing(
        report_key=key,
        name=f"cr1-{key.hex()}",
        complaint_id=complaint_id,
        party=party.name,
        role="network",
        rule="network",
        agreement_version=None,
        tier=party.tier.value,
        tlp=tlp,
        definition=Definition.COMPLAINT.value,
        evidence_class="complaint",
        source_ip=f"{party.network}.7",
        source_net=f"{party.network}.0/24",
        observed=now,
        precision="second",
        message_id=f"{key.hex()}@mail.{party.domain}",
        dkim_domain=None,
        mailbox_token=key.hex(),
        facts={"class": "complaint", "definition": Definition.COMPLAINT.value, "tier": party.tier.value, "tlp": tlp},
        reported=party.domain,
    )


def _left(told: Outgoing, report_id: int, now: datetime) -> OutboxRow:
    return OutboxRow(
        kind=OutboxKind.REPORT,
        party=told.party,
        address=f"fbl@{told.reported}",
        bounce_token=os.urandom(12).hex(),
        packed=None,
        size=0,
        report_id=report_id,
        state=OutboxState.SENT,
        reason=None,
        entered=now,
        released=now,
        due=now,
    )
