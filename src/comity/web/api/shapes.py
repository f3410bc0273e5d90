"""The shapes of what programs send and get, out of which the OpenAPI document is made.

Standards:  DESIGN.md section 2 (the words), RFC 3339 (times), RFC 9457.
Answers:    one model a shape. What is answered is checked against it, so that the document cannot lie: a member too many or too
            few is a fault of ours.
Limits:     absent is null; unknown members of a request are refused.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from comity.model.case import EvidenceClass, SubjectKind
from comity.model.case_letter import Correspondent
from comity.model.case_outcome import CaseOutcome
from comity.model.desk import CaseState
from comity.model.sending import ComplaintState, OutboxKind, OutboxState
from comity.services.receive.planning import Fate

Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-03-01T08:05:09Z"])]
SubmissionId = Annotated[str, Field(pattern="^[0-9a-f]{32}$", examples=["019ca6b1dc0000112233445566778899"])]
CaseId = Annotated[str, Field(examples=["3f2a9c41d07be865"])]
Line = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"),
]
MAILBOX = r"^[^\s<>,;@\x00-\x20\x7f]{1,64}@[^\s<>,;@\x00-\x20\x7f]{1,255}$"
Words = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"[^\x00-\x20\x7f]")]


class Shape(BaseModel):
    """What all have in common."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """A no (RFC 9457); `code` is stable, `title` and `detail` are in the language that was asked for."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str


class ComplaintHandedOver(Shape):
    """A mail that one of our people complains about."""

    model_config = ConfigDict(extra="forbid", strict=True)

    mail: Annotated[
        str,
        Field(
            min_length=4,
            pattern="^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$",
            description="The very mail, every byte of it, in base64 without line breaks (RFC 4648 section 4).",
            examples=["RnJvbTogYUBzaG9wLmV4YW1wbGUNClN1YmplY3Q6IGhlbGxvDQoNCmJ1eQ0K"],
        ),
    ]
    mailbox: Annotated[
        str | None,
        Field(
            max_length=320,
            pattern=MAILBOX,
            description="Whose mailbox it was in; may be left out where our milter marked the mail at delivery.",
            examples=["ann@west.example"],
        ),
    ] = None
    not_spam: Annotated[bool, Field(description="True takes a complaint back.")] = False
    fraud: Annotated[bool, Field(description="True: it is fraud, and a person is told within the hour.")] = False


class ReportOfComplaint(Shape):
    """One report that was made of a complaint."""

    party: str
    state: OutboxState
    outcome: str | None


class RefusalOfComplaint(Shape):
    """Why somebody was not told."""

    reason: str
    party: str | None


class StepOfComplaint(Shape):
    """One question about who is told, its answer, and why."""

    rule: str
    held: bool
    reason: str | None
    about: str | None


class ComplaintStanding(Shape):
    """How one complaint stands."""

    complaint: int
    state: ComplaintState
    due: Instant
    refusals: list[RefusalOfComplaint]
    steps: list[StepOfComplaint]
    reports: list[ReportOfComplaint]


class Submission(Shape):
    """What was handed over, and what became of it. `waiting`: it is on the disk, and was not worked off yet."""

    submission: SubmissionId
    state: Literal["waiting", "done"]
    arrived: Instant
    worked_off: Instant | None = None
    fate: Fate | None = None
    kind: str | None = None
    reason: str | None = None
    reports: int | None = None
    repeats: int | None = None
    unmatched: int | None = None
    cases: list[str] = []
    complaints: list[ComplaintStanding] = []


class Question(Shape):
    """What a person must decide."""

    code: str
    candidates: list[str]


class Case(Shape):
    """All evidence on one subject over time."""

    case: CaseId
    about: SubjectKind
    label: str
    number: int
    contact: str | None
    state: CaseState
    state_since: Instant
    question: Question | None
    score: float
    reports: int
    repeats: int
    complainers: int
    evidence: dict[EvidenceClass, int]
    opened: Instant
    first: Instant | None
    last: Instant | None
    due: Instant | None
    merged_into: str | None
    reopened_from: str | None


