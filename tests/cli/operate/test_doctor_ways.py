"""``comity doctor`` looks at the ways on which mail comes and goes, and names a remedy for each that is not right."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiosmtpd.handlers import Sink

from comity.bootstrap.first_run import first_run
from comity.bootstrap.passwords import password_of
from comity.cli import main
from comity.model.consumer import MAIL_REFUSED, Consumer, ConsumerState
from comity.model.outcomes import ComityError
from comity.outlets.key_ring import keys_at
from comity.outlets.private_key import KeySort
from comity.store.engine import open_store
from comity.store.spool.watched import Watched

from ...mail_host import free_port, mail_host
from ...outlets.programs.test_webhooks import serving

AGREEMENTS = '[[agreement]]\npeer = "east"\naddress = "fbl@east.example"\nnetworks = ["198.51.100.0/24"]\ntier = "T2"\n'
GIVEN = {
    "identity.domain": "west.example",
    "identity.address": "feedback@west.example",
    "complain.agreements": "agreements.toml",
    "gates.reserve_mib": 1,
    "gates.mailboxes": ["fbl@west.example"],
}

DAY = datetime(2026, 11, 1, tzinfo=UTC)
DEAD = Consumer(
    name="letters",
    address="fbl@letters.example",
    state=ConsumerState.SUSPENDED,
    since=DAY,
    applied=DAY,
    reason=MAIL_REFUSED,
)


class West:
    """A desk, and what doctor says of it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        (folder / "agreements.toml").write_text(AGREEMENTS)

    def doctor(self, more: str = "", **given: object) -> dict[str, str]:
        """Each finding with its condition; every one that is not right has words and a remedy in both languages."""
        path = self.folder / "comity.toml"
        for name in ("comity.toml", "comity.db", "dkim.key", "ledger.key", "comity.key"):
            (self.folder / name).unlink(missing_ok=True)
        dotted = {name.replace("__", "."): value for name, value in given.items()}
        first_run(self.folder, {**GIVEN, "sending.port": free_port(), **dotted}, KeySort.ED25519)  # type: ignore[dict-item]
        if more:
            path.write_text(path.read_text().replace("[watch]\n", more))
        self.status = main(["doctor", "--json", "--config", str(path)])
        rows = [json.loads(line) for line in self._capsys.readouterr().out.splitlines()]
        for language in ("en", "zh"):
            main(["doctor", "--language", language, "--config", str(path)])
            said = self._capsys.readouterr().out
            assert "[doctor" not in said and "[error" not in said and "{" not in said
            n = sum(row["condition"] != "right" for row in rows)
            assert sum(line.startswith("      ") for line in said.splitlines()) == n, said
        return {row["finding"]: row["condition"] for row in rows}

    def printed(self) -> str:
        """What was printed since."""
        return self._capsys.readouterr().out


