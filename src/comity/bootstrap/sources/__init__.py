"""Join what knows the sources of feedback: the register of loops, alarms, and the mail about them.

Answers:    ``joined_loops(settings)``, ``feed_watch(settings)``; ``look_at_feeds`` is what the running program does now and then.
Limits:     mail goes to the operator's own mailboxes alone, and only where the settings name them and who we are.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from comity.bootstrap.trust.coalition import staff_desk, words_of
from comity.cases.sources.alarms import AlarmTerms
from comity.model.log_events import LogEvent
from comity.model.source import Alarm, JoinedLoop
from comity.services.receive.sources.alarming import Watch
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.store.engine import Store
    from comity.store.records import Records


def joined_loops(settings: Settings) -> tuple[JoinedLoop, ...]:
    """The register."""
    return tuple(
        JoinedLoop(
            name=each.name,
            domains=each.domains,
            selectors=each.selectors,
            ranges=each.ranges,
            mailbox=each.mailbox,
            expires=each.expires,
            reports_from=tuple(address.lower() for address in each.reports_from),
        )
        for each in settings.sources.loops
    )


def feed_watch(settings: Settings) -> Watch:
    """Who looks at sources."""
    terms = settings.sources
    return Watch(
        joined_loops(settings),
        AlarmTerms(
            window=timedelta(hours=terms.window_hours),
            over=terms.unmatched_percent / 100,
            least=terms.unmatched_least,
            least_pauses=terms.silence_pauses,
            least_silence=timedelta(hours=terms.silence_hours),
        ),
        timedelta(days=terms.history_days),
    )


def look_at_feeds(settings: Settings, store: "Store", *, log: LogEvent, now: datetime) -> None:
    """What the running program does now and then: look, say it in the log, mail it."""
    with store.write() as records:
        looked = feed_watch(settings).look(records.sources, now)
        _mail(settings, records, now)
    for each in looked.raised:
        log("feed-alarm", kind=each.kind.value)


def _mail(settings: Settings, records: "Records", now: datetime) -> None:
    """Tell our own staff of what is new."""
    waiting = [each for each in records.sources.alarms() if each.told is None]
    identity = settings.identity
    if not waiting or not settings.sources.alarm_to or identity.address is None or identity.domain is None:
        return
    from comity.services.prove.coalition.digest import mail_staff

    desk = staff_desk(settings, settings.sources.alarm_to)
    words = words_of(settings)
    subject = {each.language: each.say("source.mail.subject", n=len(waiting)) for each in words}
    text = "\n\n".join("\n".join(_lines(waiting, each)) for each in words)
    mail_staff(records, desk, subject=subject, text=text, now=now)
    records.sources.alarm_told([each.alarm_id for each in waiting], now)


def _lines(alarms: Sequence[Alarm], words: object) -> list[str]:
    said = getattr(words, "say")  # noqa: B009
    lines = [said("source.mail.head"), ""]
    lines += [f"- {each.source}: {said(f'source.alarm.{each.kind.value}', **each.facts)}" for each in alarms]
    return [*lines, "", said("source.mail.foot")]
