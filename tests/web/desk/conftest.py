"""The desk over a store of its own, with cases out of the samples, and somebody who is signed in."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes as chance

import httpx
import pytest

from comity.bootstrap.conversation.letter_desk import LetterDesk
from comity.bootstrap.pages.filter_pages import filter_doing
from comity.bootstrap.pages.first_steps import steps_of
from comity.bootstrap.pages.remedy_pages import remedy_doing
from comity.bootstrap.pages.taking_apart import take_apart
from comity.bootstrap.playbook.running import following_of
from comity.cases.matching import Claim
from comity.cases.opening import opened
from comity.gates.web import WebPlace
from comity.model.account import PERMITS, Role, Signed
from comity.model.arrival import Arrival
from comity.model.case import EvidenceClass, SubjectKind
from comity.model.desk import CaseState, DeskCase
from comity.model.listener import Listener
from comity.model.log_events import EVENTS, Weight
from comity.model.outcomes import ComityError, Outcome
from comity.services.operate.accounts.keeping import Keeping
from comity.services.operate.accounts.signing_in import SigningIn, find
from comity.services.public.course import course_of
from comity.services.receive.answering import Answered
from comity.services.receive.desk import Desk
from comity.settings import Settings, read_settings
from comity.store.engine import Store, open_store
from comity.web.desk.app import desk_app
from comity.web.desk.work import DeskWork

from ..on_loopback import on_loopback

NOW = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
CSRF = "a word of the page"


@dataclass(slots=True, kw_only=True)
class DeskScene:
    """Everything that a test looks at."""

    store: Store
    client: httpx.Client
    roles: list[Role]
    log: list[tuple[Weight, dict[str, object]]]
    work: DeskWork
    clock: list[datetime]
    told: list[tuple[list[str], str]] = field(default_factory=list)
    taken: list[Arrival] = field(default_factory=list)  # mails that were handed over once more

    def post(self, path: str, *, csrf: str = CSRF, **form: object) -> httpx.Response:
        """Send a form of our own pages."""
        return self.client.post(path, data={"csrf": csrf, **form})

    def case(self, name: str) -> DeskCase:
        """A case as it is now."""
        with self.store.read() as records:
            return records.cases.by_id([name])[name]

    def put(self, label: str, **values: object) -> DeskCase:
        """One more case."""
        claim = Claim(kind=SubjectKind.CUSTOMER, label=label, rule="source-ip")
        with self.store.write() as records:
            made = opened(claim, NOW - timedelta(days=1))
            usual = {"reports": 3, "complainers": 2, "classes": {EvidenceClass.COMPLAINT: 3}, "last_seen": NOW}
            made = replace(made, **usual | values)  # type: ignore[arg-type]
            records.cases.add([made])
        return made


def state_of(desk: DeskScene) -> str:
    """A mark of all that the store holds, but for who saw what."""
    with desk.store.read() as records:
        connection = records.connection
        tables = [
            row[0]
            for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
            if row[0] not in ("access_log", "sign_in_wait", "account_session")
        ]
        rows = [repr(connection.exec_driver_sql(f"SELECT * FROM {name}").all()) for name in tables]  # noqa: S608 - our own names
    return sha256("\n".join(rows).encode()).hexdigest()


def signed_as(role: Role) -> Signed:
    """Somebody with this role."""
    return Signed(
        account="ann",
        role=role,
        permits=PERMITS[role],
        csrf=CSRF,
        language="en",
        session=b"s" * 32,
        since=NOW,
        seen=NOW,
    )


class ShortPasswords:
    """Hashes at once, so that tests need not wait; what is real is tested beside its own module."""

    def hashed(self, password: str) -> str:
        """What is kept of it."""
        return sha256(password.encode()).hexdigest()

    def is_right(self, kept: str, password: str) -> bool:
        """Whether this is it."""
        return self.hashed(password) == kept

    def of_nobody(self, chance: Callable[[int], bytes]) -> str:
        """What no password fits."""
        return chance(32).hex()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskScene]:
    """The desk on a port of its own."""
    yield from _served(tmp_path, lambda work: work)


def _served(folder: Path, change: Callable[[DeskWork], DeskWork]) -> Iterator[DeskScene]:
    store = open_store(folder / "comity.db")
    store.create()
    roles, log, told, clock, taken = [Role.ADMINISTRATOR], [], [], [NOW], []
    work = DeskWork(
        store=store,
        now=lambda: clock[0],
        log=lambda event, **facts: log.append((EVENTS[event], facts)),
        house="West Mail",
        signing_in=SigningIn(store, ShortPasswords(), chance),
        keeping=lambda records, now: Keeping(records.accounts, ShortPasswords(), now),
        chance=chance,
        find=lambda records, token, now: (
            signed_as(roles[0]) if token == "right" else find(records.accounts, token, now)
        ),
        person=lambda records, actor, now: Desk(records, actor=actor, now=now),
        decide=_no_playbook,
        course=lambda records, case: None,
        checks=list,
        steps=partial(steps_of, Settings()),
        put=partial(_taken, taken),
        take_apart=take_apart,
        holders=frozenset({"ann"}),
        tell=lambda records, names, outcome, now: told.append((names, outcome.value)) or Answered(),
    )
    work = change(work)
    with ExitStack() as stack:
        served = stack.enter_context(on_loopback(WebPlace(name="desk", app=desk_app(work), listener=Listener(port=0))))
        client = stack.enter_context(
            httpx.Client(
                base_url=f"http://127.0.0.1:{served}", cookies={"comity": "right"}, trust_env=False, timeout=120
            )
        )
        scene = DeskScene(
            store=store, client=client, roles=roles, log=log, work=work, told=told, clock=clock, taken=taken
        )
        yield scene
        assert Weight.ERROR not in [weight for weight, _ in log], "a page could not be written"
    store.close()


def _taken(taken: list[Arrival], arrival: Arrival) -> Future[int]:
    taken.append(arrival)
    safe: Future[int] = Future()
    safe.set_result(len(taken))
    return safe


def _no_playbook(*_: object, **__: object) -> None:
    raise ComityError("case-act", "no playbook", outcome=Outcome.USAGE, details={"text": "x", "known": "-"})


__all__ = ["CSRF", "NOW", "CaseState", "DeskScene", "ShortPasswords", "signed_as", "state_of"]


@pytest.fixture
def filter_desk(tmp_path: Path) -> Iterator[DeskScene]:
    """The desk with a filter of its own, which may be taught."""
    file = tmp_path / "comity.toml"
    file.write_text("")
    doing = filter_doing(read_settings(file))
    yield from _served(tmp_path, lambda work: replace(work, filtering=doing))


@pytest.fixture
def letter_desk(tmp_path: Path) -> Iterator[DeskScene]:
    """The desk of a network that has an address, keys and a list of what is its own."""
    yield from _served(tmp_path, lambda work: replace(work, letters=LetterDesk(_writes_letters(tmp_path))))


def _writes_letters(folder: Path) -> Settings:
    """Settings of whoever can write letters."""
    (folder / "own.csv").write_text("192.0.2.0/24,West Hosting,noc@west-hosting.example\nshop.example,Shop\n")
    (folder / "dkim.key").write_bytes(b"-")  # nothing leaves here: it is only there
    file = folder / "comity.toml"
    file.write_text(
        '[identity]\ndomain = "east.example"\naddress = "abuse@east.example"\norganisation = "East"\n'
        '[own]\nfiles = ["own.csv"]\n[playbook]\nuse = "hoster"\n'
    )
    return read_settings(file)


@pytest.fixture
def remedy_desk(tmp_path: Path) -> Iterator[DeskScene]:
    """The desk with the playbook for subscribers in use, of which nothing is live."""
    file = tmp_path / "comity.toml"
    file.write_text('[playbook]\nuse = "ladder"\n')
    doing = remedy_doing(read_settings(file))
    yield from _served(tmp_path, lambda work: replace(work, remedying=doing))


@pytest.fixture
def confining_desk(tmp_path: Path) -> Iterator[DeskScene]:
    """The desk with that playbook, whose cases say where they stand."""
    file = tmp_path / "comity.toml"
    file.write_text('[playbook]\nuse = "ladder"\n')
    settings = read_settings(file)
    course = partial(_course, following_of(settings))
    yield from _served(tmp_path, lambda work: replace(work, remedying=remedy_doing(settings), course=course))


def _course(following: object, records: object, case: DeskCase) -> object:
    return course_of(records, case, lambda: following)


@pytest.fixture
def torn_desk(tmp_path: Path) -> Iterator[DeskScene]:
    """The desk with a playbook whose file cannot be read."""
    file = tmp_path / "comity.toml"
    file.write_text('[playbook]\nuse = "mine.toml"\n')
    (tmp_path / "mine.toml").write_text("states = ")
    doing = remedy_doing(read_settings(file))
    yield from _served(tmp_path, lambda work: replace(work, remedying=doing))