class CasePage(Shape):
    """Cases, newest first; `next` is the cursor of the page after this one, null on the last."""

    cases: list[Case]
    next: str | None


class CaseEvent(Shape):
    """One thing that was done to a case."""

    at: Instant
    actor: str
    act: str
    note: str | None
    from_state: Annotated[CaseState | None, Field(alias="from")]
    to: CaseState


class CaseEntry(Shape):
    """One report in a case."""

    report_id: Annotated[int, Field(alias="report")]
    item: str | None
    when: Instant | None
    precision: str | None
    arrived: Instant | None
    class_of: Annotated[str, Field(alias="class")]
    feedback_type: str | None
    source_ip: str | None
    source_port: int | None
    message_id: str | None
    dkim_domain: str | None
    peer: str | None
    duplicate_of: int | None


class CaseLetter(Shape):
    """A letter in a case."""

    item: str
    arrived: Instant | None
    kind: str | None
    subject: str | None
    from_whom: Annotated[str | None, Field(alias="from")]
    mentioned: list[str]
    unproven: bool


class Decided(Shape):
    """One thing that a playbook or a person decided, and how it stands."""

    id: int
    case: str
    action: str
    target_kind: str
    target: str
    facts: dict[str, Any]
    state: str
    reason: str | None
    by: str
    why: str
    decided: Instant | None
    due: Instant | None
    until: Instant | None
    finished: Instant | None
    last_error: str | None
    lifted: Instant | None
    lifted_by: str | None
    lifted_why: str | None


class Course(Shape):
    """Where a case stands in its playbook."""

    name: str | None
    state: str | None
    since: Instant | None
    due: Instant | None
    raised: Instant | None
    closed: bool
    offers: list[str]
    decided: list[Decided]


class InfectedDevice(Shape):
    """What is known of an infected device, in the words of those who saw it."""

    certainty: str
    reason: str
    family: str | None
    said: dict[str, int]
    first: Instant
    last: Instant
    sightings: int
    sources: list[str]
    addresses: int


class LetterFile(Shape):
    """A file that went along with a letter of ours."""

    name: str
    media_type: str
    size: int
    sha256: str


class OurLetter(Shape):
    """A letter of ours about the case: to whom by role, where its mail stands, and whether it was answered."""

    letter: int
    to: Correspondent
    subject: str
    written: Instant
    by: str
    mail: OutboxState | None
    answer_by: Instant | None
    answered: Instant | None
    bounced: Instant | None
    reminded: Instant | None
    files: list[LetterFile]


class WholeCase(Case):
    """A case with what was done to it and the newest of what is in it."""

    holds: list[str]
    events: list[CaseEvent]
    entries: list[CaseEntry]
    letters: list[CaseLetter]
    thread: list[OurLetter]
    playbook: Course | None
    infestation: InfectedDevice | None


class ActedCase(Case):
    """A case after an act; after a close with an outcome, how many reporters are told, and why others are not."""

    told: int | None = None
    not_told: dict[str, int] | None = None


class PlainAct(Shape):
    """Take it on, open it again, or part it from the case that it went into."""

    act: Literal["take", "reopen", "unmerge"]
    note: Words | None = None


class WaitAct(Shape):
    """Wait for an answer, or until a day."""

    act: Literal["wait"]
    until: Annotated[str | None, Field(pattern=r"^20[0-9]{2}-[0-9]{2}-[0-9]{2}$", examples=["2026-04-01"])] = None
    note: Words | None = None


class NoteAct(Shape):
    """Write something down."""

    act: Literal["note"]
    note: Words


class AssignAct(Shape):
    """Say whose an undecided case is."""

    act: Literal["assign"]
    customer: Line
    note: Words | None = None


class MergeAct(Shape):
    """Put it into another case."""

    act: Literal["merge"]
    into: Line
    note: Words | None = None


class CloseAct(Shape):
    """Close it; with an outcome, its reporters are told."""

    act: Literal["close"]
    outcome: CaseOutcome | None = None
    note: Words | None = None


CaseAct = Annotated[PlainAct | WaitAct | NoteAct | AssignAct | MergeAct | CloseAct, Field(discriminator="act")]


