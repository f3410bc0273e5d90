"""``comity bench web``: how long the pages of a desk with many cases take, asked at a fixed rate.

Answers:    for each page: half of the answers and ninety-five of a hundred are there within so many milliseconds, and its bytes;
            beside it a file of the same server, so that one sees what the page itself costs.
Limits:     a server of its own on loopback, in a folder that is removed; requests go out by the clock, however long others take.
"""

import asyncio
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comity.cli.progress import progress
from comity.cli.speech import speaker
from comity.model.outcomes import Outcome

if TYPE_CHECKING:
    from comity.services.operate.desk_bench.furnishing import DeskOrder

_PAGES = (
    "/",
    "/cases",
    "/cases?page=20",
    "/cases?state=closed",
    "/cases?state=all&words=茶叶",
    "/cases?words=Example+77",
    "/cases?state=all&words=198.51.7.7",
    "/search?words=茶叶",
    "/search?words=特价",
    "/search?words=198.51.7.7",
    "/search?words=nothing+like+this",
    "/flows",
    "/audit",
    "/sources",
    "/outbox",
    "/peers",
    "/ledger",
    "/remedy",
    "/remedy/effect",
    "/playbook",
    "/filter",
)
_HELP = ("/en/check", "/en/questions", "/zh_Hans/check")
_SETTINGS = """[pages]
listen = ["127.0.0.1:0"]

[api]
listen = ["127.0.0.1:0"]

[help]
provider = "Example"
portal = "help.example"
help_line = "+1 555 0100"
listen = ["127.0.0.1:0"]
"""
_ROUNDS = 2  # of requests that warm the server, and are not counted
_START_SECONDS = 60
_INDEXED = 20_000  # rows at once
_OFTEN = 100_000  # requests a minute


