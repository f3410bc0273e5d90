"""Whose it is, one way after the other: trace, login, book, list."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest

from comity.cases.matching import Claim
from comity.formats import trace
from comity.model.case import Evidence, EvidenceClass
from comity.model.desk import CaseState
from comity.model.lease import Asked, Window
from comity.model.retention import KeptClass
from comity.outlets.files.growing import GrowingFile
from comity.services.receive.planning import Terms
from comity.services.receive.subscribers.mail_logs import LogRead, MailLogs
from comity.services.receive.subscribers.whose import OwnWords, Whose
from comity.store.engine import Store

from ....retention import erase_class
from ...stores import store
from ..intake import NOW, OWN, arf, cases, ingest
from .test_whose import SEEN, hours, keep, row

__all__ = ["store"]

KEYS = trace.TraceKeys(secrets={"a": bytes(32)})
SECRET = bytes(range(32))
WORDS = OwnWords(traces=KEYS, mail_logs=SECRET)
TERMS = Terms(own=OWN, words=lambda: WORDS)


def _log(store: Store, path: Path, *lines: str) -> LogRead:
    """These lines are added to a log, which is taken in."""
    with path.open("a") as file:
        file.write("".join(f"{line}\n" for line in lines))
    (read,) = MailLogs(store.write, SECRET, UTC).take([GrowingFile(path)], NOW)
    return read


def _handed(login: str, number: int, queue: str = "4dABC1") -> Sequence[str]:
    return (
        f"2026-03-20T08:00:01+00:00 mx postfix/smtpd[7]: {queue}: client=h[192.0.2.9], sasl_username={login}",
        f"2026-03-20T08:00:02+00:00 mx postfix/cleanup[8]: {queue}: message-id=<{number}@shop.example>",
    )


def test_a_trace_names_the_customer_of_a_report_that_says_nothing_else(store: Store) -> None:
    """The address is somebody else's, the Message-ID new: our own word in the reported message is enough."""
    value = trace.make("line-9", NOW, KEYS, salt=b"1234")
    mail = arf(1, source="8.8.8.8").replace(b"Subject: Sale 1", b"X-Comity-Trace: " + value.encode())
    ingest(store, mail, arf(2, source="8.8.8.8"), terms=TERMS)
    (case,) = cases(store).values()
    assert (case.key, case.state) == ("subscriber:line-9", CaseState.NEW)


def test_a_forged_trace_is_no_mark(store: Store) -> None:
    """The list decides, as if it was not there."""
    forged = trace.make("line-9", NOW, trace.TraceKeys(secrets={"a": bytes(31) + b"1"}), salt=b"1234")
    ingest(store, arf(1).replace(b"Subject: Sale 1", b"X-Comity-Trace: " + forged.encode()), terms=TERMS)
    assert list(cases(store)) == ["customer:West Hosting"]


def test_the_login_behind_a_message_is_the_account(store: Store, tmp_path: Path) -> None:
    """The address is that of our own mail host, and a lease on it says another thing: the log knows who handed the mail in."""
    keep(store, row("line-7", SEEN - hours(1), SEEN + hours(1)))
    _log(store, tmp_path / "mail.log", *_handed("ann@west.example", 1))
    ingest(store, arf(1, seen=SEEN), terms=TERMS)
    assert list(cases(store)) == ["subscriber:ann@west.example"]


def _traced(number: int, at: str, host: str = "mx.west.example", protocol: str = "ESMTPSA") -> bytes:
    """A report that lost its Message-ID; the trace line of our own host stands."""
    field = f"Received: from pc (pc [192.0.2.9]) by {host} (Postfix) with {protocol} id 4dABC1; {at}\n"
    mail = arf(number, seen=SEEN)
    return mail.replace(f"Message-ID: <{number}@shop.example>\n".encode(), field.encode())


def test_the_login_behind_a_queue_id_is_the_account(store: Store, tmp_path: Path) -> None:
    """The Message-ID was taken out; our host's trace line names the queue id that its log has, under its first label."""
    _log(store, tmp_path / "mail.log", *_handed("ann@west.example", 1))
    ingest(store, _traced(1, "Fri, 20 Mar 2026 08:00:01 +0000"), terms=TERMS)
    assert list(cases(store)) == ["subscriber:ann@west.example"]


@pytest.mark.parametrize(
    "mail",
    [
        _traced(1, "Sat, 21 Mar 2026 08:00:01 +0000"),
        _traced(1, "Fri, 20 Mar 2026 08:00:01 +0000", host="mx2.west.example"),
        _traced(1, "Fri, 20 Mar 2026 08:00:01 +0000", protocol="ESMTP"),
    ],
    ids=["used-again", "another-host", "no-login"],
)
def test_a_queue_id_of_another_mail_names_nobody(store: Store, tmp_path: Path, mail: bytes) -> None:
    """An id is used again, by other hosts too, and for mail that came without a login: then the list has the word."""
    _log(store, tmp_path / "mail.log", *_handed("ann@west.example", 1))
    ingest(store, mail, terms=TERMS)
    assert list(cases(store)) == ["customer:West Hosting"]


