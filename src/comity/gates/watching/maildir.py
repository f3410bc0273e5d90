"""Take new mail out of a Maildir.

Trust:      names and contents are strangers'. Only regular files are opened, no links.
Standards:  Maildir as its author describes it: what is in ``new`` and ``cur`` is whole; the name up to ":" stays the same.
Answers:    ``MaildirWatch(terms, hand, memory).run()`` takes what lies there, then what comes.
Limits:     another program may use the Maildir at the same time: what it moves from ``new`` to ``cur`` before us is found there, at
            most a minute later. One listing takes at most 100,000 mails, oldest names first; the next one the rest.
            A mail over the size is taken cut, and put aside for a person; the whole of it always stays there.
            Where a folder holds 100,000 mails, listing it costs about a tenth of a second; it is listed when it has changed.
"""

import asyncio
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nsmallest
from pathlib import Path
from time import monotonic, time_ns
from typing import Final

from comity.gates.watching.terms import After, Found, Hand, Memory
from comity.model.mailbox import Condition
from comity.model.outcomes import ComityError, Outcome

LISTED: Final = 100_000
HEAD: Final = 64 << 10  # what is taken of a mail over the size
_BATCH: Final = 200
_BATCH_BYTES: Final = 4 << 20
_SETTLED_NS: Final = 2 * 10**9
_CUR_EVERY: Final = 60.0
_FORGET_EVERY: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MaildirTerms:
    """Where it is, what happens after, how large a mail may be, how often it is looked into."""

    path: Path
    after: After
    size: int
    seconds: float


@dataclass(frozen=True, slots=True, order=True)
class Letter:
    """One mail that is there: the name that stays, and where it lies now."""

    base: str
    path: str


class MaildirWatch:
    """One Maildir."""

    def __init__(self, name: str, terms: MaildirTerms, hand: Hand, *, memory: Memory) -> None:
        self.name, self.taken = name, 0
        self._terms, self._hand, self._memory = terms, hand, memory
        self._mailbox = str(terms.path)
        self._changed: dict[str, int] = {}  # when "new" and "cur" last changed, as far as they were listed
        self._cur_due = self._forget_due = 0.0
        self._closed: set[str] = set()  # told already that it cannot be opened

    async def run(self) -> None:
        """Take mail until something is wrong."""
        while True:
            left = 0
            for batch in _batches(await asyncio.to_thread(self._untaken)):
                left += await self._take(batch)
            if left:
                self._changed.clear()  # what could not be opened is tried again
            await asyncio.sleep(self._terms.seconds)

    async def _take(self, letters: Sequence[Letter]) -> int:
        """Take these; how many could not be opened."""
        rest = list(letters)
        closed = 0
        while rest:
            read, rest, shut = await asyncio.to_thread(self._read, rest)
            closed += shut
            await self._hand.take([found for _, found in read])
            await asyncio.to_thread(self._mark, read)
            self.taken += len(read)
        return closed

    # -- what waits for the disk, in a thread

    def _untaken(self) -> list[Letter]:
        """What is there and was not taken; nothing where nothing has changed."""
        now = monotonic()
        parts = ["new"]
        if now >= self._cur_due:
            parts.append("cur")
            self._cur_due = now + _CUR_EVERY
        stamps = {part: self._stamp(part) for part in parts}
        parts = [part for part in parts if self._changed.get(part) != stamps[part]]
        if not parts:
            return []
        taken = self._memory.places(self._mailbox)
        found = nsmallest(LISTED, (each for part in parts for each in self._listed(part) if each.base not in taken))
        if len(found) < LISTED:
            settled = time_ns() - _SETTLED_NS  # a mail may come in the same tick of the clock, behind the listing
            self._changed.update({part: stamps[part] for part in parts if stamps[part] < settled})
        if "cur" in parts and now >= self._forget_due:
            self._forget_due = now + _FORGET_EVERY
            here = {each.base for part in ("new", "cur") for each in self._listed(part)}
            self._memory.forget(self._mailbox, taken - here)
        return found

    def _stamp(self, part: str) -> int:
        try:
            return (self._terms.path / part).stat().st_mtime_ns
        except OSError as error:
            raise _away(self._terms.path, error) from None

    def _listed(self, part: str) -> Iterator[Letter]:
        try:
            with os.scandir(self._terms.path / part) as entries:
                for each in entries:
                    if not each.name.startswith("."):
                        yield Letter(_text(each.name.partition(":")[0]), each.path)
        except OSError as error:
            raise _away(self._terms.path, error) from None

    def _read(self, letters: list[Letter]) -> tuple[list[tuple[Letter, Found]], list[Letter], int]:
        """The first of these, as many as fit in a batch; the rest; how many could not be opened."""
        read, size, closed = list[tuple[Letter, Found]](), 0, 0
        for at, letter in enumerate(letters):
            if size >= _BATCH_BYTES:
                return read, letters[at:], closed
            try:
                found = _open(letter.path, self._terms.size)
            except FileNotFoundError:  # another program has moved or removed it: the next listing tells
                continue
            except OSError:
                closed += 1
                if letter.base not in self._closed:
                    self._closed.add(letter.base)
                    self._hand.log("watch-closed", watch=self.name)
                continue
            if found.condition is not Condition.WHOLE:
                self._hand.log("watch-too-large", watch=self.name)
            read.append((letter, found))
            size += len(found.data)
        return read, [], closed

    def _mark(self, taken: Sequence[tuple[Letter, Found]]) -> None:
        """Remember that these were taken, then do with them what the operator wants."""
        self._memory.add(self._mailbox, [letter.base for letter, _ in taken])
        for letter, found in taken:
            try:
                self._settle(Path(letter.path), is_whole=found.condition is Condition.WHOLE)
            except FileNotFoundError:
                pass  # moved by another program; that it was taken is remembered by the name that stays
            except OSError as error:
                raise _away(self._terms.path, error) from None

    def _settle(self, path: Path, *, is_whole: bool) -> None:
        if self._terms.after is After.DELETE:
            if is_whole:
                path.unlink()
        elif self._terms.after is After.SEEN:
            base, _, flags = path.name.partition(":2,")
            seen = self._terms.path / "cur" / f"{base.partition(':')[0]}:2,{''.join(sorted({*flags, 'S'}))}"
            if not seen.exists():  # a rename would write over it
                path.rename(seen)


def _open(path: str, size: int) -> Found:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - opened so that no link is followed and no pipe waited for
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise PermissionError(path)
        whole = facts.st_size <= size
        data = file.read(size if whole else HEAD)
    arrived = datetime.fromtimestamp(int(facts.st_mtime), UTC)
    return Found(data=data, arrived=arrived, condition=Condition.WHOLE if whole else Condition.TOO_LARGE)


def _batches(letters: Sequence[Letter]) -> Iterator[Sequence[Letter]]:
    return (letters[at : at + _BATCH] for at in range(0, len(letters), _BATCH))


def _text(name: str) -> str:
    """A name as text that a database takes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _away(path: Path, error: OSError) -> ComityError:
    reason = error.strerror or str(error)
    return ComityError(
        "maildir-away",
        f"the Maildir cannot be used: {reason}",
        outcome=Outcome.TRY_AGAIN,
        place=str(path),
        details={"reason": reason},
    )
