"""Whose addresses stand in one message: the complainer, and the other people it was sent to.

Trust:      ``recipients`` come from our own side; everything in the message is a stranger's text.
Answers:    ``people(message, recipients)`` gives ``People``: who must not be found, in the order of importance.
Limits:     200 people; a message that names more is shown at T1 only. Bcc recipients that nobody wrote down are not known here:
            that is why T2 needs at least one recipient from our own side or from a delivery field.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from comity.feedback.redaction.tokens import canonical, is_token
from comity.formats.mime import Headers, Mailbox, addresses
from comity.model.record import record

PEOPLE_LIMIT: Final = 200
# Fields in which the side that delivered the mail wrote down for whom it was.
DELIVERY_FIELDS: Final = (
    "delivered-to", "x-original-to", "original-recipient", "envelope-to", "x-envelope-to", "x-rcpt-to", "x-real-to",
    "x-delivered-to", "x-apparently-to", "x-forwarded-to", "x-forwarded-for", "x-hmxmroriginalrecipient",
)  # fmt: skip
# Fields in which the originator wrote down for whom it was.
ADDRESSEE_FIELDS: Final = (
    "to", "cc", "bcc", "apparently-to", "resent-to", "resent-cc", "resent-bcc", "x-to", "x-cc", "x-receiver",
)  # fmt: skip
_ORIGINATOR_FIELDS: Final = ("from", "sender", "reply-to", "return-path", "errors-to", "list-post", "resent-from")
# Mail that went through somebody's page of an archive has its angle brackets written as HTML does.
FOR_CLAUSE: Final = re.compile(r"\sfor\s{1,4}(?:&lt;)?(<[^<>;]{1,400}>|[^\s;()]{1,400}@[^\s;()]{1,400})", re.IGNORECASE)
# An address in a value that is no list of addresses, such as one with HTML in it.
_STANDING: Final = re.compile(r"[^\s<>()\[\],;:\"'@]{1,64}@[A-Za-z0-9.-]{3,253}")
_LIST_ID: Final = re.compile(r"<([^<>@\s]{1,253})>")
_VALUE_LIMIT: Final = 60_000


@record
class People:
    """``delivered_to`` is whose mailbox it was; ``others`` stand beside it in the addressee fields; canonical addresses."""

    delivered_to: tuple[str, ...]
    others: tuple[str, ...]
    names: tuple[str, ...]  # display names of all of them, as written
    own_names: str  # what the originator calls itself
    are_all: bool  # False: there were more than the limit


def people(headers: Headers, recipients: Sequence[str]) -> People:
    """Collect the people of one message."""
    mine = dict.fromkeys(canonical(each) for each in recipients)
    for name in headers.present(DELIVERY_FIELDS):
        for value in headers.all(name):
            mine |= dict.fromkeys(_mailboxes(value))
    for value in headers.all("received"):
        for match in FOR_CLAUSE.finditer(value[:8192]):
            mine |= dict.fromkeys(_mailboxes(match.group(1)))
    addressed = [value for name in headers.present(ADDRESSEE_FIELDS) for value in headers.all(name)]
    parsed = [addresses(value[:_VALUE_LIMIT]) for value in addressed]
    wrote = {
        each.removeprefix("mailto:")
        for name in headers.present(_ORIGINATOR_FIELDS)
        for value in headers.all(name)
        for each in _mailboxes(value)
    }
    lists = {each for value in headers.all("list-id") for each in _LIST_ID.findall(value[:8192].lower())}
    others = dict.fromkeys(
        each for value, boxes in zip(addressed, parsed, strict=True) for each in _named(value, boxes)
    )
    delivered_to = tuple(each for each in mine if _is_somebody(each))
    # A mailing list in To is the originator's own, and its name is needed.
    own = {each for each in others if each in wrote or each.replace("@", ".") in lists}
    rest = tuple(each for each in others if each not in mine and each not in own and _is_somebody(each))
    own_names = headers.decoded("from") or ""
    return People(
        delivered_to=delivered_to[:PEOPLE_LIMIT],
        others=rest[: max(0, PEOPLE_LIMIT - len(delivered_to))],
        names=_names([box for boxes in parsed for box in boxes], own_names),
        own_names=own_names,
        are_all=len(delivered_to) + len(rest) <= PEOPLE_LIMIT
        and not any(len(each) > _VALUE_LIMIT for each in addressed),
    )


def _mailboxes(value: str) -> Iterable[str]:
    """The addresses of a field.

    >>> _mailboxes("Ann <ann@west.example>, ben@west.example")
    ['ann@west.example', 'ben@west.example']
    >>> _mailboxes('<A HREF="mailto:ann@west.example">ann@west.example</A>')
    ['/a', 'ann@west.example']
    """
    return _named(value, addresses(value[:_VALUE_LIMIT]))


def _named(value: str, boxes: Sequence[Mailbox]) -> list[str]:
    """The addresses of a field that was read; where it is no list of addresses, also all that look like one in it."""
    value = value[:_VALUE_LIMIT]
    found = [canonical(box.address) for box in boxes]
    if all("@" in each for each in found) and "&" not in value:
        return found
    standing = _STANDING.findall(value.replace("&lt;", "<").replace("&gt", ">"))
    return list(dict.fromkeys([*found, *(canonical(each.rstrip(".-")) for each in standing)]))


def _is_somebody(address: str) -> bool:
    local = address.rpartition("@")[0] or address
    return any(sign.isalnum() for sign in local) and not is_token(local)


def _names(boxes: Sequence[Mailbox], own_names: str) -> tuple[str, ...]:
    """A name that the originator calls itself by is no recipient's."""
    own = own_names.lower()
    names = dict.fromkeys(box.display for box in boxes if box.display and "@" not in box.display)
    return tuple(name for name in names if name and name.lower() not in own)[:PEOPLE_LIMIT]
