"""Take signed documents from a peer, and give ours: each kind has somebody who decides on it.

Trust:      only what a pinned key of the issuer signed is looked at; anybody may carry it here.
Standards:  documents as in ``comity.ledger.document``; JSON over HTTPS, or a file.
Answers:    ``Documents.take(store, data, now)`` gives ``Answer``; ``give(store, peer, post, now)`` gives ``Handed``.
Limits:     a message is taken as a whole or not at all; the answer names the document and the field that do not fit. A quota a
            day and issuer. A peer's "no" to one document is kept, and the others go on.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, Protocol, TypeVar

from comity.ledger import document
from comity.ledger.document import Document
from comity.ledger.posting import Fault
from comity.model.document import Outgoing
from comity.model.peer_key import KeyState
from comity.services.prove import pairing
from comity.services.prove.forwarding import Post
from comity.services.prove.leaves.refusals import no_answer
from comity.services.prove.receiving import Answer, refusal

CLOCK_SECONDS: Final = 300
_SIGNING: Final = (KeyState.PINNED, KeyState.ROTATED)
_PLACE: Final = re.compile(r"documents\[(\d{1,3})\]")


class DocumentRefusedError(Exception):
    """One document is not taken: by name, and the field where it does not fit."""

    def __init__(self, code: str, where: str | None = None, status: int = 422) -> None:
        super().__init__(code)
        self.code, self.where, self.status = code, where, status


class CountedKeys(pairing.KeyRows, Protocol):
    """The rows of keys, and of what was counted."""

    def count(self, peer: str, day: str, what: str, *, number: int = 1) -> None:
        """So many more of this."""

    def counts(self, peer: str, day: str | None = None) -> Mapping[str, int]:
        """What was counted about a peer, on one day or in all."""


class WaitingDocuments(Protocol):
    """Documents of ours on their way to peers."""

    def waiting(self, peer: str, most: int) -> list[Outgoing]:
        """What this peer has not taken and not refused, oldest first."""

    def given(self, ids: list[int], at: datetime) -> None:
        """The peer has taken them."""

    def refused(self, document_id: int, reason: str) -> None:
        """The peer said why it does not take one."""


class DocumentTransaction(Protocol):
    """What every kind of document needs of a transaction."""

    @property
    def keys(self) -> CountedKeys:
        """Whose signatures are believed."""


class GivingTransaction(DocumentTransaction, Protocol):
    """What giving needs of one."""

    @property
    def documents(self) -> WaitingDocuments:
        """What peers are given."""


Rows = TypeVar("Rows", bound=DocumentTransaction)
GivingRows = TypeVar("GivingRows", bound=GivingTransaction)
# (rows, document, now): True where it is new, False where it was known; raises DocumentRefusedError.
Handler = Callable[[Rows, Document, datetime], bool]
Rows_co = TypeVar("Rows_co", bound=DocumentTransaction, covariant=True)


class DocumentStore(Protocol[Rows_co]):
    """A store."""

    def write(self) -> AbstractContextManager[Rows_co]:
        """One transaction that writes."""


class Documents(Generic[Rows]):
    """Takes documents in."""

    def __init__(self, name: str, handlers: Mapping[str, Handler[Rows]], *, per_day: int) -> None:
        self._name, self._handlers, self._per_day = name, handlers, per_day

    def take(self, store: "DocumentStore[Rows]", data: bytes, *, now: datetime) -> Answer:
        """Take a message, all of it or nothing."""
        found = document.read_bundle(data)
        if isinstance(found, Fault):
            return refusal(found.code, found.where, status=413 if found.code == "message-too-large" else 400)
        signed: list[str] = []
        try:
            with store.write() as rows:
                new = 0
                for number, text in enumerate(found):
                    try:
                        new += self._take(rows, text, signed, now=now)
                    except DocumentRefusedError as no:
                        inner = "" if no.where is None else f".{no.where}"
                        raise DocumentRefusedError(no.code, f"documents[{number}]{inner}", no.status) from None
        except DocumentRefusedError as no:
            if signed:
                with store.write() as rows:
                    rows.keys.count(signed[-1], _day(now), f"refused:{no.code}")
            return refusal(no.code, no.where, status=no.status)
        return Answer(status=200, said={"taken": new, "known": len(found) - new})

    def _take(self, rows: Rows, text: str, signed: list[str], *, now: datetime) -> bool:
        issuer = document.issuer_of(text)
        if issuer is None:
            raise DocumentRefusedError("document-malformed", status=400)
        keys = pairing.verifiers(rows.keys, issuer, _SIGNING, cosigning=False)
        if not keys:
            states = {each.state for each in rows.keys.of(issuer)}
            raise DocumentRefusedError("key-revoked" if KeyState.REVOKED in states else "peer-not-paired", status=403)
        read = document.read_document(text, keys)
        if isinstance(read, Fault):
            raise DocumentRefusedError(read.code, status=403 if read.code == "document-not-signed" else 400)
        if issuer not in read.signers or issuer == self._name:
            raise DocumentRefusedError("document-not-signed", status=403)
        signed.append(issuer)
        handler = self._handlers.get(read.kind)
        if handler is None:
            raise DocumentRefusedError("document-unknown")
        is_new = handler(rows, read, now)
        if is_new:
            if rows.keys.counts(issuer, _day(now)).get("documents", 0) >= self._per_day:
                raise DocumentRefusedError("quota", status=429)
            rows.keys.count(issuer, _day(now), "documents")
        return is_new


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What came of giving: how many the peer has now that it had not; why it stopped, or what it refused."""

    given: int = 0
    refused: tuple[str, ...] = ()
    reason: str | None = None


def give(
    store: "DocumentStore[GivingRows]", peer: str, post: Post, *, now: Callable[[], datetime], most: int = 50
) -> Handed:
    """Post what waits for a peer until nothing waits, or the peer says no to all."""
    given, refused = 0, list[str]()
    while True:
        with store.write() as rows:
            waiting = rows.documents.waiting(peer, most)
        if not waiting:
            return Handed(given=given, refused=tuple(refused))
        status, said = post(document.bundle([each.note for each in waiting]))
        if status == 200:
            with store.write() as rows:
                rows.documents.given([each.document_id for each in waiting], now())
            given += len(waiting)
            continue
        error = said.get("error")
        code = error if isinstance(error, str) and error.replace("-", "").isalnum() and len(error) < 40 else None
        place = _place(said, len(waiting))
        if place is None or status not in (400, 422):
            unreached = no_answer(said) if status == 0 else code or f"http-{status}"
            return Handed(given=given, refused=tuple(refused), reason=unreached)
        with store.write() as rows:
            rows.documents.refused(waiting[place].document_id, code or "document-malformed")
        refused.append(code or "document-malformed")


def _place(said: Mapping[str, Any], number: int) -> int | None:
    where = said.get("where")
    match = _PLACE.match(where) if isinstance(where, str) else None
    return int(match[1]) if match is not None and int(match[1]) < number else None


def _day(now: datetime) -> str:
    return now.astimezone(UTC).date().isoformat()
