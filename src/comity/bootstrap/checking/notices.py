"""Look at what subscribers are told: whether a text message, filled with our own name and numbers, fits into one.

Trust:      templates and names are the operator's.
Answers:    ``texts(settings, now)``: a ``Check`` for each template that is too long, or one for all of them;
            ``nights(settings, now)`` one where quiet hours go by a clock that is not the subscribers',
            ``unsaid(settings, now)`` one for each rule that confines a line and gives it no page,
            ``garden(settings, now)`` one of the program that confines lines, where there is one.
Limits:     nothing where notices lack what they cannot do without: ``comity notice`` says that. Other faults of a shipped template
            are found by ``comity notice lint``; those of one's own keep everything that uses it from starting.
"""

from collections.abc import Iterator
from datetime import datetime
from shutil import which

from comity.bootstrap.checking.check import Check, odd, right, wrong
from comity.bootstrap.help import faults_of, packs_of
from comity.bootstrap.playbook import playbook_in_use, shipped
from comity.locale import FALLBACK, catalogue
from comity.model.action_kind import ActionKind
from comity.model.message import Message
from comity.model.notice import NoticeKind
from comity.settings import Settings


def garden(settings: Settings, _: datetime) -> Iterator[Check]:
    """Whether the program that confines lines is there and can be started; it is not."""
    command = settings.playbook.garden_command
    if not command or settings.playbook.garden_webhook is not None:
        return
    found = which(command[0])
    if found is None:
        yield wrong("garden", "garden-command", place=command[0])
    else:
        yield right("garden", "garden", place=found)


def nights(settings: Settings, now: datetime) -> Iterator[Check]:
    """Whether the quiet hours of a playbook of one's own go by another clock than that of the subscribers whom it tells."""
    playbook, zone = playbook_in_use(settings), settings.help.time_zone
    if playbook is None or zone is None or settings.playbook.use in shipped() or playbook.calendar.quiet_from is None:
        return
    theirs = playbook.calendar.zone
    if now.astimezone(theirs).utcoffset() != now.astimezone(zone).utcoffset():
        yield odd("playbook", "quiet-hours-elsewhere", name=playbook.name, zone=str(theirs), house=str(zone))


def unsaid(settings: Settings, _: datetime) -> Iterator[Check]:
    """Whether a playbook of one's own confines a line without giving it a page that says why."""
    playbook = playbook_in_use(settings)
    for rule in () if playbook is None else playbook.rules():
        kinds = {each.kind for each in rule.actions}
        pages = [each for each in rule.actions if each.kind is ActionKind.NOTICE and NoticeKind.PAGE in each.forms]
        if ActionKind.GARDEN in kinds and not pages:
            yield odd("playbook", "garden-without-page", rule=rule.name)


def texts(settings: Settings, _: datetime) -> Iterator[Check]:
    """Text messages: the longest that can be, in each language."""
    known = settings.help
    if known.portal is None or known.help_line is None:
        return
    packs = packs_of(settings)
    places = {pack.templates[NoticeKind.SMS].place: pack for pack in packs.languages.values()}
    long = {
        pack.tag: fault.found
        for fault in faults_of(settings, packs)
        if fault.rule == "length" and (pack := places.get(fault.place.rpartition(":")[0])) is not None
    }
    for tag, found in sorted(long.items()):
        called = f"doctor.language.{tag}"  # texts of one's own may be in any language
        language = Message(called) if called in catalogue(FALLBACK) else tag
        yield odd("notices", "sms-long", language=language, found=found)
    if not long:
        yield right("notices", "sms-fit", n=len(places))
