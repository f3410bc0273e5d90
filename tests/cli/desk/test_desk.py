"""The desk on the command line: from an empty folder to a closed case, in two languages."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from rich.cells import cell_len
from sqlalchemy import select

from comity.bootstrap import judging
from comity.cli import main
from comity.model.outcomes import ComityError, Outcome
from comity.model.verdict import Facts, Judgement, Verdict
from comity.settings import Settings
from comity.store.engine import open_store
from comity.store.tables.sources.feeds import case_finding

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "src" / "comity" / "samples" / "east-abuse"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run one command in a folder of its own; status, standard output, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMITY_CONFIG", raising=False)

    def go(*words: str) -> tuple[int, str, str]:
        status = main(["--language", "en", *words])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return go


@pytest.fixture(scope="module")
def worked_off(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a desk of east.example that has worked off its abuse mailbox."""
    folder = tmp_path_factory.mktemp("east")
    own = str(ROOT / "src" / "comity" / "samples" / "east-own.csv")
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        patched.delenv("COMITY_CONFIG", raising=False)
        assert main(["init", "--domain", "east.example", "--address", "feedback@east.example", "--own", own]) == 0
        assert main(["ingest", str(SAMPLES)]) == 0
    return folder


@pytest.fixture
def desk(run: Run, worked_off: Path, tmp_path: Path) -> Run:
    """That desk, a copy of its own for each test."""
    shutil.copytree(worked_off, tmp_path, dirs_exist_ok=True)
    return run


def _lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def _worst(run: Run) -> str:
    return str(_lines(run("case", "list", "--json")[1])[0]["case"])


def test_without_a_desk_the_remedy_is_named(run: Run) -> None:
    """Nothing is made by looking."""
    for words in (("ingest", str(SAMPLES)), ("case", "list"), ("shunt", "list"), ("shunt", "retry")):
        status, _, errors = run(*words)
        assert (status, "comity init" in errors) == (78, True)
    assert list(Path().iterdir()) == []


def test_init_makes_what_is_needed_for_its_owner_only(run: Run) -> None:
    """Settings, keys, database; and it says what comes next."""
    status, text, _ = run("init", "desk", "--domain", "east.example", "--address", "feedback@east.example")
    assert status == 0
    modes = {path.name: path.stat().st_mode & 0o777 for path in Path("desk").iterdir()}
    assert modes == {
        "comity.toml": 0o644, "dkim.zone": 0o644, "comity.db": 0o600, "comity.key": 0o600, "dkim.key": 0o600,
        "ledger.key": 0o600, "ledger.card": 0o644, "revocation.key": 0o600,
    }  # fmt: skip
    assert "Nothing leaves" in text
    assert "comity peer card" in text
    assert "\neast.example+" in Path("desk/ledger.card").read_text()
    assert "comity._domainkey.east.example. IN TXT" in Path("desk/dkim.zone").read_text()


def test_init_again_changes_nothing(run: Run) -> None:
    """It explains; an option that says otherwise than the file is refused."""
    run("init", "--domain", "east.example", "--address", "feedback@east.example")
    before = {path: path.read_bytes() for path in Path().iterdir()}
    status, text, _ = run("init")
    assert (status, "was left as it is" in text) == (0, True)
    assert [each["made"] for each in _lines(run("init", "--json")[1])] == [False] * 7
    status, _, errors = run("init", "--domain", "west.example")
    assert (status, "identity.domain" in errors) == (78, True)
    assert {path: path.read_bytes() for path in Path().iterdir()} == before


def test_init_makes_what_is_missing(run: Run) -> None:
    """What was not said at first can be said later, in the file."""
    run("init")
    assert not Path("dkim.zone").exists()
    text = Path("comity.toml").read_text().replace('# domain = "west.example"', 'domain = "north.example"')
    Path("comity.toml").write_text(text)
    made = [each["what"] for each in _lines(run("init", "--json")[1]) if each["made"]]
    assert made == ["dkim-record", "revocation-key", "card"]


