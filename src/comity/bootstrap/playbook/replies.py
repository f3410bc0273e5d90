"""Join the addresses that belong to cases: what customers answer goes to the case that they were told of.

Answers:    ``reply_address_of(settings)`` writes them, ``answered_case(settings)`` reads them.
Limits:     without an address of ours there are none, and answers are letters like any other.
"""

from collections.abc import Callable

from comity.bootstrap.desk import COMPLAINER_KEY, beside
from comity.formats import reply_address
from comity.settings import Settings


def reply_address_of(settings: Settings) -> Callable[[str], str | None]:
    """The address of a case."""
    base = settings.identity.address
    if base is None:
        return lambda _: None
    key = _key(settings)
    return lambda case_id: reply_address.written(base, case_id, key)


def answered_case(settings: Settings) -> Callable[[str], str | None]:
    """The case whose address a recipient is."""
    base = settings.identity.address
    if base is None:
        return lambda _: None
    key = _key(settings)
    return lambda recipient: reply_address.case_of(recipient, base, key)


def _key(settings: Settings) -> bytes:
    from comity.outlets.secret_file import secret

    return secret(beside(settings, settings.complain.key_file, COMPLAINER_KEY))
