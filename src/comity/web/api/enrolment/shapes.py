"""The shapes of enrolment.

Limits:     absent is null; unknown members of a request are refused. Codes that were mailed are in none of them.
"""

from typing import Annotated

from pydantic import ConfigDict, Field

from comity.model.agreement import ReportFormat
from comity.model.consumer import ClaimKind, ConsumerState, ProofWay
from comity.web.api.shapes import MAILBOX, Instant, Shape

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$", examples=["east"])]
Mailbox = Annotated[str, Field(pattern=MAILBOX, examples=["fbl@east.example"])]
Subject = Annotated[str, Field(min_length=1, max_length=253)]


class Application(Shape):
    """What an applicant says: each claim must be proved before anything leaves for it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Name
    mailbox: Mailbox
    contact: Mailbox | None = None
    domains: Annotated[list[Subject], Field(max_length=100, examples=[["east.example"]])] = Field(default_factory=list)
    networks: Annotated[list[Subject], Field(max_length=100, examples=[["198.51.100.0/24"]])] = Field(
        default_factory=list
    )
    format: Annotated[ReportFormat, Field(strict=False)] = ReportFormat.ARF


class Consumer(Shape):
    """One consumer, and where it stands."""

    name: str
    address: str
    contact: str | None
    format: ReportFormat
    state: ConsumerState
    since: Instant
    applied: Instant
    reason: str | None
    reason_code: str | None
    per_day: int


class Claim(Shape):
    """What it claims, and what proves it: a record of the DNS; an answer to a mail, of a mailbox itself, of abuse or postmaster
    of a domain, of the contact that a registry names for a network. Where the mailbox did not take our mail, ``refused`` is the
    code of its host (RFC 3463), "" where that gave none."""

    kind: ClaimKind
    subject: str
    proved: bool
    way: ProofWay | None
    expires: Instant | None
    asked: Instant | None
    refused: str | None
    dns_name: str | None
    dns_type: str | None
    dns_value: str | None
    registered_contact: str | None


class ConsumerEvent(Shape):
    """One step."""

    at: Instant
    by: str
    act: str
    text: str | None
    state: ConsumerState


class WholeConsumer(Consumer):
    """One consumer with its claims and its history."""

    claims: list[Claim]
    history: list[ConsumerEvent]


class ConsumerPage(Shape):
    """Every consumer, by name."""

    consumers: list[Consumer]