def test_init_refuses_what_does_not_fit_before_anything_is_there(run: Run) -> None:
    """A slip leaves no half desk behind."""
    assert run("init", "--domain", "no domain")[0] == 78
    assert run("init", "--dkim", "dsa")[0] == 64
    assert list(Path().iterdir()) == []


def test_a_key_that_others_can_read_is_refused(run: Run) -> None:
    """It may have been taken."""
    run("init", "--domain", "east.example")
    Path("ledger.key").chmod(0o644)
    status, _, errors = run("init")
    assert (status, "ledger.key" in errors) == (78, True)


def test_a_mailbox_becomes_cases(desk: Run) -> None:
    """Every item is somewhere; run again, nothing is counted twice."""
    again = desk("ingest", str(SAMPLES), "--json")
    assert (again[0], {each["fate"] for each in _lines(again[1])}) == (0, {"again"})
    listed = _lines(desk("case", "list", "--json")[1])
    assert {each["label"]: each["reports"] for each in listed if each["about"] == "customer"} == {
        "Home lines": 5, "Hosting (virtual servers)": 3,
    }  # fmt: skip
    assert [each["score"] for each in listed] == sorted((each["score"] for each in listed), reverse=True)
    assert sum(each["about"] == "letter" for each in listed) == 3


def test_what_cannot_be_read_is_listed_and_tried_again(desk: Run) -> None:
    """P5: kept, shown, and never in the way."""
    (row,) = _lines(desk("shunt", "list", "--json")[1])
    assert (row["item"].endswith("33-unreadable.eml"), row["tries"], row["stage"]) == (True, 1, "read")
    assert desk("shunt", "retry", str(row["id"]))[0] == 65
    assert [each["tries"] for each in _lines(desk("shunt", "list", "--json")[1])] == [2]
    assert desk("shunt", "retry", "99")[0] == 65


def test_a_file_that_cannot_be_opened_is_said(desk: Run) -> None:
    """What is not on the disk of the desk is no success."""
    Path("mails").mkdir()
    Path("mails/closed.eml").symlink_to("nowhere.eml")
    Path("mails/open.eml").write_bytes((SAMPLES / "24-bounce.eml").read_bytes() + b"\n")
    status, text, errors = desk("ingest", "mails")
    assert (status, "closed.eml" in errors, "One file could not be opened" in text) == (65, True, True)
    assert _lines(desk("ingest", "mails", "--json")[1])[0]["fate"] == "again"


def test_standard_input_is_worked_off(desk: Run, tmp_path: Path) -> None:
    """``comity ingest -`` can stand at the end of a pipe: 0 means that the mail is on the disk."""
    data = (SAMPLES / "22-prose-en.eml").read_bytes().replace(b"Message-ID: <", b"Message-ID: <new.")
    command = [sys.executable, "-m", "comity", "ingest", "-", "--json"]
    done = subprocess.run(command, input=data, env=os.environ, cwd=tmp_path, check=True, capture_output=True)
    assert [each["fate"] for each in _lines(done.stdout.decode())] == ["letter"]
    assert _lines(desk("ingest", str(SAMPLES), "--json")[1])


def test_a_case_is_worked_on(desk: Run) -> None:
    """Take, wait, note, close; who did it is written down."""
    case = _worst(desk)
    assert desk("case", "act", case[:6], "take", "--by", "ann")[0] == 0
    assert desk("case", "act", case, "wait", "--until", "3d", "--note", "told", "--json")[0] == 0
    assert desk("case", "close", case, "--note", "clean", "--by", "bob")[0] == 0
    shown = json.loads(desk("case", "show", case, "--json")[1])
    assert (shown["state"], [each["act"] for each in shown["events"]]) == ("closed", ["open", "take", "wait", "close"])
    assert [each["actor"] for each in shown["events"]][1::2] == ["ann", "bob"]
    assert len(shown["entries"]) == 5
    assert case not in {each["case"] for each in _lines(desk("case", "list", "--json")[1])}
    assert case in {each["case"] for each in _lines(desk("case", "list", "--all", "--json")[1])}
    assert [each["case"] for each in _lines(desk("case", "list", "--state", "closed", "--json")[1])] == [case]
    assert desk("case", "close", case)[0] == 65


