"""Join enrolment: the desk, its mails, answers that come in, and what the clock does.

Answers:    ``enrolment_desk(settings, records, ...)``, ``asking(settings)``, ``enrolment_letters(settings)``, ``look_up(names)``,
            ``keep_consumers(settings, store, ...)``, ``voucher`` and ``take_voucher`` for the signature of a peer.
Limits:     before there is a domain and an address nobody is written to.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from comity.bootstrap import provider_of
from comity.bootstrap.desk import COMPLAINER_KEY, beside, desk_read, may_have_store
from comity.bootstrap.trust.agreements import standing
from comity.feedback.reportable import refusal
from comity.formats.mime import scan
from comity.formats.mime.addresses import first_address
from comity.formats.plain_text import readable
from comity.model.consumer import ClaimKind
from comity.services.complain.enrolment import vouching
from comity.services.complain.enrolment.acting import EnrolmentDesk, Terms
from comity.services.complain.enrolment.keeping import keep, names_due
from comity.services.complain.enrolment.mail import Asking
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.model.agreement import FeedbackProvider
    from comity.model.consumer import Claim
    from comity.services.complain.enrolment.rows import EnrolmentTransaction
    from comity.store.engine import Store
    from comity.store.records import Records

PROGRAM = "comity"


def _provider(settings: Settings) -> "FeedbackProvider":
    return provider_of(settings, settings.complain.agreements or beside(settings, None, "comity.toml"))


def is_anybody_enrolled(settings: Settings) -> bool:
    """Whether reports go to anybody without an agreement."""
    if not may_have_store(settings):
        return False
    with desk_read(settings) as rows:
        return bool(rows.consumers.in_force())


def enrolment_desk(
    settings: Settings, records: "EnrolmentTransaction", *, actor: str, now: datetime, store: "Store | None" = None
) -> EnrolmentDesk:
    """Who acts, in this transaction."""
    from comity.outlets.secret_file import secret

    room = settings.consumers
    terms = Terms(
        provider=_provider(settings),
        agreements=standing(settings, store),
        secret=secret(beside(settings, settings.complain.key_file, COMPLAINER_KEY)),
        chance=secrets.token_bytes,
        trial_quota=room.trial_per_day,
        quota=room.per_day,
        proof_lasts=timedelta(days=room.proof_days),
    )
    return EnrolmentDesk(records, terms, actor=actor, now=now)


def asking(settings: Settings) -> Asking:
    """Who writes to applicants."""
    from comity.locale import catalogue

    words = {"en": catalogue("en"), "zh": catalogue("zh")}
    return Asking(_provider(settings), words, chance=secrets.token_bytes)


def enrolment_letters(settings: Settings) -> "Callable[[Records, bytes, datetime], Claim | None] | None":
    """What takes answers to our mails in; None before there is a domain."""
    if settings.identity.domain is None or settings.identity.address is None:
        return None
    provider = _provider(settings)

    def letter(records: "Records", data: bytes, now: datetime) -> "Claim | None":
        message = scan(data)
        if refusal(message, provider) is not None:
            return None  # a program that repeats what it got
        text = f"{message.headers.first('subject') or ''}\n{readable(message)}"
        if vouching.CODE not in text:
            return None
        by = first_address(message.headers.first("from") or "")
        return enrolment_desk(settings, records, actor=by or "mail", now=now).answered(text, by=by)

    return letter


def look_up(names: Iterable[str]) -> dict[str, str | None]:
    """What stands in the DNS under these names; one that could not be asked for is left out."""
    from comity.outlets.dns_keys import DnsKeys

    found: Mapping[str, bytes | None] = DnsKeys(every=True).find(names)
    return {name: None if text is None else text.decode("ascii", "replace") for name, text in found.items()}


def keep_consumers(
    settings: Settings,
    store: "Store",
    *,
    now: datetime,
    look: Callable[[Iterable[str]], Mapping[str, str | None]] = look_up,
) -> None:
    """Renew, warn, suspend; the DNS is asked outside of any transaction."""
    if settings.identity.domain is None or settings.identity.address is None:
        return
    with store.read() as rows:
        if not rows.consumers.all():
            return
        names = names_due(rows, enrolment_desk(settings, rows, actor=PROGRAM, now=now, store=store), now)
    records = look(names) if names else {}
    with store.write() as rows:
        desk = enrolment_desk(settings, rows, actor=PROGRAM, now=now, store=store)
        keep(rows, desk, asking(settings), records=records, now=now)


def has_dead_mailbox(store: "Store") -> bool:
    """Whether a mailbox refuses reports whose consumer was not suspended yet."""
    with store.read() as rows:
        return rows.consumers.has_dead_mailbox()


def voucher(settings: Settings, name: str, *, kind: ClaimKind, subject: str, to: str) -> str:
    """What we sign so that a peer believes that a subject is that consumer's."""
    from comity.bootstrap.parties import ledger_key, own_domain

    said = vouching.checked(vouching.Voucher(consumer=name, kind=kind, subject=subject, to=to, at=datetime.now(UTC)))
    return vouching.signed(said, own_domain(settings), ledger_key(settings))


def take_voucher(settings: Settings, records: "Records", text: str, *, name: str, now: datetime) -> "Claim":
    """Believe what a peer signed about one consumer, where its key is pinned."""
    said, peer = vouching.opened(records.keys, text, ours=settings.identity.domain or "", now=now)
    desk = enrolment_desk(settings, records, actor=peer, now=now)
    return desk.vouched(name, said, by=peer)
