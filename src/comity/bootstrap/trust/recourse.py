"""Join what gives recourse: the desk, the post, proofs of control, and letters that come in.

Answers:    ``recourse_desk(settings, records, ...)``, ``post(settings)``, ``recourse_letters(settings)``, ``proof_of(settings,
            subject)`` and ``is_proved``.
Limits:     before there is a domain nobody is written to, and no letter is looked at.
"""

import secrets
from base64 import b32encode
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from comity.accord import recourse as rules
from comity.bootstrap import provider_of
from comity.bootstrap.desk import COMPLAINER_KEY, beside, scribe
from comity.bootstrap.trust.agreements import standing
from comity.formats.mime import scan
from comity.formats.mime.addresses import first_address
from comity.formats.plain_text import readable
from comity.model.outcomes import ComityError, Outcome
from comity.services.prove.recourse.acting import RecourseDesk, Terms
from comity.services.prove.recourse.mail import Post, Taken, take
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.outlets.dns_keys import DnsKeys
    from comity.services.prove.recourse.rows import RecourseTransaction

_REFERENCE_BYTES = 10
_TOKEN_BYTES = 12


def recourse_desk(settings: Settings, records: "RecourseTransaction", *, actor: str, now: datetime) -> RecourseDesk:
    """Who acts, in this transaction."""
    terms = Terms(
        ours=settings.identity.domain or "",
        warning=timedelta(hours=settings.prove.warning_hours),
        answer_within=timedelta(days=settings.prove.recourse_days),
        new_reference=lambda: f"R-{b32encode(secrets.token_bytes(_REFERENCE_BYTES)).decode()}",
    )
    return RecourseDesk(records, terms, scribe(settings), actor=actor, now=now)


def post(settings: Settings) -> Post:
    """Who writes to the other side."""
    from comity.locale import catalogue

    path, agreements = settings.complain.agreements, standing(settings)
    provider = provider_of(settings, path or beside(settings, None, "comity.toml"))
    words = {"en": catalogue("en"), "zh": catalogue("zh")}
    return Post(provider, agreements, words, new_token=lambda: secrets.token_hex(_TOKEN_BYTES))


def recourse_letters(settings: Settings) -> "Callable[[RecourseTransaction, bytes, datetime], Taken | None] | None":
    """What takes people's letters in that cite a reference of ours; None before there is a domain."""
    if settings.identity.domain is None or settings.identity.address is None:
        return None

    def letter(records: "RecourseTransaction", data: bytes, now: datetime) -> Taken | None:
        message = scan(data)
        asker = first_address(message.headers.first("from") or "")
        desk = recourse_desk(settings, records, actor=asker or "mail", now=now)
        taken = take(desk, f"{message.headers.first('subject') or ''}\n{readable(message)}", asker)
        if taken is not None and taken.act == "ask":
            post(settings).why(records, desk.why(*desk.find(taken.reference)), now=now)
        return taken

    return letter


def proof_of(settings: Settings, subject: str) -> tuple[str, str]:
    """Where a record must stand in the DNS, and what it says, so that somebody proves that a subject is his."""
    from comity.outlets.secret_file import secret

    found = rules.subject_of(subject)
    if found is None:
        raise ComityError("recourse-subject", f"{subject} is no subject", outcome=Outcome.USAGE, place=subject)
    key = secret(beside(settings, settings.complain.key_file, COMPLAINER_KEY))
    return rules.dns_name(found), rules.token(key, str(found))


def is_proved(settings: Settings, subject: str) -> bool:
    """Whether the record stands in the DNS."""
    name, said = proof_of(settings, subject)
    record = txt_records().find([name]).get(name) or b""
    return secrets.compare_digest(record.strip(), said.encode())


def txt_records() -> "DnsKeys":
    """What asks the DNS for text."""
    from comity.outlets.dns_keys import DnsKeys

    return DnsKeys()
