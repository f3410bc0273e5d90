"""Spam and traps of a joint statement as people read them: what each side counted, what it cannot know, and what got better.

Trust:      names come out of the statement, which may be a stranger's: whoever shows them escapes them.
Answers:    ``rates(statement)`` and ``compared(statement)`` for the page, ``sentences(statement)`` all of it in words, in pairs
            (English, Chinese).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from comity.accord.spam_share import SPAM, arrivals
from comity.web.pages.pairs import Pair, named, pair

_TENTH: Final = 10  # of a per cent


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One share with its interval, in per mille; None where there is nothing to share."""

    label: Pair
    direction: str
    of: str
    text: str
    per_mille: int | None = None
    low: int | None = None
    high: int | None = None
    why: Pair | None = None  # there is no share, or what it does not tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One number then and now; ``way`` is "better", "worse", "unclear", or None where it cannot be said."""

    label: Pair
    direction: str
    before: str
    now: str
    change: str
    way: str | None
    word: Pair  # better, worse, or why nobody knows
    said: Pair


def rates(statement: Mapping[str, Any]) -> Iterator[Rate]:
    """What was counted."""
    for side, about, part in _parts(statement):
        arrow = f"{about} → {side}"
        if part["spam"] is not None:
            yield Rate(
                label=pair("statement.rate.spam"),
                direction=arrow,
                of=f"{part['spam']:,} / {part['judged']:,}",
                text=f"{part['per_mille'] / _TENTH:.1f} %",
                per_mille=part["per_mille"],
                low=part["low"],
                high=part["high"],
            )
        if part["traps"] is not None:
            of = "" if part["mails"] is None else f"{_about(part['traps'])} / {part['mails']:,}"
            yield Rate(label=pair("statement.rate.traps"), direction=arrow, of=of, text=_about(part["traps"]))
    for sending, receiving, left, arrived in _arrivals(statement):
        yield Rate(
            label=pair("statement.rate.arrivals"),
            direction=f"{sending} → {receiving}",
            of=f"{left:,} − {arrived:,}",
            text=f"{left - arrived:+,}",
        )


def compared(statement: Mapping[str, Any]) -> tuple[Compared, ...]:
    """Then and now; empty where nothing is compared."""
    return tuple(_compared(each) for each in statement.get("changes", ()))


def unknown(statement: Mapping[str, Any]) -> Iterator[Pair]:
    """What a side does not say, and why."""
    for side, _, part in _parts(statement):
        for name, reason in part["unknown"].items():
            yield pair(
                "statement.spam.unknown",
                side=side,
                what=pair(f"statement.spam.what.{name}"),
                reason=pair(f"statement.unknown-because.{reason}"),
            )


def sentences(statement: Mapping[str, Any]) -> Iterator[Pair]:
    """All of it in words, each number with how it is known."""
    for side, about, part in _parts(statement):
        if part["spam"] is not None:
            shares = {
                key: part[name] / _TENTH for key, name in (("share", "per_mille"), ("low", "low"), ("high", "high"))
            }
            yield pair(
                "statement.spam.share", side=side, about=about, spam=part["spam"], judged=part["judged"], **shares
            )
        if part["traps"] is not None:
            yield pair("statement.spam.traps", side=side, about=about, traps=part["traps"])
    yield from unknown(statement)
    for sending, receiving, left, arrived in _arrivals(statement):
        yield pair(
            "statement.spam.arrivals",
            sending=sending,
            receiving=receiving,
            left=left,
            arrived=arrived,
            difference=left - arrived,
        )
    said = baseline(statement)
    if said is not None:
        yield said
    for each in compared(statement):
        yield each.said


def baseline(statement: Mapping[str, Any]) -> Pair | None:
    """With which statement it is compared."""
    earlier = statement.get("baseline")
    if earlier is None:
        return None
    return pair("statement.baseline", period=str(earlier["period"]), parties=named(statement["parties"]))


def _parts(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    one, other = statement["parties"]
    for side, about in ((one, other), (other, one)):
        part = statement.get("measured", {}).get(side, {}).get(SPAM)
        if part is not None:
            yield side, about, part


def _arrivals(statement: Mapping[str, Any]) -> list[tuple[str, str, int, int]]:
    return list(arrivals(statement.get("measured", {}), statement["parties"]))


def _about(number: int) -> str:
    return f"≈ {number:,}" if number else "0"


def _compared(each: Mapping[str, Any]) -> Compared:
    names = {"side": each["side"], "about": each["about"]}
    key, label = each["key"], pair(f"statement.compared.{each['key']}")
    arrow = f"{each['about']} → {each['side']}"
    if each["why"] is not None:
        reason = pair(f"statement.unknown-because.{each['why']}")
        said = pair("statement.change.unsaid", what=label, reason=reason, **names)
        return Compared(label=label, direction=arrow, before="—", now="—", change="—", way=None, word=reason, said=said)
    way = pair(f"statement.way.{each['way']}")
    if key == "spam":
        shares = {name: each[name] / _TENTH for name in ("before", "now", "points", "low", "high")}
        return Compared(
            label=label,
            direction=arrow,
            before=f"{shares['before']:.1f} %",
            now=f"{shares['now']:.1f} %",
            change=f"{shares['points']:+.1f} ({shares['low']:+.1f} … {shares['high']:+.1f})".replace("-", "−"),
            way=each["way"],
            word=way,
            said=pair("statement.change.spam", way=way, **names, **shares),
        )
    low, high = (f"{each[name] / 1000:.2f}" if each[name] is not None else "∞" for name in ("low", "high"))
    return Compared(
        label=label,
        direction=arrow,
        before=f"{each['before']:,}",
        now=f"{each['now']:,}",
        change=f"× {low} … {high}",
        way=each["way"],
        word=way,
        said=pair(
            "statement.change.traps", way=way, before=each["before"], now=each["now"], low=low, high=high, **names
        ),
    )
