"""What was kept for long enough goes, by class, and leaves a proof; what a hold keeps, or is still worked on, stays."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select

from comity.cases.matching import Claim
from comity.cases.opening import opened
from comity.ledger import leaf, note, proof
from comity.model.case import SubjectKind
from comity.model.desk import Act, CaseState, DeskCase
from comity.model.outcomes import ComityError
from comity.model.retention import Bound, Erasure, KeptClass, Spared, Term, binding, term_of
from comity.model.searched import Searched
from comity.services.operate.retention import erasing
from comity.services.operate.retention.erasing import Hand, due, erase
from comity.services.operate.retention.holding import Holding
from comity.services.prove import proving
from comity.services.prove.verifying import verify
from comity.services.prove.writing import Scribe
from comity.services.receive.desk import Desk
from comity.services.receive.planning import Terms
from comity.services.search.indexing import Indexing
from comity.store.engine import Store, open_store
from comity.store.tables.cases import abuse_case, case_event
from comity.store.tables.desk.searching import search_posting
from comity.store.tables.intake import item, raw, report_row, rollup
from comity.store.tables.retention import erasure_mark

from ...receive.intake import NOW, OWN, arf, cases, counts, ingest
from ...receive.test_exchange import LEDGER_KEY, _signed, peers
from ...remedy.sightings.test_importing import NOW as SEEN
from ...remedy.sightings.test_importing import feed, take
from ...remedy.sightings.test_importing import store as lines
from ...search.desk_of_rows import put_case, put_letter, put_note

__all__ = ["lines", "peers"]

DAY = timedelta(days=1)
WANTED = {of: 30 if of is KeptClass.RAW else 396 for of in KeptClass}
LATER = NOW + 400 * DAY
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A desk in a file: others look while it is written."""
    opened = open_store(tmp_path / "comity.db")
    opened.create()
    yield opened
    opened.close()


def terms(*bounds: Bound) -> dict[KeptClass, Term]:
    return {of: term_of(of, wanted, bounds) for of, wanted in WANTED.items()}


def hand(key: Ed25519PrivateKey = KEY, name: str = "east.example") -> Hand:
    salts = count()
    return Hand(key=b"k" * 32, scribe=Scribe(name, key, new_salt=lambda: b"%016d" % next(salts)))


def run(store: Store, now: Any = LATER, *, by: Hand | None = None, of: Any = None) -> list[Erasure]:
    return list(erase(store.write, of or terms(), by or hand(), now=now))


def came_in(store: Store, *mails: bytes) -> DeskCase:
    ingest(store, *mails, terms=Terms(own=OWN, keep=30 * DAY))
    return cases(store)["customer:West Hosting"]


def closed(store: Store, case: DeskCase) -> None:
    with store.write() as records:
        Desk(records, actor="ann", now=NOW).act(case, Act.CLOSE, note="ann@mail.example rang")


def hold(store: Store, case: DeskCase | None = None, subscriber: str | None = None, *, by: str = "li") -> Any:
    with store.write() as records:
        holding = Holding(records, by=by, why="order 7", holders=["li"], now=NOW)
        assert holding.admit("x")
        return holding.place(until=LATER + 100 * DAY, case=case, subscriber=subscriber)


