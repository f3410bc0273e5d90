"""A folder on an IMAP server as a source, looked at and left as it was.

Trust:      the server is the operator's own, its sizes are believed; nothing that a mail or the server names is followed.
Standards:  RFC 3501: EXAMINE (section 6.3.2) opens read-only, BODY.PEEK[] (6.4.5) sets no \\Seen, and UIDs with UIDVALIDITY
            (2.3.1.1) never come to mean another mail.
Answers:    items in the order of their UIDs; a mail the server will not give comes as an item that says so.
Limits:     the standard library's imaplib: two commands are needed, and to know exactly which ones are sent matters more
            than comfort.
"""

import imaplib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from comity.model.mailbox import Condition, Item
from comity.model.outcomes import ComityError, Outcome
from comity.outlets.mailboxes.imap_server import Address, connect, leave, log_in, mutf7, quote, read_address, wrong
from comity.outlets.mailboxes.opening import HEAD, Opening

_WINDOW: Final = 1000  # mails listed with one command
_BATCH_MAILS: Final = 100
_BATCH_BYTES: Final = 4 * 1024 * 1024

_UID: Final = re.compile(rb"\bUID (\d{1,10})\b")
_SIZE: Final = re.compile(rb"\bRFC822\.SIZE (\d{1,15})\b")
_ARRIVED: Final = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"')
_QUOTED_BODY: Final = re.compile(rb'BODY\[\](?:<0>)? "((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    uid: int
    size: int
    arrived: datetime | None


def from_imap(spec: str, opening: Opening) -> Iterator[Item]:
    """Give the mails of the folder that ``spec`` names."""
    address = read_address(spec)
    place = f"{address.host}/{address.folder}"
    try:
        connection = connect(address)
        try:
            log_in(connection, address, opening)
            yield from _Folder(connection, address, opening).items()
        finally:
            leave(connection)
    except (imaplib.IMAP4.error, OSError) as error:
        reason = str(error) or type(error).__name__
        remedy = "Run the same command again; what was read is not fetched twice."
        raise ComityError(
            "imap-lost",
            f"the server cannot be used now: {reason}",
            outcome=Outcome.TRY_AGAIN,
            place=place,
            remedy=remedy,
            details={"reason": reason},
        ) from error


class _Folder:
    """One folder, opened read-only."""

    def __init__(self, connection: imaplib.IMAP4, address: Address, opening: Opening) -> None:
        self._connection, self._opening, self._name = connection, opening, address.folder
        answer, data = connection.select(quote(mutf7(address.folder)), readonly=True)
        if answer != "OK":
            remedy = "Give the name as the server lists it, with / for sub-folders and %20 for a space."
            raise wrong(
                "imap-folder",
                "the server has no such folder, or will not show it",
                place=f"{address.host}/{address.folder}",
                remedy=remedy,
            )
        if connection.response("READ-WRITE")[1] != [None]:
            raise wrong(
                "imap-writable",
                "the server opened the folder for writing",
                place=address.host,
                remedy="Copy the folder out first.",
            )
        self._count = int(data[0] or b"0")
        validity = connection.response("UIDVALIDITY")[1][0]
        self._validity = validity.decode("ascii", "replace") if isinstance(validity, bytes) else "0"

    def items(self) -> Iterator[Item]:
        listed = self._list()
        batch: list[_Listed] = []
        for index, mail in enumerate(listed):
            condition = self._left_out(mail)
            if condition is None and mail.size <= self._opening.cap:
                batch.append(mail)
                if len(batch) >= _BATCH_MAILS or sum(each.size for each in batch) >= _BATCH_BYTES:
                    yield from self._fetch(batch, (index + 1) / len(listed))
                    batch = []
                continue
            share = (index + 1) / len(listed)
            if condition is not None:
                yield Item(
                    name=self._called(mail),
                    position=self._position(mail),
                    size=mail.size,
                    condition=condition,
                    share=share,
                )
            else:
                yield self._beginning(mail, share)
        yield from self._fetch(batch, 1.0)

    def _list(self) -> list[_Listed]:
        """UID, size and arrival of every mail. Plain FETCH: meanwhile no server may renumber (RFC 3501 section 7.4.1)."""
        found: dict[int, _Listed] = {}
        for first in range(1, self._count + 1, _WINDOW):
            window = f"{first}:{min(first + _WINDOW - 1, self._count)}"
            answer, lines = self._connection.fetch(window, "(UID RFC822.SIZE INTERNALDATE)")
            if answer != "OK":
                raise imaplib.IMAP4.error(f"listing {window}: {answer}")
            for line in lines:
                mail = _listed(line)
                if mail is not None:
                    found[mail.uid] = mail
        return [found[uid] for uid in sorted(found)]

    def _left_out(self, mail: _Listed) -> Condition | None:
        since = self._opening.since
        if since is not None and mail.arrived is not None and mail.arrived < since:
            return Condition.OLDER
        return Condition.KNOWN if self._position(mail) in self._opening.known else None

    def _fetch(self, batch: Sequence[_Listed], share: float) -> Iterator[Item]:
        if not batch:
            return
        bodies = self._bodies(",".join(str(mail.uid) for mail in batch), "BODY.PEEK[]")
        for mail in batch:
            data = bodies.get(mail.uid)
            name, position = self._called(mail), self._position(mail)
            if data is None:
                yield Item(
                    name=name,
                    position=position,
                    size=mail.size,
                    condition=Condition.CLOSED,
                    detail="the server did not give it",
                    share=share,
                )
            else:
                yield Item(name=name, position=position, size=len(data), data=data, share=share)

    def _beginning(self, mail: _Listed, share: float) -> Item:
        data = self._bodies(str(mail.uid), f"BODY.PEEK[]<0.{HEAD}>").get(mail.uid, b"")
        name, position = self._called(mail), self._position(mail)
        return Item(
            name=name, position=position, size=mail.size, data=data[:HEAD], condition=Condition.TOO_LARGE, share=share
        )

    def _bodies(self, uids: str, what: str) -> dict[int, bytes]:
        answer, lines = self._connection.uid("FETCH", uids, f"({what})")
        bodies: dict[int, bytes] = {}
        if answer != "OK":
            return bodies
        for index, line in enumerate(lines):
            behind = lines[index + 1] if index + 1 < len(lines) and isinstance(lines[index + 1], bytes) else b""
            found = _body(line, behind)
            if found is not None:
                bodies[found[0]] = found[1]
        return bodies

    def _called(self, mail: _Listed) -> str:
        return f"{self._name} {mail.uid}"

    def _position(self, mail: _Listed) -> str:
        return f"{self._validity}/{mail.uid}"


def _listed(line: Any) -> _Listed | None:
    if not isinstance(line, bytes):
        return None
    uid, size, arrived = _UID.search(line), _SIZE.search(line), _ARRIVED.search(line)
    if uid is None or size is None:
        return None
    return _Listed(uid=int(uid[1]), size=int(size[1]), arrived=_moment(arrived[1]) if arrived else None)


def _moment(text: bytes) -> datetime | None:
    try:
        return datetime.strptime(text.decode("ascii", "replace").strip(), "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _body(line: Any, behind: bytes) -> tuple[int, bytes] | None:
    """UID and content out of one piece of an answer: a literal with its UID before or behind, or a quoted string."""
    if isinstance(line, tuple) and len(line) == 2:
        uid = _UID.search(line[0]) or _UID.search(behind)
        return (int(uid[1]), line[1]) if uid else None
    if not isinstance(line, bytes):
        return None
    uid, quoted = _UID.search(line), _QUOTED_BODY.search(line)
    return (int(uid[1]), re.sub(rb"\\(.)", rb"\1", quoted[1])) if uid and quoted else None
