"""What of a row can be found: the words that everybody at the desk may see, and those that only some may.

Trust:      rows hold strangers' words. What names or leads to a person is closed: it is found by whoever may see personal data.
Answers:    ``document_of(kind, row)`` gives a ``Document``; ``closed(term)`` is how a term is kept that not everybody finds by.
Limits:     a case is found by its label, a note by what it says, a report by what its facts hold; bodies of mail are not searched.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from comity.formats.item_facts import evidence_from_line, from_line
from comity.formats.search_terms import address_term, domain_terms, folded, name_term, terms_of
from comity.model.case import Evidence, SubjectKind
from comity.model.searched import Searched

_WORDS_OF_A_NOTE: Final = 1000
_MOST: Final = 20  # of the domains that one report names


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What one row is found by."""

    open_terms: frozenset[str]
    closed_terms: frozenset[str] = frozenset()
    open_text: str = ""  # folded
    closed_text: str = ""
    message_id: str | None = None

    @property
    def kept(self) -> Iterable[str]:
        """All terms, as the index keeps them."""
        return (*self.open_terms, *(closed(each) for each in self.closed_terms))


def closed(term: str) -> str:
    """A term that only those find by who may see personal data."""
    return term[:1].upper() + term[1:]


def document_of(kind: Searched, row: Any) -> Document | None:
    """What this row is found by; None: by nothing."""
    return _MADE[kind](row)


def _report(row: Any) -> Document:
    found = evidence_from_line(row.facts)
    open_terms = {term for each in (row.dkim_domain, row.peer) if each for term in domain_terms(each)}
    if found is None:
        return Document(open_terms=frozenset(open_terms))
    terms = _named(found)
    address = address_term(found.source_ip) if found.source_ip else None
    if address is not None:
        terms.add(address)
    for text in (found.subject, found.header_from):
        if text:
            terms |= terms_of(text)
    return Document(
        open_terms=frozenset(open_terms),
        closed_terms=frozenset(terms - open_terms),
        closed_text=f"{folded(found.subject or '')}\n{folded(found.header_from or '')}",
        message_id=found.message_id,
    )


def _named(found: Evidence) -> set[str]:
    """Domains, and the names that others gave to the report and to its campaign."""
    domains = [*found.dkim_domain[:_MOST], *found.reported_domain[:_MOST], *found.link_domain[:_MOST]]
    terms = {term for each in domains for term in domain_terms(each)}
    terms |= {name_term(each) for each in (found.report_id, found.feedback_id) if each}
    if found.feedback_id:
        terms |= {name_term(each) for each in found.feedback_id.split(":")[:6] if each}
    return terms


def _case(row: Any) -> Document:
    contact = row.contact or ""
    if row.subject_kind == SubjectKind.LETTER.value:  # it is called by who wrote it, and about what
        texts = (row.label, contact)
        return Document(
            open_terms=frozenset(),
            closed_terms=frozenset(term for each in texts for term in terms_of(each)),
            closed_text="\n".join(map(folded, texts)),
        )
    return Document(
        open_terms=frozenset(terms_of(row.label)),
        closed_terms=frozenset(terms_of(contact)) | frozenset(_subscriber(row)),
        open_text=folded(row.label),
        closed_text=folded(contact),
    )


def _note(row: Any) -> Document:
    terms = frozenset(terms_of(row.note, _WORDS_OF_A_NOTE))
    return Document(open_terms=frozenset(), closed_terms=terms, closed_text=folded(row.note))


def _subscriber(row: Any) -> Iterable[str]:
    """A subscriber's reference, as a whole."""
    return (name_term(row.label),) if row.subject_kind == SubjectKind.SUBSCRIBER.value else ()


def _letter(row: Any) -> Document | None:
    facts = from_line(row.reading)
    if facts is None:
        return None
    texts = [each for each in (facts.subject, facts.carried_from) if each]
    terms = {term for each in texts for term in terms_of(each)}
    return Document(
        open_terms=frozenset(),
        closed_terms=frozenset(terms),
        closed_text="\n".join(folded(each) for each in texts),
        message_id=facts.message_id,
    )


_MADE: Final[Mapping[Searched, Callable[[Any], Document | None]]] = {
    Searched.REPORT: _report,
    Searched.CASE: _case,
    Searched.NOTE: _note,
    Searched.LETTER: _letter,
}
