"""What is kept of one item: enough to group and show, nothing that names a complainer."""

from datetime import UTC, datetime

import pytest

from comity.cases.facts import class_of, facts_of, facts_without_reading
from comity.model.case import EvidenceClass
from comity.model.feedback import FeedbackReport, Kind, Reading, Suggestion
from comity.model.findings import finding
from comity.model.mailbox import Condition, Item

ITEM = Item(name="1.eml", position="1.eml", size=9, data=b"x")


def _reading(*stated: FeedbackReport, kind: Kind = Kind.ARF) -> Reading:
    return Reading(kind=kind, why="why.arf", reports=stated, carried_from="fbl@west.example")


def test_the_facts_that_matter_are_kept() -> None:
    """Source, time, marks of the campaign, who said so."""
    seen = datetime(2026, 3, 1, tzinfo=UTC)
    said = FeedbackReport(
        feedback_type="abuse",
        is_complaint=True,
        source_ip="192.0.2.1",
        source_ip_from="field",
        arrival_date=seen,
        dkim_domain=("News.West.example.",),
        reported_uri=("http://www.shop.example/a?b", "mailto:x", "http://[bad"),
        original_rcpt_to=("Ann@west.example",),
    )
    (kept,) = facts_of(ITEM, _reading(said), "d").evidence
    assert (kept.evidence_class, kept.source_ip, kept.seen) == (EvidenceClass.COMPLAINT, "192.0.2.1", seen)
    assert (kept.dkim_domain, kept.link_domain) == (("news.west.example",), ("shop.example",))
    assert kept.reporter == "fbl@west.example"


def test_a_complainer_is_a_token() -> None:
    """The address itself is nowhere in what is kept; equal addresses have equal tokens, whatever their case."""
    facts = facts_of(
        ITEM,
        _reading(
            FeedbackReport(original_rcpt_to=("Ann@west.example",)),
            FeedbackReport(original_rcpt_to=("ann@WEST.example ",)),
        ),
        "d",
    )
    assert "ann" not in repr(facts).lower()
    assert facts.evidence[0].complainer == facts.evidence[1].complainer is not None


@pytest.mark.parametrize(
    ("recipient", "known", "hidden"),
    [
        ("ann@west.example", True, False),
        ("0123456789abcdef0123456789abcdef", True, True),
        ("0123456789abcdef0123456789abcdef@west.example", True, True),
        ("redacted-abcdefghij234567klmn-@west.example", True, True),
        ("<redacted-abcdefghij234567klmn-@west.example>", True, True),
        ("redacted-abcdefghij234567klmn@west.example", False, False),
        ("redacted@west.example", False, False),
        ("[redacted]", False, False),
        ("local@example", False, False),
        ("xxxxx@xxxx.xxx", False, False),
        ("******@west.example", False, False),
    ],
)
def test_a_placeholder_is_nobody(recipient: str, known: bool, hidden: bool) -> None:
    """The same word for everybody tells nobody apart; a hash tells people of one provider apart."""
    (kept,) = facts_of(ITEM, _reading(FeedbackReport(original_rcpt_to=(recipient,))), "d").evidence
    assert (kept.complainer is not None, kept.complainer_hidden) == (known, hidden)


@pytest.mark.parametrize(
    ("kind", "said", "found"),
    [
        (Kind.ARF, FeedbackReport(feedback_type="abuse", is_complaint=True), EvidenceClass.COMPLAINT),
        (Kind.ARF, FeedbackReport(feedback_type="fraud", is_complaint=True), EvidenceClass.FRAUD),
        (Kind.ARF, FeedbackReport(feedback_type="not-spam"), EvidenceClass.NOT_SPAM),
        (Kind.AUTH_FAILURE, FeedbackReport(feedback_type="auth-failure"), EvidenceClass.AUTH_FAILURE),
        (Kind.FORWARD, FeedbackReport(is_complaint=True), EvidenceClass.FORWARD),
        (Kind.XARF, FeedbackReport(reported_class="infrastructure/botnet"), EvidenceClass.BOT),
        (Kind.XARF, FeedbackReport(reported_class="messaging/spam", is_complaint=True), EvidenceClass.COMPLAINT),
        (Kind.XARF, FeedbackReport(reported_class="content/phishing"), EvidenceClass.FRAUD),
        (Kind.TABLE, FeedbackReport(reported_class="event4_sinkhole"), EvidenceClass.BOT),
        (Kind.TABLE, FeedbackReport(reported_class="scan_dns"), EvidenceClass.FEED),
        (Kind.TABLE, FeedbackReport(reported_class="attacked/event4_honeypot_ddos_target"), EvidenceClass.FEED),
        (Kind.TABLE, FeedbackReport(reported_class="vulnerable/scan_ddos_middlebox"), EvidenceClass.FEED),
        (Kind.NOTICE, FeedbackReport(reported_class="fail2ban"), EvidenceClass.NOTICE),
        (Kind.UNSUBSCRIBE, FeedbackReport(is_complaint=True), EvidenceClass.UNSUBSCRIBE),
        (Kind.ARF, FeedbackReport(feedback_type="other"), EvidenceClass.OTHER),
    ],
)
def test_classes_of_evidence(kind: Kind, said: FeedbackReport, found: EvidenceClass) -> None:
    """By whom and how it was noticed decides the class."""
    assert class_of(kind, said) is found


def test_strangers_texts_are_cut() -> None:
    """A Subject of 300 kB costs 160 characters; two long Message-IDs that begin alike stay two."""
    said = [FeedbackReport(subject="s" * 300_000, message_id="m" * 500 + str(number)) for number in range(2)]
    facts = facts_of(ITEM, _reading(*said), "d")
    assert len(facts.evidence[0].subject or "") == 160
    assert facts.evidence[0].message_id != facts.evidence[1].message_id
    assert len(repr(facts)) < 4000


def test_free_text_keeps_what_it_mentions_surest_first() -> None:
    """Addresses and domains, each once; links and times are not needed to find whose it is."""
    found = [
        ("address", "192.0.2.7", 0.5),
        ("domain", "west.example", 0.9),
        ("time", "now", 1.0),
        ("address", "192.0.2.7", 0.2),
    ]
    suggestions = tuple(
        Suggestion(what=what, value=value, confidence=confidence, offset=0) for what, value, confidence in found
    )
    facts = facts_of(ITEM, _reading(FeedbackReport(suggestions=suggestions), kind=Kind.PROSE), "d")
    assert facts.mentioned == ("west.example", "192.0.2.7")


def test_findings_stand_once() -> None:
    """A mail with a thousand deviations of one sort is not a thousand facts."""
    reading = Reading(kind=Kind.ARF, why="w", findings=(finding("field-empty"),) * 3 + (finding("bare-cr"),))
    assert facts_of(ITEM, reading, "d").findings == ("field-empty", "bare-cr")


def test_an_item_that_was_not_read_says_why() -> None:
    """Too large, or closed."""
    item = Item(name="x", position="x", size=9, condition=Condition.CLOSED, detail="Permission denied")
    facts = facts_without_reading(item, "")
    assert (facts.kind, facts.why, facts.detail) == (Kind.UNREADABLE, "triage.why.cannot-open", "Permission denied")
