"""Measure this machine by short runs of the benches: delivery, what comes in, what goes out.

Answers:    ``measure(count, folder, bar)`` gives ``Measured``; raises ``ComityError`` where a bench finds a number wrong.
Limits:     generated mails, a folder of its own that is removed. CPU time is that of the processes alone: a busy machine makes it
            a little longer, not wrong. The memory of the writer has the bench in it.
"""

import os
import platform
import resource
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from comity import __version__
from comity.cli.capacity.milter_host import at_delivery
from comity.cli.operate import bench_complain, bench_ingest
from comity.cli.progress import Progress
from comity.model.outcomes import ComityError, Outcome
from comity.services.operate.capacity.measured import Judged, Machine, Measured, Worked

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_REPORT: Final = 12_000  # bytes of a report that comes in, as in ``comity bench ingest``
_MAIL: Final = 6000  # bytes of a mail that is judged or complained about, as in ``comity bench complain``
_READERS: Final = 2
_SEED: Final = 1
PARTS: Final = 3


def measure(count: int, folder: Path, bar: Progress) -> Measured:
    """Each part with so many mails."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    if not sys.platform.startswith("linux"):
        raise ComityError("capacity-system", "this is measured on Linux", outcome=Outcome.USAGE)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    folder.mkdir(parents=True, exist_ok=True)
    judged = _judged(count, key, folder)
    bar.advance()
    incoming = _incoming(count, key, folder)
    bar.advance()
    outgoing = _outgoing(count, key, folder)
    bar.advance()
    return Measured(
        at=datetime.now(UTC).replace(microsecond=0),
        program=__version__,
        machine=this_machine(),
        judged=judged,
        incoming=incoming,
        outgoing=outgoing,
    )


def this_machine() -> Machine:
    """What it says of itself."""
    described = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    names = (line.partition(":")[2].strip() for line in described if line.startswith("model name"))
    return Machine(
        processor=next(names, platform.machine()),
        cores=len(os.sched_getaffinity(0)),
        memory_mib=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20,
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
    )


def _judged(count: int, key: "RSAPrivateKey", folder: Path) -> Judged:
    from comity.services.operate.bench_complain import sample_load

    mails = [each.data for each in sample_load(count, size=_MAIL, seed=_SEED, key=key).complaints]
    with tempfile.TemporaryDirectory(prefix="comity-capacity-", dir=folder) as name:
        return at_delivery(mails, Path(name).absolute())


def _incoming(count: int, key: "RSAPrivateKey", folder: Path) -> Worked:
    from comity.services.operate.bench_ingest import sample_mails

    order = bench_ingest.Order(count=count, size=_REPORT, seed=_SEED, readers=_READERS, folder=folder, grow=0)
    load = sample_mails(count, size=_REPORT, seed=_SEED, key=key)
    with tempfile.TemporaryDirectory(prefix="comity-capacity-", dir=folder) as name:
        found = bench_ingest.intake(order, load, key, place=Path(name))
    _right(found.wrong)
    mails = len(load.mails)
    return Worked(
        count=mails,
        size=load.size,
        apart=found.work_cpu / mails,
        writer=found.rate.cpu / mails,
        rows=max(0, found.room.pages - found.room.mails) / mails,
        raw=found.room.mails / mails,
        apart_mib=found.reader_peak,
        writer_mib=_mine(),
    )


def _outgoing(count: int, key: "RSAPrivateKey", folder: Path) -> Worked:
    from comity.bootstrap.benches.provider import bench_provider
    from comity.cli.operate.mail_sink import MailSink
    from comity.services.operate.bench_complain import sample_load

    load = sample_load(count, size=_MAIL, seed=_SEED, key=key)
    warm = sample_load(bench_complain.WARM, size=_MAIL, seed=_SEED + 1, key=key)
    with (
        tempfile.TemporaryDirectory(prefix="comity-capacity-", dir=folder) as name,
        MailSink(bench_complain.KEEP_EVERY) as sink,
        Progress("", 2) as silent,
    ):
        settings = bench_provider(Path(name), key, port=sink.port, readers=_READERS)
        found = bench_complain.leaving(settings, sink, load, warm=warm, bar=silent)
    _right(found.wrong)
    return Worked(
        count=count,
        size=load.size,
        apart=found.stages["look"] / count,
        writer=found.rate.cpu / count,
        rows=max(0, found.room.pages - found.room.mails) / count,
        raw=found.room.mails / count,
        apart_mib=found.peak[1],
        writer_mib=_mine(),
    )


def _mine() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _right(wrong: list[str]) -> None:
    if wrong:
        what = "; ".join(wrong)
        raise ComityError("capacity-wrong", what, outcome=Outcome.FAULT, details={"what": what})
