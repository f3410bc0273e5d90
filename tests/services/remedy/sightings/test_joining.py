"""Sightings by the usual way: a feed that arrives by mail opens the case, under the name of whoever was proven to send it."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from comity.cases.own_side import OwnSide
from comity.cases.sources.naming import Naming
from comity.formats.own_side import read_own
from comity.formats.reading import read
from comity.model.sighting import SightingClass
from comity.model.source import AlarmKind, JoinedLoop, Proof, SeenSource
from comity.services.operate.lease_import import Books
from comity.services.receive.ingest import Ingest
from comity.services.receive.planning import Terms
from comity.services.receive.prepare import Delivery, Prepared, prepare
from comity.services.receive.signers import SeenKey
from comity.services.receive.sources.alarming import Watch
from comity.services.receive.sources.keeping import Sources
from comity.services.receive.subscribers.whose import Whose
from comity.services.remedy.sightings.importing import Taken
from comity.services.remedy.sightings.joining import FromIntake, JoiningTerms
from comity.store.engine import Store, open_store

NOW = datetime(2026, 11, 28, 8, 0, 1, tzinfo=UTC)
OWN = OwnSide(read_own(b"192.0.2.0/24", "own").holdings)
LOOP = SeenSource(name="loop:shadowserver", proof=Proof.LOOP)
PEER = SeenSource(name="peer:west.example", proof=Proof.PEER)
STRANGER = SeenSource(name="mail:shadowserver.example", proof=Proof.NONE)


class Book:
    """A book in memory."""

    name = "leases.csv"

    def lines(self) -> Iterator[str]:
        began, ended = NOW - timedelta(days=9), NOW + timedelta(days=9)
        yield "address,ports,subscriber,began,ended\n"
        for at in range(7, 47):
            yield f"192.0.2.{at},,line-{at},{began.isoformat()},{ended.isoformat()}\n"


@pytest.fixture
def store() -> Iterator[Store]:
    """A store with one line."""
    opened = open_store(":memory:")
    opened.create()
    assert Books(opened.write, None).take([Book()]).mistakes == ()
    yield opened
    opened.close()


def mailed(*, is_packed: bool, lines: int = 1) -> Prepared:
    """A feed in a mail, bare or packed."""
    seen = NOW - timedelta(hours=3)
    rows = [f"{seen:%Y-%m-%d %H:%M:%S},192.0.2.{at},4455,64500,ZZ,mirai\n" for at in range(7, 7 + lines)]
    text = "timestamp,src_ip,src_port,src_asn,src_geo,family\n" + "".join(rows)
    name, data = "2026-11-28-event4_sinkhole-east.csv", text.encode()
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "feed@shadowserver.example", "fbl@east.example", "Daily report"
    mail.set_content("Attached.")
    if is_packed:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(name, data)
        mail.add_attachment(packed.getvalue(), maintype="application", subtype="zip", filename=f"{name}.zip")
    else:
        mail.add_attachment(data, maintype="text", subtype="csv", filename=name)
    return prepare(mail.as_bytes(), Delivery(gate="lmtp", name="fbl@east.example", arrived=NOW), read)


def join(
    store: Store, source: SeenSource, *, trusted: bool = False, is_packed: bool = False, lines: int = 1
) -> list[Taken]:
    takes = FromIntake(Whose(OWN), JoiningTerms(quiet=timedelta(days=3)))
    with store.write() as records:
        acting = {source.name} if trusted else set()
        return takes.join(records, [(mailed(is_packed=is_packed, lines=lines), source)], acting=acting, now=NOW)


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_feed_by_mail_opens_the_case(store: Store, is_packed: bool) -> None:
    """Bare or in a ZIP: the loop that the desk trusts is the witness, whatever the file calls itself."""
    (taken,) = join(store, LOOP, trusted=True, is_packed=is_packed)
    assert len(taken.opened) == 1
    with store.read() as records:
        (seen,) = records.bots.of({"subscriber:line-7": NOW - timedelta(days=9)})["subscriber:line-7"]
        assert (seen.source, seen.sighting_class, seen.said) == (LOOP.name, SightingClass.SINKHOLE, "mirai")
        assert list(records.effects.days()) == [LOOP.name]


def test_a_feed_by_mail_that_names_half_of_the_lines_alarms_somebody(store: Store) -> None:
    """It is held, and says so until a person ends it: looking at the feeds again does not."""
    (taken,) = join(store, LOOP, trusted=True, lines=30)
    assert (taken.is_held, taken.lines, taken.opened) == (True, 30, ())
    for hours in (0, 1, 48):
        with store.write() as records:
            Watch().look(records.sources, NOW + timedelta(hours=hours))
        with store.read() as records:
            (alarm,) = records.sources.alarms()
        assert (alarm.source, alarm.kind, alarm.facts["n"]) == (LOOP.name, AlarmKind.TOO_MANY, 30)
    with store.write() as records:
        records.sources.end_alarm(alarm.alarm_id, by="ann", why="their sinkhole was full of crawlers", at=NOW)
    with store.read() as records:
        assert (records.sources.alarms(), records.effects.cases()) == ([], [])


def test_a_source_on_trial_is_one_witness(store: Store) -> None:
    """Alone it opens nothing; with a peer beside it, whose word is hearsay of another class, it does."""
    assert join(store, LOOP)[0].opened == ()
    (taken,) = join(store, PEER)
    assert len(taken.opened) == 1


def test_a_stranger_is_no_witness(store: Store) -> None:
    """Anybody can mail a table that looks like a feed."""
    assert join(store, STRANGER, trusted=True) == []


def test_the_usual_intake_hears_of_it(store: Store) -> None:
    """A signed feed of a joined loop goes through the intake: one case, counted once, with its sighting."""
    sights = FromIntake(Whose(OWN), JoiningTerms(quiet=timedelta(days=3)))
    loops = [JoinedLoop(name="shadowserver", domains=("shadowserver.example",))]
    intake = Ingest(Terms(own=OWN), sources=Sources(Naming(loops)), sights=sights)
    signed = ("shadowserver.example",)
    feed = replace(
        mailed(is_packed=True), signed_by=signed, seen_keys={signed[0]: SeenKey(selector="s1", record="v=DKIM1")}
    )
    for again in range(2):
        with store.write() as records:
            intake.apply([feed], records, NOW + timedelta(hours=again))
    with store.read() as records:
        (case,) = records.effects.cases()
        (seen,) = records.bots.of({"subscriber:line-7": NOW - timedelta(days=9)})["subscriber:line-7"]
    assert (case.label, case.reports, seen.source, seen.times) == ("line-7", 1, LOOP.name, 1)
