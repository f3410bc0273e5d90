"""Take new mail out of mailboxes that lie elsewhere: Maildirs, folders on IMAP servers.

Trust:      mail is strangers' and is not read here; an IMAP server may lie, hang or flood us: it spoils its own watch alone.
Standards:  DESIGN.md P1 and P2: a mail is marked as taken after it is on the disk; what is taken twice is counted once.
Answers:    ``keep_watching(watch, log)`` runs one watch for ever; what goes wrong is logged and waited out.
Limits:     a mailbox that cannot be reached is tried again after 1 s, then after twice as long each time, at most 5 min; one that
            refuses our log-in after 1 min at the soonest, because servers lock accounts.
"""

import asyncio
from typing import Final

from comity.gates.watching.terms import Watch
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError, Outcome

_FIRST_WAIT: Final = 1.0
_LONGEST_WAIT: Final = 300.0
_REFUSED_WAIT: Final = 60.0


async def keep_watching(watch: Watch, log: LogEvent) -> None:
    """Watch one mailbox until cancelled."""
    seconds = _FIRST_WAIT
    while True:
        before = watch.taken
        try:
            await watch.run()
        except ComityError as error:
            seconds = _FIRST_WAIT if watch.taken > before else seconds
            if error.outcome is Outcome.CONFIGURATION:
                seconds = max(seconds, _REFUSED_WAIT)
            log("watch-waits", watch=watch.name, code=error.code, seconds=seconds)
        except Exception as error:  # the edge of one watched mailbox
            log("watch-fault", watch=watch.name, kind=type(error).__name__, seconds=seconds)
        await asyncio.sleep(seconds)
        seconds = min(2 * seconds, _LONGEST_WAIT)
