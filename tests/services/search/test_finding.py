"""One field finds what is there, on either database, indexed or not yet, and for nobody more than he may see."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from sqlalchemy import insert

from comity.model.account import PERMITS, Permit, Role
from comity.model.case import SubjectKind
from comity.model.searched import BLOCK, Searched, Sort
from comity.services.search.finding import NEEDED, find
from comity.services.search.indexing import Indexing, standing
from comity.store.engine import Records, Store, open_store
from comity.store.tables.intake import report_row

from .desk_of_rows import NOW, put_case, put_letter, put_note, put_report

SUBJECTS = (
    "Only today: everything must go",
    "特价优惠，仅限今日",
    "优惠的特价",
    "RE: your invoice 2026-0042",
    "ＦＲＥＥ ｇｉｆｔ",
    "fr\u200bee in\u00advoice",
    "Straße und Größe",
    "無料サンプル",
    "zz",
)
# What is typed, and the places of the subjects that it finds.
FOUND = {
    "today": [0],
    "TODAY everything": [0],
    "tod": [0],
    "to": [],  # the beginning of a word is told from its third sign on
    "特价": [1, 2],
    "优惠": [1, 2],
    "特价优惠": [1],
    "今日": [1],
    "惠，仅": [1],
    "价今": [],
    "惠": [1, 2],
    "invoice": [3, 5],
    "free": [4, 5],
    "2026-0042": [3],
    "strasse": [6],
    "GRÖSSE": [6],
    "サンプル": [7],
    "無料": [7],
    "zz": [8],
    "z": [],
    "nothing at all": [],
    "%": [],
    "' OR 1=1 --": [],
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty one."""
    made = open_store(tmp_path / "comity.db")
    made.create()
    yield made
    made.close()


def indexing(store: Store) -> Indexing:
    """Whoever keeps the index of it."""
    return Indexing(store.read, store.write, lambda: NOW)


def paths(store: Store, text: str, sort: Sort, role: Role = Role.ADMINISTRATOR, most: int = 50) -> list[str]:
    """Where the hits of one sort lead."""
    with store.read() as records:
        groups = find(records, text, PERMITS[role], most=most)
    return [hit.path for group in groups if group.sort is sort for hit in group.hits]


@pytest.mark.parametrize("is_indexed", [False, True])
def test_words_of_both_languages_are_found(store: Store, *, is_indexed: bool) -> None:
    """Two Chinese signs are a word; capitals, widths and hidden signs make no difference; nothing else comes."""
    with store.write() as records:
        items = [f"/items/{put_report(records, subject=subject)}" for subject in SUBJECTS]
    if is_indexed:
        assert indexing(store).lot() > 0
    for text, places in FOUND.items():
        assert sorted(paths(store, text, Sort.REPORT)) == sorted(items[place] for place in places), text


@pytest.mark.parametrize("is_indexed", [False, True])
def test_addresses_networks_domains_and_names_are_found(store: Store, *, is_indexed: bool) -> None:
    """By the whole, by the network around it, by the domain above it; an index of its own is not needed for any."""
    with store.write() as records:
        one = put_report(
            records,
            source_ip="198.51.100.7",
            message_id="A1b@Mail.Shop.example",
            dkim_domain=("mail.shop.example",),
            feedback_id="spring:77:news:West",
            report_id="R-2026/9",
        )
        two = put_report(records, source_ip="198.51.101.9", link_domain=("xn--fiqs8s.example",))
        three = put_report(records, source_ip="2001:db8::7", header_from="news@other.example")
    if is_indexed:
        indexing(store).lot()
    asked = {
        "198.51.100.7": [one],
        "198.51.100.0/24": [one],
        "198.51.100.": [one],
        "198.51.*": [one, two],
        "198.51.100.0/23": [one, two],
        "2001:db8::/32": [three],
        "2001:DB8:0::7": [three],
        "<A1b@Mail.Shop.example>": [one],
        "a1b@mail.shop.example": [],  # a Message-ID is as it was written
        "shop.example": [one],
        "hop.example": [],
        "中国.example": [two],
        "xn--fiqs8s.example": [two],
        "news@other.example": [three],
        "OTHER.example": [three],
        "spring:77:news:west": [one],
        "spring": [one],
        "R-2026/9": [one],
        "198.51.100.7 shop.example": [one],
        "198.51.100.7 other.example": [],
    }
    for text, numbers in asked.items():
        found = paths(store, text, Sort.REPORT)
        assert sorted(found) == sorted(f"/items/{each}" for each in numbers), text


