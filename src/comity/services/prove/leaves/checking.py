"""Find what is wrong with each leaf of a posting: every one that does not fit, by its place, not the first alone.

Trust:      leaves are a peer's claims. What is wrong with the posting as a whole (signatures, sizes, roots, clocks) is not
            looked at here: such a posting is refused whole.
Standards:  TRUST 4: schema, time window, duplicate ids; an outcome cites its report, a retraction one that stands.
Answers:    ``Leaves``: what was read so far, and ``wrong``, the fault of each leaf that is refused.
Limits:     a leaf that is wrong is looked at no further, and nothing behind it may build on it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from comity.ledger import leaf, schema
from comity.ledger.posting import Beside
from comity.model.entry import Channel
from comity.services.prove.leaves.rows import HistoryRows

CLOCK_SECONDS: Final = 300  # how far two clocks may be apart
Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """Why a leaf is refused, by a word that both sides have, and what of it."""

    code: str
    detail: str | None = None


@dataclass(slots=True)
class Leaves:
    """The leaves of one posting, by their places in the channel."""

    records: dict[int, Record] = field(default_factory=dict)  # those that could be read
    wrong: dict[int, Wrong] = field(default_factory=dict)

    def refuse(self, place: int, code: str, detail: str | None = None) -> None:
        """This leaf is refused; the first reason stands."""
        self.wrong.setdefault(place, Wrong(code=code, detail=detail))

    def sound(self) -> Iterator[tuple[int, Record]]:
        """Those that nothing is wrong with so far, in order."""
        return ((place, record) for place, record in self.records.items() if place not in self.wrong)


def read(data: Sequence[bytes], start: int) -> Leaves:
    """Read leaves, the first of which has this place."""
    found = Leaves()
    for place, each in enumerate(data, start):
        record = leaf.read(each)
        if record is None:
            found.refuse(place, "leaf-malformed")
            continue
        found.records[place] = record
        wrong = schema.fault(record)
        if wrong is not None:
            found.refuse(place, "leaf-field", wrong)
    return found


def check_times(leaves: Leaves, second_over: Callable[[int], int]) -> None:
    """Every leaf was submitted within 300 s of the first head over it; that head's second is given by the leaf's place."""
    for place, record in leaves.sound():
        second = second_over(place)
        if abs(record["submitted"] - second) > CLOCK_SECONDS:
            leaves.refuse(place, "submitted-not-in-time")
        elif record["observed"] is not None and record["observed"] > second + CLOCK_SECONDS:
            leaves.refuse(place, "observed-ahead")


def payloads(leaves: Leaves, beside: Sequence[Beside]) -> dict[int, tuple[bytes, bytes]]:
    """What travels beside the leaves, where it is what they commit to."""
    found: dict[int, tuple[bytes, bytes]] = {}
    for each in beside:
        said = leaves.records.get(each.position, {}).get("payload_commit")
        if said == leaf.commitment(each.salt, each.payload):
            found[each.position] = (each.salt, each.payload)
        else:
            leaves.refuse(each.position, "payload-differs")
    return found


def check_names(leaves: Leaves, history: HistoryRows, channel: Channel) -> bool:
    """No id stands twice; what is taken back or answered is there. False where a name stands here of a leaf that is gone."""
    sound = dict(leaves.sound())
    named = history.named([channel.channel_id], [record["id"] for record in sound.values()])
    there = {each.name: each.position for each in named if each.position is not None}
    for place, record in sound.items():
        if record["id"] in there:
            leaves.refuse(place, "id-twice", record["id"])
        there.setdefault(record["id"], -1)
    _check_retractions(leaves, history, channel)
    _check_answers(leaves, history, channel)
    return all(place < channel.size for place in there.values())


def _check_retractions(leaves: Leaves, history: HistoryRows, channel: Channel) -> None:
    taken_back = _citing(leaves, leaf.LeafType.RETRACT)
    alive = {record["id"] for _, record in leaves.sound() if record["type"] in leaf.COUNTED}
    before = [name for name in taken_back.values() if name not in alive]
    alive |= {
        each.name
        for each in (history.named([channel.channel_id], before) if before else ())
        if each.counted and each.retracted is None
    }
    for place, name in taken_back.items():
        if name not in alive:
            leaves.refuse(place, "retracts-nothing", name)
        alive.discard(name)


def _check_answers(leaves: Leaves, history: HistoryRows, channel: Channel) -> None:
    answers = _citing(leaves, leaf.LeafType.OUTCOME)
    if not answers:
        return
    ours = [each.channel_id for each in history.between(channel.reported, channel.reporting)]
    sent = {each.name for each in history.named(ours, list(set(answers.values()))) if each.position is not None}
    for place, name in answers.items():
        if name not in sent:
            leaves.refuse(place, "answers-nothing", name)


def _citing(leaves: Leaves, sort: leaf.LeafType) -> Mapping[int, str]:
    return {place: record["report"] for place, record in leaves.sound() if record["type"] == sort.value}
