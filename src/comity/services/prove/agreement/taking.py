"""Take what the other side says about an agreement: a proposal, its signature under ours, a rejection, a notice.

Trust:      only a pinned key of the peer is believed. What it proposes is a proposal until a person of ours accepts it. A document
            that both signed and that we do not know is ours all the same where our own signature holds: we lost it.
Standards:  TRUST, table of liars: replays, two histories, backdating; each has its name here.
Answers:    ``Taking.take(rows, text, now, way)`` gives ``Taken``: what it is, or why it is refused, by name. Refused, nothing is
            stored; but of a signer who signed two documents under one number both are kept and shown.
Limits:     in the caller's transaction. Where two proposals cross, the one of the party counts whose domain sorts first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from comity.accord.agreement import document as form
from comity.accord.agreement import life
from comity.ledger import note
from comity.model.agreement_document import (
    AgreementAct,
    AgreementEvent,
    AgreementPaper,
    AgreementState,
)
from comity.model.peer_key import KeyState
from comity.services.prove import pairing
from comity.services.prove.agreement import notes
from comity.services.prove.agreement.acting import Acting, Ours, act_on, event_of, write_down
from comity.services.prove.agreement.rows import AgreementTransaction
from comity.services.prove.writing import Scribe

CLOCKS: Final = timedelta(seconds=300)
_OVER: Final = frozenset({AgreementState.REJECTED, AgreementState.EXPIRED, AgreementState.FORKED})
_ALIVE: Final = frozenset({AgreementState.PROPOSED, AgreementState.ACCEPTED, AgreementState.IN_FORCE,
                           AgreementState.ENDING, AgreementState.AMENDED, AgreementState.ENDED})  # fmt: skip
# What the other side is told by a signed rejection, because it may not know better; anything else is its own fault to find.
_ANSWERED: Final = frozenset({"crossed", "forked", "version-old", "version-gap", "previous-differs", "expired"})


class Way(StrEnum):
    """How it came."""

    LEDGER = "ledger"  # beside its leaf: the leaf is written already
    FILE = "file"  # by hand or mail, from a peer that exchanges its ledger: the leaf will come
    MAIL = "mail"  # from a peer that keeps no ledger with us: we write the leaf


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of a note: the version it is about and the act, or why it is refused and in which field."""

    peer: str
    refused: str | None = None  # ``agreement.refused.WORD`` of the catalogue
    where: str | None = None
    fault: form.Fault | None = None
    paper: AgreementPaper | None = None
    act: AgreementAct | None = None
    is_new: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """One note as it was given."""

    rows: AgreementTransaction
    text: str
    peer: str
    now: datetime
    way: Way


class _Refused(Exception):  # noqa: N818 - a "no" with its reason, not an error
    def __init__(self, code: str, where: str | None = None, fault: form.Fault | None = None) -> None:
        super().__init__(code)
        self.code, self.where, self.fault = code, where, fault


