"""Our own mail hosts as a witness: counted by line and hour, held against the line's own past, nothing of a recipient kept."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from comity.cases.own_side import OwnSide
from comity.formats.own_side import read_own
from comity.model.sighting import Outcomes, SightingClass
from comity.outlets.files.growing import TurnedFile
from comity.remediation.corroboration import Standing
from comity.remediation.own_log import LEAST, Hour, Sketch, unusual
from comity.services.operate.lease_import import Books
from comity.services.receive.subscribers.whose import Whose
from comity.services.remedy.own_logs.counting import Counting, Keys, LogCounted
from comity.services.remedy.own_logs.judging import PAST, Closed, close
from comity.services.remedy.sightings.importing import Import, ImportOrder
from comity.store.engine import Store, open_store
from comity.store.tables.remedy.own_logs import own_log_hour, own_log_queue, own_log_salt

from .sightings.test_importing import Book

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OWN = OwnSide(read_own(b"192.0.2.0/24", "own").holdings)
SALT = iter(range(10**6))


@pytest.fixture
def store() -> Iterator[Store]:
    """Two lines of ours, each with an address for two months."""
    opened = open_store(":memory:")
    opened.create()
    began, ended = (NOON - timedelta(days=40)).isoformat(), (NOON + timedelta(days=20)).isoformat()
    rows = [f"192.0.2.{at},,line-{at},{began},{ended}" for at in (7, 8)]
    Books(opened.write, None).take([Book("address,ports,subscriber,began,ended\n" + "\n".join(rows))])
    yield opened
    opened.close()


def stamp(at: datetime) -> str:
    return f"{at:%b} {at.day:2d} {at:%H:%M:%S}"


def mail(at: datetime, number: int, address: str = "192.0.2.7", to: int | None = None) -> str:
    """A mail, as three lines of Postfix tell of it."""
    queue, when = f"4{number:07X}", stamp(at)
    return (
        f"{when} mx postfix/smtpd[77]: {queue}: client=pc.example[{address}]\n"
        f"{when} mx postfix/cleanup[78]: {queue}: message-id=<{number}@pc.example>\n"
        f"{when} mx postfix/smtp[79]: {queue}: to=<R{to or number}@far.example>, relay=mx.far.example[198.51.100.1]:25, "
        "delay=0.5, delays=0.1/0/0.2/0.2, dsn=2.0.0, status=sent (250 ok)\n"
    )


def count(store: Store, path: Path, now: datetime) -> LogCounted:
    keys = Keys(
        key=b"k" * 32,
        new_salt=lambda size: next(SALT).to_bytes(size),
        is_ours=lambda address: OWN.by_address(address) is not None,
    )
    (read,) = Counting(store.write, Whose(OWN), keys, zone=UTC).take([TurnedFile(path)], now)
    return read


def closed(store: Store, now: datetime, *, trusted: bool = False) -> Closed:
    names = {"own-log"} if trusted else set[str]()
    takes = Import(
        store.write, Whose(OWN), standing=Standing(trusted=names), order=ImportOrder(now=now, quiet=3 * 24 * HOUR)
    )
    return close(store.write, takes, now=now)


def hours(store: Store) -> list[tuple[object, ...]]:
    table = own_log_hour.c
    query = select(table.subject, table.hour, table.mails, table.recipients, table.failures, table.refused, table.helos)
    with store.read() as records:
        return [tuple(row) for row in records.connection.execute(query.order_by(table.subject, table.hour))]


def test_a_line_is_counted_by_hour(store: Store, tmp_path: Path) -> None:
    """Mails, different recipients, refusals, greetings and wrong passwords; strangers' addresses are passed over."""
    at = NOON - 2 * HOUR
    log = tmp_path / "mail.log"
    log.write_text(
        "".join(mail(at, number, to=number % 3 + 1) for number in range(1, 7))
        + mail(at, 99, address="203.0.113.9")
        + "".join(
            f"{stamp(at)} mx postfix/smtpd[7]: NOQUEUE: reject: RCPT from pc.example[192.0.2.7]: 550 5.1.1 <x@west.example>: "
            f"no; from=<a@pc.example> to=<x@west.example> proto=ESMTP helo=<name{n % 2}>\n"
            for n in range(4)
        )
        + f"{stamp(at)} mx postfix/submission/smtpd[7]: warning: pc.example[192.0.2.8]: SASL LOGIN authentication failed: x\n"
    )
    assert (count(store, log, NOON).lines, closed(store, NOON)) == (26, Closed(hours=2))
    assert hours(store) == [
        ("subscriber:line-7", at, 6, 4, 0, 4, 2),
        ("subscriber:line-8", at, 0, 0, 1, 0, 0),
    ]


