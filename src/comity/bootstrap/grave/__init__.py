"""Join what must not wait: whoever is told within the hour that somebody reported fraud.

Answers:    ``urgent_to(settings)`` gives the mailboxes; ``tell_what_is_urgent`` is what the running program does now and then.
Limits:     mail goes to the operator's own mailboxes alone, and only where the settings say who we are. No quiet hours hold it; a
            person can (``comity peer observe own_staff``), and then it stands in ``comity doctor``.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from comity.bootstrap.trust.coalition import staff_desk, words_of
from comity.model.log_events import LogEvent
from comity.model.urgent import Urgent, UrgentKind
from comity.services.receive.grave.urgent import Telling
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.locale import Catalogue
    from comity.store.engine import Store

_SHOWN = 50


def urgent_to(settings: Settings) -> tuple[str, ...]:
    """Who is told; every domain that takes mail has a postmaster (RFC 5321 section 4.5.1)."""
    if settings.desk.urgent_to or settings.identity.domain is None:
        return settings.desk.urgent_to
    return (f"postmaster@{settings.identity.domain}",)


def tell_what_is_urgent(settings: Settings, store: "Store", *, log: LogEvent, now: datetime) -> int:
    """Mail what is due; how much that was."""
    to, identity = urgent_to(settings), settings.identity
    with store.read() as records:
        if not Telling().due(records.urgent, now, settle=False):
            return 0
    with store.write() as records:
        due = Telling().due(records.urgent, now)
        if not due or not to or identity.address is None or identity.domain is None:
            return 0
        from comity.services.prove.coalition.digest import mail_staff

        desk = staff_desk(settings, to)
        words = words_of(settings)
        subject = {each.language: each.say(f"urgent.mail.subject{_sort(due)}", n=len(due)) for each in words}
        text = "\n\n".join("\n".join(_lines(due, each)) for each in words) + "\n"
        if mail_staff(records, desk, subject=subject, text=text, now=now) is None:
            return 0
        records.urgent.mark_told([each.urgent_id for each in due], now)
    log("urgent-mailed", n=len(due))
    return len(due)


def _sort(due: Sequence[Urgent]) -> str:
    """What the mail may say at its head: that fraud was reported only where somebody did."""
    kinds = {each.kind for each in due}
    if kinds - {UrgentKind.LOOKS, UrgentKind.REPORTED_LOOKS, UrgentKind.SEALED}:
        return ""
    return "-sealed" if UrgentKind.SEALED in kinds else "-looks"


def _lines(due: Sequence[Urgent], words: "Catalogue") -> list[str]:
    lines = [words.say(f"urgent.mail.head{_sort(due)}"), ""]
    lines += [f"- {urgent_line(each, words)}" for each in due[:_SHOWN]]
    lines += [f"- {words.say('urgent.more', n=len(due) - _SHOWN)}"] if len(due) > _SHOWN else []
    return [*lines, "", words.say("urgent.mail.foot")]


def urgent_line(each: Urgent, words: "Catalogue") -> str:
    """One of them in words."""
    about = "".join(sign if sign.isprintable() else " " for sign in each.about)
    facts = {
        "n": each.urgent_id,
        "about": about,
        "case": each.case_id or "-",
        "at": f"{each.entered:%Y-%m-%d %H:%M} UTC",
    }
    line = words.say(f"urgent.{each.kind.value}", **facts)
    return f"{line} {words.say('urgent.count', n=each.more)}" if each.more else line
