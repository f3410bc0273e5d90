"""What people say that the filter may learn, and what became of it.

Answers:    ``SampleState``, ``VersionKind``; ``HELD_BACK``: why a sample does not teach; ``TAKEN_OUT``: why one teaches no more;
            ``CALLED``: under which name, among the facts about a sample, stands what the filter called its mail at delivery.
"""

from enum import StrEnum
from typing import Final


class SampleState(StrEnum):
    """Where one sample is."""

    WAITING = "waiting"  # its time has not come
    ADMITTED = "admitted"  # the next model learns it
    REFUSED = "refused"  # it does not teach; the reason has a name
    TRAINED = "trained"  # a model learnt it, and it can be taken out again
    SETTLED = "settled"  # learnt for good: its mail is not kept any longer
    RETRACTED = "retracted"  # taken out, or back before it taught


class VersionKind(StrEnum):
    """Why there is a new model."""

    FIRST = "first"  # what was there when people began to teach
    PEOPLE = "people"  # it learnt what people said
    OPERATOR = "operator"  # comity learn
    IMPORTED = "imported"  # another file took its place
    RETRACTED = "retracted"  # samples were taken out
    ROLLED_BACK = "rolled-back"  # an earlier one again
    SETTLED = "settled"  # old samples can be taken out no more


# Beside the noes of comity.verdict.admission.
WORSENS: Final = "worsens"  # with it, the filter is worse on the operator's own examples
DROPPED: Final = "bytes-dropped"  # its mail is not kept any longer
UNSAID: Final = "nobody"  # nobody knows in whose mailbox it was
BY_OPERATOR: Final = "by-operator"  # a person of ours: at the desk, or by comity learn retract
HELD_BACK: Final = frozenset(
    {
        "not-delivered", "said-before", "reporter-cap", "cohort-cap", "peer-cap", "outweighed", "lonely",
        WORSENS, DROPPED, UNSAID, BY_OPERATOR,
    }
)  # fmt: skip

TAKEN_BACK: Final = "taken-back"  # the same mailbox said the opposite
FORGOTTEN: Final = "forgotten"  # the same mailbox asked to forget it
TAKEN_OUT: Final = frozenset({TAKEN_BACK, FORGOTTEN, BY_OPERATOR})

CALLED: Final = "called"  # no result of SPF, DKIM, DMARC or ARC, and nothing that the filter learns
