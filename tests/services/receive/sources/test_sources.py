"""Sources in the intake: who says it, whether it acts, what alarms the desk."""

from datetime import datetime, timedelta
from ipaddress import ip_network

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.cases.sources.naming import Naming
from comity.formats import dkim
from comity.model.outcomes import ComityError
from comity.model.source import JoinedLoop, Proof, Trust
from comity.services.public.sources import by_month
from comity.services.receive.ingest import Ingest
from comity.services.receive.planning import Terms
from comity.services.receive.prepare import Delivery, prepare
from comity.services.receive.signers import Signers
from comity.services.receive.sources import deciding, keeping
from comity.services.receive.sources.alarming import Watch
from comity.services.receive.sources.keeping import Sources
from comity.store.engine import Store, open_store

from ..intake import NOW, OWN, arf, reads
from ..playbook_scene import Scene

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOOP = JoinedLoop(
    name="west", domains=("west.example",), selectors=("k",), ranges=(ip_network("192.0.2.0/25"),), expires=None
)
ANN = deciding.Decision(by="ann", why="it was right", at=NOW)


class _Keys:
    def find(self, names: object) -> dict[str, str]:
        return {f"{each}._domainkey.west.example": dkim.public_record(KEY) for each in ("k", "k9")}


class Feed:
    """One desk, and a loop that reports to it."""

    def __init__(self) -> None:
        self.store: Store = open_store(":memory:")
        self.store.create()
        self.ingest = Ingest(Terms(own=OWN), sources=Sources(Naming([LOOP])))
        self.watch = Watch([LOOP])

    def arrives(self, *mails: bytes, now: datetime = NOW, selector: str | None = "k") -> None:
        batch = []
        for number, mail in enumerate(mails):
            head = b"" if selector is None else dkim.sign(mail, domain="west.example", selector=selector, key=KEY)
            delivery = Delivery(gate="lmtp", name=f"{number}.eml", arrived=now)
            batch.append(prepare(head + mail, delivery, reads, signers=Signers(_Keys())))
        with self.store.write() as records:
            self.ingest.apply(batch, records, now)

    def looks(self, now: datetime) -> dict[str, list[str]]:
        """Alarms that are open after a look, by source."""
        with self.store.write() as records:
            self.watch.look(records.sources, now)
            found: dict[str, list[str]] = {}
            for each in records.sources.alarms():
                found.setdefault(each.source, []).append(each.kind.value)
            return {name: sorted(kinds) for name, kinds in found.items()}


@pytest.fixture
def feed() -> Feed:
    """A desk without anything."""
    return Feed()


def test_a_new_source_is_on_trial_and_counted(feed: Feed) -> None:
    """What came of its reports stands beside its name; one of strangers, and one that says it is the loop, are unverified."""
    feed.arrives(arf(1), arf(2, source="8.8.8.8"))
    feed.arrives(arf(3), arf(4, provider="x@north.example"), selector=None)
    with feed.store.read() as records:
        found = {each.name: each for each in records.sources.all()}
    west = found["loop:west"]
    assert (west.proof, west.trust, west.acts) == (Proof.LOOP, Trust.TRIAL, False)
    assert (west.reports, west.unmatched, west.selectors) == (2, 1, ("k",))
    assert found["mail:west.example"].proof is found["mail:north.example"].proof is Proof.NONE


def test_trust_is_a_decision_that_can_be_taken_back(feed: Feed) -> None:
    """With who and why; who proved nothing cannot be trusted."""
    feed.arrives(arf(1))
    feed.arrives(arf(2), selector=None)
    with feed.store.write() as records:
        rows = records.sources
        assert deciding.trust(rows, "loop:west", "trusted", decision=ANN).acts
        assert rows.of(["loop:west"])["loop:west"].changed_by == "ann"
        assert not deciding.trust(rows, "loop:west", "trial", decision=ANN).acts
        for name, word, code in (
            ("mail:west.example", "trusted", "source-unproven"),
            ("loop:none", "trusted", "source-unknown"),
            ("loop:west", "loved", "source-trust"),
        ):
            with pytest.raises(ComityError) as refused:
                deciding.trust(rows, name, word, decision=ANN)
            assert refused.value.code == code
        assert deciding.trust(rows, "loop:new", "trusted", decision=ANN, joined=["new"]).acts


def test_precision_comes_from_what_was_found_out(feed: Feed) -> None:
    """A case counts once, by the last word on it."""
    feed.arrives(arf(1), arf(2, recipient="bob@mail.example"), arf(3, source="192.0.2.200"))
    with feed.store.write() as records:
        cases = [
            each.case_id for each in records.cases.newest(["customer:West Hosting", "customer:East Shop"]).values()
        ]
        records.sources.found(cases, "warned", NOW)
        records.sources.found(cases[:1], "no-fault", NOW)
        assert records.sources.verdicts() == {"loop:west": {"warned": 1, "no-fault": 1}}


