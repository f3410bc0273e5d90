"""The pages for other networks over a store of their own, with a zone that stands for the DNS and a clock that tests turn."""

import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zlib import decompress

import httpx
import pytest
from sqlalchemy import select

from comity.accord import recourse as rules
from comity.bootstrap.portal.checking import make_check
from comity.formats.mime import scan
from comity.formats.plain_text import readable
from comity.gates.web import WebPlace
from comity.locale import LANGUAGES, catalogue
from comity.model.agreement import Agreement, FeedbackProvider
from comity.model.consumer import ConsumerAct, ConsumerState
from comity.model.listener import Listener
from comity.model.recourse import Consequence, Measure
from comity.services.complain.enrolment.acting import EnrolmentDesk, Terms
from comity.services.complain.enrolment.mail import Asking
from comity.services.complain.portal.applying import Applying
from comity.services.complain.portal.keys import Keys
from comity.services.complain.portal.signing_in import SigningIn
from comity.services.prove.recourse import acting
from comity.store.engine import Store, open_store
from comity.store.tables.sending import outbox
from comity.web.portal.app import portal_app
from comity.web.portal.work import Contact, House, PortalWork

from ..on_loopback import on_loopback

NOW = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
SITE = "https://feedback.west.example"
SECRET = b"s" * 32
WEST = FeedbackProvider(
    domain="west.example", address="feedback@west.example", organisation="West Mail", reporting_mta="mx.west.example"
)
HOUSE = House(
    name="West Mail",
    domain="west.example",
    mailbox="feedback@west.example",
    contacts=(Contact(name="Abuse desk", address="abuse@west.example", languages=("en", "zh"), hours="Mon-Fri"),),
    rules={"trial_per_day": 50, "per_day": 1000, "proof_days": 180, "warning_hours": 48, "recourse_days": 5},
)