def test_exim_is_counted_as_postfix_is(store: Store, tmp_path: Path) -> None:
    """The recipients of a mail by its queue id, the greeting with each mail; the same numbers come of it."""
    at = NOON - 2 * HOUR
    when, log = f"{at:%Y-%m-%d %H:%M:%S}", tmp_path / "mainlog"
    mails = (
        f"{when} 1vPABC-00000000{n:03d}-2abc <= a@pc.example H=(name{n % 2}) [192.0.2.7]:50{n:02d} P=esmtp S=9\n"
        f"{when} 1vPABC-00000000{n:03d}-2abc => R{n % 3}@far.example R=dns T=smtp H=mx [198.51.100.1]\n"
        f"{when} 1vPABC-00000000{n:03d}-2abc Completed\n"
        for n in range(6)
    )
    refused = f"{when} H=(name2) [192.0.2.7] F=<a@pc.example> rejected RCPT <x@west.example>: no\n"
    failed = f"{when} login authenticator failed for (User) [192.0.2.8]: 535 Incorrect authentication data\n"
    log.write_text("".join(mails) + 4 * refused + failed)
    assert (count(store, log, NOON).lines, closed(store, NOON)) == (23, Closed(hours=2))
    assert hours(store) == [
        ("subscriber:line-7", at, 6, 4, 0, 4, 3),
        ("subscriber:line-8", at, 0, 0, 1, 0, 0),
    ]


def test_nothing_of_a_recipient_is_kept(store: Store, tmp_path: Path) -> None:
    """Bits under a salt while the hour is open; when it is closed, the salt, the bits and the queue are gone, numbers stay."""
    log = tmp_path / "mail.log"
    log.write_text("".join(mail(NOON - 2 * HOUR, number) for number in range(9)))
    count(store, log, NOON)
    with store.read() as records:
        assert records.connection.scalar(select(own_log_salt.c.hour)) == NOON - 2 * HOUR
    closed(store, NOON)
    closed(store, NOON + 12 * HOUR)
    with store.read() as records:
        ask = records.connection.execute
        assert ask(select(own_log_salt)).all() == ask(select(own_log_queue)).all() == []
        row = ask(select(own_log_hour)).one()
        assert (row.recipients, row.recipient_bits, row.helo_bits) == (9, None, None)
    log.write_text(log.read_text() + mail(NOON - 2 * HOUR, 50))
    count(store, log, NOON + 12 * HOUR)
    assert [row[2] for row in hours(store)] == [9]  # what comes after the end is not counted


@pytest.mark.parametrize("way", ["grows", "renamed", "copied and cut", "cut"])
def test_a_log_is_counted_once_however_it_is_turned_over(store: Store, tmp_path: Path, way: str) -> None:
    """What was not read of the old file is read there; nothing is counted twice; a line without an end waits for it."""
    log, at = tmp_path / "mail.log", NOON - HOUR
    log.write_text("".join(mail(at, number) for number in range(5)) + mail(at, 5)[:40])
    count(store, log, NOON)
    rest = "".join(mail(at, number) for number in range(5, 8))
    old = "".join(mail(at, number) for number in range(5))
    log.write_text(old + rest)
    new = "".join(mail(at + timedelta(minutes=9), number) for number in range(20, 24))
    if way == "grows":
        log.write_text(old + rest + new)
    elif way == "renamed":
        log.rename(tmp_path / "mail.log.1")
        log.write_text(new)
    elif way == "copied and cut":
        (tmp_path / "mail.log.1").write_text(old + rest)
        log.write_text(new)
    else:  # nobody kept what was in it
        log.write_text(new)
    count(store, log, NOON)
    assert count(store, log, NOON).lines == 0
    closed(store, NOON + HOUR)
    assert [row[2] for row in hours(store)] == [9 if way == "cut" else 12]


def past(store: Store, tmp_path: Path, mails: int) -> Path:
    """Three weeks of a line that sends so many mails in each of its hours of work."""
    log, number = tmp_path / "mail.log", 10**6
    lines = []
    for day in range(21, 0, -1):
        for hour in range(8):
            at = NOON - timedelta(days=day) + hour * HOUR
            for each in range(mails + (day + hour) % 3):
                number += 1
                lines.append(mail(at + timedelta(seconds=each), number))
    log.write_text("".join(lines))
    count(store, log, NOON - 3 * HOUR)
    assert closed(store, NOON - 3 * HOUR).unusual == 0
    return log


