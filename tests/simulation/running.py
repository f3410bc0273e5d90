"""Run seeds, make a failing plan smaller, tell what happened: ``python -m simulation.running [COUNT] [--seed N]``.

Called by ``script/soak simulate``. Exit status 0 when every promise held, 1 otherwise.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from os import cpu_count
from secrets import randbelow
from traceback import format_exception

from comity.outlets.readers.circles import look_seldom

from .node import Node
from .promises import Broken
from .schedule import Plan, Step, draw
from .world import World

NodeMaker = Callable[[World, int, int], Node]
_LOT = 25
_TOLD = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A plan under which a promise was not kept, or the program raised what it should not."""

    plan: Plan
    name: str
    said: str
    trace: tuple[str, ...]

    def __str__(self) -> str:
        """All that is needed to look into it."""
        lines = [f"seed {self.plan.seed}, {self.plan.nodes} networks, {len(self.plan.steps)} steps: {self.said}"]
        return "\n".join([*lines, *self.trace])


def run(plan: Plan, node: NodeMaker = Node) -> Failure | None:
    """Run one plan."""
    world = World(plan, node)
    try:
        world.run()
    except Broken as broken:
        return Failure(plan=plan, name=broken.name, said=str(broken), trace=tuple(world.trace))
    except Exception as error:
        said = "".join(format_exception(error))
        return Failure(plan=plan, name=type(error).__name__, said=said, trace=tuple(world.trace))
    return None


def smaller(failure: Failure, node: NodeMaker = Node) -> Failure:
    """The same failure with fewer steps: pieces are left out as long as the same promise breaks without them."""
    size = max(len(failure.plan.steps) // 2, 1)
    while True:
        at, before = 0, len(failure.plan.steps)
        while at < len(failure.plan.steps):
            steps: tuple[Step, ...] = failure.plan.steps[:at] + failure.plan.steps[at + size :]
            found = run(replace(failure.plan, steps=steps), node)
            if found is not None and found.name == failure.name:
                failure = found
            else:
                at += size
        if size == 1 and len(failure.plan.steps) == before:
            return failure
        size = max(size // 2, 1)


def search(seeds: Iterable[int], node: NodeMaker = Node) -> Failure | None:
    """The first of these seeds that fails."""
    return next((found for seed in seeds if (found := run(draw(seed), node)) is not None), None)


def _lot(first: int) -> list[Failure]:
    return [found for seed in range(first, first + _LOT) if (found := run(draw(seed))) is not None]


def _many(first: int, count: int, processes: int) -> Iterator[tuple[int, list[Failure]]]:
    lots = range(first, first + count, _LOT)
    if processes == 1:
        yield from ((_LOT, _lot(each)) for each in lots)
        return
    with ProcessPoolExecutor(processes, initializer=look_seldom) as pool:
        for found in pool.map(_lot, lots):
            yield _LOT, found


def main() -> int:
    """Run."""
    asked = argparse.ArgumentParser(prog="script/soak simulate")
    asked.add_argument("count", nargs="?", type=int, default=1000, help="how many seeds")
    asked.add_argument("--seed", type=int, help="run this one alone, and tell all of it")
    asked.add_argument("--first", type=int, help="begin with this seed; else a fresh one")
    asked.add_argument("--processes", type=int, default=cpu_count() or 1)
    asked.add_argument("--no-shrink", action="store_true", help="leave a failing plan as it is")
    given = asked.parse_args()
    if given.seed is not None:
        return _tell(run(draw(given.seed)), shrink=not given.no_shrink)
    first = randbelow(1 << 40) if given.first is None else given.first
    print(f"{given.count} seeds from {first} on", flush=True)
    began, done, failed = time.monotonic(), 0, 0
    for number, found in _many(first, given.count, given.processes):
        done += number
        if done % _TOLD == 0:
            print(f"{done} done", flush=True)
        for each in found:
            failed += 1
            print(f"seed {each.plan.seed}: {each.said}", flush=True)
    seconds = time.monotonic() - began
    print(f"{done} seeds in {seconds:.0f} s, {done / seconds:.1f} a second; {failed} failed", flush=True)
    return 1 if failed else 0


def _tell(failure: Failure | None, *, shrink: bool) -> int:
    if failure is None:
        print("Every promise held.")
        return 0
    print(smaller(failure) if shrink else failure)
    return 1


if __name__ == "__main__":
    sys.exit(main())
