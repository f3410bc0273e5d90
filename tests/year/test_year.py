"""Some weeks of the year: the end of a month, clocks that change, a machine that is off. ``script/soak year`` is all of it."""

from datetime import timedelta
from pathlib import Path

from .calendar import moment, plan
from .clock import Clock, in_place
from .oracles import at_the_end, each_day
from .world import START, World


def test_what_is_done_by_the_clock_is_done_once(tmp_path: Path) -> None:
    """Three weeks of two networks: every period is told once, nothing lives too long, and every sum is right."""
    clock, until = Clock(START), moment("2027-11-17T00:00")
    with in_place(clock) as patched:
        world = World(tmp_path, clock, patched, zone="America/New_York")
        plan(world, until)
        while clock.now() < until:
            world.go(min(until, clock.now() + timedelta(days=1)))
            each_day(world)
        at_the_end(world)
        for network in world.networks.values():
            network.end()
    assert world.problems == []
    assert {mail.to for mail in world.mails} >= {"boss@west.example", "cards@west.example", "line10@lines.example"}
