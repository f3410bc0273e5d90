"""What we do about agreements: propose, accept, reject, give notice. Each act is signed, and stands in the ledger at once.

Trust:      our own operator; terms were checked before. A proposal of the other side is accepted as it is, or not at all.
Standards:  TRUST: documents and acts are signed notes; the leaf of an act commits to the note, which travels beside it.
Answers:    ``AgreementDesk``, an act a method; one that does not fit raises ``ComityError`` and changes nothing.
Limits:     in the caller's transaction. One open proposal of ours for each peer; the one before is rejected (taken back) first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.accord.agreement import document as form
from comity.accord.agreement import life, terms
from comity.ledger.leaf import LeafType
from comity.model.agreement import Agreement
from comity.model.agreement_document import (
    AgreementAct,
    AgreementEvent,
    AgreementPaper,
    AgreementState,
)
from comity.model.message import Message
from comity.model.outcomes import ComityError, Outcome
from comity.services.prove import pairing
from comity.services.prove.agreement import notes
from comity.services.prove.agreement.rows import AgreementTransaction
from comity.services.prove.writing import Event, Scribe

_ENDABLE: Final = (AgreementState.ACCEPTED, AgreementState.IN_FORCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """Who we are, and which key we sign with."""

    domain: str
    key: Ed25519PrivateKey


class AgreementDesk:
    """Our operator, in one transaction."""

    def __init__(self, rows: AgreementTransaction, ours: Ours, scribe: Scribe, *, now: datetime) -> None:
        self._rows, self._ours, self._scribe, self._now = rows, ours, scribe, now

    def next_of(self, peer: str) -> tuple[int, str | None]:
        """The number of the next version, and the hash of the one that it follows."""
        newest = life.newest(self._rows.agreements.of(peer), self._now)
        return (1, None) if newest is None else (newest.document.version + 1, newest.digest)

    def propose(self, record: Mapping[str, Any], peer: str) -> AgreementPaper:
        """Sign terms as the next version and put them before the other side."""
        self._paired(peer)
        for fault in form.faults_of(record):
            raise refused(fault)
        papers = self._rows.agreements.of(peer)
        for each in papers:
            if life.standing(each, papers, self._now) is AgreementState.PROPOSED:
                by_us = each.document.proposed_by == self._ours.domain
                code = "agreement-open" if by_us else "agreement-answer-first"
                raise _wrong(code, peer, version=each.document.version, peer=peer)
        data = form.written(record)
        read = form.read(data)
        if read.document is None or len(data) > form.LIMIT:
            raise _wrong("agreement-too-long", peer, most=form.LIMIT >> 10)
        if read.document.answer_by <= self._now.timestamp():
            raise refused(form.Fault(code="answer-past", where="answer_by"))
        note = notes.signed(notes.document_text(data), self._ours.domain, self._ours.key, now=self._now)
        event = AgreementEvent(act=AgreementAct.PROPOSE, at=self._now, by=self._ours.domain)
        paper = AgreementPaper(digest=form.digest(data), peer=peer, document=read.document, note=note, events=(event,))
        self._rows.agreements.add(paper, data)
        write_down(self._rows, self._scribe, paper, act=AgreementAct.PROPOSE, note=note, now=self._now)
        return paper

    def accept(self, peer: str, others: Iterable[Agreement], digest: str | None = None) -> AgreementPaper:
        """Sign what the other side proposed; ``others`` are the agreements with everybody else."""
        self._paired(peer)
        paper = self.proposal(peer, digest)
        if paper.document.proposed_by == self._ours.domain:
            raise _wrong("agreement-own-proposal", peer)
        if digest is None and self._replaces(paper):
            raise _wrong("agreement-replaced", peer, peer=peer, sha256=paper.digest[:12])
        taken = terms.overlap(paper.document, peer, others)
        if taken is not None:
            raise _wrong("agreement-scope-taken", peer, scope=taken[0], other=taken[1])
        note = notes.added(paper.note, self._ours.domain, self._ours.key, now=self._now)
        event = AgreementEvent(act=AgreementAct.ACCEPT, at=self._now.replace(microsecond=0), by=self._ours.domain)
        self._rows.agreements.sign(paper.digest, note)
        self._rows.agreements.note(paper.digest, event)
        signed = replace(paper, note=note, events=(*paper.events, event))
        write_down(self._rows, self._scribe, signed, act=AgreementAct.ACCEPT, note=note, now=self._now)
        return signed

    def reject(self, peer: str, reason: str, text: str | None, *, digest: str | None = None) -> AgreementPaper:
        """Say no to a proposal of the other side, or take one of ours back."""
        paper = self.proposal(peer, digest)
        acting = Acting(act=AgreementAct.REJECT, reason=reason, text=text)
        return act_on(self._rows, paper, self._ours, scribe=self._scribe, act=acting, now=self._now)

    def end(self, peer: str, effective: datetime | None, text: str | None) -> AgreementPaper:
        """Give notice: it ends at a moment that is no sooner than was agreed on."""
        papers = self._rows.agreements.of(peer)
        newest = life.newest(papers, self._now)
        if newest is None or life.standing(newest, papers, self._now) not in _ENDABLE:
            raise _wrong("agreement-none-in-force", peer)
        least = self._now.replace(microsecond=0) + timedelta(days=newest.document.notice_days)
        if effective is not None and effective < least - timedelta(days=1):
            raise _wrong("agreement-notice-short", peer, days=newest.document.notice_days)
        acting = Acting(act=AgreementAct.END, reason="other", text=text, effective=max(effective or least, least))
        return act_on(self._rows, newest, self._ours, scribe=self._scribe, act=acting, now=self._now)

    def proposal(self, peer: str, digest: str | None = None) -> AgreementPaper:
        """The open proposal of a peer; the one whose hash begins so, where more are open."""
        papers = self._rows.agreements.of(peer)
        found = [
            each
            for each in papers
            if life.standing(each, papers, self._now) is AgreementState.PROPOSED
            and each.digest.startswith(digest or "")
        ]
        if len(found) != 1:
            raise _wrong("agreement-no-proposal" if not found else "agreement-which", peer)
        return found[0]

    def _replaces(self, paper: AgreementPaper) -> bool:
        """Whether the other side had other terms under this number, which it took back or let run out: whoever has read those and
        signs now must not sign these unread."""
        return any(
            each.digest != paper.digest
            and each.document.version == paper.document.version
            and each.document.proposed_by == paper.document.proposed_by
            and not any(event.act is AgreementAct.REJECT and event.by == self._ours.domain for event in each.events)
            for each in self._rows.agreements.of(paper.peer)
        )

    def _paired(self, peer: str) -> None:
        if not pairing.is_pinned(self._rows.keys, peer):
            raise _wrong("agreement-not-paired", peer, peer=peer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """An act about a version."""

    act: AgreementAct
    reason: str
    text: str | None = None
    effective: datetime | None = None


def act_on(
    rows: AgreementTransaction, paper: AgreementPaper, ours: Ours, *, scribe: Scribe, act: Acting, now: datetime
) -> AgreementPaper:
    """Sign an act, keep it, write it down."""
    document = paper.document
    record = {
        "act": act.act.value,
        "parties": list(document.parties),
        "by": ours.domain,
        "at": int(now.timestamp()),
        "effective": None if act.effective is None else int(act.effective.timestamp()),
        "version": document.version,
        "sha256": paper.digest,
        "reason": act.reason,
        "text": act.text,
    }
    note = notes.signed(notes.act_text(record), ours.domain, ours.key, now=now)
    event = event_of(record, note)
    rows.agreements.note(paper.digest, event)
    write_down(rows, scribe, paper, act=act.act, note=note, now=now)
    return replace(paper, events=(*paper.events, event))


def event_of(record: Mapping[str, Any], note: str) -> AgreementEvent:
    """A signed act as it is kept."""
    effective = record["effective"]
    return AgreementEvent(
        act=AgreementAct(record["act"]),
        at=life.moment(record["at"]),
        by=record["by"],
        reason=record["reason"],
        text=record["text"],
        effective=None if effective is None else life.moment(effective),
        note=note,
    )


def write_down(
    rows: AgreementTransaction,
    scribe: Scribe,
    paper: AgreementPaper,
    *,
    act: AgreementAct,
    note: str,
    now: datetime,
    by_peer: bool = False,
) -> None:
    """A leaf about an act of ours; or, of a peer that keeps no ledger with us, about one of its."""
    ours = scribe.name
    event = Event(
        reporting=paper.peer if by_peer else ours,
        reported=ours if by_peer else paper.peer,
        leaf_type=LeafType.AGREEMENT,
        event_id=leaf_name(paper, act),
        observed=None,
        facts={"act": act.value, "version": paper.document.version, "sha256": paper.digest},
        payload=note.encode(),
        by_mail=by_peer,
    )
    scribe.write(rows.ledger, [event], now)


def leaf_name(paper: AgreementPaper, act: AgreementAct) -> str:
    """The name of the leaf about an act."""
    return f"agreement.{paper.document.version}.{paper.digest[:16]}.{act.value}"


def refused(fault: form.Fault) -> ComityError:
    """The error of a document that does not fit."""
    wants = fault.wants
    return ComityError(
        "agreement-refused",
        f"{fault.code} at {fault.where}",
        outcome=Outcome.BAD_INPUT,
        place=fault.where,
        details={
            "code": fault.code,
            "where": fault.where,
            "reason": Message(f"agreement.fault.{fault.code}"),
            "wants": ""
            if wants is None
            else Message(f"agreement.wants.{wants.name}", {"least": wants.least, "most": wants.most}),
        },
    )


def _wrong(code: str, place: str, **details: object) -> ComityError:
    return ComityError(code, code, outcome=Outcome.BAD_INPUT, place=place, details=details)
