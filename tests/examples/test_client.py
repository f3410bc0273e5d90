"""The client that is generated: it is current, it says what the document says, and it is careful with a token."""

import http.server
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from comity.formats.webhook import signed
from comity.web.api import openapi

ROOT = Path(__file__).parents[2]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module as a program finds it."""
    monkeypatch.syspath_prepend(str(ROOT / "examples/python"))
    import comity_client  # type: ignore[import-not-found]  # lies beside the project

    assert isinstance(comity_client, ModuleType)
    return comity_client


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """What writes it."""
    monkeypatch.syspath_prepend(str(ROOT / "script"))
    monkeypatch.delitem(sys.modules, "client", raising=False)
    import client as found  # type: ignore[import-not-found]  # lies beside the project

    assert isinstance(found, ModuleType)
    return found


@contextmanager
def a_server(status: int, said: bytes, **fields: str) -> Iterator[tuple[str, list[Any]]]:
    """Something that answers every request with the same."""
    asked: list[Any] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append((self.command, self.path, dict(self.headers), body))
            self.send_response(status)
            for name, value in fields.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_POST = do_GET  # noqa: N815 - the library finds it by this name

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()


def test_the_client_is_current(writer: ModuleType) -> None:
    """``script/docs`` writes it; a changed operation is a changed client."""
    written = (ROOT / "examples/python/comity_client.py").read_text(encoding="utf-8")
    assert written == writer.generated(json.loads(json.dumps(openapi())))


def test_every_operation_is_a_method(client: ModuleType, writer: ModuleType) -> None:
    """Under its own name."""
    names = [
        one["operationId"] for each in openapi()["paths"].values() for one in each.values() if "operationId" in one
    ]
    assert len(names) > 20
    assert [each for each in names if not callable(getattr(client.Comity, writer.snake(each), None))] == []


def test_what_is_asked_goes_where_the_document_says(client: ModuleType) -> None:
    """Path, query, header fields and body; a name of a case cannot lead elsewhere; nothing is asked for that was not given."""
    with a_server(200, b'{"cases": [], "next": null}') as (address, asked):
        comity = client.Comity(address, "comity_1_x", language="zh-CN")
        assert comity.list_cases(state="open", limit=3) == {"cases": [], "next": None}
        comity.show_case("../a?b#c")
        comity.hand_over_complaint(b"\xff\r\n", comity_mailbox="a@west.example", idempotency_key="k")
        comity.act_on_case("c", {"act": "take"})
        comity.retry_shunted("7")
    assert [(each[0], each[1]) for each in asked] == [
        ("GET", "/v1/cases?state=open&limit=3"),
        ("GET", "/v1/cases/..%2Fa%3Fb%23c"),
        ("POST", "/v1/complaints"),
        ("POST", "/v1/cases/c/acts"),
        ("POST", "/v1/shunt/7/retry"),
    ]
    assert asked[0][2]["Authorization"] == "Bearer comity_1_x"
    assert asked[0][2]["Accept-Language"] == "zh-CN"
    complaint = {name.lower(): value for name, value in asked[2][2].items()}
    assert (complaint["content-type"], complaint["comity-mailbox"]) == ("message/rfc822", "a@west.example")
    assert complaint["idempotency-key"] == "k"
    assert "comity-fraud" not in complaint
    assert asked[2][3] == b"\xff\r\n"
    assert json.loads(asked[3][3]) == {"act": "take"}


def test_a_no_has_its_code_and_says_when_to_come_again(client: ModuleType) -> None:
    """A problem of ours, something else that stands between, an answer that is none, nobody there."""
    said = json.dumps({"code": "too-often", "title": "too many", "detail": "Wait."}).encode()
    with a_server(429, said, Retry_After="7") as (address, _), pytest.raises(client.ProblemError) as caught:
        client.Comity(address).list_cases()
    assert (caught.value.code, caught.value.retry_after, caught.value.again) == ("too-often", 7.0, True)
    with a_server(502, b"<html>") as (address, _), pytest.raises(client.ProblemError) as caught:
        client.Comity(address).list_cases()
    assert (caught.value.status, caught.value.code, caught.value.again) == (502, "", True)
    with a_server(200, b"<html>") as (address, _), pytest.raises(client.ProblemError, match="no JSON"):
        client.Comity(address).list_cases()
    with pytest.raises(client.ProblemError) as caught:
        client.Comity("http://127.0.0.1:1").list_cases()
    assert (caught.value.code, caught.value.again) == ("no-answer", True)


def test_a_token_goes_nowhere_else(client: ModuleType) -> None:
    """Not in the clear to another machine, not where a redirect leads, not to a proxy of the surroundings."""
    for address in ("http://api.west.example", "ftp://west.example", "west.example", "https://a@west.example"):
        with pytest.raises(ValueError, match=r"address|https"):
            client.Comity(address, "secret")
    with a_server(200, b"{}") as (elsewhere, asked):
        with (
            a_server(302, b"", Location=f"{elsewhere}/v1/cases") as (address, _),
            pytest.raises(client.ProblemError) as caught,
        ):
            client.Comity(address, "secret").list_cases()
        assert caught.value.status == 302
        assert asked == []


def test_pages_are_followed_to_the_end(client: ModuleType) -> None:
    """Each with the cursor of the one before."""
    given = {None: {"cases": [1, 2], "next": "a"}, "a": {"cases": [3], "next": None}}
    assert list(client.pages(given.__getitem__, "cases")) == [1, 2, 3]


def test_a_webhook_is_checked_as_it_is_signed(client: ModuleType) -> None:
    """By the very module that signs it; another body, an old one, another secret, odd fields are not genuine."""
    now = datetime(2026, 3, 1, tzinfo=UTC)
    fields, clock = signed("m1", b"{}", b"s" * 32, now=now), now.timestamp
    assert client.is_genuine(fields, b"{}", b"s" * 32, now=clock)
    assert not client.is_genuine(fields, b"{ }", b"s" * 32, now=clock)
    assert not client.is_genuine(fields, b"{}", b"t" * 32, now=clock)
    assert not client.is_genuine(fields, b"{}", b"s" * 32, now=lambda: clock() + 301)
    for name, odd in (
        ("webhook-timestamp", "x"),
        ("webhook-id", "\u4e00"),
        ("webhook-signature", "v1,!"),
        ("webhook-signature", ""),
    ):
        assert not client.is_genuine({**fields, name: odd}, b"{}", b"s" * 32, now=clock)
    assert not client.is_genuine({}, b"{}", b"s" * 32, now=clock)
