"""Join what takes in sightings to the usual intake.

Answers:    ``from_intake(settings, terms, following)``; ``from_complaints(settings)`` for what our own people and traps say.
"""

from datetime import timedelta

from comity.bootstrap.data import whose_of
from comity.bootstrap.desk import own_side
from comity.bootstrap.playbook.running import following_of
from comity.model.log_events import LogEvent
from comity.services.receive.planning import Terms
from comity.services.receive.subscribers.whose import Whose
from comity.services.remedy.infestations import FollowsSights
from comity.services.remedy.sightings.joining import FromComplaints, FromIntake, JoiningTerms
from comity.settings import Settings


def from_intake(settings: Settings, terms: Terms, following: FollowsSights | None) -> FromIntake:
    """What hears of infected devices by mail and by programs."""
    return FromIntake(
        Whose(terms.own, terms.leases, outside=terms.outside),
        _terms(settings, following),
    )


def from_complaints(settings: Settings, log: LogEvent | None = None) -> FromComplaints:
    """What hears of our own people's complaints, and of mail to our traps."""
    return FromComplaints(own_side(settings), whose_of(settings, log), _terms(settings, following_of(settings)))


def _terms(settings: Settings, following: FollowsSights | None) -> JoiningTerms:
    return JoiningTerms(
        quiet=timedelta(days=settings.desk.quiet_days), researchers=settings.data.researchers, following=following
    )
