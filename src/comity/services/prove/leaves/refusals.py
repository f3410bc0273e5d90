"""Remember which leaves of ours a peer refuses, since when, and what went on without them.

Trust:      what a peer says of its refusals is a claim: a place inside what was posted and a name are taken, no more.
Answers:    ``note_refused`` and ``note_taken`` after an answer; ``goes_on(leaf, hold, now)`` whether a leaf holds up what follows.
Limits:     a leaf is never taken out of our ledger: it stays, in our counts too, and the other side's dispute stands against it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from comity.ledger.posting import Posting
from comity.model.entry import Channel, RefusedLeaf

HOLD: Final = timedelta(hours=6)
_MOST: Final = 100


class RefusalRows(Protocol):
    """The leaves that the other side refuses."""

    def refused(self, channel_id: int) -> list[RefusedLeaf]:
        """Those of a channel, in order."""

    def refuse(self, leaf: RefusedLeaf) -> None:
        """One that is refused, as it is now; the moment since when stays."""

    def take_back(self, channel_id: int, position: int) -> None:
        """It is refused no more."""


def goes_on(leaf: RefusedLeaf, hold: timedelta, now: datetime) -> bool:
    """Whether what follows a refused leaf waits for it no more.

    >>> from datetime import UTC
    >>> then = datetime(2026, 11, 23, 12, tzinfo=UTC)
    >>> leaf = RefusedLeaf(channel_id=1, position=7, code="leaf-field", detail="class", since=then)
    >>> goes_on(leaf, HOLD, then + timedelta(hours=5)), goes_on(leaf, HOLD, then + timedelta(hours=6))
    (False, True)
    """
    return leaf.passed is not None or now - leaf.since >= hold


def note_refused(
    rows: RefusalRows, channel: Channel, message: Posting, *, said: Mapping[str, Any], now: datetime
) -> bool:
    """Which leaves the peer refuses; whether one is among them that it did not refuse before."""
    before = {each.position for each in rows.refused(channel.channel_id)}
    refused = _named(channel, message, said=said, now=now)
    for each in refused:
        rows.refuse(each)
    return any(each.position not in before for each in refused)


def note_taken(
    rows: RefusalRows, channel: Channel, message: Posting, *, said: Mapping[str, Any], now: datetime
) -> None:
    """What was taken without its refused leaves: these stay, disputed. What is refused no more is forgotten."""
    still = {each.position for each in _named(channel, message, said=said, now=now)}
    for each in rows.refused(channel.channel_id):
        if not message.old_size <= each.position < message.size:
            continue
        if each.position in message.go_on and (each.position in still or "refused" not in said):
            rows.refuse(replace(each, passed=each.passed or now))
        else:
            rows.take_back(channel.channel_id, each.position)


def _named(channel: Channel, message: Posting, *, said: Mapping[str, Any], now: datetime) -> list[RefusedLeaf]:
    given = said.get("refused")
    found: dict[int, RefusedLeaf] = {}
    for each in given[:_MOST] if isinstance(given, list) else ():
        if not isinstance(each, list) or len(each) != 3:
            continue
        place, code, detail = each[0], word(each[1]), each[2]
        if type(place) is int and message.old_size <= place < message.size and code is not None:
            found[place] = RefusedLeaf(
                channel_id=channel.channel_id,
                position=place,
                code=code,
                detail=detail[:200] if isinstance(detail, str) else None,
                since=now,
            )
    return list(found.values())


def word(said: object) -> str | None:
    """The name of a refusal, None where it is no name."""
    return said if isinstance(said, str) and said.replace("-", "").isalnum() and len(said) < 40 else None


def no_answer(said: Mapping[str, Any]) -> str:
    """Why a peer did not answer, in a word of our own side.

    >>> no_answer({}), no_answer({"error": "peer-certificate-expired"})
    ('peer-unreachable', 'peer-certificate-expired')
    """
    return word(said.get("error")) or "peer-unreachable"
