"""A folder on an IMAP server as a source, looked at and left as it was.

Trust:      the server may misbehave: every answer has bounds on size and time; nothing that a mail or the server names is
            followed.
Standards:  RFC 3501: EXAMINE (section 6.3.2) opens read-only, BODY.PEEK[] (6.4.5) sets no \\Seen, and UIDs with UIDVALIDITY
            (2.3.1.1) never come to mean another mail.
Answers:    items in the order of their UIDs; a mail the server will not give comes as an item that says so.
Limits:     a mail that is more than twice as large as the server said, and 64 KiB more, ends the conversation.
"""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Final

from comity.model.mailbox import Condition, Item
from comity.model.outcomes import ComityError, Outcome
from comity.outlets.imap.client import ImapClient, ImapNo, Listed
from comity.outlets.imap.wire import WireError
from comity.outlets.mailboxes.imap_server import Address, logged_in, read_address, wrong
from comity.outlets.mailboxes.opening import HEAD, Opening

_BATCH_MAILS: Final = 100
_BATCH_BYTES: Final = 4 * 1024 * 1024
_MORE: Final = 64 * 1024  # than the server said: some count line ends otherwise


def from_imap(spec: str, opening: Opening) -> Iterator[Item]:
    """Give the mails of the folder that ``spec`` names."""
    address = read_address(spec)
    try:
        with asyncio.Runner() as runner:
            client = runner.run(logged_in(address, opening))
            try:
                yield from _Folder(runner, client, address=address, opening=opening).items()
            finally:
                runner.run(client.log_out())
    except (WireError, ImapNo, TimeoutError, OSError) as error:
        reason = str(error) or "it does not answer"
        remedy = "Run the same command again; what was read is not fetched twice."
        raise ComityError(
            "imap-lost",
            f"the server cannot be used now: {reason}",
            outcome=Outcome.TRY_AGAIN,
            place=f"{address.host}/{address.folder}",
            remedy=remedy,
            details={"reason": reason},
        ) from error


class _Folder:
    """One folder, opened read-only."""

    def __init__(self, runner: asyncio.Runner, client: ImapClient, *, address: Address, opening: Opening) -> None:
        self._runner, self._client, self._opening, self._name = runner, client, opening, address.folder
        try:
            chosen = runner.run(client.select(address.folder, read_only=True))
        except ImapNo as error:
            remedy = "Give the name as the server lists it, with / for sub-folders and %20 for a space."
            raise wrong(
                "imap-folder",
                "the server has no such folder, or will not show it",
                place=f"{address.host}/{address.folder}",
                remedy=remedy,
            ) from error
        if not chosen.is_read_only:
            raise wrong(
                "imap-writable",
                "the server opened the folder for writing",
                place=address.host,
                remedy="Copy the folder out first.",
            )
        self._validity = chosen.validity

    def items(self) -> Iterator[Item]:
        listed = self._runner.run(self._list())
        batch: list[Listed] = []
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

    async def _list(self) -> list[Listed]:
        """Every mail, in the order of their numbers."""
        found = {each.uid: each async for each in self._client.listed("1:*")}
        return [found[uid] for uid in sorted(found)]

    def _left_out(self, mail: Listed) -> Condition | None:
        since = self._opening.since
        if since is not None and mail.arrived is not None and mail.arrived < since:
            return Condition.OLDER
        return Condition.KNOWN if self._position(mail) in self._opening.known else None

    def _fetch(self, batch: Sequence[Listed], share: float) -> Iterator[Item]:
        if not batch:
            return
        bodies = self._runner.run(self._bodies(batch))
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

    def _beginning(self, mail: Listed, share: float) -> Item:
        data = self._runner.run(self._bodies([mail], head=HEAD)).get(mail.uid, b"")
        name, position = self._called(mail), self._position(mail)
        return Item(
            name=name, position=position, size=mail.size, data=data[:HEAD], condition=Condition.TOO_LARGE, share=share
        )

    async def _bodies(self, batch: Sequence[Listed], *, head: int | None = None) -> dict[int, bytes]:
        """What the server gives of these; it may leave some out, and does where they are gone."""
        most = sum(2 * mail.size + _MORE for mail in batch) if head is None else head + _MORE
        uids = ",".join(str(mail.uid) for mail in batch)
        try:
            return {uid: data async for uid, data in self._client.mails(uids, head=head, most=most)}
        except ImapNo:
            return {}

    def _called(self, mail: Listed) -> str:
        return f"{self._name} {mail.uid}"

    def _position(self, mail: Listed) -> str:
        return f"{self._validity}/{mail.uid}"
