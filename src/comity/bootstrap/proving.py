"""Join the ledger to what closes days and states periods.

Answers:    ``closing(settings)``, ``close_days(settings, store, through, now)``, ``stating(settings)``,
            ``peer_keys(records, peers)``, ``keys_in(texts)``.
Limits:     days are closed for every direction that has a leaf.
"""

import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from comity.bootstrap.data import prefix_index
from comity.bootstrap.desk import scribe
from comity.bootstrap.owed.calendars import own_calendar
from comity.bootstrap.parties import ledger_key, no_key
from comity.cases.standing import source_net
from comity.ledger import note
from comity.ledger.day_close import Places
from comity.ledger.pairing import REVOCATION
from comity.model.agreement import Agreement
from comity.model.log_events import LogEvent
from comity.model.outcomes import ComityError, Outcome
from comity.services.prove.closing import (
    Closed,
    CloseTerms,
    Closing,
    first_day,
    newest,
)
from comity.services.prove.leaves.examining import dispute, recount_copies
from comity.services.prove.leaves.recounting import is_said
from comity.services.prove.pairing import verifiers
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.model.known_network import KnownNetwork
    from comity.outlets.prefix_index import PrefixIndex
    from comity.services.prove.stating.agreeing import MeasuredFor, Stating
    from comity.services.prove.stating.making import Measured
    from comity.store.engine import Store
    from comity.store.records import Records

_SEED = 32
_LOOKED_BACK = timedelta(days=7)


def closing(settings: Settings) -> Closing | None:
    """What closes days; None before there is a domain and a key."""
    writer = scribe(settings)
    return None if writer is None else Closing(writer, close_terms(settings))


def close_terms(settings: Settings) -> CloseTerms:
    """How we close: hours for an answer, and whose table of countries."""
    index = prefix_index(settings)
    return CloseTerms(
        places=Places(
            network=source_net,
            registrant=_country(index, lambda found: found.registrant_country),
            location=_country(index, lambda found: found.location_country),
        ),
        within_hours=settings.prove.answer_hours,
        countries=None if index is None or not index.dates else min(index.dates.values()).isoformat(),
        new_seed=lambda: secrets.token_bytes(_SEED),
        calendar=own_calendar(settings),
    )


def _country(
    index: "PrefixIndex | None", which: Callable[["KnownNetwork"], str | None]
) -> Callable[[str | None], str | None]:
    def find(address: str | None) -> str | None:
        if index is None or address is None:
            return None
        try:
            found = index.find(str(ip_address(address)))
        except ValueError:
            return None
        return None if found is None else which(found)

    return find


def close_days(settings: Settings, store: "Store", through: date, *, now: datetime) -> list[Closed]:
    """Close every open day of every direction up to this one; days that are not over are refused."""
    if through > now.astimezone(UTC).date():
        raise ComityError(
            "day-not-over",
            f"{through} is not over",
            outcome=Outcome.USAGE,
            place=through.isoformat(),
            details={"day": through.isoformat()},
        )
    closer = closing(settings)
    if closer is None:
        raise no_key(settings)
    with store.read() as records:
        found = {pair for one, other in records.closes.directions() for pair in ((one, other), (other, one))}
    closed: list[Closed] = []
    for direction in sorted(found):
        with store.write() as records:
            closed += closer.close(records, direction, through, now=now)
            _dispute(settings, records, direction, through=through, now=now)
    return closed


def _dispute(
    settings: Settings, records: "Records", direction: tuple[str, str], *, through: date, now: datetime
) -> None:
    """Count again what the other side closed in these days; where it says otherwise, write that into our own direction, once."""
    ours, writer = settings.identity.domain, scribe(settings)
    if direction[0] == ours or ours is None or writer is None:
        return
    span = (through - _LOOKED_BACK, through)
    for each, again in recount_copies(records.closes, direction, span, terms=close_terms(settings)):
        event = dispute(each.name, again, ours=ours, theirs=direction[0])
        if not is_said(records.closes, (ours, direction[0]), event.event_id):
            writer.write(records.ledger, [event], now)


