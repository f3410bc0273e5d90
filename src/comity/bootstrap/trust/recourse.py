"""Join what gives recourse: the desk, the post, proofs of control, and letters that come in.

Answers:    ``recourse_desk(settings, records, ...)``, ``post(settings)``, ``recourse_letters(settings)``, ``acknowledge``,
            ``keep_recourse``, ``proof_of(settings, subject)`` and ``is_proved``.
Limits:     before there is a domain nobody is written to, and no letter is looked at.
"""

import secrets
from base64 import b32encode
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from comity.accord import recourse as rules
from comity.bootstrap import provider_of
from comity.bootstrap.desk import COMPLAINER_KEY, beside, scribe
from comity.bootstrap.trust.agreements import standing
from comity.cases.playbook.calendar import later
from comity.feedback.reportable import refusal
from comity.formats import proof
from comity.formats.mime import scan
from comity.formats.plain_text import readable
from comity.model.outcomes import ComityError, Outcome
from comity.model.playbook import Calendar, Span
from comity.services.prove.recourse.acting import RecourseDesk, Terms
from comity.services.prove.recourse.by_mail import MailProof
from comity.services.prove.recourse.mail import Post, Taken, take, who_wrote
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.model.recourse import Recourse
    from comity.outlets.dns_keys import DnsKeys
    from comity.services.prove.recourse.rows import RecourseTransaction
    from comity.services.receive.coming_back import TakeMail

_REFERENCE_BYTES = 10
_TOKEN_BYTES = 12


def recourse_desk(settings: Settings, records: "RecourseTransaction", *, actor: str, now: datetime) -> RecourseDesk:
    """Who acts, in this transaction."""
    terms = Terms(
        ours=settings.identity.domain or "",
        warning=timedelta(hours=settings.prove.warning_hours),
        owed_by=lambda said: later(said, Span(working_days=settings.prove.recourse_days), _calendar(settings)),
        new_reference=lambda: f"R-{b32encode(secrets.token_bytes(_REFERENCE_BYTES)).decode()}",
    )
    return RecourseDesk(records, terms, scribe(settings), actor=actor, now=now)


def _calendar(settings: Settings) -> Calendar:
    """When the people work who answer: as the playbook in use says; Monday to Friday by UTC without one."""
    from comity.bootstrap.playbook import playbook_in_use

    playbook = playbook_in_use(settings)
    return Calendar(zone=UTC) if playbook is None else playbook.calendar


def acknowledge(
    settings: Settings, records: "RecourseTransaction", reference: str, *, was: "Recourse", now: datetime
) -> None:
    """Tell whoever objected by when a person answers, where nobody owed an answer before."""
    made, recourse = recourse_desk(settings, records, actor="", now=now).find(reference)
    if settings.identity.domain is not None and was.due is None and recourse.due is not None:
        post(settings).objected(records, made, recourse, now=now)


def keep_recourse(settings: Settings, records: "RecourseTransaction", *, actor: str, now: datetime) -> None:
    """What the clock does: answers that are late are written down, and those who wait for them are told; what is over is closed."""
    owed, _ = recourse_desk(settings, records, actor=actor, now=now).sweep()
    if owed and settings.identity.domain is not None:
        writes = post(settings)
        for made, recourse in owed:
            writes.overdue(records, made, recourse, now=now)


def post(settings: Settings) -> Post:
    """Who writes to the other side."""
    from comity.locale import catalogue

    path, agreements = settings.complain.agreements, standing(settings)
    provider = provider_of(settings, path or beside(settings, None, "comity.toml"))
    words = {"en": catalogue("en"), "zh": catalogue("zh")}
    return Post(
        provider,
        agreements,
        words,
        new_token=lambda: secrets.token_hex(_TOKEN_BYTES),
        warning=timedelta(hours=settings.prove.warning_hours),
        pages=settings.portal.address,
    )


def mail_proof(settings: Settings) -> MailProof:
    """Who asks the mailboxes of a domain whether it is theirs."""
    from comity.locale import catalogue

    path = settings.complain.agreements
    provider = provider_of(settings, path or beside(settings, None, "comity.toml"))
    return MailProof(provider, {"en": catalogue("en"), "zh": catalogue("zh")}, chance=secrets.token_bytes)


def recourse_letters(settings: Settings) -> "TakeMail | None":
    """What takes people's letters in that cite a reference of ours; None before there is a domain."""
    if settings.identity.domain is None or settings.identity.address is None:
        return None
    provider = provider_of(settings, settings.complain.agreements or beside(settings, None, "comity.toml"))

    def letter(
        records: "RecourseTransaction", data: bytes, signed_by: Collection[str], *, now: datetime
    ) -> Taken | None:
        message = scan(data)
        asker, actor = who_wrote(message.headers.all("from"), signed_by)
        desk = recourse_desk(settings, records, actor=actor, now=now)
        text = f"{message.headers.first('subject') or ''}\n{readable(message)}"
        if "P-" in text and refusal(message, provider) is None:  # a program that repeats what it got proves nothing
            whys = mail_proof(settings).answered(records, desk, text, by=actor, now=now)
            for each in whys or ():
                post(settings).why(records, each, now=now)
            if whys is not None:
                return None
        taken = take(desk, text, asker)
        if taken is None or not (taken.act == "ask" or taken.is_owed_anew):
            return taken
        found, writes = desk.find(taken.reference), post(settings)
        posted = (
            writes.why(records, desk.why(*found), now=now)
            if taken.act == "ask"
            else writes.objected(records, *found, now=now)
        )
        if posted.not_mailed is not None:
            writes.unanswered(records, *found, now=now)
        return taken

    return letter


def proof_of(settings: Settings, subject: str) -> tuple[list[str], str]:
    """Where records must stand in the DNS, and what each says, so that somebody proves that a subject is his."""
    from comity.outlets.secret_file import secret

    found = rules.subject_of(subject)
    if found is None:
        raise ComityError("recourse-subject", f"{subject} is no subject", outcome=Outcome.USAGE, place=subject)
    key = secret(beside(settings, settings.complain.key_file, COMPLAINER_KEY))
    return rules.dns_names(found), rules.token(key, str(found))


def is_proved(settings: Settings, subject: str) -> bool:
    """Whether every record stands in the DNS."""
    names, said = proof_of(settings, subject)
    dns = txt_records()
    # One after the other: the first that is missing ends it, and nobody asks 128 names for whoever set none.
    found = ((dns.find([each]).get(each) or b"").decode("ascii", "replace") for each in names)
    return all(proof.stands(each, said) for each in found)


def txt_records() -> "DnsKeys":
    """What asks the DNS for text."""
    from comity.outlets.dns_keys import DnsKeys

    return DnsKeys(every=True)
