"""The rooms in the middle decide; they touch nothing. Time, chance, files and sockets come in as arguments.

The import law between the rooms is checked by import-linter (pyproject.toml).
"""

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Module

PURE = {"model", "formats", "verdict", "attribution", "feedback", "cases", "remediation", "ledger", "accord"}

OUTSIDE = {
    "asyncio", "dns", "ftplib", "glob", "http", "httpx", "imaplib", "logging", "multiprocessing", "os", "pathlib", "random",
    "secrets", "select", "shutil", "signal", "smtplib", "socket", "sqlite3", "sqlalchemy", "ssl", "subprocess",
    "tempfile", "threading", "time", "urllib.request", "uuid",
}  # fmt: skip

# A pure room does not speak either: it gives message ids, and the edge finds the words.
ROOMS_ABOVE = {"comity.locale", "comity.settings", "comity.bootstrap"}

# Calls that read a clock or the outside world without an import that shows it.
READS_OUTSIDE = {"open", "input", "print", "exec", "eval", "compile", "__import__", "breakpoint"}
READS_CLOCK = {"now", "utcnow", "today"}
# Writes methods out of the names of our own fields, as ``dataclasses`` does, when a class is made.
WRITES_METHODS = {"model/record.py"}

# Never, in any room: code out of data, and the parsers of mail that ours replaces.
NEVER = {"pickle", "marshal", "shelve", "dill", "mailbox"}
# The pipe between our own processes pickles by itself: here its answers are opened with the names closed (decision 21).
CLOSES_PICKLES = {"outlets/readers/pool.py"}
OTHER_MAIL_READERS = {"email", "email.parser", "email.message", "email.policy", "email.header", "email.feedparser"}

READS_MAIL_OTHERWISE = {
    "services/operate/bench_read.py": "measures the standard library's reader beside ours",
    "services/operate/bench_complain.py": "measures a short script of the standard library beside what leaves",
    "services/operate/bench_ingest.py": "measures a short script of the standard library beside intake",
}


def _imports(module: "Module") -> set[str]:
    found: set[str] = set()
    for node in module.nodes:
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
    return found


def _among(names: set[str], forbidden: set[str]) -> set[str]:
    return {name for name in names if name in forbidden or any(name.startswith(f"{one}.") for one in forbidden)}


def test_pure_rooms_import_nothing_that_touches_the_outside(modules: "list[Module]") -> None:
    """No clock, socket, disk, chance or log in the middle rooms."""
    impure = {
        module.name: found
        for module in modules
        if module.room in PURE and (found := _among(_imports(module), OUTSIDE | ROOMS_ABOVE))
    }
    assert impure == {}


def test_pure_rooms_read_no_clock_and_open_no_file(modules: "list[Module]") -> None:
    """``datetime.now()`` and ``open()`` need no import that gives them away, so the calls are looked for."""
    impure = [
        f"{module.name}:{node.lineno}"
        for module in modules
        if module.room in PURE and module.name not in WRITES_METHODS
        for node in module.nodes
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id in READS_OUTSIDE)
            or (isinstance(node.func, ast.Attribute) and node.func.attr in READS_CLOCK)
        )
    ]
    assert impure == []


def test_nothing_runs_data_as_code(modules: "list[Module]") -> None:
    """Models, rules and mail from outside are data: no pickle, no eval, in any room."""
    assert {module.name for module in modules if _among(_imports(module), NEVER)} == CLOSES_PICKLES
    assert [
        f"{module.name}:{node.lineno}"
        for module in modules
        if module.name not in WRITES_METHODS
        for node in module.nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("eval", "exec")
    ] == []


def test_one_reader_of_mail(modules: "list[Module]") -> None:
    """``comity.formats.mime`` is the only reader of mail: the standard library's can be made to take gigabytes."""
    others = {module.name for module in modules if _imports(module) & OTHER_MAIL_READERS}
    assert others <= set(READS_MAIL_OTHERWISE)
