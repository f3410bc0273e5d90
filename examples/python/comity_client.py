"""A client of the API of Comity, with nothing but Python's own library.

Written by `script/docs` from the OpenAPI document: what is changed here by hand is lost, and a test notices it.

Trust:      the server is proved by its certificate (https), or is this machine; an answer is read up to 64 MiB and not executed.
Standards:  RFC 9110, RFC 9457 (problem+json); Standard Webhooks 1.0.0 for `is_genuine`.
Answers:    `Comity(address, token)` has a method for each operation: it gives what the server says, or raises `ProblemError`.
Limits:     nothing is tried again by itself: `ProblemError.retry_after` says when to; under an `idempotency_key` it is done once.
"""

from __future__ import annotations

import hmac
import json
import time
from base64 import b64decode
from binascii import Error
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from http.client import HTTPException
from ssl import SSLContext, create_default_context
from typing import Any, Literal, NotRequired, TypedDict, cast
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

MOST = 64 << 20
TOLERANCE = 300.0  # seconds that the clocks of a webhook's two sides may be apart
Given = dict[str, str | int | bool | None]


class ProblemError(Exception):
    """What the server, or the way to it, did not allow: `code` stays the same, `title` and `detail` are for people.

    `status` is 0 where no answer came; `retry_after` is in seconds, where the server says one.
    """

    def __init__(self, status: int, said: Mapping[str, Any], retry_after: float | None = None) -> None:
        self.status, self.said, self.retry_after = status, dict(said), retry_after
        self.code, self.title = str(said.get("code", "")), str(said.get("title", ""))
        self.detail = str(said.get("detail", ""))
        super().__init__(f"{status} {self.code}: {self.title}. {self.detail}".strip())

    @property
    def again(self) -> bool:
        """Whether the same may succeed later."""
        return self.status in {0, 429, 502, 503, 504}


