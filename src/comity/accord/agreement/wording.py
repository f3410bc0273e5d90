"""An agreement in words: the same document, section by section, before its language is known.

Trust:      the document's texts are the other side's words: escape them where they are shown.
Answers:    ``sections(document)`` gives ``Section`` records of ``Message`` pairs; ``text(sections, ...)`` lines in one language.
Limits:     every field of the document is shown, in both languages, so that nobody signs what he has not read.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Final

from comity.model.agreement_document import AgreedContact, AgreedDirection, AgreedSide, AgreementDocument
from comity.model.message import Message

Shown = Message | str
_COLUMNS: Final = 78


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading, and rows of a label and what is said of it."""

    title: Message
    rows: tuple[tuple[Message, tuple[Shown, ...]], ...]


def sections(document: AgreementDocument, digest: str | None = None) -> tuple[Section, ...]:
    """The whole document."""
    return (
        Section(title=Message("agreement.title.terms"), rows=tuple(_terms(document, digest))),
        *(
            Section(title=Message("agreement.title.side", {"party": party}), rows=tuple(_side(document.sides[party])))
            for party in document.parties
        ),
        *(
            Section(
                title=Message("agreement.title.direction", {"party": party, "other": document.other(party)}),
                rows=tuple(_direction(document.directions[party])),
            )
            for party in document.parties
        ),
        Section(title=Message("agreement.title.rules"), rows=tuple(_rules(document))),
    )


def _row(name: str, *values: Shown) -> tuple[Message, tuple[Shown, ...]]:
    return Message(f"agreement.field.{name}"), values or (Message("agreement.none"),)


def _terms(document: AgreementDocument, digest: str | None) -> Iterator[tuple[Message, tuple[Shown, ...]]]:
    yield _row("parties", *document.parties)
    yield _row("version", str(document.version))
    if digest is not None:
        yield _row("digest", digest)
    yield _row("previous", document.previous or Message("agreement.first"))
    yield _row("proposed", Message("agreement.by", {"at": when(document.proposed), "party": document.proposed_by}))
    yield _row("answer_by", when(document.answer_by))
    yield _row("begins", Message("agreement.on-acceptance") if document.begins is None else when(document.begins))
    yield _row("ends", Message("agreement.open-end") if document.ends is None else when(document.ends))
    yield _row("notice_days", _days(document.notice_days))
    for name, words in (("complaint", document.complaint), ("remarks", document.remarks)):
        yield _row(name, *(words.values() if words else ()))


def _side(side: AgreedSide) -> Iterator[tuple[Message, tuple[Shown, ...]]]:
    yield _row("organisation", side.organisation)
    yield _row("address", side.address)
    yield _row("networks", *map(str, side.networks))
    yield _row("dkim_domains", *side.dkim_domains)
    yield _row("languages", *(Message(f"agreement.language.{each}") for each in side.languages))
    yield _row("jurisdictions", *side.jurisdictions)
    yield _row("contacts", *(_contact(each) for each in side.contacts))


def _contact(contact: AgreedContact) -> Message:
    more = [contact.name, contact.phone, contact.hours, contact.zone and f"UTC{contact.zone}", *contact.languages]
    return Message(
        "agreement.contact",
        {
            "role": Message(f"agreement.role.{contact.role}"),
            "address": contact.address,
            "more": "; ".join(each for each in more if each),
        },
    )


def _direction(direction: AgreedDirection) -> Iterator[tuple[Message, tuple[Shown, ...]]]:
    yield _row("classes", *_words("class", direction.classes))
    yield _row("definitions", *_words("definition", direction.definitions))
    yield _row("tier", _word("tier", direction.tier))
    yield _row("body", _word("body", direction.body))
    yield _row("format", direction.report_format.value.upper())
    yield _row("tlp", direction.tlp.value)
    yield _row("quota", f"{direction.quota:,}")
    trial = direction.trial
    yield _row(
        "trial",
        Message("agreement.no-trial")
        if trial is None
        else Message(
            "agreement.trial",
            {"until": when(trial.until), "n": trial.reports, "tier": _word("tier", trial.tier)},
        ),
    )
    yield _row("retention_days", _days(direction.retention_days))
    yield _row("acknowledge_days", _business(direction.acknowledge_days))
    yield _row("answer_days", _business(direction.answer_days))
    if direction.subjects is None:
        yield _row("annex", Message("agreement.no-annex"))
        return
    yield _row("legal_basis", *_words("legal", [direction.legal_basis] if direction.legal_basis else ()))
    yield _row("transfer", *_words("transfer", [direction.transfer] if direction.transfer else ()))
    yield _row("subjects", Message("agreement.subjects", {"n": direction.subjects}))


def _rules(document: AgreementDocument) -> Iterator[tuple[Message, tuple[Shown, ...]]]:
    yield _row("escalate_days", _business(document.escalate_days))
    yield _row("window", Message("agreement.window", {"hours": document.window_hours, "mib": document.window_mib}))
    yield _row("leaves_per_day", f"{document.leaves_per_day:,}")


def _words(kind: str, values: Iterable[str]) -> tuple[Message, ...]:
    return tuple(_word(kind, each) for each in values)


def _word(kind: str, value: str) -> Message:
    return Message(f"agreement.{kind}.{value.value if isinstance(value, Enum) else value}")


def _days(number: int) -> Message:
    return Message("agreement.days", {"n": number})


def _business(number: int) -> Message:
    return Message("agreement.business-days", {"n": number})


def when(second: int) -> str:
    """A second of the document, as people read it."""
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%d %H:%M} UTC"


def text(
    shown: Sequence[Section],
    tell: Callable[[Message], str],
    wrapped: Callable[[str, int], list[str]],
) -> Iterator[str]:
    """The lines of one language; ``wrapped`` breaks a sentence into lines of so many columns."""
    for section in shown:
        yield ""
        yield from wrapped(tell(section.title), _COLUMNS)
        for label, values in section.rows:
            said = [each if isinstance(each, str) else tell(each) for each in values]
            first = f"{tell(label)}  {said[0]}"
            yield from (f"  {line}" for line in wrapped(first, _COLUMNS - 2))
            for each in said[1:]:
                yield from (f"    {line}" for line in wrapped(each, _COLUMNS - 4))
