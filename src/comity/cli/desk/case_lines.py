"""Cases as lines of text.

Trust:      every text of a stranger passes ``plain``.
Answers:    ``table``, ``foot``, ``page`` give lines of 80 columns (Han characters count two). A row of the table is cut there;
            on a page what does not fit stands below. The public form is that of ``comity.services.public.cases``.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from rich.cells import cell_len, set_cell_size

from comity.cli.desk.account import whom
from comity.cli.desk.course_lines import course_lines
from comity.cli.desk.infestation_lines import infestation_lines
from comity.cli.speech import listed, plain, speaker
from comity.cli.wrapping import fitted
from comity.formats.item_facts import from_line
from comity.model.case import Score, SubjectKind
from comity.model.case_letter import CaseLetter
from comity.model.desk import CaseEvent, CaseState, DeskCase
from comity.services.public.cases import Whole
from comity.services.public.course import noted
from comity.services.receive.conversation.arriving import NAMES_CASE

_LABEL = 29
_SECONDS = ((86400, "d"), (3600, "h"), (60, "m"))


def table(cases: Sequence[tuple[DeskCase, Score]], now: datetime) -> Iterator[str]:
    """One line a case."""
    words = speaker()
    if not cases:
        yield words.say("case.none")
        return
    heads = (
        "case.col.score",
        "case.col.state",
        "case.col.reports",
        "case.col.people",
        "case.col.last",
        "case.col.label",
    )
    yield _row([words.say(each) for each in heads] + [words.say("case.col.case")])
    for case, weighed in cases:
        cells = [
            f"{weighed.total:.1f}",
            words.say(f"case.state.{case.state.value}"),
            f"{case.reports:,}",
            f"{case.complainers:,}",
            _ago(case.last_seen, now),
            plain(case.label),
            case.case_id[:12],
        ]
        yield _row(cells)


def foot(
    counts: Mapping[CaseState, int], unmatched: Mapping[str, int], shunted: int, *, letters: int = 0
) -> Iterator[str]:
    """What is not in the table."""
    words = speaker()
    asked = counts.get(CaseState.UNDECIDED, 0)
    yield ""
    yield words.say(
        "case.foot",
        n=sum(counts.values()),
        closed=counts.get(CaseState.CLOSED, 0),
        merged=counts.get(CaseState.MERGED, 0),
    )
    if asked:
        yield words.say("case.foot-undecided", n=asked)
    if unmatched:
        reasons = listed(f"{words.say(f'case.no.{reason}')} {count:,}" for reason, count in sorted(unmatched.items()))
        yield words.say("case.foot-unmatched", n=sum(unmatched.values()), reasons=reasons)
    if shunted:
        yield words.say("case.foot-shunted", n=shunted)
    if letters:
        yield words.say("case.foot-letters", n=letters)


def page(whole: Whole, namesakes: Collection[str] = ()) -> Iterator[str]:
    """One case on a page; ``namesakes`` are accounts that are called as who has none."""
    return (piece for line in _page(whole, namesakes) for piece in fitted(line))


def _page(whole: Whole, namesakes: Collection[str]) -> Iterator[str]:
    case, words = whole.case, speaker()
    yield words.say("case.head", label=plain(case.label, 60), case=case.case_id)
    state = words.say(f"case.state.{case.state.value}")
    yield words.say("case.page-state", state=state, since=_short(case.state_since), score=f"{whole.score.total:.1f}")
    if case.question is not None:
        among = listed(plain(each, 40) for each in case.question.candidates)
        yield words.say(f"case.question.{case.question.code}", among=among)
    if case.contact:
        yield words.say("case.contact", contact=plain(case.contact, 60))
    if case.due is not None:
        yield words.say("case.due", day=_short(case.due))
    if case.reopened_from:
        yield words.say("case.relapse", case=case.reopened_from)
    if case.merged_into:
        yield words.say("case.went-into", case=case.merged_into)
    if whole.merged:
        yield words.say("case.holds", cases=", ".join(whole.merged))
    yield _numbers(case)
    classes = listed(f"{words.say(f'triage.class.{each.value}')} {count:,}" for each, count in case.classes.items())
    if classes:
        yield words.say("case.classes", classes=classes)
    yield from infestation_lines(whole.infestation)
    yield from course_lines(whole.course, namesakes)
    yield from _events(whole.events, namesakes)
    yield from _reports(whole)


def _numbers(case: DeskCase) -> str:
    words, span = speaker(), {"first": _short(case.first_seen), "last": _short(case.last_seen)}
    if case.subject_kind is SubjectKind.LETTER:  # nobody complained, and what it holds is no report
        return words.say("case.numbers-letters", letters=words.say("case.numbers.letters", n=case.reports), **span)
    return words.say(
        "case.numbers",
        reports=words.say("case.numbers.reports", n=case.reports),
        people=words.say(f"case.numbers.{'people' if case.is_of_people else 'reporters'}", n=case.complainers),
        repeats=words.say("case.numbers.repeats", n=case.repeats),
        **span,
    )


def _events(events: Sequence[CaseEvent], namesakes: Collection[str]) -> Iterator[str]:
    words = speaker()
    yield ""
    yield words.say("case.done-so-far")
    for each in events:
        act = words.say(f"case.act.{each.act}")
        note = f"  {plain(noted(words, each) or '', 400)}" if each.note else ""
        yield f"  {_short(each.at)}  {whom(each.actor, namesakes)}  {act}{note}"


def _reports(whole: Whole) -> Iterator[str]:
    words = speaker()
    if whole.reports:
        yield ""
        yield words.say("case.newest", n=len(whole.reports))
    for row in whole.reports:
        facts = [row.source_ip, row.dkim_domain, f"<{row.message_id}>" if row.message_id else None]
        shown = "  ".join(plain(each, 46) for each in facts if each)
        again = words.say("case.repeats", report=row.duplicate_of) if row.duplicate_of else ""
        sort = words.say(f"triage.class.{row.evidence_class}")
        yield f"  {_short(row.observed or row.arrived)}  {sort}  {shown}{again}"
    if whole.thread:
        yield ""
        yield words.say("case.thread", n=len(whole.thread))
    yield from map(_thread_line, whole.thread)
    if whole.letters:
        yield ""
        yield words.say("case.letters", n=len(whole.letters))
    for row in whole.letters:
        letter = from_line(row.reading)
        subject = plain((letter and letter.subject) or row.name, 60)
        writer = plain((letter and letter.carried_from) or "-", 40)  # whoever got hold of the address may write to it
        yield f"  {_short(row.arrived)}  {writer}  {subject}"
        if row.why == NAMES_CASE:
            yield "      " + words.say("case.only-names")
        if letter and letter.mentioned:
            yield "      " + words.say("case.mentions", what=listed(plain(each, 40) for each in letter.mentioned))


def _thread_line(each: CaseLetter) -> str:
    """One letter of ours, and what became of it."""
    words = speaker()
    who = words.say(f"letter.who.{each.who.value}")
    if each.bounced is not None or each.state == "failed":
        state = words.say("letter.bounced")
    elif each.answered is not None:
        state = words.say("letter.answered", day=_short(each.answered))
    elif each.answer_by is not None:
        sort = "letter.overdue" if each.reminded is not None else "letter.awaited"
        state = words.say(sort, day=_short(each.answer_by))
    else:
        state = ""
    line = f"  {_short(each.written)}  {who}  {plain(each.subject, 40)}  {state}".rstrip()
    files = [words.say("letter.file", name=plain(file.name, 40), size=f"{file.size:,}") for file in each.files]
    return "\n".join((line, *(f"      {file}" for file in files)))


def _row(cells: Sequence[str]) -> str:
    score, state, reports, people, last, label, case = cells
    return " ".join(
        (
            _right(score, 6),
            set_cell_size(state, 9),
            _right(reports, 7),
            _right(people, 6),
            _right(last, 5),
            set_cell_size(_fit(label, _LABEL), _LABEL),
            case,
        )
    ).rstrip()


def _right(text: str, width: int) -> str:
    return " " * max(width - cell_len(text), 0) + text


def _fit(text: str, width: int) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def _ago(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return "-"
    seconds = max((now - moment).total_seconds(), 0)
    return next((f"{seconds // size:.0f}{sign}" for size, sign in _SECONDS if seconds >= size), "0m")


def _short(moment: datetime | None) -> str:
    return "-" if moment is None else moment.strftime("%Y-%m-%d %H:%M")
