"""What `comity serve` watches: one watch for each mailbox, and each place on a bus, that the settings name.

Answers:    ``watches(settings, put, log)``.
"""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from comity.bootstrap.gates import mailboxes_of
from comity.bootstrap.gates.watching import bus_place, imap_place, memory
from comity.gates.watching.bus import BusWatch
from comity.gates.watching.imap import ImapTerms, ImapWatch
from comity.gates.watching.maildir import MaildirTerms, MaildirWatch
from comity.gates.watching.terms import After, Hand, Watch

if TYPE_CHECKING:
    from comity.model.arrival import Arrival
    from comity.model.log_events import LogEvent
    from comity.settings import Settings


def watches(settings: "Settings", put: "Callable[[Arrival], Future[int]]", log: "LogEvent") -> list[Watch]:
    """All of them, called by their place in the settings."""
    size, kinds, made = settings.gates.size_mib << 20, mailboxes_of(settings), list[Watch]()

    def hand(gate: str, mailbox: str) -> Hand:
        kind = kinds.kind_of(mailbox)
        is_moved = kind is not None and kind.is_moved
        now = partial(datetime.now, UTC)
        return Hand(gate=gate, mailbox=mailbox, is_moved=is_moved, put=put, now=now, log=log)

    for number, box in enumerate(settings.watch.maildir, 1):
        terms = MaildirTerms(path=box.path, after=After(box.after), size=size, seconds=box.seconds)
        made.append(MaildirWatch(f"maildir.{number}", terms, hand("maildir", box.mailbox), memory=memory(settings)))
    for number, folder in enumerate(settings.watch.imap, 1):
        imap = ImapTerms(place=imap_place(folder), after=After(folder.after), size=size, seconds=folder.seconds)
        made.append(ImapWatch(f"imap.{number}", imap, hand("imap", folder.mailbox), memory=memory(settings)))
    for number, each in enumerate(settings.watch.bus, 1):
        made.append(BusWatch(f"bus.{number}", bus_place(each), hand("bus", each.mailbox), size=size))
    return made
