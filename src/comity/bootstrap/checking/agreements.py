"""Look at what was signed with peers: what ends soon, whom an answer is owed, how many people it was about; and at consumers.

Answers:    ``look(settings, now)`` gives a ``Check`` for each thing that is near, and the counter of people of each peer;
            ``consumers`` names those whose mailbox refused reports until they were suspended.
Limits:     see ``comity.accord.agreement.watching``.
"""

from collections.abc import Iterator
from datetime import datetime

from comity.accord.agreement.terms import SUBJECT_WINDOW
from comity.accord.agreement.watching import soon
from comity.bootstrap.checking.check import Check, Condition, odd
from comity.bootstrap.desk import desk_read
from comity.model.consumer import MAIL_REFUSED, ConsumerState
from comity.settings import Settings


def look(settings: Settings, now: datetime) -> Iterator[Check]:
    """Every agreement."""
    ours = settings.identity.domain
    if ours is not None:
        with desk_read(settings) as records:
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


def consumers(settings: Settings, _: datetime) -> Iterator[Check]:
    """Whoever enrolled and takes no reports any more: it was told, and may never read that; somebody has to end it, or ask."""
    with desk_read(settings) as records:
        found = [each for each in records.consumers.all([ConsumerState.SUSPENDED]) if each.reason == MAIL_REFUSED]
    for each in found:
        yield odd("consumers", "consumer-dead", name=each.name, day=f"{each.since:%Y-%m-%d}")
