"""The same thing told twice counts once; two things that look alike count twice."""

from collections.abc import Callable
from datetime import datetime, timedelta

from comity.cases.duplicates import Repeats
from comity.model.case import Evidence, EvidenceClass

Make = Callable[..., Evidence]


def _rule(first: Evidence, second: Evidence, when: datetime, later: timedelta = timedelta(0)) -> str | None:
    repeats: Repeats[str] = Repeats()
    assert repeats.first_of(first, when, "first") is None
    found = repeats.first_of(second, when + later, "second")
    return found[0] if found else None


def test_a_providers_number_is_its_identity(evidence: Make, now: datetime) -> None:
    """The same number from the same house is the same report; from another house it is another."""
    one = evidence(report_id="77", reporter="fbl@west.example")
    assert _rule(one, evidence(report_id="77", reporter="abuse@WEST.example"), now) == "same-report"
    assert _rule(one, evidence(report_id="77", reporter="fbl@east.example"), now) is None
    assert _rule(one, evidence(report_id="78", reporter="fbl@west.example"), now) is None


def test_one_address_to_unsubscribe_is_not_one_person(evidence: Make, now: datetime) -> None:
    """Requests of many people go to one address."""
    ask = {"report_id": "leave@news.example", "evidence_class": EvidenceClass.UNSUBSCRIBE}
    assert _rule(evidence(**ask, complainer="ann"), evidence(**ask, complainer="bob"), now) is None


def test_the_same_complaint_by_two_ways(evidence: Make, now: datetime) -> None:
    """A loop reports what the same person also forwarded: reported mail and complainer are the same."""
    loop = evidence(message_id="1@shop.example", complainer="ann", reporter="fbl@west.example")
    forward = evidence(
        message_id="1@shop.example", complainer="ann", reporter="ann@west.example", evidence_class=EvidenceClass.FORWARD
    )
    assert _rule(loop, forward, now, timedelta(days=9)) == "same-complaint"


def test_by_two_ways_without_the_complainer(evidence: Make, now: datetime) -> None:
    """One way hides the recipient: reported mail, source and near time decide."""
    clear = evidence(message_id="1@x.example", complainer="ann", source_ip="192.0.2.1", reporter="a@west.example")
    hashed = evidence(
        message_id="1@x.example",
        complainer="5f5f",
        complainer_hidden=True,
        source_ip="192.0.2.1",
        reporter="b@loop.example",
    )
    bare = evidence(message_id="1@x.example", reporter="c@loop.example")
    assert _rule(clear, hashed, now, timedelta(hours=3)) == "same-complaint"
    assert _rule(clear, bare, now, timedelta(hours=3)) == "same-complaint"
    assert _rule(clear, bare, now, timedelta(hours=30)) is None
    elsewhere = evidence(message_id="1@x.example", source_ip="192.0.2.2", reporter="c@loop.example")
    assert _rule(clear, elsewhere, now) is None


def test_two_readers_of_one_list_are_two(evidence: Make, now: datetime) -> None:
    """A list sends one Message-ID to many: different recipients, or different moments at one provider, are different people."""
    one = {"message_id": "1@list.example", "reporter": "fbl@west.example", "source_ip": "192.0.2.1"}
    assert _rule(evidence(**one, complainer="ann"), evidence(**one, complainer="bob"), now) is None
    hidden = {**one, "complainer_hidden": True}
    assert _rule(evidence(**hidden, complainer="aa"), evidence(**hidden, complainer="bb"), now) is None
    assert _rule(evidence(**one, seen=now), evidence(**one, seen=now + timedelta(minutes=1)), now) is None
    assert _rule(evidence(**one, seen=now), evidence(**one, seen=now), now) == "same-complaint"


def test_two_statements_about_one_mail_are_two(evidence: Make, now: datetime) -> None:
    """Spam and fraud, spam and "not spam": each counts."""
    spam = evidence(message_id="1@x.example", complainer="ann")
    for other in (EvidenceClass.FRAUD, EvidenceClass.NOT_SPAM):
        assert _rule(spam, evidence(message_id="1@x.example", complainer="ann", evidence_class=other), now) is None


def test_without_any_identity_nothing_is_folded(evidence: Make, now: datetime) -> None:
    """Two bare reports are two."""
    assert _rule(evidence(source_ip="192.0.2.1"), evidence(source_ip="192.0.2.1"), now) is None


def test_many_reports_of_one_mail_stay_quick(evidence: Make, now: datetime) -> None:
    """Twenty thousand strangers who name the same mail cost linear time."""
    repeats: Repeats[int] = Repeats()
    for number in range(20_000):
        found = evidence(message_id="1@x.example", complainer=str(number), reporter="fbl@west.example")
        assert repeats.first_of(found, now, number) is None
