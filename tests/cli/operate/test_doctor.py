"""``comity doctor`` finds what is wrong, says what helps, and changes nothing."""

import errno
import json
import socket
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from comity.bootstrap.checking.check import refusal
from comity.bootstrap.playbook import text_of
from comity.bootstrap.playbook.running import following_of
from comity.cli import main
from comity.locale import catalogue
from comity.model.arrival import Arrival
from comity.outlets.peers.certificate import make
from comity.settings import read_settings
from comity.store.engine import open_store
from comity.store.spool import Spool
from comity.web.bilingual import say


def found(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, str]]:
    """The exit status, and each finding with its condition."""
    status = main(["doctor", "--json", "--config", str(path)])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return status, {row["finding"]: row["condition"] for row in rows}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A desk on which everything is right."""
    store = open_store(tmp_path / "comity.db")
    store.create()
    store.close()
    return settings(tmp_path, "")


def settings(folder: Path, text: str) -> Path:
    found = folder / "comity.toml"
    found.write_text(f'[own]\ndomains = ["west.example"]\n[gates]\nreserve_mib = 1\n{text}')
    return found


def test_all_is_right(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On a desk that is in order nothing is wrong, in both languages, and nothing was made or changed."""
    before = sorted(path.parent.iterdir())
    status, findings = found(path, capsys)
    assert (status, "wrong" in findings.values()) == (0, False)
    assert sorted(path.parent.iterdir()) == before
    for language in ("en", "zh"):
        assert main(["doctor", "--language", language, "--config", str(path)]) == 0
        assert "[" not in capsys.readouterr().out.replace("[own]", "")


def test_a_missing_store_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a store the remedy is the command that makes one; the other things are looked at all the same."""
    path = settings(tmp_path, "")
    assert main(["doctor", "--config", str(path)]) == 78
    said = capsys.readouterr().out
    assert "comity init" in said
    assert "room:" in said


def test_an_open_secret_is_wrong(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A key that others can read is named, with the command that closes it."""
    key = path.with_name("comity.key")
    key.write_text("x")
    key.chmod(0o644)
    assert found(path, capsys) == (78, {**found(path, capsys)[1], "rights-open": "wrong"})
    main(["doctor", "--config", str(path)])
    assert f"chmod 600 {key}" in capsys.readouterr().out