def totals(made: list[Erasure]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in made:
        found[each.part] = found.get(each.part, 0) + each.n
    return found


def test_what_names_anybody_goes_and_counts_stay(store: Store) -> None:
    """Bytes after a month; after thirteen what was read in them, and the words of the case. P3's numbers are as before."""
    case = came_in(store, arf(1), arf(2, recipient="bob@mail.example"))
    closed(store, case)
    before = counts(store)
    assert totals(run(store, NOW + 30 * DAY)) == {"raw": 2}
    assert totals(run(store)) == {"report": 2, "item": 2, "abuse_case": 1}
    assert counts(store) == before
    with store.read() as records:
        ask = records.connection.execute
        assert ask(select(report_row.c.source_ip, report_row.c.message_id, report_row.c.complainer, report_row.c.facts)).all() == [
            (None, None, None, "{}")
        ] * 2  # fmt: skip
        assert ask(select(report_row.c.evidence_class).distinct()).all() == [("complaint",)]
        assert ask(select(item.c.name, item.c.carrier_message_id, item.c.reading).distinct()).all() == [
            ("", None, "{}")
        ]
        assert ask(select(raw.c.data).distinct()).all() == [(None,)]
        row = ask(select(abuse_case)).one()
        assert (row.label, row.contact, row.key, row.reports) == ("-", None, f"erased:{case.case_id}", 2)
        assert set(ask(select(case_event.c.note)).scalars()) == {None}
        assert records.cases.by_id([case.case_id])[case.case_id].subject_kind is SubjectKind.CUSTOMER
    assert run(store, LATER + DAY) == []


def test_a_case_that_is_worked_on_keeps_its_reports(store: Store) -> None:
    """Thirteen months are over, and the case is not: its evidence stays until thirteen months after it was closed."""
    case = came_in(store, arf())
    assert totals(run(store)) == {"raw": 1}
    with store.write() as records:
        Desk(records, actor="ann", now=LATER).act(case, Act.CLOSE)
    assert totals(run(store, LATER + DAY)) == {"report": 1, "item": 1}
    assert totals(run(store, LATER + 397 * DAY)) == {"abuse_case": 1}


def test_what_a_law_asks_for_stays_whatever_was_agreed(store: Store) -> None:
    """A least goes before a shorter wish, and before a mail whose own time is over."""
    came_in(store, arf())
    year = Bound(of=KeptClass.RAW, jurisdiction="ZZ", least_days=365)
    assert terms(year)[KeptClass.RAW].days == 365
    assert run(store, NOW + 364 * DAY, of=terms(year)) == []
    assert totals(run(store, NOW + 366 * DAY, of=terms(year))) == {"raw": 1}


def test_what_a_law_forbids_goes_whatever_was_wanted(store: Store) -> None:
    """A most takes a mail that was to be kept for longer."""
    ingest(store, arf(), terms=Terms(own=OWN, keep=900 * DAY))
    week = Bound(of=KeptClass.RAW, jurisdiction="ZZ", most_days=7)
    assert run(store, NOW + 6 * DAY, of=terms(week)) == []
    assert totals(run(store, NOW + 8 * DAY, of=terms(week))) == {"raw": 1}


def test_laws_bound_a_wish_and_the_operators_word_goes_before_ours() -> None:
    """Six months in China; what counsel says about the same goes before it; the narrowest of all holds."""
    assert term_of(KeptClass.LEASE, 30, binding((), ["CN"])).days == 184
    assert term_of(KeptClass.LEASE, 30, binding((), ["US"])).days == 30
    own = [Bound(of=KeptClass.LEASE, jurisdiction="CN", least_days=60)]
    assert term_of(KeptClass.LEASE, 30, binding(own, ["CN"])).days == 60
    many = [
        Bound(of=KeptClass.LEASE, jurisdiction="AA", least_days=10, most_days=100),
        Bound(of=KeptClass.LEASE, jurisdiction="BB", least_days=20, most_days=50),
    ]
    assert [term_of(KeptClass.LEASE, wanted, many).days for wanted in (1, 30, 400)] == [20, 30, 50]


def test_each_lot_has_a_proof_that_holds_by_itself(store: Store) -> None:
    """A leaf in the channel of our own acts says what, how many and the digest; anybody with our key can check it."""
    closed(store, came_in(store, arf()))
    made = run(store)
    assert [each.erasure_id for each in made] == [*range(1, len(made) + 1)]
    with store.read() as records:
        key = note.verifier_of("east.example", KEY)
        (verdict,) = verify(records.ledger, [key])
        assert (verdict.leaves, verdict.faults) == (len(made), ())
        assert records.closes.directions() == []  # nobody else's: no day of it is closed
        (proved,) = proving.prove(records.history, records.ledger.channels(), made[1].leaf or "")
        assert records.erasures.newest(99)[::-1] == made
    read = proof.read(proved.proof.text())
    assert read is not None
    assert proof.checked(read, [key]).fault is None
    assert proof.checked(read, [note.verifier_of("east.example", LEDGER_KEY)]).fault is not None
    said = leaf.read(read.leaf)
    assert said is not None
    assert (said["erased"], said["of"], said["part"], said["days"]) == (made[1].n, "normalised", "report", 396)
    assert said["digest"] == made[1].digest
    assert b"shop.example" not in read.leaf


def test_the_digest_tells_what_went_to_whoever_has_a_copy(tmp_path: Path) -> None:
    """The same rows give the same digest under the same key, other rows or another key another one."""
    digests = []
    for number, (source, key) in enumerate(
        (("192.0.2.7", b"a"), ("192.0.2.7", b"a"), ("192.0.2.8", b"a"), ("192.0.2.7", b"b"))
    ):
        store = open_store(tmp_path / f"{number}.db")
        store.create()
        closed(store, came_in(store, arf(source=source)))
        digests.append([each.digest for each in run(store, by=Hand(key=key * 32)) if each.part == "report"])
        store.close()
    assert digests[0] == digests[1]
    assert len({each[0] for each in digests}) == 3


def test_it_goes_on_lot_after_lot(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is due goes in many transactions, each with its proof, and all of it goes."""
    closed(store, came_in(store, *(arf(number, recipient=f"r{number}@mail.example") for number in range(7))))
    monkeypatch.setattr(erasing, "LOT", 3)
    monkeypatch.setattr(erasing, "LOT_OF_MAILS", 2)
    made = run(store)
    assert totals(made) == {"raw": 7, "report": 7, "item": 7, "abuse_case": 1}
    assert [each.n for each in made if each.part == "report"] == [3, 3, 1]
    with store.read() as records:
        assert dict(records.connection.execute(select(erasure_mark.c.part, erasure_mark.c.upto)).all()) == {
            "report": 7,
            "item": 7,
        }


def test_counting_says_what_goes(store: Store) -> None:
    """A dry run names the numbers of the run after it, and changes nothing."""
    case = came_in(store, arf(1), arf(2), arf(3, source="192.0.2.200"))
    closed(store, case)
    hold(store, case)
    with store.read() as records:
        said = {each.term.of: (each.n, each.held) for each in due(records, terms(), now=LATER)}
    assert said[KeptClass.RAW] == (1, 2)
    assert said[KeptClass.CASE] == (0, 1)
    made = run(store)
    assert totals(made)["raw"] == 1
    assert {each.spared for each in made if each.of is KeptClass.RAW} == {2}


def test_a_hold_keeps_a_case_with_all_that_belongs_to_it(store: Store) -> None:
    """Mails, rows and words stay; what is not on hold goes; when the hold is over, the rest goes too."""
    case = came_in(store, arf(1), arf(2, source="192.0.2.200"))
    closed(store, case)
    with store.write() as records:
        other = records.cases.newest(["customer:East Shop"])["customer:East Shop"]
        Desk(records, actor="ann", now=NOW).act(other, Act.CLOSE)
    placed = hold(store, case)
    assert totals(run(store)) == {"raw": 1, "report": 1, "item": 1, "abuse_case": 1}
    with store.read() as records:
        assert records.intake.bytes_of(1) is not None
        assert records.connection.scalar(select(report_row.c.source_ip).where(report_row.c.id == 1)) == "192.0.2.7"
        assert [each.act for each in records.cases.events_of(case.case_id)][-1] == "legal-hold"
    with store.write() as records:
        Holding(records, by="li", why="settled", holders=["li"], now=LATER).lift(placed.hold_id)
    assert totals(run(store, LATER)) == {"raw": 1, "report": 1, "item": 1, "abuse_case": 1}


def test_a_hold_ends_on_its_day(store: Store) -> None:
    """Nobody has to remember it."""
    case = came_in(store, arf())
    closed(store, case)
    hold(store, case)
    assert run(store, LATER + 99 * DAY) == []
    assert totals(run(store, LATER + 101 * DAY))["raw"] == 1


def test_what_went_into_a_case_is_held_with_it(store: Store) -> None:
    """A merged case is part of the one that took it in."""
    case = came_in(store, arf(1), arf(2, source="192.0.2.200"))
    with store.write() as records:
        other = records.cases.newest(["customer:East Shop"])["customer:East Shop"]
        desk = Desk(records, actor="ann", now=NOW)
        desk.merge(other, case)
        desk.act(records.cases.by_id([case.case_id])[case.case_id], Act.CLOSE)
    hold(store, case)
    assert run(store) == []


def test_who_may_not_is_refused_and_that_is_written_down(store: Store) -> None:
    """A hold needs somebody of the list, a reason and an end that is to come."""
    case = came_in(store, arf())
    with store.write() as records:
        assert not Holding(records, by="eve", why="x", holders=["li"], now=NOW).admit(case.case_id)
    with store.write() as records, pytest.raises(ComityError, match="is over"):
        Holding(records, by="li", why="x", holders=["li"], now=NOW).place(until=NOW, case=case)
    with store.write() as records, pytest.raises(ComityError) as unknown:
        Holding(records, by="li", why="x", holders=["li"], now=NOW).lift(7)
    assert unknown.value.code == "hold-unknown"
    with store.read() as records:
        assert [(each.kind, each.actor, each.act, each.about) for each in records.audit.newest(9, kinds=("hold",))] == [
            ("hold", "eve", "refused", case.case_id)
        ]
        assert records.holds.spared(NOW) == Spared()


def test_what_went_is_not_found_any_more(store: Store) -> None:
    """The search forgets with the rows."""
    closed(store, came_in(store, arf()))
    indexing = Indexing(store.read, store.write, lambda: NOW)
    while indexing.lot():
        pass
    with store.read() as records:
        terms_before = records.search.size()[0]
    run(store)
    with store.read() as records:
        assert records.search.size()[0] < terms_before
        places, _ = records.search.places(Searched.REPORT, [0], ("", "\U0010ffff"), most=999)
        assert set().union(*places.values()) <= {1}  # by the domain and the peer alone, which stay


@pytest.mark.parametrize("kind", list(Searched))
def test_what_goes_while_it_is_read_for_the_index_does_not_come_into_it(store: Store, kind: Searched) -> None:
    """Reports, letters and what was written in cases: whoever read them just before they were erased does not bring them back."""
    closed(store, came_in(store, arf(2)))
    with store.write() as records:
        shop = put_case(records, "Secret Shop", SubjectKind.LETTER)
        put_note(records, shop, "called back about secrets")
        put_letter(records, shop, "secret letter", "writer@west.example")
    closed(store, shop)

    looks = iter(Searched)  # one look for each kind, in this order

    @contextmanager
    def then_erase() -> Iterator[Any]:
        with store.read() as records:
            yield records
        if next(looks, None) is kind:
            for _ in range(3):
                run(store)

    indexing = Indexing(then_erase, store.write, lambda: NOW)
    while indexing.lot():
        pass
    with store.read() as records:
        found = records.connection.execute(select(search_posting.c.kind, search_posting.c.term)).all()
    assert {row.term for row in found if "secret" in row.term.lower() or "sale" in row.term.lower()} == set()
    assert {row.kind for row in found} <= {int(Searched.REPORT)}  # by its domain, which stays


def test_reports_of_peers_leave_their_leaves_and_proofs(store: Store, peers: Any) -> None:
    """What stood beside the leaves goes; the tree, its heads and every other proof hold, and a hold keeps it."""
    ingest(store, _signed(arf(1)), _signed(arf(2, source="192.0.2.200")), correspondents=peers, terms=Terms(own=OWN))
    found = cases(store)
    for each in found.values():
        closed(store, each)
    hold(store, found["customer:West Hosting"])
    ours = Hand(key=b"k" * 32, scribe=Scribe("east.example", LEDGER_KEY, new_salt=lambda: b"s" * 16))
    made = run(store, by=ours)
    assert totals(made)["report"] == 1
    with store.read() as records:
        verdicts = verify(records.ledger, [note.verifier_of("east.example", LEDGER_KEY)])
        assert [fault for each in verdicts for fault in each.faults] == []
        assert records.connection.scalar(select(func.sum(rollup.c.count))) == 2
    # The channel of reports that came by mail is written by us: the hold keeps all that stands beside its leaves.
    assert "payload" not in totals(made)
    later = run(store, LATER + 101 * DAY, by=ours)
    assert totals(later)["payload"] == 2
    with store.read() as records:
        verdicts = verify(records.ledger, [note.verifier_of("east.example", LEDGER_KEY)])
        assert [fault for each in verdicts for fault in each.faults] == []
        assert sum(each.erased for each in verdicts) == 2


def test_what_is_held_of_a_subscriber_goes_and_stays(lines: Store) -> None:
    """Sightings, leases and the case of one line on hold stay; those of the others go."""
    take(lines, feed(("192.0.2.7", SEEN - timedelta(hours=3)), ("192.0.2.8", SEEN - timedelta(hours=3))))
    made = run(lines, SEEN + 500 * DAY, of={of: term_of(of, 30, ()) for of in (KeptClass.LEASE, KeptClass.SIGHTING)})
    assert totals(made) == {"bot_sighting": 2, "lease": 200}


def test_a_line_on_hold_keeps_its_leases_and_sightings(lines: Store) -> None:
    """All that is held of the subscriber."""
    take(lines, feed(("192.0.2.7", SEEN - timedelta(hours=3)), ("192.0.2.8", SEEN - timedelta(hours=3))))
    with lines.write() as records:
        holding = Holding(records, by="li", why="order 7", holders=["li"], now=SEEN)
        holding.place(until=SEEN + 900 * DAY, subscriber="line-7")
    made = run(lines, SEEN + 500 * DAY, of={of: term_of(of, 30, ()) for of in (KeptClass.LEASE, KeptClass.SIGHTING)})
    assert totals(made) == {"bot_sighting": 1, "lease": 199}
    with lines.read() as records:
        assert records.leases.held_of("line-7")[0] == 1
        assert records.bots.held_of("subscriber:line-7")[0] == 1


def test_whoever_comes_back_after_the_erasure_has_a_case_again(store: Store) -> None:
    """An erased case keeps its short name: the next one on the same customer takes another, and nothing leads back to the first."""
    case = came_in(store, arf())
    closed(store, case)
    run(store)
    ingest(store, arf(7, source="192.0.2.8"), terms=Terms(own=OWN, keep=30 * DAY))
    again = cases(store)["customer:West Hosting#2"]
    assert (again.state, again.reports, again.reopened_from) == (CaseState.NEW, 1, None)
    assert again.case_id != case.case_id
    closed(store, again)
    run(store, LATER + 400 * DAY)
    ingest(store, arf(8, source="192.0.2.9"), terms=Terms(own=OWN, keep=30 * DAY))
    assert cases(store)["customer:West Hosting#3"].reports == 1


def test_a_case_on_hold_that_went_into_an_erased_one_stops_nobody(store: Store) -> None:
    """What it went into is gone: what comes next on its subject begins anew, beside it."""
    case = came_in(store, arf())
    with store.write() as records:
        target = opened(Claim(kind=SubjectKind.CUSTOMER, label="East Hosting", rule="assigned"), NOW)
        records.cases.add([target])
        whole = Desk(records, actor="ann", now=NOW).merge(case, target)
        Desk(records, actor="ann", now=NOW).act(whole, Act.CLOSE)
    hold(store, case)
    run(store)
    with store.read() as records:
        assert records.cases.by_id([target.case_id])[target.case_id].label == "-"
    ingest(store, arf(7), terms=Terms(own=OWN, keep=30 * DAY))
    assert cases(store)["customer:West Hosting#2"].reports == 1


def test_a_line_that_is_seen_again_after_the_erasure_has_a_case_again(lines: Store) -> None:
    """A feed that names it is taken in."""
    take(lines, feed(("192.0.2.7", SEEN - timedelta(hours=3))))
    (first,) = cases(lines).values()
    with lines.write() as records:
        Desk(records, actor="ann", now=SEEN - timedelta(hours=2)).act(first, Act.CLOSE)
    run(lines, SEEN + 500 * DAY, of={KeptClass.CASE: term_of(KeptClass.CASE, 30, ())})
    assert [each.label for each in cases(lines).values()] == ["-"]
    taken = take(lines, feed(("192.0.2.7", SEEN - timedelta(hours=1))))
    again = cases(lines)["subscriber:line-7#2"]
    assert (taken.opened, taken.relapses) == ((again.case_id,), ())
