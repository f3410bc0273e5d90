"""Join what looks at people's letters: notes of agreements first, then answers to mails of enrolment and of contacts of networks,
then recourse.

Answers:    ``letters(settings)`` gives what takes a letter in; None before there is a domain.
"""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from comity.bootstrap.consumers.contacts import contact_letters
from comity.bootstrap.consumers.enrolling import enrolment_letters
from comity.bootstrap.desk import scribe
from comity.bootstrap.trust.agreements import taking, way_of
from comity.bootstrap.trust.recourse import recourse_letters
from comity.formats.mime import scan
from comity.services.prove.agreement.mail import notes_in
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.services.receive.coming_back import TakeMail
    from comity.store.records import Records


def letters(settings: Settings) -> "TakeMail | None":
    """What takes people's letters in."""
    recourse = recourse_letters(settings)
    if recourse is None or scribe(settings) is None:
        return recourse
    takes, enrolled, contact = taking(settings), enrolment_letters(settings), contact_letters(settings)

    def letter(records: "Records", data: bytes, signed_by: Collection[str], *, now: datetime) -> object:
        notes = notes_in(scan(data))
        for note in notes:
            taken = takes.take(records, note, now=now, way=way_of(settings, note))
            if taken.refused is not None and taken.peer:
                records.keys.count(taken.peer, now.date().isoformat(), f"agreement:{taken.refused}")
        for took in (enrolled, contact):
            if not notes and took is not None and (found := took(records, data, now)):
                return found
        return notes or recourse(records, data, signed_by, now=now)

    return letter