def test_a_model_that_cannot_be_used_is_wrong(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the filter serves with meanwhile is said; a whole one is right."""
    path.with_name("judge.model").write_bytes(b"not a model")
    status, findings = found(path, capsys)
    assert (status, findings["model-foreign"]) == (78, "wrong")
    with as_file(files("comity").joinpath("starter", "english.model")) as whole:
        path.with_name("judge.model").write_bytes(whole.read_bytes())
    status, findings = found(path, capsys)
    assert (status, findings["model"]) == (0, "right")


def test_keys_of_tls_and_the_one_that_revokes_are_secrets_too(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Others may read neither; a group of the system may be let in to keys of TLS, which another program renews."""
    folder = path.parent
    make(folder / "desk.pem", folder / "desk.key", ["desk.west.example"], now=datetime.now(UTC))
    (folder / "revocation.key").write_text("x")
    settings(folder, '[pages]\ncertificate = "desk.pem"\ncertificate_key = "desk.key"\n')
    for tls, revoking, expected in (
        (0o640, 0o600, []),
        (0o644, 0o600, ["desk.key"]),
        (0o600, 0o640, ["revocation.key"]),
    ):
        (folder / "desk.key").chmod(tls)
        (folder / "revocation.key").chmod(revoking)
        main(["doctor", "--json", "--config", str(path)])
        rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [Path(row["details"]["file"]).name for row in rows if row["finding"] == "rights-open"] == expected


def test_what_settings_name_and_is_not_there_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With file, line and key; a playbook, too, by whichever name."""
    open_store(tmp_path / "comity.db").create()
    path = settings(tmp_path, '[identity]\ndkim_key = "away.pem"\n[playbook]\nuse = "hostr"\n')
    assert main(["doctor", "--config", str(path)]) == 78
    said = capsys.readouterr().out
    assert f"{path}:6: identity.dkim_key names {tmp_path / 'away.pem'}" in said
    assert f"{path}:8: playbook.use: there is no playbook hostr" in said
    path.write_text('[playbook]\nuse = "mine.toml"\n')
    main(["doctor", "--config", str(path)])
    assert f"{path}:2: playbook.use names {tmp_path / 'mine.toml'}" in capsys.readouterr().out


def test_mail_that_waits_long_is_wrong(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A spool that nobody works off is noticed by its oldest mail."""
    spool = Spool(path.with_name("spool.db"), durable=True)
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    spool.add([Arrival(gate="lmtp", envelope_from="", recipients=("fbl@west.example",), arrived=long_ago, data=b"x")])
    spool.close()
    assert found(path, capsys)[1]["spool-late"] == "wrong"


def test_a_full_disk_is_wrong(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With less room than is kept free, mail is turned away, and this says so."""
    settings(path.parent, "").write_text(f'[own]\ndomains = ["west.example"]\n[gates]\nreserve_mib = {1 << 20}\n')
    status, findings = found(path, capsys)
    assert (status, findings["room-none"]) == (78, "wrong")


def test_a_port_of_somebody_else_is_wrong(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A port on which another program answers is told from one that is merely silent."""
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        text = f'mailboxes = ["fbl@west.example"]\nlmtp = ["127.0.0.1:{other.getsockname()[1]}"]\n'
        assert found(settings(path.parent, text), capsys)[1]["gate-other"] == "wrong"
    deadline = time.monotonic() + 120
    while found(path, capsys)[1].get("gate-silent") != "odd":
        assert time.monotonic() < deadline


def test_lines_that_cannot_be_used_are_wrong(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A list of what is ours with a slip in it is named with its line, and so is a file that is not there."""
    listed = path.with_name("own.txt")
    listed.write_text("198.51.100.0/24\n198.51.100.0/33\n")
    path.write_text('[own]\nfiles = ["own.txt"]\n[gates]\nreserve_mib = 1\n')
    assert found(path, capsys)[1]["own-prefix"] == "wrong"
    assert main(["doctor", "--config", str(path)]) != 0
    assert f'{listed}:2: "198.51.100.0/33" is no prefix.' in capsys.readouterr().out
    listed.write_text("0.0.0.0/0\n")
    main(["doctor", "--config", str(path), "--language", "zh"])
    assert f"{listed}:1: “0.0.0.0/0”比任何网络持有的范围都大。请核对斜杠后的长度。" in capsys.readouterr().out
    listed.unlink()
    assert found(path, capsys)[1]["file"] == "wrong"


def test_a_certificate_for_peers_that_ends_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Weeks before, and when it is over; one that is no certificate too."""
    from comity.outlets.peers.certificate import make

    store = open_store(tmp_path / "comity.db")
    store.create()
    store.close()
    path = settings(tmp_path, '[exchange]\nlisten = ["127.0.0.1:1"]\n[identity]\ndomain = "west.example"\n')
    file = tmp_path / "peers.pem"
    make(file, tmp_path / "peers.key", ["west.example"], now=datetime.now(UTC))
    assert found(path, capsys)[1]["certificate"] == "right"
    for each in (file, tmp_path / "peers.key"):
        each.unlink()
    make(file, tmp_path / "peers.key", ["west.example"], now=datetime.now(UTC) - timedelta(days=20_000))
    assert found(path, capsys)[1]["certificate-over"] == "wrong"
    file.write_text("nothing", encoding="utf-8")
    assert found(path, capsys)[1]["certificate-unreadable"] == "wrong"


@pytest.mark.parametrize(
    ("days", "finding", "condition", "status"),
    [(0, "certificate", "right", 0), (-3645, "certificate-soon", "odd", 0), (-3651, "certificate-over", "wrong", 78),
     (5, "certificate-early", "wrong", 78)],
)  # fmt: skip
def test_a_certificate_that_ends(
    path: Path, capsys: pytest.CaptureFixture[str], days: int, finding: str, condition: str, status: int
) -> None:
    """Ten years after it was made it is wrong, shortly before it is odd; both languages say until when."""
    files = path.with_name("desk.pem"), path.with_name("desk.key")
    make(*files, ["desk.west.example"], now=datetime.now(UTC) + timedelta(days=days))
    named = '[pages]\nlisten = ["127.0.0.1:0"]\ncertificate = "desk.pem"\ncertificate_key = "desk.key"\n'
    settings(path.parent, named)
    said, findings = found(path, capsys)
    assert (said, findings[finding]) == (status, condition)
    for language in ("en", "zh"):
        main(["doctor", "--language", language, "--config", str(path)])
        assert "desk.pem" in capsys.readouterr().out


def test_a_file_without_a_certificate(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The key in the place of the certificate, a bus whose authority is not there: both are named."""
    make(path.with_name("desk.pem"), path.with_name("desk.key"), ["desk.west.example"], now=datetime.now(UTC))
    settings(path.parent, '[pages]\nlisten = ["127.0.0.1:0"]\ncertificate = "desk.key"\ncertificate_key = "desk.pem"\n')
    assert found(path, capsys)[1]["certificate-unreadable"] == "wrong"
    path.with_name("desk.key").unlink()
    assert found(path, capsys)[1]["file"] == "wrong"


_CHINESE = '[help]\nportal = "help.east.example"\nhelp_line = "10000"\nprovider = "东方宽带"\n'


@pytest.mark.parametrize(
    ("names", "finding"),
    [
        ("", "sms-long"),  # one Chinese sign, and an English text message holds 70
        ('[[help.names]]\nlanguage = "en"\nprovider = "East Broadband"\n', "sms-fit"),
        ('[[help.names]]\nlanguage = "en"\nprovider = "East 东方"\nsms = "East"\n', "sms-fit"),
    ],
)
def test_a_text_message_that_does_not_fit_is_named(
    path: Path, capsys: pytest.CaptureFixture[str], names: str, finding: str
) -> None:
    """A name that is right on paper may be too long for a text message: said before anybody gets two halves."""
    settings(path.parent, _CHINESE + names)
    findings = found(path, capsys)[1]
    assert findings.keys() & {"sms-long", "sms-fit"} == {finding}


def test_the_language_of_a_text_message_is_named(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In words for people, by its tag for programs."""
    settings(path.parent, _CHINESE)
    arguments = ["doctor", "--config", str(path)]
    main(arguments)
    assert "a text message in English is longer" in capsys.readouterr().out
    main([*arguments, "--json"])
    lines = [json.loads(each) for each in capsys.readouterr().out.splitlines()]
    assert [each["details"]["language"] for each in lines if each["finding"] == "sms-long"] == ["en"]


def test_why_a_system_refuses_is_said_in_words() -> None:
    """In the reader's language where the number is known; else as the system says it, without the words of Python around it."""
    words = catalogue("zh_Hans")
    said = {
        ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"): "那里无人应答",
        FileNotFoundError(errno.ENOENT, "No such file or directory"): words.say("error.file-missing"),
    }
    for error, sentence in said.items():
        assert words.say("doctor.mail-host-away", place="x", reason=refusal(error)).endswith(sentence)
        assert say("zh_Hans", "doctor.mail-host-away", place="x", reason=refusal(error)).endswith(sentence)
    assert refusal(OSError(errno.EXDEV, "Invalid cross-device link")) == "Invalid cross-device link"
    assert refusal(TimeoutError("timed out")) == "TimeoutError: timed out"


def test_a_name_in_a_language_without_texts_is_wrong(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It would never be seen: most often the language is misspelt."""
    settings(path.parent, _CHINESE + '[[help.names]]\nlanguage = "fr"\nprovider = "Large bande"\n')
    assert found(path, capsys)[1]["notice-language"] == "wrong"


def test_a_file_has_no_replica(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where a desk of PostgreSQL was brought back in a file, its pages go on, and what is left over in the settings is said."""
    settings(path.parent, '[store]\nreplica = "postgresql://comity@standby.example/comity"\n')
    status, findings = found(path, capsys)
    assert (status, findings["replica-file"]) == (0, "odd")
    main(["doctor", "--config", str(path), "--language", "zh"])
    assert "store.replica" in capsys.readouterr().out


def test_a_playbook_that_could_loop_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The program does not start with it: the doctor says so before, with the line of the rule."""
    (tmp_path / "mine.toml").write_text(
        'name = "mine"\nstart = "a"\n'
        '[[state]]\nname = "a"\n[[state.on]]\nevent = "report"\nto = "b"\n'
        '[[state.on]]\nevent = "time"\nquiet = "14 days"\nto = "closed"\n'
        '[[state]]\nname = "b"\n[[state.on]]\nevent = "bounce"\ndo = [{ action = "tell", template = "x" }]\n'
        '[[state.on]]\nevent = "time"\nquiet = "14 days"\nto = "closed"\n'
    )
    path = settings(tmp_path, '[playbook]\nuse = "mine.toml"\n')
    assert main(["doctor", "--config", str(path)]) == 78
    assert "mine.toml:14: this could answer itself" in capsys.readouterr().out
    settings(tmp_path, '[playbook]\nuse = "hoster"\n')
    assert found(path, capsys)[1]["playbook"] == "right"


def test_a_table_that_is_missing_is_wrong(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A store that lacks one is not called right, in both languages."""
    import sqlite3

    with closing(sqlite3.connect(path.with_name("comity.db"))) as database:
        database.execute("DROP TABLE coalition_minutes")
        database.commit()
    assert found(path, capsys)[1]["store-differs"] == "wrong"
    for language, word in (("en", "otherwise"), ("zh", "不同")):
        main(["doctor", "--language", language, "--config", str(path)])
        said = capsys.readouterr().out
        assert word in said
        assert "comity db check" in said


def test_a_line_is_not_confined_without_a_word(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rule of one's own that confines and gives no page is named; in what comes with Comity there is none."""
    settings(path.parent, '[playbook]\nuse = "ladder"\n')
    assert "garden-without-page" not in found(path, capsys)[1]
    text, _ = text_of("ladder", path.parent)
    page = '{ action = "notice", forms = ["page"], days = 7 }, '
    assert page in text
    (path.parent / "mine.toml").write_text(text.replace(page, "", 1))
    settings(path.parent, '[playbook]\nuse = "mine.toml"\n')
    assert "garden-without-page" in found(path, capsys)[1]


def test_nights_are_those_of_the_subscribers(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Quiet hours of a playbook that comes with Comity go by the clock of the house; those of a copy are looked at."""
    house = '[help]\ntime_zone = "Asia/Shanghai"\n'
    settings(path.parent, f'{house}[playbook]\nuse = "ladder"\n')
    following = following_of(read_settings(path))
    assert following is not None
    assert str(following.playbook.calendar.zone) == "Asia/Shanghai"
    assert "quiet-hours-elsewhere" not in found(path, capsys)[1]
    text, _ = text_of("ladder", path.parent)
    for zone, odd in (("UTC", True), ("Asia/Singapore", False)):
        (path.parent / "mine.toml").write_text(text.replace('"UTC"', f'"{zone}"'))
        settings(path.parent, f'{house}[playbook]\nuse = "mine.toml"\n')
        assert ("quiet-hours-elsewhere" in found(path, capsys)[1]) == odd
    following = following_of(read_settings(path))
    assert following is not None
    assert str(following.playbook.calendar.zone) == "Asia/Singapore"  # what somebody wrote counts
