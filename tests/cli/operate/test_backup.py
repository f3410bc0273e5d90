"""``comity backup``: made while others write, tried, brought back; damaged and foreign ones refused with nothing left behind."""

import hashlib
import json
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from comity.cli import main
from comity.model.account import Role
from comity.model.portal import KeyKind
from comity.outlets.programs.argon import ArgonPasswords
from comity.services.complain.portal.keys import Keys
from comity.services.operate.accounts.keeping import Keeping
from comity.services.operate.accounts.signing_in import digest_of, find
from comity.store.engine import open_store

Run = Callable[..., tuple[int, list[dict[str, Any]]]]
MAIL = """\
Delivered-To: ann.meyer@west.example
Received: from h.example (h.example [198.51.100.7]) by mx.west.example (Postfix) with ESMTP id 4ABC
\tfor <ann.meyer@west.example>; Sun, 01 Mar 2026 08:05:09 +0000
From: Shop <news{number}@shop.example>
To: ann.meyer@west.example
Subject: Great news {number}
Message-ID: <{number}@shop.example>

buy
"""
AGREEMENTS = """\
[[agreement]]
peer = "east"
address = "fbl@east.example"
networks = ["198.51.100.0/24"]
tier = "T2"
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A desk with one agreement, one key in another folder, and things beside it that are none of its own."""
    from comity.bootstrap.first_run import first_run
    from comity.outlets.private_key import KeySort

    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "agreements.toml").write_text(AGREEMENTS, encoding="utf-8")
    first_run(
        folder,
        {
            "identity.domain": "west.example",
            "identity.address": "feedback@west.example",
            "identity.dkim_key": str(tmp_path / "etc" / "dkim.key"),
            "complain.agreements": "agreements.toml",
            "reading.trusted_hosts": ["mx.west.example"],
            "sending.wait_seconds": 0,
        },
        KeySort.ED25519,
    )
    (folder / "Maildir").mkdir()
    (folder / ".half").write_text("", encoding="utf-8")
    return folder