def test_precision_is_known_month_by_month(feed: Feed) -> None:
    """A feed that was right for long and is so no more shows it; a case stands in the month of the last word on it."""
    feed.arrives(arf(1), arf(2, recipient="bob@mail.example"), arf(3, source="192.0.2.200"))
    then, later = NOW - timedelta(days=40), NOW - timedelta(days=400)
    with feed.store.write() as records:
        west, east = (
            records.cases.newest([each])[each].case_id for each in ("customer:West Hosting", "customer:East Shop")
        )
        records.sources.found([west, east], "warned", then)
        records.sources.found([east], "no-fault", NOW)
        months = records.sources.verdicts_by_month(["loop:west", "loop:none"], later)
        assert months == {
            "loop:west": {then.date().replace(day=1): {"warned": 1}, NOW.date().replace(day=1): {"no-fault": 1}}
        }
        assert [(f"{month:%Y-%m}", each.share) for month, each in by_month(months["loop:west"])] == [
            (f"{then:%Y-%m}", 1.0),
            (f"{NOW:%Y-%m}", 0.0),
        ]
        assert records.sources.verdicts_by_month(["loop:west"], NOW + timedelta(days=1)) == {}


def test_a_flood_of_invented_names_shares_one(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes another From: each time fills no table."""
    monkeypatch.setattr(keeping, "MOST_UNPROVEN", 3)
    feed.arrives(*(arf(each, provider=f"a@s{each}.example") for each in range(6)), selector=None)
    with feed.store.read() as records:
        found = {each.name: each.reports for each in records.sources.all()}
    assert len(found) == 4
    assert found[keeping.OTHERS] == 3


def test_a_form_that_changes_overnight_alarms_and_ends(feed: Feed) -> None:
    """Reports of weeks match; then they name no address of ours. It ends when they do again; a person can end it before."""
    for day in range(20, 0, -1):
        feed.arrives(*(arf(100 * day + each) for each in range(3)), now=NOW - timedelta(days=day))
    assert feed.looks(NOW) == {}
    feed.arrives(*(arf(each + 9000, source="10.0.0.1") for each in range(12)), now=NOW)
    assert feed.looks(NOW + timedelta(minutes=10)) == {"loop:west": ["unmatched"]}
    assert feed.looks(NOW + timedelta(minutes=20)) == {"loop:west": ["unmatched"]}
    feed.arrives(*(arf(each + 9500) for each in range(40)), now=NOW + timedelta(hours=30))
    assert feed.looks(NOW + timedelta(hours=31)) == {}


def test_what_a_person_called_usual_does_not_alarm_again(feed: Feed) -> None:
    """The next twelve of the same kind are the habit."""
    feed.arrives(*(arf(each, source="10.0.0.1") for each in range(12)), now=NOW)
    assert feed.looks(NOW + timedelta(minutes=10)) == {"loop:west": ["unmatched"]}
    with feed.store.write() as records:
        (alarm,) = records.sources.alarms()
        later = deciding.Decision(by="ann", why="they report on everybody", at=NOW + timedelta(hours=1))
        deciding.end(records.sources, alarm.alarm_id, later)
    feed.arrives(*(arf(each + 50, source="10.0.0.1") for each in range(12)), now=NOW + timedelta(hours=2))
    assert feed.looks(NOW + timedelta(hours=3)) == {}


def test_a_feed_that_was_given_up_holds_no_case_open(feed: Feed) -> None:
    """Whoever ended the alarm about its silence is not asked again each week; once it is heard again, its silence counts anew."""
    hour = timedelta(hours=1)
    for each in range(40):
        feed.arrives(arf(each), now=NOW + each * hour)
    later = NOW + 60 * hour
    assert feed.looks(later) == {"loop:west": ["silent"]}
    with feed.store.write() as records:
        (alarm,) = records.sources.alarms()
        deciding.end(records.sources, alarm.alarm_id, deciding.Decision(by="ann", why="we left it", at=later))
    for days in (1, 8, 9):
        assert feed.looks(later + timedelta(days=days)) == {}
    again = later + timedelta(days=10)
    for each in range(40, 80):
        feed.arrives(arf(each), now=again + each * hour)
    assert feed.looks(again + 80 * hour) == {}
    assert feed.looks(again + timedelta(days=30)) == {"loop:west": ["silent"]}


def test_the_register_names_another_key_range_and_stranger(feed: Feed) -> None:
    """A key that nobody wrote down, an address of ours that the loop was not joined with, and a loop that nobody joined."""
    feed.arrives(arf(1, source="192.0.2.200"), selector="k9")
    feed.arrives(*(arf(each, provider="fbl@north.example") for each in range(10, 16)), selector=None)
    assert feed.looks(NOW) == {"loop:west": ["other-key", "other-range"], "mail:north.example": ["not-joined"]}


def test_an_unproven_report_opens_a_case_and_nobody_outside_feels_it() -> None:
    """The playbook follows its rule, does nothing, and the case says why."""
    text = """
start = "open"
[[state]]
name = "open"
[[state.on]]
event = "report"
do = [{ action = "suppress" }]
[[state.on]]
event = "time"
quiet = "14 days"
to = "closed"
"""
    scene = Scene('name = "own"\nabout_en = "Own"\nabout_zh = "自有"\n' + text)
    scene.arrives(arf(1), submission=None)
    assert scene.consequences("customer:West Hosting") == []
    notes = [each.note or "" for each in scene.events("customer:West Hosting")]
    assert any("source-unproven" in each for each in notes)
    scene.arrives(arf(2, recipient="bob@mail.example"))
    assert [each.target for each in scene.consequences("customer:West Hosting")] == ["bob@mail.example"]
