"""The queue that a store puts in order by itself: the same order as the weights say, and counts that are those of the list."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import delete, select, text

from comity.cases.weighing import weigh
from comity.formats.item_facts import evidence_to_line
from comity.model.case import Evidence, EvidenceClass, SubjectKind
from comity.model.desk import CaseState, DeskCase
from comity.model.playbook import Position
from comity.services.public.today import needs
from comity.services.receive.rows import ItemRow, RawRow, ReportRow
from comity.store.desk.places import RAISED, Asked
from comity.store.engine import Store, open_store
from comity.store.tables.cases import abuse_case, case_count, case_place
from comity.store.tables.intake import rollup_day

NOW = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
AT_WORK = (CaseState.NEW, CaseState.UNDECIDED, CaseState.OPEN, CaseState.WAITING)
EVERY = tuple(CaseState)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store of its own."""
    opened = open_store(tmp_path / "comity.db")
    opened.create()
    yield opened
    opened.close()


def _case(number: int, **values: object) -> DeskCase:
    label = str(values.pop("label", f"Customer {number}"))
    made = DeskCase(
        case_id=f"{number:016x}",
        key=f"customer:{label}",
        subject_kind=SubjectKind.CUSTOMER,
        label=label,
        number=1,
        state=CaseState.NEW,
        state_since=NOW,
        opened=NOW,
        first_seen=NOW - timedelta(days=1),
        last_seen=NOW,
        reports=1,
        complainers=1,
        classes={EvidenceClass.COMPLAINT: 1},
    )
    return replace(made, **values)  # type: ignore[arg-type]


def _many(n: int) -> list[DeskCase]:
    """Cases of every age and weight: late, undated, from tomorrow, long ago, weak, without anybody who complained."""
    rng = Random(7)  # noqa: S311 - the same cases each time
    kinds = (SubjectKind.CUSTOMER, SubjectKind.LETTER, SubjectKind.DOMAIN)
    made = []
    for number in range(n):
        last = rng.choice([None, *(NOW - timedelta(hours=rng.uniform(-40, 900)) for _ in range(12))])
        due = rng.choice([None, None, None, NOW + timedelta(hours=rng.randrange(-90, 90))])
        classes = dict.fromkeys(rng.sample(list(EvidenceClass), rng.randrange(1, 4)), 1)
        made.append(
            _case(
                number,
                subject_kind=kinds[rng.randrange(3)],
                state=rng.choice(EVERY),
                last_seen=last,
                first_seen=last and last - timedelta(hours=rng.uniform(0, 50)),
                due=due,
                complainers=rng.choice([0, 1, 2, 7, 40, 3000]),
                reports=rng.randrange(1, 9),
                classes=classes,
            )
        )
    return made


def _rank(case: DeskCase, now: datetime) -> tuple[bool, float, float]:
    """What the queue is ordered by, out of the factors that people are shown."""
    late = case.due is not None and case.due <= now
    found = weigh(case, now)
    total = found.breadth * found.classes * found.freshness * found.persistence
    return not late, case.due.timestamp() if late and case.due is not None else 0.0, -total


@pytest.mark.parametrize("days", [0, 1, 30])
@pytest.mark.parametrize("about", [None, SubjectKind.LETTER])
def test_the_order_is_that_of_the_weights(store: Store, days: int, about: SubjectKind | None) -> None:
    """Whatever the hour, and on each page as on the whole list."""
    cases, now = _many(400), NOW + timedelta(days=days)
    with store.write() as records:
        records.cases.add(cases)
    known = {each.case_id: each for each in cases}
    with store.read() as records:
        for states in (AT_WORK, (CaseState.CLOSED,), EVERY):
            asked = Asked(states=states, about=about)
            names = records.places.names(asked, now, most=1000)
            wanted = {each.case_id for each in cases if each.state in states and about in (None, each.subject_kind)}
            assert len(names) == len(set(names)) == records.places.count(asked) > 10
            assert set(names) == wanted
            ranks = [_rank(known[each], now) for each in names]
            for one, other in pairwise(ranks):
                assert one[:2] < other[:2] or (one[:2] == other[:2] and one[2] <= other[2] * (1 - 1e-5) + 1e-9)
            paged = [
                each for start in range(0, 401, 7) for each in records.places.names(asked, now, start=start, most=7)
            ]
            assert paged == names


