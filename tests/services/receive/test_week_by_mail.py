"""The week reaches the desk's boss without anybody asking for it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from pathlib import Path

from comity.bootstrap.playbook.week import mail_week
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
