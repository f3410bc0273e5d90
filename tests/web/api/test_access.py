"""Who may ask: tokens in the one place where they count, and how requests are framed."""

import re
import socket
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from comity.model.api_token import Scope

from ..on_loopback import hung_up, waited

if TYPE_CHECKING:
    from conftest import Scene

FEEDBACK = "/v1/feedback"
CSV = {"content-type": "text/csv"}
ROWS = b"ip,port\n192.0.2.1,25\n"


def raw(scene: "Scene", data: bytes) -> bytes:
    """What the server says to these very bytes, until it hangs up."""
    with socket.create_connection(("127.0.0.1", scene.port), 20) as connection:
        connection.sendall(data)
        found = b""
        while piece := connection.recv(65536):
            found += piece
    return found


@pytest.mark.parametrize(
    ("headers", "query", "code"),
    [
        ({}, "", "token-missing"),
        ({}, "?access_token=TOKEN", "token-missing"),
        ({"authorization": "Basic TOKEN"}, "", "token-unknown"),
        ({"authorization": "Bearer TOKENx"}, "", "token-unknown"),
        ({"authorization": "Bearer x"}, "", "token-unknown"),
        ({"authorization": "TOKEN"}, "", "token-unknown"),
        ({"cookie": "token=TOKEN"}, "", "token-missing"),
    ],
)
def test_a_token_counts_in_the_bearer_header_alone(
    scene: "Scene", headers: dict[str, str], query: str, code: str
) -> None:
    """Elsewhere it would stand in logs; there it is refused even when it is right."""
    token = scene.token()
    headers = {name: value.replace("TOKEN", token) for name, value in headers.items()}
    answer = scene.call("POST", FEEDBACK + query.replace("TOKEN", token), content=ROWS, headers={**CSV, **headers})
    assert (answer.status_code, scene.code(answer)) == (401, code)
    assert answer.headers["www-authenticate"].startswith('Bearer realm="comity"')
    assert token not in answer.text
    assert token not in str(scene.log)
    assert scene.spool.counts().items == 0


def test_two_tokens_are_none(scene: "Scene") -> None:
    """Two Authorization fields are refused, whichever of them is right."""
    token = scene.token()
    data = f"GET /v1/submissions/{'0' * 32} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + 2 * (
        f"Authorization: Bearer {token}\r\n"
    )
    assert b"token-unknown" in raw(scene, data.encode() + b"\r\n")


def test_what_is_over_is_refused(scene: "Scene") -> None:
    """Revoked from the next request on, expired at its moment; who lacks the secret is not even told that."""
    token = scene.token(Scope.FEEDBACK_WRITE, expires=scene.work.now() + timedelta(days=1))
    later = scene.app(now=lambda: scene.work.now() + timedelta(days=1))
    bearer = {"authorization": f"Bearer {token}"}
    assert scene.code(later.post(FEEDBACK, content=ROWS, headers=CSV | bearer)) == "token-expired"
    assert scene.call("POST", FEEDBACK, token, content=ROWS, headers=CSV).status_code == 202
    scene.revoke("ticket system")
    assert scene.code(scene.call("POST", FEEDBACK, token, content=ROWS, headers=CSV)) == "token-revoked"
    forged = token[:-43] + "A" * 43
    assert scene.code(scene.call("POST", FEEDBACK, forged, content=ROWS, headers=CSV)) == "token-unknown"


def test_a_scope_allows_what_it_says(scene: "Scene") -> None:
    """A token for feedback does not complain; the answer names the scope that is needed."""
    answer = scene.call("POST", "/v1/complaints", scene.token(Scope.FEEDBACK_WRITE), content=ROWS, headers=CSV)
    assert (answer.status_code, scene.code(answer)) == (403, "scope-missing")
    assert 'scope="complaints:write"' in answer.headers["www-authenticate"]


def test_nothing_is_read_before_the_token(scene: "Scene") -> None:
    """Who has none is told so before a byte of the body was sent, and the connection is closed."""
    head = b"POST /v1/feedback HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 500000\r\n\r\n"
    said = raw(scene, head)
    assert said.startswith(b"HTTP/1.1 401 ")
    assert b"connection: close" in said.lower()


def test_who_asks_too_often_waits(scene: "Scene") -> None:
    """Each token has a pace of its own; Retry-After says when it is worth asking again."""
    slow, other = scene.token(per_minute=1), scene.token(name="b")
    path = f"/v1/submissions/{'0' * 32}"
    answers = [scene.call("GET", path, slow) for _ in range(12)]
    assert {each.status_code for each in answers[:10]} == {404}
    assert scene.code(answers[11]) == "too-often"
    assert 1 <= int(answers[11].headers["retry-after"]) <= 60
    assert scene.call("GET", path, other).status_code == 404


