"""``comity triage``: what a desk meets on a Monday."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from comity.cli import main, triage

NOW = datetime.now(UTC)

ARF = """From: Feedback <fbl@west.example>
To: abuse@east.example
Subject: complaint {number}
Message-ID: <r{number}@west.example>
Date: {date}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

A reader complained.

--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: West/1.0
Version: 1
Source-IP: {source}
Original-Mail-From: <bounce@shop.example>
Original-Rcpt-To: <reader{number}@west.example>
Arrival-Date: {date}

--b
Content-Type: message/rfc822

From: Shop <news@shop.example>
Subject: {subject}
Message-ID: <{number}@shop.example>
Date: {date}

text

--b--
"""


def arf(number: int, **fields: Any) -> str:
    """One report."""
    default = {
        "kind": "abuse",
        "source": "192.0.2.7",
        "subject": f"=?utf-8?B?5bm/5ZGK5LyY5oOg?= summer sale {number}",
        "date": format_datetime(NOW - timedelta(hours=number)),
    }
    return ARF.format(number=number, **{**default, **fields})


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a mailbox of reports and a list of what is ours."""
    box = tmp_path / "box"
    box.mkdir()
    for number in range(30):
        (box / f"{number:02}.eml").write_text(arf(number))
    (box / "fraud.eml").write_text(arf(90, kind="fraud", source="198.51.100.9"))
    (box / "strange.eml").write_text(arf(91, source="203.0.113.5"))
    (box / "hello.eml").write_text("From: a@b.example\nSubject: our offer\n\nBuy.\n")
    (tmp_path / "own.csv").write_text(
        "前缀,客户,联系人\n192.0.2.0/24,东方网络科技,noc@east.example\n198.51.100.0/24,,\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.delenv("COMITY_CONFIG", raising=False)
    return tmp_path


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert main(["triage", *arguments, "--own", "own.csv", "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(("language", "words"), [("en", "cases"), ("zh", "案件")])
def test_the_terminal_page_fits_eighty_columns(
    desk: Path, capsys: pytest.CaptureFixture[str], language: str, words: str
) -> None:
    """In both languages, Han characters counted as two; without a terminal there is no colour."""
    assert main(["triage", "box", "--own", "own.csv", "--language", language]) == 0
    shown = capsys.readouterr().out
    assert words in shown
    assert "东方网络科技" in shown
    assert "\x1b" not in shown
    assert max(cell_len(line) for line in shown.splitlines()) <= 80
    assert "[triage." not in shown


def test_a_row_that_is_longer_than_a_line_goes_on_below_its_words(
    desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below its number the next one would be looked for."""
    monkeypatch.setenv("COLUMNS", "44")
    assert main(["triage", "box", "--own", "own.csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    row = next(number for number, line in enumerate(lines) if line.startswith("     1  names something"))
    assert lines[row + 1].startswith(" " * 8) and lines[row + 1].strip()


def test_json_has_one_object_a_line(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The summary first, then the cases with the worst first, then everything else."""
    lines = _json(capsys, "box")
    assert lines[0]["type"] == "summary"
    assert lines[0]["where"] == {
        "cases": 31, "unmatched": 1, "free-text": 0, "unreadable": 0, "not-a-report": 1, "duplicates": 0, "older": 0,
    }  # fmt: skip
    cases = [line for line in lines if line["type"] == "case"]
    assert [(case["label"], case["reports"], case["complainers"]) for case in cases] == [
        ("东方网络科技", 30, 30),
        ("198.51.100.9", 1, 1),
    ]
    assert cases[1]["person"] == ["fraud"]
    assert [line["source_ip"] for line in (line["report"] for line in lines if line["type"] == "unmatched")] == [
        "203.0.113.5"
    ]


def test_the_keys_stay(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts of others read them."""
    lines = {line["type"]: line for line in _json(capsys, "box")}
    assert set(lines["case"]) == {
        "type", "rank", "case", "about", "label", "contact", "ours_by", "score", "going_on", "person", "complainers", "reports",
        "repeats", "items", "evidence", "first", "last", "days", "source_ip", "dkim_domain", "campaigns", "entries", "letters",
    }  # fmt: skip
    assert set(lines["not-a-report"]) == {
        "type", "reason", "item", "size", "kind", "why", "subject", "sent", "from", "findings",
    }  # fmt: skip


def test_nothing_in_the_mailbox_changes(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Read only."""
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in (desk / "box").iterdir()}
    _json(capsys, "box", "--out", "page.html")
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in (desk / "box").iterdir()} == before


def test_the_second_run_reads_what_is_new(
    desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state lies beside the page; ``--no-resume`` reads everything again."""
    import comity.bootstrap

    real, reads = comity.bootstrap.reader_for, []

    def counting(settings: Any) -> Callable[[bytes, str], Any]:
        reader = real(settings)
        return lambda data, name: (reads.append(name), reader(data, name))[1]

    monkeypatch.setattr(comity.bootstrap, "reader_for", counting)
    first = _json(capsys, "box", "--out", "page.html")
    assert len(reads) == 33
    (desk / "box" / "new.eml").write_text(arf(50))
    reads.clear()
    assert len(_json(capsys, "box", "--out", "page.html")) == len(first)
    assert len(reads) == 1
    reads.clear()
    _json(capsys, "box", "--out", "page.html", "--no-resume")
    assert len(reads) == 34


def test_the_page_and_its_state_may_lie_in_the_mailbox(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are ours, not feedback."""
    first = _json(capsys, "box", "--out", "box/page.html")[0]["items"]
    assert _json(capsys, "box", "--out", "box/page.html")[0]["items"] == first == 33


def test_since_leaves_out_what_is_older(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And says how much that was. Undated mail stays."""
    summary = _json(capsys, "box", "--since", (NOW - timedelta(days=1)).strftime("%Y-%m-%d"))[0]
    assert 0 < summary["where"]["older"] < 33
    assert _json(capsys, "box", "--since", "2d")[0]["where"]["older"] == 2


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["triage", "box"], 64, "--own"),
        (["triage", "nowhere", "--own", "own.csv"], 65, "nowhere"),
        (["triage", "box", "--own", "missing.csv"], 65, "missing.csv"),
        (["triage", "box", "--own", "bad.csv"], 78, "bad.csv:2"),
        (["triage", "box", "--own", "own.csv", "--since", "yesterday"], 64, "yesterday"),
        (["triage", "box", "--own", "own.csv", "--state", "bad.csv"], 64, "bad.csv"),
        (["triage", "imaps://a:secret@h/x", "--own", "own.csv"], 65, "COMITY_IMAP_PASSWORD"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_slips_are_named_with_a_remedy(
    desk: Path, capsys: pytest.CaptureFixture[str], *, arguments: list[str], status: int, words: str, language: str
) -> None:
    """In the reader's language; a password is not repeated."""
    (desk / "bad.csv").write_text("192.0.2.0/24\n192.0.2.5/24\n")
    assert main([*arguments, "--language", language]) == status
    shown = capsys.readouterr().err
    assert words in shown
    assert "secret" not in shown
    assert re.search(r"\[(?:error|own|triage)[-.]", shown) is None
    assert any("\u4e00" <= sign <= "\u9fff" for sign in shown) == (language == "zh")


def test_own_from_the_settings(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without ``--own`` the settings say what is ours."""
    (desk / "comity.toml").write_text('[own]\nnetworks = ["198.51.100.0/24"]\nfiles = ["own2.csv"]\n')
    (desk / "own2.csv").write_text("192.0.2.0/24,East\n")
    assert main(["triage", "box", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["label"] for line in lines if line["type"] == "case"] == ["East", "198.51.100.9"]


def test_a_strangers_text_cannot_drive_the_terminal(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Escape sequences, direction overrides and markup in a Subject are shown, not obeyed."""
    evil = "=?utf-8?B?G1syShtdMDtwd25lZAfigK5bYm9sZF1YWy9ib2xkXQ==?= sale of things"
    for number in range(60, 99):
        (desk / "box" / f"{number}.eml").write_text(
            arf(number, subject=evil, date=format_datetime(NOW + timedelta(hours=1)))
        )
    assert main(["triage", "box", "--own", "own.csv"]) == 0
    shown = capsys.readouterr().out
    assert "[bold]X[/bold]" in shown
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)


def test_an_interrupted_run_goes_on(desk: Path) -> None:
    """Control-C keeps what was read and says how to go on; the same command then reads only the rest."""
    command = [
        sys.executable,
        "-m",
        "comity",
        "triage",
        "-",
        "--own",
        "own.csv",
        "--out",
        "page.html",
        "--language",
        "en",
    ]
    # Started from a shell's background, a program inherits that SIGINT is ignored; a person at a terminal never does.
    pipes = {
        "stdin": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "stdout": subprocess.DEVNULL,
        "preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    }
    state = desk / "page.html.state"
    with subprocess.Popen(command, text=True, **pipes) as child:
        assert child.stdin is not None
        assert child.stderr is not None
        for number in range(1500):
            child.stdin.write(f"From a@b.example Mon Jan  5 10:00:00 2026\n{arf(number)}\n")
        child.stdin.flush()
        deadline = time.monotonic() + 120
        while not (state.exists() and state.stat().st_size > 50_000) and time.monotonic() < deadline:
            time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        watchdog = threading.Timer(120, child.kill)
        watchdog.start()
        said = child.stderr.read()
        watchdog.cancel()
        assert child.wait(120) == 130
    assert "Interrupted after" in said
    assert "comity triage" in said
    assert "Traceback" not in said
    kept = state.read_bytes().splitlines()
    assert len(kept) > 100
    assert all(json.loads(line) for line in kept)


def test_thousands_of_mails_stay_small(tmp_path: Path) -> None:
    """Two thousand mails, one after the other, in under 160 MiB: facts are kept, not bytes."""
    with (tmp_path / "box").open("w") as box:
        for number in range(2000):
            body = arf(number, source=f"192.0.2.{number % 256}").replace(
                "\ntext\n", "\n" + "a line of the reported mail\n" * 200
            )
            box.write(f"From a@b.example Mon Jan  5 10:00:00 2026\n{body}\n")
    (tmp_path / "own.csv").write_text("192.0.2.0/25,West\n192.0.2.128/25\n")
    script = (
        "import sys\nfrom comity.cli import main\n"
        f"assert main(['triage', {str(tmp_path / 'box')!r}, '--own', {str(tmp_path / 'own.csv')!r}, '--json']) == 0\n"
        # Not ru_maxrss: that one is inherited from whoever started the program.
        "peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
        "print(peak.split()[1], file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(done.stderr) < 160 * 1024


def test_a_state_is_of_one_reader() -> None:
    """Any change to the code that reads makes another version, and so do other trusted hosts."""
    assert triage._version(()) == triage._version(())
    assert triage._version(()) != triage._version(("mx.east.example",))


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (["--own", "own.csv", "--out", "no/such/page.html"], 64, "--out no/such/page.html: there is no folder no/such\n  Make"),
        (["--own", "own.csv", "--state", "no/state"], 64, "--state no/state: there is no folder no\n  Make"),
        (["--own", "none.csv"], 65, "none.csv: there is no such file\n  --own"),
    ],
)  # fmt: skip
def test_a_wrong_path_is_said_before_anything_is_read(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    options: list[str],
    status: int,
    said: str,
) -> None:
    """It names what was typed, not a file of ours beside it, and what helps."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.csv").write_text("192.0.2.0/25,West\n")
    (tmp_path / "box").write_bytes(b"")
    assert main(["triage", "box", *options, "--language", "en"]) == status
    assert said in capsys.readouterr().err


def test_what_could_not_be_opened_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the terminal and on the page the reason of the system stands beside ours."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.csv").write_text("192.0.2.0/25,West\n")
    (tmp_path / "box").mkdir()
    (tmp_path / "box/1.eml").symlink_to("nowhere")
    assert main(["triage", "box", "--own", "own.csv", "--out", "page.html", "--language", "en"]) == 0
    assert "It could not be opened. (No such file or directory)" in capsys.readouterr().out
    assert "No such file or directory" in (tmp_path / "page.html").read_text()