@pytest.mark.parametrize("is_indexed", [False, True])
def test_cases_notes_and_letters_are_found(store: Store, *, is_indexed: bool) -> None:
    """Each by its own words, a case by the beginning of its short name too."""
    with store.write() as records:
        bakery = put_case(records, "Northern Bakery 东方宽带", contact="owner@bakery.example")
        other = put_case(records, "192.0.2.77", SubjectKind.ADDRESS)
        put_note(records, bakery, "called the owner, 等客户回电")
        item = put_letter(records, other, "Please stop this", "person@east.example")
    if is_indexed:
        indexing(store).lot()
    case, address = f"/cases/{bakery.case_id}", f"/cases/{other.case_id}"
    assert paths(store, "bakery", Sort.CASE) == paths(store, "宽带", Sort.CASE) == [case]
    assert paths(store, "owner@bakery.example", Sort.CASE) == paths(store, bakery.case_id[:6], Sort.CASE) == [case]
    assert paths(store, "192.0.2.0/24", Sort.CASE) == [address]
    assert paths(store, "owner called", Sort.NOTE) == paths(store, "回电", Sort.NOTE) == [case]
    assert paths(store, "stop", Sort.LETTER) == paths(store, "person@east.example", Sort.LETTER) == [f"/items/{item}"]


def test_nobody_finds_by_what_he_may_not_see(store: Store) -> None:
    """Whoever may not see personal data finds labels and signing domains, and no guess at a person is answered."""
    with store.write() as records:
        case = put_case(records, "Northern Bakery", contact="owner@bakery.example")
        line = put_case(records, "dsl-4711", SubjectKind.SUBSCRIBER)
        put_note(records, case, "the owner is Li Ming")
        put_letter(records, case, "Please stop this", "person@east.example")
        put_report(
            records,
            case,
            source_ip="198.51.100.7",
            subject="Dear Li Ming",
            message_id="1@shop.example",
            dkim_domain=("shop.example",),
            header_from="li.ming@shop.example",
        )
    guesses = ("owner", "ming", "person@east.example", "198.51.100.7", "1@shop.example", "li.ming@shop.example", "stop")
    for _ in range(2):
        for text in guesses:
            with store.read() as records:
                assert find(records, text, PERMITS[Role.AUDITOR]) == [], text
            assert paths(store, text, Sort.REPORT) + paths(store, text, Sort.NOTE) + paths(store, text, Sort.LETTER)
        assert paths(store, "bakery", Sort.CASE, Role.AUDITOR) == [f"/cases/{case.case_id}"]
        assert paths(store, "shop.example", Sort.REPORT, Role.AUDITOR) == [f"/cases/{case.case_id}"]
        assert paths(store, "dsl-4711", Sort.SUBSCRIBER, Role.AUDITOR) == []
        assert paths(store, "dsl-4711", Sort.SUBSCRIBER) == [f"/cases/{line.case_id}"]
        assert paths(store, "dsl", Sort.SUBSCRIBER) == []  # a part of a reference is a guess
        with store.read() as records:
            (found,) = [
                each for each in find(records, "shop.example", PERMITS[Role.AUDITOR]) if each.sort is Sort.REPORT
            ]
        hit = found.hits[0]
        assert (hit.title, hit.under, hit.about) == ("shop.example", (), None)
        indexing(store).lot()


def test_each_sort_is_found_by_whoever_may_see_it_alone(store: Store) -> None:
    """Whatever permits somebody has, a sort of which one is missing is not there."""
    with store.write() as records:
        case = put_case(records, "Bakery")
        put_note(records, case, "bakery")
        put_letter(records, case, "bakery", "bakery@east.example")
        put_report(records, case, subject="bakery", dkim_domain=("bakery.example",))
    every = list(Permit)
    for some in [*combinations(every, len(every) - 1), *combinations(every, 1), *combinations(every, 2)]:
        with store.read() as records:
            sorts = {group.sort for group in find(records, "bakery", frozenset(some))}
        assert all(NEEDED[sort] <= frozenset(some) for sort in sorts)
    with store.read() as records:
        assert len(find(records, "bakery", frozenset(every))) == 4


