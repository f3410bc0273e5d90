"""Contacts of networks, in their public form.

Trust:      addresses and what other hosts said are strangers' words.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from comity.model.network_contact import Contact, ContactEvent, FoundContact


def contact_form(each: Contact) -> dict[str, Any]:
    """One address, and where it stands."""
    return {
        "address": each.address,
        "state": each.state.value,
        "since": each.since.isoformat(),
        "confirmed_by": each.confirmed_by,
        "probed": _when(each.probed),
        "answered": _when(each.answered),
        "bounced": _when(each.bounced),
        "bounces": each.bounces,
    }


def found_form(each: FoundContact) -> dict[str, Any]:
    """The answer to a look-up."""
    return {
        "network": each.network,
        "address": each.address,
        "way": each.way.value,
        "source": each.source,
        "date": each.day.isoformat(),
        "state": each.state.value,
    }


def full_form(each: Contact, ranges: Sequence[FoundContact], history: Sequence[ContactEvent]) -> dict[str, Any]:
    """One address with the ranges that name it, and its history."""
    return contact_form(each) | {
        "ranges": [found_form(found) for found in ranges],
        "history": [
            {
                "at": event.at.isoformat(),
                "actor": event.actor,
                "act": event.act,
                "note": event.note,
                "to_state": event.to_state.value,
            }
            for event in history
        ],
    }


def _when(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
