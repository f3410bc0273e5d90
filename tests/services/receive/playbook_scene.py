"""A desk in memory that follows a playbook, by a clock that the story moves."""

from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from comity.model.case_consequence import CaseConsequence
from comity.model.desk import Act, CaseEvent, DeskCase
from comity.model.playbook import ActionKind, Happening, Playbook, Position
from comity.model.source import Proof, Source, Trust
from comity.model.submission import Submission
from comity.services.receive.desk import Desk
from comity.services.receive.ingest import Ingest
from comity.services.receive.planning import Ingested, Terms
from comity.services.receive.playbook.following import Following
from comity.services.receive.playbook.writing_down import WritingDown
from comity.services.receive.prepare import Delivery, prepare
from comity.settings.playbook.reading import parse_playbook
from comity.store.engine import Store, open_store

from .intake import NOW, OWN, reads

ALL = tuple(ActionKind)
OWN_PROGRAM = Submission(submission_id="s", token_id="desk", digest="00")  # what it hands over comes from a source
TRUSTED = Source(name="token:desk", proof=Proof.TOKEN, trust=Trust.TRUSTED, first=NOW, last=NOW)


class Scene:
    """One desk."""

    def __init__(self, text: str, live: Collection[ActionKind] = ALL, store: Store | None = None) -> None:
        self.playbook: Playbook = parse_playbook(text, Path("own.toml"))
        self.store = store or open_store(":memory:")
        self.store.create()
        self.now: datetime = NOW
        with self.store.write() as records:
            if not records.sources.of([TRUSTED.name]):
                records.sources.add([TRUSTED])
        self.following = Following(self.playbook, WritingDown(live))
        self.ingest = Ingest(Terms(own=OWN, follows=True), following=self.following)

    def arrives(self, *items: bytes, submission: Submission | None = OWN_PROGRAM) -> list[Ingested]:
        """Reports arrive in one batch, from a source that is trusted, where nothing else is said."""
        batch = [
            prepare(each, Delivery(gate="file", name=f"{number}.eml", arrived=self.now, submission=submission), reads)
            for number, each in enumerate(items)
        ]
        with self.store.write() as records:
            return list(self.ingest.apply(batch, records, self.now))

    def passes(self, length: timedelta) -> None:
        """Time passes; each timer ends when it is due."""
        until = self.now + length
        while (due := self.next_due()) is not None and due <= until:
            self.now = max(self.now, due)
            with self.store.write() as records:
                self.following.tick(records, self.now)
        self.now = until

    def next_due(self) -> datetime | None:
        """When the next timer ends."""
        with self.store.read() as records:
            return records.positions.next_due()

    def acts(self, key: str, act: Act, **told: Any) -> DeskCase:
        """Ann acts along the life cycle."""
        with self.store.write() as records:
            desk = Desk(records, actor="ann", now=self.now, following=self.following)
            return desk.act(desk.find(key), act, **told)

    def decides(self, key: str, word: str) -> None:
        """Ann says a word of the playbook."""
        with self.store.write() as records:
            case = Desk(records, actor="ann", now=self.now).find(key)
            self.following.decide(records, case, word, note=None, actor="ann", now=self.now)

    def happens(self, key: str, happening: Happening, word: str | None = None) -> None:
        """Something happens to a case."""
        with self.store.write() as records:
            case = Desk(records, actor="ann", now=self.now).find(key)
            self.following.happen(records, case, happening, word=word, now=self.now)

    def case(self, key: str) -> DeskCase:
        """The case."""
        with self.store.read() as records:
            return Desk(records, actor="", now=self.now).find(key)

    def position(self, key: str) -> Position | None:
        """Where it stands."""
        with self.store.read() as records:
            case = Desk(records, actor="", now=self.now).find(key)
            return records.positions.of([case.case_id]).get(case.case_id)

    def events(self, key: str) -> list[CaseEvent]:
        """What was done to it."""
        with self.store.read() as records:
            return records.cases.events_of(Desk(records, actor="", now=self.now).find(key).case_id)

    def consequences(self, key: str) -> list[CaseConsequence]:
        """What was decided about it, in order."""
        with self.store.read() as records:
            case = Desk(records, actor="", now=self.now).find(key)
            return list(reversed(records.consequences.of_case(case.case_id, 1000)))
