"""The size and shape of the code."""

import ast
import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Module

MODULE_LIMIT = 400
FUNCTION_LIMIT = 60
FOLDER_LIMIT = 15

# A module, function ("path:name") or folder that may be larger, and why splitting it would make it worse.
LARGER: dict[str, str] = {
    "formats": "one module a format, so that `from comity.formats import arf` is all there is to know",
    "model": "one module for each thing that all rooms speak of; a folder below would be one more word to know",
}

VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base", "core", "manager", "tools", "stuff"}

# Words that say nothing without a second one: whose report, which user, the sender in which sense?
BARE_WORDS = {"report", "user", "sender"}

# Process edges: the only places that may catch everything, each once.
CATCHES_EVERYTHING = {
    "cli/frame.py": "the command line",
    "cli/judging/verdicts.py": "one mail in a pipe: whatever goes wrong, it must come out at the other end",
    "gates/watching/__init__.py": "one watched mailbox: a fault of ours in it must not cost the other gates",
    "gates/milter/connection.py": "what is decided on one mail at delivery: a fault of ours over it must not stop it",
    "gates/proxy/conversation.py": "what is decided on one mail on its way to the store: a fault of ours over it must not stop it",
    "gates/milter/conversation.py": "one mail at delivery: a fault of ours over it must not stop it",
    "store/group_commit.py": "the thread that writes the spool: whoever waits for its answer gets the error",
    "services/operate/rounds/__init__.py": "one step of what is done now and then: a fault of ours in it must not cost the others",
    "web/api/edge.py": "one request of a program: it is told, and others are served",
    "services/complain/looking.py": "one complaint: a fault of ours over it must not cost the next one",
    "services/receive/prepare.py": "one item that is read: a fault of ours in it must not cost the desk the next one",
    "services/receive/reception.py": "one complaint that arrives: it alone is undone and shunted",
    "services/receive/coming_back.py": "one answer or bounce: it alone is undone and shunted",
    "services/receive/ingest.py": "one item that is written: it alone is undone and shunted",
    "services/receive/triage.py": "one item of a mailbox: a fault of ours in it must not cost the other ten thousand",
}


def test_no_module_is_too_long(modules: "list[Module]") -> None:
    """A module of more than 400 code lines wants splitting, or a reason."""
    long = {module.name: module.code_lines() for module in modules if module.code_lines() > MODULE_LIMIT}
    assert {name: lines for name, lines in long.items() if name not in LARGER} == {}


def test_no_function_is_too_long(modules: "list[Module]") -> None:
    """A function of more than 60 code lines wants splitting, or a reason."""
    long = {
        f"{module.name}:{node.name}": module.code_lines(node)
        for module in modules
        for node in module.nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and module.code_lines(node) > FUNCTION_LIMIT
    }
    assert {name: lines for name, lines in long.items() if name not in LARGER} == {}


def test_no_folder_is_too_full(modules: "list[Module]") -> None:
    """A folder of more than 15 modules wants splitting, or a reason."""
    full = Counter(module.name.rpartition("/")[0] for module in modules if module.path.name != "__init__.py")
    assert {name: count for name, count in full.items() if count > FOLDER_LIMIT and name not in LARGER} == {}


def test_every_exception_to_the_sizes_is_needed(modules: "list[Module]") -> None:
    """A reason is taken off the list when what it excused has become small."""
    names = {module.name for module in modules} | {module.name.rpartition("/")[0] for module in modules}
    assert {name.split(":")[0] for name in LARGER} <= names


def test_no_module_has_a_vague_name(modules: "list[Module]") -> None:
    """A module is named after what it answers."""
    assert [module.name for module in modules if VAGUE_NAMES & {*module.name.removesuffix(".py").split("/")}] == []


def test_every_module_opens_with_a_card(modules: "list[Module]") -> None:
    """The first sentence says what the module answers; a larger one adds trust, standards, answers or limits."""
    without = []
    for module in modules:
        card = ast.get_docstring(module.tree) or ""
        labelled = any(label in card for label in ("Trust:", "Standards:", "Answers:", "Limits:"))
        if not card.split("\n")[0].strip() or (module.code_lines() > 60 and not labelled):
            without.append(module.name)
    assert without == []


def test_public_functions_and_classes_say_what_they_answer(modules: "list[Module]") -> None:
    """A name that others may use has a docstring."""
    without = [
        f"{module.name}:{node.name}"
        for module in modules
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert without == []


def test_everything_is_caught_at_process_edges_only(modules: "list[Module]") -> None:
    """``except Exception`` hides faults, so it stands once per process edge and nowhere else."""
    found = Counter(module.name for module in modules for node in module.nodes if _catches_everything(node))
    assert found == dict.fromkeys(CATCHES_EVERYTHING, 1)


def _catches_everything(node: ast.AST) -> bool:
    """True for a handler of every exception that does not pass it on."""
    if not isinstance(node, ast.ExceptHandler):
        return False
    everything = node.type is None or (
        isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")
    )
    last = node.body[-1]
    return everything and not (isinstance(last, ast.Raise) and last.exc is None)


def test_vague_words_never_stand_bare(modules: "list[Module]") -> None:
    """``report``, ``user`` and ``sender`` are ambiguous in this field: a name says which."""
    bare = Counter(
        f"{module.name}: {name}"
        for module in modules
        for node in module.nodes
        for name in _names_given(node)
        if name in BARE_WORDS
    )
    assert bare == {}


def _names_given(node: ast.AST) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.arg):
        return [node.arg]
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return [node.id]
    return []


def test_no_group_repeats_possessively(modules: "list[Module]") -> None:
    """``(?:ab)*+`` goes on in the middle of a group that fits in part, in Python before 3.11.5: ``(?>ab)*+`` does not."""
    found = [
        (module.name, node.lineno)
        for module in modules
        for node in module.nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and _repeats_a_group(node.value)
    ]
    assert found == []


def _repeats_a_group(value: str | bytes) -> bool:
    text = value if isinstance(value, str) else value.decode("latin-1")
    for match in re.finditer(r"\)[*+?]\+", text):
        depth = 0
        for at in range(match.start(), -1, -1):
            depth += (text[at] == ")") - (text[at] == "(")
            if depth == 0:
                if text.startswith("(?:", at):
                    return True
                break
    return False
