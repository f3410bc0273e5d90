"""The site for subscribers over a store of its own, with one case, its notice, and a line that is in the walled garden."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from comity.bootstrap.help import packs_of, style
from comity.cases.matching import Claim
from comity.cases.opening import opened
from comity.gates.web import WebPlace
from comity.model.case import SubjectKind
from comity.model.desk import DeskCase
from comity.model.listener import Listener
from comity.model.notice import Certainty, NoticeKind, SelfServiceAct
from comity.remediation.notice.reference import word_pair
from comity.services.remedy.checking import Checking
from comity.services.remedy.notices import House, Notices, Order
from comity.services.remedy.rows import GivenNotice
from comity.services.remedy.self_service import Confined, PageTokens, SelfService
from comity.settings import Settings
from comity.store.engine import Store, open_store
from comity.web.help.app import help_app
from comity.web.help.desk import HelpWork

from ..on_loopback import on_loopback

NOW = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
KEY = b"a key of tests"
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


@dataclass(slots=True, kw_only=True)
class HelpScene:
    """Everything that a test looks at."""

    store: Store
    work: HelpWork
    case: DeskCase
    notice: GivenNotice
    client: httpx.Client
    port: int
    told: list[tuple[str, SelfServiceAct]]
    clock: list[datetime]
    garden: list[Confined]
    log: list[tuple[str, dict[str, object]]]

    def words(self, language: str = "zh_Hans") -> Any:
        """The words that stand on the notice."""
        return word_pair(self.notice.reference, KEY, PACKS.of(language).pair_words)

    def token(self, hours: float = 1) -> str:
        """A token for the page of the notice."""
        return self.work.tokens.made(self.notice.reference, self.clock[0] + timedelta(hours=hours))

    def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form."""
        return self.client.post(path, data=fields)


@contextmanager
def a_help_scene(folder: Path, per_minute: int = 600, *, is_behind_proxy: bool = False) -> Iterator[HelpScene]:
    """A store, a case, a notice, the site."""
    store = open_store(folder / "comity.db")
    store.create()
    case = opened(Claim(kind=SubjectKind.SUBSCRIBER, label="line-7", contact="wang@mail.example", rule="lease"), NOW)
    clock, garden = [NOW], list[Confined]()
    told: list[tuple[str, SelfServiceAct]] = []
    log: list[tuple[str, dict[str, object]]] = []
    tokens, names = PageTokens(KEY), iter(range(10**6))
    notices = Notices(PACKS, HOUSE, KEY, new_token=lambda: f"t{next(names)}")
    order = Order(
        kind=NoticeKind.LETTER,
        language="zh_Hans",
        certainty=Certainty.CONFIRMED,
        family="mirai",
        guide="camera",
        seen_first=NOW - timedelta(days=3),
        seen_last=NOW - timedelta(hours=5),
        deadline=NOW + timedelta(days=10),
    )
    with store.write() as records:
        records.cases.add([case])
        given = notices.give(records, case, order, actor="test", now=NOW).notice
    work = HelpWork(
        store=store,
        packs=PACKS,
        house=HOUSE,
        checking=Checking(KEY, [pack.pair_words for pack in PACKS.languages.values()]),
        tokens=tokens,
        self_service=SelfService(tokens, lambda records, case_id, act, now: told.append((case_id, act))),
        notices=notices,
        garden=lambda records, line, now: garden[0] if garden else None,
        now=lambda: clock[0],
        log=lambda event, /, **said: log.append((event, said)),
        per_minute=per_minute,
        is_behind_proxy=is_behind_proxy,
    )
    with ExitStack() as ends:
        port = ends.enter_context(on_loopback(WebPlace(name="help", app=help_app(work), listener=Listener(port=0))))
        client = ends.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30))
        yield HelpScene(
            store=store,
            work=work,
            case=case,
            notice=given,
            client=client,
            port=port,
            told=told,
            clock=clock,
            garden=garden,
            log=log,
        )
    store.close()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[HelpScene]:
    """Everything, new for each test."""
    with a_help_scene(tmp_path) as made:
        yield made
