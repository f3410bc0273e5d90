"""Campaigns in the store: who is told how often, and what an answer of the other side stops."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from comity.feedback.pacing import PaceRules
from comity.ledger import leaf
from comity.model.sending import OutboxState
from comity.model.tier import Tier
from comity.services.complain.pacing.paced import resolved
from comity.services.complain.straight_line import Mail

from ..conftest import AGREEMENTS

if TYPE_CHECKING:
    from ..conftest import Desk


@pytest.fixture
def paced(desk: "Desk") -> "Desk":
    """West's side, with pacing."""
    desk.pacing = replace(desk.pacing, rules=PaceRules())
    desk.__post_init__()
    desk.live("east")
    return desk


def _complain(desk: "Desk", number: int, who: str = "ann", subject: str = "Great news") -> None:
    data = desk.mail(number).replace(b"ann@", who.encode() + b"@").replace(b"Great news", subject.encode())
    if number > 50:  # arrived just now
        data = data.replace(b"Sun, 01 Mar 2026 08:05:09", desk.now.strftime("%a, %d %b %Y %H:%M:%S").encode())
    with desk.store.write() as rows:
        desk.complaints.enter(rows, Mail(path=f"{number}.eml", data=data), desk.now)


def test_one_report_for_a_complainer_and_a_campaign(paced: "Desk") -> None:
    """Whoever complains about five mails of one campaign is told on once, by name; others, and other campaigns, are too."""
    for number in range(5):
        _complain(paced, number, subject=f"Great news, order {number}")
    _complain(paced, 5, who="bob")
    _complain(paced, 6, subject="Something else entirely")
    paced.later(hours=1)
    decided = paced.decide()
    assert (decided.released, decided.refused) == (3, {"complainer-told": 4})
    assert paced.faults() == []


def test_the_same_over_many_batches(paced: "Desk") -> None:
    """What was told is known in the next transaction."""
    _complain(paced, 1)
    paced.later(hours=1)
    assert paced.decide().released == 1
    _complain(paced, 2)
    paced.later(hours=1)
    assert paced.decide().refused == {"complainer-told": 1}


@pytest.mark.parametrize("said", ["stopped", "cleaned"])
def test_resolved_stops_reports_until_it_is_seen_again(paced: "Desk", said: str) -> None:
    """After "stopped" or "cleaned", mail from before is not reported any more; what arrives later is."""
    _complain(paced, 1)
    paced.later(hours=1)
    paced.decide()
    with paced.store.write() as rows:
        resolved(rows.pace, 1, "suppressed", now=paced.now)
    _complain(paced, 2, who="bob")
    paced.later(hours=1)
    assert paced.decide().released == 1
    with paced.store.write() as rows:
        resolved(rows.pace, 1, said, now=paced.now)
    _complain(paced, 3, who="cid")
    paced.later(hours=1)
    assert paced.decide().refused == {"campaign-resolved": 1}
    paced.later(hours=2)
    _complain(paced, 51, who="dora")
    paced.later(hours=1)
    assert paced.decide().released == 1


def test_where_nothing_differs_a_campaign_is_told_once_an_hour(paced: "Desk") -> None:
    """At T1 the first complaint is told, others of that hour are not, and the next hour has its own."""
    terms = replace(AGREEMENTS[0], tier=Tier.T1)
    paced.deciding._looks._look._line = paced.line.under((terms,))  # type: ignore[attr-defined]
    for number, who in enumerate(("ann", "bob", "cid")):
        _complain(paced, number, who=who)
    paced.later(hours=1)
    decided = paced.decide()
    assert (decided.released, decided.refused) == (1, {"campaign-told": 2})
    _complain(paced, 4, who="dora")
    paced.later(hours=1)
    assert paced.decide().released == 1


def test_a_leaf_says_no_more_than_the_tier_shows(paced: "Desk") -> None:
    """Nor does the leaf beside it, which goes to the other side, too."""
    terms = replace(AGREEMENTS[0], tier=Tier.T1, networks=(ip_network("2001:db8:7::/48"),))
    paced.deciding._looks._look._line = paced.line.under((terms,))  # type: ignore[attr-defined]
    paced.complain(1, address="IPv6:2001:db8:7:1::9")
    paced.later(hours=1)
    assert paced.decide().released == 1
    with paced.store.read() as rows:
        (channel,) = rows.ledger.channels()
        said = [leaf.read(each.data) for each in rows.history.written(channel.channel_id, 0, channel.size)]
    assert [each and each["source"]["ip"] for each in said] == ["2001:db8:7:1::"]


def test_not_spam_is_not_paced(paced: "Desk") -> None:
    """Word that a mail is wanted always leaves."""
    paced.live("shop")
    for number in range(2):
        paced.complain(number, not_spam=True, address="203.0.113.7")
    paced.later(hours=1)
    assert paced.decide().released == 2


def test_a_report_waits_at_random(paced: "Desk") -> None:
    """The time of a report does not say when somebody read his mail: it waits up to the longest delay."""
    paced.pacing = replace(paced.pacing, longest_delay=timedelta(minutes=10))
    paced.deciding._pacing, paced.deciding._chance = paced.pacing, lambda: 0.5
    _complain(paced, 1)
    paced.later(hours=1)
    paced.decide()
    with paced.store.read() as rows:
        (row,) = rows.sending.listed(None, (OutboxState.WAITING,), 10)
    assert row.due == paced.now + timedelta(minutes=5)