def test_the_day_of_use_is_noted_and_no_more(scene: "Scene") -> None:
    """What is kept about the use of a token is a day."""
    token = scene.token()
    scene.call("GET", f"/v1/submissions/{'0' * 32}", token)
    with scene.store.read() as records:
        (found,) = records.tokens.all()
    assert found.last_used == "2026-03-01"
    assert token[-20:] not in (scene.store.path or scene.spool.path).read_bytes().decode("latin-1")


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"Content-Length: +5\r\n\r\nabcde",
        b"Content-Length : 5\r\n\r\nabcde",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"X: a\r\n b: c\r\n\x00\r\n\r\n",
    ],
)
def test_no_second_request_is_smuggled(scene: "Scene", framing: bytes) -> None:
    """A request whose length can be read in two ways gets one answer, a no, and its connection ends."""
    head = f"POST {FEEDBACK} HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nAuthorization: Bearer {scene.token()}\r\n"
    said = raw(scene, head.encode() + framing)
    assert len(re.findall(rb"HTTP/1\.1 \d", said)) == 1
    assert re.match(rb"HTTP/1\.1 (400|501|415|411) ", said), said
    assert scene.spool.counts().items == 0


def test_a_large_body_stops_early(scene: "Scene") -> None:
    """What is said to be too large is refused unread; what turns out so is refused when it does, not after gigabytes."""
    token = scene.token()
    head = f"POST {FEEDBACK} HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nAuthorization: Bearer {token}\r\n"
    said = raw(scene, head.encode() + b"Content-Length: 9999999999\r\n\r\n")
    assert b" 413 " in said
    sent = 0
    with socket.create_connection(("127.0.0.1", scene.port), 20) as connection:
        connection.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        try:
            while sent < 64 << 20:
                connection.sendall(chunk)
                sent += 65536
        except OSError:
            pass
        assert sent < 48 << 20


def test_who_is_slow_does_not_stay(scene: "Scene") -> None:
    """A head that does not come, and a body that does not, end; nothing of them is kept."""
    served = scene.serve
    quick = scene.app(seconds=0.3)
    port = quick.base_url.port
    head = f"POST {FEEDBACK} HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nAuthorization: Bearer {scene.token()}\r\n"
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        connection.sendall(head.encode() + b"Content-Length: 100\r\n\r\nab")
        assert b" 408 " in connection.recv(200)
    port = scene.ends.enter_context(served(scene.work, head_seconds=0.3))
    for part in (b"", b"GET /health HTTP/1.1\r\nX: ", b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /hea"):
        with socket.create_connection(("127.0.0.1", port), 20) as connection:
            connection.sendall(part)
            try:
                while connection.recv(1000):
                    pass
            except ConnectionResetError:
                pass
    assert scene.spool.counts().items == 0


def test_errors_repeat_nothing_and_speak_the_language(scene: "Scene") -> None:
    """What a stranger wrote is in no answer; the words are Chinese for who asks for Chinese."""
    said: Any = scene.call(
        "GET", "/v1/<script>alert(1)</script>", headers={"accept-language": "zh-CN,zh;q=0.9,en;q=0.1"}
    )
    assert scene.code(said) == "not-found"
    assert "script" not in said.text
    assert said.headers["content-language"] == "zh-Hans"
    assert "这里什么都没有" in said.text
    assert said.headers["x-content-type-options"] == "nosniff"
    assert said.headers["cache-control"] == "no-store"
    method = scene.call("DELETE", "/health")
    assert (method.status_code, scene.code(method), method.headers["allow"]) == (405, "no-method", "GET")


def test_anybody_may_ask_whether_we_are_there(scene: "Scene") -> None:
    """Health and readiness need no token and say nothing but that."""
    assert scene.call("GET", "/health").json() == scene.call("GET", "/ready").json() == {"status": "ok"}
    meaning = scene.call("GET", "/v1/problems/too-large").json()
    assert meaning["status"] == 413


def test_whoever_goes_in_the_middle_is_no_fault_of_ours(scene: "Scene") -> None:
    """A body that breaks off is late, for good; nothing is kept of it."""
    token = scene.token()
    hung_up(scene.port, f"POST {FEEDBACK} HTTP/1.1\r\nContent-Type: text/csv\r\nAuthorization: Bearer {token}")
    waited(lambda: scene.log)
    assert [(event, said.get("error")) for event, said in scene.log] == [("api-request", "too-slow")]
    assert scene.spool.counts().items == 0
