"""The API over a store and a spool of its own, with tokens for everything, and what works off what it takes."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.bootstrap.api import WaitingSubmissions
from comity.cases.own_side import OwnSide
from comity.formats.own_side import read_own
from comity.formats.reading import read
from comity.gates.web import WebPlace
from comity.ledger.leaf import LeafType
from comity.model.agreement import FeedbackProvider
from comity.model.api_token import Scope
from comity.model.byte_budget import Budget
from comity.model.listener import Listener
from comity.model.recourse import Measure
from comity.services.complain.enrolment.acting import EnrolmentDesk
from comity.services.complain.enrolment.acting import Terms as EnrolmentTerms
from comity.services.integrate.tokens import Wanted, called_back, made
from comity.services.prove.recourse.acting import Imposing, RecourseDesk, Terms
from comity.services.prove.writing import Event, Scribe
from comity.services.receive.desk import Desk
from comity.services.receive.ingest import Ingest
from comity.services.receive.planning import Terms as IntakeTerms
from comity.services.receive.prepare import Delivery, prepare
from comity.store.engine import Store, open_store
from comity.store.group_commit import GroupCommit, Limits
from comity.store.spool import Spool
from comity.web.api import ApiWork, api_app

from ..on_loopback import on_loopback

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(slots=True, kw_only=True)
class Scene:
    """Everything that a test looks at."""

    store: Store
    spool: Spool
    work: ApiWork
    port: int
    client: httpx.Client
    log: list[tuple[str, dict[str, object]]]
    ends: ExitStack

    def token(self, *scopes: Scope, name: str = "ticket system", per_minute: int = 6000, **more: Any) -> str:
        wanted = Wanted(name=name, scopes=frozenset(scopes or Scope), per_minute=per_minute, **more)
        with self.store.write() as records:
            return made(records.tokens, wanted, os.urandom(40), now=NOW)[0]

    def revoke(self, which: str) -> None:
        with self.store.write() as records:
            called_back(records.tokens, which, NOW)

    def call(self, method: str, path: str, token: str | None = None, **more: Any) -> Any:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return self.client.request(method, path, headers={**headers, **more.pop("headers", {})}, **more)

    @staticmethod
    def serve(work: ApiWork, **more: Any) -> Any:
        """A server of these terms, while the block runs."""
        return served(work, **more)

    def app(self, **changes: Any) -> httpx.Client:
        """The same with other terms."""
        port = self.ends.enter_context(served(replace(self.work, **changes)))
        return self.ends.enter_context(client_of(port))

    @staticmethod
    def code(answer: Any) -> str:
        """The code of a no, after a look at its form."""
        assert answer.headers["content-type"] == "application/problem+json"
        said = json.loads(answer.content)
        assert said["status"] == answer.status_code
        assert said["type"] == f"/v1/problems/{said['code']}"
        assert not said["title"].startswith("[")
        assert not said["detail"].startswith("[")
        return str(said["code"])


def client_of(port: int) -> httpx.Client:
    """Who speaks to it."""
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30)


@contextmanager
def served(work: ApiWork, **more: Any) -> Iterator[int]:
    """The application on loopback, in a thread of its own; its port."""
    with on_loopback(WebPlace(name="api", app=api_app(work), listener=Listener(port=0), **more)) as port:
        yield port


def _enrolment(records: Any, *, actor: str, now: datetime) -> EnrolmentDesk:
    provider = FeedbackProvider(
        domain="west.example",
        address="feedback@west.example",
        organisation="West Mail",
        reporting_mta="mx.west.example",
    )
    terms = EnrolmentTerms(provider=provider, agreements=(), secret=b"s" * 32, chance=os.urandom)
    return EnrolmentDesk(records, terms, actor=actor, now=now)


def _recourse(records: Any, *, actor: str, now: datetime) -> RecourseDesk:
    terms = Terms(
        ours="west.example",
        warning=timedelta(hours=48),
        owed_by=lambda now: now + timedelta(days=5),
        new_reference=lambda: "R-ABCDEFGHIJKLMNOP",
    )
    return RecourseDesk(records, terms, None, actor=actor, now=now)


def arf(number: int, source: str = "192.0.2.7") -> bytes:
    """One report about one mail."""
    return (
        f"From: fbl@east.example\nTo: fbl@west.example\nSubject: r\nMessage-ID: <r{number}@east.example>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
        f"--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: East/1\nVersion: 1\n"
        f"Arrival-Date: {format_datetime(NOW)}\nSource-IP: {source}\n\n"
        f"--b\nContent-Type: message/rfc822\n\nFrom: a@shop.example\nMessage-ID: <{number}@shop.example>\n\nbuy\n\n--b--\n"
    ).encode()


def fill(scene: Scene) -> None:
    """Three cases, an item in the shunt, a leaf under a signed head, something done to another network."""
    own = OwnSide(
        read_own(b"192.0.2.0/25,West Hosting\n192.0.2.128/25,Shop\n203.0.113.0/24,N\n203.0.113.0/24,S\n", "o").holdings
    )
    mails = [arf(1), arf(2, "192.0.2.200"), arf(3, "203.0.113.5"), b"PK\x03\x04 no archive"]
    batch = [
        prepare(each, Delivery(gate="lmtp", name=f"fbl@west.example/{number}.eml", arrived=NOW), lambda data, name: read(data))
        for number, each in enumerate(mails)
    ]  # fmt: skip
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    event = Event(
        reporting="west.example", reported="east.example", leaf_type=LeafType.KEY, event_id="4f1d.key", observed=None,
        facts={"key": "x"},
    )  # fmt: skip
    imposing = Imposing(
        subject="198.51.100.7", measure=Measure.BLOCKED, reason="traps", ends=NOW + timedelta(days=9), also="trap"
    )
    with scene.store.write() as records:
        Ingest(IntakeTerms(own=own)).apply(batch, records, NOW)
        Scribe("west.example", key, new_salt=lambda: bytes(16)).write(records.ledger, [event], NOW)
        _recourse(records, actor="Ann", now=NOW).impose(imposing)


@contextmanager
def a_scene(tmp_path: Path) -> Iterator[Scene]:
    """A store, a spool, an application."""
    store = open_store(tmp_path / "comity.db")
    store.create()
    spool = Spool(tmp_path / "spool.db", durable=True)
    commit = GroupCommit(Spool(tmp_path / "spool.db", durable=True), Limits())
    log: list[tuple[str, dict[str, object]]] = []
    work = ApiWork(
        store=store,
        waits=WaitingSubmissions(Spool(tmp_path / "spool.db", durable=False)),
        put=commit.put,
        now=lambda: NOW,
        chance=os.urandom,
        log=lambda event, /, **said: log.append((event, said)),
        room=Budget(64 << 20),
        own_domains=frozenset({"west.example"}),
        person=Desk,
        recourse=_recourse,
        enrolment=_enrolment,
        size=1 << 20,
        seconds=5.0,
    )
    with ExitStack() as ends:
        port = ends.enter_context(served(work))
        client = ends.enter_context(client_of(port))
        yield Scene(store=store, spool=spool, work=work, port=port, client=client, log=log, ends=ends)
    commit.close()
    spool.close()
    store.close()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Everything, new for each test."""
    with a_scene(tmp_path) as made_one:
        yield made_one


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The scene with something in it, the same for all tests of a module."""
    with a_scene(tmp_path_factory.mktemp("api")) as made_one:
        fill(made_one)
        yield made_one


@pytest.fixture
def filled(scene: Scene) -> Scene:
    """The scene with something in it."""
    fill(scene)
    return scene
