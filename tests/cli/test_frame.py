"""The frame around every command: what a person or a script at the shell meets."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import pytest
import typer
from rich.cells import cell_len

from comity.cli import COMMANDS, frame, main, speech
from comity.cli.speech import speaker
from comity.locale import LANGUAGES, catalogue
from comity.model.outcomes import ComityError, Outcome

Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command line in which ``greet`` is the function under test."""
    monkeypatch.setenv("LC_ALL", "C")

    def with_command(command: object, *arguments: str) -> int:
        module = ModuleType("greet_command")
        module.command = command  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "greet_command", module)
        return frame.run(arguments, {"begin": {"greet": "greet_command"}})

    return with_command


def test_a_command_is_a_function_with_annotations(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """A module's ``command`` becomes a command; returning None means done."""

    def command(name: str, loud: Annotated[bool, typer.Option("--loud")] = False) -> None:
        print(name.upper() if loud else name)

    assert run(command, "greet", "west", "--loud") == 0
    assert capsys.readouterr().out == "WEST\n"


def test_a_command_speaks_the_language_asked_for(run: Run) -> None:
    """``--language`` counts wherever it stands, and the command never sees it."""
    spoken = []

    def command(name: str) -> None:
        spoken.append((name, speaker().language))

    assert run(command, "greet", "west", "--language", "zh-CN") == 0
    assert run(command, "--language=en", "greet", "west") == 0
    assert run(command, "greet", "--", "--language") == 0
    assert spoken == [("west", "zh_Hans"), ("west", "en"), ("--language", "en")]


def test_a_command_with_subcommands(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """A ``typer.Typer`` as ``command`` brings its own sub-commands."""
    command = typer.Typer(add_completion=False, rich_markup_mode=None)

    @command.command("show")
    def show() -> None:
        print("shown")

    @command.command("list")
    def listing() -> Outcome:
        return Outcome.TRY_AGAIN

    assert run(command, "greet", "show") == 0
    assert run(command, "greet", "list") == 75
    assert capsys.readouterr().out == "shown\n"


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_exit_status_comes_from_the_one_table(run: Run, outcome: Outcome) -> None:
    """An outcome returned and an outcome raised give the same status."""

    def raising() -> None:
        raise ComityError("some-code", "what happened", outcome=outcome)

    assert run(lambda: outcome, "greet") == outcome.value.exit_status
    assert run(raising, "greet") == outcome.value.exit_status


def test_an_error_names_place_and_remedy(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """An error says where, what, and what to do, and a stranger's text in it cannot drive the terminal."""

    def command() -> None:
        raise ComityError(
            "some-code", "a \x1b[2J b", outcome=Outcome.BAD_INPUT, place="report.eml:3", remedy="mend line 3"
        )

    assert run(command, "greet") == 65
    assert capsys.readouterr().err == "comity: report.eml:3: a \ufffd[2J b\n  mend line 3\n"


def test_a_missing_file_is_named(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """An operating system error about a file is bad input and names the file."""

    def command() -> None:
        raise FileNotFoundError(2, "No such file or directory", "gone.eml")

    assert run(command, "greet") == 65
    assert capsys.readouterr().err == "comity: gone.eml: there is no such file or folder\n"


def test_a_full_disk_is_worth_another_try(run: Run) -> None:
    """What passes by itself is told apart from bad input."""

    def command() -> None:
        raise OSError(28, "No space left on device", "out/x.eml")

    assert run(command, "greet") == 75


def test_our_own_fault_is_said_to_be_ours(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """An unexpected exception blames us, not the operator, and keeps the trace for those who ask."""

    def command() -> None:
        raise KeyError("oops")

    assert run(command, "greet") == 70
    shown = capsys.readouterr().err
    assert "fault in Comity" in shown
    assert "COMITY_DEBUG" in shown
    assert "Traceback" not in shown


def test_interrupting_ends_with_130(run: Run) -> None:
    """Control-C ends as shells expect."""

    def command() -> None:
        raise KeyboardInterrupt

    assert run(command, "greet") == 130


@pytest.mark.parametrize("arguments", [("greet", "--nonsense"), ("greet",), ("grete",), ("--language",), ()])
def test_what_is_not_understood_is_usage(run: Run, arguments: tuple[str, ...]) -> None:
    """An unknown option, a missing argument, an unknown command, a missing value, no command: all 64."""

    def command(name: str) -> None:
        raise AssertionError(name)

    assert run(command, *arguments) == 64


def test_an_unknown_command_suggests_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    """A slip of the finger is answered with the right word."""
    assert main(["--language", "en", "triaeg"]) == 64
    assert 'did you mean "triage"' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("language", "word"), [("en", "\nRemedy: infected subscribers\n"), ("zh", "\n治理：受感染的用户\n")]
)
def test_help_lists_every_command_in_the_readers_language(
    capsys: pytest.CaptureFixture[str], language: str, word: str
) -> None:
    """The overview has words for each command and group, in either language, within the width of every terminal."""
    assert main(["--help", "--language", language]) == 0
    shown = capsys.readouterr().out
    assert word in shown
    assert "[" not in shown.replace("[OPTIONS]", "").replace("[选项]", "")
    listed = [line for line in shown.splitlines() if re.match(r"  \S", line) and "--" not in line]
    assert [line.split()[0] for line in listed] == list(COMMANDS)
    assert max(map(cell_len, shown.splitlines())) <= 80


@pytest.mark.parametrize(("language", "word"), [("en", "Commands"), ("zh", "命令")])
def test_a_command_of_several_shows_them(capsys: pytest.CaptureFixture[str], language: str, word: str) -> None:
    """Without saying which, one reads its help as it stands, on standard error, and the status says usage."""
    assert main(["outbox", "--language", language]) == 64
    shown = capsys.readouterr()
    assert shown.out == ""
    assert word in shown.err
    assert "  preview" in shown.err.replace("   ", "  ")
    assert len(shown.err.splitlines()) > 6


def test_help_words_come_from_the_catalogue(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """A parameter's help is ``help.COMMAND.PARAMETER``; here the frame's own ``--help`` shows that it is looked up."""
    assert run(lambda: None, "greet", "--help", "--language", "zh") == 0
    assert "显示本说明" in capsys.readouterr().out


def test_a_closed_pipe_is_no_error() -> None:
    """``comity ... | head`` ends quietly."""
    script = (
        "import sys, types\n"
        "from comity.cli import frame\n"
        "module = types.ModuleType('m')\n"
        "module.command = lambda: [print('x' * 999) for _ in range(9999)] and None\n"
        "sys.modules['m'] = module\n"
        "sys.exit(frame.run(['m'], {'begin': {'m': 'm'}}))\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait(120) == 0


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_outputs_are_no_fault(closed: str) -> None:
    """Started without standard output or error, as some supervisors do, a command ends as it would have."""
    line = f'"{sys.executable}" -m comity --help {closed}'
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, timeout=300, check=False)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


def test_help_loads_nothing_that_is_slow() -> None:
    """``comity --help`` stays quick because no command, store or library is imported for it."""
    program = (
        "import sys\nfrom comity.cli import main\nmain(['--help'])\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules} & set(sys.argv[1:])), file=sys.stderr)"
    )
    slow = (
        "aiosmtpd",
        "asyncio",
        "cryptography",
        "dns",
        "fastapi",
        "httpx",
        "jinja2",
        "numpy",
        "pydantic",
        "rich",
        "sqlalchemy",
    )
    done = subprocess.run([sys.executable, "-c", program, *slow], check=True, capture_output=True, text=True)
    assert "Usage: comity" in done.stdout
    assert done.stderr.split() == []


def test_a_language_that_is_not_ours_is_said_once(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """The work is done in English, and whoever asked for another language knows why."""
    assert run(lambda: None, "greet", "--language", "fr") == 0
    assert capsys.readouterr().err.count("Comity speaks English (en) and Chinese (zh)") == 1
    assert run(lambda: None, "greet", "--language", "en_GB.UTF-8") == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "this hub hands on no more messages of one sender for now"),
        ("zh", "该枢纽暂不再为同一发送方转交更多消息"),
    ],
)
def test_why_a_peer_says_no_is_said_in_words(
    run: Run, capsys: pytest.CaptureFixture[str], language: str, said: str
) -> None:
    """Two networks exchange words of the protocol; a person reads a sentence."""

    def command() -> None:
        details = {"peer": "east.example", "reason": "relay-quota"}
        raise ComityError("peer-refused", "", outcome=Outcome.TRY_AGAIN, place="east.example", details=details)

    assert run(command, "greet", "--language", language) == 75
    assert said in capsys.readouterr().err


def _leaves(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", None)
    if not children:
        yield path, command
    for name, child in (children or {}).items():
        yield from _leaves(f"{path} {name}", child)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_shows_how_it_is_called(language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its help says in a sentence what it does, and has an example that the command itself understands."""
    monkeypatch.chdir(tmp_path)
    words = speech.choose(language)
    try:
        leaves = [leaf for name, module in COMMANDS.items() for leaf in _leaves(name, frame.built(name, module))]
    finally:
        speech.choose(None)
    assert len(leaves) > 200
    for path, command in leaves:
        assert f"help.{path.replace(' ', '.')}" in words, path
        line = words.say(f"example.{path.replace(' ', '.')}")
        assert line.startswith(f"comity {path}"), line
        assert line in " ".join(command.epilog.split()), path
        try:
            command.make_context(path, shlex.split(line.removeprefix(f"comity {path}")))
        except typer.BadParameter as error:  # a file of an example need not be there
            assert "does not exist" in error.message, (path, error.message)


def test_no_example_is_of_no_command() -> None:
    """A command that goes takes its example along."""
    known = {
        path.replace(" ", ".")
        for name, module in COMMANDS.items()
        for path, _ in _leaves(name, frame.built(name, module))
    }
    words = catalogue("en")
    assert {name.removeprefix("example.") for name in words if name.startswith("example.")} == known


def test_the_overview_says_what_an_exit_status_means(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Each that the one table has."""
    assert run(lambda: None, "--help") == 0
    said = capsys.readouterr().out
    assert {each.value.exit_status for each in Outcome} | {frame.INTERRUPTED} <= {
        int(n) for n in re.findall(r"\b\d+\b", said)
    }


@pytest.mark.parametrize(
    ("words", "english", "chinese"),
    [
        (("case", "show"), "'CASE' is missing", "缺少 'CASE'"),
        (("case", "list", "--limit", "0"), "'--limit' must be 1 or more", "'--limit' 不得小于 1"),
        (("case", "list", "--limit", "x"), "'--limit' takes a whole number", "'--limit' 须为整数"),
        (("case", "list", "--lmit", "1"), "there is no option --lmit; near: --limit", "没有选项 --lmit；相近的有：--limit"),
        (("case", "list", "x", "y"), "nothing more stands there: x y", "多余的内容：x y"),
        (("case", "lst"), "there is no command 'lst'", "没有命令 'lst'"),
        (("case", "list", "--limit"), "the option '--limit' needs a value", "选项 '--limit' 需要一个值"),
        (("case", "list", "--all=1"), "the option '--all' takes no value", "选项 '--all' 不带值"),
        (("consumer", "list", "--state", "x"), "does not take 'x'; it takes 'applied'", "不接受 'x'；可用的有 'applied'"),
        (("consumer", "apply", "x"), "the option '--mailbox' is missing", "缺少选项 '--mailbox'"),
        (("statement", "show", "nosuch"), "'nosuch' is not there", "'nosuch' 不存在"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_explained_in_the_readers_language(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], english: str, chinese: str
) -> None:
    """What the library says of it is not English in the midst of Chinese."""
    for language, said in (("en", english), ("zh", chinese)):
        assert main([*words, "--language", language]) == 64
        told = capsys.readouterr().err
        assert said in told
        assert not re.search(r"Missing|Invalid|No such|Got|Option|Input", told)
