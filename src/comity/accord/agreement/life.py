"""The life of a version of an agreement: which act leads where, and where it stands at a moment.

Standards:  HABITS: a life cycle is a table. What comes with time (begin, lapse, expire, amend) has its moment in the documents, so
            that both sides say the same of any moment, and nobody has to run anything for it.
Answers:    ``LIFE`` and ``next_state``; ``standing(paper, later, now)`` gives the state; ``in_force(papers, now)`` the version
            that holds; ``newest(papers, now)`` the last one both signed, ``diagram()`` the table as a drawing.
Limits:     an act that does not fit where the version stands changes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from comity.model.agreement_document import AGREED, IN_FORCE, AgreementAct, AgreementPaper, AgreementState

_P, _A, _I, _G = AgreementState.PROPOSED, AgreementState.ACCEPTED, AgreementState.IN_FORCE, AgreementState.ENDING
_M, _E, _R, _X, _F = (
    AgreementState.AMENDED,
    AgreementState.ENDED,
    AgreementState.REJECTED,
    AgreementState.EXPIRED,
    AgreementState.FORKED,
)
_Act = AgreementAct

LIFE: Final[Mapping[AgreementState, Mapping[AgreementAct, AgreementState]]] = {
    _P: {_Act.ACCEPT: _A, _Act.REJECT: _R, _Act.EXPIRE: _X, _Act.FORK: _F},
    _A: {_Act.BEGIN: _I, _Act.AMEND: _M, _Act.EXPIRE: _E},
    _I: {_Act.AMEND: _M, _Act.END: _G, _Act.EXPIRE: _E},
    _G: {_Act.AMEND: _M, _Act.LAPSE: _E, _Act.EXPIRE: _E},
    _M: {},
    _E: {},
    _R: {},
    _X: {},
    _F: {},
}
BY_ITSELF: Final = (_Act.BEGIN, _Act.AMEND, _Act.LAPSE, _Act.EXPIRE)
# Where two fall on the same second.
_ORDER: Final = {
    each: place
    for place, each in enumerate(
        (_Act.FORK, _Act.ACCEPT, _Act.REJECT, _Act.BEGIN, _Act.END, _Act.AMEND, _Act.LAPSE, _Act.EXPIRE)
    )
}


def next_state(state: AgreementState, act: AgreementAct) -> AgreementState | None:
    """Where an act leads; None where it does not fit.

    >>> next_state(AgreementState.PROPOSED, AgreementAct.ACCEPT), next_state(AgreementState.REJECTED, AgreementAct.ACCEPT)
    (<AgreementState.ACCEPTED: 'accepted'>, None)
    """
    return LIFE[state].get(act)


def standing(paper: AgreementPaper, papers: Sequence[AgreementPaper], now: datetime) -> AgreementState:
    """Where a version stands at a moment; ``papers`` are all of this peer, among which may be the next version."""
    state = AgreementState.PROPOSED
    for at, act in sorted(_moments(paper, papers), key=lambda each: (each[0], _ORDER[each[1]])):
        if at <= now:
            state = next_state(state, act) or state
    return state


def begins_at(paper: AgreementPaper) -> datetime | None:
    """From when on it holds; None where it was not accepted."""
    accepted = next((each.at for each in paper.events if each.act is AgreementAct.ACCEPT), None)
    if accepted is None:
        return None
    begins = paper.document.begins
    return accepted if begins is None else max(accepted, moment(begins))


def ends_at(paper: AgreementPaper) -> datetime | None:
    """When it ends by what is known now; None where no end is in sight."""
    ends = [each.effective for each in paper.events if each.act is AgreementAct.END and each.effective is not None]
    if paper.document.ends is not None:
        ends.append(moment(paper.document.ends))
    return min(ends, default=None)


def in_force(papers: Sequence[AgreementPaper], now: datetime) -> AgreementPaper | None:
    """The version of one peer that holds at a moment."""
    found = [each for each in papers if standing(each, papers, now) in IN_FORCE]
    return max(found, key=lambda each: each.document.version, default=None)


def newest(papers: Sequence[AgreementPaper], now: datetime) -> AgreementPaper | None:
    """The last version that both sides signed, whatever became of it since."""
    found = [each for each in papers if standing(each, papers, now) in AGREED]
    return max(found, key=lambda each: each.document.version, default=None)


def moment(second: int) -> datetime:
    """A second of a document."""
    return datetime.fromtimestamp(second, UTC)


def _moments(paper: AgreementPaper, papers: Sequence[AgreementPaper]) -> Iterator[tuple[datetime, AgreementAct]]:
    document, begins = paper.document, begins_at(paper)
    for event in paper.events:
        if event.act is AgreementAct.END and event.effective is not None:
            first = event.at if begins is None else max(event.at, begins)  # notice may be given before it begins
            yield first, AgreementAct.END
            yield max(event.effective, first), AgreementAct.LAPSE
        elif event.act is not AgreementAct.PROPOSE:
            yield event.at, event.act
    if begins is None:
        yield moment(document.answer_by), AgreementAct.EXPIRE
        return
    yield begins, AgreementAct.BEGIN
    if document.ends is not None:
        yield moment(document.ends), AgreementAct.EXPIRE
    for other in papers:
        follows = begins_at(other)
        if other.document.previous == paper.digest and follows is not None:
            yield follows, AgreementAct.AMEND


def diagram() -> str:
    """The table as a drawing, in the language of Mermaid."""
    lines = ["stateDiagram-v2", f"    [*] --> {_name(_P)}: {AgreementAct.PROPOSE.value}"]
    for state, acts in LIFE.items():
        lines += [f"    {_name(state)} --> {_name(target)}: {act.value}" for act, target in acts.items()]
        if not acts:
            lines.append(f"    {_name(state)} --> [*]")
    return "\n".join(lines) + "\n"


def _name(state: AgreementState) -> str:
    return state.value.replace("-", "_")