class Shunted(Shape):
    """What could not be worked off, and why. The id of a complaint begins with a "c"."""

    id: int | str
    item: str
    gate: str
    stage: str
    reason: str
    detail: str | None
    size: int
    tries: int
    first: Instant
    last: Instant


class ShuntPage(Shape):
    """What is in the shunt, oldest first."""

    shunted: list[Shunted]
    next: str | None


class Retried(Shape):
    """It is tried again; the shunt says what came of it."""

    id: str
    state: Literal["waiting"]


class OutboxMail(Shape):
    """One mail that is to leave, or left."""

    path: str | None
    party: str
    address: str
    kind: OutboxKind
    state: OutboxState
    reason: str | None
    role: str | None
    rule: str | None
    tier: str | None
    format: str | None
    report_id: str | None
    entered: Instant
    due: Instant
    attempts: int
    last_error: str | None
    size: int
    sent: Instant | None = None
    outcome: str | None = None
    outcome_at: Instant | None = None


class OutboxPage(Shape):
    """Mail in the outbox, party by party, oldest first."""

    mails: list[OutboxMail]
    next: str | None


class OutboxCount(Shape):
    """How much there is of one sort."""

    party: str
    state: OutboxState
    reason: str | None
    count: int
    oldest: Instant


class OutboxCounts(Shape):
    """How much there is of each sort, and how many complaints in each state."""

    complaints: dict[str, int]
    mails: list[OutboxCount]


class Head(Shape):
    """A signed head; `note` is its text (C2SP signed note), with every signature it has."""

    size: int
    root: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    signed: Instant
    receipted: Instant | None
    note: str


class Channel(Shape):
    """One direction between two networks in one quarter."""

    channel: Annotated[str, Field(examples=["west.example/to/east.example/2026q1"])]
    reporting: str
    reported: str
    quarter: str
    leaves: int
    is_copy: bool
    behind: Annotated[int, Field(description="Leaves that no head covers which the other side cosigned.")]


class Channels(Shape):
    """Every channel."""

    channels: list[Channel]


class Heads(Shape):
    """The newest head of a channel, and the newest that both sides signed."""

    channel: str
    newest: Head | None
    receipted: Head | None


class Consequence(Shape):
    """What was done to a network, and how its way back stands."""

    reference: str
    subject: str
    measure: str
    severe: bool
    reason: str
    classes: dict[str, int]
    also: str | None
    peer: str | None
    begins: Instant
    ends: Instant
    lifted: Instant | None
    in_force: bool
    state: str
    due: Instant | None
    overdue: bool
    answered_by: str | None


class RecoursePage(Shape):
    """What was done to others, newest first."""

    consequences: list[Consequence]


class EvidenceLine(Shape):
    """So many reports of one kind on one day."""

    day: str
    class_of: Annotated[str, Field(alias="class")]
    source_ip: str | None
    dkim_domain: str | None
    count: int


class RecourseEvent(Shape):
    """One step."""

    at: Instant
    by: str
    act: str
    text: str | None


class Why(Consequence):
    """The same with the evidence, as the affected may see it, and the arithmetic."""

    reports: int
    complainers: int
    first: Instant | None
    last: Instant | None
    evidence: list[EvidenceLine]
    more: int
    history: list[RecourseEvent]


class CheckedNotice(Shape):
    """A notice to a subscriber that is ours; only `second_word` may be told to whoever asks."""

    reference: str
    second_word: str
    words: str
    asked_often: bool
    kind: Literal["page", "mail", "sms", "call", "letter"]
    language: str
    certainty: Literal["suspected", "likely", "confirmed"]
    family: str
    given: str
    case: str
    checks: int


class Health(Shape):
    """That somebody answers, and nothing else."""

    status: Literal["ok"]


class ProblemMeaning(Shape):
    """What a code means."""

    code: str
    status: int
    title: str
    detail: str


def schema_of(shape: Any) -> dict[str, Any]:
    """The JSON schema of the body of a request, whole in itself."""
    found = TypeAdapter(shape).json_schema(ref_template="#/components/schemas/{model}")
    return dict(found)
