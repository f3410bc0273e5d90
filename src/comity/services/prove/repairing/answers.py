"""What the other side says of a channel, made fit to be looked at.

Trust:      everything here is a claim, and may be malformed: then ``ComityError`` says so, and nothing else is raised.
Answers:    ``leaves`` with their payloads, ``root`` over a subtree, ``number``.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from comity.ledger import leaf, posting
from comity.model.entry import Written
from comity.model.outcomes import ComityError, Outcome
from comity.services.prove.repairing.rows import Ask


def leaves(ask: Ask, start: int, end: int, *, notes: list[str] | None = None) -> list[Written]:
    """The other side's leaves, each with its payload where that fits what the leaf commits to."""
    said = ask("leaves", (start, end))
    texts, beside = said.get("leaves"), said.get("payloads")
    if not isinstance(texts, list) or not isinstance(beside, list) or len(texts) > end - start:
        raise _malformed()
    if notes is not None:
        heads = said.get("heads")
        notes += [each for each in heads if isinstance(each, str)] if isinstance(heads, list) else []
    payloads = {
        each[0]: (posting.unbase64(each[1]), posting.unbase64(each[2]))
        for each in beside
        if isinstance(each, list) and len(each) == 3
    }
    found = []
    for place, text in enumerate(texts, start):
        data = text.encode("utf-8", "replace") if isinstance(text, str) else b""
        record = leaf.read(data) or {}
        salt, payload = payloads.get(place, (None, None))
        if salt is None or payload is None or record.get("payload_commit") != leaf.commitment(salt, payload):
            salt = payload = None
        submitted = record.get("submitted")
        try:
            at = datetime.fromtimestamp(submitted if isinstance(submitted, int) else 0, UTC)
        except (ValueError, OverflowError, OSError):
            raise _malformed() from None
        found.append(Written(position=place, data=data, submitted=at, salt=salt, payload=payload))
    return found


def root(ask: Ask, start: int, end: int) -> bytes:
    """What it says the root over these leaves is, of one subtree."""
    roots = ask("roots", (start, end)).get("roots")
    try:
        return bytes.fromhex(roots[0]) if isinstance(roots, list) else b""
    except (ValueError, IndexError, TypeError):
        raise _malformed() from None


def number(said: Mapping[str, Any], name: str) -> int:
    """A number that it said."""
    found = said.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise _malformed()
    return found


def _malformed() -> ComityError:
    return ComityError("peer-answer", "the peer's answer is malformed", outcome=Outcome.TRY_AGAIN)
