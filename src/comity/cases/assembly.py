"""Put one case together out of the reports that belong to it.

Answers:    ``Gathered`` takes reports in as they come; ``make_case`` counts, weighs and orders them into a ``Case``.
Limits:     the case id is a hash of what the case is about, so the same mailbox gives the same ids on every run.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b

from comity.cases.campaign import mark_of
from comity.cases.severity import is_going_on, score
from comity.model.case import Campaign, Case, Entry, Evidence, EvidenceClass, ItemFacts, SubjectKind
from comity.model.holding import Holding


@dataclass(slots=True, kw_only=True)
class Gathered:
    """The reports of one case to be, in the order in which they came."""

    kind: SubjectKind
    label: str
    entries: list[Entry] = field(default_factory=list)
    _repeats: Counter[int] = field(default_factory=Counter)
    _holdings: dict[str, Holding] = field(default_factory=dict)

    def add(self, entry: Entry, holding: Holding) -> int:
        """Take a report in; the answer is its index."""
        self._holdings.setdefault(holding.place, holding)
        self.entries.append(entry)
        return len(self.entries) - 1

    def repeat(self, index: int) -> None:
        """Count a repeat of the report at ``index``."""
        self._repeats[index] += 1

    def holdings(self) -> tuple[Holding, ...]:
        """The lines of the operator's list by which these reports are ours."""
        return tuple(self._holdings.values())

    def with_repeats(self) -> list[Entry]:
        """The reports with their repeats counted."""
        return [
            replace(entry, repeats=self._repeats[index]) if index in self._repeats else entry
            for index, entry in enumerate(self.entries)
        ]


def make_case(gathered: Gathered, *, now: datetime, free_text: tuple[ItemFacts, ...]) -> Case:
    """Finish one case."""
    entries = gathered.with_repeats()
    dated = [entry.when for entry in entries if entry.when is not None]
    first, last = min(dated, default=None), max(dated, default=None)
    days = Counter(time.date() for time in dated)
    classes = Counter(entry.evidence.evidence_class for entry in entries)
    going_on = is_going_on(last, len(days), now)
    complainers = count_complainers(entry.evidence for entry in entries)
    person = [each.value for each in EvidenceClass if each.is_grave and each in classes]
    holdings = gathered.holdings()
    return Case(
        case_id=blake2b(
            f"{gathered.kind}:{gathered.label}".encode("utf-8", "surrogatepass"), digest_size=6
        ).hexdigest(),
        subject_kind=gathered.kind,
        label=gathered.label,
        contact=next((each.contact for each in holdings if each.contact), None),
        holdings=holdings,
        score=score(complainers=complainers, classes=classes, last=last, going_on=going_on, now=now),
        going_on=going_on,
        person=tuple(person + (["mentioned"] if free_text else [])),
        complainers=complainers,
        repeats=sum(entry.repeats for entry in entries),
        items=len({entry.item.position for entry in entries}),
        classes=tuple(classes.most_common()),
        addresses=tuple(
            Counter(entry.evidence.source_ip for entry in entries if entry.evidence.source_ip).most_common()
        ),
        domains=tuple(Counter(name for entry in entries for name in entry.evidence.dkim_domain).most_common()),
        campaigns=_campaigns(entries),
        days=tuple(sorted(days.items())),
        first=first,
        last=last,
        entries=tuple(sorted(entries, key=_newest_first)),
        free_text=free_text,
    )


def count_complainers(evidence: Iterable[Evidence]) -> int:
    """How many different people complained; where they cannot be told apart, how many different messages were reported.

    >>> from comity.model.case import EvidenceClass
    >>> spam = Evidence(evidence_class=EvidenceClass.COMPLAINT, complainer="a")
    >>> count_complainers([spam, spam, Evidence(evidence_class=EvidenceClass.COMPLAINT, message_id="1@west.example")])
    2
    """
    return len({who_of(each) or ("report", number) for number, each in enumerate(evidence)})


def who_of(evidence: Evidence) -> tuple[str | None, ...] | None:
    """By what one complainer is told from another: the token, else the reported message, else reporter and address."""
    if evidence.complainer is not None:
        return "person", evidence.complainer
    if evidence.message_id is not None:
        return "message", evidence.message_id
    if evidence.source_ip is not None:
        return "place", evidence.reporter, evidence.source_ip
    return None


def _campaigns(entries: Sequence[Entry]) -> tuple[Campaign, ...]:
    together: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        known_by = mark_of(entry.evidence)
        if known_by is not None:
            together[known_by].append(entry)
    campaigns = []
    for (mark, value), members in together.items():
        dated = [entry.when for entry in members if entry.when is not None]
        campaigns.append(
            Campaign(
                mark=mark,
                value=value,
                reports=len(members),
                complainers=count_complainers(entry.evidence for entry in members),
                first=min(dated, default=None),
                last=max(dated, default=None),
            )
        )
    return tuple(sorted(campaigns, key=lambda each: (-each.reports, each.value)))


def _newest_first(entry: Entry) -> tuple[bool, float]:
    return entry.when is None, -entry.when.timestamp() if entry.when else 0.0
