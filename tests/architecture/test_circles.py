"""No two modules wait for each other: whoever reads one need not read the other to know what it does."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Module


def _run(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but those that only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        yield from _run(node)


def _takes_from(tree: ast.Module, known: set[str]) -> set[str]:
    """The modules that this one takes something from, early or late."""
    found: set[str] = set()
    for node in _run(tree):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            inside = {f"{node.module}.{each.name}" for each in node.names}
            found |= inside & known or {node.module}
    return found & known


def _in_order(trees: dict[str, ast.Module]) -> None:
    """Raise CycleError where the modules cannot be read one after the other."""
    graph = {name: _takes_from(tree, {*trees}) - {name} for name, tree in trees.items()}
    TopologicalSorter(graph).prepare()


def test_no_circle_of_modules(modules: "list[Module]") -> None:
    """What is imported inside functions counts, too: late imports make a circle run, and do not undo it."""
    names = (module.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for module in modules)
    _in_order(
        {f"comity.{name}".removesuffix(".__init__"): module.tree for name, module in zip(names, modules, strict=True)}
    )


def test_a_circle_is_seen_through_late_imports_and_not_through_types() -> None:
    """The test above could fail."""
    one, other = "import comity.other", "def late():\n    from comity.one import thing\n"
    with pytest.raises(CycleError):
        _in_order({"comity.one": ast.parse(one), "comity.other": ast.parse(other)})
    other = "if TYPE_CHECKING:\n    from comity.one import thing\n"
    _in_order({"comity.one": ast.parse(one), "comity.other": ast.parse(other)})
