"""What numpy may use of the processor: nothing that is slower there than what it would use without.

Answers:    ``suit_numpy(environment)``, before numpy is imported, which reads the environment then; processes that we start
            inherit it. Whoever set these by hand is right.
Standards:  AMD, Software Optimization Guide for the Zen4 Microarchitecture, 2.11.2: "Avoid the memory destination form of COMPRESS
            instructions". Sorting in numpy does that for every vector where it has AVX-512, and each mail is sorted: a third of
            judging it. OpenJDK leaves the same processors out in the same way (JDK-8317976).
Limits:     Linux; elsewhere nothing is set. What numpy calls the instructions has changed with 2.4: both names are given, and of
            the one that it does not know it warns (``ImportWarning``, which Python does not show). A numpy that was built for
            AVX-512 alone can leave nothing alone and says so as an error: there an operator sets the name to nothing.
"""

from collections.abc import MutableMapping
from pathlib import Path
from typing import Final

_DESCRIBED: Final = Path("/proc/cpuinfo")
_FIRST: Final = 4096  # bytes: the first processor of many
_AVX_512: Final = "AVX512_SKX X86_V4"
_ZEN_3_AND_4: Final = 25  # the family; of these Zen 4 alone has AVX-512


def suit_numpy(environment: MutableMapping[str, str], described: Path = _DESCRIBED) -> None:
    """Say in this environment what numpy is to leave alone."""
    # It starts a thread for each core, for multiplying matrices, which nothing here does: a sixth of judging one mail.
    environment.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Numpy takes one of the two names, and ends where both are there.
    is_chosen = "NPY_DISABLE_CPU_FEATURES" in environment or "NPY_ENABLE_CPU_FEATURES" in environment
    if not is_chosen and _sorts_slowly(described):
        environment["NPY_DISABLE_CPU_FEATURES"] = _AVX_512


def _sorts_slowly(described: Path) -> bool:
    try:
        with described.open("rb", buffering=0) as file:
            lines = file.read(_FIRST).decode("latin-1").split("\n\n")[0].splitlines()
    except OSError:
        return False
    said = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    is_of_amd = said.get("vendor_id") == "AuthenticAMD" and said.get("cpu family") == str(_ZEN_3_AND_4)
    return is_of_amd and "avx512f" in said.get("flags", "").split()
