"""Ten thousand mails become a few cases, and every mail is somewhere."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.cases.grouping import group
from comity.cases.matching import named
from comity.cases.own_side import OwnSide
from comity.formats.own_side import read_own
from comity.model.case import Evidence, EvidenceClass, ItemFacts, SubjectKind
from comity.model.feedback import Kind
from comity.model.mailbox import Condition

Make = Callable[..., Evidence]
MakeItem = Callable[..., ItemFacts]


def test_reports_become_the_customers_case(evidence: Make, item: MakeItem, own: OwnSide, now: datetime) -> None:
    """By source address, however many prefixes the customer has."""
    found = [evidence(source_ip=address, complainer=address) for address in ("192.0.2.1", "192.0.2.2", "2001:db8::7")]
    triage = group([item(each) for each in found], own, now)
    (case,) = triage.cases
    assert (case.label, case.subject_kind, case.contact) == ("West Hosting", SubjectKind.CUSTOMER, "noc@west.example")
    assert (case.reports, case.complainers, case.items) == (3, 3, 3)
    assert dict(case.addresses) == {"192.0.2.1": 1, "192.0.2.2": 1, "2001:db8::7": 1}


def test_the_subject_of_a_case(evidence: Make, item: MakeItem, own: OwnSide, now: datetime) -> None:
    """Customer by address, customer by signing domain, else the address or the domain itself."""
    found = {
        "East Shop": evidence(source_ip="192.0.2.200", dkim_domain=("news.west.example",)),
        "West Hosting": evidence(dkim_domain=("other.example", "a.news.west.example")),
        "198.51.100.9": evidence(source_ip="198.51.100.9"),
        "mail.example": evidence(dkim_domain=("mail.example",), source_ip="203.0.113.1"),
    }
    for label, each in found.items():
        assert [case.label for case in group([item(each)], own, now).cases] == [label]
    named = evidence(source_ip="198.51.100.9", dkim_domain=("news.west.example",))
    assert [case.label for case in group([item(named)], own, now).cases] == ["West Hosting"]


def test_a_forged_from_accuses_nobody(evidence: Make, item: MakeItem, own: OwnSide, now: datetime) -> None:
    """Anybody can write a customer's domain into From: and anywhere else but the marks that count."""
    forged = evidence(source_ip="203.0.113.1", header_from="x@news.west.example", link_domain=("news.west.example",))
    triage = group([item(forged)], own, now)
    assert triage.cases == ()
    assert [each.reason for each in triage.unmatched] == ["not-ours"]


def test_what_an_unmatched_report_is_about(evidence: Make) -> None:
    """An address that is somebody's, else a domain, else what there is."""
    assert named(evidence(source_ip="203.0.113.1", dkim_domain=("a.example",))) == "203.0.113.1"
    assert named(evidence(source_ip="10.0.0.1", dkim_domain=("a.example",))) == "a.example"
    assert named(evidence(source_ip="10.0.0.1")) == "10.0.0.1"
    assert named(evidence()) is None


def test_worst_first(evidence: Make, item: MakeItem, own: OwnSide, now: datetime) -> None:
    """Nine people weigh more than one."""
    many = [item(evidence(source_ip="192.0.2.200", complainer=str(number))) for number in range(9)]
    triage = group([item(evidence(source_ip="192.0.2.1", complainer="x")), *many], own, now)
    assert [case.label for case in triage.cases] == ["East Shop", "West Hosting"]


def test_every_item_is_in_exactly_one_place(evidence: Make, item: MakeItem, own: OwnSide, now: datetime) -> None:
    """Cases, unmatched, letters, unreadable, not reports, duplicates, too old: the sum is all."""
    ours = item(evidence(source_ip="192.0.2.1", message_id="1@x.example", complainer="a"))
    items = [
        ours,
        replace(ours, name="again", position="again"),
        item(evidence(source_ip="192.0.2.1", message_id="1@x.example", complainer="a", reporter="ann@w.example")),
        item(evidence(source_ip="203.0.113.9"), evidence(source_ip="192.0.2.2", complainer="b")),
        item(evidence(source_ip="10.0.0.1")),
        item(evidence()),
        item(kind=Kind.NOTICE),
        item(kind=Kind.ARF),
        item(kind=Kind.TABLE),
        item(kind=Kind.PROSE, carried_from="ann@w.example", subject="Please stop this"),
        item(kind=Kind.BOUNCE, why="why.dsn"),
        item(kind=Kind.VERIFICATION, why="why.verification"),
        item(kind=Kind.UNREADABLE, why="why.no-header"),
        item(condition=Condition.TOO_LARGE, kind=Kind.UNREADABLE, why="triage.why.too-large"),
        item(evidence(source_ip="192.0.2.1"), sent=now - timedelta(days=99)),
        item(condition=Condition.OLDER, kind=Kind.UNREADABLE, why="triage.why.older", digest=""),
    ]
    triage = group(items, own, now, since=now - timedelta(days=30))
    assert triage.where_items_went() == {
        "cases": 2, "unmatched": 3, "free-text": 1, "unreadable": 3, "not-a-report": 3, "duplicates": 2, "older": 2,
    }  # fmt: skip
    assert sum(triage.where_items_went().values()) == triage.items == len(items)
    assert [fold.rule for fold in triage.folded] == ["same-bytes", "same-complaint"]
    assert sorted(each.reason for each in triage.unmatched) == ["no-mark", "no-mark", "not-ours", "private"]
    assert triage.needs_person() == {"cases": 0, "threads": 1, "unreadable": 3, "verification": 1}