class _NoRedirect(HTTPRedirectHandler):
    """A token goes nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def is_genuine(
    fields: Mapping[str, str],
    body: bytes,
    secret: bytes,
    *,
    now: Callable[[], float] = time.time,
) -> bool:
    """Whether a webhook was sent just now by somebody who has the secret; note its `webhook-id`, and count each id once.

    `fields` are the header fields of the request with names in lower case, `body` its bytes before anything reads them.
    """
    stamp, name = fields.get("webhook-timestamp", ""), fields.get("webhook-id", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12 and name.isascii()):
        return False
    if abs(now() - int(stamp)) > TOLERANCE:
        return False
    wanted = hmac.new(secret, f"{name}.{stamp}.".encode("ascii") + body, sha256).digest()
    return any(_fits(each, wanted) for each in fields.get("webhook-signature", "").split())


def _fits(signature: str, wanted: bytes) -> bool:
    sort, _, coded = signature.partition(",")
    try:
        return sort == "v1" and hmac.compare_digest(b64decode(coded, validate=True), wanted)
    except (Error, ValueError):
        return False


def pages(ask: Callable[[str | None], Mapping[str, Any]], of: str) -> Iterator[Any]:
    """Everything of a list, page after page: `pages(lambda cursor: api.list_cases(cursor=cursor), "cases")`."""
    cursor: str | None = None
    while True:
        page = ask(cursor)
        yield from page[of]
        cursor = page.get("next")
        if cursor is None:
            return


def _text(value: str | int | bool | None) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _problem(error: HTTPError) -> ProblemError:
    with error:
        try:
            said = json.loads(error.read(MOST))
        except (OSError, HTTPException, ValueError):
            said = {}
    waits = error.headers.get("Retry-After", "")
    return ProblemError(error.code, said if isinstance(said, dict) else {}, float(waits) if waits.isdigit() else None)


AlarmKind = Literal["unmatched", "silent", "not-joined", "expires", "other-key", "too-many", "other-range"]
CaseOutcome = Literal["suppressed", "warned", "stopped", "cleaned", "no-fault", "not-ours"]
CaseState = Literal["new", "undecided", "open", "waiting", "closed", "merged"]
ClaimKind = Literal["mailbox", "domain", "network"]
ComplaintState = Literal["waiting", "taken-back", "decided", "retracted", "shunted"]
ConsumerState = Literal["applied", "proved", "trial", "enrolled", "lapsed", "suspended", "refused", "left"]
Correspondent = Literal["customer", "reporter", "writer", "peer", "network"]
EvidenceClass = Literal[
    "complaint",
    "forward",
    "fraud",
    "virus",
    "bot",
    "feed",
    "notice",
    "unsubscribe",
    "auth-failure",
    "not-spam",
    "other",
]
Fate = Literal[
    "case",
    "letter",
    "unmatched",
    "repeat",
    "again",
    "complaint",
    "learnt",
    "passed-over",
    "stored",
    "sealed",
    "shunted",
]
OutboxKind = Literal["report", "outcome", "answer", "notice", "recourse"]
OutboxState = Literal["held", "waiting", "sent", "failed", "withdrawn", "expired"]
Proof = Literal["peer", "loop", "token", "unverified"]
ProofWay = Literal["dns", "mail", "peer"]
ReportFormat = Literal["arf", "xarf"]
SubjectKind = Literal["customer", "subscriber", "address", "domain", "letter"]
Trust = Literal["trial", "trusted", "barred"]


class ActedCase(TypedDict):
    """A case after an act; after a close with an outcome, how many reporters are told, and why others are not."""

    case: str
    about: SubjectKind
    label: str
    number: int
    contact: str | None
    state: CaseState
    state_since: str
    question: Question | None
    score: float
    reports: int
    repeats: int
    complainers: int
    evidence: dict[str, int]
    opened: str
    first: str | None
    last: str | None
    due: str | None
    merged_into: str | None
    reopened_from: str | None
    told: NotRequired[int | None]
    not_told: NotRequired[dict[str, int] | None]


class AssignAct(TypedDict):
    """Say whose an undecided case is."""

    act: Literal["assign"]
    customer: str
    note: NotRequired[str | None]


class Case(TypedDict):
    """All evidence on one subject over time."""

    case: str
    about: SubjectKind
    label: str
    number: int
    contact: str | None
    state: CaseState
    state_since: str
    question: Question | None
    score: float
    reports: int
    repeats: int
    complainers: int
    evidence: dict[str, int]
    opened: str
    first: str | None
    last: str | None
    due: str | None
    merged_into: str | None
    reopened_from: str | None


CaseEntry = TypedDict(
    "CaseEntry",
    {
        "report": "int",
        "item": "str | None",
        "when": "str | None",
        "precision": "str | None",
        "arrived": "str | None",
        "class": "str",
        "feedback_type": "str | None",
        "source_ip": "str | None",
        "source_port": "int | None",
        "message_id": "str | None",
        "dkim_domain": "str | None",
        "peer": "str | None",
        "duplicate_of": "int | None",
    },
)


CaseEvent = TypedDict(
    "CaseEvent",
    {
        "at": "str",
        "actor": "str",
        "act": "str",
        "note": "str | None",
        "from": "CaseState | None",
        "to": "CaseState",
    },
)


CaseLetter = TypedDict(
    "CaseLetter",
    {
        "item": "str",
        "arrived": "str | None",
        "kind": "str | None",
        "subject": "str | None",
        "from": "str | None",
        "mentioned": "list[str]",
        "unproven": "bool",
    },
)


class CasePage(TypedDict):
    """Cases, newest first; `next` is the cursor of the page after this one, null on the last."""

    cases: list[Case]
    next: str | None


class Channel(TypedDict):
    """One direction between two networks in one quarter."""

    channel: str
    reporting: str
    reported: str
    quarter: str
    leaves: int
    is_copy: bool
    behind: int


class Channels(TypedDict):
    """Every channel."""

    channels: list[Channel]


class CheckedNotice(TypedDict):
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


class Claim(TypedDict):
    """What it claims, and what proves it: a record of the DNS; an answer to a mail, of a mailbox itself, of
    abuse or postmaster of a domain, of the contact that a registry names for a network. Where the mailbox did
    not take our mail, ``refused`` is the code of its host (RFC 3463), "" where that gave none.
    """

    kind: ClaimKind
    subject: str
    proved: bool
    way: ProofWay | None
    expires: str | None
    asked: str | None
    refused: str | None
    dns_name: str | None
    dns_type: str | None
    dns_value: str | None
    registered_contact: str | None


class CloseAct(TypedDict):
    """Close it; with an outcome, its reporters are told."""

    act: Literal["close"]
    outcome: NotRequired[CaseOutcome | None]
    note: NotRequired[str | None]


class ComplaintStanding(TypedDict):
    """How one complaint stands."""

    complaint: int
    state: ComplaintState
    due: str
    refusals: list[RefusalOfComplaint]
    steps: list[StepOfComplaint]
    reports: list[ReportOfComplaint]


class Consequence(TypedDict):
    """What was done to a network, and how its way back stands."""

    reference: str
    subject: str
    measure: str
    severe: bool
    reason: str
    classes: dict[str, int]
    also: str | None
    peer: str | None
    begins: str
    ends: str
    lifted: str | None
    in_force: bool
    state: str
    due: str | None
    overdue: bool
    answered_by: str | None


class Consumer(TypedDict):
    """One consumer, and where it stands."""

    name: str
    address: str
    contact: str | None
    format: ReportFormat
    state: ConsumerState
    since: str
    applied: str
    reason: str | None
    reason_code: str | None
    per_day: int


class ConsumerEvent(TypedDict):
    """One step."""

    at: str
    by: str
    act: str
    text: str | None
    state: ConsumerState


class ConsumerPage(TypedDict):
    """Every consumer, by name."""

    consumers: list[Consumer]


class Course(TypedDict):
    """Where a case stands in its playbook."""

    name: str | None
    state: str | None
    since: str | None
    due: str | None
    raised: str | None
    closed: bool
    offers: list[str]
    decided: list[Decided]


class Decided(TypedDict):
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
    decided: str | None
    due: str | None
    until: str | None
    finished: str | None
    last_error: str | None
    lifted: str | None
    lifted_by: str | None
    lifted_why: str | None


EvidenceLine = TypedDict(
    "EvidenceLine",
    {
        "day": "str",
        "class": "str",
        "source_ip": "str | None",
        "dkim_domain": "str | None",
        "count": "int",
    },
)


class FeedAlarm(TypedDict):
    """What about a feed needs somebody; `facts` are the numbers of the kind."""

    id: int
    source: str
    kind: AlarmKind
    since: str
    facts: dict[str, Any]
    ended: str | None
    ended_by: str | None
    why: str | None


class FeedAlarms(TypedDict):
    """Alarms that are open, newest first."""

    alarms: list[FeedAlarm]


class FeedbackSource(TypedDict):
    """Who reports to us. `acts`: whether a playbook may act on its word."""

    name: str
    proof: Proof
    trust: Trust
    acts: bool
    first: str
    last: str
    items: int
    reports: int
    unmatched: int
    unread: int
    precision: SourcePrecision
    recent: SourceRecent
    silence: SourceSilence
    changed: str | None
    changed_by: str | None
    why: str | None


class Head(TypedDict):
    """A signed head; `note` is its text (C2SP signed note), with every signature it has."""

    size: int
    root: str
    signed: str
    receipted: str | None
    note: str


class Heads(TypedDict):
    """The newest head of a channel, and the newest that both sides signed."""

    channel: str
    newest: Head | None
    receipted: Head | None


class Health(TypedDict):
    """That somebody answers, and nothing else."""

    status: Literal["ok"]


class InfectedDevice(TypedDict):
    """What is known of an infected device, in the words of those who saw it."""

    certainty: str
    reason: str
    family: str | None
    said: dict[str, int]
    first: str
    last: str
    sightings: int
    sources: list[str]
    addresses: int


class LetterFile(TypedDict):
    """A file that went along with a letter of ours."""

    name: str
    media_type: str
    size: int
    sha256: str


class MergeAct(TypedDict):
    """Put it into another case."""

    act: Literal["merge"]
    into: str
    note: NotRequired[str | None]


class NoteAct(TypedDict):
    """Write something down."""

    act: Literal["note"]
    note: str


class OurLetter(TypedDict):
    """A letter of ours about the case: to whom by role, where its mail stands, and whether it was answered."""

    letter: int
    to: Correspondent
    subject: str
    written: str
    by: str
    mail: OutboxState | None
    answer_by: str | None
    answered: str | None
    bounced: str | None
    reminded: str | None
    files: list[LetterFile]


class OutboxCount(TypedDict):
    """How much there is of one sort."""

    party: str
    state: OutboxState
    reason: str | None
    count: int
    oldest: str


class OutboxCounts(TypedDict):
    """How much there is of each sort, and how many complaints in each state."""

    complaints: dict[str, int]
    mails: list[OutboxCount]


class OutboxMail(TypedDict):
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
    entered: str
    due: str
    attempts: int
    last_error: str | None
    size: int
    sent: NotRequired[str | None]
    outcome: NotRequired[str | None]
    outcome_at: NotRequired[str | None]


class OutboxPage(TypedDict):
    """Mail in the outbox, party by party, oldest first."""

    mails: list[OutboxMail]
    next: str | None


class PlainAct(TypedDict):
    """Take it on, open it again, or part it from the case that it went into."""

    act: Literal["take", "reopen", "unmerge"]
    note: NotRequired[str | None]


class Problem(TypedDict):
    """A no (RFC 9457); `code` is stable, `title` and `detail` are in the language that was asked for."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: Literal[
        "alarm-unknown",
        "body-empty",
        "body-unfit",
        "busy",
        "case-act-unfit",
        "case-itself",
        "case-target",
        "case-unknown",
        "channel-unknown",
        "complaints-not-taken",
        "consumer-act-unfit",
        "consumer-refused",
        "consumer-unknown",
        "cursor-unfit",
        "enrolment-not-possible",
        "fault",
        "framing-unfit",
        "header-unfit",
        "key-in-progress",
        "key-reused",
        "leaf-in-many",
        "leaf-unknown",
        "mailbox-elsewhere",
        "media-unfit",
        "no-method",
        "no-room",
        "not-found",
        "not-ready",
        "notice-unknown",
        "query-unfit",
        "recourse-unknown",
        "scope-missing",
        "shunt-unknown",
        "source-unknown",
        "source-unproven",
        "submission-unknown",
        "token-expired",
        "token-missing",
        "token-revoked",
        "token-unknown",
        "too-large",
        "too-often",
        "too-slow",
        "try-again",
    ]


