"""The shares of a joint statement as people read them: what follows from both ledgers, and what one side measured.

Trust:      names come out of the statement, which may be a stranger's: whoever shows them escapes them.
Answers:    ``derived(statement)`` and ``measured(statement)`` give rates, each with the reason where it is no share.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from comity.model import period as periods
from comity.web.pages.pairs import Pair, pair
from comity.web.pages.statement_compared import Rate

_PER_CENT: Final = 10_000  # of a million
_DAY_HOURS: Final = 24
_KINDS: Final = (
    "answered-in-time",
    "answered-late",
    "overdue",
    "answered",
    "silent",
    "taken-back",
    "reciprocity",
)


def derived(statement: Mapping[str, Any]) -> Iterator[Rate]:
    """The shares out of the first ledger; of the second one only those that it gives otherwise."""
    told: dict[tuple[object, ...], set[tuple[int, int]]] = {}
    for side, rows in statement["derived"].items():
        for each in sorted(rows, key=lambda row: _KINDS.index(row["key"])):
            before = told.setdefault((each["key"], *each["direction"]), set())
            if (each["part"], each["whole"]) in before:
                continue
            is_other = bool(before)
            before.add((each["part"], each["whole"]))
            label, why = _said_of(each, statement)
            yield Rate(
                label=label,
                why=why,
                direction=" → ".join(each["direction"]),
                of=f"{each['part']:,} / {each['whole']:,}" + (f" ({side})" if is_other else ""),
                text=_share(each),
                per_mille=each["per_mille"],
                low=each["low"],
                high=each["high"],
            )


def _share(each: Mapping[str, Any]) -> str:
    """The share; where more came than it could be a share of, how many."""
    if each["per_mille"] is not None:
        return f"{each['per_mille'] / 10:.1f} %"
    return f"{each['part']:,}" if each["part"] else "—"


def _said_of(each: Mapping[str, Any], statement: Mapping[str, Any]) -> tuple[Pair, Pair | None]:
    """What a share is called, and what it does not tell.

    Where answers are counted by hours nobody has counted what was overdue: what is unanswered may still be in time, and was
    for sure where the whole period is shorter than that.
    """
    key, hours = each["key"], statement["rules"].get("within_hours", ())
    if each["per_mille"] is None:
        beyond = each["part"] - each["whole"]
        return pair(f"statement.rate.{key}"), pair(
            "statement.share.beyond" if beyond > 0 else "statement.share.none", n=beyond
        )
    if key != "silent" or not hours:
        return pair(f"statement.rate.{key}"), None
    period = periods.read(str(statement["period"]))
    if period is not None and (period.last - period.first).days * _DAY_HOURS + _DAY_HOURS < min(hours):
        return pair("statement.rate.still-in-time"), pair("statement.share.still-in-time", hours=min(hours))
    return pair("statement.rate.silent"), pair("statement.share.silent", hours=max(hours))


def measured(statement: Mapping[str, Any]) -> Iterator[Rate]:
    """What a side measured by itself."""
    for side, parts in sorted(statement.get("measured", {}).items()):
        if (rate := parts.get("complaints-per-delivered-mail")) is not None:
            low, high = (f"{rate[name] / _PER_CENT:.3f}" for name in ("low", "high"))
            yield Rate(
                label=pair("statement.rate.complaints"),
                direction=side,
                of=f"{rate['complaints']:,} / {rate['inbox']:,}",
                text=f"{rate['per_million'] / _PER_CENT:.3f} % ({low} … {high})",
            )
        if (found := parts.get("infestations")) is not None:
            yield Rate(
                label=pair("statement.rate.infestations"),
                direction=side,
                of=f"{found['clean']:,} / {found['found']:,}",
                text=f"{found['per_mille'] / 10:.1f} %",
                per_mille=found["per_mille"],
                low=found["low"],
                high=found["high"],
            )
        if (effect := parts.get("effect-against-control")) is not None:
            low, high = (f"{effect[name] / 10:+.1f}" for name in ("low", "high"))
            yield Rate(
                label=pair("statement.rate.effect", days=effect["within_days"]),
                direction=side,
                of=f"{effect['new']:,} + {effect['usual']:,}",
                text=f"{effect['per_mille'] / 10:+.1f} ({low} … {high})",
            )
