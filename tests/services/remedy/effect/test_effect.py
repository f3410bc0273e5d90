"""What became of infested lines: silence closes cases, sources are weighed, and the numbers are those of what happened."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from comity.cases.own_side import OwnSide
from comity.formats import tables
from comity.formats.own_side import read_own
from comity.model.desk import Act, CaseState
from comity.model.notice import Certainty, NoticeKind, SelfServiceAct
from comity.model.sighting import Outcomes, Sighting, SightingClass
from comity.remediation.corroboration import Standing
from comity.remediation.effect.comparison import Way, Wedge
from comity.services.operate.lease_import import Books
from comity.services.receive.desk import Desk
from comity.services.receive.subscribers.whose import Whose
from comity.services.remedy.effect.closing import Silent, close_silent, silent
from comity.services.remedy.effect.learning import learn
from comity.services.remedy.effect.measuring import Effect, MeasureTerms, measure
from comity.services.remedy.rows import ActOfSubscriber, GivenNotice
from comity.services.remedy.sightings.importing import Import, ImportOrder
from comity.services.remedy.sightings.rows import SightingRow
from comity.store.engine import Store, open_store

BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
OWN = OwnSide(read_own(b"192.0.2.0/24", "own").holdings)
ALWAYS = "192.0.2.1"  # a line that nobody cleans, so that the feed is seen to deliver


class Book:
    """A book in memory."""

    name = "leases.csv"

    def lines(self) -> Iterator[str]:
        began, ended = BEGAN - DAY, BEGAN + DAY * 300
        yield "address,ports,subscriber,began,ended\n"
        for at in range(1, 200):
            yield f"192.0.2.{at},,line-{at},{began.isoformat()},{ended.isoformat()}\n"


@pytest.fixture
def store() -> Iterator[Store]:
    """A store with 199 lines."""
    opened = open_store(":memory:")
    opened.create()
    assert Books(opened.write, None).take([Book()]).mistakes == ()
    yield opened
    opened.close()


def feed(store: Store, day: int, *addresses: str) -> list[str]:
    """What one day's feed names; the cases that it opened."""
    seen = BEGAN + DAY * day
    rows = [f"{seen:%Y-%m-%d %H:%M:%S},{each},4455,64500,ZZ,mirai" for each in addresses]
    text = "\n".join(["timestamp,src_ip,src_port,src_asn,src_geo,family", *rows])
    order = ImportOrder(now=seen + timedelta(hours=12), quiet=DAY * 3, release=True)
    take = Import(store.write, Whose(OWN), standing=Standing(trusted={"shadowserver"}), order=order).take
    return list(take("x", tables.read(text.encode(), f"{seen:%Y-%m-%d}-event4_sinkhole-x.csv")).opened)


def close(store: Store, day: int) -> list[Silent]:
    now = BEGAN + DAY * day
    with store.write() as rows:
        desk = Desk(rows, actor="comity", now=now)
        found = silent(rows, now, assumed=30)
        return close_silent(rows, found, close=lambda case, note: desk.act(case, Act.CLOSE, note=note))


def look(store: Store, day: int, wedge: Wedge | None = None) -> Effect:
    with store.write() as rows:
        learn(rows.effects, BEGAN + DAY * day)
        return measure(rows.effects, MeasureTerms(now=BEGAN + DAY * day, assumed=30, wedge=wedge))


def test_a_feed_that_falls_silent_is_named_and_closes_nothing(store: Store) -> None:
    """Daily, then never: no case is closed by its silence, and it is said; where it comes once a week, that is its rhythm."""
    for day in range(40):
        feed(store, day, ALWAYS, *(["192.0.2.7"] if day < 35 else []))
    assert look(store, 42).sources[0].pause is None
    assert look(store, 60).sources[0].pause == (20, 0)
    assert [each.case.label for each in close(store, 60)] == ["line-7"]  # by the days on which it still delivered
    assert close(store, 300) == []
    for day in (67, 74, 81):
        feed(store, day, ALWAYS)
    assert look(store, 88).sources[0].pause is None


def known_source(store: Store, days: int = 40) -> None:
    """Ten lines are seen every second day: the source is known to see a half."""
    for day in range(days):
        feed(store, day, ALWAYS, *(f"192.0.2.{at}" for at in range(2, 12) if (day + at) % 2))


def test_silence_closes_a_case(store: Store) -> None:
    """The source sees one line in two on a day: after five silent days it is clean, and before that it is not."""
    known_source(store)
    for day in range(40, 50):
        feed(store, day, ALWAYS)
    assert [each.case.label for each in close(store, 42)] == []
    closed = close(store, 50)
    assert {each.case.label for each in closed} == {f"line-{at}" for at in range(2, 12)}
    assert {each.case.state for each in closed} == {CaseState.CLOSED}
    assert all(each.silence.doubt <= 0.05 and each.silence.basis.value == "learned" for each in closed)
    with store.read() as rows:
        note = rows.cases.events_of(closed[0].case.case_id)[-1].note
    assert note is not None
    assert note.startswith("silence: ")


def test_a_feed_that_stopped_proves_nothing(store: Store) -> None:
    """On days on which the source delivered nothing at all, nobody is clean because it is silent."""
    known_source(store)
    assert close(store, 90) == []