def test_the_newest_come_first_across_blocks_and_the_rest_is_said(store: Store) -> None:
    """Numbers lie far apart after years; what lies in old blocks is found too."""
    with store.write() as records:
        for at in range(3):
            first = put_report(records, subject=f"gift {at}")
            if at < 2:
                _far(records, first + (at + 1) * 3 * BLOCK)
    keeper = indexing(store)
    while keeper.lot(50_000):
        pass
    with store.read() as records:
        assert all(each.behind == 0 for each in standing(records))
        (found,) = find(records, "gift", PERMITS[Role.ADMINISTRATOR], most=2)
        assert [hit.title for hit in found.hits] == ["gift 2", "gift 1"]
        assert found.is_more
        (found,) = find(records, '"gift" 0', PERMITS[Role.ADMINISTRATOR])
        assert [hit.title for hit in found.hits] == ["gift 0"]


def _far(records: Records, number: int) -> None:
    """The next report gets a number beyond this one."""
    values = {"id": number, "report_key": number.to_bytes(16, "big"), "direction": "in", "solicited": False}
    values |= {"evidence_class": "other", "is_complaint": False, "facts": "{}"}
    records.connection.execute(insert(report_row).values(values))


def test_what_is_forgotten_leaves_the_index_with_it(store: Store) -> None:
    """In the same transaction no posting holds it any more; its neighbours stay, and a number that is given again is found anew."""
    with store.write() as records:
        numbers = [put_report(records, subject=f"secret word{at}", source_ip=f"192.0.2.{at}") for at in range(5)]
    keeper = indexing(store)
    while keeper.lot():
        pass
    gone = numbers[1], numbers[4]
    with store.write() as records:
        records.search.forget(Searched.REPORT, gone)
        for text in ("wsecret", "Wsecret", "Wword1", "Wword4", "Ac0000201"):
            places = records.search.places(Searched.REPORT, [0], (text, text), most=100)[0]
            assert not places.get(0, set()) & {each % BLOCK for each in gone}, text
        assert records.search.places(Searched.REPORT, [0], ("Wword1", "Wword1"), most=100)[0] == {}
        assert records.search.places(Searched.REPORT, [0], ("Wsecret", "Wsecret"), most=100)[0][0] == {
            each % BLOCK for each in numbers if each not in gone
        }
        records.connection.exec_driver_sql(f"DELETE FROM report WHERE id IN ({gone[0]}, {gone[1]})")  # noqa: S608 - our own numbers
    assert len(paths(store, "secret", Sort.REPORT)) == 3
    with store.write() as records:
        again = put_report(records, subject="another")
        assert again == gone[1]
    assert paths(store, "another", Sort.REPORT) == [f"/items/{_item_of(store, again)}"]
    while keeper.lot():
        pass
    assert paths(store, "another", Sort.REPORT) == [f"/items/{_item_of(store, again)}"]


def _item_of(store: Store, number: int) -> int:
    with store.read() as records:
        return int(records.search.rows(Searched.REPORT, [number])[number].item_id)


def test_a_row_that_is_gone_is_not_shown(store: Store) -> None:
    """What an index names is held against its row: a posting that was left behind shows nothing."""
    with store.write() as records:
        one, two = put_report(records, subject="gift"), put_report(records, subject="gift")
    keeper = indexing(store)
    while keeper.lot():
        pass
    with store.write() as records:
        records.connection.exec_driver_sql(f"DELETE FROM report WHERE id = {one}")  # noqa: S608 - our own number
        records.connection.exec_driver_sql(f"UPDATE report SET facts = '{{}}' WHERE id = {two}")  # noqa: S608 - our own number
    assert paths(store, "gift", Sort.REPORT) == []


def test_the_index_is_built_anew(store: Store) -> None:
    """It says how far it is, and finds the same before, while and after it is built again."""
    with store.write() as records:
        case = put_case(records, "Bakery")
        for at in range(30):
            put_report(records, case, subject=f"gift {at}")
    keeper = indexing(store)
    before = paths(store, "gift", Sort.REPORT)
    while keeper.lot(7):
        assert paths(store, "gift", Sort.REPORT) == before
    keeper.anew()
    with store.read() as records:
        assert {each.upto for each in standing(records)} == {0}
        assert records.search.size() == (0, 0)
    assert keeper.lot() > 0
    assert keeper.lot() == 0
    assert paths(store, "gift", Sort.REPORT) == before
    assert len(before) == 30