def test_counts_are_those_of_the_cases(store: Store) -> None:
    """After cases were added, changed, changed twice in one lot, and the lot was undone."""
    cases = _many(60)
    with store.write() as records:
        records.cases.add(cases[:40])
        records.cases.add(cases[40:])
    changed = [replace(each, state=CaseState.CLOSED) for each in cases[:20]]
    with store.write() as records:
        records.cases.change(changed)
        records.cases.change([replace(changed[0], state=CaseState.OPEN), replace(changed[0], state=CaseState.NEW)])
    with pytest.raises(ZeroDivisionError), store.write() as records:
        records.cases.change([replace(each, state=CaseState.MERGED) for each in cases])
        raise ZeroDivisionError
    with store.read() as records:
        assert records.places.counts() == records.cases.count_by_state()
        assert records.places.counts() == Counter(each.state for each in records.cases.in_states(EVERY))
        for state in CaseState:
            asked = Asked(states=(state,))
            assert len(records.places.names(asked, NOW, most=100)) == records.places.count(asked)


@pytest.mark.parametrize(
    ("words", "found", "in_labels"),
    [
        ("bakery", {1}, {1}),
        ("BÄCKEREI", {2}, {2}),
        ("茶叶", {3}, {3}),
        ("desk@north", {2}, set()),
        ("100%", {3}, {3}),
        ("1%", set(), set()),
        ("_", set(), set()),
        ("00000000000000a", set(), set()),
        ("0000000000000001", {1}, {1}),
        ("192.0.2.7", {1}, set()),
        ("<one@example>", {1}, set()),
        ("192.0.2.8", set(), set()),
        ("example bakery", {1}, {1}),
        ("example bäckerei", {2}, set()),
        ("bakery 192.0.2.7", {1}, set()),
    ],
)
def test_words_are_found(store: Store, words: str, found: set[int], in_labels: set[int]) -> None:
    """In labels and contacts whatever the letters, in the beginning of a name, in addresses and identities of reports."""
    labels = {1: "Example Bakery", 2: "Bäckerei Nord", 3: "茶叶商店 100%"}
    contacts = {1: None, 2: "Desk@North.example", 3: None}
    evidence = Evidence(
        evidence_class=EvidenceClass.COMPLAINT, source_ip="192.0.2.7", seen=NOW, message_id="one@example"
    )
    with store.write() as records:
        records.cases.add([_case(each, label=labels[each], contact=contacts[each]) for each in labels])
        raw = RawRow(raw_id=1, digest=b"d" * 32, data=b"", size=0, arrived=NOW, kept_until=None)
        item = ItemRow(
            item_id=1,
            raw_id=1,
            gate="file",
            name="a.eml",
            arrived=NOW,
            kind="arf",
            why="why.feedback-part",
            carrier_message_id=None,
            case_id=None,
            reading="{}",
        )
        row = ReportRow(
            report_id=1,
            item_id=1,
            report_key=b"r" * 16,
            complaint_key=b"c" * 16,
            evidence=evidence,
            line=evidence_to_line(evidence),
            feedback_type="abuse",
            is_complaint=True,
            definition="complaint",
            precision="second",
            case_id=f"{1:016x}",
            no_case=None,
            duplicate_of=None,
            exchange=None,
        )
        records.intake.add([raw], [item], [row])
    with store.read() as records:
        for states in (EVERY, AT_WORK):
            names = records.places.names(Asked(states=states, words=words), NOW, most=10)
            assert {int(each, 16) for each in names} == found
        shallow = records.places.names(Asked(states=EVERY, words=words, is_deep=False), NOW, most=10)
        assert {int(each, 16) for each in shallow} == in_labels