def test_what_was_found_is_noted_where_nobody_can_be_told(desk: Run) -> None:
    """A desk that only receives closes with an outcome, too: nobody is told, and its sources are measured by it."""
    case = _worst(desk)
    status, text, errors = desk("case", "close", case, "--outcome", "no-fault", "--json")
    assert (status, errors) == (0, "")
    closed = json.loads(text)
    assert (closed["state"], closed["told"]) == ("closed", 0)
    with open_store(Path("comity.db")).read() as records:
        assert records.connection.execute(select(case_finding.c.case_id, case_finding.c.outcome)).all() == [
            (case, "no-fault")
        ]


def test_a_letter_counts_as_one_and_not_as_a_report(desk: Run) -> None:
    """Nobody complained in it, so that there is no number of people."""
    letter = next(each for each in _lines(desk("case", "list", "--json")[1]) if each["about"] == "letter")
    shown = desk("case", "show", letter["case"])[1]
    assert "one letter; from " in shown
    assert " people" not in shown


def test_one_of_each_is_said_in_the_singular(desk: Run) -> None:
    """A case of one letter says so."""
    shown = [desk("case", "show", each["case"])[1] for each in _lines(desk("case", "list", "--json")[1])]
    assert any("one letter; from " in each for each in shown)
    assert not any(re.search(r"\b1 (reports|people|repeats)\b", each) for each in shown)


def test_cases_are_merged(desk: Run) -> None:
    """One goes into the other, and the other shows the reports of both."""
    first, second = (each["case"] for each in _lines(desk("case", "list", "--json")[1])[:2])
    assert desk("case", "merge", second, first)[0] == 0
    shown = json.loads(desk("case", "show", first, "--json")[1])
    assert (shown["reports"], len(shown["entries"]), shown["holds"]) == (8, 8, [second])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "zzzzzz"), 65),
        (("act", "CASE", "dance"), 64),
        (("act", "CASE", "note"), 64),
        (("act", "CASE", "assign"), 64),
        (("act", "CASE", "assign", "--customer", "South"), 65),
        (("act", "CASE", "wait", "--until", "soon"), 64),
        (("act", "CASE", "reopen"), 65),
        (("merge", "CASE", "CASE"), 64),
        (("list", "--state", "lost"), 64),
    ],
)
def test_what_cannot_be_done_is_said(desk: Run, words: tuple[str, ...], code: int) -> None:
    """In a sentence, with a status that tells whose fault it is, and without a trace."""
    case = _worst(desk)
    status, _, errors = desk("case", *(case if word == "CASE" else word for word in words))
    assert (status, errors.startswith("comity: "), "[" in errors) == (code, True, False)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_fit_a_terminal(desk: Run, language: str) -> None:
    """80 columns; Han characters count two; no sentence is missing."""
    shown = [desk("--language", language, "case", "list")[1], desk("--language", language, "shunt", "list")[1]]
    listed = _lines(desk("case", "list", "--json")[1])
    shown += [desk("--language", language, "case", "show", each["case"])[1] for each in listed]
    shown.append(desk("--language", language, "ingest", str(SAMPLES))[1])
    for line in "\n".join(shown).splitlines():
        assert cell_len(line) <= 80, line
        assert "[" not in line, line


def test_strangers_cannot_write_to_the_terminal(desk: Run) -> None:
    """What a letter says is shown, not done."""
    Path("evil.eml").write_bytes(
        b"From: eve@mail.example\nTo: abuse@east.example\nSubject: =?utf-8?q?please=1b=5b2J_stop_this=e2=80=ae?=\n"
        b"Message-ID: <e@mail.example>\n\nYour customer at 198.51.100.23 sends me spam every day, please stop it. Eve\n"
    )
    desk("ingest", "evil.eml")
    texts = [
        desk("case", "list")[1],
        *(desk("case", "show", each["case"])[1] for each in _lines(desk("case", "list", "--json")[1])),
    ]
    assert any("eve@mail.example" in text for text in texts)
    assert not any("\x1b" in text or "\u202e" in text for text in texts)


