"""The page ``docs/reference/enrolment.md``, written from the table so that it cannot lie.

Answers:    ``page()`` gives the text; ``script/docs`` writes it, a test compares.
"""

from collections.abc import Iterator
from typing import Final

from comity.feedback.enrolment import BY_ITSELF, LIFE, NOES
from comity.feedback.enrolment.claims import REFUSALS
from comity.formats.life_cycle import meanings, states_and_acts
from comity.model.consumer import ConsumerAct, ConsumerState

_HEAD: Final = """\
# The life cycle of an enrolment

Written by `script/docs` from `src/comity/feedback/enrolment/__init__.py`; a test checks that it is current.

A consumer is a network that gets reports from us without an agreement that both signed. A person acts with
`comity consumer ACT NAME`; acts in *italics* happen by themselves. How it is done: [how-to/enrolment.md](../how-to/enrolment.md).
"""

_STATES: Final = {
    ConsumerState.APPLIED: "what it claims is written down; proof is wanted, for 30 days",
    ConsumerState.PROVED: "the mailbox and at least one network or domain are proved; a person decides",
    ConsumerState.TRIAL: "few reports a day, at tier T1: nothing that differs per recipient",
    ConsumerState.ENROLLED: "reports at tier T2: its own identifiers, recipients as tokens",
    ConsumerState.LAPSED: "the proof of the mailbox, or of everything else, ran out: nothing leaves",
    ConsumerState.SUSPENDED: "its mailbox refused reports, or a person stopped it: nothing leaves",
    ConsumerState.REFUSED: "a no, with its reason; it may apply again",
    ConsumerState.LEFT: "it left; it may apply again",
}

_ACTS: Final = {
    ConsumerAct.APPLY: "names a mailbox, networks and DKIM domains",
    ConsumerAct.PROVE: "enough is proved",
    ConsumerAct.ACCEPT: "lets reports leave, on trial",
    ConsumerAct.CONFIRM: "ends the trial",
    ConsumerAct.LAPSE: "a proof that is needed ran out",
    ConsumerAct.SUSPEND: "stops reports; by itself where they bounce",
    ConsumerAct.RESUME: "lets them leave again, on trial",
    ConsumerAct.REFUSE: "says no; by itself after 30 days without proof",
    ConsumerAct.LEAVE: "ends it in one step",
}


def page() -> str:
    """The text."""
    reasons = ", ".join(f"`{each}`" for each in sorted(REFUSALS))
    told = f"Why an application is refused at once, by name: {reasons}. Why a person refuses or suspends: "
    told += ", ".join(f"`{each}`" for each in NOES) + "; beside it stand her words."
    states = meanings(("state", "what it means"), _STATES, ConsumerState)
    acts = meanings(("act", "what it does"), _ACTS, ConsumerAct)
    table = states_and_acts(LIFE, BY_ITSELF)
    return "\n".join((_HEAD, "```mermaid", *_diagram(), "```", "", *states, "", *table, "", *acts, "", told)) + "\n"


def _diagram() -> Iterator[str]:
    yield "stateDiagram-v2"
    yield "    [*] --> applied: apply"
    for state, acts in LIFE.items():
        for act, target in acts.items():
            yield f"    {state.value} --> {target.value}: {act.value}"