def test_a_store_of_before_is_completed_when_it_is_read(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the first tag: tables that are worked out of others are filled, and missing indexes are made."""
    monkeypatch.setattr("comity.store.migrations.first_tag.SEAL", "")
    with store.write() as records:
        records.cases.add(_many(30))
        records.intake.count_up({(0, "2026-03-19", "complaint", "192.0.2.0/24"): 3})
        records.intake.count_up({(0, "2026-03-19", "complaint", "198.51.100.0/24"): 2})
        for each in (case_place, case_count, rollup_day):
            each.drop(records.connection)
        records.connection.execute(text("DROP INDEX ix_report_source_ip"))
    again = open_store(tmp_path / "comity.db")
    with again.read() as records:
        assert records.places.counts() == records.cases.count_by_state()
        assert records.queue.reports_by_day(NOW.date() - timedelta(days=9)) == {"2026-03-19": 5}
        assert "ix_report_source_ip" in again.database.indexes(records.connection)
    assert not again.mend()
    again.close()


def test_what_another_version_wrote_is_mended(store: Store) -> None:
    """It knows nothing of what is worked out of its rows."""
    with store.write() as records:
        records.cases.add(_many(30))
        records.intake.count_up({(0, "2026-03-19", "complaint", "192.0.2.0/24"): 3})
    assert not store.mend()
    with store.write() as records:
        records.connection.execute(abuse_case.update().values(state=CaseState.OPEN.value))
    assert store.mend()
    with store.write() as records:
        assert records.places.counts() == {CaseState.OPEN: 30}
        records.connection.execute(delete(rollup_day))
    assert store.mend()
    with store.write() as records:
        assert records.queue.reports_by_day(NOW.date() - timedelta(days=9)) == {"2026-03-19": 3}
        records.connection.execute(delete(case_place).where(case_place.c.case_id == f"{3:016x}"))
    assert store.mend()
    assert not store.mend()


def test_a_day_that_is_counted_again_says_so(store: Store) -> None:
    """Also where what came and what was taken back are as many."""
    place = (0, "2026-03-19", "complaint", "192.0.2.0/24")
    seen = []
    for more in (3, 2, -2):
        with store.write() as records:
            records.intake.count_up({place: more})
            seen.append(tuple(records.connection.execute(select(rollup_day.c.count, rollup_day.c.changes)).one()))
    assert seen == [(3, 1), (5, 2), (3, 3)]


def test_what_waits_for_a_day_is_counted(store: Store) -> None:
    """All of it, and the first day."""
    due = [NOW + timedelta(hours=each) for each in (-2, 5, 40)]
    with store.write() as records:
        records.cases.add([_case(place, state=CaseState.WAITING, due=each) for place, each in enumerate(due)])
        records.cases.add([_case(9, state=CaseState.OPEN, due=NOW)])
    with store.read() as records:
        assert records.places.waiting_until(NOW + timedelta(days=1)) == (2, due[0])
        assert records.places.waiting_until(NOW - timedelta(days=1)) == (0, None)


def test_what_a_playbook_put_before_a_person_is_found(store: Store) -> None:
    """Open and waiting cases alone: new ones are looked at anyhow, and nobody is asked about what is closed."""
    states = (CaseState.OPEN, CaseState.WAITING, CaseState.NEW, CaseState.CLOSED)
    cases = [_case(n, state=state) for n, state in enumerate((*states, CaseState.OPEN))]
    began = [NOW - timedelta(days=n) for n in range(4)]
    positions = [
        Position(case_id=each.case_id, playbook="own", state="s", entered=NOW, checked=NOW, raised=at)
        for each, at in zip(cases, (*began, None), strict=True)
    ]
    with store.write() as records:
        records.cases.add(cases)
        records.positions.put(positions)
        asked = Asked(states=RAISED, is_raised=True)
        assert records.places.raised() == (2, began[1])
        assert records.places.count(asked) == 2
        assert records.places.names(asked, NOW, most=9) == [cases[0].case_id, cases[1].case_id]
        found = replace(asked, words="customer 1")
        assert records.places.names(found, NOW, most=9) == [cases[1].case_id]
        assert [(each.name, each.n, each.oldest) for each in needs(records, NOW) if each.name == "raised"] == [
            ("raised", 2, began[1])
        ]
