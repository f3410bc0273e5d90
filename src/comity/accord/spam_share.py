"""How much of the other side's mail was judged spam, how often it hit traps, and whether that got better since a baseline.

Trust:      no ledger proves it: verdicts and traps are not exchanged. The side that received the mail counted it and signs for it;
            the baseline stands in an earlier statement that both signed.
Standards:  shares and their intervals as ``comity.formats.intervals`` says; the difference of two shares: R. G. Newcombe, Interval
            estimation for the difference between independent proportions, Statist. Med. 17 (1998) 873-890, method 10; the ratio of
            two rates by the share that one has in both (binomial, given their sum).
Answers:    ``part(Arrived)`` makes what a side says, ``is_part`` whether it can be what it says; ``changes(now, before, ...)``
            what became better or worse. What a side cannot know stands under ``unknown``, with the reason.
Limits:     hits of traps are rounded down to tens, and never said below ten: whoever mails one address more and looks whether the
            number grows would find the trap. From 1 to 9 mails judged spam, or not, nothing is said of the share.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, sqrt
from typing import Any, Final

from comity.accord.suppression import is_small
from comity.formats.intervals import bounds, share

SPAM: Final = "spam-share-and-traps"
STEP: Final = 10  # to which hits of traps are rounded down
BETTER, WORSE, UNCLEAR = "better", "worse", "unclear"
# Why a number is not there: ``statement.unknown-because.REASON``.
REASONS: Final = (
    "too-few", "nothing-counted", "nothing-judged", "no-traps", "no-delivery-log", "judged-there", "told-to-nobody"
)  # fmt: skip
_NAMES: Final = ("mails", "judged", "spam", "traps", "left")
_SHARE: Final = ("per_mille", "low", "high", "method")
_THEIRS: Final = {"their-spam": "judged-there", "their-traps": "told-to-nobody"}
_ALL: Final = 1000
_MILLION: Final = 1_000_000
_DUST: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What a side counted of the other's mail; ``left`` is how many mails left it for the other, by its own delivery log."""

    mails: int = 0
    judged: int = 0
    spam: int = 0
    traps: int | None = None  # None: there are no traps
    left: int | None = None  # None: there is no log


