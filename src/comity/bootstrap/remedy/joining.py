"""Join what takes in sightings to the usual intake.

Answers:    ``from_intake(settings, terms, following)``; ``from_complaints(settings)`` for what our own people and traps say.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from comity.bootstrap.data import lease_terms
from comity.bootstrap.desk import own_side
from comity.bootstrap.playbook.running import following_of
from comity.remediation.corroboration import Standing
from comity.services.receive.planning import Terms
from comity.services.receive.subscribers.whose import Whose
from comity.services.remedy.infestations import FollowsSights
from comity.services.remedy.sightings.importing import Import, ImportOrder
from comity.services.remedy.sightings.joining import FromIntake, JoiningTerms
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.model.sighting import Sighting


def from_intake(settings: Settings, terms: Terms, following: FollowsSights | None) -> FromIntake:
    """What hears of infected devices by mail and by programs."""
    return FromIntake(
        Whose(terms.own, terms.leases, outside=terms.outside),
        JoiningTerms(
            quiet=timedelta(days=settings.desk.quiet_days),
            researchers=settings.data.researchers,
            following=following,
        ),
    )


def from_complaints(settings: Settings) -> "Callable[[Any, Sequence[Sighting], datetime], None]":
    """What hears of our own people's complaints, and of mail to our traps; what is not about a line of ours is passed over."""
    own = own_side(settings)
    whose, following = Whose(own, lease_terms(settings)), following_of(settings)
    quiet = timedelta(days=settings.desk.quiet_days)

    def take(records: Any, seen: "Sequence[Sighting]", now: datetime) -> None:
        mine = [each for each in seen if own.by_address(each.address) is not None]
        if not mine:
            return
        standing = Standing(outcomes=records.effects.outcomes(), researchers=settings.data.researchers)
        order = ImportOrder(now=now, quiet=quiet)
        takes = Import(lambda: nullcontext(records), whose, standing=standing, order=order, following=following)
        spoke: dict[str, set[int]] = {}
        for each in mine:
            spoke.setdefault(each.source, set()).add(each.seen.toordinal())
        takes.take_in("own", mine, spoke=spoke)

    return take
