"""The page ``docs/reference/life-cycles.md``: agreements and recourse, written from their tables so that it cannot lie.

Answers:    ``page()`` gives the text; ``script/docs`` writes it, a test compares.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from comity.accord import recourse
from comity.accord.agreement import life
from comity.formats.life_cycle import meanings, states_and_acts
from comity.model.agreement_document import AgreementAct, AgreementState
from comity.model.recourse import RecourseAct, RecourseState

_HEAD: Final = """\
# The life cycles of an agreement and of recourse

Written by `script/docs` from `src/comity/accord/agreement/life.py` and `src/comity/accord/recourse.py`; a test checks that it is
current. The life cycle of a case has [its own page](../life-cycle.md). Acts in *italics* happen by themselves, at the moment that
the document names.
"""

_AGREEMENT: Final = """\
## One version of an agreement

Acted on with `comity agreement propose`, `accept`, `reject`, `amend` and `end`; how: [agreements](../how-to/agreements.md).
"""

_RECOURSE: Final = """\
## Recourse

Whoever is listed, limited, blocked, reported or shown less asks with the reference that was given, or by proof that the subject is
theirs. A person answers by a day (`comity recourse answer`); a second person gives the last answer.
"""

_STATES: Final[Mapping[StrEnum, str]] = {
    AgreementState.PROPOSED: "one side signed it, and the other has until a day to answer",
    AgreementState.ACCEPTED: "both signed; it has not begun",
    AgreementState.IN_FORCE: "it rules what leaves and what is taken",
    AgreementState.ENDING: "in force; one side gave notice",
    AgreementState.AMENDED: "a newer version took its place",
    AgreementState.ENDED: "nothing leaves under it; it stays as proof",
    AgreementState.REJECTED: "refused, or taken back",
    AgreementState.EXPIRED: "nobody answered in time",
    AgreementState.FORKED: "its signer had signed another one under the same number: kept as evidence",
    RecourseState.OPEN: "nobody has asked",
    RecourseState.ASKED: "why was told",
    RecourseState.ARGUED: "the other side said why it is wrong: a person owes an answer by a day",
    RecourseState.GRANTED: "the consequence is lifted",
    RecourseState.REFUSED: "with reasons; it can be escalated once",
    RecourseState.ESCALATED: "a second person owes the last answer by a day",
    RecourseState.CLOSED: "nothing more is owed",
}

Life = Mapping[Any, Mapping[Any, Any]]


def page() -> str:
    """The text."""
    parts = [
        _HEAD,
        _AGREEMENT,
        *_drawn(life.LIFE, AgreementState.PROPOSED, AgreementAct.PROPOSE, by_itself=life.BY_ITSELF),
    ]
    parts += [_RECOURSE, *_drawn(recourse.LIFE, RecourseState.OPEN, None, by_itself=(RecourseAct.END,))]
    return "\n".join(parts)


def _drawn(table: Life, first: StrEnum, act: StrEnum | None, *, by_itself: tuple[StrEnum, ...]) -> Iterator[str]:
    yield "```mermaid"
    yield "\n".join(_diagram(table, first, act))
    yield "```\n"
    yield from meanings(("state", "what it means"), _STATES, table)
    yield ""
    yield from states_and_acts(table, by_itself)
    yield ""


def _diagram(table: Life, first: StrEnum, act: StrEnum | None) -> Iterator[str]:
    yield "stateDiagram-v2"
    yield f"    [*] --> {_name(first)}" + (f": {act.value}" if act else "")
    for state, acts in table.items():
        for each, target in acts.items():
            if target is not state:
                yield f"    {_name(state)} --> {_name(target)}: {each.value}"
        if all(target is state for target in acts.values()):
            yield f"    {_name(state)} --> [*]"


def _name(state: StrEnum) -> str:
    return state.value.replace("-", "_")
