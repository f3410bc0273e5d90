"""One report of fraud reaches a person within the hour, whatever the counts and the quiet hours of a playbook.

Trust:      anybody may say fraud: it opens nothing and acts on nobody, it only has a person look. Many about the same are one
            while it stands, and one mail names all that is new: a flood fills no mailbox.
Answers:    ``note_reports(rows, found, now)`` and ``note_complaint`` take it down, ``note_looks`` what was called spam and looks
            like fraud, ``note_reported_looks`` what others report as abuse and looks so: a person decides what it is.
            ``Telling().due(rows, now)`` says what is to be mailed now; ``see`` says that a person has seen one; whoever acts on
            its case has seen it.
Limits:     mailed again after ``again`` where nobody has seen it, ``most`` times in all; after that it stands on the desk and in
            ``comity doctor``. The program looks every ten minutes (``comity.services.operate.rounds.EVERY``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from comity.formats.deception import Deception
from comity.model.outcomes import ComityError, Outcome
from comity.model.urgent import Urgent, UrgentKind

WITHIN: Final = timedelta(hours=1)
QUIET: Final = timedelta(days=7)
KEY_LIMIT: Final = 300
A_CASE: Final = 5  # questions about one case that stand at once: whoever reports can make up as many places as he likes
_PROGRAM: Final = "comity"
_PLAYBOOK: Final = "playbook "


class UrgentRows(Protocol):
    """Rows of what is urgent."""

    def standing(self) -> list[Urgent]:
        """What nobody has seen yet, oldest first."""

    def by_key(self, key: str) -> Urgent | None:
        """The newest of this key."""

    def by_id(self, urgent_id: int) -> Urgent | None:
        """One of them."""

    def add(self, each: Urgent) -> None:
        """A new one."""

    def count_more(self, urgent_id: int) -> None:
        """One more came about the same."""

    def mark_told(self, urgent_ids: Sequence[int], at: datetime) -> None:
        """These were mailed."""

    def mark_seen(self, urgent_id: int, *, by: str, why: str | None, at: datetime) -> None:
        """Somebody has seen it."""

    def acts_since(self, case_id: str, since: datetime) -> list[tuple[str, datetime]]:
        """Who did something to a case since then, and when, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One report of fraud: in which case it is, None for nobody's."""

    case_id: str | None
    about: str
    kind: UrgentKind = UrgentKind.CASE


def note_reports(rows: UrgentRows, found: Iterable[Said], now: datetime) -> None:
    """Take down what was reported; what stands about the same takes it in."""
    for each in found:
        key = UrgentKind.UNMATCHED.value if each.case_id is None else f"case:{each.case_id}"
        kind = UrgentKind.UNMATCHED if each.case_id is None else each.kind
        before = rows.by_key(key)
        if before is not None and _settled(rows, before).seen is None:
            rows.count_more(before.urgent_id)
        else:
            rows.add(Urgent(key=key, kind=kind, about=each.about, case_id=each.case_id, entered=now))


def note_complaint(rows: UrgentRows, complaint_id: int, about: str, *, now: datetime) -> None:
    """Take down that one of our own people said so about a mail, once for each complaint."""
    key = f"complaint:{complaint_id}"
    if rows.by_key(key) is None:
        rows.add(Urgent(key=key, kind=UrgentKind.COMPLAINT, about=about, entered=now))


def note_looks(rows: UrgentRows, found: Deception, *, now: datetime) -> None:
    """Take down that a mail which was called spam looks like fraud: once for each place that it leads to.

    What somebody has looked at is not asked again for ``QUIET``: a person said what it is.
    """
    key = f"looks:{found.leads or found.shows or found.kind.value}"
    before = rows.by_key(key)
    if before is None or (before.seen is not None and now - before.seen >= QUIET):
        rows.add(Urgent(key=key, kind=UrgentKind.LOOKS, about=found.about, entered=now))
    elif before.seen is None:
        rows.count_more(before.urgent_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One report of abuse whose mail looks like fraud, and what may be said of it."""

    case_id: str
    leads: str
    about: str


def note_reported_looks(rows: UrgentRows, found: Iterable[Asked], now: datetime) -> None:
    """Take down what looks like fraud and was reported as abuse: once for each case and place, a few for each case."""
    asked: dict[str | None, list[int]] | None = None  # what stands, by case; looked for once, however many come at once
    for each in found:
        key = f"looks:{each.case_id}:{each.leads}"[:KEY_LIMIT]
        before = rows.by_key(key)
        before = None if before is None else _settled(rows, before)
        if before is not None and before.seen is None:
            rows.count_more(before.urgent_id)
            continue
        if before is not None and before.seen is not None and now - before.seen < QUIET:
            continue
        asked = _asked_by_case(rows) if asked is None else asked
        mine = asked.setdefault(each.case_id, [])
        if len(mine) >= A_CASE:
            rows.count_more(mine[-1])
            continue
        rows.add(Urgent(key=key, kind=UrgentKind.REPORTED_LOOKS, about=each.about, case_id=each.case_id, entered=now))
        added = rows.by_key(key)
        mine += [] if added is None else [added.urgent_id]


def _asked_by_case(rows: UrgentRows) -> dict[str | None, list[int]]:
    found: dict[str | None, list[int]] = {}
    for each in rows.standing():
        if each.kind is UrgentKind.REPORTED_LOOKS:
            found.setdefault(each.case_id, []).append(each.urgent_id)
    return found


def note_sealed(rows: UrgentRows, sealed_id: int, now: datetime) -> None:
    """Take down that a mail was sealed."""
    key = f"sealed:{sealed_id}"
    rows.add(Urgent(key=key, kind=UrgentKind.SEALED, about=str(sealed_id), entered=now))


def standing(rows: UrgentRows) -> list[Urgent]:
    """What nobody has seen, and nobody has acted on."""
    return [each for each in rows.standing() if _settled(rows, each).seen is None]


def see(rows: UrgentRows, urgent_id: int, *, by: str, why: str | None, now: datetime) -> Urgent:
    """A person has seen it."""
    found = rows.by_id(urgent_id)
    if found is None or found.seen is not None:
        text = str(urgent_id)
        raise ComityError("urgent-unknown", f"urgent {text}", outcome=Outcome.UNKNOWN, details={"text": text})
    rows.mark_seen(urgent_id, by=by, why=why, at=now)
    return replace(found, seen=now, seen_by=by, why=why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """When it is mailed."""

    again: timedelta = WITHIN
    most: int = 3

    def due(self, rows: UrgentRows, now: datetime, *, settle: bool = True) -> list[Urgent]:
        """What is to be mailed now; what a person has acted on meanwhile is marked as seen, where ``settle`` says so."""
        due = []
        for each in rows.standing():
            after = _settled(rows, each)
            if after.seen is not None and settle:
                rows.mark_seen(each.urgent_id, by=after.seen_by or _PROGRAM, why=None, at=after.seen)
            elif after.seen is None and self._is_due(each, now):
                due.append(each)
        return due

    def _is_due(self, each: Urgent, now: datetime) -> bool:
        return each.told is None or (each.tellings < self.most and now - each.told >= self.again)


def _settled(rows: UrgentRows, each: Urgent) -> Urgent:
    """As it stands, with what people did to its case."""
    if each.seen is not None or each.case_id is None:
        return each
    for actor, at in rows.acts_since(each.case_id, each.entered):
        if actor != _PROGRAM and not actor.startswith(_PLAYBOOK):
            return replace(each, seen=at, seen_by=actor)
    return each
