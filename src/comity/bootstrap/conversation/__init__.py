"""Join the letters of a desk: who writes, by which calendars others work, and what the clock does about them.

Answers:    ``conversation_of(settings)``; ``keep_letters(settings, store, now)`` is what the running program does now and then;
            ``templated(settings, name, case, records)`` fills a template of the playbook.
Limits:     without a domain and an address of ours nobody is written to.
"""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from comity.bootstrap import missing
from comity.bootstrap.playbook import in_order, playbook_in_use
from comity.bootstrap.playbook.replies import reply_address_of
from comity.bootstrap.playbook.running import following_of
from comity.bootstrap.trust.coalition import words_of
from comity.model.desk import DeskCase
from comity.model.outcomes import ComityError, Outcome
from comity.model.playbook import Calendar
from comity.services.receive.conversation.writing import Conversation, Ours
from comity.services.receive.playbook.noticing import Signatory, holes_of, sources_of
from comity.settings import Settings
from comity.settings.calendar.days import read_days
from comity.settings.desk.calendars import DAYS, CalendarEntry

if TYPE_CHECKING:
    from comity.store.engine import Store
    from comity.store.records import Records

_TOKEN_BYTES = 12


def conversation_of(settings: Settings) -> Conversation:
    """Who writes."""
    identity = settings.identity
    if identity.domain is None or identity.address is None:
        name = "identity.domain" if identity.domain is None else "identity.address"
        raise missing(name, settings.file)
    playbook = playbook_in_use(settings)
    ours = Ours(
        domain=identity.domain,
        address=identity.address,
        organisation=identity.organisation or identity.domain,
        words=words_of(settings),
        reply_to=reply_address_of(settings),
        new_token=lambda: secrets.token_hex(_TOKEN_BYTES),
        calendars=calendars_of(settings),
        usual=playbook.calendar if playbook is not None else Calendar(zone=UTC),
    )
    return Conversation(ours, following_of(settings))


def calendars_of(settings: Settings) -> dict[str, Calendar]:
    """When others work, by their domain."""
    return {domain: _calendar(each) for each in settings.desk.calendars for domain in each.domains}


def _calendar(entry: CalendarEntry) -> Calendar:
    free, work = read_days(entry.days_file)
    return Calendar(
        zone=entry.time_zone,
        work_days=frozenset(DAYS.index(day) for day in entry.work_days),
        holidays=free.union(entry.holidays),
        extra_days=work.union(entry.extra_work_days),
    )


def keep_letters(settings: Settings, store: "Store", *, now: datetime) -> None:
    """Note what bounced, remind of what is overdue."""
    if settings.identity.domain is None or settings.identity.address is None:
        return
    with store.read() as records:
        overdue = any(each.reminded is None for each in records.case_letters.overdue(now))
        waits = overdue or bool(records.case_letters.lost())
    if waits:
        with store.write() as records:
            conversation_of(settings).keep(records, now)


def templated(
    settings: Settings, name: str, case: DeskCase, *, records: "Records", languages: Sequence[str] = ()
) -> tuple[str, str]:
    """Subject and text of a template of the playbook, in these languages or in every one, our own first."""
    playbook = playbook_in_use(settings)
    known = {} if playbook is None else playbook.templates
    template = known.get(name)
    if playbook is None:
        raise ComityError("letter-playbook", "no playbook is in use", outcome=Outcome.USAGE, details={"text": name})
    if template is None:
        details = {"text": name, "known": ", ".join(sorted(known)) or "-"}
        raise ComityError("letter-template", f"no template {name}", outcome=Outcome.USAGE, details=details)
    identity = settings.identity
    signatory = Signatory(
        domain=identity.domain or "",
        address=identity.address or "",
        organisation=identity.organisation or identity.domain or "",
        languages=in_order(settings, languages),
    )
    holes = holes_of([case], signatory, sources_of(records, [case]))
    subjects = [template.subject[language].format_map(holes) for language in signatory.languages]
    texts = [template.text[language].strip("\n").format_map(holes) for language in signatory.languages]
    return " / ".join(subjects), "\n\n".join(texts)