class Taking:
    """Takes notes of peers."""

    def __init__(self, ours: Ours, scribe: Scribe) -> None:
        self._ours, self._scribe = ours, scribe

    def take(self, rows: AgreementTransaction, text: str, *, now: datetime, way: Way) -> Taken:
        """Take one note, or say why not."""
        peer = ""
        try:
            opened, peer = self._opened(rows, text)
            given = _Given(rows=rows, text=text, peer=peer, now=now, way=way)
            return self._act(given, opened) if opened.data is None else self._document(given, opened)
        except _Refused as no:
            return Taken(peer=peer, refused=no.code, where=no.where, fault=no.fault)

    def _opened(self, rows: AgreementTransaction, text: str) -> tuple[notes.Opened, str]:
        """The note, and which peer it is from; every fault of its form."""
        shape = notes.opened(text, ())
        if shape is None:
            raise _Refused("note-malformed")
        record = shape.act
        if shape.data is not None:
            read = form.read(shape.data)
            if read.document is None:
                raise _Refused("document-malformed", read.faults[0].where, read.faults[0])
            parties = list(read.document.parties)
        else:
            parties = list(record["parties"]) if record is not None else []
        if self._ours.domain not in parties or len(set(parties)) != 2:
            raise _Refused("not-for-us", ", ".join(parties))
        peer = next(each for each in parties if each != self._ours.domain)
        states = (KeyState.PINNED,)
        known = [*pairing.verifiers(rows.keys, peer, states), *self._own()]
        opened = notes.opened(text, known)
        if opened is None:
            raise _Refused("signature-wrong", peer)
        if peer not in opened.signed:
            raise _Refused(notes.key_fault(text, rows.keys, peer), peer)
        return opened, peer

    def _own(self) -> list[note.Verifier]:
        return [
            note.verifier_of(self._ours.domain, self._ours.key, algorithm)
            for algorithm in (note.ED25519, note.COSIGNATURE)
        ]

    # -- documents

    def _document(self, given: _Given, opened: notes.Opened) -> Taken:
        data, peer, now, rows = opened.data or b"", given.peer, given.now, given.rows
        document = form.read(data).document
        assert document is not None  # noqa: S101 - it was read a moment ago
        papers, digest = rows.agreements.of(peer), form.digest(data)
        known = next((each for each in papers if each.digest == digest), None)
        if opened.signed[peer] > (now + CLOCKS).timestamp() or document.proposed > (now + CLOCKS).timestamp():
            raise _Refused("clock-ahead", str(document.version))
        if known is not None:
            return self._known(given, known, papers, opened=opened)
        fresh = AgreementPaper(digest=digest, peer=peer, document=document, note=given.text, events=())
        is_ours = self._ours.domain in opened.signed
        if document.proposed_by != peer and not is_ours:
            raise _Refused("proposed-by-us", str(document.version))
        reason = self._fault(given, fresh, papers, is_agreed=is_ours)
        if reason is not None:
            self._say_no(given, fresh, data, reason=reason)
            raise _Refused(reason, str(document.version))
        events = [AgreementEvent(act=AgreementAct.PROPOSE, at=life.moment(document.proposed), by=document.proposed_by)]
        act = AgreementAct.PROPOSE
        if is_ours:  # both signed it, and we do not know it: it was lost here
            act = AgreementAct.ACCEPT
            accepted = max(opened.signed.values())
            events.append(AgreementEvent(act=act, at=life.moment(accepted), by=document.other(document.proposed_by)))
        paper = replace(fresh, events=tuple(events))
        rows.agreements.add(paper, data)
        self._write(given, paper, act, text=given.text)
        return Taken(peer=peer, paper=paper, act=act)

    def _known(
        self, given: _Given, known: AgreementPaper, papers: Sequence[AgreementPaper], *, opened: notes.Opened
    ) -> Taken:
        """The same document again: nothing new, a replay of what is over, or the signature that was waited for."""
        document, peer, now = known.document, given.peer, given.now
        state = life.standing(known, papers, now)
        if document.proposed_by == peer:
            if state in _OVER:
                raise _Refused(f"is-{state.value}", str(document.version))
            return Taken(peer=peer, paper=known, act=AgreementAct.PROPOSE, is_new=False)
        if any(each.act is AgreementAct.ACCEPT for each in known.events):
            return Taken(peer=peer, paper=known, act=AgreementAct.ACCEPT, is_new=False)
        accepted = life.moment(opened.signed[peer])
        if accepted > life.moment(document.answer_by):
            raise _Refused("is-expired", str(document.version))
        if accepted < life.moment(document.proposed) - CLOCKS:
            raise _Refused("accepted-before-proposed", str(document.version))
        newest = life.newest(papers, now)
        if newest is not None and newest.document.version >= document.version:
            raise _Refused("version-old", str(document.version))
        lines = [each for each in note.lines_of(given.text) if each.startswith(f"\u2014 {peer} ")]
        event = AgreementEvent(act=AgreementAct.ACCEPT, at=accepted, by=peer)
        signed = replace(known, note=note.with_lines(known.note, lines), events=(*known.events, event))
        given.rows.agreements.sign(known.digest, signed.note)
        given.rows.agreements.note(known.digest, event)
        self._write(given, signed, AgreementAct.ACCEPT, text=signed.note)
        return Taken(peer=peer, paper=signed, act=AgreementAct.ACCEPT)

    def _fault(
        self, given: _Given, fresh: AgreementPaper, papers: Sequence[AgreementPaper], *, is_agreed: bool
    ) -> str | None:
        """Why a version cannot be taken where things stand."""
        document, now = fresh.document, given.now
        rivals = [
            each
            for each in papers
            if each.document.version == document.version and life.standing(each, papers, now) in _ALIVE
        ]
        for each in rivals:
            if is_agreed or each.document.proposed_by == document.proposed_by:
                return "forked"
            if life.standing(each, papers, now) is not AgreementState.PROPOSED:
                return "version-old"
            if document.proposed_by != document.parties[0]:
                return "crossed"
        newest = life.newest(papers, now)
        expected = 1 if newest is None else newest.document.version + 1
        if document.version != expected:
            return "version-old" if document.version < expected else "version-gap"
        if document.previous != (newest and newest.digest):
            return "previous-differs"
        if not is_agreed and life.moment(document.answer_by) <= now:
            return "expired"
        for each in rivals:  # ours crossed theirs, and theirs counts
            acting = Acting(act=AgreementAct.REJECT, reason="crossed")
            act_on(given.rows, each, self._ours, scribe=self._scribe, act=acting, now=now)
        return None

    def _say_no(self, given: _Given, fresh: AgreementPaper, data: bytes, *, reason: str) -> None:
        """Keep the evidence of a fork; tell the other side by our ledger why its proposal is none."""
        now = given.now
        if reason == "forked":
            proposed = AgreementEvent(
                act=AgreementAct.PROPOSE, at=life.moment(fresh.document.proposed), by=fresh.document.proposed_by
            )
            forked = AgreementEvent(act=AgreementAct.FORK, at=now, by=fresh.document.proposed_by, reason="forked")
            given.rows.agreements.add(replace(fresh, events=(proposed, forked)), data)
        if given.way is Way.LEDGER and reason in _ANSWERED:
            document = fresh.document
            record = {
                "act": AgreementAct.REJECT.value,
                "parties": list(document.parties),
                "by": self._ours.domain,
                "at": int(now.timestamp()),
                "effective": None,
                "version": document.version,
                "sha256": fresh.digest,
                "reason": reason,
                "text": None,
            }
            said = notes.signed(notes.act_text(record), self._ours.domain, self._ours.key, now=now)
            write_down(given.rows, self._scribe, fresh, act=AgreementAct.REJECT, note=said, now=now)

    # -- acts

    def _act(self, given: _Given, opened: notes.Opened) -> Taken:
        record: dict[str, Any] = dict(opened.act or {})
        peer, now = given.peer, given.now
        if record["by"] != peer:
            raise _Refused("signature-missing", record["by"])
        if record["at"] > (now + CLOCKS).timestamp():
            raise _Refused("clock-ahead", str(record["version"]))
        papers = given.rows.agreements.of(peer)
        paper = next((each for each in papers if each.digest == record["sha256"]), None)
        if paper is None or paper.document.version != record["version"]:
            raise _Refused("version-unknown", str(record["version"]))
        event = event_of(record, given.text)
        if event in paper.events:
            return Taken(peer=peer, paper=paper, act=event.act, is_new=False)
        state = life.standing(paper, papers, now)
        if event.act is AgreementAct.REJECT:
            if state is not AgreementState.PROPOSED:
                raise _Refused("act-late", str(record["version"]))
        else:
            self._notice(paper, papers, event, now=now)
        given.rows.agreements.note(paper.digest, event)
        changed = replace(paper, events=(*paper.events, event))
        self._write(given, changed, event.act, text=given.text)
        return Taken(peer=peer, paper=changed, act=event.act)

    @staticmethod
    def _notice(
        paper: AgreementPaper, papers: Sequence[AgreementPaper], event: AgreementEvent, *, now: datetime
    ) -> None:
        version = str(paper.document.version)
        newest = life.newest(papers, now)
        state = life.standing(paper, papers, now)
        if newest is None or newest.digest != paper.digest:
            raise _Refused("version-old", version)
        if state not in (AgreementState.ACCEPTED, AgreementState.IN_FORCE, AgreementState.ENDING):
            raise _Refused("act-late", version)
        least = max(event.at, now - CLOCKS) + timedelta(days=paper.document.notice_days)
        if event.effective is None or event.effective < least - timedelta(days=1):
            raise _Refused("notice-short", version)

    def _write(self, given: _Given, paper: AgreementPaper, act: AgreementAct, *, text: str) -> None:
        if given.way is Way.MAIL:
            write_down(given.rows, self._scribe, paper, act=act, note=text, now=given.now, by_peer=True)
