"""Other programs are told over real HTTP; what they do wrong harms nobody."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from httpx import URL

from comity.bootstrap.playbook.outside import Programs
from comity.formats.webhook import is_genuine
from comity.model.case_consequence import CaseConsequence, ConsequenceState
from comity.model.outcomes import ComityError
from comity.model.playbook import ActionKind
from comity.outlets.private_key import KeySort, make, read_ed25519
from comity.outlets.programs.posting import Place, _open_address
from comity.outlets.programs.webhooks import WebhookOut
from comity.outlets.secret_file import secret
from comity.settings import parse

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
FACTS = {"case": "4f2a", "label": "West Hosting", "reports": 3}


class Server:
    """A real server on loopback that answers as it is told, and remembers what it heard."""

    def __init__(self, answers: list[int | str]) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.done = Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                owner.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
                answer = answers.pop(0)
                if answer == "silence":
                    owner.done.wait(300)
                    return
                if answer == "endless":
                    self.send_response(200)
                    self.end_headers()
                    try:
                        while not owner.done.is_set():
                            self.wfile.write(b"x" * 4096)
                    except OSError:
                        return
                    return
                if isinstance(answer, str):
                    self.send_response(200)
                    self.end_headers()
                    self.wfile.write(answer.encode())
                    return
                status = answer
                self.send_response(status)
                if status == 302:
                    self.send_header("location", "/elsewhere")
                self.end_headers()
                self.wfile.write(b"said\nso")

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/hook"


@contextmanager
def serving(*answers: int | str) -> Iterator[Server]:
    server = Server(list(answers))
    thread = Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.done.set()
        server.http.shutdown()
        thread.join()
        server.http.server_close()


def _what(target: str = "helpdesk") -> CaseConsequence:
    return CaseConsequence(
        key="key1",
        case_id="4f2a",
        kind=ActionKind.WEBHOOK,
        target_kind="webhook",
        target=target,
        actor="playbook own",
        why="watched/1",
        state=ConsequenceState.WAITING,
        entered=NOW,
        due=NOW,
    )


def _programs(folder: Path, url: str, more: str = "") -> Programs:
    text = f'[[playbook.webhooks]]\nname = "helpdesk"\nurl = "{url}"\nprivate = true\n{more}'
    return Programs(parse(text, folder / "comity.toml"))


def test_what_is_sent_is_signed_with_the_shared_secret(tmp_path: Path) -> None:
    """HMAC over id, time and body; another body, another secret or another hour is refused."""
    with serving(500, 200) as server:
        programs = _programs(tmp_path, server.url, 'secret_file = "hook.secret"')
        assert programs.tell(_what(), FACTS, NOW).status == 500
        assert programs.tell(_what(), FACTS, NOW).status == 200
    fields, body = server.heard[1]
    key = secret(tmp_path / "hook.secret")
    assert json.loads(body) == FACTS
    assert fields["webhook-id"] == server.heard[0][0]["webhook-id"] == "key1"
    assert is_genuine(fields, body, key, now=NOW)
    assert not is_genuine(fields, body + b" ", key, now=NOW)
    assert not is_genuine(fields, body, b"another", now=NOW)
    assert not is_genuine(fields, body, key, now=NOW.replace(hour=13))


def test_without_a_secret_it_is_signed_with_the_key_of_the_ledger(tmp_path: Path) -> None:
    """Ed25519: whoever has our public key can check it."""
    make(tmp_path / "ledger.key", KeySort.ED25519)
    with serving(200) as server:
        _programs(tmp_path, server.url).tell(_what(), FACTS, NOW)
    fields, body = server.heard[0]
    ours = read_ed25519(tmp_path / "ledger.key").public_key()
    assert is_genuine(fields, body, ours, now=NOW)
    assert not is_genuine(fields, body, Ed25519PrivateKey.generate().public_key(), now=NOW)


def test_a_file_that_cannot_be_used_is_said_and_tried_again(tmp_path: Path) -> None:
    """A secret in another form, a token or a form that is not there: the program is not told, the next one is, nothing ends."""
    make(tmp_path / "ledger.key", KeySort.ED25519)
    (tmp_path / "hook.secret").write_text("whsec_AAEC\n")
    (tmp_path / "hook.secret").chmod(0o600)
    with serving(200) as server:
        for more in ('secret_file = "hook.secret"', 'authorization_file = "none"', 'body = "none.json"'):
            programs = _programs(tmp_path, server.url, more)
            answered = programs.tell(_what(), FACTS, NOW)
            assert (answered.status, answered.text.startswith("our own file: ")) == (0, True)
            with pytest.raises((ComityError, OSError)):
                programs.check("helpdesk")
        assert not server.heard
        (tmp_path / "none.json").write_text("{}")
        assert programs.tell(_what(), FACTS, NOW).status == 200


@pytest.mark.parametrize("name", ["rt", "zammad", "jira"])
def test_the_forms_that_we_hand_out_can_be_used(tmp_path: Path, name: str) -> None:
    """Each names the case and its customer, and asks for the fields that its program needs."""
    form = Path(__file__).parents[3] / "contrib" / "webhooks" / f"{name}.json"
    token = tmp_path / "token"
    token.write_text("Bearer abc\n")
    token.chmod(0o600)
    make(tmp_path / "ledger.key", KeySort.ED25519)
    with serving(201) as server:
        more = f'body = "{form}"\nauthorization_file = "token"\n'
        _programs(tmp_path, server.url, more).tell(_what(), FACTS | {"complainers": 2, "contact": None}, NOW)
    fields, body = server.heard[0]
    assert fields["authorization"] == "Bearer abc"
    said = json.loads(body)
    assert "4f2a" in json.dumps(said)
    assert "West Hosting" in json.dumps(said)
    needed = {
        "rt": ["Queue", "Subject", "Content"],
        "zammad": ["title", "group", "customer_id", "article"],
        "jira": ["fields"],
    }
    assert all(each in said for each in needed[name])


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.7", "169.254.169.254", "[::ffff:127.0.0.1]"]
)
def test_a_private_address_is_called_where_the_settings_say_so(host: str) -> None:
    """Otherwise nobody there hears anything, and the answer says what to set."""
    with serving(200) as server:
        place = Place(url=f"http://{host}:{server.http.server_port}/hook", may_be_private=False)
        found = WebhookOut().post(place, b"{}", {})
    assert found.status == 0
    assert found.text == "private"
    assert server.heard == []


@pytest.mark.parametrize(
    ("address", "is_open"),
    [
        ("64:ff9b::a00:7", False),  # a translator would lead to 10.0.0.7
        ("64:ff9b::5db8:d70e", True),  # and here to 93.184.215.14
        ("64:ff9b:1::a00:7", False),
        ("2002:a00:7::1", False),
        ("::ffff:0:7f00:1", False),
        ("::7f00:1", False),
        ("fec0::7", False),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
    ],
)
def test_ipv4_written_in_ipv6_is_what_it_leads_to(monkeypatch: pytest.MonkeyPatch, address: str, is_open: bool) -> None:
    """Whoever answers for a name may write an inner address in a form that looks open."""
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(10, 1, 6, "", (address, 443, 0, 0))])
    assert (_open_address(URL("https://helpdesk.west.example/x")) is not None) is is_open


def test_an_open_address_is_the_one_that_was_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name is looked up once; what is called is what was found, under the name that the settings give."""
    asked: list[str] = []

    def looked_up(host: str, *_: object, **__: object) -> list[object]:
        asked.append(host)
        return [(2, 1, 6, "", ("192.0.2.1" if len(asked) > 1 else "93.184.215.14", 80))]

    monkeypatch.setattr("socket.getaddrinfo", looked_up)
    assert _open_address(URL("http://helpdesk.west.example/x")) == "93.184.215.14"
    assert _open_address(URL("http://helpdesk.west.example/x")) is None  # an address of the documentation's
    assert asked == ["helpdesk.west.example"] * 2