class ProblemMeaning(TypedDict):
    """What a code means."""

    code: str
    status: int
    title: str
    detail: str


class Question(TypedDict):
    """What a person must decide."""

    code: str
    candidates: list[str]


class RecourseEvent(TypedDict):
    """One step."""

    at: str
    by: str
    act: str
    text: str | None


class RecoursePage(TypedDict):
    """What was done to others, newest first."""

    consequences: list[Consequence]


class RefusalOfComplaint(TypedDict):
    """Why somebody was not told."""

    reason: str
    party: str | None


class ReportOfComplaint(TypedDict):
    """One report that was made of a complaint."""

    party: str
    state: OutboxState
    outcome: str | None


class Retried(TypedDict):
    """It is tried again; the shunt says what came of it."""

    id: str
    state: Literal["waiting"]


class ShuntPage(TypedDict):
    """What is in the shunt, oldest first."""

    shunted: list[Shunted]
    next: str | None


class Shunted(TypedDict):
    """What could not be worked off, and why. The id of a complaint begins with a "c"."""

    id: int | str
    item: str
    gate: str
    stage: str
    reason: str
    detail: str | None
    size: int
    tries: int
    first: str
    last: str


class SourcePage(TypedDict):
    """Sources, the busiest first."""

    sources: list[FeedbackSource]
    next: str | None


