"""The golden corpora: each sample mail is read as its author says, with either line end.

``tests/corpus/DIALECT/{rfc,vendor,malformed,not-a-report}/NAME.eml`` is read; ``NAME.json`` beside it holds the rows of
``comity read --json``, each with the keys that matter there. A changed answer shows its difference. With COMITY_REGOLD=1 in the
environment the JSON is written anew: the keys that are there keep their place, a missing file gets every key that says something.
"""

import difflib
import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from comity.formats import reading
from comity.formats.dialects.context import Context
from comity.services.receive.read import rows

CORPUS = Path(__file__).parents[1] / "corpus"
SAMPLES = sorted(CORPUS.glob("*/*/*.eml"))
GROUPS = {"rfc", "vendor", "malformed", "not-a-report"}
CONTEXT = Context(now=datetime(2026, 11, 23, 12, tzinfo=UTC), trusted_hosts=frozenset())
# What a missing JSON is not filled with: too long to be read by whoever checks it.
_LEFT_OUT = {"path", "suggestions"}


def _read(data: bytes) -> list[dict[str, Any]]:
    return list(rows("sample", reading.read(data, CONTEXT)))


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Findings as their codes: where each one stood differs with the line ends. Suggestions without their place and weight."""
    shown = dict(row)
    shown["findings"] = [each["code"] for each in row["findings"]]
    shown["suggestions"] = [f"{each['what']} {each['value']}" for each in row["suggestions"]]
    return shown


def _narrowed(row: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    return {key: row[key] for key in wanted}


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _regold(path: Path, found: list[dict[str, Any]]) -> None:
    if path.exists():
        before = json.loads(path.read_text(encoding="utf-8"))
        keys = [list(row) for row in before] if len(before) == len(found) else [list(before[0])] * len(found)
        new = [{key: row[key] for key in wanted} for row, wanted in zip(found, keys, strict=True)]
    else:
        new = [
            {key: row[key] for key in row if key not in _LEFT_OUT and row[key] not in (None, [], "")} for row in found
        ]
    path.write_text(_text(new), encoding="utf-8")


def test_there_is_a_corpus() -> None:
    """The runner found samples of every dialect: a moved folder does not pass for a green run."""
    assert len(SAMPLES) >= 90
    assert {path.parent.name for path in SAMPLES} <= GROUPS
    assert len({path.parent.parent.name for path in SAMPLES}) >= 8


@pytest.mark.parametrize("ends", ["lf", "crlf"])
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.relative_to(CORPUS).with_suffix("").as_posix())
def test_sample(path: Path, ends: str) -> None:
    """One sample mail gives the rows that stand beside it."""
    data = path.read_bytes().replace(b"\r\n", b"\n")
    data = data.replace(b"\n", b"\r\n") if ends == "crlf" else data
    found = [_plain(row) for row in _read(data)]
    golden = path.with_suffix(".json")
    if os.environ.get("COMITY_REGOLD") and ends == "lf":
        _regold(golden, found)
    wanted = json.loads(golden.read_text(encoding="utf-8"))
    shown = [_narrowed(row, asked) for row, asked in zip(found, wanted, strict=False)]
    if len(found) != len(wanted) or shown != wanted:
        shown += found[len(wanted) :]
        lines = difflib.unified_diff(
            _text(wanted).splitlines(), _text(shown).splitlines(), golden.name, "read", lineterm=""
        )
        pytest.fail("\n".join(lines), pytrace=False)


def test_no_golden_file_is_without_its_sample() -> None:
    """A renamed sample leaves no JSON behind that nobody checks."""
    assert [path for path in CORPUS.glob("*/*/*.json") if not path.with_suffix(".eml").exists()] == []


def test_nothing_in_the_corpus_names_a_real_network() -> None:
    """Samples are written by us: addresses out of the ranges for documentation, names under .example."""
    found = set()
    for path in SAMPLES:
        text = path.read_bytes().decode("latin-1")
        found |= {
            (path.name, host)
            for host in re.findall(r"@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)", text)
            if not host.endswith(".example")
        }
    assert found == set()