@pytest.fixture
def run(desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Commands of the desk."""
    monkeypatch.chdir(desk)
    monkeypatch.delenv("COMITY_CONFIG", raising=False)

    def command(*words: str) -> tuple[int, list[dict[str, Any]]]:
        capsys.readouterr()
        status = main([*words, "--json"])
        out = capsys.readouterr().out
        return status, [json.loads(line) for line in out.splitlines()] if status == 0 else []

    return command


def complaints(folder: Path, numbers: range) -> list[str]:
    """Files with complaints."""
    paths = [folder / f"{number}.mail" for number in numbers]
    for number, path in zip(numbers, paths, strict=True):
        path.write_text(MAIL.format(number=number), encoding="utf-8")
    return list(map(str, paths))


def test_what_was_exchanged_comes_back_and_nothing_leaves(run: Run, desk: Path, tmp_path: Path) -> None:
    """Ledger, keys and cases are there again; the peer that was live is held; the key from elsewhere lies aside, with its place."""
    assert run("peer", "live", "east")[0] == 0
    assert run("complain", *complaints(tmp_path, range(2)))[0] == 0
    assert run("send", "--once")[0] in (0, 75)  # no mail host listens: the reports are exchanged, and wait
    status, (made,) = run("backup", "make", str(tmp_path / "kept"))
    assert (status, made["left_out"]) == (0, ["Maildir/"])
    (channel,) = made["channels"]
    assert channel["size"] >= 1
    status, (held,) = run("backup", "check", made["backup"])
    assert (status, held["holds"], held["channels"]) == (0, True, made["channels"])
    assert [each.name for each in (tmp_path / "kept").iterdir()] == [Path(made["backup"]).name]

    into = tmp_path / "back"
    status, (back,) = run("backup", "restore", made["backup"], "--into", str(into))
    assert (status, back["held"]) == (0, ["east"])
    assert (into / "ledger.key").read_bytes() == (desk / "ledger.key").read_bytes()
    assert (into / "ledger.key").stat().st_mode & 0o077 == 0
    (aside,) = back["by_hand"]
    assert aside["belongs"] == str(tmp_path / "etc" / "dkim.key")
    assert Path(aside["lies"]).read_bytes() == (tmp_path / "etc" / "dkim.key").read_bytes()
    config = ("--config", str(into / "comity.toml"))
    status, (ledger,) = run("ledger", "verify", *config)
    assert (ledger["leaves"], ledger["root"], ledger["holds"]) == (channel["size"], channel["root"], True)
    (peer,) = run("peer", "list", *config)[1]
    assert peer["state"] == "observe"
    assert run("peer", "list")[1][0]["state"] == "live", "the desk that was copied goes on"


def test_a_backup_is_made_while_others_write(run: Run, desk: Path, tmp_path: Path) -> None:
    """Another process decides on complaints meanwhile; every backup holds, and each has what the one before had."""
    assert run("peer", "live", "east")[0] == 0
    words = [sys.executable, "-m", "comity", "complain", *complaints(tmp_path, range(60))]
    counts = []
    with subprocess.Popen(words, cwd=desk, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as busy:
        for number in range(3):
            status, (made,) = run("backup", "make", str(tmp_path / f"kept{number}"))
            assert status == 0
            assert run("backup", "check", made["backup"])[0] == 0
            with closing(sqlite3.connect(Path(made["backup"]) / "here" / "comity.db")) as copy:
                counts += copy.execute("SELECT count(*) FROM complaint").fetchone()
        assert busy.wait(300) == 0
    assert counts == sorted(counts)


def test_a_damaged_backup_is_refused_and_leaves_nothing(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One flipped bit in any file, a file that is gone, a manifest that is none."""
    _, (made,) = run("backup", "make", str(tmp_path / "kept"))
    folder = Path(made["backup"])
    for path in sorted(folder.rglob("*.*")):
        kept = path.read_bytes()
        for damage in (bytes([kept[0] ^ 1]) + kept[1:], None):
            path.unlink()
            if damage is not None:
                path.write_bytes(damage)
            into = tmp_path / "back"
            assert run("backup", "restore", str(folder), "--into", str(into))[0] in (65, 66), path
            assert "Traceback" not in capsys.readouterr().err
            assert not into.exists()
            assert run("backup", "check", str(folder))[0] != 0
            path.write_bytes(kept)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["desk", "etc", "kept"]
    assert run("backup", "check", str(folder))[0] == 0


@pytest.mark.parametrize("name", ["../../out.key", "/etc/out.key", "here/../../out.key", ""])
def test_a_manifest_does_not_lead_out_of_its_folder(run: Run, tmp_path: Path, name: str) -> None:
    """Whoever can change a backup on its way must not choose where files are written."""
    _, (made,) = run("backup", "make", str(tmp_path / "kept"))
    manifest = Path(made["backup"]) / "backup.json"
    said = json.loads(manifest.read_bytes())
    for which in ("name", "place"):
        if which == "place" and name.startswith("/"):
            continue  # that is a file from elsewhere: it is laid aside, and its place is shown
        changed = {**said, "files": [{**said["files"][0], which: name}, *said["files"][1:]]}
        manifest.write_text(json.dumps(changed), encoding="utf-8")
        assert run("backup", "restore", made["backup"], "--into", str(tmp_path / "back"))[0] == 65
        assert not (tmp_path / "back").exists()


def test_nothing_is_written_over(run: Run, desk: Path, tmp_path: Path) -> None:
    """A folder in which something lies stays as it is."""
    _, (made,) = run("backup", "make", str(tmp_path / "kept"))
    before = sorted(desk.iterdir())
    assert run("backup", "restore", made["backup"], "--into", str(desk))[0] == 64
    assert sorted(desk.iterdir()) == before
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run("backup", "restore", made["backup"], "--into", str(empty))[0] == 0


def _as_said(folder: Path, name: str) -> None:
    """The manifest says of this file what it is now."""
    manifest = folder / "backup.json"
    said, data = json.loads(manifest.read_bytes()), (folder / name).read_bytes()
    for each in said["files"]:
        if each["name"] == name:
            each |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    manifest.write_text(json.dumps(said), encoding="utf-8")


def test_a_desk_is_there_only_with_its_peers_held(run: Run, tmp_path: Path) -> None:
    """Where they cannot be held, no desk comes back: it would begin to send."""
    _, (made,) = run("backup", "make", str(tmp_path / "kept"))
    folder = Path(made["backup"])
    with closing(sqlite3.connect(folder / "here" / "comity.db")) as database:
        database.execute("DROP TABLE peer")
        database.execute("CREATE TABLE peer (name TEXT)")
        database.commit()
    _as_said(folder, "here/comity.db")
    assert run("backup", "restore", str(folder), "--into", str(tmp_path / "back"))[0] != 0
    assert sorted(each.name for each in tmp_path.iterdir()) == ["desk", "etc", "kept"]


def test_whoever_left_before_it_came_back_stays_out(run: Run, desk: Path, tmp_path: Path) -> None:
    """Sessions of then, and links that opened pages since, let nobody in; what still lets in is counted, to be looked at."""
    at, later = datetime(2026, 3, 1, 8, tzinfo=UTC), timedelta(minutes=1)
    keys = Keys(secrets.token_bytes, b"secret")
    with closing(open_store(desk / "comity.db")) as store, store.write() as records:
        Keeping(records.accounts, ArgonPasswords(), at).make("li", Role.ADMINISTRATOR, "three quiet rivers")
        kept = records.accounts.find("li")
        assert kept is not None
        records.accounts.begin(digest_of("session"), kept.account_id, at)
        link, own = (
            keys.give(records.portal, kind, None, about="x", now=at) for kind in (KeyKind.LINK, KeyKind.SESSION)
        )
        page = keys.give(records.portal, KeyKind.APPLICATION, None, about="x", now=at)
        assert find(records.accounts, "session", at + later) is not None
        assert keys.opens(records.portal, KeyKind.LINK, link, now=at + later) is not None
    _, (made,) = run("backup", "make", str(tmp_path / "kept"))
    status, (back,) = run("backup", "restore", made["backup"], "--into", str(tmp_path / "back"))
    assert (status, back["accounts"], back["tokens"]) == (0, 1, 0)
    with closing(open_store(tmp_path / "back" / "comity.db")) as store, store.read() as records:
        assert find(records.accounts, "session", at + later) is None
        assert keys.opens(records.portal, KeyKind.LINK, link, now=at + later) is None
        assert keys.opens(records.portal, KeyKind.SESSION, own, now=at + later) is None
        assert keys.opens(records.portal, KeyKind.APPLICATION, page, now=at + later) is not None


def test_a_link_in_a_backup_leads_nowhere(run: Run, tmp_path: Path) -> None:
    """A file, or the folder above it, that is a link to somewhere else is not followed."""
    _, (made,) = run("backup", "make", str(tmp_path / "kept"))
    folder = Path(made["backup"])
    (folder / "here").rename(tmp_path / "moved")
    (folder / "here").symlink_to(tmp_path / "moved")
    assert run("backup", "restore", str(folder), "--into", str(tmp_path / "back"))[0] == 65
    assert run("backup", "check", str(folder))[0] == 65
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        '{"form": 1, "made": "2026-03-01T00:00:00+00:00", "program": "1", "settings": "a", "database": "here/comity.db", '
        '"files": [], "channels": [], "left_out": []}',
        '{"form": 1, "made": "2026-03-01T00:00:00+00:00", "program": "1", "settings": "a", "database": "b", '
        '"files": [{"name": "b", "place": "b", "size": Infinity, "sha256": ""}], "channels": [], "left_out": []}',
    ],
)
def test_a_manifest_that_is_none_is_named(
    run: Run, tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """However deep, empty or large it is, it is bad input and no fault of ours."""
    _, (made,) = run("backup", "make", str(tmp_path / "kept"))
    (Path(made["backup"]) / "backup.json").write_text(text, encoding="utf-8")
    for words in (("check", made["backup"]), ("restore", made["backup"], "--into", str(tmp_path / "back"))):
        capsys.readouterr()
        assert main(["backup", *words, "--language", "en"]) == 65
        assert "backup.json" in capsys.readouterr().err
    assert not (tmp_path / "back").exists()


FULL = """
import resource, signal, sys
from comity.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
sys.exit(main(sys.argv[1:]))
"""


def test_a_disk_that_is_full_leaves_nothing_half_done(run: Run, desk: Path, tmp_path: Path) -> None:
    """No room in the middle: no backup, no desk, nothing in between, and a sentence."""
    _, (made,) = run("backup", "make", str(tmp_path / "kept"))
    (tmp_path / "others").mkdir()  # backups are named by the second
    before = sorted(tmp_path.rglob("*"))
    for words in (
        ("make", str(tmp_path / "others")),
        ("restore", made["backup"], "--into", str(tmp_path / "back")),
        ("check", made["backup"]),
    ):
        done = subprocess.run(
            [sys.executable, "-c", FULL, "backup", *words], cwd=desk, capture_output=True, check=False
        )
        assert done.returncode in (65, 75), done.stderr
        assert b"Traceback" not in done.stderr
        assert b"fault" not in done.stderr
        assert [each for each in sorted(tmp_path.rglob("*")) if each not in before] == []


def _said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    capsys.readouterr()
    return main(list(words)), capsys.readouterr().err


@pytest.mark.parametrize(
    "changed",
    [
        {"settings": "elsewhere.toml"},
        {
            "files": [
                {"name": name, "place": "comity.toml", "size": 0, "sha256": ""} for name in ("here/comity.db", "b")
            ]
        },
        {
            "files": [
                {"name": "here/comity.db", "place": each, "size": 0, "sha256": ""} for each in ("comity.toml", "b")
            ]
        },
    ],
    ids=["no-settings", "one-place-twice", "one-name-twice"],
)
def test_a_manifest_that_contradicts_itself_is_none(run: Run, tmp_path: Path, changed: dict[str, Any]) -> None:
    """What would bring back a desk without settings, or two files in one place, is refused before anything is copied."""
    _, (made,) = run("backup", "make", str(tmp_path / "kept"))
    manifest = Path(made["backup"]) / "backup.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_bytes()) | changed), encoding="utf-8")
    assert run("backup", "restore", made["backup"], "--into", str(tmp_path / "back"))[0] == 65
    assert not (tmp_path / "back").exists()


def test_a_backup_that_lacks_a_table_is_not_said_to_hold(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever tries it is told now, and by the name of the backup, not of a folder that is gone."""
    _, (made,) = run("backup", "make", str(tmp_path / "kept"))
    with closing(sqlite3.connect(Path(made["backup"]) / "here" / "comity.db")) as database:
        database.execute("DROP TABLE peer")
        database.commit()
    _as_said(Path(made["backup"]), "here/comity.db")
    for words in (("check", made["backup"]), ("restore", made["backup"], "--into", str(tmp_path / "back"))):
        status, said = _said(capsys, "backup", *words)
        assert (status, "peer" in said, f"{made['backup']}: " in said) == (65, True, True)
    assert not (tmp_path / "back").exists()


def test_a_store_that_is_none_is_no_want_of_room(run: Run, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever backs up what is damaged hears that, in both languages, and not that the disk may be full."""
    (desk / "comity.db").write_bytes(b"no database" * 1000)
    for language, word in (("en", "damaged"), ("zh", "已损坏")):
        status, said = _said(capsys, "--language", language, "backup", "make", str(desk.parent / "kept"))
        assert (status, word in said) == (75, True)
    assert list((desk.parent / "kept").iterdir()) == []


def test_a_desk_comes_back_where_one_stands(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder may be the one that the command is given in."""
    _, (made,) = run("backup", "make", str(tmp_path / "kept"))
    (tmp_path / "back").mkdir()
    monkeypatch.chdir(tmp_path / "back")
    assert run("backup", "restore", made["backup"], "--into", ".")[0] == 0
    assert (tmp_path / "back" / "comity.db").is_file()


@pytest.mark.parametrize("where", ["", ":memory:"])
def test_nothing_is_carried_where_it_is_gone_at_once(
    run: Run, desk: Path, tmp_path: Path, where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A place without a name is memory: neither a desk that comes back nor one that moves is put there."""
    _, (made,) = run("backup", "make", str(tmp_path / "kept"))
    assert run("backup", "restore", made["backup"], "--into", str(tmp_path / "back"), "--database", where)[0] == 64
    assert not (tmp_path / "back").exists()
    for language, word in (("en", "has no name"), ("zh", "没有名称")):
        status, said = _said(capsys, "--language", language, "db", "move", str(desk / "comity.db"), where)
        assert (status, word in said) == (64, True)


def test_who_is_slower_within_a_second_is_told(tmp_path: Path) -> None:
    """Two backups at once have one name: the second one is told, and nothing of it is left."""
    from comity.model.outcomes import ComityError
    from comity.outlets.backups.copying import whole

    for each in ("first", "part"):
        (tmp_path / each).mkdir()
        (tmp_path / each / "file").write_text(each)
    with pytest.raises(ComityError) as caught:
        whole(tmp_path / "part", tmp_path / "first")
    assert (caught.value.code, (tmp_path / "first" / "file").read_text()) == ("backup-not-empty", "first")


def test_a_key_that_is_a_link_is_in_the_backup(run: Run, desk: Path, tmp_path: Path) -> None:
    """A file that lies elsewhere and is linked to beside the settings comes along; a link that leads nowhere is named."""
    (desk / "ledger.key").rename(tmp_path / "etc" / "ledger.key")
    (desk / "ledger.key").symlink_to(tmp_path / "etc" / "ledger.key")
    (desk / "lost.key").symlink_to(tmp_path / "nowhere")
    (desk / "loop.key").symlink_to(desk / "loop.key")
    _, (made,) = run("backup", "make", str(tmp_path / "kept"))
    assert {"lost.key", "loop.key"} <= set(made["left_out"])
    assert run("backup", "restore", made["backup"], "--into", str(tmp_path / "back"))[0] == 0
    assert (tmp_path / "back" / "ledger.key").read_bytes() == (tmp_path / "etc" / "ledger.key").read_bytes()


def test_a_link_that_leads_to_itself_is_no_fault(run: Run, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever names one as a database is told about the disk."""
    (desk / "loop.db").symlink_to(desk / "loop.db")
    status, said = _said(capsys, "db", "move", str(desk / "comity.db"), str(desk / "loop.db"))
    assert (status, "loop.db" in said) == (65, True)