class SourcePrecision(TypedDict):
    """How often it was right in decided cases, with the 95 % interval; null: nobody decided on any."""

    confirmed: int
    rejected: int
    share: float | None
    low: float
    high: float


class SourceRecent(TypedDict):
    """Of its last reports so many match nobody or cannot be read; an alarm is raised where `low` lies above
    `line`.
    """

    bad: int
    reports: int
    low: float
    line: float


class SourceSilence(TypedDict):
    """How long nothing came, beside its longest pause; `too-young` where too few pauses are known to say
    anything.
    """

    state: Literal["usual", "silent", "too-young"]
    hours: float
    longest_hours: float
    pauses: int


class SourceTrusted(TypedDict):
    """How far it is believed now."""

    name: str
    trust: Trust
    acts: bool


class StepOfComplaint(TypedDict):
    """One question about who is told, its answer, and why."""

    rule: str
    held: bool
    reason: str | None
    about: str | None


class Submission(TypedDict):
    """What was handed over, and what became of it. `waiting`: it is on the disk, and was not worked off yet."""

    submission: str
    state: Literal["waiting", "done"]
    arrived: str
    worked_off: NotRequired[str | None]
    fate: NotRequired[Fate | None]
    kind: NotRequired[str | None]
    reason: NotRequired[str | None]
    reports: NotRequired[int | None]
    repeats: NotRequired[int | None]
    unmatched: NotRequired[int | None]
    cases: NotRequired[list[str]]
    complaints: NotRequired[list[ComplaintStanding]]