@pytest.fixture
def west(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> West:
    return West(tmp_path, capsys)


def test_a_milter_that_nobody_answers(west: West) -> None:
    """Silence is odd, because mail is delivered all the same; so is a key that is not there yet; one that is there is tried."""
    place = [f"127.0.0.1:{free_port()}"]
    found = west.doctor(gates__milter=place)
    assert (found["milter-silent"], found["milter-key-none"]) == ("odd", "odd")
    keys_at(west.folder / "delivery.keys")
    assert west.doctor(gates__milter=place)["milter-key"] == "right"


def test_traces_are_spoken_of(west: West) -> None:
    """Nothing where nobody wants them; else whether something puts them on mail, and whether there is a key."""
    assert not [each for each in west.doctor() if each.startswith("trace")]
    found = west.doctor(sources__trace=True)
    assert (found["trace-no-milter"], found["trace-key-none"]) == ("odd", "odd")
    keys_at(west.folder / "trace.keys")
    found = west.doctor(sources__trace=True, gates__milter=[f"127.0.0.1:{free_port()}"])
    assert found["trace-key"] == "right"
    assert "trace-no-milter" not in found
    assert west.doctor()["trace-opens"] == "right"
    (west.folder / "trace.keys").write_text("no key")
    assert "wrong" in west.doctor(sources__trace=True).values()


def test_somebody_else_at_the_milters_port(west: West) -> None:
    """A mail server that answers there is no milter."""
    with mail_host(Sink()) as port:
        assert west.doctor(gates__milter=[f"127.0.0.1:{port}"])["milter-other"] == "wrong"
        assert west.status == 78


def test_complaint_mailboxes_that_nothing_serves(west: West) -> None:
    """A mailbox for complaints without LMTP or a watch is wrong; that no milter marks mail is odd."""
    found = west.doctor(gates__spam=["spam@west.example"])
    assert (found["complaints-no-gate"], found["complaints-unmarked"]) == ("wrong", "odd")
    (west.folder / "mail/new").mkdir(parents=True)
    (west.folder / "mail/cur").mkdir()
    watched = '[[watch.maildir]]\npath = "mail"\nmailbox = "spam@west.example"\n'
    assert "complaints-no-gate" not in west.doctor(watched, gates__spam=["spam@west.example"])


def test_what_comes_back_and_does_not_come_in(west: West) -> None:
    """Whoever sends hears of answers and bounces only where their mailboxes are ours; a mailbox for complaints is none."""
    ours = {"sending__mail_host": f"127.0.0.1:{free_port()}", "gates__lmtp": [f"127.0.0.1:{free_port()}"]}
    found = west.doctor(**ours, gates__mailboxes=["fbl@west.example"], gates__spam=["feedback@west.example"])
    assert (found["answers-nowhere"], found["bounces-nowhere"]) == ("odd", "odd")
    found = west.doctor(**ours, gates__mailboxes=["feedback@west.example", "bounces@west.example"])
    assert found["answers"] == "right"
    assert not {"answers-nowhere", "bounces-nowhere"} & found.keys()
    assert not [each for each in west.doctor(gates__mailboxes=[]) if "nowhere" in each or each == "answers"]


class Refusing:
    """A gate with other mailboxes."""

    async def handle_RCPT(self, *_: object) -> str:  # noqa: N802
        """Answer to RCPT TO."""
        return "550 5.1.1 no such mailbox here"


def test_a_gate_that_does_not_take_complaints(west: West) -> None:
    """A program that runs with settings of before is found by asking it."""
    with mail_host(Refusing(), is_lmtp=True, ident="Comity") as port:
        found = west.doctor(gates__spam=["spam@west.example"], gates__lmtp=[f"127.0.0.1:{port}"])
        assert found["complaints-refused"] == "wrong"


def test_a_watched_maildir(west: West) -> None:
    """No Maildir is wrong; one that is there says how many mails were not taken."""
    watched = '[[watch.maildir]]\npath = "mail"\nmailbox = "fbl@west.example"\n'
    assert west.doctor(watched)["watch-maildir-none"] == "wrong"
    for name in ("new/1.a.host", "cur/2.a.host:2,S"):
        (west.folder / "mail" / name).parent.mkdir(parents=True, exist_ok=True)
        (west.folder / "mail" / name).touch()
    Watched(west.folder / "spool.db").add(str(west.folder / "mail"), ["2.a.host"])
    assert west.doctor(watched)["watch-maildir"] == "right"
    assert sorted(each.name for each in (west.folder / "mail").glob("*/*")) == ["1.a.host", "2.a.host:2,S"]


def test_a_watched_folder(west: West) -> None:
    """A server that is not there is wrong, with what was tried."""
    (west.folder / "p").touch(0o600)
    watched = f'[[watch.imap]]\nhost = "127.0.0.1"\nport = {free_port()}\ntls = "never"\naccount = "a"\n'
    watched += 'mailbox = "fbl@west.example"\npassword_file = "p"\n'
    assert west.doctor(watched)["imap-away"] == "wrong"


@pytest.mark.parametrize(
    ("text", "mode", "code"),
    [("secret", 0o644, "password-open"), ("", 0o600, "password-none"), (None, 0, "password-file")],
)
def test_a_password_that_cannot_be_used(tmp_path: Path, text: str | None, mode: int, code: str) -> None:
    """One that others can read, an empty one and a file that is not there: each by its name."""
    if text is not None:
        (tmp_path / "p").write_text(text)
        (tmp_path / "p").chmod(mode)
    with pytest.raises(ComityError) as caught:
        password_of(tmp_path / "p")
    assert caught.value.code == code


@pytest.fixture
def host() -> Iterator[int]:
    with mail_host(Sink()) as port:
        yield port


def test_the_mail_host(west: West, host: int) -> None:
    """One that takes us is right, one that is away is odd, and wrong where we are to log in."""
    assert west.doctor(sending__host="127.0.0.1", sending__port=host)["mail-host"] == "right"
    assert west.doctor(sending__host="127.0.0.1")["mail-host-away"] == "odd"
    (west.folder / "p").touch(0o600)
    (west.folder / "p").write_text("secret\n")
    login = {"sending__account": "comity", "sending__password_file": "p"}
    assert west.doctor(sending__host="127.0.0.1", sending__port=host, **login)["mail-host-away"] == "wrong"


def test_the_server_behind_us(west: West) -> None:
    """Mail that is marked in passing waits while the store behind us is away: that is wrong, and said with the place."""
    ways = {"delivery__lmtp": [f"127.0.0.1:{free_port()}"], "delivery__next": f"127.0.0.1:{(port := free_port())}"}
    found = west.doctor(**ways)
    assert (found["next-away"], found["gate-silent"]) == ("wrong", "odd")
    with mail_host(Sink(), is_lmtp=True, port=port):
        assert west.doctor(**ways)["next"] == "right"


def test_pages_that_nobody_answers(west: West) -> None:
    """Silence is odd; so is a desk without anybody who may sign in."""
    found = west.doctor(pages__listen=[f"127.0.0.1:{free_port()}"])
    assert (found["gate-silent"], found["desk-accounts-none"]) == ("odd", "odd")


def test_somebody_else_where_the_pages_are_to_be(west: West) -> None:
    """A mail server that answers there is no page."""
    with mail_host(Sink()) as port:
        assert west.doctor(pages__listen=[f"127.0.0.1:{port}"])["gate-other"] == "wrong"
        site = {
            "help__listen": [f"127.0.0.1:{port}"],
            "help__provider": "West",
            "help__portal": "https://h.west.example",
        }
        assert west.doctor(**site)["gate-other"] == "wrong"


def test_pages_of_the_running_program(west: West) -> None:
    """The desk and the help site are known by what they answer, whoever asks."""
    from .test_api import serving

    ports = {"pages": free_port(), "help": free_port(), "portal": free_port()}
    given = {f"{name}__listen": [f"127.0.0.1:{port}"] for name, port in ports.items()}
    site = {"help__provider": "West", "help__portal": "https://h.west.example", "help__help_line": "1"}
    given |= {"api__listen": [f"127.0.0.1:{free_port()}"]}
    west.doctor(**given, **site)
    with serving(west.folder):
        main(["doctor", "--json", "--config", str(west.folder / "comity.toml")])
        rows = [json.loads(line) for line in west.printed().splitlines()]
    answering = {row["about"] for row in rows if row["finding"] == "gate"}
    assert answering == {"api", "desk", "help", "portal"}, rows
    assert {"portal-mail-held", "portal-address-none"} <= {row["finding"] for row in rows}


def test_a_consumer_whose_mailbox_is_dead(west: West) -> None:
    """It is named until it takes mail again, or left."""
    west.doctor()
    with open_store(west.folder / "comity.db").write() as records:
        records.consumers.put(DEAD)
    for language in ("en", "zh"):
        main(["doctor", "--language", language, "--config", str(west.folder / "comity.toml")])
        said = west.printed()
        assert "comity consumer resume letters" in said
        assert "2026-11-01" in said


def test_a_lease_program_is_asked_without_a_question(west: West) -> None:
    """It answers, or the way to it and the reason are named."""
    with serving(*['{"leases": []}'] * 3, *["nonsense"] * 3) as server:
        assert west.doctor(data__lease_url=server.url)["lease-service"] == "right"
        assert west.doctor(data__lease_url=server.url)["lease-service-silent"] == "wrong"
    assert [json.loads(body) for _, body in server.heard] == [{"questions": []}] * 6
