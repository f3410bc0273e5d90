"""What a load asks for, in the units of a machine that was measured: cores, processes, memory, disk, money; what ends first.

Standards:  utilisation law (Denning and Buzen, The operational analysis of queueing network models, 1978): busy share = arrivals a
            second x seconds each. At a busy share of r, a queue with random arrivals and one server takes 1 / (1 - r) times as long
            as the work alone (Kleinrock, Queueing Systems, volume 1, 1975, section 3.2): 2.5 times at 0.6, 10 times at 0.9.
Answers:    ``needs(load, measured, busy=...)`` gives ``Needs``; ``ends(needs, ...)`` the parts of one machine in the order in
            which they end; ``price(needs, load, ...)`` money a month.
Limits:     everything grows in proportion to what was measured; a mail at delivery costs the store nothing but a count. Not in
            it: authentication at delivery (its time is that of the DNS), pages, backups, a database server's own work.
"""

import math
from dataclasses import dataclass
from typing import Final

from comity.services.operate.capacity.load import DAY, Load
from comity.services.operate.capacity.measured import Measured

HOURS_A_MONTH: Final = 730  # 365 x 24 / 12
_DAYS_A_YEAR: Final = 365
_GB: Final = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """For all desks together, at the peak, unless it says otherwise."""

    mails_a_second: float
    complaints_a_second: float
    incoming_a_second: float
    judging: float  # cores
    reading: float  # cores
    writing: float  # cores
    gates: int  # processes
    readers: int  # processes
    writers: int  # processes: one a desk
    writer_share: float  # of one core, of one desk's writer, in its busiest second
    writer_mean: float  # the same over the day
    desks_wanted: int  # so that no writer is busier than it may be, in its busiest second
    backlog: int  # items in one desk's spool when the peak has lasted an hour
    backlog_hours: float  # until it is worked off; infinite where the mean is more than the writer can do
    memory_mib: float
    raw_bytes: float  # mails that are kept
    rows_bytes: float  # rows and ledger after these years

    @property
    def cores(self) -> float:
        """At work in the busiest second."""
        return self.judging + self.reading + self.writing

    @property
    def disk_bytes(self) -> float:
        """In all stores."""
        return self.raw_bytes + self.rows_bytes


def needs(load: Load, measured: Measured, *, busy: float) -> Needs:
    """What it takes; no process is to be busier than ``busy``."""
    mails = load.mails / DAY * load.mail_peak
    complaints, incoming = load.complaints / DAY * load.peak, load.incoming / DAY * load.peak
    inside, outside = measured.incoming, measured.outgoing
    judging = mails * measured.judged.cpu
    reading = incoming * inside.apart + complaints * outside.apart
    writing = incoming * inside.writer + complaints * outside.writer
    share = writing / load.desks
    gates = _processes(judging / load.desks, busy) * load.desks
    readers = _processes(reading / load.desks, busy) * load.desks
    backlog, hours = _backlog(load, share, busy)
    return Needs(
        mails_a_second=mails,
        complaints_a_second=complaints,
        incoming_a_second=incoming,
        judging=judging,
        reading=reading,
        writing=writing,
        gates=gates,
        readers=readers,
        writers=load.desks,
        writer_share=share,
        writer_mean=share / load.peak,
        desks_wanted=_processes(writing, busy),
        backlog=backlog,
        backlog_hours=hours,
        memory_mib=gates * measured.judged.gate_mib
        + readers * max(inside.apart_mib, outside.apart_mib)
        + load.desks * max(inside.writer_mib, outside.writer_mib),
        raw_bytes=load.keep_days * (load.incoming * inside.raw + load.complaints * outside.raw),
        rows_bytes=load.years * _DAYS_A_YEAR * (load.incoming * inside.rows + load.complaints * outside.rows),
    )


def _processes(cores: float, busy: float) -> int:
    """One process keeps at most one core busy.

    >>> _processes(0.1, 0.6), _processes(0.6, 0.6), _processes(6.1, 0.6)
    (1, 1, 11)
    """
    return max(1, math.ceil(cores / busy - 1e-9))


def _backlog(load: Load, share: float, busy: float) -> tuple[int, float]:
    """An hour of the peak, at which the writer works off as much as it may; then the mean goes on while it catches up."""
    items = (load.complaints + load.incoming) / load.desks / DAY
    if share <= busy or not items:
        return 0, 0.0
    able = items * load.peak * busy / share  # items a second
    waiting = (items * load.peak - able) * 3600
    return round(waiting), waiting / (able - items) / 3600 if able > items else math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One part of a machine, and how many times this load it would carry."""

    part: str  # "writer", "cores", "memory", "disk"
    times: float


def ends(found: Needs, measured: Measured, *, busy: float, free_bytes: int | None) -> list[End]:
    """Which part of one such machine ends first, were all of it put there; ``free_bytes`` is None where the disk is not known."""
    machine = measured.machine
    parts = {
        "writer": busy / found.writer_share if found.writer_share else math.inf,
        "cores": machine.cores * busy / found.cores if found.cores else math.inf,
        "memory": machine.memory_mib / found.memory_mib,
    }
    if free_bytes is not None:
        parts["disk"] = free_bytes / found.disk_bytes if found.disk_bytes else math.inf
    return sorted((End(part=part, times=times) for part, times in parts.items()), key=lambda each: each.times)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Money, in the currency of the prices that were given."""

    a_month: float
    a_million_mails: float | None
    a_million_reports: float | None


def price(found: Needs, load: Load, *, busy: float, core_hour: float, gb_month: float) -> Price:
    """Cores are paid for the whole month at the size of the peak; disk at the size that it has in the end.

    A million mails pay for judging; a million reports (both ways) for reading, writing and the disk.
    """
    month = HOURS_A_MONTH * core_hour / busy
    mails = found.judging * month
    reports = (found.reading + found.writing) * month + found.disk_bytes / _GB * gb_month
    days = HOURS_A_MONTH / 24
    both = load.complaints + load.incoming
    return Price(
        a_month=mails + reports,
        a_million_mails=mails / (load.mails * days / 1e6) if load.mails else None,
        a_million_reports=reports / (both * days / 1e6) if both else None,
    )
