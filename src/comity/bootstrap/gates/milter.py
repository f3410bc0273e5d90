"""Join what marks mail at delivery.

Answers:    ``delivery_keys(settings)`` gives the keys that verify marks, None where no milter ever ran; ``marking_keys(settings)``
            those that write them; ``believed_keys(settings)`` those by which a running program believes marks;
            ``mailbox_domains(settings)`` whose mail is marked.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from comity.bootstrap.desk import beside, holdings
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.formats.delivery_memory import DeliveryKeys

KEYS = "delivery.keys"


def delivery_key_path(settings: Settings) -> Path:
    """Where the keys lie."""
    return beside(settings, settings.reading.delivery_keys, KEYS)


def delivery_keys(settings: Settings) -> "DeliveryKeys | None":
    """The keys that are there."""
    from comity.outlets.key_ring import read_keys

    return read_keys(delivery_key_path(settings))


def marking_keys(settings: Settings) -> "DeliveryKeys":
    """The keys, the first one made where there is none."""
    from comity.outlets.key_ring import keys_at

    return keys_at(delivery_key_path(settings))


def believed_keys(settings: Settings) -> "DeliveryKeys | None":
    """The keys by which marks are believed. Whoever starts first makes them: a milter beside us may not have come to it yet."""
    marks = settings.gates.milter or settings.delivery.lmtp
    return marking_keys(settings) if marks else delivery_keys(settings)


def mailbox_domains(settings: Settings) -> frozenset[str]:
    """The domains of our mailboxes."""
    listed = (each.domain for each in holdings(settings.own))
    return frozenset(filter(None, (settings.identity.domain, *settings.own.domains, *listed)))
