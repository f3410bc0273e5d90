"""The page ``docs/life-cycle.md``, written from the table so that it cannot lie.

Answers:    ``page()`` gives the text; ``script/docs`` writes it, a test compares.
"""

from typing import Final

from comity.cases.lifecycle import BY_ITSELF, LIFE, diagram
from comity.formats.life_cycle import meanings, states_and_acts
from comity.model.desk import Act, CaseState

_HEAD: Final = """\
# The life cycle of a case

Written by `script/docs` from `src/comity/cases/lifecycle/__init__.py`; a test checks that it is current.

A case holds all evidence on one customer, address or domain of ours, or the letters of one person about one thing. A person
acts with `comity case act CASE ACT`, `comity case close` and `comity case merge`; acts in *italics* happen by themselves. Why
evidence brings a closed case back, or opens a new one: [decisions/0010](decisions/0010-relapse.md).
"""

_STATES: Final = {
    CaseState.NEW: "nobody has looked at it",
    CaseState.UNDECIDED: "it could be two customers': a person must say whose it is",
    CaseState.OPEN: "somebody works on it",
    CaseState.WAITING: "for an answer, or for a day; more of the same changes nothing",
    CaseState.CLOSED: "done; news of what happened before is filed and changes nothing",
    CaseState.MERGED: "it went into another case; what comes for it goes there",
}

_ACTS: Final = {
    Act.EVIDENCE: "another report, or letter, came",
    Act.RETURN: "it went on soon after it was closed",
    Act.DUE: "the day came for which it waited",
    Act.TAKE: "somebody begins to work on it",
    Act.WAIT: "for an answer, `--until` a day",
    Act.ASSIGN: "says whose it is: it goes into that customer's case",
    Act.CLOSE: "it is done",
    Act.REOPEN: "it was not done after all",
    Act.MERGE: "puts it into another case",
    Act.UNMERGE: "takes it out again",
    Act.NOTE: "writes something down",
}


def page() -> str:
    """The text."""
    states = meanings(("state", "what it means"), _STATES, CaseState)
    acts = meanings(("act", "what it says"), _ACTS, Act)
    table = states_and_acts(LIFE, BY_ITSELF)
    return "\n".join((_HEAD, "```mermaid", diagram() + "```", "", *states, "", *table, "", *acts)) + "\n"
