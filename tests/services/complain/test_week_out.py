"""What left in a week, and what did not, stands in the report to the desk's boss."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from comity.cli.wrapping import fitted
from comity.locale import catalogue
from comity.services.operate.weekly import Told, lines, weekly
from comity.store.tables import sending

if TYPE_CHECKING:
    from conftest import Desk

WEEK = timedelta(days=7)


@pytest.fixture
def busy(desk: "Desk") -> "Desk":
    """Three complaints about a peer, one of them answered; one taken back, one about nobody we know, one that waits."""
    desk.live("east")
    for number in range(1, 4):
        desk.complain(number)
    desk.complain(4, address="192.0.2.9")
    desk.complain(5)
    desk.complain(5, not_spam=True)
    desk.later(hours=1)
    desk.decide()
    with desk.store.write() as rows:
        left = {"state": "sent", "finished": desk.now}
        rows.connection.execute(update(sending.outbox).values(left))
        one = sending.report_out.c.complaint_id == 1
        rows.connection.execute(update(sending.report_out).where(one).values(outcome="stopped", outcome_at=desk.now))
    desk.complain(6)
    desk.later(minutes=1)
    return desk


def test_a_week_says_what_our_own_people_complained_about(busy: "Desk") -> None:
    """How much was said, taken back, told to whom and answered, and why nobody was told of the rest."""
    with busy.store.read() as rows:
        found = weekly(rows, until=busy.now).complained
        later = weekly(rows, until=busy.now + WEEK + WEEK).complained
    assert (found.complaints, found.taken_back, found.waiting, found.untold, found.held) == (6, 1, 1, 1, 0)
    assert found.told == (Told(party="east", reports=3, answered=1),)
    assert found.noes == (("no-agreement-and-no-cfbl-address", 1),)
    assert (later.complaints, later.told, later.untold) == (0, (), 0)


def test_what_is_held_is_said_to_be(desk: "Desk") -> None:
    """A peer that is observed was told nothing: its reports are held, and count as told to nobody else."""
    desk.complain()
    desk.later(hours=1)
    desk.decide()
    with desk.store.read() as rows:
        found = weekly(rows, until=desk.now + timedelta(minutes=1)).complained
    assert (found.complaints, found.held, found.told, found.untold) == (1, 1, (), 0)


@pytest.mark.parametrize(("language", "said"), [("en", "answered so far: 1"), ("zh", "对方已答复 1 份")])
def test_it_is_said_in_words(busy: "Desk", language: str, said: str) -> None:
    """In both languages; a week without cases does not say that they wait."""
    words = catalogue(language)
    with busy.store.read() as rows:
        text = list(lines(weekly(rows, until=busy.now), words, label=str))
    assert any(said in line for line in text)
    assert any(words.say("no-report.no-agreement-and-no-cfbl-address") in line for line in text)
    assert words.say("weekly.not-acted", waiting=0) not in text
    assert list(fitted("\n".join(text)))
