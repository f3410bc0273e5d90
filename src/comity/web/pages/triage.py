"""The page of a triage: one HTML file that needs nothing else, in both languages.

Trust:      every text is a stranger's until ``visible`` has shown it; nothing on the page is fetched, run or sent: its content
            security policy forbids all of it, and allows its own style sheet by its hash.
Standards:  WCAG 2.2 AA; CSP level 3.
Answers:    ``render(triage, source, language)`` gives the text of the file; ``language`` is the one it opens in.
Limits:     the worst hundred cases in full, two thousand more in a line each, three hundred letters, forty examples of each reason;
            how many more there are is said, and ``--json`` has them all.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, TypeVar

from jinja2 import Environment
from markupsafe import Markup

from comity.cases.matching import named
from comity.cases.severity import RECENT, level
from comity.cases.timeline import Axis, axis_of
from comity.locale import LANGUAGES, catalogue
from comity.model.case import Campaign, Case, Entry, Fold, ItemFacts, Listed, SubjectKind, Thread, Triage, Unmatched
from comity.model.feedback import Kind
from comity.model.mailbox import Condition
from comity.web import templating
from comity.web.bars import shares, time_line
from comity.web.bilingual import both, class_of, say
from comity.web.pages.alone import policy_of, style_of
from comity.web.visible import visible, visible_domain

_T = TypeVar("_T")
_K = TypeVar("_K")

FULL_CASES: Final = 100
SHORT_CASES: Final = 2000
ROWS: Final = 12  # of a list, at first sight
HIDDEN_ROWS: Final = 300  # behind "and N more"
_ENTRIES, _CAMPAIGNS, _ADDRESSES = 12, 8, 12
_SUBJECTS = 2
_EXAMPLES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A text with how often it stands."""

    text: Markup
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """One case, ready to be shown."""

    case: Case
    rank: int
    level: str
    label: Markup
    line: Markup | None
    peak: int
    first: str | None
    last: str | None
    subjects: tuple[Markup, ...]
    addresses: tuple[Counted, ...]
    more_addresses: int
    domains: tuple[Counted, ...]
    more_domains: int
    campaigns: tuple[Campaign, ...]
    more_campaigns: int
    entries: tuple[Entry, ...]
    more_entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows of a list that have the same reason, as one row: examples instead of all."""

    kind: str | None
    reason: str
    count: int
    examples: tuple[ItemFacts, ...]
    about: tuple[Counted, ...] = ()
    findings: tuple[tuple[str, int], ...] = ()
    said: str | None = None  # why the system did not open a file


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything the template shows."""

    triage: Triage
    source: Markup
    title: Markup
    language: str
    languages: tuple[tuple[str, str], ...]  # (class, BCP 47 tag)
    policy: str
    style: Markup
    made: str
    places: tuple[tuple[str, int], ...]
    shares: Markup
    needs: dict[str, int]
    person: int
    axis: Axis | None
    cases: tuple[CaseView, ...]
    short_cases: tuple[CaseView, ...]
    more_cases: int
    unmatched: tuple[Group, ...]
    threads: tuple[Thread, ...]
    hidden_threads: tuple[Thread, ...]
    unreadable: tuple[Group, ...]
    not_reports: tuple[Group, ...]
    folded: tuple[Group, ...]


def render(triage: Triage, source: str, language: str) -> str:
    """Give the whole page."""
    return _environment().get_template("triage.html").render(page=page_of(triage, source, language))


def page_of(triage: Triage, source: str, language: str) -> Page:
    """Make the view of a triage."""
    axis = axis_of(day for case in triage.cases for day in case.days)
    views = tuple(
        _case(rank, case, axis) for rank, case in enumerate(triage.cases[: FULL_CASES + SHORT_CASES], start=1)
    )
    style = style_of("triage.css")
    places = tuple((place, count) for place, count in triage.where_items_went().items() if count)
    needs = triage.needs_person()
    return Page(
        triage=triage,
        source=visible(source, 100),
        title=say(language, "triage.title", source=visible(source, 100).striptags()),
        language=class_of(language),
        languages=tuple((class_of(each), catalogue(each).html_language) for each in LANGUAGES),
        policy=policy_of(style),
        style=style,
        made=f"{triage.now:%Y-%m-%d %H:%M}",
        places=places,
        shares=shares(places),
        needs=needs,
        person=sum(needs.values()),
        axis=axis,
        cases=views[:FULL_CASES],
        short_cases=views[FULL_CASES:],
        more_cases=max(len(triage.cases) - FULL_CASES - SHORT_CASES, 0),
        unmatched=_unmatched(triage.unmatched),
        threads=triage.free_text[:ROWS],
        hidden_threads=triage.free_text[ROWS : ROWS + HIDDEN_ROWS],
        unreadable=_listed(triage.unreadable),
        not_reports=_listed(triage.not_reports),
        folded=_folded(triage.folded),
    )


