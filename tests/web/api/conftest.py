"""The API over a store and a spool of its own, with tokens for everything, and what works off what it takes."""

import asyncio
import json
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from comity.bootstrap.api import WaitingSubmissions
from comity.gates.terms import Budget
from comity.gates.web import WebPlace, serve_web
from comity.model.api_token import Scope
from comity.model.listener import Listener
from comity.services.integrate.tokens import Wanted, called_back, made
from comity.store.engine import Store, open_store
from comity.store.group_commit import GroupCommit, Limits
from comity.store.spool import Spool
from comity.web.api import ApiWork, api_app

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
    ready, ports = threading.Event(), list[int]()
    loop, ending = asyncio.new_event_loop(), asyncio.Event()

    async def run() -> None:
        web = await serve_web(WebPlace(name="api", app=api_app(work), listener=Listener(port=0), **more))
        ports.append(int(web.place.rpartition(":")[2]))
        ready.set()
        await ending.wait()
        await web.end()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    assert ready.wait(30)
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join(30)
        loop.close()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
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
