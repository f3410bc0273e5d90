"""Measure what can be measured of voluntary practices, beside what is claimed.

Trust:      our own store and agreements; a claim is whoever made it.
Answers:    ``measure(rows, agreements, domain, now)`` gives a figure for each name in ``MEASURES``.
Limits:     a figure says how much there is of how much, not whether that is good. Where there is nothing yet, whole is 0.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from comity.accord.recourse import refusal_of
from comity.model.agreement import Agreement
from comity.model.peer_key import KeyState, PeerKey
from comity.model.practice import Measured
from comity.model.recourse import Consequence, Recourse
from comity.model.sending import Peer, PeerState
from comity.services.prove.closing import CloseRows, newest

MEASURES: Final = (
    "reports-exchanged",
    "complaints-decided",
    "shunt-waiting",
    "contacts-known",
    "languages-agreed",
    "definitions-agreed",
    "tlp-agreed",
    "keys-pinned",
    "peers-live",
    "days-closed",
    "answered-in-time",
    "outcomes-told",
    "retractions",
    "classes-told-apart",
    "warned-before",
    "recourse-in-time",
    "consequences-sound",
    "kept-no-longer",
    "heads-cosigned",
    "periods-stated",
)


class CountRows(Protocol):
    """Counts by name."""

    def counts(self, now: datetime) -> dict[str, int]:
        """The counts that figures are made of, by name."""


class ClosedRows(CloseRows, Protocol):
    """Closes, and heads with both signatures."""

    def directions(self) -> Sequence[tuple[str, str]]:
        """Every direction in which something was written."""

    def signed_heads(self) -> tuple[int, int]:
        """How many channels have a head that the other side cosigned, and how many there are."""


class SentRows(Protocol):
    """Complaints."""

    def complaint_counts(self) -> dict[str, int]:
        """How many complaints stand in each state."""


class KeyRows(Protocol):
    """Keys of peers."""

    def all(self) -> list[PeerKey]:
        """Every key of every peer."""


class PeerRows(Protocol):
    """Peers."""

    def all(self) -> list[Peer]:
        """Every peer."""


class RecourseRows(Protocol):
    """Consequences."""

    def all(self) -> Sequence[tuple[Consequence, Recourse]]:
        """Every one."""


class MeasuredRows(Protocol):
    """What is measured."""

    @property
    def practices(self) -> CountRows:
        """Counts."""

    @property
    def closes(self) -> ClosedRows:
        """Closes."""

    @property
    def sending(self) -> SentRows:
        """Complaints."""

    @property
    def keys(self) -> KeyRows:
        """Keys of peers."""

    @property
    def peers(self) -> PeerRows:
        """Peers."""

    @property
    def recourses(self) -> RecourseRows:
        """Consequences."""


def measure(rows: MeasuredRows, agreements: Sequence[Agreement], domain: str, *, now: datetime) -> dict[str, Measured]:
    """Every figure."""
    n = rows.practices.counts(now)
    complaints = rows.sending.complaint_counts()
    pinned = {each.peer for each in rows.keys.all() if each.state is KeyState.PINNED}
    live = {each.name for each in rows.peers.all() if each.state is PeerState.LIVE}
    domains = {each.address.rpartition("@")[2].lower() for each in agreements}
    imposed = [made for made, _ in rows.recourses.all()]
    all_agreed = len(agreements)
    figures = {
        "reports-exchanged": (n["exchanged"], n["exchanged"]),
        "complaints-decided": (sum(complaints.values()) - complaints.get("waiting", 0), sum(complaints.values())),
        "shunt-waiting": (n["shunted"], n["items"] + n["shunted"]),
        "contacts-known": (sum(bool(each.contacts) for each in agreements), all_agreed),
        "languages-agreed": (sum(bool(each.languages) for each in agreements), all_agreed),
        "definitions-agreed": (n["with-definition"], n["exchanged"]),
        "tlp-agreed": (n["with-tlp"], n["exchanged"]),
        "keys-pinned": (len(pinned & domains), len(domains)),
        "peers-live": (len(live & {each.peer for each in agreements}), all_agreed),
        "days-closed": _closed(rows, domain, now),
        "answered-in-time": _answered(rows, domain),
        "outcomes-told": (n["told"], n["from-peers"]),
        "retractions": (n["retracted"], n["reported"]),
        "classes-told-apart": (n["classes"], n["classes"]),
        "warned-before": (n["warned"], n["hurting"]),
        "recourse-in-time": (n["asked-in-time"], n["asked"]),
        "consequences-sound": (sum(_is_sound(each) for each in imposed), len(imposed)),
        "kept-no-longer": (n["kept-in-time"], n["kept"]),
        "heads-cosigned": rows.closes.signed_heads(),
        "periods-stated": (n["statements"], n["statements"]),
    }
    return {name: Measured(name=name, part=figures[name][0], whole=figures[name][1]) for name in MEASURES}


def _closed(rows: MeasuredRows, domain: str, now: datetime) -> tuple[int, int]:
    """Directions whose every day up to yesterday is closed."""
    found = rows.closes.directions()
    yesterday = now.date() - timedelta(days=1)
    lasts = [newest(rows.closes, each, domain) or newest(rows.closes, each, each[0]) for each in found]
    return sum(each is not None and each.said.day >= yesterday for each in lasts), len(found)


def _answered(rows: MeasuredRows, domain: str) -> tuple[int, int]:
    """What we answered in time, of all that we answered or should have, in the quarter of the last closes."""
    in_time = answered = 0
    for direction in rows.closes.directions():
        last = newest(rows.closes, direction, domain) if direction[0] == domain else None
        if last is not None and last.answers is not None:
            cells: Mapping[str, int] = last.answers["quarter"]
            parts = [cells[key] for key in ("answers/in-time", "answers/late", "open/overdue")]
            in_time, answered = in_time + parts[0], answered + sum(parts)
        elif last is not None:  # closed by an earlier version: by hours
            cells = (last.cells or {}).get("quarter", {})
            in_time, answered = in_time + cells.get("answered/in-time", 0), answered + cells.get("outcome", 0)
    return in_time, answered


def _is_sound(made: Consequence) -> bool:
    return refusal_of(made.measure, made.classes, made.also, lasts=made.ends - made.begins) is None