def test_letters_that_look_like_spam_come_last(desk: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Marked as such, or left out with their number; where no filter is in service nothing is said of it."""
    for name in ("prize", "question"):
        Path(f"{name}.eml").write_text(
            f"From: {name}@mail.example\nTo: feedback@east.example\nSubject: {name}\n\nI write about a {name}.\n"
        )
    assert desk("ingest", "question.eml")[0] == 0
    assert desk("ingest", "prize.eml")[0] == 0

    def listed(*options: str) -> list[tuple[str, bool | None]]:
        return [(each["from"], each["spam"]) for each in _lines(desk("letter", "list", "--json", *options)[1])]

    assert listed() == [("prize@mail.example", None), ("question@mail.example", None)]
    assert "spam" not in desk("letter", "list", "--hide-spam")[1]
    text = Path("comity.toml").read_text()
    Path("comity.toml").write_text(re.sub(r"^\[delivery\]$", "[delivery]\njudge = true", text, flags=re.MULTILINE))

    def judge(data: bytes, facts: Facts) -> Judgement:
        verdict = Verdict.SPAM if b"prize" in data else Verdict.LEGITIMATE
        return Judgement(verdict=verdict, probability=0.5, score=0.0, threshold=0.0, language="latin")

    monkeypatch.setattr(judging, "make_judge", lambda found: judge)
    assert listed() == [("question@mail.example", False), ("prize@mail.example", True)]
    assert listed("--hide-spam") == [("question@mail.example", False)]
    text = desk("letter", "list")[1]
    assert text.index("question@") < text.index("prize@") < text.index("looks like spam to your own filter")
    left_out = desk("letter", "list", "--hide-spam")[1]
    assert "prize@" not in left_out
    assert "One that looks like spam is left out" in left_out
    assert "未列出 1 封疑似垃圾邮件" in desk("--language", "zh", "letter", "list", "--hide-spam")[1]
    assert "2 letters wait" in left_out

    def no_model(found: Settings) -> NoReturn:
        raise ComityError("model-foreign", "this file holds no model", outcome=Outcome.CONFIGURATION)

    monkeypatch.setattr(judging, "make_judge", no_model)
    assert listed() == [("prize@mail.example", None), ("question@mail.example", None)]


def test_a_letter_that_reports_nothing_is_listed_read_and_seen(desk: Run) -> None:
    """A question to our own address comes before a person, and nobody else answers it."""
    worst = _worst(desk)
    Path("letter.eml").write_text(
        f"From: eve@mail.example\nTo: feedback@east.example\nSubject: Question\n\nIs this genuine? case {worst}\x1b[2J\n"
    )
    assert desk("letter", "list")[1] == "No letter waits.\n"
    Path("other.eml").write_text("From: bob@mail.example\nTo: feedback@east.example\nSubject: Hello\n\nplease stop\n")
    status, text, _ = desk("ingest", "letter.eml", "other.eml")
    assert (status, "2 of them are letters to you" in text) == (0, True)
    assert "comity letter list" not in desk("ingest", "letter.eml", "other.eml")[1]
    letter = _lines(desk("letter", "list", "--json")[1])[0]
    assert (letter["from"], letter["names_case"], letter["more"]) == ("eve@mail.example", worst, 0)
    assert worst in desk("letter", "list")[1]
    assert "comity letter list" in desk("case", "list")[1]
    assert "unproven" in desk("case", "show", worst)[1]
    (named,) = _lines(desk("case", "show", worst, "--json")[1])[0]["letters"]
    assert named["unproven"]
    status, text, _ = desk("letter", "show", str(letter["letter"]))
    assert (status, "Is this genuine?" in text, "\x1b" in text) == (0, True, False)
    assert desk("letter", "seen", str(letter["letter"]))[0] == 0
    assert [each["from"] for each in _lines(desk("letter", "list", "--json")[1])] == ["bob@mail.example"]
    assert desk("letter", "seen", str(letter["letter"]))[0] != 0
    assert desk("letter", "show", str(letter["letter"]))[0] != 0
