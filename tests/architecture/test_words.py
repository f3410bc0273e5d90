"""Codes and the words for them: what the code says exists, and what exists is said."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from comity.locale import LANGUAGES, catalogue
from comity.model.findings import CODES

if TYPE_CHECKING:
    from conftest import Module


def _literals(modules: "list[Module]", *functions: str) -> Iterator[tuple[str, str]]:
    """Where one of the functions is called with a literal first argument, and that literal."""
    for module in modules:
        for node in module.nodes:
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            first = node.args[0]
            if name in functions and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield f"{module.name}:{node.lineno}", first.value


def test_every_finding_that_is_made_is_registered(modules: "list[Module]") -> None:
    """A reader cannot fail on a misspelt code while reading a stranger's mail."""
    assert [(where, code) for where, code in _literals(modules, "finding") if code not in CODES] == []


def test_every_registered_finding_is_made_somewhere(modules: "list[Module]") -> None:
    """The registry keeps no codes that nobody uses: each stands as a literal in some other module."""
    used = {
        node.value
        for module in modules
        if module.name != "model/findings.py"
        for node in module.nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert [code for code in CODES if code not in used] == []


def test_every_sentence_that_is_asked_for_exists(modules: "list[Module]") -> None:
    """No page or command shows a bracketed id, in any language."""
    missing = [
        (where, name, language)
        for where, name in _literals(modules, "say", "Message")
        for language in LANGUAGES
        if name not in catalogue(language) and not where.startswith("locale/")
    ]
    assert missing == []


def test_every_sentence_that_a_page_asks_for_exists(root: Path) -> None:
    """The same for templates."""
    missing = [
        (path.name, name, language)
        for path in (root / "src" / "comity").rglob("*.html*")
        for name in re.findall(r"""\bsay\(\s*["']([^"']+)["']\s*[,)]""", path.read_text(encoding="utf-8"))
        for language in LANGUAGES
        if name not in catalogue(language)
    ]
    assert missing == []


def test_every_error_has_words_in_every_language(modules: "list[Module]") -> None:
    """An operator who reads Chinese reads errors in Chinese."""
    missing = [
        (where, code, language)
        for where, code in _literals(modules, "ComityError")
        for language in LANGUAGES
        if f"error.{code}" not in catalogue(language)
    ]
    assert missing == []


def test_every_parameter_of_every_command_has_help() -> None:
    """``comity COMMAND --help`` explains each argument and option, in every language."""
    import importlib

    import typer

    from comity.cli import COMMANDS

    missing = []
    for name, where in COMMANDS.items():
        command = importlib.import_module(where).command
        if not isinstance(command, typer.Typer):
            app = typer.Typer(add_completion=False)
            app.command(name)(command)
            command = app
        missing += [
            (one, language)
            for one in _help_ids(typer.main.get_command(command), name)
            for language in LANGUAGES
            if f"help.{one}" not in catalogue(language)
        ]
    assert missing == []


def _help_ids(command: object, name: str) -> Iterator[str]:
    yield name
    for parameter in getattr(command, "params", ()):
        yield f"{name}.{parameter.name}"
    for child_name, child in getattr(command, "commands", {}).items():
        yield from _help_ids(child, f"{name}.{child_name}")
