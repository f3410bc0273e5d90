"""Complaints and feedback handed over by programs: what a 202 means, what is sent twice, what is refused."""

import base64
import json
from concurrent.futures import Future
from typing import TYPE_CHECKING

import pytest

from comity.model.api_token import Scope
from comity.model.arrival import Arrival
from comity.model.outcomes import ComityError, Outcome

if TYPE_CHECKING:
    from conftest import Scene

MAIL = b"From: a@shop.example\r\nSubject: hello\r\n\r\nbuy\r\n"


def test_a_complaint_is_on_the_disk_before_202(scene: "Scene") -> None:
    """The mail lies in the spool, byte for byte, in the name of the mailbox, when the caller is told so."""
    headers = {"content-type": "message/rfc822", "comity-mailbox": "ann@west.example"}
    answer = scene.call("POST", "/v1/complaints", scene.token(), content=MAIL, headers=headers)
    assert answer.status_code == 202, answer.text
    (waiting,) = scene.spool.claim(0, items=9, data_bytes=1 << 20)
    arrival, said = waiting.arrival, answer.json()
    assert (arrival.data, arrival.envelope_from, arrival.gate) == (MAIL, "ann@west.example", "api")
    assert arrival.name == f"api/spam/{said['submission']}.eml"
    assert said["state"] == "waiting"
    assert answer.headers["location"] == f"/v1/submissions/{said['submission']}"


def test_json_says_the_same(scene: "Scene") -> None:
    """A complaint in JSON, and one that takes it back."""
    body = {"mail": base64.b64encode(MAIL).decode(), "mailbox": "ann@west.example", "not_spam": True}
    answer = scene.call("POST", "/v1/complaints", scene.token(), json=body)
    assert answer.status_code == 202, answer.text
    (waiting,) = scene.spool.claim(0, items=9, data_bytes=1 << 20)
    assert (waiting.arrival.data, waiting.arrival.recipients) == (MAIL, ("api/not-spam",))


@pytest.mark.parametrize(
    ("media", "data"),
    [
        ("message/rfc822", MAIL),
        ("application/json", b'{"xarf_version": "4.2.0"}'),
        ("text/csv; charset=utf-8", b"ip,port\n192.0.2.1,25\n"),
        ("application/zip", b"PK\x03\x04"),
    ],
)
def test_feedback_of_any_kind(scene: "Scene", media: str, data: bytes) -> None:
    """Whatever form it has, it is kept as it came; nobody reads it here."""
    answer = scene.call("POST", "/v1/feedback", scene.token(), content=data, headers={"content-type": media})
    assert answer.status_code == 202, answer.text
    (waiting,) = scene.spool.claim(0, items=9, data_bytes=1 << 20)
    assert (waiting.arrival.data, waiting.arrival.recipients) == (data, ("api/feedback",))


def test_sent_twice_under_one_key_it_is_one(scene: "Scene") -> None:
    """The same key gives the same answer and one item; another token's key is another key; another body is refused."""
    headers = {"content-type": "message/rfc822", "idempotency-key": "k-1"}
    token = scene.token()
    first = scene.call("POST", "/v1/feedback", token, content=MAIL, headers=headers)
    second = scene.call("POST", "/v1/feedback", token, content=MAIL, headers=headers)
    assert first.json() == second.json()
    assert scene.code(scene.call("POST", "/v1/feedback", token, content=MAIL + b"x", headers=headers)) == "key-reused"
    other = scene.call("POST", "/v1/feedback", scene.token(name="b"), content=MAIL, headers=headers)
    assert other.json()["submission"] != first.json()["submission"]
    assert scene.spool.counts().items == 2


