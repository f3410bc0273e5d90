"""Where the keys of a TOML file stand."""

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from comity.formats.toml_lines import Path, key_lines

AWKWARD = r"""
# identity = "not here"
title = @@@
[identity]
domain = "nor here \\"@@@"
"quoted \"key\"" = 'it' # = no
identity.domain = "west.example"

  [ reading . "trusted.hosts" ] # comment = 1
list = [ # a = 1
  "x = 1", 'y',
  [1, 2], # ]
  { inline = { deep = 1 }, "o ther" = "}" },
]
raw = ~~~
[[agreement]]
domain = 'x'~~~
after = 1979-05-27T07:32:00Z
[[agreement]]
domain = "a"
[[agreement]]
domain = "b"
[reading."trusted.hosts".agreement]
domain = "c"
[[agreement.contact]]
mail = "x"
[[agreement.contact]]
mail = "y"
[agreement.terms]
tier = 2
""".replace("@@@", '"' * 3).replace("~~~", "'" * 3)


def test_every_kind_of_key_is_found_on_its_line() -> None:
    """Strings over several lines, comments, quoted and dotted keys, inline tables, arrays of tables: none misleads."""
    lines = key_lines(AWKWARD)
    rows = AWKWARD.split("\n")

    def row(*path: str | int) -> str:
        return rows[lines[path] - 1].strip()

    assert row("title").startswith("title =")
    assert row('quoted "key"').startswith('"quoted')
    assert row("identity", "domain").startswith("identity.domain")
    assert row("reading", "trusted.hosts").startswith("[ reading")
    assert row("reading", "trusted.hosts", "list").startswith("list")
    assert row("reading", "trusted.hosts", "list", 3, "inline", "deep").startswith("{ inline")
    assert row("reading", "trusted.hosts", "list", 3, "o ther").startswith("{ inline")
    assert row("reading", "trusted.hosts", "after").startswith("after")
    assert row("agreement", 0, "domain") == 'domain = "a"'
    assert row("agreement", 1, "domain") == 'domain = "b"'
    assert row("reading", "trusted.hosts", "agreement", "domain") == 'domain = "c"'
    assert row("agreement", 1, "contact", 0, "mail") == 'mail = "x"'
    assert row("agreement", 1, "contact", 1, "mail") == 'mail = "y"'
    assert row("agreement", 1, "terms", "tier") == "tier = 2"
    assert set(lines) == set(_paths(tomllib.loads(AWKWARD)))


def test_tables_within_tables_are_counted_anew_in_each() -> None:
    """The first rule of the second state is its rule 0: an error in a playbook names that line, not one of a rule before it."""
    text = "[[state]]\n[[state.on]]\nto = 1\n[[state.on]]\n[[state]]\n[[state.on]]\nto = 2\n"
    lines = key_lines(text)
    assert lines[("state", 1, "on", 0, "to")] == 7
    assert set(lines) == set(_paths(tomllib.loads(text)))


def _paths(value: Any, path: Path = ()) -> list[Path]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += _paths(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += _paths(inner, (*path, index))
    return found


@given(st.text(alphabet="[]{}=.,#\"'\\\n \tab1\u4e2d", max_size=200))
def test_any_text_is_answered(text: str) -> None:
    """Text that is no TOML gives some lines or none, never an exception or a hang; TOML gives every key."""
    lines = key_lines(text)
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, ValueError):
        return
    assert set(lines) == set(_paths(table))


def test_a_large_file_is_read_in_one_pass() -> None:
    """Ten thousand tables with backslashes keep their lines."""
    text = '[[agreement]]\ndomain = "\\\\\\\\\\\\"\n' * 10_000
    assert key_lines(text)[("agreement", 9_999, "domain")] == 20_000


def test_what_is_nested_without_end_has_no_lines() -> None:
    """Neither brackets nor parts of a key cost more than they are long, and nothing is raised; what stands before has its line."""
    for deep in ("a = " + "[" * 50_000 + "]" * 50_000, "a = " + "{a=" * 20_000, "a" + ".a" * 50_000 + " = 1"):
        found = key_lines(f"first = 1\n{deep}\n")
        assert found["first",] == 1
        assert max(map(len, found)) < 40
