"""What was taken out of the mailboxes that are watched: it stays there, and is not to be taken again.

Trust:      names of files and numbers of mails; a name may hold anything that a file system allows, as text.
Standards:  as the spool, in whose file it lies: what was written here is on the disk.
Answers:    ``Watched(path)`` fits ``comity.gates.watching.terms.Memory``: ``places``, ``add``, ``forget`` for mailboxes whose mails
            have names; ``last``, ``advance`` for those whose mails have numbers that grow.
Limits:     used by one thread at a time for each instance; a mailbox is told apart by its name in the settings.
"""

from collections.abc import Iterable
from pathlib import Path

from comity.store.spool import Spool
from comity.store.trouble import told

_ADD = "INSERT OR IGNORE INTO watched (mailbox, place) VALUES (?, ?)"


class Watched:
    """The memory of all watched mailboxes."""

    def __init__(self, path: Path) -> None:
        self._spool = Spool(path, durable=True)

    def places(self, mailbox: str) -> set[str]:
        """What was taken out of this mailbox, as far as it is not forgotten."""
        with self._spool.transaction() as connection:
            return {row[0] for row in connection.execute("SELECT place FROM watched WHERE mailbox = ?", (mailbox,))}

    def add(self, mailbox: str, places: Iterable[str]) -> None:
        """These were taken."""
        with self._spool.transaction() as connection:
            connection.executemany(_ADD, [(mailbox, each) for each in places])

    def forget(self, mailbox: str, places: Iterable[str]) -> None:
        """These are not there any more."""
        with self._spool.transaction() as connection:
            gone = "DELETE FROM watched WHERE mailbox = ? AND place = ?"
            connection.executemany(gone, [(mailbox, each) for each in places])

    def last(self, mailbox: str) -> tuple[int, int] | None:
        """UIDVALIDITY and the last UID that was taken; None where nothing was."""
        found = self.places(mailbox)
        if not found:
            return None
        validity, _, uid = next(iter(found)).partition("/")
        return int(validity), int(uid)

    def advance(self, mailbox: str, validity: int, uid: int) -> None:
        """All mails up to this one were taken."""
        with self._spool.transaction() as connection:
            connection.execute("DELETE FROM watched WHERE mailbox = ?", (mailbox,))
            connection.execute(_ADD, (mailbox, f"{validity}/{uid}"))

    def close(self) -> None:
        """Let go of the file."""
        with told(str(self._spool.path)):
            self._spool.close()
