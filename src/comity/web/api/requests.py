"""What a request says beside its body.

Trust:      every field is a stranger's until it has the form that the document gives it.
Answers:    ``media_of``, ``idempotency_key``; ``unfit`` names the members of a body that do not fit.
"""

import re
from collections.abc import Collection
from typing import Final

from fastapi import Request
from pydantic import ValidationError

from comity.web.api.problems import Problem

_KEY: Final = re.compile(r"[!-~]{1,200}")


def media_of(request: Request, known: Collection[str]) -> str:
    """In which form the body comes: one of these, and not compressed."""
    given = request.headers.getlist("content-type")
    media = given[0].partition(";")[0].strip().lower() if len(given) == 1 else ""
    if media not in known or request.headers.get("content-encoding", "identity") != "identity":
        raise Problem("media-unfit", known=sorted(known))
    return media


def idempotency_key(request: Request) -> str | None:
    """Under which key it is done once."""
    given = request.headers.getlist("idempotency-key")
    if len(given) > 1 or (given and not _KEY.fullmatch(given[0])):
        raise Problem("header-unfit", header="Idempotency-Key")
    return given[0] if given else None


def unfit(error: ValidationError) -> Problem:
    """Which members of a body do not fit; names that we do not know are not repeated."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    members = {str(each["loc"][-1]) for each in found if each["loc"] and each["type"] != "extra_forbidden"}
    return Problem("body-unfit", members=sorted(members))
