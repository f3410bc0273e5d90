"""Join the shipped ladder to a bench: what a desk does with a case until its subscriber is told.

Answers:    ``Benched(store, lines, folder)``: ``following`` hears of cases, ``turn(now)`` does what is due, as ``comity serve``
            does each second; ``spent`` is the CPU that this took.
Limits:     nothing leaves: mails lie in the outbox of the bench, files in its folder. Of ten lines eight are reached by mail, one
            by telephone, one by neither.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

from comity.bootstrap.help import packs_of
from comity.bootstrap.playbook import playbook_named
from comity.model.infestation import SubscriberContact
from comity.model.playbook import ActionKind
from comity.outlets.files.notice_folder import NoticeFolder
from comity.services.receive.playbook.carrying_out import CarryingOut, Helping
from comity.services.receive.playbook.following import Following
from comity.services.receive.playbook.informing import Informing
from comity.services.receive.playbook.writing_down import WritingDown
from comity.services.remedy.ladder import Ladder
from comity.services.remedy.notices import House, Notices
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.model.case_consequence import CaseConsequence
    from comity.store.engine import Store

_HOUSE = House(
    provider="Town Broadband",
    portal="help.town.example",
    help_line="10000",
    zone=UTC,
    domain="town.example",
    address="desk@town.example",
    style="",
)


@dataclass(frozen=True, slots=True)
class _Said:
    status: int = 200
    text: str = ""


class _Nowhere:
    """Where a bench writes tables, and whom it tells."""

    def write(self, held: "Sequence[CaseConsequence]") -> None:
        """Write nothing."""

    def tell(self, what: "CaseConsequence", facts: Any, now: datetime) -> _Said:
        """Tell nobody."""
        return _Said()


class Benched:
    """One desk of a bench."""

    def __init__(self, store: "Store", lines: Iterable[str], folder: Path) -> None:
        """``lines`` are what the books call them."""
        self.spent = 0.0
        self.following = Following(playbook_named("ladder", Path()), WritingDown(tuple(ActionKind)))
        with store.write() as records:
            records.contacts.put([each for at, line in enumerate(lines) if (each := _contact(at, line)) is not None])
        numbers, packs = count(), packs_of(Settings())
        notices = Notices(packs, _HOUSE, b"bench", new_token=lambda: f"{next(numbers):x}", brings=NoticeFolder(folder))
        informing = Informing(Ladder(notices, packs, language="en"), self.following)
        nowhere = _Nowhere()
        self._carrying = CarryingOut(
            store.write,
            self.following,
            noticing=None,
            helping=Helping(informing=informing),
            files=nowhere,
            tells=nowhere,
            give_up=timedelta(days=3),
        )

    def turn(self, now: datetime) -> bool:
        """Do what is due."""
        begun = process_time()
        done = bool(self._carrying.turn(now))
        self.spent += process_time() - begun
        return done


def _contact(at: int, line: str) -> SubscriberContact | None:
    if at % 10 == 9:
        return None
    mail, phone = (None, "+10000000") if at % 10 == 8 else (f"{line}@town.example", None)
    return SubscriberContact(subscriber=line, mail=mail, phone=phone, taken=datetime(2026, 1, 1, tzinfo=UTC))
