"""The directory of members: our own entry, those of others, and the whole of it to hand on.

Trust:      an entry is its member's own, signed; whoever hands it on changes nothing and vouches for nothing. One whose key was
            never compared is not believed.
Answers:    ``announce`` signs our entry, ``handlers`` take those of others, ``directory`` gives all of them as one message.
Limits:     a later version takes the place of an earlier one; an entry goes away when it ends.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.accord import coalition as forms
from comity.ledger import document
from comity.ledger.document import Document
from comity.model.coalition import KeptMember, Member
from comity.model.outcomes import ComityError, Outcome
from comity.services.prove.documents import CLOCK_SECONDS, CountedKeys, DocumentRefusedError, Handler
from comity.services.prove.signals.rows import DocumentRows


class MemberRows(Protocol):
    """Rows of members."""

    def put(self, kept: KeptMember) -> None:
        """An entry, in the place of the one before."""

    def members(self, *, after: datetime | None = None) -> Sequence[KeptMember]:
        """Every entry by domain, or those that end after a moment."""

    def member(self, issuer: str) -> KeptMember | None:
        """One entry."""


class MemberTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def coalition(self) -> MemberRows:
        """Who is there."""

    @property
    def documents(self) -> DocumentRows:
        """What peers are given."""

    @property
    def keys(self) -> CountedKeys:
        """Whose signatures are believed."""


def announce(
    rows: MemberTransaction, said: Member, key: Ed25519PrivateKey, *, peers: Sequence[str], now: datetime
) -> KeptMember:
    """Sign our own entry, and have these peers given it."""
    record = forms.member_record(said)
    wrong = forms.read_member(record)
    if isinstance(wrong, str):
        raise ComityError(
            "member-field", f"{wrong} does not fit", outcome=Outcome.USAGE, place=wrong, details={"field": wrong}
        )
    kept = KeptMember(said=said, note=document.write(forms.MEMBER, record, name=said.issuer, key=key), taken=now)
    rows.coalition.put(kept)
    for peer in peers:
        rows.documents.send(peer, f"member {said.issuer}", kept.note, at=now)
    return kept


def directory(rows: MemberTransaction, now: datetime) -> list[str]:
    """Every entry that has not ended, as it was signed."""
    return [each.note for each in rows.coalition.members(after=now)]


def handlers() -> dict[str, Handler[MemberTransaction]]:
    """What is done with an entry that somebody sent."""

    def member(rows: MemberTransaction, said: Document, now: datetime) -> bool:
        found = forms.read_member(said.record)
        if isinstance(found, str):
            raise DocumentRefusedError("field-malformed", found)
        if found.made > now + timedelta(seconds=CLOCK_SECONDS):
            raise DocumentRefusedError("member-made-in-future", "made")
        if found.ends <= now:
            raise DocumentRefusedError("member-over", "ends")
        before = rows.coalition.member(found.issuer)
        if before is not None and found == before.said:
            return False
        if before is not None and found.version <= before.said.version:
            raise DocumentRefusedError("member-older", "version")
        rows.coalition.put(KeptMember(said=found, note=said.note, taken=now))
        return True

    return {forms.MEMBER: member}
