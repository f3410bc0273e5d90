"""Queries about agreements that were signed.

Answers:    ``Agreements``, which fits ``comity.services.prove.agreement.rows.AgreementRows``.
Limits:     one connection, no commits.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, delete, func, insert, select, update

from comity.accord.agreement.document import read
from comity.model.agreement_document import AgreementAct, AgreementDocument, AgreementEvent, AgreementPaper
from comity.model.recourse import Measure
from comity.store.chunks import chunks
from comity.store.dialects import insert as upsert
from comity.store.tables.agreements import agreement_event, agreement_paper, agreement_subject
from comity.store.tables.recourse import consequence


class Agreements:
    """Documents between us and peers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self, peers: Collection[str] | None = None) -> Mapping[str, list[AgreementPaper]]:
        """Every version of every peer, or of these, oldest first."""
        query = select(agreement_paper).order_by(agreement_paper.c.peer, agreement_paper.c.version)
        if peers is not None:
            query = query.where(agreement_paper.c.peer.in_(sorted(peers)))
        rows = self._connection.execute(query).all()
        events = self._events(row.digest for row in rows)
        found: dict[str, list[AgreementPaper]] = {}
        for row in rows:
            document = _document(bytes(row.data))
            if document is None:
                continue  # a damaged disk: it is no document any more, and rules nothing
            paper = AgreementPaper(
                digest=row.digest,
                peer=row.peer,
                document=document,
                note=row.note,
                events=tuple(events.get(row.digest, ())),
                sent=row.sent,
            )
            found.setdefault(row.peer, []).append(paper)
        return found

    def of(self, peer: str) -> list[AgreementPaper]:
        """Every version of one peer."""
        return list(self.all([peer]).get(peer, ()))

    def agreed(self, digest: str) -> AgreementDocument | None:
        """The version of this digest, where both sides signed it."""
        accepted = select(agreement_event.c.digest).where(agreement_event.c.act == AgreementAct.ACCEPT.value)
        query = select(agreement_paper.c.data).where(agreement_paper.c.digest == digest)
        data = self._connection.scalar(query.where(agreement_paper.c.digest.in_(accepted)))
        return None if data is None else _document(bytes(data))

    def add(self, paper: AgreementPaper, data: bytes) -> None:
        """A new version."""
        self._connection.execute(
            insert(agreement_paper).values(
                digest=paper.digest,
                peer=paper.peer,
                version=paper.document.version,
                data=data,
                note=paper.note,
                sent=0,
            )
        )
        for event in paper.events:
            self.note(paper.digest, event)

    def note(self, digest: str, event: AgreementEvent) -> None:
        """Something happened to a version."""
        values = {
            "digest": digest,
            "act": event.act.value,
            "at": event.at,
            "by": event.by,
            "reason": event.reason,
            "text": event.text,
            "effective": event.effective,
            "note": event.note,
        }
        self._connection.execute(insert(agreement_event).values(values))

    def sign(self, digest: str, note: str) -> None:
        """More signature lines stand under it."""
        self._connection.execute(update(agreement_paper).where(agreement_paper.c.digest == digest).values(note=note))

    def lowered(self, now: datetime) -> frozenset[str]:
        """Domains of peers that are shown less at this moment, by a consequence in force."""
        query = select(consequence.c.subject).where(
            consequence.c.measure == Measure.SHOWN_LESS.value,
            consequence.c.lifted.is_(None),
            consequence.c.begins <= now,
            consequence.c.ends > now,
        )
        return frozenset(self._connection.scalars(query))

    def count_sent(self, digest: str, number: int) -> None:
        """So many more reports left under it."""
        this = agreement_paper.c.digest == digest
        self._connection.execute(update(agreement_paper).where(this).values(sent=agreement_paper.c.sent + number))

    def subjects(self, peer: str, since: datetime) -> int:
        """About how many people something left for this peer since then."""
        query = select(func.count()).select_from(agreement_subject)
        return self._connection.scalar(
            query.where(agreement_subject.c.peer == peer, agreement_subject.c.last > since)
        ) or 0  # fmt: skip

    def are_subjects(self, peer: str, subjects: Collection[bytes], since: datetime) -> set[bytes]:
        """Which of these people are among them."""
        query = select(agreement_subject.c.subject).where(
            agreement_subject.c.peer == peer, agreement_subject.c.last > since
        )
        return {
            bytes(found)
            for some in chunks(list(subjects))
            for found in self._connection.scalars(query.where(agreement_subject.c.subject.in_(some)))
        }

    def see_subjects(self, peer: str, subjects: Iterable[bytes], at: datetime) -> None:
        """Something about these people leaves for this peer."""
        adding = upsert(agreement_subject)
        adding = adding.on_conflict_do_update(
            index_elements=[agreement_subject.c.peer, agreement_subject.c.subject], set_={"last": adding.excluded.last}
        )
        values = [{"peer": peer, "subject": each, "last": at} for each in sorted(set(subjects))]
        if values:
            self._connection.execute(adding, values)

    def forget_subjects(self, before: datetime) -> int:
        """Drop the hashes of people about whom nothing left since then."""
        return self._connection.execute(
            delete(agreement_subject).where(agreement_subject.c.last <= before)
        ).rowcount  # fmt: skip

    def _events(self, digests: Iterable[str]) -> dict[str, list[AgreementEvent]]:
        found: dict[str, list[AgreementEvent]] = {}
        query = select(agreement_event).order_by(agreement_event.c.id)
        for some in chunks(list(digests)):
            for row in self._connection.execute(query.where(agreement_event.c.digest.in_(some))):
                event = AgreementEvent(
                    act=AgreementAct(row.act),
                    at=row.at,
                    by=row.by,
                    reason=row.reason,
                    text=row.text,
                    effective=row.effective,
                    note=row.note,
                )
                found.setdefault(row.digest, []).append(event)
        return found


@lru_cache(1024)  # asked for in every transaction; a version never changes
def _document(data: bytes) -> AgreementDocument | None:
    return read(data).document
