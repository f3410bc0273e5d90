"""What stands around every command: global options, help, errors, exit status.

Trust:      see ``comity.cli``; whatever is printed here passes ``plain``.
Answers:    ``run(arguments, groups)`` gives the exit status and raises nothing but what ends a process; ``built(name, module)``
            a command with its words, as pages about it want it.
"""

import difflib
import errno
import importlib
import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from comity import __version__
from comity.cli import configuration, speech
from comity.cli.dressing import below, in_our_words, usage_fault
from comity.cli.speech import plain, speaker
from comity.locale import speaks
from comity.model.outcomes import FILE_ERRORS, ComityError, Outcome

_COLUMNS: Final = 80  # what every terminal has
INTERRUPTED: Final = 130  # 128 + SIGINT, as shells count

# Not our fault and not the operator's: worth another try once there is room, memory or quiet again.
_PASSING: Final = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.EBUSY}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One command line, taken apart as far as the frame cares."""

    rest: tuple[str, ...]  # the command and all that is its own
    language: str | None = None
    config: str | None = None


Groups = Mapping[str, Mapping[str, str]]  # of commands: the module of each by its name


def run(arguments: Sequence[str], groups: Groups, quick: Mapping[str, str] | None = None) -> int:
    """Run one command line; see ``comity.cli`` for the convention."""
    speech.choose(None)
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal in another charset is no reason to stop
    try:
        line = _take_apart(arguments)
        speech.choose(line.language)
        if line.language is not None and not speaks(line.language):
            _complain("comity: " + speaker().say("language-unknown", language=plain(line.language, 40)))
        configuration.choose(line.config)
        status = _dispatch(line.rest, groups, quick or {})
        sys.stdout.flush()
    except ComityError as error:
        status = _explain(error)
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BrokenPipeError:
        status = _hush()
    except OSError as error:
        status = _explain(_as_comity_error(error))
    except Exception as error:  # the process edge of the command line: say whose fault it is, then end
        status = _explain_fault(error)
    return status


def _open_what_is_closed() -> None:
    """Started with a closed output (``>&-``) the work is done all the same, for nobody to read."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  # as long as the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115


def _take_apart(arguments: Sequence[str]) -> _Line:
    """Take ``--language`` and ``--config`` out, wherever they stand before ``--``."""
    line, rest, waiting = _Line(rest=()), list[str](), list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            rest += [word, *waiting]
            break
        name, equals, value = word.partition("=")
        if name not in ("--language", "--config"):
            rest.append(word)
            continue
        if not equals:
            if not waiting:
                raise _usage("option-without-value", f"{name} needs a value", option=name)
            value = waiting.pop(0)
        line = replace(line, language=value) if name == "--language" else replace(line, config=value)
    return replace(line, rest=tuple(rest))


def _dispatch(words: tuple[str, ...], groups: Groups, quick: Mapping[str, str]) -> int:
    if not words or words[0] in ("--help", "-h") or (words[0] == "help" and words[1:2] != ("export",)):
        print(_overview(groups), file=sys.stdout if words else sys.stderr)
        return Outcome.DONE.value.exit_status if words else Outcome.USAGE.value.exit_status
    if words[0] == "--version":
        print(f"comity {__version__}")
        return Outcome.DONE.value.exit_status
    name = words[0]
    commands = {name: module for group in groups.values() for name, module in group.items()}
    if name not in commands:
        near = difflib.get_close_matches(name, commands, n=1)
        code = "command-unknown-near" if near else "command-unknown"
        raise _usage(code, f"there is no command {name!r}", name=name, near=near[0] if near else "")
    asked = importlib.import_module(quick[name]).meant(words[1:]) if name in quick else None
    if asked is not None:
        return _ending(asked)()
    return _call(name, built(name, commands[name]), words[1:])


def _overview(groups: Groups) -> str:
    from comity.cli.wrapping import wrapped

    words = speaker()
    width = max(len(name) for group in groups.values() for name in group) + 2
    lines = [words.say("help.usage"), "", words.say("help.about")]
    for group, commands in groups.items():
        lines += ["", words.say(f"help.group-{group}")]
        for name in commands:
            said = wrapped(words.say(f"help.{name}").splitlines()[0], _COLUMNS - width - 2)
            lines += [f"  {name if not number else '':<{width}}{line}" for number, line in enumerate(said)]
    lines += ["", words.say("help.options")]
    lines += [
        f"  {option:<{22}}{words.say(f'help.{option_id}')}"
        for option, option_id in (
            ("--language CODE", "option-language"),
            ("--config FILE", "option-config"),
            ("--version", "option-version"),
            ("--help", "option-help"),
        )
    ]
    lines += ["", words.say("help.exit")]
    return "\n".join(lines)