@dataclass(slots=True, kw_only=True)
class PortalScene:
    """Everything that a test looks at."""

    store: Store
    work: PortalWork
    client: httpx.Client
    port: int
    clock: list[datetime]
    zone: dict[str, str | None]
    asked: list[str]
    log: list[tuple[str, dict[str, object]]]
    asking: Asking
    agreements: list[Agreement]
    arms: Any = field(repr=False)

    def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form."""
        return self.client.post(path, data=fields)

    def desk(self, rows: Any, *, actor: str = "operator") -> EnrolmentDesk:
        """Our operator."""
        desk: EnrolmentDesk = self.arms(rows, actor=actor, now=self.clock[0])
        return desk

    def allow(self) -> None:
        """Our operator lets mail to applicants leave."""
        with self.store.write() as rows:
            self.asking.allow(rows, self.clock[0])

    def apply(self, at: str = "east.example", language: str = "en", **more: str) -> str:
        """Somebody applies; the path of the page of the application."""
        said = {"mailbox": f"fbl@{at}", "domains": at, "agreed": "yes", "format": "arf", "language": language} | more
        answer = self.post(f"/{language}/enrol", **said)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def name(self, at: str = "east.example") -> str:
        """How the newest application of a domain is called."""
        with self.store.read() as rows:
            return max(rows.consumers.all(), key=lambda each: (each.name.startswith(at), each.applied)).name

    def state(self, at: str = "east.example") -> ConsumerState:
        """Where it stands."""
        with self.store.read() as rows:
            found = rows.consumers.find(self.name(at))
        assert found is not None
        return found.state

    def code(self, subject: str) -> str:
        """The code that was mailed about a claim."""
        with self.store.read() as rows:
            claims = [one for each in rows.consumers.all() for one in rows.consumers.claims(each.name)]
        return next(each.code for each in claims if each.subject == subject)

    def put_records(self, path: str) -> None:
        """Copy every record of the page into the DNS, as a person does."""
        text = self.client.get(path).text
        found = re.findall(r"<code>([^<]+)</code>", text)
        self.zone.update(zip(found[::3], found[2::3], strict=True))

    def act(self, act: ConsumerAct, at: str = "east.example") -> None:
        """Our operator acts."""
        with self.store.write() as rows:
            self.desk(rows).act(self.name(at), act)

    def enrol(self, at: str = "east.example") -> str:
        """The whole way until it is on trial; the path of the application."""
        self.allow()
        path = self.apply(at)
        self.put_records(path)
        assert self.post(path, act="check").status_code == 200
        self.post(path, act="code", code=self.code(f"fbl@{at}"))
        self.act(ConsumerAct.ACCEPT, at)
        return path

    def later(self, **span: float) -> None:
        """Time goes on."""
        self.clock[0] += timedelta(**span)

    def mails(self) -> list[tuple[str, str]]:
        """What stands in the outbox: to whom, and its text."""
        with self.store.read() as rows:
            found = rows.connection.execute(select(outbox.c.address, outbox.c.data).order_by(outbox.c.id)).all()
        return [(row.address, readable(scan(decompress(row.data)))) for row in found if row.data is not None]

    def impose(self, subject: str = "198.51.100.0/24", **more: Any) -> Consequence:
        """Our operator limits a network."""
        wanted = acting.Imposing(
            subject=subject,
            measure=Measure.LIMITED,
            reason="A wave of phishing",
            also="trap",
            is_severe=True,
            **{"ends": self.clock[0] + timedelta(days=20)} | more,
        )
        with self.store.write() as rows:
            return self.work.recourse(rows, actor="ann", now=self.clock[0]).impose(wanted)


@contextmanager
def a_portal(folder: Path, per_minute: int = 6000, **more: Any) -> Iterator[PortalScene]:
    """A store and the site."""
    store = open_store(folder / "comity.db")
    store.create()
    clock, zone, asked = [NOW], dict[str, str | None](), list[str]()
    log: list[tuple[str, dict[str, object]]] = []
    agreements: list[Agreement] = []
    number = count(1)

    def chance(size: int) -> bytes:
        return hmac.digest(b"chance", str(next(number)).encode(), "sha256")[:size]

    def desk(rows: Any, *, actor: str, now: datetime) -> EnrolmentDesk:
        terms = Terms(provider=WEST, agreements=tuple(agreements), secret=SECRET, chance=chance)
        return EnrolmentDesk(rows, terms, actor=actor, now=now)

    def look_up(names: Sequence[str]) -> Mapping[str, str | None]:
        asked.extend(names)
        return {each: zone.get(each) for each in names if zone.get(each) != "?"}

    def recourse(rows: Any, *, actor: str, now: datetime) -> acting.RecourseDesk:
        terms = acting.Terms(
            ours="west.example",
            warning=timedelta(hours=48),
            owed_by=lambda said: said + timedelta(days=5),
            new_reference=lambda: f"R-{'ABCDEFGH' * 2}"[:-1] + "ABCDEFGHIJ"[next(number) % 10],
        )
        return acting.RecourseDesk(rows, terms, None, actor=actor, now=now)

    def proof_of(subject: str) -> tuple[list[str], str]:
        found = rules.subject_of(subject)
        assert found is not None
        return rules.dns_names(found), rules.token(SECRET, str(found))

    def is_proved(subject: str) -> bool:
        names, said = proof_of(subject)
        return all(zone.get(each) == said for each in names)

    words = {"en": catalogue("en"), "zh": catalogue("zh")}
    asking, keys = Asking(WEST, words, chance=chance), Keys(chance, SECRET)
    spoken = {each: catalogue(each) for each in LANGUAGES}
    paths = {each: f"/{each}/in/" for each in LANGUAGES}
    work = PortalWork(
        store=store,
        now=lambda: clock[0],
        log=lambda event, /, **said: log.append((event, said)),
        house=HOUSE,
        applying=Applying(keys, desk, asking, chance=chance, most_a_day=50),
        signing_in=SigningIn(keys, WEST, spoken, site=SITE, paths=paths, chance=chance),
        look_up=look_up,
        recourse=recourse,
        objected=lambda *_, **__: None,
        proof_of=proof_of,
        is_proved=is_proved,
        csrf=lambda digest: hmac.digest(SECRET, digest, "sha256").hex(),
        check=make_check(),
        put=None,
        per_minute=per_minute,
    )
    work = replace(work, **more)
    with ExitStack() as ends:
        app = portal_app(work)
        port = ends.enter_context(on_loopback(WebPlace(name="portal", app=app, listener=Listener(port=0))))
        client = ends.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30))
        yield PortalScene(
            store=store,
            work=work,
            client=client,
            port=port,
            clock=clock,
            zone=zone,
            asked=asked,
            log=log,
            asking=asking,
            agreements=agreements,
            arms=desk,
        )
    store.close()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[PortalScene]:
    """One where nobody is slowed down."""
    with a_portal(tmp_path) as made:
        yield made
