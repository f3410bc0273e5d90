"""Take in the logs of our own mail servers: which login handed in which mail.

Trust:      logs of our own servers, chosen by the operator.
Standards:  DESIGN.md section 3: whose (login). A mail is kept as a keyed hash of its Message-ID, and of its queue id and host.
Answers:    ``MailLogs(write, key, zone).take(logs, now)`` gives what each log held; ``mark_of`` the hash of a mail;
            ``marks_of`` those of a trace line.
Limits:     a log is read from where it was left, as long as it begins as before; else from its beginning (it was turned over).
            ``LOT`` rows a transaction, with the place, so that a break leaves neither a gap nor anything twice. The login of a
            queue id is known for as long as rows are kept: server and log may be turned over between the two lines.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from hashlib import blake2b
from typing import Final, Protocol

from comity.formats.handed_in import HandedIn
from comity.formats.maillog import Handed, LogReader, LogShape

LOT: Final = 5000
MARK_BYTES: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRow:
    """One mail that was handed in."""

    mark: bytes
    login: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far a log was read, and what it begins with."""

    head: bytes
    offset: int


class Log(Protocol):
    """One file."""

    @property
    def name(self) -> str:
        """As the operator named it."""

    def head(self) -> bytes:
        """A hash of its beginning."""

    def size(self) -> int:
        """How long it is now."""

    def lines(self, offset: int) -> Iterator[tuple[str, int]]:
        """Whole lines from there on, each with where it ends."""


class LoginRows(Protocol):
    """Where logins are kept."""

    @property
    def any(self) -> bool:
        """Whether there are any."""

    def put(self, rows: Sequence[LoginRow]) -> int:
        """Add these; how many were new."""

    def of(self, marks: Sequence[bytes]) -> Mapping[bytes, tuple[str, ...]]:
        """The logins of these mails."""

    def when(self, marks: Sequence[bytes]) -> Mapping[bytes, tuple[tuple[str, datetime], ...]]:
        """The logins of these mails, each with when."""

    def place(self, name: str) -> Place | None:
        """How far a log was read."""

    def put_place(self, name: str, place: Place, now: datetime) -> None:
        """It was read as far as that."""


class LoginPlace(Protocol):
    """One transaction."""

    @property
    def logins(self) -> LoginRows:
        """Who handed in which mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRead:
    """What one log held since it was read last."""

    name: str
    shape: LogShape | None
    lines: int
    mails: int
    added: int
    again: bool  # from its beginning


def mark_of(key: bytes, *words: str) -> bytes:
    """The hash of a mail: by its Message-ID alone, or by host and queue id."""
    return blake2b("\0".join(words).encode("utf-8", "surrogatepass"), digest_size=MARK_BYTES, key=key).digest()


def marks_of(key: bytes, handed: HandedIn) -> tuple[bytes, ...]:
    """The hashes under which a log may have it: by the host's whole name, its first label, or, as Exim does, by none."""
    hosts = dict.fromkeys((handed.host, handed.host.partition(".")[0], ""))
    return tuple(mark_of(key, host, handed.queue_id) for host in hosts)


class MailLogs:
    """One import."""

    def __init__(
        self,
        write: Callable[[], AbstractContextManager[LoginPlace]],
        key: bytes,
        zone: tzinfo,
        *,
        told: Callable[[int], None] = lambda lines: None,
    ) -> None:
        self._write, self._key, self._zone, self._told = write, key, zone, told

    def take(self, logs: Sequence[Log], now: datetime) -> tuple[LogRead, ...]:
        """Take them in, one after the other."""
        return tuple(self._log(each, now) for each in logs)

    def _log(self, log: Log, now: datetime) -> LogRead:
        head = log.head()
        with self._write() as rows:
            known = rows.logins.place(log.name)
        goes_on = known is not None and known.head == head and known.offset <= log.size()
        offset = known.offset if known is not None and goes_on else 0
        reader, lines, mails, added = LogReader(self._zone, now), 0, 0, 0
        lot: list[Handed] = []
        for line, offset in log.lines(offset):  # noqa: B020 - where the last whole line ended is where to go on
            lines += 1
            handed = reader.read(line)
            if handed is not None:
                lot.append(handed)
            if len(lot) >= LOT or lines % LOT == 0:
                self._told(LOT)
                wrote = self._put(lot, log.name, Place(head=head, offset=offset), now=now)
                mails, added, lot = mails + wrote[0], added + wrote[1], []
        wrote = self._put(lot, log.name, Place(head=head, offset=offset), now=now)
        return LogRead(
            name=log.name,
            shape=reader.shape,
            lines=lines,
            mails=mails + wrote[0],
            added=added + wrote[1],
            again=known is not None and not goes_on,
        )

    def _put(self, lot: Sequence[Handed], name: str, place: Place, *, now: datetime) -> tuple[int, int]:
        """Write what a lot says; how many mails, how many rows were new."""
        with self._write() as rows:
            found = self._rows(lot, rows.logins)
            added = rows.logins.put(found) if found else 0
            rows.logins.put_place(name, place, now)
        return sum(each.message_id is not None for each in lot), added

    def _rows(self, lot: Sequence[Handed], known: LoginRows) -> list[LoginRow]:
        queues = {each: mark_of(self._key, each.host or "", each.queue_id) for each in lot}
        logins = {queues[each]: each.login for each in lot if each.login is not None}
        asked = {queues[each] for each in lot if each.login is None} - logins.keys()
        logins |= {mark: names[-1] for mark, names in known.of(sorted(asked)).items()}
        found = dict[tuple[bytes, str], LoginRow]()
        for each in lot:
            login = each.login or logins.get(queues[each])
            if login is None:
                continue  # a mail from elsewhere
            marks = [queues[each], *([mark_of(self._key, each.message_id)] if each.message_id else [])]
            for mark in marks:
                found[mark, login] = LoginRow(mark=mark, login=login, at=each.at)
        return list(found.values())
