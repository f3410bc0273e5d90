"""What happens in one run, drawn from a seed: how many networks, which faults at all, and the steps in their order.

Answers:    ``draw(seed)`` gives a ``Plan``. Each step carries the chance of its own, so that steps can be taken out of a plan
            without changing what the others do: that is how a failing plan is made smaller.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

_PAUSES: Final = (1, 20, 150, 1000, 7200, 90_000)  # seconds
_PAUSE_WEIGHTS: Final = (1, 2, 8, 5, 2, 1)
_WORK: Final = {
    "complain": 22, "take_back": 4, "everything": 26, "all": 4, "deliver": 2, "work": 2, "decide": 2, "send": 2, "give": 3,
    "live": 2, "observe": 1, "answer": 3, "close": 2,
}  # fmt: skip
_FAULTS: Final = {
    "power": 3, "clock": 7, "fill": 5, "part": 3, "stale": 4, "lie": 5,
}  # fmt: skip
_BUSY: Final = 2
_RATES: Final = (0.0, 0.02, 0.05, 0.15)
_FEWEST, _MOST = 12, 45


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happens: where, to whom, how long after the one before, and what decides about its details."""

    kind: str
    node: int
    other: int
    pause: int
    chance: int

    def __str__(self) -> str:
        """As it stands in a trace."""
        return f"+{self.pause}s {self.kind} n{self.node}->n{self.other} ({self.chance})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One run."""

    seed: int
    nodes: int
    crashes: float  # how likely a process ends before or after anything that it does
    losses: float  # how likely a posting, or its answer, is lost
    refusals: float  # how likely a mail host does not take a mail, or takes it and nobody hears that
    steps: tuple[Step, ...]


def draw(seed: int) -> Plan:
    """The plan of a seed. Not every fault is in every plan: some things happen only where nothing else goes wrong."""
    rng = Random(f"comity {seed}")  # noqa: S311 - faults, not secrets
    nodes = rng.choices((2, 3, 4, 5), (14, 4, 1, 1))[0]
    faults = {each: weight for each, weight in _FAULTS.items() if rng.random() < 0.6}
    weights = _WORK | faults
    kinds = rng.choices(list(weights), list(weights.values()), k=rng.randrange(_FEWEST, _MOST))
    crashes, losses, refusals = rng.choices(_RATES, k=3)
    return Plan(
        seed=seed,
        nodes=nodes,
        crashes=crashes,
        losses=2 * losses,
        refusals=2 * refusals,
        steps=tuple(_step(rng, each, nodes) for each in kinds),
    )


def _step(rng: Random, kind: str, nodes: int) -> Step:
    node = rng.choices(range(nodes), [_BUSY] + [1] * (nodes - 1))[
        0
    ]  # much between few finds more than little between many
    other = (node + rng.choices(range(1, nodes), [_BUSY] + [1] * (nodes - 2))[0]) % nodes
    pause = rng.choices(_PAUSES, _PAUSE_WEIGHTS)[0]
    return Step(kind=kind, node=node, other=other, pause=pause, chance=rng.randrange(1 << 32))
