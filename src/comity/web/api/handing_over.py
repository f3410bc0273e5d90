"""Complaints and feedback handed over by programs, and what became of them.

Trust:      a caller may complain in the name of our own people alone; what it hands over is a stranger's, and nobody here reads it.
Standards:  DESIGN.md P1 (202 only when the bytes are on the disk), P4 (429 when there is no room); the Idempotency-Key field
            (draft-ietf-httpapi-idempotency-key-header). RFC 2046 (message/rfc822), RFC 4180 (text/csv).
Answers:    ``routes(desk)``: POST /v1/complaints, POST /v1/feedback, GET /v1/submissions/{submission}.
Limits:     ``ApiWork.size`` bytes a mail. Whose mailbox it was stands in a header field, not in the address, because addresses are
            logged on the way.
"""

import asyncio
import json
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import ValidationError

from comity.formats.mime import domain_of
from comity.model.api_token import Scope
from comity.model.arrival import Arrival
from comity.model.decisions import step_shown
from comity.model.mailbox_kind import ApiPlace
from comity.model.outcomes import ComityError
from comity.model.submission import Submission, WorkedOff
from comity.services.integrate.submissions import CHANCE_BYTES, keyed_submission_id, new_submission_id
from comity.services.public.times import instant
from comity.store.records import Records
from comity.web.api import shapes
from comity.web.api.desk import ApiDesk, Caller
from comity.web.api.operations import KEY_HEADER, json_body, operation
from comity.web.api.problems import Problem
from comity.web.api.requests import idempotency_key, media_of, unfit

MAIL: Final = "message/rfc822"
JSON: Final = "application/json"
# What feedback may come as, and how a file of it is called where nobody says.
FEEDBACK_MEDIA: Final[Mapping[str, str]] = {
    MAIL: "eml",
    JSON: "json",
    "text/csv": "csv",
    "application/xml": "xml",
    "application/zip": "zip",
    "application/gzip": "gz",
}
_BOUNDS: Final = 64 << 10  # what JSON adds beside the mail in it
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MAILBOX: Final = re.compile(shapes.MAILBOX)
_BINARY: Final = {"schema": {"type": "string", "format": "binary", "minLength": 1}}
_MAILBOX_HEADER: Final = {
    "name": "Comity-Mailbox",
    "in": "header",
    "required": False,
    "description": "With message/rfc822: whose mailbox it was in; may be left out where our milter marked the mail.",
    "schema": {"type": "string", "maxLength": 320, "pattern": "^[!-~]+$"},
    "example": "ann@west.example",
}
_NOT_SPAM_HEADER: Final = {
    "name": "Comity-Not-Spam",
    "in": "header",
    "required": False,
    "description": "With message/rfc822: `true` takes a complaint back.",
    "schema": {"type": "string", "enum": ["true", "false"]},
}
_FRAUD_HEADER: Final = {
    "name": "Comity-Fraud",
    "in": "header",
    "required": False,
    "description": "With message/rfc822: `true` calls it fraud, and a person is told within the hour.",
    "schema": {"type": "string", "enum": ["true", "false"]},
}
_NAME_HEADER: Final = {
    "name": "Comity-Name",
    "in": "header",
    "required": False,
    "description": "What the file is called: tables of some feeds are known by it.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"},
    "example": "2026-03-01-event4_sinkhole.csv",
}
_EXAMPLE: Final = {
    "mail": "RnJvbTogYUBzaG9wLmV4YW1wbGUNClN1YmplY3Q6IGhlbGxvDQoNCmJ1eQ0K",
    "mailbox": "ann@west.example",
    "not_spam": False,
}
_READERS: Final = (Scope.COMPLAINTS_WRITE, Scope.FEEDBACK_WRITE, Scope.CASES_READ)


def routes(desk: ApiDesk) -> APIRouter:
    """The operations."""
    router, open_ids = APIRouter(tags=["hand over"]), set[str]()
    _complaints(router, desk, open_ids)
    _feedback(router, desk, open_ids)
    _submissions(router, desk)
    return router


