"""Find what somebody asks for, in everything that he may see.

Trust:      what is asked is a person's; what may be seen is asked of permits for each sort, and whoever may not see personal data
            neither sees it nor finds by it.
Standards:  docs/decisions/0044-accounts.md: what shows personal data names, in ``Hit.about``, whom it is to be written down.
Answers:    ``find(records, text, permits, most=...)`` gives a ``Group`` for each sort of which something was found.
Limits:     the newest few of each sort. Eight words; a word of scripts with spaces is found by its beginning.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from comity.formats.item_facts import evidence_from_line, from_line
from comity.formats.search_terms import Asked, asked
from comity.model.account import Permit
from comity.model.case import SubjectKind
from comity.model.searched import Group, Hit, Searched, Sort
from comity.services.search.looking import look
from comity.services.search.others import OTHERS, newest_first

NEEDED: Final[Mapping[Sort, frozenset[Permit]]] = {
    Sort.CASE: frozenset({Permit.CASES_SEE}),
    Sort.REPORT: frozenset({Permit.CASES_SEE}),
    Sort.LETTER: frozenset({Permit.CASES_SEE, Permit.PERSONAL_SEE}),
    Sort.NOTE: frozenset({Permit.CASES_SEE, Permit.PERSONAL_SEE}),
    Sort.SUBSCRIBER: frozenset({Permit.CASES_SEE, Permit.REMEDY_SEE, Permit.PERSONAL_SEE}),
    Sort.CONSUMER: frozenset({Permit.CONSUMERS_SEE}),
    Sort.PEER: frozenset({Permit.LEDGER_SEE}),
    Sort.AGREEMENT: frozenset({Permit.LEDGER_SEE}),
    Sort.STATEMENT: frozenset({Permit.LEDGER_SEE}),
    Sort.RECOURSE: frozenset({Permit.LEDGER_SEE}),
}
_INDEXED: Final = {
    Sort.CASE: Searched.CASE,
    Sort.REPORT: Searched.REPORT,
    Sort.LETTER: Searched.LETTER,
    Sort.NOTE: Searched.NOTE,
}
_NAME: Final = 4  # signs by which a case is named


def find(
    records: Any, text: str, permits: Collection[Permit], *, only: Sort | None = None, most: int = 8
) -> list[Group]:
    """What is found, in the order of ``Sort``; ``only`` of one sort."""
    question = asked(text)
    if not question.needs:
        return []
    is_open, allowed = Permit.PERSONAL_SEE not in permits, frozenset(permits)
    wanted = [sort for sort in Sort if only in (None, sort) and NEEDED[sort] <= allowed]
    found = (_group(records, sort, question, is_open=is_open, most=most) for sort in wanted)
    return [group for group in found if group.hits or group.is_cut]


def _group(records: Any, sort: Sort, question: Asked, *, is_open: bool, most: int) -> Group:
    if sort in OTHERS:
        hits = newest_first(OTHERS[sort](records, question, is_open))
        return Group(sort=sort, hits=hits[:most], is_more=len(hits) > most)
    looked = look(records, _INDEXED[sort], question, is_open=is_open, most=most)
    hits = [_HIT[sort](row, is_open) for row in looked.rows]
    if sort is Sort.CASE:
        named = [
            each for each in _named(records, question, is_open=is_open) if each.path not in {hit.path for hit in hits}
        ]
        hits = [*named, *hits]
    return Group(sort=sort, hits=hits[:most], is_more=looked.is_more or len(hits) > most, is_cut=looked.is_cut)


def _named(records: Any, question: Asked, *, is_open: bool) -> Iterator[Hit]:
    """Cases by the beginning of their short name."""
    start = question.text.strip().lower().removeprefix("#")
    if len(start) < _NAME or not all(sign in "0123456789abcdef" for sign in start):
        return
    for case in records.cases.beginning_with(start):
        yield Hit(
            sort=Sort.CASE,
            title=case.case_id if is_open and case.subject_kind is SubjectKind.LETTER else case.label,
            path=f"/cases/{case.case_id}",
            under=(case.case_id,),
            said=f"case.state.{case.state.value}",
            when=case.last_seen,
        )


def _case(row: Any, is_open: bool) -> Hit:
    return Hit(
        sort=Sort.CASE,
        title=row.label,
        path=f"/cases/{row.case_id}",
        under=(row.case_id,),
        said=f"case.state.{row.state}",
        when=row.last_seen,
    )


def _report(row: Any, is_open: bool) -> Hit:
    facts = None if is_open else evidence_from_line(row.facts)
    at_case = f"/cases/{row.case_id}" if row.case_id else "/cases"
    if facts is None:
        title, under = row.dkim_domain or row.peer or "–", tuple(each for each in (row.peer,) if each)
    else:
        title = facts.subject or facts.message_id or facts.source_ip or row.dkim_domain or "–"
        named = (facts.source_ip, row.dkim_domain, facts.message_id, facts.report_id)
        under = tuple(each for each in named if each and each != title)
    return Hit(
        sort=Sort.REPORT,
        title=title,
        path=at_case if is_open or row.item_id is None else f"/items/{row.item_id}",
        under=under,
        said=f"triage.class.{row.evidence_class}",
        when=row.observed,
        about=None if is_open else str(row.item_id or row.case_id or row.id),
    )


def _letter(row: Any, is_open: bool) -> Hit:
    facts = from_line(row.reading)
    return Hit(
        sort=Sort.LETTER,
        title=(facts.subject if facts else None) or row.name,
        path=f"/items/{row.id}",
        under=tuple(each for each in ((facts.carried_from if facts else None), row.label) if each),
        said=f"case.state.{row.state}",
        when=row.arrived,
        about=str(row.id),
    )


def _note(row: Any, is_open: bool) -> Hit:
    return Hit(
        sort=Sort.NOTE,
        title=" ".join(row.note.split()),
        path=f"/cases/{row.case_id}",
        under=(row.actor, row.label),
        when=row.at,
        about=row.case_id,
    )


_HIT: Final[Mapping[Sort, Callable[[Any, bool], Hit]]] = {
    Sort.CASE: _case,
    Sort.REPORT: _report,
    Sort.LETTER: _letter,
    Sort.NOTE: _note,
}
