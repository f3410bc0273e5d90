"""Look at what was signed with peers: what ends soon, whom an answer is owed, how many people it was about.

Answers:    ``look(settings, now)`` gives a ``Check`` for each thing that is near, and the counter of people of each peer.
Limits:     see ``comity.accord.agreement.watching``.
"""

from collections.abc import Iterator
from datetime import datetime

from comity.accord.agreement.terms import SUBJECT_WINDOW
from comity.accord.agreement.watching import soon
from comity.bootstrap.checking.check import Check, Condition
from comity.bootstrap.desk import desk_store
from comity.settings import Settings


def look(settings: Settings, now: datetime) -> Iterator[Check]:
    """Every agreement."""
    ours = settings.identity.domain
    if ours is not None:
        with desk_store(settings).read() as records:
            for peer, papers in records.agreements.all().items():
                known = records.agreements.subjects(peer, now - SUBJECT_WINDOW)
                for each in soon(papers, ours, now, subjects=known):
                    details = {
                        "peer": peer,
                        "version": each.version,
                        "day": each.day and f"{each.day:%Y-%m-%d}",
                        "n": each.count or 0,
                        "most": each.most,
                    }
                    is_right = each.code == "subjects"
                    yield Check(
                        about="agreement",
                        condition=Condition.RIGHT if is_right else Condition.ODD,
                        finding=f"agreement-{each.code}",
                        details=details,
                    )