class WaitAct(TypedDict):
    """Wait for an answer, or until a day."""

    act: Literal["wait"]
    until: NotRequired[str | None]
    note: NotRequired[str | None]


class WholeCase(TypedDict):
    """A case with what was done to it and the newest of what is in it."""

    case: str
    about: SubjectKind
    label: str
    number: int
    contact: str | None
    state: CaseState
    state_since: str
    question: Question | None
    score: float
    reports: int
    repeats: int
    complainers: int
    evidence: dict[str, int]
    opened: str
    first: str | None
    last: str | None
    due: str | None
    merged_into: str | None
    reopened_from: str | None
    holds: list[str]
    events: list[CaseEvent]
    entries: list[CaseEntry]
    letters: list[CaseLetter]
    thread: list[OurLetter]
    playbook: Course | None
    infestation: InfectedDevice | None


class WholeConsumer(TypedDict):
    """One consumer with its claims and its history."""

    name: str
    address: str
    contact: str | None
    format: ReportFormat
    state: ConsumerState
    since: str
    applied: str
    reason: str | None
    reason_code: str | None
    per_day: int
    claims: list[Claim]
    history: list[ConsumerEvent]


class Why(TypedDict):
    """The same with the evidence, as the affected may see it, and the arithmetic."""

    reference: str
    subject: str
    measure: str
    severe: bool
    reason: str
    classes: dict[str, int]
    also: str | None
    peer: str | None
    begins: str
    ends: str
    lifted: str | None
    in_force: bool
    state: str
    due: str | None
    overdue: bool
    answered_by: str | None
    reports: int
    complainers: int
    first: str | None
    last: str | None
    evidence: list[EvidenceLine]
    more: int
    history: list[RecourseEvent]