def _case(rank: int, case: Case, axis: Axis | None) -> CaseView:
    counts = axis.fill(case.days) if axis is not None and case.days else ()
    recent = -(-RECENT.days // axis.width) if axis is not None and case.going_on else 0
    subjects = dict.fromkeys(entry.evidence.subject for entry in case.entries if entry.evidence.subject)
    return CaseView(
        case=case,
        rank=rank,
        level=level(case.score),
        label=visible_domain(case.label) if case.subject_kind is SubjectKind.DOMAIN else visible(case.label),
        line=time_line(counts, axis, recent) if counts and axis is not None else None,
        peak=max(counts, default=0),
        first=_day(case.first),
        last=_day(case.last),
        subjects=tuple(visible(subject, 90) for subject in list(subjects)[:_SUBJECTS]),
        addresses=tuple(Counted(text=visible(name), count=count) for name, count in case.addresses[:_ADDRESSES]),
        more_addresses=max(len(case.addresses) - _ADDRESSES, 0),
        domains=tuple(Counted(text=visible_domain(name), count=count) for name, count in case.domains[:_ADDRESSES]),
        more_domains=max(len(case.domains) - _ADDRESSES, 0),
        campaigns=case.campaigns[:_CAMPAIGNS],
        more_campaigns=max(len(case.campaigns) - _CAMPAIGNS, 0),
        entries=case.entries[:_ENTRIES],
        more_entries=max(len(case.entries) - _ENTRIES, 0),
    )


def _unmatched(members: Sequence[Unmatched]) -> tuple[Group, ...]:
    groups = []
    for reason, together in _together(members, lambda each: each.reason):
        names = (named(each.evidence) for each in together if each.evidence is not None)
        about = Counter(name for name in names if name is not None)
        groups.append(
            Group(
                kind=None,
                reason=f"triage.unmatched.{reason}",
                count=len(together),
                examples=_examples(each.item for each in together),
                about=tuple(
                    Counted(text=visible_domain(name), count=count) for name, count in about.most_common(_ADDRESSES)
                ),
                findings=_findings(each.item for each in together) if reason == "no-mark" else (),
            )
        )
    return tuple(groups)


def _listed(members: Sequence[Listed]) -> tuple[Group, ...]:
    """By kind and reason; what asks for an answer comes first, then what is most."""
    groups = [
        Group(
            kind=kind.value,
            reason=reason,
            count=len(together),
            examples=_examples(each.item for each in together),
            findings=_findings(each.item for each in together) if kind is Kind.UNREADABLE else (),
            said=said,
        )
        for (kind, reason, said), together in _together(
            members, lambda each: (each.item.kind, each.reason, _said(each.item))
        )
    ]
    return tuple(sorted(groups, key=lambda group: (group.kind != Kind.VERIFICATION.value, -group.count)))


def _said(item: ItemFacts) -> str | None:
    return item.detail if item.condition is Condition.CLOSED else None


def _folded(members: Sequence[Fold]) -> tuple[Group, ...]:
    return tuple(
        Group(
            kind=None,
            reason=f"triage.fold.{rule}",
            count=len(together),
            examples=_examples(each.item for each in together),
        )
        for rule, together in _together(members, lambda each: each.rule)
    )


def _together(members: Iterable[_T], key: Callable[[_T], _K]) -> list[tuple[_K, list[_T]]]:
    groups: dict[_K, list[_T]] = {}
    for member in members:
        groups.setdefault(key(member), []).append(member)
    return sorted(groups.items(), key=lambda pair: -len(pair[1]))


def _examples(items: Iterable[ItemFacts]) -> tuple[ItemFacts, ...]:
    different = {item.position: item for item in items}
    return tuple(different.values())[:_EXAMPLES]


def _findings(items: Iterable[ItemFacts]) -> tuple[tuple[str, int], ...]:
    return tuple(Counter(code for item in items for code in item.findings).most_common(5))


def _day(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%d")


def _minute(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%d %H:%M")


@cache
def _environment() -> Environment:
    return templating.environment(t=both, visible=visible, visible_domain=visible_domain, day=_day, minute=_minute)