def close_what_is_due(settings: Settings, store: "Store", *, log: LogEvent, now: datetime) -> int:
    """What the worker does now and then: close the days that are over; how many closes there were."""
    yesterday = now.astimezone(UTC).date() - timedelta(days=1)
    if scribe(settings) is None:
        return 0
    with store.read() as records:
        ours = settings.identity.domain or ""
        due = any(_is_open(records, each, yesterday, ours=ours) for each in records.closes.directions())
    if not due:
        return 0
    try:
        return len(close_days(settings, store, yesterday, now=now))
    except ComityError as error:
        if error.outcome is Outcome.TRY_AGAIN:
            raise
        log("day-not-closed", code=error.code)  # mail goes on all the same
        return 0


def _is_open(records: "Records", direction: tuple[str, str], day: date, *, ours: str) -> bool:
    """Whether a direction has a day to close; the other direction between the two is closed with it."""
    if direction[0] != ours and any(channel.is_copy for channel in records.closes.of_direction(*direction)):
        return False  # the other side closes it
    first = first_day(records.closes, direction)
    last = newest(records.closes, direction, ours)
    return first is not None and first <= day and (last is None or last.said.day < day)


def stating(settings: Settings) -> "Stating":
    """What makes and signs statements."""
    from comity.services.prove.stating.agreeing import Ours, Stating

    writer, domain = scribe(settings), settings.identity.domain
    if writer is None or domain is None:
        raise no_key(settings)
    from comity.bootstrap.remedy.effect import stated
    from comity.bootstrap.trust.rates import rate_about, spam_about

    def measured(records: "Records", asked: "MeasuredFor") -> "Measured":
        rate = rate_about(settings, records, peer=asked.peer, period=asked.period)
        spam = spam_about(settings, records, peer=asked.peer, period=asked.period)
        return {**spam, **rate, **stated(settings, records, period=asked.period, made=asked.made)}

    return Stating(
        Ours(domain=domain, key=ledger_key(settings)),
        writer,
        close_terms(settings),
        measuring=measured,
    )


def agreements_of(settings: Settings) -> tuple[Agreement, ...]:
    """The agreements that hold now, signed or in the settings."""
    from comity.bootstrap.trust.agreements import standing

    return standing(settings)


def peer_domain(settings: Settings, name: str) -> str:
    """The domain of a peer that is called by its short name, or by its domain."""
    known = {each.peer: each.address.rpartition("@")[2].lower() for each in agreements_of(settings)}
    if name in known or name in known.values():
        return known.get(name, name)
    raise ComityError(
        "peer-unknown" if known else "peer-unknown-none",
        f"there is no peer {name}",
        outcome=Outcome.USAGE,
        place=name,
        details={"known": ", ".join(sorted(known))},
    )


def peer_keys(records: "Records", peers: Iterable[str]) -> list[note.Verifier]:
    """The pinned keys of peers."""
    return [key for peer in peers for key in verifiers(records.keys, peer, cosigning=False)]


def keys_in(texts: Iterable[str]) -> list[note.Verifier]:
    """Public keys as they were given: in the form ``name+hash+base64``, or as files that hold such lines (a card does).

    The key of a card that can only call the other one back is left out: it signs no statement, and nobody is called by its name.
    """
    found: list[note.Verifier] = []
    for text in texts:
        is_key = note.decoded(text) is not None
        lines = [text] if is_key else Path(text).read_text(encoding="utf-8", errors="replace").splitlines()
        decoded = [key for line in lines if (key := note.decoded(line)) is not None]
        keys = [key for key in decoded if not key.name.endswith(REVOCATION)]
        if not keys:
            raise ComityError("key-none", "no public key in it", outcome=Outcome.USAGE, place=text)
        found += keys
    return found
