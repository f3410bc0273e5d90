"""Whether a move into or out of Junk is somebody saying something.

Trust:      what our mail store says is believed; fields of the mail are a stranger's, who can make a move count for less, never
            for more.
Standards:  RFC 6449 section 3 (only what users initiate is a complaint).
Answers:    ``MovePolicy.fate(move, mail, ...)``: ``MoveFate`` and the name of the reason.
Limits:     a mail program that junks by itself cannot be told for certain from a person who presses its button: both set the same
            keyword. Which of the two is believed is the operator's choice (docs/decisions/0019-moves.md).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from comity.formats import received
from comity.formats.mime import Part
from comity.model.move import Move, MoveFate

# Set by mail programs that took a mail for spam: RFC 5788's registry, Thunderbird, Apple Mail.
JUNK_KEYWORDS: Final = frozenset({"$junk", "junk", "junkrecorded"})
_TRASH: Final = frozenset({"trash", "deleted", "deleted items", "deleted messages"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePolicy:
    """The operator's terms; mailboxes are addresses or ``@domain``."""

    oldest: timedelta | None = timedelta(days=14)
    junk_keyword: MoveFate = MoveFate.LEARN
    learn_only: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()

    def fate(
        self, move: Move | None, mail: Part, *, mailbox: str | None, into_junk: bool, now: datetime
    ) -> tuple[MoveFate, str | None]:
        """What is made of one move.

        >>> from comity.formats.mime import scan
        >>> from datetime import UTC
        >>> MovePolicy().fate(Move(keywords=frozenset({"$junk"})), scan(b""), mailbox=None, into_junk=True, now=datetime.now(UTC))
        (<MoveFate.LEARN: 'learn'>, 'junk-keyword')
        """
        move = move or Move()
        if _is_among(mailbox, self.off):
            return MoveFate.NOTHING, "mailbox-off"
        if not into_junk and (move.target or "").rpartition("/")[2].lower() in _TRASH:
            return MoveFate.NOTHING, "to-trash"
        if (mail.headers.first("message-id") or "").rstrip("> ").endswith("@imapsync"):
            return MoveFate.NOTHING, "imapsync"
        if self.oldest is not None and (delivered := _delivered(mail)) is not None and now - delivered > self.oldest:
            return MoveFate.NOTHING, "too-old"
        if into_junk and (move.keywords & JUNK_KEYWORDS or _is_junk_for_mozilla(mail)):
            return self.junk_keyword, "junk-keyword"
        if _is_among(mailbox, self.learn_only):
            return MoveFate.LEARN, "mailbox-learns"
        return MoveFate.COMPLAIN, None


def _is_among(mailbox: str | None, names: Collection[str]) -> bool:
    if not mailbox:
        return False
    mailbox = mailbox.lower()
    return mailbox in names or f"@{mailbox.rpartition('@')[2]}" in names


def _is_junk_for_mozilla(mail: Part) -> bool:
    """Thunderbird writes its keywords into mails that it keeps itself."""
    return "junk" in (mail.headers.first("x-mozilla-keys") or "").lower().split()


def _delivered(mail: Part) -> datetime | None:
    """When the mail came: the topmost trace line is that of our own host."""
    lines = mail.headers.all("received")
    return received.parse(lines[0]).date if lines else None
