"""Report cards: complaints over mails in the inbox, and what a consumer is not told."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from comity.bootstrap.trust.rates import rate_about
from comity.feedback.pacing import PaceRules
from comity.locale import catalogue
from comity.model import period as periods
from comity.model.tier import Tier
from comity.services.complain.cards.making import Card, Mark, card, own_card, rated
from comity.services.complain.straight_line import Mail
from comity.services.public.cards import card_form, card_lines
from comity.settings import read_settings

from ..conftest import AGREEMENTS

if TYPE_CHECKING:
    from ..conftest import Desk

EAST = AGREEMENTS[0]


def _scene(desk: "Desk", people: int, inbox: int = 10_000, tier: Tier = Tier.T2) -> Card:
    desk.pacing = replace(desk.pacing, rules=PaceRules())
    desk.__post_init__()
    desk.deciding._looks._look._line = desk.line.under((replace(EAST, tier=tier),))  # type: ignore[attr-defined]
    desk.live("east")
    hour = desk.now.replace(minute=0)
    for number in range(people):
        data = desk.mail(number).replace(b"ann@", b"p%d@" % number)
        for again in range(2):  # each complains twice about the same campaign
            with desk.store.write() as rows:
                other = data.replace(b"Message-ID: <", b"Message-ID: <again%d-" % again)
                desk.complaints.enter(rows, Mail(path="x.eml", data=other), desk.now)
    desk.later(hours=1)
    desk.decide()
    with desk.store.write() as rows:
        rows.cards.put_delivered(
            {
                (hour, "shop.example", "198.51.100.0/24", "inbox"): inbox,
                (hour, "shop.example", "198.51.100.0/24", "junk"): 999_999,
                (hour, "shop.example", "203.0.113.0/24", "inbox"): 5,
            }
        )
    with desk.store.read() as rows:
        return card(rows.cards, EAST, since=hour, until=hour + timedelta(days=1))


def test_what_is_counted_bit_by_bit_adds_up(desk: "Desk") -> None:
    """At delivery a counter grows; a file that is taken in says the whole."""
    key = (desk.now.replace(minute=0), "shop.example", "198.51.100.0/24", "inbox")
    with desk.store.write() as rows:
        for number in (3, 4):
            rows.cards.add_delivered({key: number})
        assert rows.cards.delivered(key[0], desk.now + timedelta(days=1)) == {key[1:]: 7}
        rows.cards.put_delivered({key: 5})
        assert rows.cards.delivered(key[0], desk.now + timedelta(days=1)) == {key[1:]: 5}


def test_only_the_inbox_is_below_the_line(desk: "Desk") -> None:
    """What lies in Junk, or came out of other networks, is not; every complaint counts, told or spared."""
    made = _scene(desk, 20)
    assert (made.complaints, made.inbox, made.junk) == (40, 10_000, 999_999)
    assert made.rate == pytest.approx(0.004)
    assert made.low is not None
    assert made.high is not None
    assert made.low < 0.004 < made.high
    assert made.refused == {"complainer-told": 20}
    assert [(each.complaints, each.report_name is not None) for each in made.campaigns] == [(40, True)]


def test_few_complaints_are_not_told_to_a_consumer(desk: "Desk") -> None:
    """Fewer than five could be one person; our own postmaster sees them."""
    made = _scene(desk, 2)
    assert (made.complaints, made.rate, made.signed, made.campaigns) == (None, None, None, ())
    with desk.store.read() as rows:
        ours = own_card(rows.cards, since=made.since, until=made.until)
    assert (ours.complaints, ours.inbox) == (4, 10_005)


def test_one_person_who_complains_often_is_not_told_of(desk: "Desk") -> None:
    """A consumer that mails one person eight times learns nothing from its card: people are counted, not what they say."""
    made = _scene(desk, 4)
    assert (made.complaints, made.rate, made.signed, made.campaigns, made.refused) == (None, None, None, (), {})
    with desk.store.read() as rows:
        ours = own_card(rows.cards, since=made.since, until=made.until)
    assert (ours.complaints, [each.complaints for each in ours.campaigns]) == (8, [8])


def test_a_campaign_says_no_minute(desk: "Desk") -> None:
    """When somebody complained last is cut to the hour, as a report at T1 is."""
    desk.later(minutes=7)
    (campaign,) = _scene(desk, 5).campaigns
    assert {each.minute for each in (campaign.first, campaign.last)} == {0}
    assert len(campaign.people) == 5


@pytest.mark.parametrize(("people", "shown"), [(4, 0), (5, 1), (20, 1)])
def test_a_campaign_is_told_of_where_most_were_spared(desk: "Desk", people: int, shown: int) -> None:
    """At T1 one report an hour stands for all who complained in it: they count all the same, each once."""
    made = _scene(desk, people, tier=Tier.T1)
    assert made.refused.get("campaign-told", 0) == (2 * people - 2 if shown else 0)
    assert len(made.campaigns) == shown


def test_the_same_counter_again_is_replaced(desk: "Desk") -> None:
    """A file taken in twice counts once."""
    made = _scene(desk, 5)
    with desk.store.write() as rows:
        rows.cards.put_delivered({(made.since, "shop.example", "198.51.100.0/24", "inbox"): 10_000})
    with desk.store.read() as rows:
        assert card(rows.cards, EAST, since=made.since, until=made.until).inbox == 10_000


def test_a_joint_statement_says_the_rate_of_the_other_side(desk: "Desk", tmp_path: Path) -> None:
    """By the agreement with that side, for the days of the period, and nothing for anybody else."""
    made = _scene(desk, 20)
    (tmp_path / "agreements.toml").write_text(
        f'[[agreement]]\npeer = "east"\naddress = "{EAST.address}"\nnetworks = ["198.51.100.0/24"]\ntier = "T2"\n',
        encoding="utf-8",
    )
    (tmp_path / "comity.toml").write_text('[complain]\nagreements = "agreements.toml"\n', encoding="utf-8")
    settings, day, side = read_settings(tmp_path / "comity.toml"), made.since.date(), EAST.address.partition("@")[2]
    that_day, another = periods.read(f"{day}"), periods.read(f"{day + timedelta(days=2)}")
    assert that_day is not None
    assert another is not None
    with desk.store.read() as rows:
        rate = rate_about(settings, rows, peer=side, period=that_day)["complaints-per-delivered-mail"]
        assert (rate["complaints"], rate["inbox"], rate["per_million"]) == (40, 10_000, 4000)
        assert rate_about(settings, rows, peer=side, period=another) == {}
        assert rate_about(settings, rows, peer="nobody.example", period=that_day) == {}


@pytest.mark.parametrize(
    ("complaints", "inbox", "mark"),
    [
        (50, 100_000, Mark.GOOD),
        (1, 1_000, Mark.BETWEEN),
        (400, 100_000, Mark.BAD),
        (35, 10_000, Mark.BETWEEN),
        (1, 0, Mark.UNKNOWN),
    ],
)
def test_a_mark_needs_the_whole_interval(complaints: int, inbox: int, mark: Mark) -> None:
    """Good and bad are said when the whole interval lies there; without counters there is no rate."""
    assert rated(complaints, inbox)[3] is mark


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_card_reads_in_both_languages(desk: "Desk", language: str) -> None:
    """All of it is said in each language, and nobody who complained stands on it."""
    made = _scene(desk, 20)
    text = "\n".join(card_lines(made, catalogue(language).say))
    assert "0.400" in text
    assert "@" not in text + str(card_form(made))


def test_a_period_is_mailed_once(desk: "Desk") -> None:
    """Whoever claims a period first mails its cards."""
    with desk.store.write() as rows:
        assert rows.cards.claim(desk.now)
        assert not rows.cards.claim(desk.now)


def test_a_card_names_the_last_day_that_it_counts(desk: "Desk") -> None:
    """It ends where a day begins: that day is not on it, and who reads of it would miss what came today."""
    with desk.store.read() as rows:
        today = desk.now.replace(hour=0, minute=0, second=0, microsecond=0)
        made = card(rows.cards, EAST, since=today - timedelta(days=7), until=today)
    head = card_lines(made, catalogue("en").say)[0]
    assert head == f"east, {today - timedelta(days=7):%Y-%m-%d} to {today - timedelta(days=1):%Y-%m-%d}"
