"""What happens to an address that a network names for abuse: a person confirms it, mail comes back, it answers, it is ended.

Trust:      a registry's word alone lets nothing leave; an answer is believed for the code in it, which only our mail to it held.
Standards:  RFC 6650 section 3 (whoever gets what he did not ask for can end it).
Answers:    ``confirm``, ``stop``, ``bounced``, ``answered`` and ``ended_by`` change one address and its history.
Limits:     a bounced address is used again only after it answered a probe; a person's confirmation does not replace that. One that
            wants nothing more is not confirmed again before our operator says so (``again``).
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from comity.formats import proof
from comity.model.network_contact import Contact, ContactEvent, ContactState
from comity.model.outcomes import ComityError, Outcome
from comity.services.complain.contacts.rows import ContactRows

PROGRAM: Final = "comity"
_NOTE: Final = 200
_ENDS: Final = frozenset({"stop", "unsubscribe", "no more", "停止", "退订", "不再接收"})


def find(rows: ContactRows, address: str) -> Contact:
    """One that was imported; any other is an error."""
    known = rows.find(address.lower())
    if known is None:
        raise ComityError("contact-unknown", f"no contact {address}", outcome=Outcome.UNKNOWN, place=address)
    return known


def confirm(rows: ContactRows, address: str, *, actor: str, now: datetime, again: bool = False) -> Contact:
    """A person looked at it: this is the right address for abuse in its networks."""
    known = find(rows, address)
    if known.state is ContactState.BOUNCED:
        raise _refused("contact-bounced", known)
    if known.state is ContactState.STOPPED and not again:
        raise _refused("contact-stopped", known)
    if known.state is ContactState.CONFIRMED:
        return known
    changed = replace(known, state=ContactState.CONFIRMED, since=now, confirmed_by=actor)
    return _put(rows, changed, "confirm", actor=actor, now=now)


def stop(rows: ContactRows, address: str, *, actor: str, now: datetime, note: str | None = None) -> Contact:
    """Nothing more leaves to it."""
    known = find(rows, address)
    if known.state is ContactState.STOPPED:
        return known
    return _put(rows, replace(known, state=ContactState.STOPPED, since=now), "stop", actor=actor, now=now, note=note)


def bounced(rows: ContactRows, address: str, said: str, *, now: datetime) -> Contact | None:
    """Mail to it was refused for good; None where it is no contact of a network."""
    known = rows.find(address.lower())
    if known is None:
        return None
    state = ContactState.STOPPED if known.state is ContactState.STOPPED else ContactState.BOUNCED
    since = known.since if known.state is state else now
    changed = replace(known, state=state, since=since, bounced=now, bounces=known.bounces + 1)
    return _put(rows, changed, "bounce", actor=PROGRAM, now=now, note=said)


def answered(rows: ContactRows, text: str, *, by: str | None, now: datetime) -> Contact | None:
    """What it wrote about a code of ours; None where it wrote nothing of the kind."""
    said = proof.answer_in(text)
    known = None if said is None else rows.by_code(said.code)
    if said is None or known is None:
        return None
    actor = by or "mail"
    if not said.agrees:
        stopped = replace(known, state=ContactState.STOPPED, since=now)
        return _put(rows, stopped, "refuse", actor=actor, now=now)
    if known.state is ContactState.STOPPED or known.confirmed_by is None or known.probed is None:
        return known  # no answer brings back what was ended, or stands for our operator's word
    if known.bounced is not None and known.bounced >= known.probed:
        return known  # it bounced after it was asked: the answer is to an older question
    return _put(
        rows,
        replace(known, state=ContactState.CONFIRMED, since=now, answered=now),
        "agree",
        actor=actor,
        now=now,
    )


def ended_by(rows: ContactRows, by: str | None, text: str, *, now: datetime) -> Contact | None:
    """Whoever got mail of ours answers with one word; None where it is another letter. Who merely claims to be it ends mail to it,
    too: that costs a report, and our operator sees it.
    """
    first = next((line.strip(" .!。！") for line in text.splitlines() if line.strip()), "")
    known = None if by is None or first.casefold() not in _ENDS else rows.find(by.lower())
    return None if known is None else stop(rows, known.address, actor=known.address, now=now, note=first)


def _put(
    rows: ContactRows, changed: Contact, act: str, *, actor: str, now: datetime, note: str | None = None
) -> Contact:
    rows.put(changed)
    kept = None if note is None else note[:_NOTE]
    rows.note(changed.address, ContactEvent(at=now, actor=actor, act=act, note=kept, to_state=changed.state))
    return changed


def _refused(code: str, known: Contact) -> ComityError:
    return ComityError(code, f"{known.address}: {code}", outcome=Outcome.USAGE, place=known.address)
