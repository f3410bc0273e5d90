"""Join the report of the week with the mail that brings it to the desk's boss.

Answers:    ``mail_week(settings, store, log, now)`` is what the running program does now and then.
Limits:     once for each week that ended on a Monday in UTC, to whom ``desk.weekly_to`` names, and only where the settings say who
            we are. While mail to our own staff is held, it waits. Weeks that ended while the program was off are made up for, four
            at most.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from comity.bootstrap.trust.coalition import staff_desk, words_of
from comity.model import utc_day
from comity.model.log_events import LogEvent
from comity.model.sending import OWN_STAFF, PeerState
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.store.engine import Store

_SHOWN: Final = 60
_WEEK: Final = timedelta(days=7)
_MOST: Final = 4
# Report cards of the same week are claimed by its last moment; this one stands a second behind it.
_BESIDE: Final = timedelta(seconds=1)


def mail_week(settings: Settings, store: "Store", *, log: LogEvent, now: datetime) -> int:
    """Mail every week that is over and was not mailed, once; how many mails."""
    identity = settings.identity
    if not settings.desk.weekly_to or identity.address is None or identity.domain is None:
        return 0
    newest = utc_day.midnight(now)
    newest -= timedelta(days=newest.weekday())
    with store.read() as records:
        last = records.cards.claimed(newest, _BESIDE)
    return sum(
        _mail_one(settings, store, until, log=log, now=now) for until in utc_day.ends(last, newest, _WEEK, most=_MOST)
    )


def _mail_one(settings: Settings, store: "Store", until: datetime, *, log: LogEvent, now: datetime) -> int:
    """The report of one week."""
    from comity.services.operate.weekly import lines, weekly
    from comity.services.prove.coalition.digest import mail_staff

    with store.write() as records:
        staff = records.peers.by_name([OWN_STAFF]).get(OWN_STAFF)
        if (staff is not None and staff.state is not PeerState.LIVE) or not records.cards.claim(until + _BESIDE):
            return 0
        desk = staff_desk(settings, settings.desk.weekly_to)
        found, words = weekly(records, until=until), words_of(settings)
        subject = {each.language: each.say("weekly.subject", day=f"{until:%Y-%m-%d}") for each in words}
        text = "\n\n".join("\n".join(lines(found, each, label=_label)) for each in words) + "\n"
        mails = mail_staff(records, desk, subject=subject, text=text, now=now) or 0
    log("week-mailed", mails=mails)
    return mails


def _label(text: str) -> str:
    """A stranger's word as it may stand in a mail."""
    return "".join(sign if sign.isprintable() else " " for sign in text)[:_SHOWN]
