"""The week reaches the desk's boss without anybody asking for it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from pathlib import Path

import pytest

from comity.bootstrap.consumers.cards import mail_cards_due
from comity.bootstrap.playbook.week import mail_week
from comity.formats import automatic_mail
from comity.model.sending import OWN_STAFF, PeerState

from .test_own_people import West
from .test_urgent import mails

MONDAY = datetime(2026, 3, 9, tzinfo=UTC)
TO = {"desk.weekly_to": ["boss@west.example", "owner@west.example"]}


def mail(west: West, now: datetime) -> int:
    """What the running program does."""
    return mail_week(west.settings, west.desk.store, log=lambda event, /, **_: None, now=now)


def test_a_week_is_mailed_once_on_its_monday(tmp_path: Path) -> None:
    """To everybody who is named, in both languages, about the week that ended; and the next one a week later."""
    west = West(tmp_path, **TO)
    assert [mail(west, MONDAY + timedelta(hours=hour)) for hour in (1, 2, 100)] == [2, 0, 0]
    first, second = mails(west)
    assert (first["To"], second["To"]) == ("<boss@west.example>", "<owner@west.example>")
    subject = str(make_header(decode_header(first["Subject"])))
    assert subject == "The week at the desk, to 2026-03-09 / 值班台一周报告，截至 2026-03-09"
    text = first.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert "The week at the desk, 2026-03-02 to 2026-03-09 00:00 UTC" in text.decode()
    assert "值班台周报，2026-03-02 至 2026-03-09 00:00" in text.decode()
    assert mail(west, MONDAY + timedelta(days=7)) == 2


def test_nobody_is_written_to_who_is_not_named(tmp_path: Path) -> None:
    """P9: the settings say who; and what they say later is done for the week that ended last."""
    west = West(tmp_path)
    assert (mail(west, MONDAY), mails(west)) == (0, [])


def test_a_week_waits_while_mail_to_our_staff_is_held(tmp_path: Path) -> None:
    """Held mail is no mail: the week is not counted as told."""
    west = West(tmp_path, **TO)
    mail(west, MONDAY)
    with west.desk.store.write() as records:
        staff = records.peers.by_name([OWN_STAFF])[OWN_STAFF]
        records.peers.put(replace(staff, state=PeerState.OBSERVE))
    later = MONDAY + timedelta(days=7)
    assert mail(west, later) == 0
    with west.desk.store.write() as records:
        records.peers.put(staff)
    assert mail(west, later + timedelta(hours=1)) == 2


def test_weeks_in_which_the_program_was_off_are_made_up_for(tmp_path: Path) -> None:
    """What happened in a week before the machine was off is told when it is on again; of a long time the last four weeks."""
    west = West(tmp_path, **TO)
    assert mail(west, MONDAY) == 2
    assert [mail(west, MONDAY + timedelta(days=17, hours=hour)) for hour in (0, 1)] == [4, 0]
    subjects = [str(make_header(decode_header(each["Subject"]))) for each in mails(west)]
    assert sorted({each.partition(" / ")[0][-10:] for each in subjects}) == ["2026-03-09", "2026-03-16", "2026-03-23"]
    assert mail(west, MONDAY + timedelta(days=200)) == 8


def test_a_clock_that_is_set_back_over_monday_tells_no_week_again(tmp_path: Path) -> None:
    """The week before was told a week ago."""
    west = West(tmp_path, **TO)
    mail(west, MONDAY)
    assert [mail(west, MONDAY + timedelta(days=7, minutes=each)) for each in (5, -55, 5)] == [2, 0, 0]


CARDS = {"consumers.cards": "weekly", "consumers.cards_to": ["boss@west.example"]}


def test_cards_of_weeks_in_which_the_program_was_off_are_made_up_for(tmp_path: Path) -> None:
    """A card a week, whatever the machine was at on Mondays; what the report of the week claimed is none of them."""
    west = West(tmp_path, **CARDS, **TO)
    store = west.desk.store
    mail(west, MONDAY)
    done = [mail_cards_due(west.settings, store, now=MONDAY + timedelta(days=each)) for each in (0, 1, 17, 17, 200)]
    assert done == [1, 0, 2, 0, 4]
    daily = replace(west.settings, consumers=replace(west.settings.consumers, cards="daily"))
    # Two days after the last Monday that was told: each of them has its card.
    assert mail_cards_due(daily, store, now=MONDAY + timedelta(days=198)) == 2


def test_cards_are_not_made_up_for_that_nobody_wanted(tmp_path: Path) -> None:
    """Who turns cards off, and on again weeks later, mails the week that ended last, and none of those between."""
    west = West(tmp_path, **CARDS)
    store, off = west.desk.store, replace(west.settings, consumers=replace(west.settings.consumers, cards="off"))
    assert mail_cards_due(off, store, now=MONDAY) == 0
    assert mail_cards_due(west.settings, store, now=MONDAY) == 1  # nothing was passed over: there had been none
    assert [mail_cards_due(off, store, now=MONDAY + timedelta(days=each)) for each in (1, 13, 27)] == [0, 0, 0]
    assert [mail_cards_due(west.settings, store, now=MONDAY + timedelta(days=28, hours=each)) for each in (0, 1)] == [
        1,
        0,
    ]


def test_cards_of_a_period_are_mailed_all_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the mail of one cannot be made the period is not over with: it is tried again, and nobody has two."""
    west = West(tmp_path, **CARDS | {"consumers.cards_to": ["boss@west.example", "owner@west.example"]})
    write, tries = automatic_mail.write, list[str]()

    def breaks(mail: automatic_mail.AutomaticMail) -> bytes:
        tries.append(mail.to)
        if len(tries) == 2:
            raise OSError("away")
        return write(mail)

    monkeypatch.setattr(automatic_mail, "write", breaks)
    with pytest.raises(OSError, match="away"):
        mail_cards_due(west.settings, west.desk.store, now=MONDAY)
    assert mails(west) == []
    assert mail_cards_due(west.settings, west.desk.store, now=MONDAY) == 1
    assert [each["To"] for each in mails(west)] == ["<boss@west.example>", "<owner@west.example>"]
