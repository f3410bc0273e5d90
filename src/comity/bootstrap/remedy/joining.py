"""Join what takes in sightings to the usual intake.

Answers:    ``from_intake(settings, terms, following)``.
"""

from datetime import timedelta

from comity.services.receive.planning import Terms
from comity.services.receive.subscribers.whose import Whose
from comity.services.remedy.infestations import FollowsSights
from comity.services.remedy.sightings.joining import FromIntake, JoiningTerms
from comity.settings import Settings


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
