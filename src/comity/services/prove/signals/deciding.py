"""What happens to a signal: proposed, sent, withdrawn, adopted by a person or a rule, dropped, taken back after recourse.

Trust:      an act is a person's, by name, or that of a rule that a person declared; a peer's signal is believed in nothing but that
            the peer said it.
Standards:  the rules in ``comity.accord.signals.rules``; promise P8: a listing is warned of, has an end and a way back.
Answers:    ``SignalDesk``, an act a method. What may not be done raises ``ComityError`` and changes nothing.
Limits:     in the caller's transaction. Adopting lists, it never blocks: a block is imposed by a person, with ``comity recourse``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.accord.signals import rules, wire
from comity.accord.signals.rules import Infrastructure
from comity.ledger import document
from comity.ledger.leaf import LeafType
from comity.model.case import EvidenceClass
from comity.model.outcomes import ComityError, Outcome
from comity.model.recourse import Consequence, Measure
from comity.model.signal import Adoption, AdoptionRule, Kept, Signal, SignalKind, Subject, Withdrawal
from comity.model.tlp import Tlp
from comity.services.prove.recourse.acting import Imposing, RecourseDesk
from comity.services.prove.signals.rows import SignalTransaction
from comity.services.prove.writing import Event, Scribe

SIGNAL: Final = "signal"
WITHDRAWAL: Final = "withdrawal"
_GRANTED: Final = {"en": "Recourse was granted.", "zh": "申诉成立。"}
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalTerms:
    """Who we are, and what both sides declared as their own."""

    ours: str
    contact: str
    key: Ed25519PrivateKey
    own: Infrastructure
    peers: Mapping[str, Infrastructure]  # by domain
    new_id: Callable[[], str]
    warn: Callable[[SignalTransaction, Consequence, datetime], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What somebody of ours wants to tell others."""

    subject: str
    kind: SignalKind
    reason: Mapping[str, str]
    tlp: Tlp
    ends: datetime
    case: str | None = None
    evidence: Mapping[str, int] | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    is_severe: bool = False