def part(counted: Arrived) -> dict[str, dict[str, Any]]:
    """What a side says; empty where it has nothing to say.

    >>> said = part(Arrived(mails=1000, judged=900, spam=90, traps=37))["spam-share-and-traps"]
    >>> said["per_mille"], said["traps"], said["left"], said["unknown"]["left"], said["unknown"]["their-spam"]
    (100, 30, None, 'no-delivery-log', 'judged-there')
    >>> part(Arrived())
    {}
    """
    if not (counted.mails or counted.traps or counted.left):
        return {}
    unknown = dict(_THEIRS)
    said: dict[str, Any] = dict.fromkeys((*_NAMES, *_SHARE))

    def fill(name: str, value: int | None, reason: str | None) -> None:
        if reason is None:
            said[name] = value
        else:
            unknown[name] = reason

    nothing = "nothing-counted" if not counted.mails else None
    fill("mails", counted.mails, nothing or ("too-few" if is_small(counted.mails) else None))
    without = nothing or ("nothing-judged" if not counted.judged else "too-few" if is_small(counted.judged) else None)
    fill("judged", counted.judged, without)
    is_few = is_small(counted.spam) or is_small(counted.judged - counted.spam)
    fill("spam", counted.spam, without or ("too-few" if is_few else None))
    few_hits = "no-traps" if counted.traps is None else "too-few" if is_small(counted.traps) else None
    fill("traps", None if counted.traps is None else counted.traps // STEP * STEP, few_hits)
    few_left = "no-delivery-log" if counted.left is None else "too-few" if is_small(counted.left) else None
    fill("left", counted.left, few_left)
    return {SPAM: said | _share(said) | {"unknown": unknown}}


def _share(said: Mapping[str, Any]) -> dict[str, Any]:
    found = None if said["spam"] is None else share(said["spam"], said["judged"])
    if found is None:
        return dict.fromkeys(_SHARE)
    return {"per_mille": found.per_mille, "low": found.low, "high": found.high, "method": found.method}


def is_part(said: Any) -> bool:
    """Whether this has the form, its share is that of its counts, and what is missing has a reason."""
    if not isinstance(said, Mapping) or set(said) != {*_NAMES, *_SHARE, "unknown"}:
        return False
    unknown = said["unknown"]
    if not isinstance(unknown, Mapping) or {name: unknown.get(name) for name in _THEIRS} != _THEIRS:
        return False
    if {name for name in _NAMES if said[name] is None} != set(unknown) - set(_THEIRS):
        return False
    if not set(unknown.values()) <= set(REASONS):
        return False
    if not all(said[name] is None or (type(said[name]) is int and said[name] >= 0) for name in _NAMES):
        return False
    if said["spam"] is not None and (said["judged"] is None or not 0 <= said["spam"] <= said["judged"]):
        return False
    if any(is_small(said[name] or 0) for name in _NAMES) or (said["traps"] or 0) % STEP:
        return False
    if said["spam"] is not None and is_small(said["judged"] - said["spam"]):
        return False
    return {name: said[name] for name in _SHARE} == _share(said)


def changes(
    now: Mapping[str, Mapping[str, Any]], before: Mapping[str, Mapping[str, Any]], parties: Sequence[str]
) -> list[dict[str, Any]]:
    """What changed since the baseline, in what each side received; where it cannot be said, why.

    >>> then = {"a": part(Arrived(mails=1000, judged=1000, spam=300, traps=200))}
    >>> later = {"a": part(Arrived(mails=1000, judged=1000, spam=100, traps=190))}
    >>> [(each["key"], each["way"], each["points"]) for each in changes(later, then, ["a", "b"]) if each["side"] == "a"]
    [('spam', 'better', -200), ('traps', 'unclear', None)]
    >>> [(each["key"], each["why"]) for each in changes(later, then, ["a", "b"]) if each["side"] == "b"]
    [('spam', 'nothing-counted'), ('traps', 'nothing-counted')]
    """
    found = []
    for side, other in ((parties[0], parties[1]), (parties[1], parties[0])):
        ours, theirs = (measured.get(side, {}).get(SPAM) for measured in (now, before))
        for key, compared in (("spam", _spam), ("traps", _traps)):
            why = _why(ours, key) or _why(theirs, key)
            said: dict[str, Any] = dict.fromkeys(("before", "now", "points", "low", "high", "way"))
            if why is None and ours is not None and theirs is not None:
                said = compared(ours, theirs)
            found.append({"side": side, "about": other, "key": key, "why": why, **said})
    return found


def _why(said: Mapping[str, Any] | None, key: str) -> str | None:
    """Why a side says nothing of it."""
    if said is None:
        return "nothing-counted"
    needed = (key, "mails") if key == "traps" else (key,)
    return next((str(said["unknown"][name]) for name in needed if said[name] is None), None)


def _spam(now: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The difference of two shares, in per mille points; before and now in per mille."""
    one, other = now["spam"] / now["judged"], before["spam"] / before["judged"]
    _, low, high = bounds(now["spam"], now["judged"])
    _, lower, upper = bounds(before["spam"], before["judged"])
    least = floor(_ALL * (one - other - sqrt((one - low) ** 2 + (upper - other) ** 2)) + _DUST)
    most = ceil(_ALL * (one - other + sqrt((high - one) ** 2 + (other - lower) ** 2)) - _DUST)
    return {
        "before": before["per_mille"],
        "now": now["per_mille"],
        "points": round(_ALL * (one - other)),
        "low": least,
        "high": most,
        "way": BETTER if most < 0 else WORSE if least > 0 else UNCLEAR,
    }


def _traps(now: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The ratio of two rates, in per mille of the one before; before and now in a million mails.

    What rounding took away is reckoned with on the side that makes the interval wider.
    """
    low = _ratio(now["traps"], before["traps"] + STEP - 1, now["mails"] / before["mails"], at=1)
    high = _ratio(now["traps"] + STEP - 1, before["traps"], now["mails"] / before["mails"], at=2)
    least = floor(_ALL * (low or 0.0) + _DUST)
    most = None if high is None else ceil(_ALL * high - _DUST)
    return {
        "before": round(_MILLION * before["traps"] / before["mails"]),
        "now": round(_MILLION * now["traps"] / now["mails"]),
        "points": None,
        "low": least,
        "high": most,
        "way": BETTER if most is not None and most < _ALL else WORSE if least > _ALL else UNCLEAR,
    }


def _ratio(now: int, before: int, mails: float, *, at: int) -> float | None:
    """One bound of the ratio of two rates; None where nothing bounds it."""
    if now + before == 0:
        return None
    _, low, high = bounds(now, now + before)
    part_of_both = low if at == 1 else high
    return None if part_of_both >= 1 else part_of_both / (1 - part_of_both) / mails


def arrivals(measured: Mapping[str, Mapping[str, Any]], parties: Sequence[str]) -> Iterator[tuple[str, str, int, int]]:
    """Who sent to whom, how many mails left by the log of the one, and how many arrived by the count of the other.

    >>> both = {"a": part(Arrived(mails=90, judged=0)), "b": part(Arrived(left=100))}
    >>> list(arrivals(both, ["a", "b"]))
    [('b', 'a', 100, 90)]
    """
    for sending, receiving in ((parties[1], parties[0]), (parties[0], parties[1])):
        left = measured.get(sending, {}).get(SPAM, {}).get("left")
        arrived = measured.get(receiving, {}).get(SPAM, {}).get("mails")
        if left is not None and arrived is not None:
            yield sending, receiving, left, arrived
