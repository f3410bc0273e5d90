"""A desk that helps subscribers: books, contacts, feeds, the shipped ladder, by a clock that the story moves."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from comity.bootstrap.help import packs_of, style
from comity.bootstrap.playbook import playbook_named
from comity.cases.own_side import OwnSide
from comity.formats import tables
from comity.formats.own_side import read_own
from comity.model.case_consequence import CaseConsequence
from comity.model.desk import DeskCase
from comity.model.infestation import SubscriberContact
from comity.model.notice import NoticeKind, SelfServiceAct
from comity.model.playbook import ActionKind, Happening, Position
from comity.model.sending import OutboxState
from comity.outlets.files.notice_folder import NoticeFolder
from comity.remediation.corroboration import Standing
from comity.services.operate.lease_import import Books
from comity.services.receive.desk import Desk
from comity.services.receive.playbook.carrying_out import CarryingOut, Helping
from comity.services.receive.playbook.following import Following
from comity.services.receive.playbook.gardening import Gardening, Step
from comity.services.receive.playbook.informing import Informing
from comity.services.receive.playbook.writing_down import WritingDown
from comity.services.receive.subscribers.whose import Whose
from comity.services.remedy.effect.closing import silent
from comity.services.remedy.ladder import Ladder
from comity.services.remedy.notices import House, Notices
from comity.services.remedy.rows import GivenNotice
from comity.services.remedy.sightings.importing import Import, ImportOrder, Taken
from comity.settings import Settings
from comity.store.engine import Store, open_store
from comity.store.tables.sending import outbox

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday
PACKS = packs_of(Settings())
HOUSE = House(
    provider="East Broadband",
    portal="help.east.example",
    help_line="10000",
    zone=UTC,
    domain="east.example",
    address="desk@east.example",
    style=style(),
)
OWN = OwnSide(read_own(b"192.0.2.0/24", "own").holdings)
ALL = tuple(ActionKind)


@dataclass
class Book:
    """A book in memory: each line has one address, and after a month another one."""

    name: str = "leases.csv"

    def lines(self) -> Iterator[str]:
        """Ten lines; in January they have other addresses."""
        yield "address,ports,subscriber,began,ended\n"
        for at in range(1, 11):
            yield f"192.0.2.{at},,line-{at},2026-11-01T00:00:00Z,2026-12-31T23:00:00Z\n"
            yield f"192.0.2.{100 + at},,line-{at},2027-01-01T00:00:00Z,2027-03-01T00:00:00Z\n"


@dataclass
class Folder:
    """Where files go; it fails as often as it is told."""

    folder: NoticeFolder
    fails: int = 0
    brought: list[str] = field(default_factory=list)

    def bring(self, given: Any, label: str) -> str:
        """Write one."""
        if self.fails:
            self.fails -= 1
            raise OSError
        self.brought.append(given.notice.reference)
        return self.folder.bring(given, label)


@dataclass(frozen=True)
class Reply:
    """What the equipment says."""

    status: int
    said: str = ""


@dataclass
class Gate:
    """The equipment: which lines are in the garden, until when; it fails as often as it is told."""

    inside: dict[str, str] = field(default_factory=dict)
    heard: list[tuple[str, str, str]] = field(default_factory=list)
    fails: int = 0
    fails_with: int = 500
    asked: int = 0

    def do(self, step: Step, what: CaseConsequence, facts: Any, *, now: datetime) -> Reply:
        """One step."""
        self.asked += 1
        if self.fails:
            self.fails -= 1
            return Reply(self.fails_with, "no answer from the BRAS")
        self.heard.append((step.value, facts["line"], facts["why"]))
        if step is Step.CONFINE:
            self.inside[facts["line"]] = facts["until"]
        else:
            self.inside.pop(facts["line"], None)
        return Reply(200)


class HelpDesk:
    """One desk."""

    def __init__(
        self, path: Path, live: Collection[ActionKind] = ALL, *, rings: Collection[NoticeKind] | None = None
    ) -> None:
        self.store: Store = open_store(":memory:")
        self.store.create()
        self.now, self.path = NOON, path
        assert Books(self.store.write, None).take([Book()]).mistakes == ()
        shipped = playbook_named("ladder", Path())
        calendar = replace(shipped.calendar, quiet_forms=None if rings is None else frozenset(rings))
        self.playbook = replace(shipped, calendar=calendar)
        self.following = Following(self.playbook, WritingDown(live))
        self.folder = Folder(NoticeFolder(path / "notices"))
        self.gate = Gate()
        tokens = iter(range(1000))
        notices = Notices(PACKS, HOUSE, b"key", new_token=lambda: f"t{next(tokens)}", brings=self.folder)
        self.ladder = Ladder(notices, PACKS, language="en")
        self.carrying = CarryingOut(
            self.store.write,
            self.following,
            noticing=None,
            helping=Helping(
                informing=Informing(self.ladder, self.following) if ActionKind.NOTICE in live else None,
                gardening=Gardening(self.store.write, self.following, self.gate, give_up=timedelta(days=3)),
            ),
            files=_Tables(),
            tells=_Nobody(),
            give_up=timedelta(days=3),
        )

    def knows(self, line: int, **contact: Any) -> None:
        """How a line is reached."""
        with self.store.write() as records:
            records.contacts.put([SubscriberContact(subscriber=f"line-{line}", taken=self.now, **contact)])

    def hears(self, *lines: int, family: str = "mirai", ago: timedelta = timedelta(hours=1), base: int = 0) -> Taken:
        """A trusted sinkhole saw these lines."""
        seen = self.now - ago
        rows = [f"{seen:%Y-%m-%d %H:%M:%S},192.0.2.{base + at},4455,64500,ZZ,{family}" for at in lines]
        text = "\n".join(["timestamp,src_ip,src_port,src_asn,src_geo,family", *rows])
        order = ImportOrder(now=self.now, quiet=timedelta(days=3))
        into = Import(
            self.store.write,
            Whose(OWN),
            standing=Standing(trusted={"shadowserver"}),
            order=order,
            following=self.following,
        )
        return into.take("feed", tables.read(text.encode(), "2026-11-28-event4_sinkhole-x.csv"))

    def turns(self) -> None:
        """What is due is done."""
        self.carrying.turn(self.now)

    def passes(self, length: timedelta, *, every: timedelta | None = None) -> None:
        """Time passes: what is due is done every hour, in a story of weeks every six: also by day, and soon enough to be told."""
        every = every or timedelta(hours=1 if length < timedelta(days=7) else 6)
        until = self.now + length
        while self.now < until:
            self.turns()
            self.now = min(self.now + every, until)
        self.turns()

    def is_fed(self, days: int) -> None:
        """Day after day the sinkhole delivers something, of other networks; what is silent is looked at, as once a day."""
        for _ in range(days):
            self.passes(timedelta(days=1), every=timedelta(hours=6))
            with self.store.write() as records:
                records.effects.put_days({"shadowserver": [self.now.toordinal()]})
                found = silent(records, self.now, assumed=30)
                self.following.fell_silent(records, [each.case for each in found], now=self.now)

    def says(self, line: int, act: SelfServiceAct) -> None:
        """What a subscriber says on the page."""
        self.happens(line, Happening.API, act.value)

    def happens(self, line: int, happening: Happening, word: str | None = None) -> None:
        """Something happens to the case of a line."""
        with self.store.write() as records:
            case = Desk(records, actor="ann", now=self.now).find(f"subscriber:line-{line}")
            self.following.happen(records, case, happening, word=word, now=self.now)

    def decides(self, line: int, word: str) -> None:
        """Ann decides."""
        with self.store.write() as records:
            case = Desk(records, actor="ann", now=self.now).find(f"subscriber:line-{line}")
            self.following.decide(records, case, word, note=None, actor="ann", now=self.now)

    def confines(self, line: int) -> None:
        """Nothing helped, and Ann decides for the garden."""
        self.hears(line)
        self.turns()
        self.says(line, SelfServiceAct.NOT_ME)
        self.decides(line, "confine")
        self.turns()

    def notes(self, line: int, act: str) -> list[str]:
        """What stands on the case about one kind of act."""
        case = self.case(line)
        with self.store.read() as records:
            return [each.note or "" for each in records.cases.events_of(case.case_id) if each.act == act]

    def bounces(self) -> None:
        """Every mail comes back."""
        with self.store.write() as records:
            records.connection.execute(update(outbox).values(state=OutboxState.FAILED.value))

    def case(self, line: int) -> DeskCase:
        """The newest case of a line."""
        with self.store.read() as records:
            return records.cases.newest([f"subscriber:line-{line}"])[f"subscriber:line-{line}"]

    def position(self, line: int) -> Position:
        """Where it stands."""
        case = self.case(line)
        with self.store.read() as records:
            return records.positions.of([case.case_id])[case.case_id]

    def given(self, line: int) -> Sequence[GivenNotice]:
        """What the line was told."""
        case = self.case(line)
        with self.store.read() as records:
            return records.notices.of_case(case.case_id)

    def kinds(self, line: int) -> list[str]:
        """By which forms."""
        return [each.kind.value for each in self.given(line)]

    def consequences(self, line: int) -> list[CaseConsequence]:
        """What was decided, in order."""
        case = self.case(line)
        with self.store.read() as records:
            return list(reversed(records.consequences.of_case(case.case_id, 1000)))

    def mails(self) -> list[Any]:
        """What lies in the outbox."""
        with self.store.read() as records:
            return list(records.connection.execute(select(outbox).order_by(outbox.c.id)))


class _Tables:
    def write(self, held: Sequence[CaseConsequence]) -> None:
        """Nothing is written."""


class _Nobody:
    def tell(self, what: CaseConsequence, facts: Any, now: datetime) -> Any:
        """Nobody is told."""
        raise AssertionError(what)
