"""Report cards in their public form, and in words.

Trust:      nothing on them names anybody who complained.
"""

from collections.abc import Callable
from datetime import timedelta

from comity.services.complain.cards.making import Card


def card_form(card: Card) -> dict[str, object]:
    """One card."""
    return {
        "party": card.party,
        "since": card.since.isoformat(),
        "until": card.until.isoformat(),
        "complaints": card.complaints,
        "inbox": card.inbox,
        "junk": card.junk,
        "rate": card.rate,
        "low": card.low,
        "high": card.high,
        "mark": card.mark.value,
        "signed": card.signed,
        "campaigns": [
            {
                "campaign": each.campaign,
                "party": each.party,
                "complaints": each.complaints,
                "first": each.first.isoformat(),
                "last": each.last.isoformat(),
                "resolved": each.is_resolved,
                "report": each.report_name,
            }
            for each in card.campaigns
        ],
        "refused": dict(sorted(card.refused.items())),
    }


def card_lines(card: Card, say: Callable[..., str]) -> list[str]:
    """The same in words."""
    who = say("card.everybody") if card.party is None else card.party
    last = card.until - timedelta(microseconds=1)  # the day that has just begun is not counted
    lines = [say("card.head", party=who, since=f"{card.since:%Y-%m-%d}", until=f"{last:%Y-%m-%d}")]
    if card.complaints is None:
        lines.append(say("card.few"))
    else:
        lines.append(say("card.complaints", n=card.complaints, signed=card.signed or 0))
    lines.append(say("card.delivered", inbox=card.inbox, junk=card.junk))
    if card.rate is not None and card.low is not None and card.high is not None:
        shown = {
            name: f"{100 * value:.3f}" for name, value in (("rate", card.rate), ("low", card.low), ("high", card.high))
        }
        lines.append(say("card.rate", **shown))
    if card.complaints is not None:
        lines.append(say(f"card.mark.{card.mark.value}"))
    if card.campaigns:
        lines.append(say("card.campaigns"))
    for each in card.campaigns:
        done = say("card.resolved") if each.is_resolved else ""
        lines.append(
            "  "
            + say(
                "card.campaign",
                n=each.complaints,
                party=each.party,
                first=f"{each.first:%Y-%m-%d %H:%M}",
                last=f"{each.last:%Y-%m-%d %H:%M}",
                report=each.report_name or "-",
                done=done,
            )
        )
    return lines
