"""Whom a person may write to about a case.

Trust:      the operator's own list, agreements, and contacts that a person confirmed name addresses; besides them, who wrote a
            letter that stands in the case, and who reported. A letter that only names the case makes nobody known: a person
            has to attach it first. An address that merely stands in some text is none of them.
Answers:    ``recipients(records, case, book)`` gives each address once, the customer first; ``one(...)`` the one that was meant.
Limits:     the newest ``_REPORTS`` reports and ``_LETTERS`` letters; networks of ``_ADDRESSES`` source addresses.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from comity.accord.agreement.terms import domain_of
from comity.formats import header_text
from comity.formats.item_facts import evidence_from_line, from_line
from comity.model.agreement import Agreement
from comity.model.case import ItemFacts, SubjectKind
from comity.model.case_letter import Correspondent
from comity.model.desk import DeskCase
from comity.model.network_contact import WEAK, ContactState
from comity.model.outcomes import ComityError, Outcome
from comity.services.receive.conversation.arriving import NAMES_CASE

_REPORTS: Final = 200
_LETTERS: Final = 20
_ADDRESSES: Final = 3
_NEWEST: Final = 1000
_HAN: Final = ("\u4e00", "\u9fff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One mailbox; ``language`` is what it reads, where that is known: "en" or "zh"."""

    who: Correspondent
    address: str
    language: str | None = None
    answers: str | None = None  # the Message-ID of the newest letter from it
    reports: tuple[int, ...] = ()  # which reports it made

    @property
    def key(self) -> str:
        """What names it in a form."""
        return f"{self.who.value} {self.address}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What our own side knows of addresses."""

    contact_of: Callable[[str], str | None]  # of a customer, by the operator's own list as it is now
    agreements: Callable[[Any], Sequence[Agreement]]  # those that hold, in a transaction


def recipients(records: Any, case: DeskCase, members: Sequence[str], *, book: Book) -> list[Recipient]:
    """Everybody who may be written to; ``members`` are the case and those that went into it."""
    letters = [from_line(row.reading) for row in records.intake.letters_of(members, _LETTERS) if row.why != NAMES_CASE]
    newest: dict[str, ItemFacts] = {}
    for each in letters:
        if each is not None and each.carried_from:
            newest.setdefault(each.carried_from.lower(), each)
    found: dict[str, Recipient] = {}
    for named in _named(records, case, members, book=book, wrote=list(newest)):
        address = header_text.address(named.address)
        if address is None:
            continue
        known = found.get(address.lower())
        if known is None:
            letter = newest.get(address.lower())
            known = Recipient(
                who=named.who,
                address=address,
                language=named.language or _written_in(letter),
                answers=None if letter is None else letter.message_id,
            )
        made = () if named.report_id is None else (named.report_id,)
        found[address.lower()] = replace(known, reports=(*known.reports, *made))
    return list(found.values())


def one(known: Iterable[Recipient], who: Correspondent, *, report_id: int | None = None) -> Recipient | None:
    """The one that was meant by a role alone, or by a report that it made; one word names none of several reporters."""
    if report_id is not None:
        return next((each for each in known if report_id in each.reports), None)
    reported = who is Correspondent.REPORTER
    fits = [each for each in known if each.who is who or (reported and each.reports)]
    if reported and len(fits) > 1:
        raise ComityError("letter-several", who.value, outcome=Outcome.USAGE, details={"n": len(fits)})
    return next(iter(fits), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    who: Correspondent
    address: str  # as it was written
    language: str | None = None
    report_id: int | None = None


def _named(
    records: Any, case: DeskCase, members: Sequence[str], *, book: Book, wrote: Sequence[str]
) -> Iterator[_Named]:
    """Who is named by whom, best known first; addresses are as they were written."""
    yield from _of_case(records, case, book)
    yield from (_Named(who=Correspondent.WRITER, address=each) for each in wrote)
    reports = records.intake.reports_of(members, _REPORTS)
    peers = {each.peer for each in reports if each.peer}
    agreements = {domain_of(each): each for each in book.agreements(records)} if peers else {}
    for domain in sorted(peers & agreements.keys()):
        agreement = agreements[domain]
        reads = _ours(agreement.languages)
        for address in agreement.contacts or (agreement.address,):
            yield _Named(who=Correspondent.PEER, address=address, language=reads)
    for row in reports:
        evidence = evidence_from_line(row.facts)
        if evidence is not None and evidence.reporter:
            told = agreements.get(row.peer or "")
            reads = _ours(told.languages) if told else None
            yield _Named(who=Correspondent.REPORTER, address=evidence.reporter, language=reads, report_id=row.id)
    if case.subject_kind is not SubjectKind.LETTER:
        yield from _of_networks(records, members)


def _of_case(records: Any, case: DeskCase, book: Book) -> Iterator[_Named]:
    """Whom the case itself is about."""
    if case.subject_kind is SubjectKind.LETTER:
        if case.contact:
            yield _Named(who=Correspondent.REPORTER, address=case.contact)
        return
    if case.subject_kind is SubjectKind.SUBSCRIBER:
        known = records.contacts.of(case.label)
        if known is not None and known.mail and not known.is_hotspot:
            yield _Named(who=Correspondent.CUSTOMER, address=known.mail, language=_ours((known.language or "",)))
    listed = case.contact or book.contact_of(case.label)
    if listed:
        yield _Named(who=Correspondent.CUSTOMER, address=listed)


def _of_networks(records: Any, members: Sequence[str]) -> Iterator[_Named]:
    """The contacts of networks around the addresses that most reports name; a person confirmed each."""
    counts: dict[str, int] = {}
    for case_id in members:
        for address in records.intake.addresses_of(case_id, _NEWEST):
            counts[address] = counts.get(address, 0) + 1
    for address in sorted(counts, key=lambda each: -counts[each])[:_ADDRESSES]:
        found = records.network_contacts.about(address)
        if found is not None and found.state is ContactState.CONFIRMED and found.way not in WEAK:
            yield _Named(who=Correspondent.NETWORK, address=found.address)


def _ours(tags: Sequence[str]) -> str | None:
    """The first of these languages that we write."""
    return next((each[:2].lower() for each in tags if each[:2].lower() in ("en", "zh")), None)


def _written_in(letter: ItemFacts | None) -> str | None:
    """Chinese, where the subject of its letter has Chinese signs: else nothing is known."""
    subject = (letter.subject if letter is not None else None) or ""
    return "zh" if any(_HAN[0] <= sign <= _HAN[1] for sign in subject) else None
