"""Networks run the program against faults that a seed chooses: nothing is lost, nothing counts twice, both sides agree.

Limits:     COMITY_SIMULATIONS says how many seeds (20). On the build machine they are fresh ones, elsewhere the same each time;
            ``script/soak simulate`` runs many.
"""

import os
from dataclasses import replace
from secrets import randbelow

import pytest

from .mutants import MUTANTS
from .running import run, search, smaller
from .schedule import draw

COUNT = int(os.environ.get("COMITY_SIMULATIONS", "20"))


def test_every_promise_holds_under_faults() -> None:
    """Whatever is lost, late, doubled or cut, whoever dies: after each step every promise holds, and in the end all has arrived."""
    first = randbelow(1 << 40) if os.environ.get("CI") == "true" else 0
    print(f"seeds from {first} on")
    failure = search(range(first, first + COUNT))
    if failure is not None:
        pytest.fail(f"script/soak simulate --seed {failure.plan.seed}\n{smaller(failure)}")


def test_a_seed_tells_the_same_story_each_time() -> None:
    """A failing seed can be looked into: plan, trace and failure are the same in every run."""
    mutant = MUTANTS["marks before it sends"]
    with mutant.at_work():
        failure = search(range(100), mutant.node)
        assert failure is not None
        assert draw(failure.plan.seed) == failure.plan
        again = run(failure.plan, mutant.node)
    assert failure == again
    assert failure.trace and str(failure.plan.seed) in str(failure)


def test_a_failing_plan_is_made_smaller() -> None:
    """What has nothing to do with a failure is left out, and what is left breaks the same promise."""
    mutant = MUTANTS["forgets the identity of a complaint"]
    failure = search(range(100), mutant.node)
    assert failure is not None
    small = smaller(failure, mutant.node)
    assert small.name == failure.name
    assert len(small.plan.steps) < len(failure.plan.steps)
    without = [
        replace(small.plan, steps=small.plan.steps[:at] + small.plan.steps[at + 1 :])
        for at in range(len(small.plan.steps))
    ]
    assert [
        found for each in without if (found := run(each, mutant.node)) is not None and found.name == small.name
    ] == []
