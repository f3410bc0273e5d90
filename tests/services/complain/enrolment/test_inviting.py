"""What a network without a loop would have received: counts, and never fewer than five people."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from comity.locale import LANGUAGES, catalogue
from comity.services.complain.enrolment.inviting import invitation
from comity.services.complain.straight_line import Mail
from comity.web.pages import invitation as page

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..conftest import Desk

NETWORK = ip_network("192.0.2.0/24")
NOW = datetime(2026, 3, 16, tzinfo=UTC)


class Rows:
    """Complaints that told nobody."""

    def __init__(self, *complaints: tuple[int, str, str]) -> None:
        self.complaints = complaints

    def untold(self, since: datetime, until: datetime) -> "Iterable[tuple[datetime, str, str | None]]":
        """All of them."""
        return [(NOW - timedelta(days=days), source, who) for days, source, who in self.complaints]


def _made(*complaints: tuple[int, str, str]) -> object:
    return invitation(Rows(*complaints), NETWORK, since=NOW - timedelta(days=56), until=NOW)


def test_four_people_are_too_few() -> None:
    """However often four people complained, nothing is said."""
    assert _made(*[(1, "192.0.2.0/24", f"p{n % 4}") for n in range(50)]) is None


def test_other_networks_do_not_count() -> None:
    """Only mail out of this network does."""
    assert _made(*[(1, "198.51.100.0/24", f"p{n}") for n in range(9)], (1, "2001:db8::/48", "p")) is None


def test_a_hidden_week_cannot_be_computed() -> None:
    """Where one week is too small, the smallest beside it is hidden too, so that the sum does not tell it."""
    weeks = [(2, 9), (9, 7), (16, 2)]
    complaints = [(days, "192.0.2.0/24", f"p{n}") for days, number in weeks for n in range(number)]
    made = invitation(Rows(*complaints), NETWORK, since=NOW - timedelta(days=56), until=NOW)
    assert made is not None
    assert (made.complaints, made.complainers) == (18, 9)
    assert [n for _, n in made.weeks] == [None, None, 9]


def test_complaints_of_the_store_are_counted(desk: "Desk") -> None:
    """A complaint that found nobody is kept with the network that its mail came out of."""
    for number in range(6):
        data = desk.mail(number, "192.0.2.7").replace(b"ann@", b"p%d@" % number)
        with desk.store.write() as rows:
            desk.complaints.enter(rows, Mail(path="x.eml", data=data), desk.now)
    desk.complain(9, address="198.51.100.7")  # has an agreement
    desk.later(hours=1)
    desk.decide()
    with desk.store.read() as rows:
        made = invitation(rows.cards, NETWORK, since=desk.now - timedelta(days=7), until=desk.now + timedelta(days=1))
    assert made is not None
    assert (made.complaints, made.complainers) == (6, 6)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_all_of_it_in_each_language(language: str) -> None:
    """Page and text hold the counts and every step in both languages, and a stranger's name is escaped."""
    made = invitation(
        Rows(*[(1, "192.0.2.0/24", f"p{n}") for n in range(7)]), NETWORK, since=NOW - timedelta(days=56), until=NOW
    )
    assert made is not None
    said = {"organisation": "<West> Mail", "address": "feedback@west.example"}
    shown, plain = page.render(made, **said), page.text(made, **said)
    assert "<West>" not in shown
    assert "script" not in shown
    for step in page.STEPS:
        assert catalogue(language).say(step, **said, network="", since="", until="", n=0, people=0) in plain
    assert catalogue(language).say("invite.steps") in shown