class SignalDesk:
    """One person, or the program, in one transaction."""

    def __init__(
        self,
        rows: SignalTransaction,
        terms: SignalTerms,
        recourse: RecourseDesk,
        *,
        scribe: Scribe | None,
        actor: str,
        now: datetime,
    ) -> None:
        self._rows, self._terms, self._recourse, self._scribe = rows, terms, recourse, scribe
        self._actor, self._now = actor, now.replace(microsecond=0)

    def propose(self, wanted: Proposal, peers: Iterable[str] = ()) -> Kept:
        """Sign a proposal; where it is against somebody, that is warned of, and has a reference under which to ask why."""
        subject = self._subject(wanted.subject)
        for language, text in wanted.reason.items():
            if wire.reason_fault(language, text):
                raise _wrong("signal-reason", language, Outcome.USAGE, language=language)
        readers = [self._infrastructure(each) for each in peers]
        identity = self._terms.new_id()
        made = self._signal(wanted, subject, identity)
        self._check(made, subject, issuer=self._terms.own, readers=readers)
        if _has_way_back(made, subject):
            given = made.classes if wanted.case is None else wanted.evidence
            imposed = self._impose(made, subject, wanted.ends, case=wanted.case, given=given)
            made = replace(made, begins=imposed.begins, reference=imposed.reference)
            self._check(made, subject, issuer=self._terms.own, readers=readers)
        text = document.write(SIGNAL, wire.record_of(made), name=self._terms.ours, key=self._terms.key)
        kept = Kept(signal=made, note=text, taken=self._now, is_ours=True)
        self._rows.signals.add(kept)
        for peer in peers:
            self.send(made.signal_id, peer)
        return self._found(made.issuer, made.signal_id)

    def send(self, signal_id: str, peer: str) -> Kept:
        """Have a peer given a signal of ours, and what became of it."""
        kept = self._ours(signal_id)
        subject = self._subject(kept.signal.subject)
        reason = rules.refusal_of(kept.signal, subject, issuer=self._terms.own, readers=[self._infrastructure(peer)])
        if reason is not None:
            raise _wrong(f"signal-{reason}", kept.signal.subject, Outcome.BAD_INPUT)
        if any(each.peer == peer for each in self._rows.documents.about(self._about(kept))):
            raise _wrong("signal-sent", peer, Outcome.USAGE, peer=peer)
        self._rows.documents.send(peer, self._about(kept), kept.note, at=self._now)
        self._write(peer, kept, "proposed")
        return kept

    def withdraw(self, signal_id: str, reason: Mapping[str, str]) -> Kept:
        """Take a signal of ours back, everywhere."""
        kept = self._ours(signal_id)
        for language, text in reason.items():
            if wire.reason_fault(language, text):
                raise _wrong("signal-reason", language, Outcome.USAGE, language=language)
        if kept.withdrawn is not None:
            raise _wrong("signal-withdrawn", signal_id, Outcome.USAGE)
        self._withdraw(kept, reason)
        return self._found(kept.signal.issuer, kept.signal.signal_id)

    def adopt(
        self, kept: Kept, *, why: str, until: datetime | None = None, is_severe: bool = False, rule: int | None = None
    ) -> Kept:
        """Put a peer's signal on our lists; what is against somebody begins after our own warning, and has our own reference."""
        signal = kept.signal
        reason = rules.standing(kept, self._now)
        if kept.is_ours:
            raise _wrong("signal-ours", signal.signal_id, Outcome.USAGE)
        if reason not in ("not-adopted", "dropped", "adoption-over"):
            named = "adopted" if reason in (None, "not-begun", "unwarned") else reason
            raise _wrong(f"signal-{named}", signal.signal_id, Outcome.USAGE)
        ends = signal.ends if until is None else until
        if not self._now < ends <= signal.ends:
            raise _wrong("signal-until", signal.signal_id, Outcome.USAGE, ends=f"{signal.ends:%Y-%m-%d}")
        subject, begins, reference = self._subject(signal.subject), self._now, None
        self._check(signal, subject, issuer=self._infrastructure(signal.issuer), readers=[self._terms.own])
        if _has_way_back(signal, subject):
            imposed = self._impose(
                signal, subject, ends, given=signal.classes, is_severe=is_severe, waits=rule is not None
            )
            begins, reference = imposed.begins, imposed.reference
        self._rows.signals.adopt(
            Adoption(
                issuer=signal.issuer,
                signal_id=signal.signal_id,
                by=self._actor,
                why=why,
                rule_id=rule,
                adopted=self._now,
                begins=begins,
                until=ends,
                reference=reference,
            )
        )
        self._write(signal.issuer, kept, "adopted")
        return self._found(signal.issuer, signal.signal_id)

    def adopt_by_rule(self, kept: Kept, found: Iterable[AdoptionRule]) -> AdoptionRule | None:
        """The first rule of the operator's that adopts a signal, None where none does; a rule never skips the warning: what it
        lists begins that long after somebody was warned, and not before.
        """
        for rule in found:
            today = self._rows.signals.adopted_by_rule(rule.rule_id, self._now - _DAY)
            if rules.outside_rule(rule, kept.signal, adopted_today=today, now=self._now) is not None:
                continue
            until = min(kept.signal.ends, self._now + rule.days * _DAY, rule.until)
            try:
                self.adopt(kept, why=rule.why, until=until, rule=rule.rule_id)
            except ComityError:
                continue  # it would be over before it begins
            return rule
        return None

    def drop(self, kept: Kept, why: str) -> Kept:
        """Take a peer's signal off our lists."""
        if kept.adoption is None or kept.adoption.ended is not None:
            raise _wrong("signal-not-adopted", kept.signal.signal_id, Outcome.USAGE)
        self._drop(kept, why if kept.lifted is None else rules.GRANTED)
        return self._found(kept.signal.issuer, kept.signal.signal_id)

    def settle(self) -> int:
        """Take back what recourse was granted against, ours with a signed withdrawal; how many there were."""
        found = 0
        for kept in self._rows.signals.all(after=self._now):
            if kept.lifted is None:
                continue
            if kept.is_ours and kept.withdrawn is None:
                self._withdraw(kept, _GRANTED)
                found += 1
            elif kept.adoption is not None and kept.adoption.ended is None:
                self._drop(kept, rules.GRANTED)
                found += 1
        return found

    def taken_back(self, kept: Kept, said: Withdrawal, note: str) -> None:
        """The issuer of a signal took it back: it is off our lists at once."""
        self._rows.signals.withdraw(said.issuer, said.signal_id, self._now, reason=said.reason, note=note)
        if kept.adoption is not None and kept.adoption.ended is None:
            self._drop(kept, "withdrawn")

    def _withdraw(self, kept: Kept, reason: Mapping[str, str]) -> None:
        signal = kept.signal
        said = Withdrawal(issuer=signal.issuer, signal_id=signal.signal_id, made=self._now, reason=reason)
        text = document.write(WITHDRAWAL, wire.withdrawal_record(said), name=self._terms.ours, key=self._terms.key)
        self._rows.signals.withdraw(signal.issuer, signal.signal_id, self._now, reason=reason, note=text)
        if signal.reference != signal.signal_id and self._rows.recourses.find(signal.reference) is not None:
            self._rows.recourses.lift(signal.reference, self._now)
        about = self._about(kept)
        for peer in dict.fromkeys(each.peer for each in self._rows.documents.about(about)):
            self._rows.documents.send(peer, about, text, at=self._now)
            self._write(peer, kept, "withdrawn")

    def _drop(self, kept: Kept, why: str) -> None:
        signal, adoption = kept.signal, kept.adoption
        self._rows.signals.end_adoption(signal.issuer, signal.signal_id, self._now, why=why)
        if adoption is not None and adoption.reference is not None:
            self._rows.recourses.lift(adoption.reference, self._now)
        self._write(signal.issuer, kept, "dropped")

    def _signal(self, wanted: Proposal, subject: Subject, identity: str) -> Signal:
        classes, first, last = self._evidence(wanted)
        return Signal(
            issuer=self._terms.ours,
            signal_id=identity,
            kind=wanted.kind,
            subject=str(subject),
            classes=classes,
            first_seen=first.replace(microsecond=0),
            last_seen=last.replace(microsecond=0),
            tlp=wanted.tlp,
            is_severe=wanted.is_severe,
            reason=wanted.reason,
            reference=identity,
            contact=self._terms.contact,
            made=self._now,
            begins=self._now,
            ends=wanted.ends,
        )

    def _evidence(self, wanted: Proposal) -> tuple[dict[str, int], datetime, datetime]:
        """What it rests on: what stands in the case, and what the operator adds."""
        classes, first, last = dict(wanted.evidence or {}), wanted.first_seen, wanted.last_seen
        unknown = sorted(set(classes) - rules.CLASSES)
        if unknown:
            raise _wrong("signal-class", unknown[0], Outcome.USAGE, known=", ".join(sorted(rules.CLASSES)))
        if wanted.case is not None:
            found = self._rows.cases.beginning_with(wanted.case.lower()) if len(wanted.case) >= 4 else []
            if len(found) != 1:
                raise _wrong("case-unknown", wanted.case, Outcome.BAD_INPUT)
            classes |= {each.value: number for each, number in found[0].classes.items() if number}
            times = [when for _, _, when in self._rows.intake.evidence_of([found[0].case_id]) if when is not None]
            first, last = first or min(times, default=None), last or max(times, default=None)
        if wanted.kind is not SignalKind.LISTING and not classes:
            classes = {rules.DECLARED: 1}
        last = min(last or self._now, self._now)
        return classes, min(first or last, last), last

    def _impose(
        self,
        signal: Signal,
        subject: Subject,
        ends: datetime,
        *,
        case: str | None = None,
        given: Mapping[str, int] | None = None,
        is_severe: bool | None = None,
        waits: bool = False,
    ) -> Consequence:
        """List it: with a why, an end, a warning and a way back."""
        classes = {name: number for name, number in (given or {}).items() if name in _IN_CASES}
        other = next((name for name in given or {} if name not in _IN_CASES), None)
        made = self._recourse.impose(
            Imposing(
                subject=str(subject),
                measure=Measure.LISTED,
                reason=f"{signal.reason['en']} / {signal.reason['zh']} ({signal.issuer})",
                ends=ends,
                is_severe=signal.is_severe if is_severe is None else is_severe,
                also=other,
                case=case,
                given=classes,
                peer=self._peer_of(subject),
                waits=waits,
            )
        )
        self._terms.warn(self._rows, made, self._now)
        return self._recourse.find(made.reference)[0]

    def _check(
        self, signal: Signal, subject: Subject, *, issuer: Infrastructure, readers: Iterable[Infrastructure]
    ) -> None:
        reason = rules.refusal_of(signal, subject, issuer=issuer, readers=readers)
        if reason is not None:
            days = rules.lasts(signal.kind, subject).days
            raise _wrong(f"signal-{reason}", signal.subject, Outcome.BAD_INPUT, days=days)

    def _peer_of(self, subject: Subject) -> str | None:
        """The peer that declared the subject as its own: it is the one to be warned."""
        return next((peer for peer, each in self._terms.peers.items() if each.touches(subject)), None)

    def _infrastructure(self, peer: str) -> Infrastructure:
        found = self._terms.peers.get(peer)
        return found if found is not None else Infrastructure(domains=(peer,))

    @staticmethod
    def _subject(text: str) -> Subject:
        subject = rules.subject_of(text)
        if subject is None:
            raise _wrong("signal-subject", text, Outcome.USAGE)
        return subject

    def _ours(self, signal_id: str) -> Kept:
        kept = self._rows.signals.find(self._terms.ours, signal_id)
        if kept is None:
            raise _wrong("signal-unknown", signal_id, Outcome.BAD_INPUT)
        return kept

    def _found(self, issuer: str, signal_id: str) -> Kept:
        kept = self._rows.signals.find(issuer, signal_id)
        if kept is None:
            raise _wrong("signal-unknown", signal_id, Outcome.BAD_INPUT)
        return kept

    @staticmethod
    def _about(kept: Kept) -> str:
        return f"signal {kept.signal.signal_id}"

    def _write(self, peer: str, kept: Kept, step: str) -> None:
        """The step in the ledger, in our direction to the peer."""
        if self._scribe is None:
            return
        signal = kept.signal
        event = Event(
            reporting=self._terms.ours,
            reported=peer,
            leaf_type=LeafType.SIGNAL,
            event_id=f"{signal.signal_id}.{step}.{int(self._now.timestamp())}.signal",
            observed=None,
            facts={
                "signal": signal.signal_id,
                "step": step,
                "kind": signal.kind.value,
                "sha256": sha256(kept.note.encode()).hexdigest(),
            },
        )
        self._scribe.write(self._rows.ledger, [event], self._now)


_IN_CASES: Final = frozenset(each.value for each in EvidenceClass)


def _has_way_back(signal: Signal, subject: Subject) -> bool:
    """Whether somebody is listed by it who must be warned, and can ask why; a campaign is nobody."""
    return signal.kind.is_against and rules.sort_of(subject) != "campaign"


def _wrong(code: str, place: str, outcome: Outcome, **details: object) -> ComityError:
    return ComityError(code, code, outcome=outcome, place=place, details=details)
