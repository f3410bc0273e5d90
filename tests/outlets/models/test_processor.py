"""What numpy is to leave alone, by what the processor is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from comity.outlets.models.processor import suit_numpy

DESCRIBED = """processor\t: 0
vendor_id\t: {vendor}
cpu family\t: {family}
model\t\t: 17
flags\t\t: fpu sse2 avx2 {more} sha_ni

processor\t: 1
vendor_id\t: AuthenticAMD
cpu family\t: 25
flags\t\t: avx512f
"""


@pytest.mark.parametrize(
    ("vendor", "family", "more", "is_slow"),
    [
        ("AuthenticAMD", 25, "avx512f avx512dq", True),  # Zen 4
        ("AuthenticAMD", 25, "vaes", False),  # Zen 3
        ("AuthenticAMD", 26, "avx512f", False),  # Zen 5
        ("GenuineIntel", 25, "avx512f", False),
    ],
)
def test_avx_512_is_left_alone_where_sorting_with_it_is_slower(
    vendor: str, family: int, more: str, is_slow: bool, tmp_path: Path
) -> None:
    """Only on the one family whose compressed stores are slow; what stands of a second processor is not read."""
    described = tmp_path / "cpuinfo"
    described.write_text(DESCRIBED.format(vendor=vendor, family=family, more=more))
    environment: dict[str, str] = {}
    suit_numpy(environment, described)
    assert ("NPY_DISABLE_CPU_FEATURES" in environment) is is_slow
    assert environment["OPENBLAS_NUM_THREADS"] == "1"


def test_what_the_operator_set_stays(tmp_path: Path) -> None:
    """Whoever set it by hand, be it to nothing, is right; and where there is no such file nothing is set."""
    described = tmp_path / "cpuinfo"
    described.write_text(DESCRIBED.format(vendor="AuthenticAMD", family=25, more="avx512f"))
    environment = {"NPY_DISABLE_CPU_FEATURES": "", "OPENBLAS_NUM_THREADS": "4"}
    suit_numpy(environment, described)
    assert environment == {"NPY_DISABLE_CPU_FEATURES": "", "OPENBLAS_NUM_THREADS": "4"}
    environment = {"NPY_ENABLE_CPU_FEATURES": "X86_V3"}  # numpy does not start where both are set
    suit_numpy(environment, described)
    assert environment.keys() == {"NPY_ENABLE_CPU_FEATURES", "OPENBLAS_NUM_THREADS"}
    environment = {}
    suit_numpy(environment, tmp_path / "nothing")
    assert "NPY_DISABLE_CPU_FEATURES" not in environment


def test_numpy_starts_and_sorts_alike_with_what_is_set() -> None:
    """Numpy takes the names, whatever the processor: without AVX-512 it sorts to the same numbers, and says nothing."""
    program = (
        "import numpy as np; a = np.random.default_rng(1).integers(0, 1 << 20, 3000, dtype=np.uint32);"
        "a.sort(); print(a.sum(), bool((a[1:] >= a[:-1]).all()))"
    )
    told = []
    for features in ("", "AVX512_SKX X86_V4"):
        environment = os.environ | {"NPY_DISABLE_CPU_FEATURES": features}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        told.append((done.stdout, done.stderr))
    assert told[0] == told[1]
    assert told[0][0].endswith("True\n")
    assert not told[0][1]