def test_no_room_is_said_and_nothing_is_kept(scene: "Scene") -> None:
    """P4: a full queue, and a budget that is used up, answer 429 with a time to come back."""

    def full(_: Arrival) -> Future[int]:
        raise ComityError("spool-busy", "full", outcome=Outcome.FULL)

    class NoRoom:
        def take(self, _: int) -> bool:
            return False

        def give(self, size: int) -> None:
            assert size == 0

    headers = {"content-type": "message/rfc822", "authorization": f"Bearer {scene.token()}"}
    for app in (scene.app(put=full), scene.app(room=NoRoom())):
        answer = app.post("/v1/feedback", content=MAIL, headers=headers)
        assert (answer.status_code, scene.code(answer)) == (429, "no-room")
        assert int(answer.headers["retry-after"]) >= 1
    assert scene.spool.counts().items == 0


@pytest.mark.parametrize(
    ("path", "headers", "body", "code"),
    [
        ("/v1/complaints", {"content-type": "text/plain"}, MAIL, "media-unfit"),
        ("/v1/complaints", {"content-type": "message/rfc822", "content-encoding": "gzip"}, MAIL, "media-unfit"),
        ("/v1/complaints", {"content-type": "message/rfc822", "comity-mailbox": "a@b@c"}, MAIL, "header-unfit"),
        ("/v1/complaints", {"content-type": "message/rfc822", "comity-not-spam": "yes"}, MAIL, "header-unfit"),
        ("/v1/complaints", {"content-type": "message/rfc822", "comity-mailbox": "a@east.example"}, MAIL, "mailbox-elsewhere"),
        ("/v1/complaints", {"content-type": "message/rfc822"}, b"", "body-empty"),
        ("/v1/complaints", {"content-type": "message/rfc822"}, b"x" * ((1 << 20) + 1), "too-large"),
        ("/v1/complaints", {"content-type": "application/json"}, b"{", "body-unfit"),
        ("/v1/complaints", {"content-type": "application/json"}, b"[" * 60000, "body-unfit"),
        ("/v1/complaints", {"content-type": "application/json"}, b'{"mail": "QUJD", "shell": 1}', "body-unfit"),
        ("/v1/complaints", {"content-type": "application/json"}, b'{"mail": "QU=JDA"}', "body-unfit"),
        ("/v1/complaints", {"content-type": "application/json"}, b'{"mail": "\xff"}', "body-unfit"),
        ("/v1/feedback", {"content-type": "text/csv", "comity-name": "../../etc/passwd"}, b"a,b", "header-unfit"),
        ("/v1/feedback", {"content-type": "text/csv", "idempotency-key": "x" * 201}, b"a,b", "header-unfit"),
        ("/v1/feedback?mailbox=a", {"content-type": "text/csv"}, b"a,b", "query-unfit"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_name(
    scene: "Scene", path: str, headers: dict[str, str], body: bytes, code: str
) -> None:
    """Each no has its code, and nothing is kept."""
    assert scene.code(scene.call("POST", path, scene.token(), content=body, headers=headers)) == code
    assert scene.spool.counts().items == 0


def test_without_an_identity_complaints_are_not_taken(scene: "Scene") -> None:
    """A program learns that nobody would be told, before it sends a mail."""
    headers = {"content-type": "message/rfc822", "authorization": f"Bearer {scene.token()}"}
    answer = scene.app(own_domains=None).post("/v1/complaints", content=MAIL, headers=headers)
    assert (answer.status_code, scene.code(answer)) == (404, "complaints-not-taken")


def test_whoever_handed_it_over_may_ask(scene: "Scene") -> None:
    """What became of it is for that token, and for those that may see cases; for others it does not exist."""
    mine, other = scene.token(Scope.FEEDBACK_WRITE), scene.token(Scope.FEEDBACK_WRITE, name="b")
    headers = {"content-type": "message/rfc822"}
    path = scene.call("POST", "/v1/feedback", mine, content=MAIL, headers=headers).headers["location"]
    assert json.loads(scene.call("GET", path, mine).content)["state"] == "waiting"
    assert scene.call("GET", path, scene.token(Scope.CASES_READ, name="c")).status_code == 200
    assert scene.code(scene.call("GET", path, other)) == "submission-unknown"
    assert scene.code(scene.call("GET", path[:-1] + "z", mine)) == "not-found"