def test_nobody_there_is_no_fault(tmp_path: Path) -> None:
    """A closed port, and a webhook that the settings no longer know."""
    with serving() as server:
        url = server.url
    assert WebhookOut().post(Place(url=url), b"{}", {}).status == 0
    make(tmp_path / "ledger.key", KeySort.ED25519)
    assert _programs(tmp_path, url).tell(_what("gone"), FACTS, NOW).status == 0


@pytest.mark.parametrize(("answer", "seconds", "status"), [("silence", 0.3, 0), ("endless", 60, 200), (302, 60, 302)])
def test_a_server_that_misbehaves_costs_little(answer: int | str, seconds: float, status: int) -> None:
    """Silence ends after the time allowed, an endless answer is cut, nobody is followed elsewhere (P6)."""
    with serving(answer) as server:
        found = WebhookOut(seconds=seconds).post(Place(url=server.url), b"{}", {})
        assert found.status == status
        assert "\n" not in found.text
    assert len(server.heard) == 1 or (
        answer == "silence" and not server.heard
    )  # on a busy machine, time ends before it


@pytest.mark.parametrize(
    "url",
    ["http://helpdesk.example/", "https://u:p@helpdesk.example/", "file:///etc/passwd", "https://helpdesk.example"],
)
def test_only_safe_places_are_taken(url: str, tmp_path: Path) -> None:
    """Clear text leaves this machine never; secrets do not stand in addresses."""
    from comity.model.outcomes import ComityError

    with pytest.raises(ComityError) as caught:
        _programs(tmp_path, url)
    assert caught.value.place == f"{tmp_path / 'comity.toml'}:3"


@pytest.mark.parametrize("url", ["amqps://127.0.0.1:1", "https://localhost/abuse"])
def test_a_certificate_that_is_not_there_ends_nothing(tmp_path: Path, url: str) -> None:
    """Over a bus as over HTTPS: it is tried again, and the doctor names the file."""
    make(tmp_path / "ledger.key", KeySort.ED25519)
    programs = _programs(tmp_path, url, 'certificate = "none.pem"' + ('\ntopic = "abuse"' if "amqp" in url else ""))
    assert programs.tell(_what(), FACTS, NOW).status == 0
    with pytest.raises(OSError, match=r"none\.pem"):
        programs.check("helpdesk")