def built(name: str, module: str) -> Any:
    """The command of a module, built by the library and dressed in the words of the chosen language."""
    import typer

    command: Any = importlib.import_module(module).command
    if not isinstance(command, typer.Typer):
        app = typer.Typer(add_completion=False)
        app.command(name)(command)
        command = app
    made: Any = typer.main.get_command(command)
    _dress(made, name)
    return made


def _call(name: str, command: Any, arguments: Sequence[str]) -> int:
    import typer

    usage_error: Any = typer.BadParameter.__mro__[1]  # typer does not export the class it raises
    if not arguments and getattr(command, "commands", None) and command.no_args_is_help:
        context = command.make_context(f"comity {name}", [], resilient_parsing=True)
        print(command.get_help(context), file=sys.stderr)
        return Outcome.USAGE.value.exit_status
    try:
        answer = command.main(list(arguments), prog_name=f"comity {name}", standalone_mode=False)
    except usage_error as error:
        return _explain_usage(error, name)
    except typer.Abort:
        return INTERRUPTED
    return answer if isinstance(answer, int) else Outcome.DONE.value.exit_status


def _dress(command: Any, name: str) -> None:
    """Put the words of the catalogue onto a built command, and our endings around its function."""
    words = speaker()
    command.rich_markup_mode = None  # plain text: rich costs as much start-up time as everything else together
    if f"help.{name}" in words:
        command.help = words.say(f"help.{name}")
        command.short_help = command.help.splitlines()[0]
    for parameter in command.params:
        if f"help.{name}.{parameter.name}" in words:
            parameter.help = words.say(f"help.{name}.{parameter.name}")
    for child_name, child in getattr(command, "commands", {}).items():
        _dress(child, f"{name}.{child_name}")
    if command.callback is not None:
        command.callback = _ending(command.callback)
    command.epilog = below(words, name, is_group=bool(getattr(command, "commands", None)))
    written = command.get_help
    command.get_help = lambda context: in_our_words(written(context))


def _ending(function: Callable[..., object]) -> Callable[..., int]:
    def ended(*arguments: Any, **named: Any) -> int:
        try:
            answer = function(*arguments, **named)
            sys.stdout.flush()
        except BrokenPipeError:
            return _hush()
        except KeyboardInterrupt:
            return INTERRUPTED
        return (answer if isinstance(answer, Outcome) else Outcome.DONE).value.exit_status

    return ended


def _hush() -> int:
    """Whoever read our output has seen enough: end quietly, and let nothing more be flushed into the closed pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Outcome.DONE.value.exit_status


def _usage(code: str, message: str, **details: object) -> ComityError:
    return ComityError(code, message, outcome=Outcome.USAGE, details=details)


def _explain_usage(error: Any, name: str) -> int:
    context = getattr(error, "ctx", None)
    path = name if context is None else context.command_path.removeprefix("comity ")
    details = {"command": path, "reason": usage_fault(" ".join(error.format_message().split()))}
    return _explain(_usage("arguments", details["reason"], **details))


def _as_comity_error(error: OSError) -> ComityError:
    reason = error.strerror or str(error)
    outcome = Outcome.TRY_AGAIN if error.errno in _PASSING else Outcome.BAD_INPUT
    place = None if error.filename is None else os.fsdecode(error.filename)
    code = FILE_ERRORS.get(error.errno or 0, "file")
    return ComityError(code, reason, outcome=outcome, place=place, details={"reason": reason})


def _explain(error: ComityError) -> int:
    words = speaker()
    details = {name: plain(value) if isinstance(value, str) else value for name, value in error.details.items()}
    if (said := f"refused.{details.get('reason')}") in words:  # a word of another network, or of a hub between us
        details["reason"] = words.say(said)
    known = f"error.{error.code}" in words
    message = words.say(f"error.{error.code}", **details) if known else plain(error.message)
    remedy_known = f"remedy.{error.code}" in words
    remedy = words.say(f"remedy.{error.code}", **details) if remedy_known else plain(error.remedy or "")
    place = f"{plain(error.place)}: " if error.place else ""
    lines = [f"comity: {place}{message}", *([f"  {remedy}"] if remedy else [])]
    if sys.stderr.isatty():  # whoever looks for a line in a file finds it whole
        from comity.cli.wrapping import fitted

        lines = [piece for line in lines for piece in fitted(line, hang=2)]
    _complain(*lines)
    return error.outcome.value.exit_status


def _explain_fault(error: Exception) -> int:
    import traceback

    if os.environ.get("COMITY_DEBUG"):
        _complain(*(plain(line) for line in "".join(traceback.format_exception(error)).splitlines()))
    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = f"{last[0].filename}:{last[0].lineno}" if last else None
    reason = plain(f"{type(error).__name__}: {error}", 200)
    return _explain(ComityError("fault", reason, outcome=Outcome.FAULT, place=place, details={"reason": reason}))


def _complain(*lines: str) -> None:
    try:
        print(*lines, sep="\n", file=sys.stderr)
    except (OSError, ValueError):
        return  # nobody listens on stderr
