"""Mail made to hurt ends somewhere: within bounded memory, with its reading, and with a word about what was left out.

A process of its own reads it (``hostile_inputs``); a watchdog ends that process where it hangs. The largest inputs are read
where COMITY_SOAK is set, as script/soak does.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from .hostile_inputs import HEAVY, INPUTS

NAMES = [name for name in INPUTS if os.environ.get("COMITY_SOAK") or name not in HEAVY]
_MEMORY_MIB = 256
_CPU_SECONDS = 5
_WATCHDOG_SECONDS = 300.0
# What is cut short must say so.
_LIMITS = {
    "multipart-2000-deep": "depth-limit",
    "message-2000-deep": "depth-limit",
    "report-about-report-200-deep": "depth-limit",
    "parts-200000": "part-limit",
    "parts-and-no-end": "part-limit",
    "boundary-of-nothing-but-dashes": "part-limit",
    "headers-200000": "header-limit",
    "header-without-end": "header-limit",
    "received-20000": "header-limit",
    "line-of-25-MB-to-a-desk": "text-limit",
    "prose-addresses": "text-limit",
    "gzip-bomb": "archive-limit",
    "gzip-bomb-attached": "archive-limit",
    "zip-bomb": "archive-limit",
    "zip-bomb-attached": "archive-limit",
    "zip-of-a-million-members": "archive-limit",
    "zip-nested": "archive-nested",
    "json-deep": "json-too-complex",
    "table-of-500000-rows": "table-row-limit",
    "table-of-100000-columns": "table-column-limit",
    "report-100000-fields": "size-limit",
    "report-200-source-addresses": "address-conflict",
    "bare-cr": "bare-cr",
    "nul-bytes": "header-nul",
    "base64-with-garbage": "encoding-damaged",
    "uuencode-liar": "encoding-damaged",
    "charset-unknown": "charset-unknown",
    "charset-wrong": "charset-damaged",
    "charset-not-text": "charset-unknown",
    "charset-hex": "charset-unknown",
}


@pytest.fixture(scope="module")
def answers() -> Mapping[str, Mapping[str, Any]]:
    """What the process said about each input; it fails by name where one of them ended the process."""
    script = Path(__file__).with_name("hostile_inputs.py")
    command = [sys.executable, str(script), *NAMES]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_WATCHDOG_SECONDS, check=False)
        output, ended = done.stdout, f"exit status {done.returncode}: {done.stderr.decode(errors='replace')[-2000:]}"
    except subprocess.TimeoutExpired as hang:
        output, ended = hang.stdout or b"", f"nothing more within {_WATCHDOG_SECONDS:.0f} seconds"
    lines = [json.loads(line) for line in output.splitlines()]
    found = {line["name"]: line for line in lines if "name" in line}
    begun = [line["begun"] for line in lines if "begun" in line]
    assert len(found) == len(NAMES), f"{begun[-1] if begun else 'the start'}: {ended}"
    return found


def test_every_input_ends_with_a_reading(answers: Mapping[str, Mapping[str, Any]]) -> None:
    """No crash, no hang: every input is some kind of item, by some mark."""
    assert set(answers) == set(NAMES)
    assert all(answer["why"].startswith("why.") for answer in answers.values())


def test_no_input_takes_more_than_256_mib(answers: Mapping[str, Mapping[str, Any]]) -> None:
    """The whole process, with the input in it."""
    assert {name: answer["peak"] for name, answer in answers.items() if answer["peak"] > _MEMORY_MIB} == {}


def test_no_input_takes_more_than_five_seconds(answers: Mapping[str, Mapping[str, Any]]) -> None:
    """Of the processor, not of the clock; most take a tenth of one."""
    assert {name: answer["seconds"] for name, answer in answers.items() if answer["seconds"] > _CPU_SECONDS} == {}


def test_the_tree_is_capped(answers: Mapping[str, Mapping[str, Any]]) -> None:
    """However many parts are written, and however deep, so many are looked at."""
    assert max(answer["parts"] for answer in answers.values()) <= 10_000
    assert max(answer["depth"] for answer in answers.values()) <= 100


@pytest.mark.parametrize("name", [name for name in NAMES if name in _LIMITS])
def test_what_is_cut_short_says_so(name: str, answers: Mapping[str, Mapping[str, Any]]) -> None:
    """Nothing is left out without a word."""
    assert _LIMITS[name] in answers[name]["codes"]


@pytest.mark.parametrize(
    "name", ["charset-unknown", "charset-not-text", "charset-utf-16", "charset-gb18030", "charset-hz"]
)
def test_the_address_is_found_whatever_the_charset_claims(name: str, answers: Mapping[str, Mapping[str, Any]]) -> None:
    """A complaint in Chinese gives its address in every charset, also in one that does not exist."""
    assert answers[name]["addresses"] == ["192.0.2.7"]


def test_names_in_archives_are_labels(answers: Mapping[str, Mapping[str, Any]]) -> None:
    """A path in an archive leads nowhere: its rows are read, its folders are forgotten."""
    assert answers["zip-paths"]["addresses"] == ["192.0.2.7", "192.0.2.8"]


def test_a_report_with_200_source_addresses_gives_none(answers: Mapping[str, Mapping[str, Any]]) -> None:
    """Who names everybody names nobody."""
    assert answers["report-200-source-addresses"]["addresses"] == []
    assert answers["report-200-source-addresses"]["reports"] == 1


def test_one_line_of_output_stays_short(answers: Mapping[str, Mapping[str, Any]]) -> None:
    """What is shown of one report does not grow with what somebody wrote into it."""
    assert {
        name: answer["shown"] // max(1, answer["reports"])
        for name, answer in answers.items()
        if answer["shown"] > 5_000_000 * max(1, answer["reports"])
    } == {}
