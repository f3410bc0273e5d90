"""What is known of the infected device of a case, put together from all that was seen of its line.

Answers:    ``infestation_of(...)`` gives ``Infestation``; ``sighted(...)`` what the case's playbook is told; ``named(...)`` the
            family and the guide that a reader is shown.
Limits:     a source that is believed enough, or two that agree, count as proven for the playbook; a mere suspicion does not.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from comity.model.case import EvidenceClass
from comity.model.desk import DeskCase
from comity.model.infestation import Infestation
from comity.model.notice import Certainty
from comity.model.playbook import Reported
from comity.model.sighting import Assessed, SeenBy
from comity.remediation.guides.pack import Packs
from comity.services.receive.playbook.rows import Sighted


class FollowsSights(Protocol):
    """What is told of infected devices. The rows that it needs are those of whoever made it."""

    def sighted(self, records: Any, sights: Sequence[Sighted], *, now: datetime) -> None:
        """Infected devices were seen."""


def infestation_of(case_id: str, assessed: Assessed, seen: Sequence[SeenBy], *, first: datetime | None) -> Infestation:
    """What is known of one; ``first`` is when the case began, which may lie before all that is still looked at."""
    began = min(each.first for each in seen)
    said: Counter[str] = Counter()
    for each in seen:
        if each.said:
            said[each.said] += each.times
    return Infestation(
        case_id=case_id,
        certainty=assessed.certainty or Certainty.SUSPECTED,
        reason=assessed.reason,
        first=began if first is None else min(first, began),
        last=max(each.last for each in seen),
        sightings=sum(each.times for each in seen),
        sources=tuple(sorted({each.source for each in seen})),
        said=said,
        addresses=len({each.address for each in seen}),
    )


def sighted(case: DeskCase, known: Infestation, *, began: str | None) -> Sighted:
    """What the playbook is told."""
    reported = Reported(
        evidence_class=EvidenceClass.BOT, when=known.last, is_verified=known.certainty is not Certainty.SUSPECTED
    )
    return Sighted(case=case, reported=reported, began=began)


def named(known: Infestation | None, packs: Packs) -> tuple[str, tuple[str, ...]]:
    """The family, and the kinds of device that the words of the sources mean, the most named first."""
    if known is None or not known.said:
        family = packs.family_of(None)
        return family, (packs.guide_of(family),)
    words = sorted(known.said, key=lambda word: (-known.said[word], word))
    families = [packs.family_of(word) for word in words]
    return families[0], tuple(dict.fromkeys(packs.guide_of(each) for each in families))
