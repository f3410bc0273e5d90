"""What all tests share: real mail where it is at hand, and the tests that need real programs.

Real mail is never part of the repository. Tests that use it take ``real_data``; they are skipped where it is absent. It is looked
for in the folder that COMITY_DATA names, else in ../shared/data beside the repository.
"""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from comity.outlets.readers import circles

from .quickening import quicken

# A busy machine is no fault of the code: an example is judged by its answer, not by the clock. A test has the same examples on
# every run, so that a change is judged by what it changes. Whoever wants others asks for them, --hypothesis-profile=search;
# script/soak finds new ones all the time.
settings.register_profile("house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "search", deadline=None, derandomize=False, max_examples=1000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("house")

ROOT = Path(__file__).parents[1]
LIVE = ROOT / "tests" / "live"
# What a person, a terminal or a build machine may have set: language, width, colours, settings, who is to be told.
_OF_SOMEBODY = (
    "COMITY_CONFIG", "COLUMNS", "LINES", "TERMINAL_WIDTH", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "PY_COLORS",
    "GITHUB_ACTIONS", "NOTIFY_SOCKET",
)  # fmt: skip


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--live``: also run the tests that start real programs."""
    parser.addoption("--live", action="store_true", help="also run the tests that start real programs")


def pytest_configure() -> None:
    """Programs that tests start find the source as the tests do, installed or not; no surroundings change what they say."""
    circles.look_seldom()
    quicken()
    for name in _OF_SOMEBODY:
        os.environ.pop(name, None)
    os.environ["LC_ALL"] = "C.UTF-8"
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT / "src"), os.environ.get("PYTHONPATH"))))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave live tests out, unless they were asked for; what several processes share begins with what takes longest."""
    left_out = [] if config.getoption("--live") else [item for item in items if item.get_closest_marker("live")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("live")]
    if hasattr(config, "workerinput"):
        items.sort(key=_turn(items))


def pytest_collection_finish() -> None:
    """Ten thousand tests and what they import stay to the end: looking through them took a tenth of the time."""
    circles.pass_over()


def _turn(items: list[pytest.Item]) -> Callable[[pytest.Item], Any]:
    """When a file has its turn: those that start programs first, because one test of theirs takes as long as a file of others;
    then those of many tests. So no process is left alone with a long file at the end.
    """
    tests = Counter(item.path for item in items)
    return lambda item: (LIVE not in item.path.parents, -tests[item.path], item.path)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    """On the build machine a live test that is skipped has failed: what is not run there is run nowhere."""
    outcome = yield
    if outcome.skipped and item.get_closest_marker("live") and os.environ.get("CI") == "true":
        outcome.outcome = "failed"
        outcome.longrepr = f"a live test was skipped on the build machine: {outcome.longrepr}"
    return outcome


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with unpacked real mail (``feedback-reports``, ``bounces`` ...)."""
    named = os.environ.get("COMITY_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not any(folder.glob("*/")):
        pytest.skip("no real mail here: COMITY_DATA names no folder with any")
    return folder


@pytest.fixture
def hang_guard() -> Iterator[None]:
    """Ends a test that takes two minutes of the processor: what is promised in seconds has then become worse than linear.

    How fast something is, benches tell (``comity bench``): a test that judged by the clock would fail on a busy machine.
    """

    def hangs(*_: object) -> None:
        pytest.fail("two minutes of CPU time, for what takes a moment")

    before = signal.signal(signal.SIGPROF, hangs)
    signal.setitimer(signal.ITIMER_PROF, 120)
    yield
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.signal(signal.SIGPROF, before)