def test_a_source_of_which_nothing_is_known_needs_longer(store: Store) -> None:
    """Where nothing is learned yet, thirty days of a feed that delivers are enough, and it says that this is assumed."""
    feed(store, 0, "192.0.2.7")
    for day in range(1, 31):
        feed(store, day, "203.0.113.5")
    assert close(store, 30) == []
    feed(store, 31, "203.0.113.5")
    assert [each.silence.basis.value for each in close(store, 32)] == ["assumed"]


def test_who_comes_back_is_a_relapse(store: Store) -> None:
    """A clean line that is seen again half a year on is counted as a relapse of the first case."""
    known_source(store)
    for day in range(40, 52):
        feed(store, day, ALWAYS)
    close(store, 52)
    for day in range(52, 210):
        feed(store, day, ALWAYS, *(["192.0.2.2"] if day == 80 else []))
    found = look(store, 210)
    assert (found.relapses, found.relapse_of) == (1, 10)
    assert found.relapse is not None
    assert found.relapse.low < 100 < found.relapse.high


def test_what_subscribers_say_is_learned(store: Store) -> None:
    """ "Not me" counts against the source and "done" for it; a person's finding goes before both."""
    cases = feed(store, 0, *(f"192.0.2.{at}" for at in range(2, 8)))
    with store.write() as rows:
        for at, case_id in enumerate(cases[:4]):
            act = SelfServiceAct.NOT_ME if at < 2 else SelfServiceAct.DONE
            rows.notices.say(ActOfSubscriber(case_id=case_id, reference="482719305562", act=act, at=BEGAN + DAY))
        rows.sources.found([cases[0]], "cleaned", BEGAN + DAY * 2)
        assert learn(rows.effects, BEGAN + DAY * 3) == 4
        assert rows.effects.outcomes() == {"shadowserver": Outcomes(right=3, wrong=1)}
    (source,) = look(store, 4).sources
    assert source.wrong is not None
    assert (source.wrong.per_mille, source.outcomes.wrong) == (250, 1)


def test_who_is_seen_by_two_and_says_no_teaches_nothing(store: Store) -> None:
    """Whoever is infected and denies it does not teach that sinkholes lie, once two sources see the line again."""
    (case_id,) = feed(store, 0, "192.0.2.2")
    with store.write() as rows:
        act = SelfServiceAct.NOT_ME
        rows.notices.say(ActOfSubscriber(case_id=case_id, reference="482719305562", act=act, at=BEGAN + DAY))
        learn(rows.effects, BEGAN + DAY)
        assert rows.effects.outcomes() == {"shadowserver": Outcomes(wrong=1)}
    feed(store, 3, "192.0.2.2")
    with store.write() as rows:
        seen = Sighting(
            sighting_class=SightingClass.HONEYPOT, source="other", address="192.0.2.2", port=4455, seen=BEGAN + DAY * 4
        )
        row = SightingRow(identity=b"o" * 16, sighting=seen, subject="subscriber:line-2", doubt=None, taken=BEGAN)
        rows.bots.put([row])
        learn(rows.effects, BEGAN + DAY * 5)
        assert rows.effects.outcomes() == {}


def test_curves_are_by_channel(store: Store) -> None:
    """Lines that were told by a page and healed at once, and lines told by mail that did not, are told apart."""
    known_source(store)
    with store.write() as rows:
        cases = {each.label: each.case_id for each in rows.effects.cases()}
        for at in range(2, 12):
            kind = NoticeKind.PAGE if at < 7 else NoticeKind.MAIL
            rows.notices.add(_notice(at, cases[f"line-{at}"], kind))
    for day in range(40, 80):
        feed(store, day, ALWAYS, *(f"192.0.2.{at}" for at in range(7, 12) if (day + at) % 2))
    found = look(store, 80)
    infected = {each.name: {point.day: point.infected for point in each.points} for each in found.channels}
    assert infected["page"][7] < 0.5
    assert infected["mail"][30] == 1.0


def test_groups_pass_to_the_new_way_one_after_the_other() -> None:
    """All are told in the usual way at first and in the new one in the end; a family that steals is in no group."""
    wedge = Wedge(key=b"k" * 32, began=100, step=10, groups=4)
    lines = [f"subscriber:line-{at}" for at in range(400)]
    shares = [sum(wedge.way_of(each, "spam", day) is Way.NEW for each in lines) / 400 for day in (105, 115, 125, 145)]
    assert shares[0] == 0
    assert 0.15 < shares[1] < 0.35 < shares[2] < 0.65
    assert shares[3] == 1
    assert {wedge.way_of(each, "stealer", 115) for each in lines} == {None}


def _notice(at: int, case_id: str, kind: NoticeKind) -> GivenNotice:
    given = BEGAN + DAY * 39
    return GivenNotice(
        reference=f"{at:012}",
        case_id=case_id,
        kind=kind,
        language="en",
        certainty=Certainty.LIKELY,
        family="mirai",
        guide="router",
        seen_first=BEGAN,
        seen_last=given,
        deadline=None,
        given=given,
    )
