"""Decide whether what is left of leaves that are gone may be taken away: parts of the tree behind the last leaf, and payloads.

Trust:      they may be what a lost end left behind, or anybody's; both are told apart by what others have seen.
Answers:    ``check(channel, nodes, ask=..., is_known=...)`` raises ``ComityError`` where somebody may have seen other leaves there
            than will be written next.
Limits:     of a ledger of ours a peer tells how much it has, and the file of heads how much was signed (what it knows of a longer
            one was looked at before); what third parties were shown is known to nobody. A copy is held against its writer's ledger.
"""

from collections.abc import Mapping
from typing import Final

from comity.ledger import tree
from comity.model.entry import Channel
from comity.model.outcomes import ComityError, Outcome
from comity.services.prove.repairing import answers
from comity.services.prove.repairing.rows import Ask

_MOST_ASKED: Final = 64  # what a lost end leaves behind needs twice as many as its size has digits


def check(channel: Channel, nodes: Mapping[tree.Node, bytes], *, ask: Ask | None, is_known: bool) -> None:
    """Whether the rows behind the end of this channel may go; ``is_known``: the file of heads knows its end, and no longer one."""
    if channel.is_copy:
        is_fine = ask is not None and _are_theirs(channel, nodes, ask)
    else:
        is_fine = is_known if ask is None else answers.number(ask("head", ()), "size") <= channel.size
    if not is_fine:
        raise ComityError(
            "heal-surplus",
            f"rows stand behind the first {channel.size} leaves of {channel.origin}, and nobody says of what they were",
            outcome=Outcome.BAD_INPUT,
            place=channel.origin,
            details={"origin": channel.origin, "stands": channel.size},
        )


def _are_theirs(channel: Channel, nodes: Mapping[tree.Node, bytes], ask: Ask) -> bool:
    """Whether the writer of a copy has the same there, or nothing: then it gives the same, or something that is nobody's yet."""
    size = answers.number(ask("head", ()), "size")
    there = {place: digest for place, digest in nodes.items() if tree.is_within(place, size)}
    highest = [(level, position) for level, position in there if (level + 1, position >> 1) not in there]
    if len(highest) > _MOST_ASKED:
        return False
    return all(
        answers.root(ask, position << level, (position + 1) << level) == there[level, position]
        for level, position in highest
    )