def test_whoever_writes_the_trace_line_of_another_below_is_not_overlooked(store: Store, tmp_path: Path) -> None:
    """Eve has a mail of Ann, and so her queue id: three such lines in what Eve hands in name both, and a person decides."""
    _log(store, tmp_path / "mail.log", *_handed("ann", 1), *_handed("eve", 2, queue="4dEEE2"))
    at = "Fri, 20 Mar 2026 08:00:01 +0000"
    line = f"Received: from pc (pc [192.0.2.9]) by mx.west.example (Postfix) with ESMTPSA id 4dABC1; {at}\n"
    mail = _traced(1, at).replace(line.encode(), line.replace("4dABC1", "4dEEE2").encode() + 3 * line.encode())
    assert mail.count(b"4dABC1") == 3
    ingest(store, mail, terms=TERMS)
    (case,) = cases(store).values()
    assert case.state is CaseState.UNDECIDED
    assert case.question is not None
    assert sorted(case.question.candidates) == ["ann", "eve"]


def test_two_accounts_with_one_message_id_are_a_question(store: Store, tmp_path: Path) -> None:
    """A Message-ID is whatever a sender writes: nobody is told."""
    _log(store, tmp_path / "mail.log", *_handed("ann", 1), *_handed("eve", 1, queue="4dABC2"))
    ingest(store, arf(1), terms=TERMS)
    (case,) = cases(store).values()
    assert case.state is CaseState.UNDECIDED
    assert case.question is not None
    assert (case.question.code, case.question.candidates) == ("several-logins", ("ann", "eve"))


def test_a_log_is_read_on_from_where_it_was_left(store: Store, tmp_path: Path) -> None:
    """Half a line waits, nothing counts twice, login and Message-ID may be in two turns, a new file begins anew."""
    path = tmp_path / "mail.log"
    client, cleanup = _handed("ann", 1)
    first = _log(store, path, client)
    assert (first.lines, first.added) == (1, 1)
    path.write_text(path.read_text() + cleanup[:40])
    (waits,) = MailLogs(store.write, SECRET, UTC).take([GrowingFile(path)], NOW)
    assert waits.lines == 0
    path.write_text(path.read_text()[:-40] + cleanup + "\n")
    (second,) = MailLogs(store.write, SECRET, UTC).take([GrowingFile(path)], NOW)
    assert (second.lines, second.mails, second.added, second.again) == (1, 1, 1, False)
    path.write_text(
        "\n".join(("2026-03-21T00:00:00+00:00 mx newsyslog: turned over", *_handed("bob", 2, "4dABC9"))) + "\n"
    )
    (turned,) = MailLogs(store.write, SECRET, UTC).take([GrowingFile(path)], NOW)
    assert (turned.again, turned.mails) == (True, 1)
    with store.write() as records:
        assert erase_class(records, KeptClass.LOGIN, NOW + timedelta(days=2)) > 0
        assert not records.logins.of([b"0" * 12])


class _Counts:
    """Leases that count the questions."""

    def __init__(self, leases: Any) -> None:
        self._leases, self.asked = leases, 0

    any = True

    def is_split(self, address: str) -> bool:
        return False

    def about(self, address: str, port: int | None, window: Window) -> Any:
        raise AssertionError("one after the other")

    def about_many(self, asked: Sequence[Asked]) -> Any:
        self.asked += 1
        return self._leases.about_many(asked)


def test_a_batch_is_one_question(store: Store) -> None:
    """Two hundred reports, a look-up: and each has the answer that it has alone, split and whole, ended and not."""
    keep(
        store,
        row("line-1", SEEN - hours(3), SEEN - hours(2)), row("line-2", SEEN - hours(2), None),
        row("line-3", SEEN - hours(1), SEEN + hours(1)),
        row("line-4", SEEN + hours(2), None, ports="1024-2047"), row("line-5", SEEN + hours(2), None, ports="2048-4095"),
    )  # fmt: skip
    moments = [SEEN + timedelta(minutes=7 * each) for each in range(-40, 60)]
    evidence = [
        Evidence(
            evidence_class=EvidenceClass.BOT, source_ip="192.0.2.7", source_ip_from="field", source_port=port, seen=at
        )
        for at in moments
        for port in (1500, 3000)
    ]
    context: AbstractContextManager[Any] = store.read()
    with context as records:
        counted, whose = _Counts(records.leases), Whose(OWN)
        together = whose.claims(evidence, counted)  # type: ignore[arg-type]
        alone: list[Claim | None] = [whose.of(each, records.leases) for each in evidence]
    assert counted.asked == 1
    assert [together[id(each)] for each in evidence] == alone
    assert len({each.label for each in alone if each is not None}) > 4
