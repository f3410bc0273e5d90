"""The life cycle of a case: which act leads from which state to which.

Answers:    ``LIFE`` is the table; ``next_state(state, act)`` looks it up, None where the act does not fit; ``diagram()`` draws it.
Limits:     who may act, and what else an act does (a merge moves numbers), is not decided here.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from comity.model.desk import Act, CaseState

_N, _U, _O, _W, _C, _M = (
    CaseState.NEW,
    CaseState.UNDECIDED,
    CaseState.OPEN,
    CaseState.WAITING,
    CaseState.CLOSED,
    CaseState.MERGED,
)

LIFE: Final[Mapping[CaseState, Mapping[Act, CaseState]]] = {
    _N: {
        Act.EVIDENCE: _N,
        Act.TAKE: _O,
        Act.WAIT: _W,
        Act.CLOSE: _C,
        Act.MERGE: _M,
        Act.NOTE: _N,
    },
    _U: {
        Act.EVIDENCE: _U,
        Act.ASSIGN: _M,  # into the case of whoever it is
        Act.CLOSE: _C,
        Act.MERGE: _M,
        Act.NOTE: _U,
    },
    _O: {
        Act.EVIDENCE: _O,
        Act.WAIT: _W,
        Act.CLOSE: _C,
        Act.MERGE: _M,
        Act.NOTE: _O,
    },
    _W: {
        Act.EVIDENCE: _W,  # more of the same is no answer
        Act.DUE: _O,
        Act.TAKE: _O,
        Act.WAIT: _W,  # for another day
        Act.CLOSE: _C,
        Act.MERGE: _M,
        Act.NOTE: _W,
    },
    _C: {
        Act.EVIDENCE: _C,  # of something that happened before: late news
        Act.RETURN: _N,
        Act.REOPEN: _O,
        Act.NOTE: _C,
    },
    _M: {
        Act.UNMERGE: _O,
        Act.NOTE: _M,
    },
}

# What happens to a case without anybody asking for it.
BY_ITSELF: Final = (Act.EVIDENCE, Act.RETURN, Act.DUE)

# What a person asks for by name, without another case or customer to go with it.
PLAIN_ACTS: Final = (Act.TAKE, Act.WAIT, Act.REOPEN, Act.UNMERGE, Act.NOTE)


def next_state(state: CaseState, act: Act) -> CaseState | None:
    """Where an act leads.

    >>> next_state(CaseState.NEW, Act.TAKE)
    <CaseState.OPEN: 'open'>
    """
    return LIFE[state].get(act)


def diagram() -> str:
    """The table as a drawing, in the language of Mermaid; acts that change nothing are left out."""
    return "\n".join(["stateDiagram-v2", *_arrows()]) + "\n"


def _arrows() -> Iterator[str]:
    yield f"    [*] --> {_N.value}: whose it is, is known"
    yield f"    [*] --> {_U.value}: it could be two customers'"
    for state, acts in LIFE.items():
        targets: dict[CaseState, list[str]] = {}
        for act, target in acts.items():
            if target is not state:
                targets.setdefault(target, []).append(act.value)
        for target, names in targets.items():
            yield f"    {state.value} --> {target.value}: {', '.join(names)}"
    yield f"    {_C.value} --> [*]: a relapse opens a new case"
