"""What stands in the file of a playbook: each entry with its sentence, what it takes, its default.

Answers:    ``PlaybookEntry`` and the entries in it; ``comity.settings.playbook.reading`` makes a ``Playbook`` of them.
"""

from dataclasses import dataclass, field
from datetime import date, time, tzinfo
from pathlib import Path

from comity.model.case import EvidenceClass
from comity.model.case_outcome import CaseOutcome
from comity.model.notice import Certainty, NoticeKind
from comity.model.playbook import ActionKind, Happening, Span
from comity.settings.calendar import Day, Hours, Zone
from comity.settings.kinds import Choice, Entries, File, Many, Name, Number, Switch, Text, about
from comity.settings.playbook.kinds import Length, PartOf, Prose

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionEntry:
    """One thing that a rule does."""

    action: str = field(metadata=about(Choice(tuple(ActionKind)), "What is done.", example='"suppress"'))
    days: int | None = field(
        default=None,
        metadata=about(
            Number(1, 3650),
            "For how many days it holds, where it does: `suppress` (730 without this), `throttle` and `hold` (7, at most 90), "
            "`garden` (7, at most 30). After how many days the connection is limited, where a `notice` is to say so.",
            example="14",
        ),
    )
    template: str | None = field(
        default=None, metadata=about(Name(), "Which template the customer is told by: `tell`.", example='"first"')
    )
    to: str | None = field(
        default=None,
        metadata=about(Name(), "Which webhook of the settings: `webhook`.", example='"helpdesk"'),
    )
    undoes: str | None = field(
        default=None,
        metadata=about(
            Name(),
            "Which webhook it takes back: what the same case still has to tell that one is not told any more.",
            example='"lock"',
        ),
    )
    per_hour: int | None = field(
        default=None, metadata=about(Number(1, 10**6), "How many mails an hour are left: `throttle`.", example="100")
    )
    forms: tuple[str, ...] | None = field(
        default=None,
        metadata=about(
            Many(Choice(tuple(NoticeKind))),
            "In which forms a subscriber may be told, the first one that reaches: `notice`.",
            example='["mail", "sms", "letter"]',
        ),
    )
    outcome: str | None = field(
        default=None,
        metadata=about(Choice(tuple(CaseOutcome)), "What peers are told was done: `close`.", example='"warned"'),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEntry:
    """One rule of a state: on this event, if all of that holds, do these things and go there."""

    event: str = field(metadata=about(Choice(tuple(Happening)), "What it waits for.", example='"report"'))
    word: str | None = field(
        default=None,
        metadata=about(
            Name(),
            "Which one: an outcome, what a person does (`take`, or a word of your own that the desk then offers), an event of the "
            "API. Without it: any.",
            example='"approve"',
        ),
    )
    after: Span | None = field(
        default=None,
        metadata=about(
            Length(working=True), "How long after the state was entered: `time`.", example='"2 working days"'
        ),
    )
    reports: int | None = field(
        default=None, metadata=about(Number(1, 10**9), "At least so many reports.", example="3")
    )
    complainers: int | None = field(
        default=None, metadata=about(Number(1, 10**9), "At least so many different reporters.", example="3")
    )
    verified: int | None = field(
        default=None,
        metadata=about(
            Number(1, 10**9), "At least so many reports from peers whose signature was verified.", example="1"
        ),
    )
    classes: tuple[str, ...] = field(
        default=(),
        metadata=about(
            Many(Choice(tuple(EvidenceClass))), "Evidence of at least one of these classes.", example='["fraud", "bot"]'
        ),
    )
    independent: int | None = field(
        default=None,
        metadata=about(Number(2, 10), "At least so many independent classes of evidence.", example="2"),
    )
    open_for: Span | None = field(
        default=None, metadata=about(Length(), "The case is at least so old.", example='"30 days"')
    )
    quiet: Span | None = field(
        default=None,
        metadata=about(
            Length(),
            "No report came for so long; of an infected device, the feeds that saw it are also silent for long enough to mean "
            "anything. For time only.",
            example='"14 days"',
        ),
    )
    relapses: int | None = field(
        default=None,
        metadata=about(Number(1, 1000), "At least so many earlier cases on the same subject.", example="2"),
    )
    severity: str | None = field(
        default=None, metadata=about(Choice(("middle", "high")), "At least as bad as this.", example='"high"')
    )
    certainty: str | None = field(
        default=None,
        metadata=about(
            Choice(tuple(Certainty)),
            "A device is infected, at least so surely: what witnesses that do not depend on each other agree on.",
            example='"likely"',
        ),
    )
    fresh: bool = field(
        default=False,
        metadata=about(
            Switch(), "It was seen after the state was entered: late news is no relapse. `report`.", example="true"
        ),
    )
    rate: float | None = field(
        default=None,
        metadata=about(
            PartOf(),
            "Complaints per mail sent: the lower bound of the 95 % interval lies above this. Mails sent come from `comity volume "
            "import`.",
            example='"0.3 %"',
        ),
    )
    rate_least: int = field(
        default=1000, metadata=about(Number(1, 10**9), "On at least so many mails.", example="5000")
    )
    rate_days: int = field(default=7, metadata=about(Number(1, 31), "Within so many days.", example="14"))
    do: tuple[ActionEntry, ...] = field(
        default=(),
        metadata=about(Entries(ActionEntry), "What is done, in order.", example='[{ action = "raise" }]'),
    )
    to: str | None = field(
        default=None,
        metadata=about(Name(), "The state it leads to; without it, the case stays where it is.", example='"told"'),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StateEntry:
    """One state; `closed` is there without being told."""

    name: str = field(metadata=about(Name(), "What it is called.", example='"watched"'))
    on: tuple[RuleEntry, ...] = field(
        default=(),
        metadata=about(
            Entries(RuleEntry),
            "Its rules, asked in order, a table `[[state.on]]` each.",
            example='[{ event = "time", quiet = "30 days", to = "closed" }]',
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateEntry:
    """What a customer is told, in both languages. Both stand in every notice."""

    name: str = field(metadata=about(Name(), "What it is called.", example='"first"'))
    subject_en: str = field(metadata=about(Text(), "The subject.", example='"Complaints about {customer}"'))
    subject_zh: str = field(metadata=about(Text(), "The subject in Chinese.", example='"关于 {customer} 的投诉"'))
    text_en: str = field(metadata=about(Prose(), "The text.", example='"We received {reports} reports."'))
    text_zh: str = field(metadata=about(Prose(), "The text in Chinese.", example='"我们收到 {reports} 份报告。"'))
    wait: Span | None = field(
        default=None,
        metadata=about(
            Length(),
            "How long a notice waits for more of the same, which then goes into it; a quarter of an hour without this.",
            example='"1 hour"',
        ),
    )
    digest: Span | None = field(
        default=None,
        metadata=about(
            Length(),
            "The least time between two notices of this template to one contact; what comes meanwhile is gathered. A day without "
            "this.",
            example='"7 days"',
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybookEntry:
    """One playbook, in a file of its own."""

    name: str = field(metadata=about(Name(), "What it is called.", example='"hoster"'))
    start: str = field(metadata=about(Name(), "The state in which a case begins.", example='"watched"'))
    about_en: str | None = field(default=None, metadata=about(Text(), "What it is for.", example='"For a hoster."'))
    about_zh: str | None = field(
        default=None, metadata=about(Text(), "What it is for, in Chinese.", example='"适用于主机商。"')
    )
    time_zone: tzinfo | None = field(
        default=None,
        metadata=about(
            Zone(), "Whose clock working days and quiet hours go by; UTC without it.", example='"Asia/Shanghai"'
        ),
    )
    work_days: tuple[str, ...] = field(
        default=DAYS[:5], metadata=about(Many(Choice(DAYS)), "The days on which people work.", example='["mon", "tue"]')
    )
    holidays: tuple[date, ...] = field(
        default=(), metadata=about(Many(Day()), "Days on which they do not.", example="[2026-10-01]")
    )
    extra_work_days: tuple[date, ...] = field(
        default=(),
        metadata=about(
            Many(Day()),
            "Days on which people work although it is a weekend (in China, the days that make up for long holidays).",
            example="[2026-10-10]",
        ),
    )
    days_file: Path | None = field(
        default=None,
        metadata=about(
            File(),
            "A file with more of both, a day a line: `2026-10-01 free`, `2026-10-10 work`.",
            example='"days-2026.txt"',
        ),
    )
    quiet_hours: tuple[time, time] | None = field(
        default=None,
        metadata=about(
            Hours(), "When no timer ends and nobody is told: it happens afterwards.", example='"20:00-08:00"'
        ),
    )
    quiet_forms: tuple[str, ...] | None = field(
        default=None,
        metadata=about(
            Many(Choice(tuple(NoticeKind))),
            "Which forms of a notice wait for the end of quiet hours: those that ring. Without it all but the page.",
            example='["sms", "call"]',
        ),
    )
    state: tuple[StateEntry, ...] = field(
        default=(),
        metadata=about(Entries(StateEntry), "The states, a table `[[state]]` each.", example='[{ name = "watched" }]'),
    )
    template: tuple[TemplateEntry, ...] = field(
        default=(),
        metadata=about(
            Entries(TemplateEntry),
            "The templates, a table `[[template]]` each; what stands in one is shown below.",
            example="[]",
        ),
    )