def _complaints(router: APIRouter, desk: ApiDesk, open_ids: set[str]) -> None:
    may_complain = desk.allowed(Scope.COMPLAINTS_WRITE)

    @router.post(
        "/v1/complaints",
        status_code=202,
        response_model=shapes.Submission,
        **operation(
            "handOverComplaint",
            Scope.COMPLAINTS_WRITE,
            problems=("body-empty", "mailbox-elsewhere", "complaints-not-taken", "key-reused", "key-in-progress"),
            body={MAIL: _BINARY, **json_body(shapes.ComplaintHandedOver, _EXAMPLE)},
            headers=(KEY_HEADER, _MAILBOX_HEADER, _NOT_SPAM_HEADER, _FRAUD_HEADER),
        ),
    )
    async def hand_over_complaint(
        request: Request, response: Response, caller: Annotated[Caller, Depends(may_complain)]
    ) -> dict[str, Any]:
        """Hand over one mail that one of our people calls spam, fraud or no spam: the mail itself, or JSON with it in base64."""
        media = media_of(request, (MAIL, JSON))
        if desk.work.own_domains is None:
            raise Problem("complaints-not-taken")
        key, most = idempotency_key(request), desk.work.size
        async with desk.body(request, most if media == MAIL else most * 4 // 3 + _BOUNDS) as body:
            said = _said(request, body) if media == MAIL else _said_in_json(body, most)
            mail, mailbox, place = said
            if mailbox and domain_of(mailbox.lower()) not in desk.work.own_domains:
                raise Problem("mailbox-elsewhere")
            arrival = _arrival(desk, place, mail, envelope_from=mailbox, name="eml")
            return await _hand_over(desk, caller, arrival, key=key, open_ids=open_ids, response=response)


def _feedback(router: APIRouter, desk: ApiDesk, open_ids: set[str]) -> None:
    may_report = desk.allowed(Scope.FEEDBACK_WRITE)

    @router.post(
        "/v1/feedback",
        status_code=202,
        response_model=shapes.Submission,
        **operation(
            "handOverFeedback",
            Scope.FEEDBACK_WRITE,
            problems=("body-empty", "key-reused", "key-in-progress"),
            body={each: {"schema": {}} if each == JSON else _BINARY for each in FEEDBACK_MEDIA},
            headers=(KEY_HEADER, _NAME_HEADER),
        ),
    )
    async def hand_over_feedback(
        request: Request, response: Response, caller: Annotated[Caller, Depends(may_report)]
    ) -> dict[str, Any]:
        """Hand over feedback of any kind: a mail (ARF and all others that are read), XARF in JSON, a table, an archive."""
        media, key, name = (
            media_of(request, FEEDBACK_MEDIA),
            idempotency_key(request),
            request.headers.get("comity-name"),
        )
        if name is not None and not _NAME.fullmatch(name):
            raise Problem("header-unfit", header="Comity-Name")
        async with desk.body(request, desk.work.size) as body:
            arrival = _arrival(desk, ApiPlace.FEEDBACK, body, envelope_from="", name=name or FEEDBACK_MEDIA[media])
            return await _hand_over(desk, caller, arrival, key=key, open_ids=open_ids, response=response)


def _submissions(router: APIRouter, desk: ApiDesk) -> None:
    @router.get(
        "/v1/submissions/{submission}",
        response_model=shapes.Submission,
        **operation("showSubmission", *_READERS, problems=("submission-unknown",)),
    )
    async def show_submission(
        submission: Annotated[str, Path(pattern="^[0-9a-f]{32}$")],
        caller: Annotated[Caller, Depends(desk.allowed(*_READERS))],
    ) -> dict[str, Any]:
        """What became of something that this token handed over; a token with `cases:read` sees everybody's."""
        found = await desk.inside(partial(_found, desk, submission))
        if found is None or not _may_see(caller, found[0]):
            raise Problem("submission-unknown")
        return found[1]


def _may_see(caller: Caller, submission: Submission) -> bool:
    return submission.token_id == caller.token.token_id or Scope.CASES_READ in caller.token.scopes


def _said(request: Request, body: bytes) -> tuple[bytes, str, ApiPlace]:
    """The mail, whose mailbox, what it is called: of a mail as it is."""
    mailbox = request.headers.get("comity-mailbox", "")
    if mailbox and not _MAILBOX.fullmatch(mailbox):
        raise Problem("header-unfit", header="Comity-Mailbox")
    flags = {name: request.headers.get(name.lower(), "false") for name in ("Comity-Not-Spam", "Comity-Fraud")}
    for name, flag in flags.items():
        if flag not in ("true", "false"):
            raise Problem("header-unfit", header=name)
    not_spam, fraud = (flag == "true" for flag in flags.values())
    if not_spam and fraud:
        raise Problem("header-unfit", header="Comity-Fraud")
    return body, mailbox, _place(not_spam=not_spam, fraud=fraud)


def _place(*, not_spam: bool, fraud: bool) -> ApiPlace:
    return ApiPlace.NOT_SPAM if not_spam else ApiPlace.FRAUD if fraud else ApiPlace.SPAM


def _said_in_json(body: bytes, most: int) -> tuple[bytes, str, ApiPlace]:
    """The same, of a JSON document."""
    try:
        said = shapes.ComplaintHandedOver.model_validate_json(body)
        mail = b64decode(said.mail, validate=True)
    except ValidationError as error:
        raise unfit(error) from None
    except Base64Error:
        raise Problem("body-unfit", members=["mail"]) from None
    if len(mail) > most:
        raise Problem("too-large", most=most)
    if said.not_spam and said.fraud:
        raise Problem("body-unfit", members=["fraud"])
    return mail, said.mailbox or "", _place(not_spam=said.not_spam, fraud=said.fraud)


def _arrival(desk: ApiDesk, place: ApiPlace, data: bytes, *, envelope_from: str, name: str) -> Arrival:
    if not data:
        raise Problem("body-empty")
    now = desk.work.now()
    return Arrival(
        gate="api", envelope_from=envelope_from, recipients=(place.value,), arrived=now, name=name, data=data
    )


async def _hand_over(
    desk: ApiDesk, caller: Caller, arrival: Arrival, *, key: str | None, open_ids: set[str], response: Response
) -> dict[str, Any]:
    """Give it to the spool, and wait until it is on the disk; what came before under the same key is answered as it was."""
    work, token_id = desk.work, caller.token.token_id
    digest = sha256(json.dumps([arrival.envelope_from, *arrival.recipients]).encode() + b"\n" + arrival.data)
    if key is None:
        submission_id = new_submission_id(arrival.arrived, work.chance(CHANCE_BYTES))
    else:
        submission_id = keyed_submission_id(token_id, key)
    if submission_id in open_ids:
        raise Problem("key-in-progress")
    open_ids.add(submission_id)
    try:
        response.headers["location"] = f"/v1/submissions/{submission_id}"
        submission = Submission(submission_id=submission_id, token_id=token_id, digest=digest.hexdigest())
        before = None if key is None else await desk.inside(partial(_found, desk, submission_id))
        if before is not None:
            if before[0].digest != submission.digest:
                raise Problem("key-reused")
            return before[1]
        await _on_disk(desk, _named(arrival, submission))
        return _waiting(submission_id, arrival.arrived)
    finally:
        open_ids.discard(submission_id)


def _named(arrival: Arrival, submission: Submission) -> Arrival:
    """With the name under which it is found again."""
    ending = arrival.name or "eml"
    joint = "-" if "." in ending else "."
    name = f"{arrival.recipients[0]}/{submission.submission_id}{joint}{ending}"
    return replace(arrival, name=name, submission=submission)


async def _on_disk(desk: ApiDesk, arrival: Arrival) -> None:
    try:
        await asyncio.wrap_future(desk.work.put(arrival))
    except ComityError as error:
        desk.work.log("gate-no-room", gate="api", code=error.code)
        raise


def _found(desk: ApiDesk, submission_id: str) -> tuple[Submission, dict[str, Any]] | None:
    """What is known of it: in the spool first, because what leaves that is in the store by then."""
    waiting = desk.work.waits.submitted(submission_id)
    if waiting is not None:
        return waiting[0], _waiting(submission_id, waiting[1])
    with desk.work.store.read() as records:
        done = records.submissions.find(submission_id)
        return None if done is None else (done.submission, _done(records, done))


def _waiting(submission_id: str, arrived: datetime) -> dict[str, Any]:
    return {"submission": submission_id, "state": "waiting", "arrived": instant(arrived)}


def _done(records: Records, done: WorkedOff) -> dict[str, Any]:
    complaints = [
        {
            "complaint": each.complaint_id,
            "state": each.state,
            "due": instant(each.due),
            "refusals": [{"reason": no.get("reason", ""), "party": no.get("party")} for no in each.refusals],
            "steps": [step_shown(step) for step in each.steps],
            "reports": [{"party": party, "state": state, "outcome": did} for party, state, did in each.reports],
        }
        for each in records.submissions.complaints_now(done.complaints)
    ]
    return {
        "submission": done.submission.submission_id,
        "state": "done",
        "arrived": instant(done.arrived),
        "worked_off": instant(done.worked_off),
        "fate": done.fate,
        "kind": done.kind,
        "reason": done.reason,
        "reports": done.reports,
        "repeats": done.repeats,
        "unmatched": done.unmatched,
        "cases": list(done.cases),
        "complaints": complaints,
    }
