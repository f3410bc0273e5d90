"""Of a statement that was checked no more than a page shows.

Trust:      the file was a stranger's, and may hold a million of anything: all that is taken out of it here is bounded or counted.
Answers:    ``shown(checked)`` gives ``Shown``; of a statement that fails only its first faults.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from comity.services.prove.stating.checking import Checked, Fault, Proved

NUMBERS: Final = 500
FAULTS: Final = 50  # and as many differences


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the page says."""

    faults: tuple[Fault, ...]
    more_faults: int
    signers: tuple[str, ...] = ()
    period: str = ""
    days: int = 0
    heads: int = 0
    cosigned_heads: int = 0
    values: int = 0  # numbers that are not withheld
    numbers: tuple[Proved, ...] = ()
    more_numbers: int = 0
    differences: tuple[Mapping[str, Any], ...] = ()  # numbers that the two ledgers do not have alike
    is_measured: bool = False


def shown(checked: Checked) -> Shown:
    """Of one that was checked."""
    faults, statement = checked.faults, checked.statement
    if faults or statement is None:
        return Shown(faults=faults[:FAULTS], more_faults=max(len(faults) - FAULTS, 0))
    return Shown(
        faults=(),
        more_faults=0,
        signers=checked.signers,
        period=str(statement["period"]),
        days=checked.days,
        heads=checked.heads,
        cosigned_heads=checked.cosigned_heads,
        values=sum(each.value is not None for each in checked.proved),
        numbers=checked.proved[:NUMBERS],
        more_numbers=max(len(checked.proved) - NUMBERS, 0),
        differences=tuple(statement["differences"][:FAULTS]),
        is_measured=bool(statement.get("measured")),
    )
