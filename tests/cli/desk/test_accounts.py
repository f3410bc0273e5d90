"""``comity account`` as it is typed, and the desk served to the account that it makes."""

import io
import json
from base64 import b32decode
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from comity.bootstrap.checking.check import Condition
from comity.bootstrap.checking.web import desk
from comity.bootstrap.desk import desk_write
from comity.cli import main
from comity.model.account import Account, Role
from comity.settings import read_settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A desk of its own."""
    monkeypatch.chdir(tmp_path)
    assert main(["init", ".", "--domain", "west.example"]) == 0
    capsys.readouterr()
    return tmp_path


def typed(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """What comes in on standard input."""
    monkeypatch.setattr("sys.stdin", io.StringIO(line + "\n"))


def test_accounts_are_made_changed_and_ended(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each change is told with the account as it is then; no secret is ever shown."""
    typed(monkeypatch, "three quiet rivers")
    assert main(["account", "add", "ann", "--role", "administrator", "--password-stdin", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["name"], made["role"], made["code"], made["ended"]) == ("ann", "administrator", False, None)
    typed(monkeypatch, "three quiet rivers")
    assert main(["account", "add", "bob", "--password-stdin"]) == 0
    assert main(["account", "language", "bob", "zh"]) == 0
    assert main(["account", "role", "bob", "auditor", "--json"]) == 0
    assert main(["account", "end", "bob"]) == 0
    capsys.readouterr()
    assert main(["account", "list", "--json"]) == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["name"], each["role"], each["language"]) for each in listed] == [
        ("ann", "administrator", None),
        ("bob", "auditor", "zh-Hans"),
    ]
    assert listed[1]["ended"]
    assert "rivers" not in (folder / "comity.db").read_bytes().decode("latin-1")


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (["add", "Ann!", "--role", "administrator"], "cannot be the name", 64),
        (["add", "ann", "--role", "desk"], "administrator", 64),
        (["add", "ann", "--role", "king"], "no role", 64),
        (["language", "ann", "fr"], "do not speak", 64),
        (["role", "nobody", "desk"], "no account", 65),
    ],
)
def test_what_cannot_be_is_told(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: str,
    code: int,
) -> None:
    """With the remedy; nothing is half made."""
    typed(monkeypatch, "three quiet rivers")
    more = ["--password-stdin"] if words[0] == "add" else []
    assert main(["--language", "en", "account", *words, *more]) == code
    assert said in capsys.readouterr().err
    assert main(["account", "list", "--json"]) == 0
    assert capsys.readouterr().out == ""


def test_a_second_factor_is_set_up_by_command(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its secret is shown before a code of it is asked for; a wrong code changes nothing, and sessions end."""
    typed(monkeypatch, "three quiet rivers")
    assert main(["account", "add", "ann", "--role", "administrator", "--password-stdin"]) == 0
    typed(monkeypatch, "000000x")
    assert main(["account", "totp", "ann", "--code-stdin"]) != 0
    assert "otpauth://totp/" in capsys.readouterr().out
    assert main(["account", "totp", "bob", "--code-stdin"]) == 65

    class Telephone:
        """Reads the secret off the screen, and types a code of it."""

        def readline(self) -> str:
            address = json.loads(capsys.readouterr().out)["address"]
            secret = b32decode(parse_qs(urlsplit(address).query)["secret"][0])
            totp = TOTP(secret, 6, SHA1(), 30, enforce_key_length=False)  # noqa: S303 - as RFC 6238 has it
            return totp.generate(int(datetime.now(UTC).timestamp())).decode() + "\n"

    monkeypatch.setattr("sys.stdin", Telephone())
    assert main(["account", "totp", "ann", "--code-stdin", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["code"] is True
    assert len(set(said["codes"])) == 8


@pytest.mark.parametrize("name", ["operator", "web", "comity", "affected", " Web "])
@pytest.mark.parametrize(
    ("language", "said", "remedy"),
    [("en", "cannot be the name", "are not free"), ("zh", "不能作为账号名", "为保留名称")],
)
def test_a_name_that_stands_for_nobody_is_refused(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    name: str,
    language: str,
    said: str,
    remedy: str,
) -> None:
    """Histories would call its acts the program's, or a stranger's; what to do instead stands beside."""
    assert folder.is_dir()
    typed(monkeypatch, "three quiet rivers")
    words = ["account", "add", name, "--role", "administrator", "--password-stdin", "--language", language]
    assert main(words) == 64
    told = capsys.readouterr().err
    assert said in told
    assert remedy in told
    assert main(["account", "list", "--json"]) == 0
    assert capsys.readouterr().out == ""


def test_sessions_of_nobody(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that no account has is a mistake, and a desk where nobody is signed in says so."""
    assert folder.is_dir()
    assert main(["account", "sessions", "--language", "en"]) == 0
    assert capsys.readouterr().out == "Nobody is signed in.\n"
    assert main(["account", "sessions", "ann", "--language", "en"]) == 65
    assert "there is no account ann" in capsys.readouterr().err


def test_an_account_that_is_called_as_who_has_none_is_named(folder: Path) -> None:
    """It may be older than the rule: doctor names it until it has ended."""
    file = folder / "comity.toml"
    settings, now = read_settings(file), datetime.now(UTC)
    with desk_write(settings) as records:
        records.accounts.add(Account(name="web", role=Role.ADMINISTRATOR, created=now), "!")
    (found,) = [each for each in desk(settings, now) if each.finding == "desk-account-namesake"]
    assert (found.condition, found.details) == (Condition.ODD, {"name": "web"})
    with desk_write(settings) as records:
        kept = records.accounts.find("web")
        assert kept is not None
        records.accounts.end(kept.account_id, now)
    assert "desk-account-namesake" not in [each.finding for each in desk(settings, now)]