def test_a_repeat_is_counted_in_its_case(evidence: Make, item: MakeItem, own: OwnSide, now: datetime) -> None:
    """Folded, not forgotten: the report shows how often it came."""
    same = {"source_ip": "192.0.2.1", "message_id": "1@x.example", "complainer": "a"}
    triage = group([item(evidence(**same)), item(evidence(**same, reporter="x@y.example"))], own, now)
    (case,) = triage.cases
    assert (case.reports, case.repeats, case.entries[0].repeats) == (1, 1, 1)
    assert triage.repeats == {"same-complaint": 1}


def test_a_repeat_beside_something_new(evidence: Make, item: MakeItem, own: OwnSide, now: datetime) -> None:
    """A mail with one old and one new report is no duplicate; the old report in it is counted all the same."""
    old = evidence(source_ip="192.0.2.1", message_id="1@x.example", complainer="a")
    new = evidence(source_ip="192.0.2.1", message_id="2@x.example", complainer="a")
    triage = group([item(old), item(old, new), item(new)], own, now)
    assert (len(triage.folded), triage.in_cases, triage.repeats_inside()) == (1, 2, 1)


def test_the_same_mail_by_two_deliveries(evidence: Make, item: MakeItem, own: OwnSide, now: datetime) -> None:
    """abuse@ and fbl@ both get it: other Received lines, the same mail."""
    carried = {"message_id": "r1@west.example", "carried_from": "fbl@west.example", "subject": "report"}
    first = item(evidence(source_ip="192.0.2.1"), **carried)
    again = item(evidence(source_ip="192.0.2.1"), **carried)
    other = item(evidence(source_ip="192.0.2.2"), **carried)
    triage = group([first, again, other], own, now)
    assert [(fold.item, fold.rule) for fold in triage.folded] == [(again, "same-mail")]
    assert triage.in_cases == 2


def test_campaigns_in_and_across_cases(evidence: Make, item: MakeItem, own: OwnSide, now: datetime) -> None:
    """The same sending from two customers is seen to be one."""
    one = item(evidence(source_ip="192.0.2.1", subject="Win a prize 1", complainer="a"))
    two = item(evidence(source_ip="192.0.2.200", subject="Re: WIN a prize 2", complainer="b"))
    three = item(evidence(source_ip="192.0.2.200", subject="quite another thing", complainer="c"))
    cases = {case.label: case for case in group([one, two, three], own, now).cases}
    assert [(each.value, each.elsewhere) for each in cases["West Hosting"].campaigns] == [("win a prize", 1)]
    assert {each.value: each.elsewhere for each in cases["East Shop"].campaigns} == {
        "win a prize": 1,
        "quite another thing": 0,
    }


def test_letters_are_threads_and_point_to_cases(evidence: Make, item: MakeItem, own: OwnSide, now: datetime) -> None:
    """What a letter mentions is a suggestion: it opens no case, but the case there is says that somebody wrote."""
    writer = {"kind": Kind.PROSE, "carried_from": "ann@w.example"}
    letters = [
        item(**writer, subject="Spam from you", mentioned=("192.0.2.5",), sent=now - timedelta(days=1)),
        item(**writer, subject="Re: spam from you", mentioned=("203.0.113.1",)),
        item(**writer, subject="something else entirely", mentioned=()),
    ]
    assert group(letters, own, now).cases == ()
    triage = group([*letters, item(evidence(source_ip="192.0.2.9"))], own, now)
    assert [len(thread.items) for thread in triage.free_text] == [2, 1]
    assert [holding.customer for holding in triage.free_text[0].ours] == ["West Hosting"]
    (case,) = triage.cases
    assert case.person == ("mentioned",)
    assert len(case.free_text) == 2