class Comity:
    """One server, and the token of one program."""

    def __init__(
        self,
        address: str,
        token: str | None = None,
        *,
        language: str = "en",
        seconds: float = 30.0,
        tls: SSLContext | None = None,
    ) -> None:
        """`address` is as `https://api.west.example`; `tls` says whom to trust where the usual authorities do not know it."""
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.netloc or "@" in parts.netloc:
            raise ValueError(f"{address!r} is no address like https://api.west.example")
        if token is not None and parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
            raise ValueError("a token goes over https, or to this machine")
        self._address, self._token, self._language, self._seconds = address.rstrip("/"), token, language, seconds
        handlers = [_NoRedirect(), ProxyHandler({}), HTTPSHandler(context=tls or create_default_context())]
        self._opener = build_opener(*handlers)

    def _asked(self, method: str, path: str, **more: Any) -> Any:
        answer = self._bytes(method, path, **more)
        try:
            return json.loads(answer)
        except ValueError:
            raise ProblemError(0, {"code": "answer-unreadable", "title": "the answer is no JSON"}) from None

    def _asked_for_text(self, method: str, path: str, **more: Any) -> str:
        return self._bytes(method, path, **more).decode("utf-8", "replace")

    def _bytes(
        self,
        method: str,
        path: str,
        *,
        query: Given | None = None,
        header: Given | None = None,
        body: object = None,
        media: str | None = None,
    ) -> bytes:
        asked = urlencode({name: _text(value) for name, value in (query or {}).items() if value is not None})
        fields = {name: _text(value) for name, value in (header or {}).items() if value is not None}
        fields["Accept-Language"] = self._language
        if self._token is not None:
            fields["Authorization"] = f"Bearer {self._token}"
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode("utf-8")
        if media is not None:
            fields["Content-Type"] = media
        elif method == "POST":
            data = b""
        where = f"{self._address}{path}{'?' if asked else ''}{asked}"
        request = Request(where, data, fields, method=method)  # noqa: S310 - http and https alone, see above
        try:
            with self._opener.open(request, timeout=self._seconds) as answer:
                found = answer.read(MOST + 1)
        except HTTPError as error:
            raise _problem(error) from None
        except (OSError, HTTPException, ValueError) as error:
            raise ProblemError(0, {"code": "no-answer", "title": "no answer came", "detail": str(error)}) from error
        if len(found) > MOST:
            raise ProblemError(0, {"code": "answer-large", "title": "the answer is too large"})
        return bytes(found)

    def health(
        self,
    ) -> Health:
        """That somebody answers."""
        path = "/health"
        return cast("Health", self._asked("GET", path))

    def ready(
        self,
    ) -> Health:
        """That requests can be worked on now."""
        path = "/ready"
        return cast("Health", self._asked("GET", path))

    def openapi(
        self,
    ) -> dict[str, Any]:
        """This document."""
        path = "/v1/openapi.json"
        return cast("dict[str, Any]", self._asked("GET", path))

    def explain_problem(
        self,
        code: str,
    ) -> ProblemMeaning:
        """What a code means, in English or Chinese."""
        path = f"/v1/problems/{quote(code, safe='')}"
        return cast("ProblemMeaning", self._asked("GET", path))

    def hand_over_complaint(
        self,
        body: bytes,
        *,
        media: Literal["message/rfc822", "application/json"] = "message/rfc822",
        idempotency_key: str | None = None,
        comity_mailbox: str | None = None,
        comity_not_spam: Literal["true", "false"] | None = None,
        comity_fraud: Literal["true", "false"] | None = None,
    ) -> Submission:
        """Hand over one mail that one of our people calls spam, fraud or no spam: the mail itself, or JSON with
        it in base64. Scope: complaints:write.
        """
        path = "/v1/complaints"
        header: Given = {
            "Idempotency-Key": idempotency_key,
            "Comity-Mailbox": comity_mailbox,
            "Comity-Not-Spam": comity_not_spam,
            "Comity-Fraud": comity_fraud,
        }
        return cast("Submission", self._asked("POST", path, header=header, body=body, media=media))

    def hand_over_feedback(
        self,
        body: bytes,
        *,
        media: Literal[
            "message/rfc822",
            "application/json",
            "text/csv",
            "application/xml",
            "application/zip",
            "application/gzip",
        ] = "message/rfc822",
        idempotency_key: str | None = None,
        comity_name: str | None = None,
    ) -> Submission:
        """Hand over feedback of any kind: a mail (ARF and all others that are read), XARF in JSON, a table, an
        archive. Scope: feedback:write.
        """
        path = "/v1/feedback"
        header: Given = {
            "Idempotency-Key": idempotency_key,
            "Comity-Name": comity_name,
        }
        return cast("Submission", self._asked("POST", path, header=header, body=body, media=media))

    def show_submission(
        self,
        submission: str,
    ) -> Submission:
        """What became of something that this token handed over; a token with `cases:read` sees everybody's.
        Scope: complaints:write, feedback:write, cases:read.
        """
        path = f"/v1/submissions/{quote(submission, safe='')}"
        return cast("Submission", self._asked("GET", path))

    def list_cases(
        self,
        *,
        state: CaseState | None = None,
        about: SubjectKind | None = None,
        opened_since: str | None = None,
        seen_since: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> CasePage:
        """Cases, newest first. Scope: cases:read, cases:audit."""
        path = "/v1/cases"
        query: Given = {
            "state": state,
            "about": about,
            "opened_since": opened_since,
            "seen_since": seen_since,
            "cursor": cursor,
            "limit": limit,
        }
        return cast("CasePage", self._asked("GET", path, query=query))

    def show_case(
        self,
        case: str,
    ) -> WholeCase:
        """One case: numbers, what was done, the newest reports, its way through a playbook. Scope: cases:read,
        cases:audit.
        """
        path = f"/v1/cases/{quote(case, safe='')}"
        return cast("WholeCase", self._asked("GET", path))

    def act_on_case(
        self,
        case: str,
        body: PlainAct | WaitAct | NoteAct | AssignAct | MergeAct | CloseAct,
        *,
        idempotency_key: str | None = None,
    ) -> ActedCase:
        """Take a case on, wait, write a note, say whose it is, merge, close and tell its reporters, open it
        again. Scope: cases:act.
        """
        path = f"/v1/cases/{quote(case, safe='')}/acts"
        header: Given = {
            "Idempotency-Key": idempotency_key,
        }
        return cast("ActedCase", self._asked("POST", path, header=header, body=body, media="application/json"))

    def list_sources(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> SourcePage:
        """Who reports, how often that was right, and how far it is believed; the busiest first. Scope:
        sources:read.
        """
        path = "/v1/sources"
        query: Given = {
            "cursor": cursor,
            "limit": limit,
        }
        return cast("SourcePage", self._asked("GET", path, query=query))

    def list_feed_alarms(
        self,
    ) -> FeedAlarms:
        """What about a feed needs somebody. Scope: sources:read."""
        path = "/v1/feed-alarms"
        return cast("FeedAlarms", self._asked("GET", path))

    def trust_source(
        self,
        body: Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
    ) -> SourceTrusted:
        """Say how far a source is believed from now on. Scope: sources:act."""
        path = "/v1/sources/trust"
        header: Given = {
            "Idempotency-Key": idempotency_key,
        }
        return cast("SourceTrusted", self._asked("POST", path, header=header, body=body, media="application/json"))

    def end_feed_alarm(
        self,
        alarm: str,
        body: Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
    ) -> FeedAlarm:
        """Say that an alarm is none: what it showed is the habit of its source from now on. Scope: sources:act."""
        path = f"/v1/feed-alarms/{quote(alarm, safe='')}/end"
        header: Given = {
            "Idempotency-Key": idempotency_key,
        }
        return cast("FeedAlarm", self._asked("POST", path, header=header, body=body, media="application/json"))

    def list_shunt(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> ShuntPage:
        """What could not be worked off, and why: items, then complaints of our own people, each oldest first.
        Scope: shunt:read.
        """
        path = "/v1/shunt"
        query: Given = {
            "cursor": cursor,
            "limit": limit,
        }
        return cast("ShuntPage", self._asked("GET", path, query=query))

    def retry_shunted(
        self,
        item: str,
    ) -> Retried:
        """Try one again, because the reason is gone; the list says whether it came back. Scope: shunt:retry."""
        path = f"/v1/shunt/{quote(item, safe='')}/retry"
        return cast("Retried", self._asked("POST", path))

    def list_outbox(
        self,
        *,
        party: str | None = None,
        state: OutboxState | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> OutboxPage:
        """Mail in the outbox, party by party, oldest first; what left says what the other side did. Scope:
        outbox:read.
        """
        path = "/v1/outbox"
        query: Given = {
            "party": party,
            "state": state,
            "cursor": cursor,
            "limit": limit,
        }
        return cast("OutboxPage", self._asked("GET", path, query=query))

    def count_outbox(
        self,
    ) -> OutboxCounts:
        """How much there is for each peer, in which state, and why. Scope: outbox:read."""
        path = "/v1/outbox/counts"
        return cast("OutboxCounts", self._asked("GET", path))

    def list_recourse(
        self,
        *,
        subject: str | None = None,
        in_force: bool | None = None,
    ) -> RecoursePage:
        """What was done to others and how their way back stands: the newest 200, or those about one subject.
        Scope: recourse:read.
        """
        path = "/v1/recourse"
        query: Given = {
            "subject": subject,
            "in_force": in_force,
        }
        return cast("RecoursePage", self._asked("GET", path, query=query))

    def show_recourse(
        self,
        reference: str,
    ) -> Why:
        """Why: the evidence as the affected may see it, the arithmetic, and every step since. Scope:
        recourse:read.
        """
        path = f"/v1/recourse/{quote(reference, safe='')}"
        return cast("Why", self._asked("GET", path))

    def list_consumers(
        self,
        *,
        state: ConsumerState | None = None,
    ) -> ConsumerPage:
        """Every consumer, or those in one state. Scope: consumers:read."""
        path = "/v1/consumers"
        query: Given = {
            "state": state,
        }
        return cast("ConsumerPage", self._asked("GET", path, query=query))

    def show_consumer(
        self,
        consumer: str,
    ) -> WholeConsumer:
        """One, with the records that prove its claims. Scope: consumers:read."""
        path = f"/v1/consumers/{quote(consumer, safe='')}"
        return cast("WholeConsumer", self._asked("GET", path))

    def apply_for_feedback(
        self,
        body: Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
    ) -> WholeConsumer:
        """Apply: a claim that may not be made refuses all of it, by name. Scope: consumers:write."""
        path = "/v1/applications"
        header: Given = {
            "Idempotency-Key": idempotency_key,
        }
        return cast("WholeConsumer", self._asked("POST", path, header=header, body=body, media="application/json"))

    def leave_feedback(
        self,
        consumer: str,
    ) -> Consumer:
        """End it in one step: nothing leaves any more. Scope: consumers:write."""
        path = f"/v1/consumers/{quote(consumer, safe='')}/leave"
        return cast("Consumer", self._asked("POST", path))

    def list_channels(
        self,
    ) -> Channels:
        """Every channel, with how many leaves the other side has not cosigned. Scope: ledger:read."""
        path = "/v1/ledger/channels"
        return cast("Channels", self._asked("GET", path))

    def show_heads(
        self,
        *,
        channel: str,
    ) -> Heads:
        """The newest head of a channel, and the newest that both sides signed. Scope: ledger:read."""
        path = "/v1/ledger/heads"
        query: Given = {
            "channel": channel,
        }
        return cast("Heads", self._asked("GET", path, query=query))

    def prove_leaf(
        self,
        name: str,
        *,
        channel: str | None = None,
    ) -> str:
        """One text file that proves, to anybody who has the public keys, that a leaf stands in the ledger.
        Scope: ledger:read.
        """
        path = f"/v1/ledger/leaves/{quote(name, safe='')}/proof"
        query: Given = {
            "channel": channel,
        }
        return self._asked_for_text("GET", path, query=query)

    def check_notice(
        self,
        reference: str,
    ) -> CheckedNotice:
        """Whether a notice to a subscriber is ours, the words that belong to it, and the case that it is about.
        Scope: notices:read.
        """
        path = f"/v1/notices/{quote(reference, safe='')}"
        return cast("CheckedNotice", self._asked("GET", path))

    def metrics(
        self,
    ) -> str:
        """Counts of what waits, what leaves and what was decided, as Prometheus reads them. Scope: metrics:read."""
        path = "/metrics"
        return self._asked_for_text("GET", path)