@dataclass(slots=True, kw_only=True)
class _Taken:
    """What one page took."""

    path: str
    base: str = ""  # another server than the desk's
    headers: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    size: int = 0
    wrong: int = 0

    def within(self, share: float) -> float:
        """Milliseconds within which this share of the answers was there."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def command(  # noqa: PLR0917 - the options of a command line
    reports: Annotated[int, typer.Option("--reports", min=100, max=10_000_000)] = 100_000,
    cases: Annotated[int, typer.Option("--cases", min=10, max=1_000_000)] = 10_000,
    rate: Annotated[int, typer.Option("--rate", min=1, max=1000)] = 50,
    seconds: Annotated[int, typer.Option("--seconds", min=1, max=600)] = 20,
    seed: int = 1,
    folder: Annotated[Path, typer.Option("--folder", metavar="DIR", file_okay=False)] = Path(),
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> Outcome:
    """Measure the pages."""
    from comity.services.operate.desk_bench.furnishing import DeskOrder

    order = DeskOrder(reports=reports, cases=cases, seed=seed, now=datetime.now(UTC))
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="comity-bench-", dir=folder) as name,
        progress(speaker().say("bench.progress"), 2) as bar,
    ):
        place = Path(name).resolve()
        tokens = _furnished(place, order)
        bar.advance()
        found = _asked(place, tokens, order, pace=(rate, seconds))
        bar.advance()
    for line in _objects(found) if as_json else _lines(found, order, rate):
        print(line)
    return Outcome.BAD_INPUT if any(each.wrong for each in found) else Outcome.DONE


def _furnished(place: Path, order: "DeskOrder") -> tuple[str, str]:
    """A desk in this folder, the token of somebody who is signed in, and that of a program that watches."""
    from comity.bootstrap.search import indexing_of
    from comity.model.account import Account, Role
    from comity.model.api_token import Scope
    from comity.services.integrate.tokens import ID_BYTES, SECRET_BYTES, Wanted, made
    from comity.services.operate.accounts.signing_in import digest_of
    from comity.services.operate.desk_bench.furnishing import furnish
    from comity.store.engine import open_store

    (place / "comity.toml").write_text(_SETTINGS, encoding="utf-8")
    store = open_store(place / "comity.db")
    store.create()
    furnish(order, store.write)
    keeper = indexing_of(store)
    while keeper.lot(_INDEXED):
        pass
    token = secrets.token_hex(32)
    with store.write() as records:
        records.accounts.add(Account(name="bench", role=Role.ADMINISTRATOR, created=order.now), "-")
        kept = records.accounts.find("bench")
        records.accounts.begin(digest_of(token), kept.account_id if kept else 0, order.now)
        wanted = Wanted(name="bench", scopes=frozenset({Scope.METRICS_READ}), per_minute=_OFTEN)
        watches, _ = made(records.tokens, wanted, secrets.token_bytes(ID_BYTES + SECRET_BYTES), now=order.now)
    store.close()
    return token, watches


def _asked(place: Path, tokens: tuple[str, str], order: "DeskOrder", *, pace: tuple[int, int]) -> list[_Taken]:
    """Start a server, ask it, stop it."""
    words = [
        sys.executable,
        "-m",
        "comity",
        "--config",
        str(place / "comity.toml"),
        "serve",
        "--role",
        "pages",
        "--json",
    ]
    child = subprocess.Popen(words, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ)  # noqa: S603
    try:
        return asyncio.run(_ask(_ports(child), tokens, order, pace=pace))
    finally:
        child.terminate()
        child.wait(60)


def _ports(child: "subprocess.Popen[bytes]") -> dict[str, int]:
    """Where each of them listens."""
    assert child.stdout is not None  # noqa: S101 - it was asked for
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and (line := child.stdout.readline()):
        listening = json.loads(line).get("listening", ())
        found = {each.partition("=")[0]: int(each.rpartition(":")[2]) for each in listening}
        if found.keys() >= {"desk", "api", "help"}:
            return found
    raise RuntimeError("the server did not begin")


async def _ask(
    ports: dict[str, int], tokens: tuple[str, str], order: "DeskOrder", *, pace: tuple[int, int]
) -> list[_Taken]:
    """Ask by the clock."""
    import httpx

    from comity.services.operate.desk_bench.furnishing import case_name

    (rate, seconds), (token, watches) = pace, tokens
    desk, api, site = (f"http://127.0.0.1:{ports[name]}" for name in ("desk", "api", "help"))
    async with httpx.AsyncClient(
        base_url=desk, cookies={"comity": token}, trust_env=False, timeout=60, limits=httpx.Limits(max_connections=90)
    ) as client:
        style = (
            (await client.get("/sign-in", follow_redirects=True)).text.partition('href="/static/')[2].partition('"')[0]
        )
        taken = [
            *(_Taken(path=path) for path in _PAGES),
            _Taken(path=f"/cases/{case_name(order, 0)}"),
            _Taken(path=f"/cases/{case_name(order, order.cases // 2)}"),
            _Taken(path=f"/static/{style}"),
            _Taken(path="/metrics", base=api, headers={"authorization": f"Bearer {watches}"}),
            *(_Taken(path=path, base=site) for path in _HELP),
        ]
        for number in range(_ROUNDS * len(taken)):
            await _one(client, taken[number % len(taken)], counts=False)
        began, asked = time.perf_counter(), list[asyncio.Task[None]]()
        for number in range(rate * seconds):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            asked.append(asyncio.create_task(_one(client, taken[number % len(taken)], counts=True)))
        await asyncio.gather(*asked)
    return taken


async def _one(client: object, page: _Taken, *, counts: bool) -> None:
    import httpx

    assert isinstance(client, httpx.AsyncClient)  # noqa: S101 - for the checker of types
    began = time.perf_counter()
    try:
        answer = await client.get(page.base + page.path, headers=page.headers)
        is_right, size = answer.status_code == 200, len(answer.content)
    except httpx.HTTPError:
        is_right, size = False, 0
    if counts:
        page.seconds.append(time.perf_counter() - began)
        page.size = max(page.size, size)
        page.wrong += not is_right


def _objects(found: Sequence[_Taken]) -> list[str]:
    return [
        json.dumps(
            {
                "path": each.path,
                "asked": len(each.seconds),
                "wrong": each.wrong,
                "p50_ms": round(each.within(0.5), 1),
                "p95_ms": round(each.within(0.95), 1),
                "bytes": each.size,
            }
        )
        for each in found
    ]


def _lines(found: Sequence[_Taken], order: "DeskOrder", rate: int) -> list[str]:
    say = speaker().say
    lines = [say("bench.web", reports=f"{order.reports:,}", cases=f"{order.cases:,}", rate=rate)]
    for each in found:
        p50, p95 = f"{each.within(0.5):.1f}", f"{each.within(0.95):.1f}"
        lines.append(
            say(
                "bench.web-page",
                path=each.path[:40].ljust(40),
                p50=p50.rjust(7),
                p95=p95.rjust(7),
                size=f"{each.size:,}",
            )
        )
        if each.wrong:
            lines.append(say("bench.web-wrong", path=each.path, n=each.wrong))
    return lines
