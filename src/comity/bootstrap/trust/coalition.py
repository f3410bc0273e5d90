"""Join what a coalition needs: our entry in the directory, minutes, and the digest.

Answers:    ``told(settings, records, since, now)`` the digest, ``mail_digest`` puts it into the outbox, ``mail_what_is_due`` is
            what the running program does now and then.
"""

import secrets
from base64 import b32encode
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from comity.bootstrap import provider_of
from comity.bootstrap.desk import beside
from comity.bootstrap.parties import exchanging, ledger_key, own_domain
from comity.locale import Catalogue, catalogue
from comity.model import utc_day
from comity.model.coalition import PeerDigest
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError, Outcome
from comity.model.peer_key import KeyState
from comity.services.prove.coalition import digest as digests
from comity.services.prove.coalition.minutes import MinutesDesk
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.store.engine import Store
    from comity.store.records import Records

_PAUSES = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}
_FIRST = timedelta(days=7)
_APART = timedelta(hours=12)  # what was first to be said late at night is not told again after midnight
_TOKEN_BYTES, _ID_BYTES = 12, 10


def new_minutes_id() -> str:
    """A name that no other minutes have."""
    return f"M-{b32encode(secrets.token_bytes(_ID_BYTES)).decode()}"


def minutes_desk(settings: Settings, records: "Records", *, actor: str, now: datetime) -> MinutesDesk:
    """Who writes and reports, in this transaction."""
    return MinutesDesk(records, own_domain(settings), ledger_key(settings), actor=actor, now=now)


def told(settings: Settings, records: "Records", *, since: datetime, now: datetime) -> list[PeerDigest]:
    """What is to be told of each peer that was paired."""
    paired = {each.peer for each in records.keys.all() if each.state in (KeyState.PINNED, KeyState.ROTATED)}
    peers = sorted(paired | set(exchanging(settings)))
    return digests.digest(records, own_domain(settings), peers, since=since, now=now)


def since_last(settings: Settings, records: "Records", now: datetime) -> datetime:
    """From when on a digest tells, where nobody says."""
    last = records.coalition.digested()
    if last is None or last > now:  # a clock that was wrong has been set right
        return now - _PAUSES.get(settings.coalition.digest, _FIRST)
    return max(last, now - timedelta(days=31))


def words_of(settings: Settings) -> tuple[Catalogue, Catalogue]:
    """Both languages, ours first."""
    both = (catalogue("en"), catalogue("zh"))
    return both if settings.identity.language != "zh" else (both[1], both[0])


def staff_desk(settings: Settings, to: tuple[str, ...]) -> digests.Desk:
    """Who writes to these mailboxes of our own people, in every mail that the program writes to them by itself."""
    provider = provider_of(settings, settings.file or beside(settings, None, "comity.toml"))
    return digests.Desk(
        address=provider.address,
        organisation=provider.organisation,
        domain=provider.domain,
        to=to,
        new_token=lambda: secrets.token_hex(_TOKEN_BYTES),
    )


def mail_digest(
    settings: Settings, records: "Records", *, since: datetime, now: datetime
) -> tuple[list[PeerDigest], int]:
    """Tell, and mail it to whom the settings name; how many mails."""
    if not settings.coalition.digest_to:
        raise ComityError(
            "digest-nobody",
            "the settings name nobody to mail it to",
            outcome=Outcome.CONFIGURATION,
            place=str(settings.file),
        )
    found = told(settings, records, since=since, now=now)
    if not found:
        return [], 0
    desk = staff_desk(settings, settings.coalition.digest_to)
    words = words_of(settings)
    subject = {each.language: each.say("digest.subject", day=f"{now:%Y-%m-%d}") for each in words}
    text = digests.text_of(found, words, since=since, now=now)
    return found, digests.put(records, desk, subject=subject, text=text, now=now)


def mail_what_is_due(settings: Settings, store: "Store", *, log: LogEvent, now: datetime) -> None:
    """What the running program does now and then: a digest for each day, or week, of UTC, as soon as there is anything to say. To
    wait until one is a day old would make it later every day, until a day has none.
    """
    pause = _PAUSES.get(settings.coalition.digest)
    if pause is None or not settings.coalition.digest_to or settings.identity.address is None:
        return
    with store.read() as records:
        last = records.coalition.digested()
    begun = utc_day.midnight(now)
    if pause.days > 1:
        begun -= timedelta(days=begun.weekday())
    is_new = last is None or (last < begun and now - last >= _APART)
    if (
        not is_new and last is not None and last < begun + 2 * pause
    ):  # else the clock was wrong when that one was mailed
        return
    with store.write() as records:
        _, mails = mail_digest(settings, records, since=since_last(settings, records, now), now=now)
    if mails:
        log("digest-mailed", mails=mails)
