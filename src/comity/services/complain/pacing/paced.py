"""Pacing in one transaction: asked before a report is written, told what became of it, written down at the end.

Trust:      a campaign is known by words of strangers (subject, Feedback-ID): who varies them is told more often, and nothing worse.
Answers:    ``Paced(rows, rules, now)``: ``no(outgoing)`` the reason or None, ``settle()``; ``resolved(rows, ...)`` what an answer
            of the other side does; ``delay`` for how long a report waits at random.
Limits:     complaints alone are paced: "not spam", and word of a replay, always leave. Reports outside any campaign do, too.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from comity.feedback.pacing import RESOLVES, Complained, KnownCampaign, PaceRules, refusal, seen
from comity.model.tier import Tier
from comity.services.complain.rows import CampaignKey, Outgoing, PaceRows


class Paced:
    """The campaigns of one batch."""

    def __init__(self, rows: PaceRows, rules: PaceRules | None, reports: Sequence[Outgoing], *, now: datetime) -> None:
        """``rules`` is None where nothing is paced."""
        self._rows, self._rules, self._now = rows, rules, now
        keys = {key for each in reports if (key := _key(each)) is not None} if rules is not None else set()
        self._known = dict(rows.known(keys)) if keys else {}
        people = {each.mailbox_token for each in reports if each.mailbox_token is not None}
        self._said = rows.complained(keys, people) if keys and people else set()
        self._fresh: set[tuple[str, bytes, str]] = set()
        self._changed: set[CampaignKey] = set()

    def no(self, outgoing: Outgoing) -> str | None:
        """Why this report says nothing new; None where it does. Each is asked about once."""
        key = _key(outgoing)
        if self._rules is None or key is None:
            return None
        who = None if outgoing.mailbox_token is None else (*key, outgoing.mailbox_token)
        complaint = Complained(
            tier=Tier(outgoing.tier), arrived=outgoing.observed, is_repeated=who is not None and who in self._said
        )
        known = self._known.get(key)
        reason = refusal(known, complaint, self._rules, now=self._now)
        self._known[key] = seen(known, reason, self._rules, now=self._now)
        self._changed.add(key)
        if who is not None and reason is None:
            self._said.add(who)
            self._fresh.add(who)
        return reason

    def settle(self, told: Sequence[tuple[int, Outgoing]]) -> None:
        """Write down what is known now; ``told`` are the reports that were written, by their numbers."""
        if not self._changed:
            return
        self._rows.put({key: self._known[key] for key in self._changed}, self._fresh, self._now)
        self._rows.belongs([(number, each.campaign) for number, each in told if each.campaign is not None])


def resolved(rows: PaceRows, report_id: int, outcome: str, *, now: datetime) -> None:
    """The other side says that it is over: reports stop, until the campaign is seen again."""
    key = rows.campaign_of(report_id) if outcome in RESOLVES else None
    known = None if key is None else rows.known([key]).get(key)
    if key is not None and known is not None:
        done = KnownCampaign(
            first=known.first, last=known.last, told=known.told, complaints=known.complaints, resolved=now
        )
        rows.put({key: done}, (), now)


def delay(chance: float, longest: timedelta) -> timedelta:
    """How long a report waits, so that its time does not say when somebody looked into his mailbox.

    >>> delay(0.5, timedelta(minutes=10))
    datetime.timedelta(seconds=300)
    """
    return longest * chance


def _key(outgoing: Outgoing) -> CampaignKey | None:
    if outgoing.campaign is None or outgoing.evidence_class != "complaint":
        return None
    return outgoing.party, outgoing.campaign
