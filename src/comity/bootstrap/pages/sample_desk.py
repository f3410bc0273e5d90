"""Join the sample desk: its own store and settings, the accounts and the clock of the real one, and nobody outside.

Trust:      who is signed in is found in the real store alone; the words in forms differ from its own.
Answers:    ``sample_work(sample, real, work=...)`` gives all that the pages of the sample desk need.
Limits:     no DNS is asked, no mail taken in, no part of this machine looked at.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from comity.bootstrap.pages import desk_work
from comity.bootstrap.pages.dealings import Dealings
from comity.bootstrap.pages.sampling import SampleFolder
from comity.model.account import Signed
from comity.model.arrival import Arrival
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from comity.store.engine import Store
    from comity.web.desk.work import DeskWork

_TOUCH: Final = timedelta(minutes=5)


class _SampleDealings(Dealings):
    """As everywhere, but that nobody outside is asked."""

    __slots__ = ()

    def look_up(self, names: Sequence[str]) -> dict[str, str | None]:
        """Nothing stands in the DNS about networks that do not exist."""
        return dict.fromkeys(names)


def sample_work(sample: SampleFolder, real: "DeskWork", *, work: "type[DeskWork]") -> "DeskWork":
    """All that the sample desk needs: its own store and settings, the accounts and the clock of the real one."""
    settings = sample.settings()
    made = desk_work(settings, real.log, work, put=_not_taken)
    with made.store.read():
        pass  # one that is damaged is found here, where the browser is led back to the real desk
    return replace(
        made,
        is_sample=True,
        now=real.now,
        zone=real.zone,
        is_secure=real.is_secure,
        is_behind_proxy=real.is_behind_proxy,
        take_apart=real.take_apart,  # one process for both, however often a sample desk is loaded
        find=_signed_there(real.store, real.find),
        checks=lambda: (),
        steps=lambda records: (),
        dealings=_SampleDealings(settings),
        elsewhere=None,
        passkeys=None,
        sample=None,
    )


def _signed_there(store: "Store", find: Callable[..., Signed | None]) -> Callable[..., Signed | None]:
    """Who is signed in at the real desk is so here; a form of the one desk is none of the other."""

    def signed(_: Any, token: str, now: datetime) -> Signed | None:
        with store.read() as records:
            found = find(records, token, now)
        if found is None:
            return None
        if now - found.seen > _TOUCH:
            with store.write() as records:
                records.accounts.touch(found.session, now)
        return replace(found, csrf=sha256(b"sample\0" + found.csrf.encode()).hexdigest(), seen=now)

    return signed


def _not_taken(_: Arrival) -> "Future[int]":
    answer: Future[int] = Future()
    answer.set_exception(
        ComityError("sample-no-mail", "the sample desk takes no mail in", outcome=Outcome.CONFIGURATION)
    )
    return answer