def test_an_hour_unlike_the_past_is_a_sighting_that_tells_nobody_alone(store: Store, tmp_path: Path) -> None:
    """A home that sends two mails an hour sends two hundred: seen, kept, and waiting for another witness."""
    log = past(store, tmp_path, 2)
    log.write_text(log.read_text() + "".join(mail(NOON - 2 * HOUR, number) for number in range(200)))
    count(store, log, NOON)
    assert closed(store, NOON) == Closed(hours=1, unusual=1, opened=0)
    with store.read() as records:
        (seen,) = records.bots.of({"subscriber:line-7": NOON - timedelta(days=1)})["subscriber:line-7"]
    assert (seen.sighting_class, seen.source, seen.address) == (SightingClass.OWN_LOG, "own-log", "192.0.2.7")


def test_a_shop_that_always_sends_much_is_as_ever(store: Store, tmp_path: Path) -> None:
    """The same two hundred are its usual hour."""
    log = past(store, tmp_path, 150)
    log.write_text(log.read_text() + "".join(mail(NOON - 2 * HOUR, number) for number in range(200)))
    count(store, log, NOON)
    assert closed(store, NOON) == Closed(hours=1, unusual=0, opened=0)


def test_trusted_it_is_enough_and_taken_in_again_counted_once(store: Store, tmp_path: Path) -> None:
    """A person may trust it; a break between taking in and closing changes nothing."""
    log = past(store, tmp_path, 2)
    log.write_text(log.read_text() + "".join(mail(NOON - 2 * HOUR, number) for number in range(200)))
    count(store, log, NOON)

    def breaks(*_: object, **__: object) -> None:
        raise OSError("power")

    with pytest.MonkeyPatch.context() as patch, pytest.raises(OSError, match="power"):
        patch.setattr("comity.store.remedy.own_logs.OwnLogs.close", breaks)
        closed(store, NOON, trusted=True)
    closed(store, NOON, trusted=True)
    with store.read() as records:
        (case,) = records.cases.on_subject("subscriber:line-7")
        assert (case.reports, records.bots.held_of("subscriber:line-7")[0]) == (1, 1)


def test_the_past_ends(store: Store, tmp_path: Path) -> None:
    """Four weeks are kept, and no hour longer."""
    past(store, tmp_path, 2)
    assert len(hours(store)) == 168
    closed(store, NOON + PAST)
    assert hours(store) == []


def test_what_is_unusual_needs_a_least_and_a_past() -> None:
    """However quiet the past was, a few mails are no news; a line without a past is held against a multiple of the least."""
    quiet = [Hour(mails=1)] * 100
    assert unusual(Hour(mails=LEAST["mails"] - 1), quiet) == ()
    assert unusual(Hour(mails=LEAST["mails"]), quiet) == ("mails",)
    assert unusual(Hour(mails=5 * LEAST["mails"] - 1), quiet[:5]) == ()
    assert unusual(Hour(mails=5 * LEAST["mails"]), quiet[:5]) == ("mails",)
    odd = [Hour(mails=3)] * 60 + [Hour(mails=5000)] * 40  # two fifths of the past were a bot already
    assert unusual(Hour(mails=900), odd) == ("mails",)


@pytest.mark.parametrize("n", [0, 1, 50, 700, 3000])
def test_a_sketch_counts_what_is_different(n: int) -> None:
    """To a tenth, each word once."""
    sketch = Sketch()
    words = [int.from_bytes(sha256(b"%d" % each).digest()[:8]) for each in range(n)]
    for word in words * 2:
        sketch.add(word)
    assert abs(Sketch(sketch.data()).count() - n) <= max(1, n * 0.1)


def test_what_it_is_worth_is_learned_as_of_any_source() -> None:
    """Outcomes of the source own-log weigh with those of others."""
    from comity.model.sighting import SeenBy
    from comity.remediation.corroboration import assess

    seen = [
        SeenBy(sighting_class=kind, source=name, address="192.0.2.7", first=NOON, last=NOON)
        for kind, name in ((SightingClass.OWN_LOG, "own-log"), (SightingClass.COMPLAINT, "west.example"))
    ]
    known = {"own-log": Outcomes(right=60), "west.example": Outcomes(right=60)}
    assert assess(seen, Standing()).certainty == "suspected"
    assert assess(seen, Standing(outcomes=known)).certainty == "likely"
