"""Mail made to hurt is led on every way that a stranger's mail takes: each ends within bounded work and memory, with an answer.

``tests/formats/test_hostile.py`` reads the same mail as feedback. The largest inputs are led where COMITY_SOAK is set.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from comity.services.public.evidence import FIELDS, dissect

from ..formats.hostile_inputs import HEAVY, INPUTS
from .hostile_ways import WAYS

NAMES = [name for name in INPUTS if os.environ.get("COMITY_SOAK") or name not in HEAVY]
# More than any mail that a gate takes (gates.size_mib is 32 at most): its reader may be ended over it, by its bounds.
NAMES = [name for name in NAMES if name != "zip-of-a-million-members"]
_MEMORY_MIB = 256
_CPU_SECONDS = 5
_WATCHDOG_SECONDS = 300.0


@pytest.mark.parametrize("way", WAYS)
def test_every_way_ends(way: str) -> None:
    """No crash, no hang: within 5 seconds of the processor and 256 MiB for each mail, however it is looked at."""
    script = Path(__file__).with_name("hostile_ways.py")
    try:
        done = subprocess.run(
            [sys.executable, str(script), way, *NAMES], capture_output=True, timeout=_WATCHDOG_SECONDS, check=False
        )
        output, ended = done.stdout, f"exit status {done.returncode}: {done.stderr.decode(errors='replace')[-2000:]}"
    except subprocess.TimeoutExpired as hang:
        output, ended = hang.stdout or b"", f"nothing more within {_WATCHDOG_SECONDS:.0f} seconds"
    lines = [json.loads(line) for line in output.splitlines()]
    found = {line["name"]: line for line in lines if "name" in line}
    assert list(found) == NAMES, f"{lines[-1] if lines else 'the start'}: {ended}"
    assert {name: each["seconds"] for name, each in found.items() if each["seconds"] > _CPU_SECONDS} == {}
    assert {name: each["peak"] for name, each in found.items() if each["peak"] > _MEMORY_MIB} == {}


def test_fields_are_read_alike_however_many_follow() -> None:
    """Of two hundred fields the first 150 are shown as they are where none follows: folded, coded, repeated."""
    values = [b"a\r\n b", b"=?utf-8?B?5oqV6K+J?=", b"\xc4\xe3\xba\xc3", b"plain \t", b""]
    lines = [b"X-%d: %s\r\n" % (number % 7, values[number % 5]) for number in range(FIELDS + 50)]
    few, many = (dissect(b"".join(lines[:most]) + b"\r\nx").pieces[0] for most in (FIELDS, FIELDS + 50))
    assert few.fields == many.fields
    assert (few.more_fields, many.more_fields) == (0, 50)
    assert {each.read for each in few.fields} >= {"a b", "\u6295\u8bc9", None}
