"""Count what our own mail hosts wrote about lines of ours: mails, recipients, greetings, wrong passwords, by line and hour.

Trust:      logs of our own servers, chosen by the operator. An address that is not ours is passed over, and not kept.
Standards:  DESIGN.md section 3: whose (lease at that time and port).
Answers:    ``Counting(write, whose, ...).take(logs, now)`` gives ``LogCounted`` for each log.
Limits:     a log is read from where it was left, and of one that was turned over first what is left of the old file, where that
            lies beside it; else from its beginning. ``LOT`` lines a transaction, with the place: a break leaves neither a gap nor
            anything twice. Recipients and greetings are hashed under a salt of the hour, into bits that many share; the salt goes
            when the hour is closed. What comes later is not counted.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from hashlib import blake2b
from typing import Final, Protocol

from comity.cases.opening import subject_of
from comity.formats.maillog import counted
from comity.formats.maillog.counted import Counted, CountedKind
from comity.model.case import Evidence, EvidenceClass, SubjectKind
from comity.remediation.own_log import Sketch
from comity.services.receive.subscribers.mail_logs import Log, Place, mark_of
from comity.services.receive.subscribers.whose import Whose
from comity.services.remedy.own_logs.rows import OpenHour, OwnLogPlace

LOT: Final = 5000
SALT: Final = 32
_MINUTES: Final = 10  # within which an address and port are asked about once
_LINES: Final = (SubjectKind.SUBSCRIBER, SubjectKind.CUSTOMER)


_Slot = tuple[str, int | None, datetime]


class TurnedLog(Log, Protocol):
    """A log, and what it was turned over to."""

    def before(self) -> "TurnedLog | None":
        """The file that was this log before it was turned over; None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCounted:
    """What one log held since it was counted last."""

    name: str
    lines: int
    counted: int  # lines about lines of ours
    again: bool  # from its beginning


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The key of queue ids, where fresh salts come from, and whether an address is ours."""

    key: bytes
    new_salt: Callable[[int], bytes]
    is_ours: Callable[[str], bool]


@dataclass(slots=True)
class _Lot:
    """What one transaction counts."""

    hours: dict[tuple[str, datetime], OpenHour] = field(default_factory=dict)
    sketches: dict[tuple[str, datetime], tuple[Sketch, Sketch]] = field(default_factory=dict)
    salts: dict[datetime, bytes | None] = field(default_factory=dict)


class Counting:
    """One run."""

    def __init__(
        self, write: Callable[[], AbstractContextManager[OwnLogPlace]], whose: Whose, keys: Keys, *, zone: tzinfo
    ) -> None:
        self._write, self._whose, self._keys, self._zone = write, whose, keys, zone

    def take(self, logs: Sequence[TurnedLog], now: datetime) -> tuple[LogCounted, ...]:
        """Count them, one after the other."""
        return tuple(self._log(each, now) for each in logs)

    def _log(self, log: TurnedLog, now: datetime) -> LogCounted:
        name, head = f"count:{log.name}", log.head()
        with self._write() as rows:
            known = rows.logins.place(name)
        goes_on = known is not None and known.head == head and known.offset <= log.size()
        lines = n = 0
        if known is not None and not goes_on:
            old = log.before()
            if old is not None and old.head() == known.head and known.offset <= old.size():
                lines, n = self._file(old, name, known, now=now)
        start = known if known is not None and goes_on else Place(head=head, offset=0)
        more = self._file(log, name, start, now=now)
        return LogCounted(
            name=log.name, lines=lines + more[0], counted=n + more[1], again=known is not None and not goes_on
        )

    def _file(self, log: Log, name: str, start: Place, *, now: datetime) -> tuple[int, int]:
        lines = n = 0
        lot: list[Counted] = []
        offset = start.offset
        for line, offset in log.lines(offset):  # noqa: B020 - where the last whole line ended is where to go on
            lines += 1
            found = counted.read(line, self._zone, now)
            if found is not None:
                lot.append(found)
            if lines % LOT == 0:
                n += self._counted(lot, name, Place(head=start.head, offset=offset), now=now)
                lot = []
        return lines, n + self._counted(lot, name, Place(head=start.head, offset=offset), now=now)

    def _counted(self, found: Sequence[Counted], name: str, place: Place, *, now: datetime) -> int:
        """Write what a lot says; how many lines were about lines of ours."""
        asked, slots = self._asked(found)
        self._whose.fetch(asked.values())  # another program may be asked: before the transaction, not within
        with self._write() as rows:
            lines = list(self._of_lines(rows, found, self._certain(rows, asked, slots), now=now))
            lot = _Lot(hours=dict(rows.own_logs.open_hours({(subject, _hour(each.at)) for subject, each in lines})))
            for subject, each in lines:
                self._count(rows, lot, subject, each=each)
            for key, (recipients, helos) in lot.sketches.items():
                lot.hours[key].recipient_bits, lot.hours[key].helo_bits = recipients.data(), helos.data()
            rows.own_logs.put(list(lot.hours.values()))
            rows.logins.put_place(name, place, now)
        return len(lines)

    def _of_lines(
        self, rows: OwnLogPlace, found: Sequence[Counted], subjects: Mapping[int, str], *, now: datetime
    ) -> Iterable[tuple[str, Counted]]:
        """Each with the line that it is about, where that is certain."""
        queue: dict[bytes, str] = {}
        for each in found:
            subject = subjects.get(id(each))
            if subject is not None and each.queue_id is not None:
                queue[mark_of(self._keys.key, each.host, each.queue_id)] = subject
        rows.own_logs.queue(queue, now)
        asked = {
            id(each): mark_of(self._keys.key, each.host, each.queue_id)
            for each in found
            if each.kind is CountedKind.RECIPIENT and each.queue_id is not None
        }
        known = dict(rows.own_logs.whose(sorted({*asked.values()} - queue.keys()))) | queue
        for each in found:
            subject = subjects.get(id(each)) or (known.get(asked[id(each)]) if id(each) in asked else None)
            if subject is not None:
                yield subject, each

    def _asked(self, found: Sequence[Counted]) -> tuple[dict[_Slot, Evidence], dict[int, _Slot]]:
        """What is asked about, and by which question each is answered: an address and port within some minutes is one."""
        evidence: dict[_Slot, Evidence] = {}
        slots: dict[int, _Slot] = {}
        for each in found:
            if each.address is None or not self._keys.is_ours(each.address):
                continue
            slot = (each.address, each.port, _slot(each.at))
            slots[id(each)] = slot
            evidence.setdefault(
                slot,
                Evidence(
                    evidence_class=EvidenceClass.BOT,
                    source_ip=each.address,
                    source_ip_from="field",
                    source_port=each.port,
                    seen=each.at,
                ),
            )
        return evidence, slots

    def _certain(
        self, rows: OwnLogPlace, evidence: Mapping[_Slot, Evidence], slots: Mapping[int, _Slot]
    ) -> dict[int, str]:
        """Whose line each was, where that is certain."""
        claims = self._whose.claims(evidence.values(), rows.leases)
        certain = {
            slot: subject_of(claim)
            for slot, each in evidence.items()
            if (claim := claims[id(each)]) is not None and claim.is_certain and claim.kind in _LINES
        }
        return {place: certain[slot] for place, slot in slots.items() if slot in certain}

    def _count(self, rows: OwnLogPlace, lot: _Lot, subject: str, *, each: Counted) -> None:
        hour = _hour(each.at)
        if hour not in lot.salts:
            lot.salts[hour] = rows.own_logs.salt(hour, self._keys.new_salt(SALT))
        salt = lot.salts[hour]
        if salt is None:
            return  # the hour is closed
        key = (subject, hour)
        row = lot.hours.get(key)
        if row is None:
            if each.address is None:
                return  # its mail was handed in within an hour before: it is counted there
            row = lot.hours[key] = OpenHour(
                subject=subject, hour=hour, address=each.address, port=each.port, last=each.at
            )
        if key not in lot.sketches:
            lot.sketches[key] = Sketch(row.recipient_bits), Sketch(row.helo_bits)
        row.last = max(row.last, each.at)
        row.mails += each.kind is CountedKind.MAIL
        row.failures += each.kind is CountedKind.FAILED
        row.refused += each.kind is CountedKind.REFUSED
        for text, sketch in zip((each.recipient, each.helo), lot.sketches[key], strict=True):
            if text is not None:
                sketch.add(int.from_bytes(blake2b(text.encode("utf-8", "replace"), key=salt, digest_size=8).digest()))


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _slot(at: datetime) -> datetime:
    return at.replace(minute=at.minute - at.minute % _MINUTES, second=0, microsecond=0)
