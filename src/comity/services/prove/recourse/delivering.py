"""What became of a mail of recourse: the next host took it, nobody took it, or it came back.

Trust:      what a host said about a mail is a stranger's word, and shown made plain. The token of the mail's own envelope
            address is chance, with the reference behind it: who was warned has read it, and can make up a bounce of the warning.
            That puts it before a person, who warns by another way, and it ends a week after the consequence began.
Standards:  RFC 3464; RFC 5321 section 4.5.4.1 (how long a host tries); promise P8: nobody is listed by a rule who was not warned.
Answers:    ``token(chance, reference)``; ``taken(rows, mail, ...)`` and ``not_taken(rows, mail, said, ...)``, in the transaction
            that marks the mail.
Limits:     what a rule decided begins so long after the next host took its warning, and waits again where that came back, also
            when it held already. What a person decided goes on: whoever acts answers for it by name, with or without a warning.
            A mail that vanishes without a word is not known to have vanished.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from comity.accord import recourse as rules
from comity.model.recourse import RecourseEvent
from comity.model.sending import OutboxKind
from comity.services.complain.rows import OutboxRow
from comity.services.prove.recourse.acting import PROGRAM
from comity.services.prove.recourse.rows import RecourseRows

_SAID: Final = 300
# Hosts give a mail up after about five days. What is said to have come back later than that takes nothing back.
COMES_BACK_WITHIN: Final = timedelta(days=7)


class DeliveryRows(Protocol):
    """All rows of one transaction."""

    @property
    def recourses(self) -> RecourseRows:
        """Consequences and their recourse."""


def token(chance: str, reference: str) -> str:
    """What the envelope address of a mail about a reference carries.

    >>> token("4f2a", "R-ABCDEFGHIJKLMNOP")
    '4f2a-abcdefghijklmnop'
    """
    return f"{chance}-{reference.removeprefix('R-').lower()}"


def taken(rows: DeliveryRows, mail: OutboxRow, *, now: datetime, warning: timedelta) -> None:
    """The next host took it: what waited for this warning begins."""
    reference = _reference(mail)
    found = None if reference is None else rows.recourses.find(reference)
    if found is None or not found[0].waits or found[0].lifted is not None:
        return
    begins = now + warning
    if _warned_by(rows.recourses.history(found[0].reference), mail) and begins < found[0].ends:
        rows.recourses.begin(found[0].reference, begins)


def not_taken(rows: DeliveryRows, mail: OutboxRow, said: str, *, now: datetime) -> None:
    """It did not arrive: a line in the history, and what a rule decided waits for a warning again."""
    reference = _reference(mail)
    found = None if reference is None else rows.recourses.find(reference)
    if found is None:
        return
    made, recourse = found
    history = rows.recourses.history(made.reference)
    is_late = not made.waits and now - made.begins > COMES_BACK_WITHIN
    was_warning = _warned_by(history, mail) and not is_late
    note = f"{mail.address}: {' '.join(said.split())}"[:_SAID]
    act = rules.UNWARNED if was_warning else rules.RETURNED
    rows.recourses.note(
        made.reference, RecourseEvent(at=now, actor=PROGRAM, act=act, note=note, to_state=recourse.state)
    )
    is_by_rule = bool(history) and history[0].actor == PROGRAM
    if was_warning and is_by_rule and not made.waits and made.lifted is None and now < made.ends:
        rows.recourses.begin(made.reference, made.ends)


def _reference(mail: OutboxRow) -> str | None:
    name = mail.bounce_token.rpartition("-")[2].upper()
    return f"R-{name}" if mail.kind is OutboxKind.RECOURSE and name else None


def _warned_by(history: Sequence[RecourseEvent], mail: OutboxRow) -> bool:
    """Whether this mail is the warning that counts: the last on record, written in the same moment."""
    told = [each for each in history if each.act in (rules.WARNED, rules.UNWARNED)]
    last = told[-1] if told else None
    return last is not None and (last.act, last.note, last.at) == (rules.WARNED, mail.address, mail.entered)
