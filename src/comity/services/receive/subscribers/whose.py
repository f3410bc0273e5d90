"""Whose is what a report speaks of: our own words about the mail first, then the books, then the operator's list.

Trust:      traces, logs, books and list are ours; address, time, port and Message-ID are the reporter's.
Standards:  DESIGN.md section 3: whose (own trace token, lease at that time and port, prefix, DKIM domain, login).
Answers:    ``Whose(own, terms, ...).claims(evidence, leases, logins)``: of each evidence its ``Claim``, or None where it is
            nobody's of ours; a few questions of the store for all of them. ``answers`` says the same for people. ``fetch`` asks
            the books that another program keeps: before a transaction, not within.
Limits:     only an address of ours is looked up in the books, and a Message-ID or queue id in the logs only where something of
            the report is ours. Where nobody is certain, a case is made that a person must decide on; nobody is told.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from comity.attribution.chain import Ambiguous, Answer, first
from comity.attribution.subscriber import Event, Holder, LeaseTerms, Unsure, holder, window_of
from comity.cases.matching import Claim, claim
from comity.cases.own_side import OwnSide
from comity.cases.standing import precision_of
from comity.formats import handed_in, trace
from comity.formats.trace import TraceKeys
from comity.model.case import Evidence, SubjectKind
from comity.model.lease import Asked, Lease
from comity.services.receive.rows import LeaseRows
from comity.services.receive.subscribers.mail_logs import LoginRows, mark_of, marks_of
from comity.services.receive.subscribers.outside import OutsideBook

RULE: Final = "lease"
TRACE: Final = "trace"
LOGIN: Final = "login"
SEVERAL_LOGINS: Final = "several-logins"
_SAME_QUEUE: Final = timedelta(minutes=15)  # between the line in the log and the trace line of one mail
SILENT: Final = "lease-service-silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWords:
    """What opens our own words about a mail: the keys of traces, and that of the hashes of mail logs."""

    traces: TraceKeys | None = None
    mail_logs: bytes | None = None


class Whose:
    """Says whose a report is."""

    def __init__(
        self,
        own: OwnSide,
        terms: LeaseTerms | None = None,
        *,
        words: Callable[[], OwnWords] = OwnWords,
        outside: OutsideBook | None = None,
    ) -> None:
        """``words`` gives what opens our own words now; ``outside``: books that another program keeps."""
        self._own, self._terms, self._words = own, terms or LeaseTerms(), words
        self._outside = outside

    def fetch(self, evidence: Iterable[Evidence]) -> None:
        """Ask the program that keeps books about whatever is at an address of ours; nothing where there is none."""
        if self._outside is not None:
            ours = (each for each in evidence if _is_by_address(claim(each, self._own), each))
            self._outside.fetch(found for each in ours if (found := self._asked(each)) is not None)

    def claims(
        self, evidence: Iterable[Evidence], leases: LeaseRows, logins: LoginRows | None = None
    ) -> dict[int, Claim | None]:
        """By the place of each evidence in memory: whoever asks holds it all the while."""
        held = list(evidence)
        listed = {id(each): claim(each, self._own) for each in held}
        found = self._answers(held, listed, leases, logins=logins)
        return {id(each): _claim(found[id(each)], listed[id(each)], each) for each in held}

    def of(self, evidence: Evidence, leases: LeaseRows, logins: LoginRows | None = None) -> Claim | None:
        """Whose one report is."""
        return self.claims([evidence], leases, logins)[id(evidence)]

    def answers(
        self, evidence: Sequence[Evidence], leases: LeaseRows, logins: LoginRows | None = None
    ) -> list[Answer | Ambiguous | None]:
        """Who it is, how sure, and by which mark; the list has the last word."""
        listed = {id(each): claim(each, self._own) for each in evidence}
        found = self._answers(evidence, listed, leases, logins=logins)
        return [first((found[id(each)], _of_list(listed[id(each)]))) for each in evidence]

    def holder(self, evidence: Evidence, leases: LeaseRows) -> Holder | Unsure | None:
        """Who held the address of a report when it happened."""
        return self._holders([evidence], leases)[id(evidence)]

    def _answers(
        self, held: Sequence[Evidence], listed: dict[int, Claim | None], leases: LeaseRows, *, logins: LoginRows | None
    ) -> dict[int, Answer | Ambiguous | None]:
        """What our own words and books say of each."""
        words = self._words()
        found: dict[int, Answer | Ambiguous | None] = {id(each): _traced(each, words) for each in held}
        rest = [each for each in held if found[id(each)] is None and listed[id(each)] is not None]
        if logins is not None and words.mail_logs is not None and rest and logins.any:
            found |= _logged(rest, logins, words.mail_logs)
        by_address = [each for each in rest if found[id(each)] is None and _is_by_address(listed[id(each)], each)]
        if by_address and (leases.any or self._outside is not None):
            found |= {key: _answer(each) for key, each in self._holders(by_address, leases).items()}
        return found

    def _holders(self, held: Sequence[Evidence], leases: LeaseRows) -> dict[int, Holder | Unsure | None]:
        """One question for all of them; the same one is asked once, and neighbours beside each other."""
        asked: dict[int, Asked] = {}
        split: dict[str, bool] = {}
        events: dict[int, Event] = {}
        outside: dict[int, tuple[Lease, ...] | None] = {}
        for each in held:
            address, port = each.source_ip or "", each.source_port
            event = Event(seen=each.seen, precision=precision_of(each.seen), port=port)
            question = self._question(address, event)
            told = outside[id(each)] = () if self._outside is None or question is None else self._outside.of(question)
            needs_port = port is None and any(one.is_split for one in told or ())
            if port is None or each.seen is None:
                if address not in split:
                    split[address] = leases.is_split(address)
                needs_port = needs_port or split[address]
            events[id(each)] = replace(event, is_split=True) if needs_port else event
            if question is not None and not needs_port:
                asked[id(each)] = question
        questions = sorted(set(asked.values()), key=lambda one: (one.address, one.window.first))
        known = dict(zip(questions, leases.about_many(questions), strict=True))
        found: dict[int, Holder | Unsure | None] = {}
        for key, event in events.items():
            told = outside[key]
            if told is None:  # who might know of another line that had the address does not answer
                found[key] = Unsure(reason=SILENT)
                continue
            stored = known[asked[key]] if key in asked else ()
            found[key] = holder([*stored, *told], event, self._terms)
        return found

    def _asked(self, evidence: Evidence) -> Asked | None:
        """What the books are asked about it; None where it says no time."""
        event = Event(seen=evidence.seen, precision=precision_of(evidence.seen), port=evidence.source_port)
        return self._question(evidence.source_ip or "", event)

    def _question(self, address: str, event: Event) -> Asked | None:
        window = window_of(event, self._terms)
        return None if window is None else Asked(address=address, port=event.port, window=window)


def _traced(evidence: Evidence, words: OwnWords) -> Answer | None:
    if evidence.trace is None or words.traces is None:
        return None
    found = trace.read(evidence.trace, words.traces)
    return None if found is None else Answer(subject=found.subject, why=TRACE)


def _logged(held: Sequence[Evidence], logins: LoginRows, key: bytes) -> dict[int, Answer | Ambiguous | None]:
    marks = {id(each): mark_of(key, each.message_id) for each in held if each.message_id is not None}
    known = logins.of(sorted(set(marks.values())))
    found = {place: _of_logins(known.get(mark, ())) for place, mark in marks.items()}
    rest = [each for each in held if each.handed_in and found.get(id(each)) is None]
    return found | _queued(rest, logins, key) if rest else found


def _queued(held: Sequence[Evidence], logins: LoginRows, key: bytes) -> dict[int, Answer | Ambiguous | None]:
    """By queue id: one is used again after a while, so that log and trace line must be of about the same time."""
    said = {
        id(each): [found for text in each.handed_in if (found := handed_in.read(text)) is not None] for each in held
    }
    marks = {mark for lines in said.values() for line in lines for mark in marks_of(key, line)}
    known = logins.when(sorted(marks))
    return {
        place: _of_logins(
            tuple(
                dict.fromkeys(
                    login
                    for line in lines
                    for mark in marks_of(key, line)
                    for login, seen in known.get(mark, ())
                    if abs(seen - line.at) <= _SAME_QUEUE
                )
            )
        )
        for place, lines in said.items()
    }


def _is_by_address(listed: Claim | None, evidence: Evidence) -> bool:
    return listed is not None and listed.rule == "source-ip" and evidence.source_ip is not None


def _answer(found: Holder | Unsure | None) -> Answer | Ambiguous | None:
    if isinstance(found, Holder):
        return Answer(subject=found.subscriber, why=RULE)
    return None if found is None else Ambiguous(reason=found.reason, why=RULE, candidates=found.candidates)


def _of_logins(logins: Sequence[str]) -> Answer | Ambiguous | None:
    if not logins:
        return None
    if len(logins) > 1:  # a Message-ID is whatever the sender writes: two accounts may have used one
        return Ambiguous(reason=SEVERAL_LOGINS, why=LOGIN, candidates=tuple(logins[:8]))
    return Answer(subject=logins[0], why=LOGIN)


def _of_list(listed: Claim | None) -> Answer | Ambiguous | None:
    if listed is None:
        return None
    if listed.is_certain:
        return Answer(subject=listed.label, why=listed.rule or "")
    return Ambiguous(reason=listed.doubt or "two-customers", why=listed.rule or "", candidates=listed.candidates)


def _claim(found: Answer | Ambiguous | None, listed: Claim | None, evidence: Evidence) -> Claim | None:
    if found is None:
        return listed
    if isinstance(found, Answer):
        return Claim(kind=SubjectKind.SUBSCRIBER, label=found.subject, rule=found.why)
    return Claim(
        kind=SubjectKind.ADDRESS,
        label=evidence.source_ip or (listed.label if listed else "-"),
        contact=listed.contact if listed else None,
        rule=found.why,
        candidates=found.candidates,
        doubt=found.reason,
    )
