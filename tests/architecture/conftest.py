"""The source as the architecture tests see it: parsed once."""

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Module:
    """One module of ours."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """Path below src/comity, as a person writes it."""
        return self.path.relative_to(ROOT / "src" / "comity").as_posix()

    @property
    def room(self) -> str:
        """The first folder, or the module's own name at the top."""
        return self.name.split("/")[0].removesuffix(".py")

    @cached_property
    def tree(self) -> ast.Module:
        """The module, parsed."""
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of it: many tests look at all of them, and to walk is slow."""
        return tuple(ast.walk(self.tree))

    def code_lines(self, node: ast.AST | None = None) -> int:
        """How many lines of the module (or of one function in it) hold code: no blank lines, comments or docstrings."""
        prose: set[int] = set()
        for part in self.nodes if node is None else ast.walk(node):
            if isinstance(part, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and part.body:
                first = part.body[0]
                if (
                    isinstance(first, ast.Expr)
                    and isinstance(first.value, ast.Constant)
                    and isinstance(first.value.value, str)
                ):
                    prose |= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
        lines = self.text.splitlines()
        start, end = 1, len(lines)
        if node is not None:
            start, end = node.lineno, node.end_lineno  # type: ignore[attr-defined]
        return sum(
            bool(line.strip()) and not line.lstrip().startswith("#")
            for number, line in enumerate(lines[start - 1 : end], start)
            if number not in prose
        )


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def modules() -> list[Module]:
    """Every module under src/comity."""
    paths = sorted((ROOT / "src" / "comity").rglob("*.py"))
    assert len(paths) > 10
    return [Module(path, path.read_text(encoding="utf-8")) for path in paths]


@pytest.fixture(scope="session")
def tracked() -> list[Path]:
    """Every text file of the repository that is ours to write."""
    not_ours = {".git", ".venv", "build", "dist", "demo-out", "LICENSE"}
    found = [
        path
        for path in ROOT.rglob("*")
        if path.is_file()
        and not any(
            part in not_ours or part.endswith((".egg-info", "_cache")) or part in ("__pycache__", ".hypothesis")
            for part in path.relative_to(ROOT).parts
        )
    ]
    assert len(found) > 50
    return found