@pytest.mark.parametrize("grave", [EvidenceClass.FRAUD, EvidenceClass.VIRUS, EvidenceClass.BOT])
def test_one_grave_report_wants_a_person(
    evidence: Make, item: MakeItem, own: OwnSide, now: datetime, grave: EvidenceClass
) -> None:
    """Spear-phish never reaches a threshold: one report of fraud goes to somebody."""
    triage = group([item(evidence(source_ip="192.0.2.1", evidence_class=grave))], own, now)
    assert triage.cases[0].person == (grave.value,)
    assert triage.needs_person()["cases"] == 1


def test_times(evidence: Make, item: MakeItem, own: OwnSide, now: datetime) -> None:
    """What the report says, else when it was sent; a time in the future is no time."""
    day = timedelta(days=1)
    triage = group(
        [
            item(evidence(source_ip="192.0.2.1", seen=now - 3 * day, complainer="a")),
            item(evidence(source_ip="192.0.2.1", complainer="b"), sent=now - day),
            item(evidence(source_ip="192.0.2.1", seen=now + 900 * day, complainer="c"), sent=now),
            item(evidence(source_ip="192.0.2.1", seen=now + 900 * day, complainer="d"), sent=now + 900 * day),
        ],
        own,
        now,
    )
    (case,) = triage.cases
    assert (case.first, case.last, case.going_on) == (now - 3 * day, now, True)
    assert [count for _, count in case.days] == [1, 1, 1]
    assert case.entries[-1].when is None


def test_a_wrong_list_raises_an_alarm(evidence: Make, item: MakeItem, own: OwnSide, now: datetime) -> None:
    """Read but matched to nobody, most of it: the list may be wrong, or somebody else's loop ends here."""
    strange = [item(evidence(source_ip="203.0.113.1", complainer=str(number))) for number in range(10)]
    assert group(strange, own, now).is_mostly_unmatched()
    assert not group(strange[:9], own, now).is_mostly_unmatched()


def test_the_same_mailbox_gives_the_same_answer(evidence: Make, item: MakeItem, own: OwnSide, now: datetime) -> None:
    """Case ids are hashes of what the case is about, so that two runs can be compared."""
    items = [item(evidence(source_ip=f"192.0.2.{number}", complainer=str(number))) for number in range(250)]
    assert group(items, own, now) == group(items, own, now)
    assert {case.case_id for case in group(items, own, now).cases} == {
        case.case_id for case in group(items[::-1], own, now).cases
    }


_EVIDENCE = st.builds(
    Evidence,
    evidence_class=st.sampled_from(EvidenceClass),
    source_ip=st.sampled_from([None, "192.0.2.1", "192.0.2.200", "203.0.113.1", "10.0.0.1", "nonsense"]),
    message_id=st.sampled_from([None, "1", "2"]),
    complainer=st.sampled_from([None, "a", "b"]),
    reporter=st.sampled_from([None, "x@w.example", "y@e.example"]),
    report_id=st.sampled_from([None, None, "7"]),
    subject=st.text(max_size=9),
)
_ITEM = st.builds(
    ItemFacts,
    name=st.just("n"),
    position=st.uuids().map(str),
    size=st.just(1),
    digest=st.sampled_from(["", "a", "b", "c", "d", "e", "f"]),
    condition=st.sampled_from(Condition),
    kind=st.sampled_from(Kind),
    why=st.just("w"),
    message_id=st.sampled_from([None, "m1", "m2"]),
    carried_from=st.sampled_from([None, "x@w.example"]),
    evidence=st.lists(_EVIDENCE, max_size=3).map(tuple),
)


@given(st.lists(_ITEM, max_size=25))
def test_nothing_is_ever_lost(items: list[ItemFacts]) -> None:
    """Whatever comes, the places add up to the items, and the reports of cases to what was matched and not folded."""
    own = OwnSide(read_own(b"192.0.2.0/25,West\n192.0.2.128/25\n", "own").holdings)
    now = datetime.fromisoformat("2026-03-20T12:00:00+00:00")
    triage = group(items, own, now)
    assert sum(triage.where_items_went().values()) == triage.items == len(items)
    with_evidence = sum(each.evidence is not None for each in triage.unmatched)
    assert sum(case.reports for case in triage.cases) + with_evidence + sum(triage.repeats.values()) == triage.reports
