"""Have a person see the letters that came to us and report nothing: "is this genuine?", "please stop".

Trust:      whoever writes is a stranger, and anybody can write the number of a case: it is shown beside that case, and nothing
            is done on it: no state, no answer, no playbook.
Standards:  docs/decisions/0088-a-plain-letter-waits-for-a-person.md.
Answers:    ``arrived(batch, ingested, records, now=now)`` puts the letters of a batch before a person; ``see(rows, ids, ...)``
            says that one was there.
Limits:     of one writer ``A_WRITER`` a day stand by themselves, of each case ``A_CASE``, of all that name no case ``A_DAY``;
            what comes beyond that is counted on the last one. It is stored like any item.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final, Protocol

from comity.model.outcomes import ComityError, Outcome
from comity.model.record import record
from comity.remediation.notice import reference
from comity.services.receive.planning import Fate, Ingested
from comity.services.receive.prepare import Prepared

NAMES_CASE: Final = "why.letter-names-case"  # of an item that stands in a case because it names it
A_WRITER: Final = 5
A_CASE: Final = 20
A_DAY: Final = 200


@record
class WaitingLetter:
    """One that nobody has seen yet."""

    raw_id: int
    gate: str
    name: str
    writer: str  # a token, by which those of one writer are counted
    case_id: str | None  # which case it names; unproven
    at: datetime


class ArrivedRows(Protocol):
    """Rows of letters that wait."""

    def since(self, begin: datetime) -> list[WaitingLetter]:
        """Those that came since then and wait, oldest first."""

    def add(self, each: WaitingLetter) -> None:
        """A new one."""

    def count_more(self, more: Mapping[int, int]) -> None:
        """So many more came and stand behind these."""

    def see(self, letter_ids: Sequence[int], *, by: str, at: datetime) -> int:
        """Somebody has seen these; how many of them waited."""


def arrived(batch: Sequence[Prepared], ingested: Sequence[Ingested], records: Any, *, now: datetime) -> None:
    """Put the letters of a batch before a person."""
    fresh = [
        each
        for each, done in zip(batch, ingested, strict=True)
        if each.numbers is not None and done.fate is Fate.STORED and each.delivery.envelope_from != ""
    ]
    if not fresh:
        return
    known = records.intake.known_raw([each.digest for each in fresh])
    cases = _named(fresh, records)
    rows: ArrivedRows = records.arrived
    standing = rows.since(now.replace(hour=0, minute=0, second=0, microsecond=0))
    more: dict[int, int] = {}
    for each in fresh:
        made = WaitingLetter(
            raw_id=known[each.digest].raw_id,
            gate=each.delivery.gate,
            name=each.delivery.name,
            writer=_writer(each),
            case_id=next((cases[number] for number in each.numbers or () if number in cases), None),
            at=now,
        )
        behind = _full(made, standing)
        if behind is not None:
            more[behind.raw_id] = more.get(behind.raw_id, 0) + 1
            continue
        standing.append(made)
        rows.add(made)
    if more:
        rows.count_more(more)


def see(rows: ArrivedRows, letter_ids: Sequence[int], *, by: str, now: datetime) -> int:
    """A person has seen these; how many of them waited."""
    seen = rows.see(letter_ids, by=by, at=now)
    if not seen:
        text = ", ".join(map(str, letter_ids))
        raise ComityError("arrived-unknown", f"letter {text}", outcome=Outcome.UNKNOWN, details={"text": text})
    return seen


def _full(made: WaitingLetter, standing: Collection[WaitingLetter]) -> WaitingLetter | None:
    """The last of those that it would be one too many of; None where there is room."""
    same = [each for each in standing if each.writer == made.writer]
    if len(same) >= A_WRITER:
        return same[-1]
    beside = [each for each in standing if each.case_id == made.case_id]
    return beside[-1] if len(beside) >= (A_DAY if made.case_id is None else A_CASE) else None


def _writer(prepared: Prepared) -> str:
    said = (prepared.facts.carried_from if prepared.facts is not None else None) or ""
    return blake2b(said.lower().encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _named(letters: Iterable[Prepared], records: Any) -> dict[str, str]:
    """Which of the numbers in letters is one of ours, and of which case."""
    numbers = list(dict.fromkeys(number for each in letters for number in each.numbers or ()))
    found = {number: number for number in records.cases.by_id(numbers)} if numbers else {}
    for number in numbers:
        if number not in found and reference.read(number) == number:
            notice = records.notices.find(number)
            if notice is not None and notice.case_id is not None:
                found[number] = notice.case_id
    return found
